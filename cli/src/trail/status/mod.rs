//! `alog trail status`: what the control table says of trails, for the operator.

mod render;

pub use render::summary;

use std::io::Write;

use activity_log_control::{Accounts, TrailArchive};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use anyhow::Context as _;
use clap::Args;

use crate::operator::list::{List, Shape};
use crate::printable;

/// Which trails.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Trails of this account [default: of all accounts]
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only the trail of this name, and all that is known of it
    #[arg(requires = "account")]
    name: Option<TrailName>,
    #[command(flatten)]
    shape: Shape,
}

impl Arguments {
    /// Prints how they get on.
    pub async fn run<T: TrailArchive, A: Accounts>(
        self,
        trails: &T,
        accounts: &A,
        now: Instant,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut list = List::new("trails", render::HEADER);
        for trail in self.trails(trails).await? {
            // The archiver does nothing for a trail without an account.
            let account = accounts.account(trail.account).await?;
            let subscription = account.map_or_else(Subscription::never, |one| one.subscription);
            let json = render::as_json(&trail, &subscription, now);
            if self.name.is_none() {
                list.add(render::cells(&trail, &subscription, now), json);
            } else if self.shape.json {
                writeln!(out, "{}", printable::json(&json))?;
            } else {
                render::print(&trail, &subscription, now, out)?;
            }
        }
        if self.name.is_none() {
            list.print(self.shape, out)?;
        }
        Ok(())
    }

    async fn trails<T: TrailArchive>(&self, trails: &T) -> anyhow::Result<Vec<Trail>> {
        match (self.account, &self.name) {
            (Some(account), Some(name)) => {
                let trail = trails.trail(account, name).await?;
                let trail = trail.with_context(|| format!("no trail {name} in account {account}"));
                Ok(vec![trail?])
            }
            (Some(account), None) => Ok(trails.trails(account).await?),
            (None, _) => {
                let mut all = Vec::new();
                for (account, name) in trails.all_trails().await? {
                    // One that is deleted meanwhile is left out.
                    all.extend(trails.trail(account, &name).await?);
                }
                Ok(all)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{NewAccount, Registry as _, TrailWriter as _};
    use activity_log_core::trail::progress::{ChainEnd, Period, PreviousDigest};
    use activity_log_core::window::Window;
    use serde_json::json;

    use super::*;
    use crate::operator::tests::now;

    fn trail(account: &str, name: &str) -> Trail {
        let (account, name) = (account.parse().unwrap(), name.parse().unwrap());
        let mut trail = Trail::new(account, name, "00000000000000aa", ("logs", account), now());
        trail.settings.prefix = Some("p".to_owned());
        trail.settings.validation = true;
        trail
    }

    /// One trail that fails, and two that have never logged.
    async fn table() -> InMemory {
        let table = InMemory::new();
        for id in ["111122223333", "444455556666"] {
            let new = NewAccount {
                id: id.parse().unwrap(),
                name: "Demo".parse().unwrap(),
                retention_override_days: None,
            };
            table.create_account(new, now()).await.unwrap();
        }
        let mut failing = trail("111122223333", "audit");
        failing.logging.start(now()).unwrap();
        let subscribed = Subscription::since(now());
        let first = failing.next_window(&subscribed).unwrap();
        failing = failing.archived(first, &subscribed);
        let stopped = Period {
            from: Window::from_number(first.number() - 2),
            to: Window::from_number(first.number() - 1),
            ends_chain: Some(ChainEnd::Stopped),
        };
        failing.progress.undigested.insert(0, stopped);
        let archives = &mut failing.delivery.archives;
        archives.succeeded(first.end());
        archives.failed(first.end().plus_millis(60_000), "NoSuchBucket");
        failing.progress.last_digest = Some(PreviousDigest {
            bucket: "logs".to_owned(),
            key: "k.json.gz".to_owned(),
            sha256: String::new(),
            signature: String::new(),
        });
        let mut plain = trail("111122223333", "plain");
        plain.settings.prefix = None;
        plain.settings.validation = false;
        for trail in [failing, plain, trail("444455556666", "other")] {
            table.create_trail(&trail, 5).await.unwrap();
        }
        table
    }

    async fn run(account: Option<&str>, name: Option<&str>, json: bool) -> anyhow::Result<String> {
        let arguments = Arguments {
            account: account.map(|account| account.parse().unwrap()),
            name: name.map(|name| name.parse().unwrap()),
            shape: Shape { json },
        };
        let mut out = Vec::new();
        let later = now().plus_millis(21 * 60_000);
        let table = table().await;
        arguments.run(&table, &table, later, &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn a_trail_that_fails_says_what_and_since_when() {
        let printed = run(Some("111122223333"), Some("audit"), false).await;
        assert_eq!(
            printed.unwrap(),
            "111122223333 audit\n\
             \x20 logging   on, since 2026-11-20T12:00:00Z\n\
             \x20 bucket    s3://logs/p\n\
             \x20 archived  up to 2026-11-20T12:05:00Z\n\
             \x20 waiting   3 windows, the oldest of 2026-11-20T12:05:00Z\n\
             \x20 archives  last delivered 2026-11-20T12:05:00Z; FAILING since 2026-11-20T12:06:00Z: NoSuchBucket\n\
             \x20 digests   1 wait, the oldest of 2026-11-20T11:50:00Z; none delivered\n\
             \x20           s3://logs/k.json.gz\n"
        );
    }

    #[tokio::test]
    async fn all_trails_of_an_account_or_of_all() {
        let printed = run(Some("111122223333"), None, false).await.unwrap();
        assert_eq!(
            printed,
            "ACCOUNT       NAME   LOGGING  ARCHIVED-UNTIL        WINDOWS  DIGESTS  BUCKET       DELIVERY\n\
             111122223333  audit  on       2026-11-20T12:05:00Z  3        1        s3://logs/p  archives FAIL since \
             2026-11-20T12:06:00Z: NoSuchBucket\n\
             111122223333  plain  off      -                     0        0        s3://logs/   ok\n"
        );
        let plain = run(Some("111122223333"), Some("plain"), false).await;
        assert_eq!(
            plain.unwrap(),
            "111122223333 plain\n\
             \x20 logging   off\n\
             \x20 bucket    s3://logs/\n\
             \x20 archived  nothing\n\
             \x20 waiting   nothing\n\
             \x20 archives  none delivered\n\
             \x20 digests   off; none delivered\n"
        );
        let all = run(None, None, true).await.unwrap();
        let all: serde_json::Value = serde_json::from_str(&all).unwrap();
        let trails = all["trails"].as_array().unwrap();
        let names: Vec<_> = trails.iter().map(|trail| &trail["name"]).collect();
        assert_eq!(names, ["audit", "plain", "other"]);
        let error = run(Some("111122223333"), Some("none"), false).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "no trail none in account 111122223333"
        );
    }

    #[tokio::test]
    async fn machines_get_the_same() {
        let printed = run(Some("111122223333"), Some("audit"), true).await;
        let value: serde_json::Value = serde_json::from_str(&printed.unwrap()).unwrap();
        assert_eq!(
            value,
            json!({
                "account": "111122223333", "name": "audit", "id": "00000000000000aa",
                "logging": true, "started": "2026-11-20T12:00:00Z", "stopped": null,
                "bucket": "logs", "prefix": "p", "validation": true,
                "archivedUntil": "2026-11-20T12:05:00Z",
                "waitingWindows": 3, "waitingSince": "2026-11-20T12:10:00Z",
                "waitingDigests": 1, "waitingDigestsSince": "2026-11-20T12:00:00Z",
                "archives": {
                    "attempted": "2026-11-20T12:06:00Z", "delivered": "2026-11-20T12:05:00Z",
                    "error": "NoSuchBucket", "failingSince": "2026-11-20T12:06:00Z",
                },
                "digests": {
                    "attempted": null, "delivered": null, "error": null, "failingSince": null,
                },
                "lastDigest": "k.json.gz",
            })
        );
    }
}
