//! `alog subscription …`

use std::io::Write;

use activity_log_control::{Account, Accounts, Registry, SubscriptionChange};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::{Period, State, THE_START};
use anyhow::Context as _;
use clap::Subcommand;

use crate::when::{self, When};
use crate::zone::Zone;

/// What to do with an account's subscription.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Switch the subscription on, or set the end of one that is on
    ///
    /// The API and the page answer again, and trails go on with the five-minute window of now.
    Activate {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// When it ends by itself: RFC 3339, or +30d, +12h [default: it does not]
        #[arg(long, value_name = "TIME", value_parser = when::parse_end)]
        until: Option<When>,
    },
    /// Switch the subscription off
    ///
    /// Trails still deliver what came in until now, up to the end of the five-minute window of now. Events are still
    /// taken in and kept as long as any; what is in buckets stays there.
    Deactivate {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
    },
    /// Print whether the account is subscribed, until when, and when it was
    Show {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
    },
}

impl Command {
    /// Does it.
    pub async fn run<R: Registry, A: Accounts>(
        self,
        registry: &R,
        accounts: &A,
        now: Instant,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let (id, change) = match self {
            Self::Activate { account, until } => {
                let until = until
                    .map(|until| until.end(now, &Zone::utc()))
                    .transpose()?;
                (account, SubscriptionChange::Activate { until })
            }
            Self::Deactivate { account } => (account, SubscriptionChange::Deactivate),
            Self::Show { account } => {
                let found = accounts.account(account).await?;
                let account = found.with_context(|| format!("no account {account}"))?;
                return show(&account, now, out);
            }
        };
        let account = registry.change_subscription(id, change, now).await?;
        say(&account, now, out)
    }
}

/// For people: `on, until …`, `off, since …`.
pub fn state(account: &Account, now: Instant) -> String {
    match account.subscription.state(now) {
        State::Active { until: Some(until) } => format!("on, until {until}"),
        State::Active { until: None } => "on, without an end".to_owned(),
        State::Inactive { since } => format!("off, since {since}"),
        State::Never => "off, and was never on".to_owned(),
    }
}

fn say(account: &Account, now: Instant, out: &mut impl Write) -> anyhow::Result<()> {
    let state = state(account, now);
    writeln!(out, "the subscription of account {} is {state}", account.id)?;
    Ok(())
}

fn show(account: &Account, now: Instant, out: &mut impl Write) -> anyhow::Result<()> {
    say(account, now, out)?;
    for Period { from, to } in account.subscription.periods() {
        let (from, since) = if *from == THE_START {
            ("from the start".to_owned(), "from the start".to_owned())
        } else {
            (format!("from {from}"), format!("since {from}"))
        };
        match to {
            Some(to) if *to <= now => writeln!(out, "  on {from} until {to}")?,
            _ => writeln!(out, "  on {since}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use activity_log_control::NewAccount;
    use activity_log_control::memory::InMemory;
    use activity_log_core::instant::DAY;

    use super::*;
    use crate::operator::tests::now;

    const ID: &str = "111122223333";

    fn account() -> AccountId {
        ID.parse().unwrap()
    }

    fn activate(until: Option<&str>) -> Command {
        Command::Activate {
            account: account(),
            until: until.map(|until| when::parse_end(until).unwrap()),
        }
    }

    async fn table() -> InMemory {
        let control = InMemory::new();
        let new = NewAccount {
            id: account(),
            name: "Demo".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, now()).await.unwrap();
        control
    }

    /// What a command says so many days later.
    async fn run(control: &InMemory, command: Command, days: i64) -> anyhow::Result<String> {
        let mut out = Vec::new();
        let now = now().plus_millis(days * DAY);
        command.run(control, control, now, &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn a_subscription_is_switched_and_shown() {
        let control = table().await;
        let account = account();
        for (command, days, says) in [
            (
                Command::Show { account },
                0,
                "on, without an end\n  on from the start",
            ),
            (activate(Some("+30d")), 1, "on, until 2026-12-21T12:00:00Z"),
            (
                Command::Deactivate { account },
                10,
                "off, since 2026-11-30T12:00:00Z",
            ),
            (
                Command::Deactivate { account },
                11,
                "off, since 2026-11-30T12:00:00Z",
            ),
            (
                activate(Some("2027-01-01T00:00:00Z")),
                20,
                "on, until 2027-01-01T00:00:00Z",
            ),
            (
                Command::Show { account },
                21,
                "on, until 2027-01-01T00:00:00Z\n  on from the start until 2026-11-30T12:00:00Z\n  \
                 on since 2026-12-10T12:00:00Z",
            ),
            (
                Command::Show { account },
                60,
                "off, since 2027-01-01T00:00:00Z\n  on from the start until 2026-11-30T12:00:00Z\n  \
                 on from 2026-12-10T12:00:00Z until 2027-01-01T00:00:00Z",
            ),
            (activate(None), 61, "on, without an end"),
        ] {
            let printed = run(&control, command, days).await.unwrap();
            assert_eq!(
                printed,
                format!("the subscription of account {ID} is {says}\n")
            );
        }
    }

    #[tokio::test]
    async fn what_cannot_be_is_said() {
        let control = table().await;
        let error = run(&control, activate(Some("2026-11-20T12:00:00Z")), 1).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "a subscription ends later than now: 2026-11-20T12:00:00Z is not later than 2026-11-21T12:00:00Z"
        );
        let account = "444455556666".parse().unwrap();
        for command in [Command::Show { account }, Command::Deactivate { account }] {
            let error = run(&control, command, 0).await.unwrap_err();
            assert_eq!(error.to_string(), "no account 444455556666");
        }
    }
}
