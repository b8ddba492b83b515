//! `alog key …`

use std::fmt;
use std::io::{Read, Write};

use activity_log_control::{
    AccessKeyId, KeyStatus, Registry, SecretKey, UserName, new_access_key_id, new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

use super::list::{List, Shape};

/// What to do with access keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an access key; its secret is printed, this once
    ///
    /// The lines printed can be sourced by a shell or pasted into one after `export`. A user may
    /// have two active keys, so that one can be rotated: make the second, use it everywhere,
    /// disable the first, and delete it when nobody misses it.
    Create {
        #[command(flatten)]
        user: User,
        /// Take this key id, and the secret from standard input, instead of making them up
        #[arg(long, value_name = "KEY_ID")]
        import: Option<AccessKeyId>,
    },
    /// List the user's keys: id, status, creation
    List {
        #[command(flatten)]
        user: User,
        #[command(flatten)]
        shape: Shape,
    },
    /// Switch a key off, from the next request on
    Disable {
        #[command(flatten)]
        user: User,
        /// The key's id
        key_id: AccessKeyId,
    },
    /// Switch a key on again
    Enable {
        #[command(flatten)]
        user: User,
        /// The key's id
        key_id: AccessKeyId,
    },
    /// Delete a key, for good; what was signed with it is refused from the next request on
    Delete {
        #[command(flatten)]
        user: User,
        /// The key's id
        key_id: AccessKeyId,
    },
}

/// Whose key.
#[derive(Debug, Args)]
pub struct User {
    /// The user's account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The user's name
    #[arg(long = "user", value_name = "NAME")]
    name: UserName,
}

impl Command {
    /// Does it. An imported secret is read from `stdin`; a new key is printed to `out`, and what was done beside it to
    /// `said`.
    pub async fn run<R: Registry>(
        self,
        registry: &R,
        now: Instant,
        stdin: impl Read,
        out: &mut impl Write,
        said: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Self::Create { user, import } => {
                let (id, secret, is_new) = match import {
                    None => (new_access_key_id(), new_secret_key(), true),
                    Some(id) => (id, read_secret(stdin)?, false),
                };
                registry
                    .create_access_key(user.account, &user.name, &id, &secret, now)
                    .await?;
                writeln!(out, "AWS_ACCESS_KEY_ID={id}")?;
                if is_new {
                    writeln!(out, "AWS_SECRET_ACCESS_KEY={}", secret.expose())?;
                }
                writeln!(said, "made access key {id} of {user}")?;
            }
            Self::List { user, shape } => {
                let mut list = List::new("accessKeys", ["ID", "STATUS", "CREATED"]);
                for key in registry.access_keys(user.account, &user.name).await? {
                    let (id, status) = (key.id.to_string(), key.status.to_string());
                    let created = key.created.to_string();
                    let value = json!({"id": id, "status": status, "created": created});
                    list.add([id, status, created], value);
                }
                list.print(shape, out)?;
            }
            Self::Disable { user, key_id } => {
                user.switch(registry, &key_id, KeyStatus::Inactive).await?;
                writeln!(out, "disabled access key {key_id} of {user}")?;
            }
            Self::Enable { user, key_id } => {
                user.switch(registry, &key_id, KeyStatus::Active).await?;
                writeln!(out, "enabled access key {key_id} of {user}")?;
            }
            Self::Delete { user, key_id } => {
                registry
                    .delete_access_key(user.account, &user.name, &key_id)
                    .await?;
                writeln!(out, "deleted access key {key_id} of {user}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of account {}", self.name, self.account)
    }
}

impl User {
    async fn switch<R: Registry>(
        &self,
        registry: &R,
        key_id: &AccessKeyId,
        status: KeyStatus,
    ) -> anyhow::Result<()> {
        registry
            .set_access_key_status(self.account, &self.name, key_id, status)
            .await?;
        Ok(())
    }
}

/// The secret on standard input, without the line's end.
fn read_secret(stdin: impl Read) -> anyhow::Result<SecretKey> {
    let mut text = String::new();
    stdin
        .take(1_024)
        .read_to_string(&mut text)
        .context("the secret on standard input")?;
    text.trim().parse().context("the secret on standard input")
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{AccessKeys as _, NewAccount};

    use super::*;
    use crate::operator::tests::now;

    async fn registry() -> InMemory {
        let registry = InMemory::new();
        let account = NewAccount {
            id: "111122223333".parse().unwrap(),
            name: "Demo".parse().unwrap(),
            retention_override_days: None,
        };
        let account = registry.create_account(account, now()).await.unwrap();
        let alice = "alice".parse().unwrap();
        registry
            .create_user(account.id, &alice, now())
            .await
            .unwrap();
        registry
    }

    fn alice() -> User {
        User {
            account: "111122223333".parse().unwrap(),
            name: "alice".parse().unwrap(),
        }
    }

    /// What is printed; what is said beside a new key has no secret in it.
    async fn run(registry: &InMemory, command: Command, stdin: &str) -> anyhow::Result<String> {
        let (mut out, mut said) = (Vec::new(), Vec::new());
        command
            .run(registry, now(), stdin.as_bytes(), &mut out, &mut said)
            .await?;
        let (out, said) = (String::from_utf8(out)?, String::from_utf8(said)?);
        if let Some(lines) = out.strip_prefix("AWS_ACCESS_KEY_ID=") {
            let id = lines.lines().next().unwrap();
            let says = format!("made access key {id} of alice of account 111122223333\n");
            assert_eq!(said, says);
        } else {
            assert_eq!(said, "");
        }
        Ok(out)
    }

    #[tokio::test]
    async fn the_printed_secret_is_the_stored_one() {
        let registry = registry().await;
        let create = Command::Create {
            user: alice(),
            import: None,
        };
        let printed = run(&registry, create, "").await.unwrap();
        let (id, secret) = printed.trim_end().split_once('\n').unwrap();
        let id = id
            .strip_prefix("AWS_ACCESS_KEY_ID=")
            .unwrap()
            .parse()
            .unwrap();
        let stored = registry.access_key(&id).await.unwrap().unwrap();
        assert_eq!(
            secret,
            format!("AWS_SECRET_ACCESS_KEY={}", stored.secret.expose())
        );
    }

    #[tokio::test]
    async fn an_imported_secret_is_read_and_not_printed() {
        let registry = registry().await;
        let id: AccessKeyId = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let import = || Command::Create {
            user: alice(),
            import: Some(id.clone()),
        };
        let error = run(&registry, import(), "\n").await.unwrap_err();
        assert!(format!("{error:#}").starts_with("the secret on standard input: a secret key has"));
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let printed = run(&registry, import(), &format!("{secret}\n"))
            .await
            .unwrap();
        assert_eq!(printed, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n");
        let stored = registry.access_key(&id).await.unwrap().unwrap();
        assert_eq!(stored.secret.expose(), secret);
    }

    #[tokio::test]
    async fn keys_are_switched_and_listed() {
        let registry = registry().await;
        let key_id: AccessKeyId = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let create = Command::Create {
            user: alice(),
            import: Some(key_id.clone()),
        };
        run(&registry, create, "0123456789abcdef").await.unwrap();
        for (enable, done, lines) in [
            (
                false,
                "disabled",
                "ID                    STATUS    CREATED\n\
                 AKIAIOSFODNN7EXAMPLE  inactive  2026-11-20T12:00:00Z\n",
            ),
            (
                true,
                "enabled",
                "ID                    STATUS  CREATED\n\
                 AKIAIOSFODNN7EXAMPLE  active  2026-11-20T12:00:00Z\n",
            ),
        ] {
            let (user, key_id) = (alice(), key_id.clone());
            let switch = if enable {
                Command::Enable { user, key_id }
            } else {
                Command::Disable { user, key_id }
            };
            assert_eq!(
                run(&registry, switch, "").await.unwrap(),
                format!(
                    "{done} access key AKIAIOSFODNN7EXAMPLE of alice of account 111122223333\n"
                )
            );
            assert_eq!(run(&registry, list(false), "").await.unwrap(), lines);
        }
        let document = run(&registry, list(true), "").await.unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            json!({"accessKeys": [{
                "id": "AKIAIOSFODNN7EXAMPLE", "status": "active", "created": "2026-11-20T12:00:00Z",
            }]})
        );
    }

    #[tokio::test]
    async fn a_key_is_deleted_once() {
        let registry = registry().await;
        let create = Command::Create {
            user: alice(),
            import: Some("AKIAIOSFODNN7EXAMPLE".parse().unwrap()),
        };
        run(&registry, create, "0123456789abcdef").await.unwrap();
        let delete = || Command::Delete {
            user: alice(),
            key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        };
        assert_eq!(
            run(&registry, delete(), "").await.unwrap(),
            "deleted access key AKIAIOSFODNN7EXAMPLE of alice of account 111122223333\n"
        );
        assert_eq!(
            run(&registry, list(false), "").await.unwrap(),
            "ID  STATUS  CREATED\n"
        );
        let error = run(&registry, delete(), "").await.unwrap_err().to_string();
        assert!(
            error.ends_with("has no access key AKIAIOSFODNN7EXAMPLE"),
            "{error}"
        );
    }

    fn list(json: bool) -> Command {
        Command::List {
            user: alice(),
            shape: Shape { json },
        }
    }
}
