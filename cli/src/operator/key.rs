//! `alog key …`

use std::io::{Read, Write};

use activity_log_control::{
    AccessKeyId, KeyStatus, Registry, SecretKey, UserName, new_access_key_id, new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use anyhow::Context as _;
use clap::{Args, Subcommand};

/// What to do with access keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an access key; its secret is printed, this once
    ///
    /// The lines printed can be sourced by a shell or pasted into one after `export`. A user may
    /// have two active keys, so that one can be rotated: make the second, use it everywhere,
    /// disable the first.
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
    /// Does it. An imported secret is read from `stdin`.
    pub async fn run<R: Registry>(
        self,
        registry: &R,
        now: Instant,
        stdin: impl Read,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Self::Create { user, import: None } => {
                let (id, secret) = (new_access_key_id(), new_secret_key());
                registry
                    .create_access_key(user.account, &user.name, &id, &secret, now)
                    .await?;
                writeln!(out, "AWS_ACCESS_KEY_ID={id}")?;
                writeln!(out, "AWS_SECRET_ACCESS_KEY={}", secret.expose())?;
            }
            Self::Create {
                user,
                import: Some(id),
            } => {
                let secret = read_secret(stdin)?;
                registry
                    .create_access_key(user.account, &user.name, &id, &secret, now)
                    .await?;
                writeln!(out, "AWS_ACCESS_KEY_ID={id}")?;
            }
            Self::List { user } => {
                for key in registry.access_keys(user.account, &user.name).await? {
                    let status = key.status.as_str();
                    writeln!(out, "{}  {status:8}  {}", key.id, key.created)?;
                }
            }
            Self::Disable { user, key_id } => {
                user.switch(registry, &key_id, KeyStatus::Inactive).await?;
            }
            Self::Enable { user, key_id } => {
                user.switch(registry, &key_id, KeyStatus::Active).await?;
            }
        }
        Ok(())
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

    async fn run(registry: &InMemory, command: Command, stdin: &str) -> anyhow::Result<String> {
        let mut out = Vec::new();
        command
            .run(registry, now(), stdin.as_bytes(), &mut out)
            .await?;
        Ok(String::from_utf8(out)?)
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
        for (enable, status) in [(false, "inactive"), (true, "active  ")] {
            let (user, key_id) = (alice(), key_id.clone());
            let switch = if enable {
                Command::Enable { user, key_id }
            } else {
                Command::Disable { user, key_id }
            };
            assert_eq!(run(&registry, switch, "").await.unwrap(), "");
            let list = Command::List { user: alice() };
            assert_eq!(
                run(&registry, list, "").await.unwrap(),
                format!("AKIAIOSFODNN7EXAMPLE  {status}  2026-11-20T12:00:00Z\n")
            );
        }
    }
}
