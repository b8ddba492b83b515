//! `alog grant …`, `alog revoke …` and `alog group …`

use std::io::Write;

use activity_log_control::{Grant, Group, Permission, ProjectId, Registry, Right, User, UserName};
use activity_log_core::account::AccountId;
use clap::{Args, Subcommand};

/// Whose permission, and which.
#[derive(Debug, Args)]
pub struct Change {
    /// The user's account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    user: UserName,
    /// The project in which it is given. `administrator`, `auditor` and `producer` are good for all projects of the
    /// account, whichever they were given in; `storage` is good for this one, or without it for all
    #[arg(long, value_name = "PROJECT")]
    project: Option<ProjectId>,
    /// `administrator` reads and controls all events of the account; `auditor` reads all that an administrator reads,
    /// and changes nothing but its own reports; `producer` sends events and reads nothing; `storage` may direct trails
    /// to the project's buckets. `administrator` contains `auditor`, and no other contains another
    permission: Permission,
}

/// What to do with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Add a user to a group of a project
    Add(Member),
    /// Take a user out of a group of a project
    Remove(Member),
}

/// Whose membership, and in what.
#[derive(Debug, Args)]
pub struct Member {
    /// The user's account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    user: UserName,
    /// The project whose group it is; the default one has the account's id
    #[arg(long, value_name = "PROJECT")]
    project: ProjectId,
    /// `ActivityLogAdministrators` (or, the same, `CloudTrailAdministrator`): whoever is in it, in any project, is
    /// an administrator of the whole account's events
    group: Group,
}

impl Change {
    /// Gives the permission; says so, and what the user has now.
    pub async fn grant<R: Registry>(
        self,
        registry: &R,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let grant = Grant::new(Right::Permission(self.permission), self.project)?;
        let user = registry.grant(self.account, &self.user, &grant).await?;
        say(&format!("granted {grant} to"), &user, out)
    }

    /// Takes the permission; says so, and what the user has now.
    pub async fn revoke<R: Registry>(
        self,
        registry: &R,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let grant = Grant::new(Right::Permission(self.permission), self.project)?;
        let user = registry.revoke(self.account, &self.user, &grant).await?;
        say(&format!("revoked {grant} from"), &user, out)
    }
}

impl GroupCommand {
    /// Does it; says so, and what the user has now.
    pub async fn run<R: Registry>(self, registry: &R, out: &mut impl Write) -> anyhow::Result<()> {
        let (Self::Add(member) | Self::Remove(member)) = &self;
        let grant = Grant::new(Right::Group(member.group), Some(member.project.clone()))?;
        let (account, user) = (member.account, &member.user);
        match &self {
            Self::Add(_) => {
                let user = registry.grant(account, user, &grant).await?;
                say(&format!("granted {grant} to"), &user, out)
            }
            Self::Remove(_) => {
                let user = registry.revoke(account, user, &grant).await?;
                say(&format!("revoked {grant} from"), &user, out)
            }
        }
    }
}

/// What was done to the user, and what came of it, on one line.
fn say(done: &str, user: &User, out: &mut impl Write) -> anyhow::Result<()> {
    let words: Vec<String> = user.grants.iter().map(ToString::to_string).collect();
    let words = if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.join(", ")
    };
    let (name, account) = (&user.name, user.account);
    writeln!(
        out,
        "{done} {name} of account {account}, who has now: {words}"
    )?;
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
            project: None,
            permission,
        }
    }

    #[tokio::test]
    async fn what_was_done_and_what_the_user_has_now_is_one_line() {
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
        for permission in [Permission::Producer, Permission::Auditor] {
            let change = change("alice", permission);
            change.grant(&registry, &mut out).await.unwrap();
        }
        for permission in [Permission::Auditor, Permission::Producer] {
            let change = change("alice", permission);
            change.revoke(&registry, &mut out).await.unwrap();
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "granted producer to alice of account 111122223333, who has now: producer\n\
             granted auditor to alice of account 111122223333, who has now: auditor, producer\n\
             revoked auditor from alice of account 111122223333, who has now: producer\n\
             revoked producer from alice of account 111122223333, who has now: nothing\n"
        );
        let member = || Member {
            account: account.id,
            user: alice.clone(),
            project: ProjectId::of_account(account.id),
            group: "CloudTrailAdministrator".parse().unwrap(),
        };
        let mut out = Vec::new();
        for command in [GroupCommand::Add(member()), GroupCommand::Remove(member())] {
            command.run(&registry, &mut out).await.unwrap();
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "granted ActivityLogAdministrators@111122223333 to alice of account 111122223333, who has now: \
             ActivityLogAdministrators@111122223333\n\
             revoked ActivityLogAdministrators@111122223333 from alice of account 111122223333, who has now: nothing\n"
        );
        let unknown = change("bob", Permission::Producer);
        let error = unknown.grant(&registry, &mut Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "no user \"bob\" in account 111122223333");
    }
}
