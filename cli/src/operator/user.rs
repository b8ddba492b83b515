//! `alog user …`

use std::io::Write;

use activity_log_control::{Registry, UserName};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;
use serde_json::json;

use super::list::{List, Shape};

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user, who may do nothing until `alog grant` or `alog group add`
    Create {
        /// The user's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// Unique in the account: letters, digits and + = , . @ _ -
        name: UserName,
    },
    /// List the account's users: name, creation, what was given to them
    List {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        shape: Shape,
    },
    /// Delete a user with all keys and tokens; open sessions end
    ///
    /// The system user, which every account has, stays. If the command is cut short, run it again.
    Delete {
        /// The user's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The user
        name: UserName,
    },
}

impl Command {
    /// Does it.
    pub async fn run<R: Registry>(
        self,
        registry: &R,
        now: Instant,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Self::Create { account, name } => {
                registry.create_user(account, &name, now).await?;
                writeln!(out, "made user {name} of account {account}")?;
            }
            Self::List { account, shape } => {
                let mut list = List::new("users", ["NAME", "CREATED", "GRANTS"]);
                for user in registry.users(account).await? {
                    let grants: Vec<String> = user.grants.iter().map(ToString::to_string).collect();
                    let (name, created) = (user.name.to_string(), user.created.to_string());
                    let value = json!({"name": name, "created": created, "grants": grants});
                    list.add([name, created, grants.join(", ")], value);
                }
                list.print(shape, out)?;
            }
            Self::Delete { account, name } => {
                registry.delete_user(account, &name, now).await?;
                writeln!(
                    out,
                    "deleted user {name} of account {account}, with keys and tokens"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::Permission;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::{demo, now};

    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<String> {
        let mut out = Vec::new();
        command.run(registry, now(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn users_come_and_go_and_the_system_user_stays() {
        let (registry, account) = demo().await;
        let name: UserName = "alice".parse().unwrap();
        let create = Command::Create {
            account,
            name: name.clone(),
        };
        assert_eq!(
            run(&registry, create).await.unwrap(),
            "made user alice of account 111122223333\n"
        );
        let grant = Permission::Producer.into();
        registry.grant(account, &name, &grant).await.unwrap();
        let list = |json| Command::List {
            account,
            shape: Shape { json },
        };
        assert_eq!(
            run(&registry, list(false)).await.unwrap(),
            "NAME    CREATED               GRANTS\n\
             alice   2026-11-20T12:00:00Z  producer\n\
             system  2026-11-20T12:00:00Z  -\n"
        );
        let document = run(&registry, list(true)).await.unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            json!({"users": [
                {"name": "alice", "created": "2026-11-20T12:00:00Z", "grants": ["producer"]},
                {"name": "system", "created": "2026-11-20T12:00:00Z", "grants": []},
            ]})
        );
        assert_eq!(
            run(&registry, Command::Delete { account, name })
                .await
                .unwrap(),
            "deleted user alice of account 111122223333, with keys and tokens\n"
        );
        let name = UserName::system();
        let error = run(&registry, Command::Delete { account, name }).await;
        assert!(
            error
                .unwrap_err()
                .to_string()
                .ends_with("cannot be deleted")
        );
    }
}
