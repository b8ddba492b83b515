//! `alog project …` and `alog bucket …`

use std::io::Write;

use activity_log_control::{ProjectId, Registry};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;
use serde_json::json;

use super::list::{List, Shape};

/// What to do with projects.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project
    ///
    /// Its log is read at GET /v1/PROJECT/logs: the events that name it. Events that name none are the account's
    /// default project's, which is there from the start and has the account's id.
    Create {
        /// The project's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// Unique in the account: letters, digits and . _ : -
        project: ProjectId,
    },
    /// List the account's projects: id, creation
    List {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        shape: Shape,
    },
    /// Give a project another id
    ///
    /// Refused while a bucket is in it or something is granted in it. Events name projects by their ids: those that
    /// name the old one are in the account's log as ever, and in no project's.
    Rename {
        /// The project's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The project
        project: ProjectId,
        /// What it is to be called
        new_id: ProjectId,
    },
    /// Delete a project
    ///
    /// Refused while a bucket is in it or something is granted in it; the default one stays. Events that name it are in
    /// the account's log as ever, and in no project's.
    Delete {
        /// The project's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The project
        project: ProjectId,
    },
}

/// What to do with buckets.
#[derive(Debug, Subcommand)]
pub enum BucketCommand {
    /// Say in which project a bucket is
    ///
    /// Trails can be directed there by whoever was granted `storage` in that project. A bucket that was never
    /// assigned counts as one of the default project's.
    Assign {
        /// The bucket's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The project
        #[arg(long, value_name = "PROJECT")]
        project: ProjectId,
        /// The bucket's name
        #[arg(value_parser = bucket_name)]
        bucket: String,
    },
    /// List the buckets that were put into projects of the account: name, project
    List {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        shape: Shape,
    },
    /// Take a bucket out of its project
    ///
    /// It counts as one of the default project's then. Trails that deliver there go on.
    Unassign {
        /// The bucket's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The bucket's name
        bucket: String,
    },
}

/// A name by S3's rules, as far as a slip is told by them.
fn bucket_name(text: &str) -> Result<String, String> {
    let inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let fits = (3..=63).contains(&bytes.len()) && text.bytes().all(inside);
    if fits && is_end(bytes.first()) && is_end(bytes.last()) {
        Ok(text.to_owned())
    } else {
        Err(
            "a bucket's name has 3 to 63 of a-z 0-9 . and -, a letter or digit at both ends"
                .to_owned(),
        )
    }
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
            Self::Create { account, project } => {
                registry.create_project(account, &project, now).await?;
                writeln!(out, "made project {project} of account {account}")?;
            }
            Self::List { account, shape } => {
                let mut list = List::new("projects", ["ID", "CREATED"]);
                for project in registry.projects(account).await? {
                    let (id, created) = (project.id.to_string(), project.created.to_string());
                    let is_default = project.id == ProjectId::of_account(account);
                    let value = json!({"id": id, "created": created, "isDefault": is_default});
                    list.add([id, created], value);
                }
                list.print(shape, out)?;
            }
            Self::Rename {
                account,
                project,
                new_id,
            } => {
                registry.rename_project(account, &project, &new_id).await?;
                writeln!(
                    out,
                    "renamed project {project} of account {account} to {new_id}"
                )?;
            }
            Self::Delete { account, project } => {
                registry.delete_project(account, &project).await?;
                writeln!(out, "deleted project {project} of account {account}")?;
            }
        }
        Ok(())
    }
}

impl BucketCommand {
    /// Does it.
    pub async fn run<R: Registry>(self, registry: &R, out: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Self::Assign {
                account,
                project,
                bucket,
            } => {
                registry.assign_bucket(account, &project, &bucket).await?;
                writeln!(
                    out,
                    "assigned bucket {bucket} to project {project} of account {account}"
                )?;
            }
            Self::List { account, shape } => {
                let mut list = List::new("buckets", ["NAME", "PROJECT"]);
                for bucket in registry.buckets(account).await? {
                    let project = bucket.project.to_string();
                    let value = json!({"name": bucket.name, "project": project});
                    list.add([bucket.name, project], value);
                }
                list.print(shape, out)?;
            }
            Self::Unassign { account, bucket } => {
                registry.unassign_bucket(account, &bucket).await?;
                writeln!(
                    out,
                    "took bucket {bucket} out of its project of account {account}"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::Projects as _;
    use activity_log_control::memory::InMemory;

    use super::*;
    use crate::operator::tests::{demo, now};

    #[test]
    fn what_is_no_bucket_s_name_is_told() {
        assert_eq!(
            bucket_name("shop-logs.2026"),
            Ok("shop-logs.2026".to_owned())
        );
        for slip in ["s3://shop-logs", "Shop-Logs", "shop-logs/", "-logs", "ab"] {
            assert!(bucket_name(slip).is_err(), "{slip}");
        }
    }

    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<String> {
        let mut out = Vec::new();
        command.run(registry, now(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    async fn run_bucket(registry: &InMemory, command: BucketCommand) -> anyhow::Result<String> {
        let mut out = Vec::new();
        command.run(registry, &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn projects_are_made_listed_renamed_and_deleted() {
        let (registry, account) = demo().await;
        let [shop, store]: [ProjectId; 2] = ["shop", "store"].map(|id| id.parse().unwrap());
        let create = Command::Create {
            account,
            project: shop.clone(),
        };
        let list = |json| Command::List {
            account,
            shape: Shape { json },
        };
        let rename = Command::Rename {
            account,
            project: shop,
            new_id: store.clone(),
        };
        let delete = || Command::Delete {
            account,
            project: store.clone(),
        };
        for (command, says) in [
            (create, "made project shop of account 111122223333\n"),
            (
                list(false),
                "ID            CREATED\n\
                 111122223333  2026-11-20T12:00:00Z\n\
                 shop          2026-11-20T12:00:00Z\n",
            ),
            (
                list(true),
                "{\"projects\":[\
                 {\"created\":\"2026-11-20T12:00:00Z\",\"id\":\"111122223333\",\"isDefault\":true},\
                 {\"created\":\"2026-11-20T12:00:00Z\",\"id\":\"shop\",\"isDefault\":false}]}\n",
            ),
            (
                rename,
                "renamed project shop of account 111122223333 to store\n",
            ),
            (delete(), "deleted project store of account 111122223333\n"),
        ] {
            assert_eq!(run(&registry, command).await.unwrap(), says);
        }
        let error = run(&registry, delete()).await.unwrap_err().to_string();
        assert_eq!(error, "no project store in account 111122223333");
    }

    #[tokio::test]
    async fn buckets_are_assigned_listed_and_taken_out_and_keep_their_project() {
        let (registry, account) = demo().await;
        let shop: ProjectId = "shop".parse().unwrap();
        registry
            .create_project(account, &shop, now())
            .await
            .unwrap();
        let assign = BucketCommand::Assign {
            account,
            project: shop.clone(),
            bucket: "logs".to_owned(),
        };
        let says = run_bucket(&registry, assign).await.unwrap();
        assert_eq!(
            says,
            "assigned bucket logs to project shop of account 111122223333\n"
        );
        let found = registry.bucket_project("logs").await.unwrap();
        assert_eq!(found, Some((account, shop.clone())));
        let list = |json| BucketCommand::List {
            account,
            shape: Shape { json },
        };
        assert_eq!(
            run_bucket(&registry, list(false)).await.unwrap(),
            "NAME  PROJECT\nlogs  shop\n"
        );
        assert_eq!(
            run_bucket(&registry, list(true)).await.unwrap(),
            "{\"buckets\":[{\"name\":\"logs\",\"project\":\"shop\"}]}\n"
        );
        let delete = Command::Delete {
            account,
            project: shop,
        };
        let error = run(&registry, delete).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "project shop of account 111122223333 is in use: these buckets are in it: logs"
        );
        let unassign = || BucketCommand::Unassign {
            account,
            bucket: "logs".to_owned(),
        };
        let says = run_bucket(&registry, unassign()).await.unwrap();
        assert_eq!(
            says,
            "took bucket logs out of its project of account 111122223333\n"
        );
        let error = run_bucket(&registry, unassign()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "bucket logs is in no project of account 111122223333"
        );
    }
}
