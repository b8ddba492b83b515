//! `alog limits …`

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use activity_log_control::{Account, Accounts, Limit, Registry, UnknownLimit};
use activity_log_core::account::AccountId;
use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::list::{List, Shape};

/// What to do with an account's limits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set limits of an account, or take back what was set
    ///
    /// What there is already stays, also above a new limit.
    Set {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// Such as trails=5 or lookup-rate=200; trails=default takes back what was set
        ///
        /// trails, reports, reports-generating and plugins say how many there may be; lookup-rate and
        /// ingest-rate how many requests a second are answered.
        #[arg(required = true, value_name = "LIMIT=N")]
        settings: Vec<Setting>,
    },
    /// Print the limits of an account
    Show {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        shape: Shape,
    },
}

/// A limit and what it is to be; `None`: what everyone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    limit: Limit,
    value: Option<u32>,
}

/// The text is no setting.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidSetting {
    /// no value
    #[error("a setting is LIMIT=N or LIMIT=default")]
    NoValue,
    /// no such limit
    #[error(transparent)]
    Limit(#[from] UnknownLimit),
    /// a value that is none
    #[error("a limit is a number or `default`")]
    Value,
    /// a value that the service would not keep to
    #[error("{limit}: at most {}", limit.most())]
    TooMuch {
        /// of which limit
        limit: Limit,
    },
    /// a value with which nothing would be answered
    #[error("{limit}: at least {}", limit.least())]
    TooLittle {
        /// of which limit
        limit: Limit,
    },
}

impl FromStr for Setting {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (limit, value) = text.split_once('=').ok_or(InvalidSetting::NoValue)?;
        let limit: Limit = limit.parse()?;
        let value = match value {
            "default" => None,
            number => Some(number.parse().map_err(|_| InvalidSetting::Value)?),
        };
        if value.is_some_and(|value| value > limit.most()) {
            return Err(InvalidSetting::TooMuch { limit });
        }
        if value.is_some_and(|value| value < limit.least()) {
            return Err(InvalidSetting::TooLittle { limit });
        }
        Ok(Self { limit, value })
    }
}

impl Command {
    /// Does it.
    pub async fn run<R: Registry, A: Accounts>(
        self,
        registry: &R,
        accounts: &A,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Self::Set { account, settings } => {
                for Setting { limit, value } in &settings {
                    registry.set_limit(account, *limit, *value).await?;
                }
                let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
                writeln!(out, "set {} of account {account}", settings.join(", "))?;
                Ok(())
            }
            Self::Show { account, shape } => {
                let found = accounts.account(account).await?;
                let account = found.with_context(|| format!("no account {account}"))?;
                Ok(list(&account).print(shape, out)?)
            }
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{}={value}", self.limit),
            None => write!(f, "{}=default", self.limit),
        }
    }
}

fn list(account: &Account) -> List<4> {
    let mut list = List::new("limits", ["LIMIT", "VALUE", "DEFAULT", "SET"]);
    for limit in Limit::ALL {
        let (value, default) = (account.limits.value(limit), limit.default_value());
        let is_set = account.limits.set(limit).is_some();
        let name = limit.to_string();
        let json = json!({"name": name, "value": value, "default": default, "isSet": is_set});
        let set = if is_set { "yes" } else { "no" };
        let cells = [name, value.to_string(), default.to_string(), set.to_owned()];
        list.add(cells, json);
    }
    list
}

/// A line a limit: what holds, and whether it was set.
pub fn lines(account: &Account) -> impl Iterator<Item = String> {
    Limit::ALL.into_iter().map(|limit| {
        let value = account.limits.value(limit);
        let set = account.limits.set(limit);
        let whose = if set.is_some() { "" } else { " (default)" };
        format!("{limit}={value}{whose}")
    })
}

#[cfg(test)]
mod tests {
    use activity_log_control::NewAccount;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::now;

    #[test]
    fn a_setting_is_a_limit_and_a_number_or_default() {
        let setting = |text: &str| text.parse::<Setting>();
        let limit = Limit::Trails;
        assert_eq!(
            setting("trails=5").unwrap(),
            Setting {
                limit,
                value: Some(5)
            }
        );
        assert_eq!(
            setting("trails=default").unwrap(),
            Setting { limit, value: None }
        );
        for (text, why) in [
            ("trails", "a setting is LIMIT=N or LIMIT=default"),
            (
                "rails=5",
                "a limit is `trails`, `reports`, `reports-generating`, `plugins`, `lookup-rate` or \
                 `ingest-rate`",
            ),
            ("reports=91", "reports: at most 90"),
            ("lookup-rate=10001", "lookup-rate: at most 10000"),
            ("ingest-rate=0", "ingest-rate: at least 1"),
            ("trails=-1", "a limit is a number or `default`"),
            ("trails=", "a limit is a number or `default`"),
        ] {
            assert_eq!(setting(text).unwrap_err().to_string(), why, "{text}");
        }
    }

    #[tokio::test]
    async fn limits_are_set_shown_and_taken_back() {
        let control = InMemory::new();
        let account: AccountId = "111122223333".parse().unwrap();
        let new = NewAccount {
            id: account,
            name: "Demo".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, now()).await.unwrap();
        let set = |settings: &[&str]| Command::Set {
            account,
            settings: settings.iter().map(|one| one.parse().unwrap()).collect(),
        };
        let show = |json| Command::Show {
            account,
            shape: Shape { json },
        };
        for (command, printed) in [
            (
                set(&["trails=5", "lookup-rate=200"]),
                "set trails=5, lookup-rate=200 of account 111122223333\n",
            ),
            (
                set(&["lookup-rate=default"]),
                "set lookup-rate=default of account 111122223333\n",
            ),
            (
                show(false),
                "LIMIT               VALUE  DEFAULT  SET\n\
                 trails              5      2        yes\n\
                 reports             5      5        no\n\
                 reports-generating  2      2        no\n\
                 plugins             50     50       no\n\
                 lookup-rate         100    100      no\n\
                 ingest-rate         500    500      no\n",
            ),
        ] {
            let mut out = Vec::new();
            command.run(&control, &control, &mut out).await.unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), printed);
        }
        let mut out = Vec::new();
        show(true).run(&control, &control, &mut out).await.unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = json!({"name": "trails", "value": 5, "default": 2, "isSet": true});
        assert_eq!(document["limits"][0], expected);
        let unknown = "444455556666".parse().unwrap();
        let show = Command::Show {
            account: unknown,
            shape: Shape::default(),
        };
        let error = show.run(&control, &control, &mut Vec::new()).await;
        assert_eq!(error.unwrap_err().to_string(), "no account 444455556666");
    }
}
