//! `alog account …`

use std::io::Write;

use activity_log_control::{
    AccountName, Accounts, NewAccount, PluginReader, Registry, ReportReader, TrailReader,
    UsageReader, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;

use super::overview::Tables;

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
    List,
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
}

impl Command {
    /// Does it.
    pub async fn run<R, A, U, T, S, P>(
        self,
        registry: &R,
        tables: &Tables<A, U, T, S, P>,
        now: Instant,
        out: &mut impl Write,
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
            }
            Self::List => {
                for account in registry.accounts().await? {
                    let days = account.retention_override_days;
                    let kept = days.map_or("default".to_owned(), |days| format!("{days} days"));
                    writeln!(
                        out,
                        "{}  {}  {kept:>9}  {}",
                        account.id, account.created, account.name
                    )?;
                }
            }
            Self::Show { account } => tables.overview(account, now).await?.print(now, out)?,
            Self::Link {
                account,
                aws_account_id,
            } => registry.link_source(account, aws_account_id, now).await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::Sources as _;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::now;

    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<String> {
        let mut out = Vec::new();
        let tables = Tables::in_memory(registry);
        command.run(registry, &tables, now(), &mut out).await?;
        Ok(String::from_utf8(out)?)
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
        let printed = run(&registry, create("444455556666", Some(365)))
            .await
            .unwrap();
        assert_eq!(printed, "444455556666\n");
        run(&registry, create("111122223333", None)).await.unwrap();
        assert_eq!(
            run(&registry, Command::List).await.unwrap(),
            "111122223333  2026-11-20T12:00:00Z    default  Demo\n\
             444455556666  2026-11-20T12:00:00Z   365 days  Demo\n"
        );
        let error = run(&registry, create("111122223333", None))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "account 111122223333 exists already");

        let show = Command::Show {
            account: "444455556666".parse().unwrap(),
        };
        let shown = run(&registry, show).await.unwrap();
        assert!(shown.starts_with("444455556666 Demo\n"), "{shown}");

        let link = Command::Link {
            account: "111122223333".parse().unwrap(),
            aws_account_id: "777788889999".parse().unwrap(),
        };
        assert_eq!(run(&registry, link).await.unwrap(), "");
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
        let printed = run(&registry, command).await.unwrap();
        assert!(printed.trim_end().parse::<AccountId>().is_ok(), "{printed}");
    }
}
