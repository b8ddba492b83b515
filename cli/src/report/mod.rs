//! `alog report …`: files of the events that match, made by the service.

mod create;
mod download;
mod found;
mod render;
mod wait;

use std::io::Write as _;
use std::process::ExitCode;

use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::printable;
use crate::service::{Address, Call, ServiceError};
use found::Found;
pub use found::List;

/// What to do with reports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Have a report made of the events that match
    Create(Box<create::Arguments>),
    /// List the account's reports, newest first
    List(Listing),
    /// Show how far a report is, or why it failed
    Show(Showing),
    /// Save a report that is ready
    Download(download::Arguments),
    /// Delete a report; one that is not finished is cancelled
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
    /// The report
    id: ReportId,
    /// Wait until it is finished
    ///
    /// The exit status is then 0 if the report is ready, 1 if it failed, was cancelled or has expired.
    #[arg(long)]
    wait: bool,
    /// Print what the service says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    address: Address,
}

/// Which to delete.
#[derive(Debug, Args)]
pub struct Deletion {
    /// The report
    id: ReportId,
    #[command(flatten)]
    address: Address,
}

/// Does it.
pub async fn run(command: Command, now: Instant) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(arguments) => return arguments.run(now).await,
        Command::Download(arguments) => return arguments.run().await,
        Command::List(listing) => {
            let service = listing.address.service().await?;
            let all = service.call(&Call::get("/v1/reports")).await?;
            if listing.json {
                println!("{}", printable::json(&all));
            } else {
                let List { reports } = serde_json::from_value(all).context("the answer")?;
                std::io::stdout().write_all(render::table(&reports).as_bytes())?;
            }
        }
        Command::Show(showing) => return showing.run().await,
        Command::Delete(deletion) => deletion.run().await?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Showing {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let service = self.address.service().await?;
        let mut code = ExitCode::SUCCESS;
        if self.wait {
            match wait::until_finished(&service, self.id).await? {
                Ok(report) if report.is_ready() => {}
                Ok(_) => code = ExitCode::FAILURE,
                Err(interrupted) => return Ok(interrupted),
            }
        }
        let value = service.call(&Call::get(path(self.id))).await;
        let value = value.map_err(|error| named(self.id, error))?;
        if self.json {
            println!("{}", printable::json(&value));
        } else {
            let report: Found = serde_json::from_value(value).context("the answer")?;
            std::io::stdout().write_all(render::details(&report).as_bytes())?;
        }
        Ok(code)
    }
}

impl Deletion {
    async fn run(&self) -> anyhow::Result<()> {
        let service = self.address.service().await?;
        let answer = service.call(&Call::delete(path(self.id))).await;
        match answer.map_err(|error| named(self.id, error))? {
            Value::Null => println!("{} deleted", self.id),
            _ => println!("{} cancelled", self.id),
        }
        Ok(())
    }
}

fn path(id: ReportId) -> String {
    format!("/v1/reports/{id}")
}

/// An error of one report's, with its id where the service did not find it.
fn named(id: ReportId, error: ServiceError) -> anyhow::Error {
    let is_absent = error.is_absent();
    let error = anyhow::Error::from(error);
    if is_absent {
        error.context(format!("there is no report {id} (any more)"))
    } else {
        error
    }
}
