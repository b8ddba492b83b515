//! `alog`: users find events, have reports made, and write filters for them; the operator makes accounts, users and access
//! keys; producers replay log files.

mod aligned;
mod backoff;
mod doctor;
mod events;
mod logs;
mod manual;
mod operator;
mod parameters;
mod plugin;
mod printable;
mod replay;
mod report;
mod service;
mod signed;
mod trail;
mod when;

mod zone;

use std::io::Write as _;
use std::process::ExitCode;

use activity_log_core::instant::Instant;
use clap::{CommandFactory as _, Parser, Subcommand};
use time::OffsetDateTime;

/// The command line of Activity Log, a CloudTrail-compatible activity log.
#[derive(Debug, Parser)]
#[command(name = "alog", version, after_help = EXAMPLE)]
struct Cli {
    /// Name of the deployed stack: its control table is STACK-control, its key alias/STACK-control
    #[arg(
        long,
        global = true,
        env = "ACTIVITY_LOG_STACK",
        default_value = "activity-log",
        hide_env_values = true
    )]
    stack: String,
    /// Name of the control table, where the stack was given one that was there already
    #[arg(
        long,
        global = true,
        env = "ACTIVITY_LOG_CONTROL_TABLE",
        hide_env_values = true
    )]
    control_table: Option<String>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLE: &str = "\
A new account, an administrator of it, and a first look into its log:

  ACCOUNT=$(alog account create Demo)
  alog user create --account $ACCOUNT alice
  alog grant --account $ACCOUNT --user alice administrator
  alog key create --account $ACCOUNT --user alice    # prints AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
  alog lookup --since 2h                             # with these, and ACTIVITY_LOG_URL
  aws cloudtrail lookup-events                       # the same, with AWS_ENDPOINT_URL_CLOUDTRAIL

The operator's commands (account, project, bucket, user, key, token, group, limits, grant, revoke, trail status) use the operator's
own AWS credentials: ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID and ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY if
they are set, so that a user's keys may stay in AWS_*, else what the AWS CLI would use (environment,
profile).
`lookup`, `tail` and `event` are for whoever may look events up, `replay` is a producer's, `report` and `plugin` (push, list, show, delete) are an administrator's: they use an
access key made by `alog key create`, and ACTIVITY_LOG_URL. `plugin new`, `build` and `test` need neither.
`trail verify` is for whoever can read a trail's bucket.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Make, list, show, change and delete accounts; link AWS accounts to them
    #[command(subcommand)]
    Account(operator::account::Command),
    /// Make, list and delete users of an account
    #[command(subcommand)]
    User(operator::user::Command),
    /// Make, list, rename and delete projects of an account
    #[command(subcommand)]
    Project(operator::project::Command),
    /// Say in which projects buckets are, and list them
    #[command(subcommand)]
    Bucket(operator::project::BucketCommand),
    /// Make, list, disable, enable and delete access keys of a user
    #[command(subcommand)]
    Key(operator::key::Command),
    /// Issue, list and revoke tokens of a user
    #[command(subcommand)]
    Token(operator::token::Command),
    /// Set and show limits of an account
    #[command(subcommand)]
    Limits(operator::limits::Command),
    /// Switch an account's subscription on and off, and show it
    #[command(subcommand)]
    Subscription(operator::subscription::Command),
    /// Give a user a permission
    Grant(operator::permission::Change),
    /// Take a permission from a user
    Revoke(operator::permission::Change),
    /// Add users to groups of projects, and take them out
    #[command(subcommand)]
    Group(operator::permission::GroupCommand),
    /// Show how trails get on; verify what they delivered
    #[command(subcommand)]
    Trail(trail::Command),
    /// Find events: a table of them, or their records
    Lookup(Box<events::Lookup>),
    /// Show the newest events, and wait for more
    Tail(Box<events::Tail>),
    /// Show one event, whole
    Event(events::Show),
    /// Say what keeps this machine from asking the service, and what mends it
    Doctor(doctor::Arguments),
    /// Send CloudTrail log files as events that happen now
    Replay(replay::Arguments),
    /// Have reports made of the events that match, and save them
    #[command(subcommand)]
    Report(report::Command),
    /// Write, try and upload filters for reports
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Print what makes a shell complete alog's words
    Completions(manual::Completions),
    /// Write manual pages, one a command, into a folder
    Man(manual::Man),
}

fn main() -> ExitCode {
    // `plugin test` compiles filters in a child, which is this program too.
    activity_log_plugin::isolated::serve_if_asked();
    start()
}

#[tokio::main]
async fn start() -> ExitCode {
    let cli = Cli::parse();
    // Boxed: what the SDK nests in it is large.
    match Box::pin(run(cli, OffsetDateTime::now_utc())).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli, now: OffsetDateTime) -> anyhow::Result<ExitCode> {
    let mut out = Vec::new();
    let time = Instant::from(now);
    let control = operator::Control::of(&cli.stack, cli.control_table.as_deref());
    match cli.command {
        Command::Lookup(arguments) => return arguments.run(time).await,
        Command::Tail(arguments) => return arguments.run(time).await,
        Command::Event(arguments) => return arguments.run().await,
        Command::Doctor(arguments) => return Ok(arguments.run(time).await),
        Command::Completions(arguments) => return arguments.run(Cli::command()),
        Command::Man(arguments) => return arguments.run(Cli::command()),
        Command::Replay(arguments) => return replay::run(&arguments, now).await,
        Command::Report(command) => return report::run(command, time).await,
        Command::Plugin(command) => return plugin::run(command).await,
        Command::Trail(trail::Command::Verify(arguments)) => {
            return Ok(trail::verify::run(&arguments, time).await);
        }
        Command::Trail(trail::Command::Status(arguments)) => {
            let control = control.await?;
            let (trails, accounts) = (control.trails(), control.directory());
            arguments.run(&trails, &accounts, time, &mut out).await?;
        }
        Command::Account(command) => {
            let control = control.await?;
            let (registry, tables) = (control.registrar(), control.tables());
            let said = &mut std::io::stderr();
            command
                .run(&registry, &tables, time, &mut out, said)
                .await?;
        }
        Command::User(command) => {
            let registry = control.await?.registrar();
            command.run(&registry, time, &mut out).await?;
        }
        Command::Project(command) => {
            let registry = control.await?.registrar();
            command.run(&registry, time, &mut out).await?;
        }
        Command::Bucket(command) => command.run(&control.await?.registrar(), &mut out).await?,
        Command::Token(command) => {
            let registry = control.await?.registrar();
            let said = &mut std::io::stderr();
            command.run(&registry, time, &mut out, said).await?;
        }
        Command::Key(command) => {
            let registry = control.await?.registrar();
            let stdin = std::io::stdin().lock();
            let said = &mut std::io::stderr();
            command.run(&registry, time, stdin, &mut out, said).await?;
        }
        Command::Limits(command) => {
            let control = control.await?;
            let (registry, accounts) = (control.registrar(), control.directory());
            command.run(&registry, &accounts, &mut out).await?;
        }
        Command::Subscription(command) => {
            let control = control.await?;
            let (registry, accounts) = (control.registrar(), control.directory());
            command.run(&registry, &accounts, time, &mut out).await?;
        }
        Command::Group(command) => command.run(&control.await?.registrar(), &mut out).await?,
        Command::Grant(change) => change.grant(&control.await?.registrar(), &mut out).await?,
        Command::Revoke(change) => change.revoke(&control.await?.registrar(), &mut out).await?,
    }
    std::io::stdout().write_all(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The error and its causes, each once, on one line, safe to print.
fn one_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause
            .to_string()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    printable::escape(&parts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_error_is_one_line_and_says_nothing_twice() {
        let error = anyhow::anyhow!("no route\n  to host")
            .context("no route to host")
            .context("GetItem on table x-control failed");
        assert_eq!(
            one_line(&error),
            "GetItem on table x-control failed: no route to host"
        );
        let hostile = anyhow::anyhow!("no key a\nerror: b\u{1b}[2J");
        assert_eq!(one_line(&hostile), "no key a error: b\\u{1b}[2J");
    }
}
