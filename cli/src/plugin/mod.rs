//! `alog plugin …`: filters of one's own, from the first line to the report that uses them.

mod build;
mod found;
mod new;
mod push;
mod render;
mod trial;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::printable;
use crate::service::reference::Reference;
use crate::service::{Address, Call, Service};
use found::Found;

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a filter: a folder with a template in it
    New(new::New),
    /// Make a component of a filter's folder
    Build(build::Build),
    /// Try a filter on files of events, here, as a report would run it
    Test(trial::Arguments),
    /// Upload a filter, and wait until the service has checked it
    Push(push::Arguments),
    /// List the account's filters, every version
    List(Listing),
    /// Show a filter's manifest, or why it was refused
    Show(Showing),
    /// Delete one version of a filter
    Delete(Deletion),
}

/// How to list.
#[derive(Debug, Args)]
pub struct Listing {
    /// Print what the service says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    address: Address,
}

/// Which to show.
#[derive(Debug, Args)]
pub struct Showing {
    /// Its name (the newest version), NAME@VERSION, or its id
    #[arg(value_name = "ID|NAME[@VERSION]")]
    plugin: Reference,
    /// Print what the service says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    address: Address,
}

/// Which to delete.
#[derive(Debug, Args)]
pub struct Deletion {
    /// NAME@VERSION, or its id
    #[arg(value_name = "ID|NAME@VERSION")]
    plugin: Reference,
    #[command(flatten)]
    address: Address,
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::New(new) => return Ok(new.run()),
        Command::Build(build) => return build.run(),
        Command::Test(arguments) => return arguments.run().await,
        Command::Push(arguments) => return arguments.run().await,
        Command::List(listing) => {
            let service = listing.address.service().await?;
            let all = service.call(&Call::get(found::PATH)).await?;
            if listing.json {
                println!("{}", printable::json(&all));
            } else {
                let all = found::list(&all)?;
                std::io::stdout().write_all(render::table(&all).as_bytes())?;
            }
        }
        Command::Show(showing) => {
            let service = showing.address.service().await?;
            let value = find(&service, &showing.plugin).await?;
            if showing.json {
                println!("{}", printable::json(&value));
            } else {
                let plugin = Found::read(&value)?;
                std::io::stdout().write_all(render::details(&plugin).as_bytes())?;
            }
        }
        Command::Delete(deletion) => deletion.run().await?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Deletion {
    async fn run(&self) -> anyhow::Result<()> {
        if let Reference::Name {
            name,
            version: None,
        } = &self.plugin
        {
            anyhow::bail!("say which version: {name}@VERSION, as `alog plugin list` prints them");
        }
        let service = self.address.service().await?;
        let plugin = Found::read(&find(&service, &self.plugin).await?)?;
        let path = format!("{}/{}", found::PATH, plugin.id);
        service.call(&Call::delete(path)).await?;
        println!("{} deleted", printable::escape(&plugin.name()));
        Ok(())
    }
}

/// The version that is meant, as the service tells it.
async fn find(service: &Service, reference: &Reference) -> anyhow::Result<Value> {
    if let Reference::Id(id) = reference {
        return Ok(service
            .call(&Call::get(format!("{}/{id}", found::PATH)))
            .await?);
    }
    let all = service.call(&Call::get(found::PATH)).await?;
    found::named(&all, reference)
}

/// On standard error, and nowhere if that is not a terminal.
fn spinner(message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        Ok(style) => spinner.with_style(style),
        Err(_) => spinner,
    }
}
