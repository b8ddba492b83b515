//! `alog project …` and `alog bucket …`

use std::io::Write;

use activity_log_control::{ProjectId, Registry};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;

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
            }
            Self::List { account } => {
                for project in registry.projects(account).await? {
                    writeln!(out, "{}  {}", project.id, project.created)?;
                }
            }
        }
        Ok(())
    }
}

impl BucketCommand {
    /// Does it.
    pub async fn run<R: Registry>(self, registry: &R) -> anyhow::Result<()> {
        let Self::Assign {
            account,
            project,
            bucket,
        } = self;
        Ok(registry.assign_bucket(account, &project, &bucket).await?)
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::Projects as _;

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

    #[tokio::test]
    async fn projects_are_made_listed_and_given_buckets() {
        let (registry, account) = demo().await;
        let project: ProjectId = "shop".parse().unwrap();
        let mut out = Vec::new();
        let create = Command::Create {
            account,
            project: project.clone(),
        };
        create.run(&registry, now(), &mut out).await.unwrap();
        let list = Command::List { account };
        list.run(&registry, now(), &mut out).await.unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "111122223333  2026-11-20T12:00:00Z\nshop  2026-11-20T12:00:00Z\n"
        );
        let assign = BucketCommand::Assign {
            account,
            project: project.clone(),
            bucket: "logs".to_owned(),
        };
        assign.run(&registry).await.unwrap();
        let found = registry.bucket_project("logs").await.unwrap();
        assert_eq!(found, Some((account, project)));
    }
}
