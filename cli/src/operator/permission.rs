//! `alog grant …` and `alog revoke …`

use std::io::Write;

use activity_log_control::{Permission, Registry, User, UserName};
use activity_log_core::account::AccountId;
use clap::Args;

/// Whose permission, and which.
#[derive(Debug, Args)]
pub struct Change {
    /// The user's account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    user: UserName,
    /// `administrator` reads and controls all events of the account; `producer` sends events and
    /// reads nothing. Neither contains the other
    permission: Permission,
}

impl Change {
    /// Gives the permission; prints what the user has now.
    pub async fn grant<R: Registry>(
        self,
        registry: &R,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let granted = registry.grant(self.account, &self.user, self.permission);
        print(&granted.await?, out)
    }

    /// Takes the permission; prints what the user has now.
    pub async fn revoke<R: Registry>(
        self,
        registry: &R,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let revoked = registry.revoke(self.account, &self.user, self.permission);
        print(&revoked.await?, out)
    }
}

fn print(user: &User, out: &mut impl Write) -> anyhow::Result<()> {
    let words: Vec<&str> = user
        .permissions
        .iter()
        .map(|permission| permission.as_str())
        .collect();
    let words = if words.is_empty() {
        "no permission".to_owned()
    } else {
        words.join(", ")
    };
    writeln!(out, "{} of account {}: {words}", user.name, user.account)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use activity_log_control::NewAccount;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::now;

    fn change(user: &str, permission: Permission) -> Change {
        Change {
            account: "111122223333".parse().unwrap(),
            user: user.parse().unwrap(),
            permission,
        }
    }

    #[tokio::test]
    async fn what_the_user_has_now_is_printed() {
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

        let mut out = Vec::new();
        for permission in [Permission::Producer, Permission::Administrator] {
            let change = change("alice", permission);
            change.grant(&registry, &mut out).await.unwrap();
        }
        for permission in Permission::ALL {
            let change = change("alice", permission);
            change.revoke(&registry, &mut out).await.unwrap();
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "alice of account 111122223333: producer\n\
             alice of account 111122223333: administrator, producer\n\
             alice of account 111122223333: producer\n\
             alice of account 111122223333: no permission\n"
        );
        let unknown = change("bob", Permission::Producer);
        let error = unknown.grant(&registry, &mut Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "no user \"bob\" in account 111122223333");
    }
}
