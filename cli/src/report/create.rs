//! `alog report create`

use std::process::ExitCode;

use activity_log_core::instant::Instant;
use activity_log_core::question::Clause;
use activity_log_core::reports::{Format, ReportId};
use anyhow::Context as _;
use clap::Args;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::download::{self, Target};
use super::found::Found;
use super::wait;
use crate::one_line;
use crate::parameters::{self, Parameter};
use crate::printable;
use crate::service::reference::Reference;
use crate::service::{Address, Call, Service};
use crate::when::{self, When};
use crate::zone::Zone;

/// What the report is to hold, and how.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    /// csv, json, ndjson or xlsx
    #[arg(long)]
    format: Format,
    /// Earliest event time: RFC 3339, 2026-11-20, yesterday, -2h, -7d [default: as far back as events are kept]
    #[arg(long, value_name = "TIME", value_parser = when::parse_since, allow_hyphen_values = true)]
    start: Option<When>,
    /// Latest event time: the same; of a day its end [default: now]
    #[arg(long, value_name = "TIME", value_parser = when::parse_since, allow_hyphen_values = true)]
    end: Option<When>,
    /// What events must say, such as EventName=StopInstances,TerminateInstances; all must hold
    #[arg(long = "where", value_name = "NAME=VALUE", long_help = WHERE)]
    clauses: Vec<Clause>,
    /// A column, such as who or userIdentity.userName, in this order; record alone: the records' own fields [default: the view]
    #[arg(long = "column", visible_alias = "columns", value_name = "FIELD")]
    columns: Vec<String>,
    /// A filter of yours, by its name (the newest version), NAME@VERSION or id
    #[arg(long, value_name = "NAME[@VERSION]")]
    plugin: Option<Reference>,
    /// What the plugin is told; NAME=@FILE gives it a file's text
    #[arg(long = "parameter", value_name = "NAME=VALUE", requires = "plugin")]
    parameters: Vec<Parameter>,
    /// Most units of fuel (about one an instruction) the plugin may use in all
    #[arg(long, value_name = "N", requires = "plugin")]
    fuel: Option<u64>,
    /// Wait until the report is finished
    #[arg(long)]
    wait: bool,
    /// Wait, and save the report to this file, or into this folder; - is standard output
    #[arg(long, value_name = "FILE")]
    output: Option<Target>,
    /// Overwrite the file
    #[arg(long, requires = "output")]
    force: bool,
    /// Print what the service says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    address: Address,
}

/// What `--where` takes.
const WHERE: &str = "\
What events must say: NAME OP VALUE. Given several times, all must hold.

  NAME  an attribute (EventName, Username, …, in any case), who, action, resource, result, source, address,
        project, region, origin or id, or a path in the record such as requestParameters.bucketName
  =     is this, or one of these (A,B); NAME= alone: is not there, or empty
  !=    is none of these; NAME!= alone: is there, and not empty
  ^= *= begins with this, contains this; !^= and !*=: does not
  ~=    ~ before the = (also ^~=, !*~= …): whatever letters are capital
  in (A, B), not in (A, B)

A comma in a value is written \\, and a backslash \\\\. What is negated holds also for events without a value.";

const EXAMPLE: &str = "\
Prints the report's id and state. With --wait, the exit status is 0 if the report is ready and 1 if it
failed. Ctrl-C ends the waiting, not the report: `alog report show ID --wait` goes on.

  alog report create --format csv --where EventName=StopInstances --start -7d --output .
  alog report create --format xlsx --where 'ErrorCode!=' --where 'userAgent^=aws-cli/' --wait
  alog report create --format json --plugin no-mfa --wait --output - | jq .
  alog report create --format csv --plugin sigma --parameter rule=@rule.yml --output findings.csv";

impl Arguments {
    /// Has it made; waits and saves it if that is wanted.
    pub async fn run(&self, now: Instant) -> anyhow::Result<ExitCode> {
        let body = self.body(now)?;
        // What is in the way is found before anything is made.
        if let Some(target) = &self.output {
            target.check(self.force)?;
        }
        let service = self.address.service().await?;
        let made = service.call(&Call::make_json("/v1/reports", &body)).await?;
        let report = Found::deserialize(&made).context("the answer")?;
        if !self.wait && self.output.is_none() {
            self.tell(&made, &report);
            return Ok(ExitCode::SUCCESS);
        }
        self.follow(&service, report.id).await
    }

    async fn follow(&self, service: &Service, id: ReportId) -> anyhow::Result<ExitCode> {
        let report = match wait::until_finished(service, id).await? {
            Ok(report) => report,
            Err(interrupted) => return Ok(interrupted),
        };
        if self.json {
            let told = service.call(&Call::get(super::path(id))).await?;
            self.tell(&told, &report);
        } else {
            self.tell(&Value::Null, &report);
        }
        for warning in &report.warnings {
            eprintln!("warning: {}", printable::escape(warning));
        }
        if !report.is_ready() {
            eprintln!("error: {}", printable::escape(&report.why_not()));
            return Ok(ExitCode::FAILURE);
        }
        let Some(target) = &self.output else {
            return Ok(ExitCode::SUCCESS);
        };
        let saved = download::save(service, id, target, self.force).await;
        match saved {
            Ok(Some(path)) => eprintln!("saved {}", printable::escape(&path.display().to_string())),
            Ok(None) => {}
            Err(error) => {
                eprintln!("error: {}", one_line(&error));
                eprintln!("The report is ready: alog report download {id}");
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// On standard output, unless the report itself goes there.
    fn tell(&self, told: &Value, report: &Found) {
        let line = if self.json {
            printable::json(told)
        } else {
            printable::escape(&format!("{} {}", report.id, report.state))
        };
        if matches!(self.output, Some(Target::StandardOutput)) {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
    }

    fn body(&self, now: Instant) -> anyhow::Result<Value> {
        let mut body = Map::new();
        body.insert("format".to_owned(), self.format.as_str().into());
        let texts: Vec<String> = self.clauses.iter().map(Clause::to_string).collect();
        if !texts.is_empty() {
            body.insert("where".to_owned(), texts.into());
        }
        let zone = Zone::utc();
        let start = self
            .start
            .map(|start| start.start(now, &zone))
            .transpose()?;
        let end = self.end.map(|end| end.end(now, &zone)).transpose()?;
        for (name, time) in [("startTime", start), ("endTime", end)] {
            if let Some(time) = time {
                body.insert(name.to_owned(), time.to_string().into());
            }
        }
        if !self.columns.is_empty() {
            body.insert("columns".to_owned(), self.columns.clone().into());
        }
        if let Some(plugin) = &self.plugin {
            let mut plugin = plugin.to_json();
            if !self.parameters.is_empty() {
                plugin["parameters"] = json!(parameters::read(&self.parameters)?);
            }
            if let Some(fuel) = self.fuel {
                plugin["fuel"] = fuel.into();
            }
            body.insert("plugin".to_owned(), plugin);
        }
        Ok(Value::Object(body))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn body(line: &[&str]) -> Result<Value, String> {
        let line = [&["create", "--url", "http://localhost"], line].concat();
        let line = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        let now = Instant::parse("2026-11-20T12:00:00Z").unwrap();
        line.arguments.body(now).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_was_said_is_sent() {
        assert_eq!(
            body(&["--format", "csv"]).unwrap(),
            json!({ "format": "csv" })
        );
        assert_eq!(
            body(&[
                "--format",
                "xlsx",
                "--start",
                "-2h",
                "--end",
                "2026-11-20T11:00:00Z",
                "--where",
                "eventName in (StopInstances, RunInstances)",
                "--where",
                "userAgent^=aws-cli/",
                "--column",
                "eventTime",
                "--column",
                "userIdentity.userName",
                "--plugin",
                "hours@1.0.0",
                "--parameter",
                "from=9",
                "--fuel",
                "1000000",
            ])
            .unwrap(),
            json!({
                "format": "xlsx",
                "startTime": "2026-11-20T10:00:00Z",
                "endTime": "2026-11-20T11:00:00Z",
                "where": ["EventName=StopInstances,RunInstances", "userAgent^=aws-cli/"],
                "columns": ["eventTime", "userIdentity.userName"],
                "plugin": {
                    "name": "hours", "version": "1.0.0", "parameters": { "from": "9" }, "fuel": 1_000_000,
                },
            })
        );
    }

    #[test]
    fn what_makes_no_sense_is_told_before_anything_is_sent() {
        assert!(
            body(&["--format", "pdf"])
                .unwrap_err()
                .contains("csv, json, ndjson or xlsx")
        );
        assert!(
            body(&["--format", "csv", "--parameter", "a=1"])
                .unwrap_err()
                .contains("--plugin")
        );
        assert!(
            body(&["--format", "csv", "--where", "a"])
                .unwrap_err()
                .contains("'a', column 2: an operator")
        );
        assert!(
            body(&["--format", "csv", "--start", "tomorrow"])
                .unwrap_err()
                .contains("-2h")
        );
        let twice = [
            "--format",
            "csv",
            "--plugin",
            "x",
            "--parameter",
            "a=1",
            "--parameter",
            "a=2",
        ];
        assert_eq!(body(&twice).unwrap_err(), "parameter \"a\" is given twice");
    }
}
