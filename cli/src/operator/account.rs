//! `alog account …`

use std::io::Write;

use activity_log_control::{
    Account, AccountName, Accounts, NewAccount, PluginReader, Registry, ReportReader, TrailReader,
    UsageReader, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;
use serde_json::json;

use super::deletion::Deletion;
use super::list::{List, Shape};
use super::overview::{self, Tables};
use crate::printable;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account; its id is printed, alone
    ///
    /// An account is a tenant: users, access keys and events belong to one account and nothing
    /// crosses accounts. Events of the AWS account with the same id, delivered as CloudTrail files
    /// or by EventBridge, are this account's.
    Create {
        /// What people call it
        name: AccountName,
        /// Twelve digits; random if not given
        #[arg(long, value_name = "12DIGITS")]
        id: Option<AccountId>,
        /// Days to keep events, counted from their time [default: 30]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
        retention_days: Option<u32>,
    },
    /// List all accounts: id, creation, retention, name
    List {
        #[command(flatten)]
        shape: Shape,
    },
    /// Show an account: its limits, what it took in during the last 7 days, its trails, reports and plugins
    Show {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
    },
    /// Make the events of another AWS account this account's
    ///
    /// They come as CloudTrail files or by EventBridge. An AWS account can be linked to one account.
    Link {
        /// The account whose events they become
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The AWS account that the events are of
        aws_account_id: AccountId,
    },
    /// Give an account another name
    Rename {
        /// The account
        #[arg(value_name = "ID")]
        account: AccountId,
        /// What people are to call it
        name: AccountName,
    },
    /// Say how many days the events of an account are kept, counted from their time
    ///
    /// Lookups, reports and counts go by it from the next request on. Raised, it shows nothing again that is deleted
    /// already, and what is rolled up already is still deleted when it was to be. Lowered, it hides at once what is
    /// older, which is deleted when it was to be.
    Retention {
        /// The account
        #[arg(value_name = "ID")]
        account: AccountId,
        /// 1 to 3650, or `default`: as many as the stack says
        #[arg(value_name = "DAYS|default", value_parser = days)]
        days: Days,
    },
    /// Delete an account with all that is known of it
    ///
    /// Its keys and tokens are good for nothing from the next request on. Then users, keys, tokens, grants, projects,
    /// buckets' assignments, links, trails, reports and plugins go; what trails delivered stays in its buckets. Events
    /// expire by themselves, with nobody to read them, and the id is not given again. Cut short, the same command goes on.
    Delete(Deletion),
}

/// How long events are to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// so many days
    Number(u32),
    /// as many as the stack says
    Default,
}

/// What may be said of [`Days`].
const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;

fn days(text: &str) -> Result<Days, String> {
    if text == "default" {
        return Ok(Days::Default);
    }
    let days = text.parse().ok().filter(|days| DAYS.contains(days));
    let (least, most) = (DAYS.start(), DAYS.end());
    let rule = || format!("a retention is {least} to {most} days, or `default`");
    days.map(Days::Number).ok_or_else(rule)
}

impl Command {
    /// Does it. A new account's id is printed to `out`, and what was done beside it to `said`.
    pub async fn run<R, A, U, T, S, P>(
        self,
        registry: &R,
        tables: &Tables<A, U, T, S, P>,
        now: Instant,
        out: &mut impl Write,
        said: &mut impl Write,
    ) -> anyhow::Result<()>
    where
        R: Registry,
        A: Accounts,
        U: UsageReader,
        T: TrailReader,
        S: ReportReader,
        P: PluginReader,
    {
        match self {
            Self::Create {
                name,
                id,
                retention_days,
            } => {
                let account = NewAccount {
                    id: id.unwrap_or_else(new_account_id),
                    name,
                    retention_override_days: retention_days,
                };
                let account = registry.create_account(account, now).await?;
                writeln!(out, "{}", account.id)?;
                writeln!(said, "made account {}", named(&account))?;
            }
            Self::List { shape } => list(registry, shape, out).await?,
            Self::Show { account } => tables.overview(account, now).await?.print(now, out)?,
            Self::Link {
                account,
                aws_account_id,
            } => {
                registry.link_source(account, aws_account_id, now).await?;
                writeln!(
                    out,
                    "linked AWS account {aws_account_id} to account {account}"
                )?;
            }
            Self::Rename { account, name } => {
                let account = registry.rename_account(account, &name).await?;
                writeln!(out, "renamed account {}", named(&account))?;
            }
            Self::Retention { account, days } => {
                let days = match days {
                    Days::Number(days) => Some(days),
                    Days::Default => None,
                };
                let account = registry.set_retention(account, days).await?;
                let kept = overview::kept(&account);
                writeln!(out, "events of account {} are kept {kept} now", account.id)?;
            }
            Self::Delete(deletion) => {
                deletion.run(registry, &tables.accounts, now, out).await?;
            }
        }
        Ok(())
    }
}

/// The account's id and name.
fn named(account: &Account) -> String {
    let name = printable::escape(account.name.as_str());
    format!("{} \"{name}\"", account.id)
}

async fn list<R: Registry>(registry: &R, shape: Shape, out: &mut impl Write) -> anyhow::Result<()> {
    let mut list = List::new("accounts", ["ID", "CREATED", "RETENTION", "NAME"]);
    for account in registry.accounts().await? {
        let days = account.retention_override_days;
        let kept = days.map_or("default".to_owned(), |days| format!("{days} days"));
        let (id, created) = (account.id.to_string(), account.created.to_string());
        let name = account.name.to_string();
        let value = json!({"id": id, "created": created, "retentionDays": days, "name": name});
        list.add([id, created, kept, name], value);
    }
    Ok(list.print(shape, out)?)
}

#[cfg(test)]
mod tests {
    use activity_log_control::Sources as _;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::now;

    /// What is printed, and what is said beside it.
    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<(String, String)> {
        let (mut out, mut said) = (Vec::new(), Vec::new());
        let tables = Tables::in_memory(registry);
        command
            .run(registry, &tables, now(), &mut out, &mut said)
            .await?;
        Ok((String::from_utf8(out)?, String::from_utf8(said)?))
    }

    /// Of a command that says nothing beside.
    async fn printed(registry: &InMemory, command: Command) -> anyhow::Result<String> {
        let (printed, said) = run(registry, command).await?;
        assert_eq!(said, "");
        Ok(printed)
    }

    fn create(id: &str, retention_days: Option<u32>) -> Command {
        Command::Create {
            name: "Demo".parse().unwrap(),
            id: Some(id.parse().unwrap()),
            retention_days,
        }
    }

    #[tokio::test]
    async fn accounts_are_made_listed_and_linked() {
        let registry = InMemory::new();
        let (id, said) = run(&registry, create("444455556666", Some(365)))
            .await
            .unwrap();
        assert_eq!(id, "444455556666\n");
        assert_eq!(said, "made account 444455556666 \"Demo\"\n");
        run(&registry, create("111122223333", None)).await.unwrap();
        let list = |json| Command::List {
            shape: Shape { json },
        };
        assert_eq!(
            printed(&registry, list(false)).await.unwrap(),
            "ID            CREATED               RETENTION  NAME\n\
             111122223333  2026-11-20T12:00:00Z  default    Demo\n\
             444455556666  2026-11-20T12:00:00Z  365 days   Demo\n"
        );
        let document = printed(&registry, list(true)).await.unwrap();
        let created = "2026-11-20T12:00:00Z";
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            json!({"accounts": [
                {"id": "111122223333", "created": created, "retentionDays": null, "name": "Demo"},
                {"id": "444455556666", "created": created, "retentionDays": 365, "name": "Demo"},
            ]})
        );
        let error = run(&registry, create("111122223333", None))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "account 111122223333 exists already");

        let show = Command::Show {
            account: "444455556666".parse().unwrap(),
        };
        let shown = printed(&registry, show).await.unwrap();
        assert!(shown.starts_with("444455556666 Demo\n"), "{shown}");

        let link = Command::Link {
            account: "111122223333".parse().unwrap(),
            aws_account_id: "777788889999".parse().unwrap(),
        };
        assert_eq!(
            printed(&registry, link).await.unwrap(),
            "linked AWS account 777788889999 to account 111122223333\n"
        );
        let aws = ["777788889999".parse().unwrap()];
        let received = registry.receivers(&aws).await.unwrap();
        let owner = received[0].as_ref().unwrap().as_ref().unwrap().id;
        assert_eq!(owner, "111122223333".parse().unwrap());
    }

    #[tokio::test]
    async fn without_an_id_one_is_made_up() {
        let registry = InMemory::new();
        let command = Command::Create {
            name: "Demo".parse().unwrap(),
            id: None,
            retention_days: None,
        };
        let (printed, said) = run(&registry, command).await.unwrap();
        let id: AccountId = printed.trim_end().parse().unwrap();
        assert_eq!(said, format!("made account {id} \"Demo\"\n"));
    }

    #[tokio::test]
    async fn name_and_retention_can_be_changed_afterwards() {
        let registry = InMemory::new();
        run(&registry, create("111122223333", None)).await.unwrap();
        let account = "111122223333".parse().unwrap();
        let rename = Command::Rename {
            account,
            name: "Other \u{202e}".parse().unwrap(),
        };
        assert_eq!(
            printed(&registry, rename).await.unwrap(),
            "renamed account 111122223333 \"Other \\u{202e}\"\n"
        );
        for (said, now) in [
            ("90", "90 days"),
            ("7", "7 days"),
            ("default", "as long as the stack says (default)"),
        ] {
            let retention = Command::Retention {
                account,
                days: days(said).unwrap(),
            };
            assert_eq!(
                printed(&registry, retention).await.unwrap(),
                format!("events of account 111122223333 are kept {now} now\n")
            );
        }
        for slip in ["0", "3651", "-1", "none", "30d", ""] {
            let error = days(slip).unwrap_err();
            assert_eq!(
                error, "a retention is 1 to 3650 days, or `default`",
                "{slip}"
            );
        }
    }
}
