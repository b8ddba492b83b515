//! `alog account delete`

use std::io::Write;

use activity_log_control::{AccountName, Accounts, Registry, RegistryError};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use anyhow::{Context as _, bail};
use clap::Args;

use crate::printable;

/// Which account is to be deleted, and that it is meant.
#[derive(Debug, Args)]
pub struct Deletion {
    /// The account
    #[arg(value_name = "ID")]
    account: AccountId,
    /// That it is meant
    #[arg(long)]
    yes: bool,
    /// That it is meant: the account's name
    #[arg(long, value_name = "NAME", conflicts_with = "yes")]
    name: Option<AccountName>,
    /// Also while trails of it are logging: what they have not delivered yet is not delivered
    #[arg(long)]
    force: bool,
}

impl Deletion {
    /// Does it, if it is meant.
    pub async fn run<R: Registry, A: Accounts>(
        self,
        registry: &R,
        accounts: &A,
        now: Instant,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let id = self.account;
        let name = match accounts.account(id).await? {
            Some(account) => Some(account.name),
            None => registry.half_deleted(id).await?,
        };
        let name = name.with_context(|| format!("no account {id}"))?;
        let is_meant = self.yes || self.name.is_some();
        if self.name.is_some_and(|said| said != name) {
            bail!("nothing was done: account {id} is called \"{name}\"");
        }
        if !is_meant {
            bail!(
                "nothing was done: account {id} \"{name}\" would be deleted for good, with users, keys, tokens, trails, \
                 reports and plugins. If it is meant, say --yes, or its name: --name"
            );
        }
        let gone = match registry.delete_account(id, self.force, now).await {
            Ok(gone) => gone,
            Err(error) => return Err(cut_short(registry, id, error).await),
        };
        let gone_with_it = [
            counted(gone.users, "user"),
            counted(gone.access_keys, "access key"),
            counted(gone.tokens, "token"),
            counted(gone.trails, "trail"),
            counted(gone.reports, "report"),
            counted(gone.plugins, "plugin version"),
        ];
        let name = printable::escape(gone.name.as_str());
        let with = gone_with_it.join(", ");
        writeln!(
            out,
            "deleted account {id} \"{name}\" with {with}; its events expire by themselves"
        )?;
        Ok(())
    }
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// The error, and what to do where it came in the middle.
async fn cut_short<R: Registry>(
    registry: &R,
    id: AccountId,
    error: RegistryError,
) -> anyhow::Error {
    let error = anyhow::Error::from(error);
    match registry.half_deleted(id).await {
        Ok(None) => error,
        Ok(Some(_)) => error.context(format!(
            "account {id} is deleted in part, and nobody is let in any more: run the same command again"
        )),
        Err(_) => error.context(format!("account {id} may be deleted in part: run the same command again")),
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::{demo, now};

    fn deletion(yes: bool, name: Option<&str>) -> Deletion {
        Deletion {
            account: "111122223333".parse().unwrap(),
            yes,
            name: name.map(|name| name.parse().unwrap()),
            force: false,
        }
    }

    async fn run(registry: &InMemory, deletion: Deletion) -> anyhow::Result<String> {
        let mut out = Vec::new();
        deletion.run(registry, registry, now(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn an_account_is_deleted_only_if_that_is_meant() {
        let (registry, id) = demo().await;
        for (deletion, says) in [
            (deletion(false, None), "would be deleted for good"),
            (deletion(false, Some("Dem")), "is called \"Demo\""),
        ] {
            let error = run(&registry, deletion).await.unwrap_err().to_string();
            assert!(error.starts_with("nothing was done: "), "{error}");
            assert!(error.contains(says), "{error}");
        }
        assert!(registry.account(id).await.unwrap().is_some());
        assert_eq!(
            run(&registry, deletion(false, Some("Demo"))).await.unwrap(),
            "deleted account 111122223333 \"Demo\" with 1 user, 0 access keys, 0 tokens, 0 trails, 0 reports, 0 \
             plugin versions; its events expire by themselves\n"
        );
        assert!(registry.account(id).await.unwrap().is_none());
        let error = run(&registry, deletion(true, None)).await.unwrap_err();
        assert_eq!(error.to_string(), "no account 111122223333");
    }
}
