//! `alog event`

use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::found::{Column, Event};
use super::{pages, pretty, screen};
use crate::printable;
use crate::service::Address;

/// Which event.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Its id: what --columns id shows, a record's eventID
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: String,
    /// Print the record alone, as it came
    #[arg(long)]
    json: bool,
    /// Print straight to the terminal, also what is longer than it
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    address: Address,
}

const COLUMNS: [Column; 11] = [
    Column::Time,
    Column::Who,
    Column::Action,
    Column::Resource,
    Column::Result,
    Column::Source,
    Column::Address,
    Column::Project,
    Column::Region,
    Column::Origin,
    Column::Id,
];

impl Arguments {
    /// Finds and prints it.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let service = self.address.service().await?;
        let event = pages::one(&service, &self.id).await?;
        let lines = if self.json {
            vec![printable::json_text(event.record.get())]
        } else {
            whole(&event)
        };
        screen::print(&lines, !self.no_pager && !self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What it says in short, and its record.
fn whole(event: &Event) -> Vec<String> {
    let short = COLUMNS.iter().filter_map(|column| {
        let value = printable::escape(event.cell(*column)?);
        let name = format!("{:<8}", column.title().to_lowercase());
        Some(format!("{}  {value}", console::style(name).bold()))
    });
    let record = printable::json_text(event.record.get());
    let record = pretty::indented(&record);
    let record = record.lines().map(str::to_owned);
    short.chain([String::new()]).chain(record).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::event;
    use super::*;

    #[test]
    fn an_event_is_shown_in_short_and_whole() {
        console::set_colors_enabled(false);
        let event = event("2026-11-20T12:00:00Z", "e-1", Some("alice"));
        let expected = [
            "time      2026-11-20T12:00:00Z",
            "who       alice",
            "action    StopInstances",
            "resource  i-0a53",
            "result    ok",
            "source    ec2.amazonaws.com",
            "address   192.0.2.1",
            "region    us-east-1",
            "origin    queue",
            "id        e-1",
            "",
            "{",
            "  \"eventID\": \"e-1\"",
            "}",
        ];
        assert_eq!(whole(&event), expected);
    }
}
