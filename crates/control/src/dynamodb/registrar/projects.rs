//! Projects, and the buckets in them.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::Registrar;
use crate::dynamodb::change::{Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader, text};
use crate::dynamodb::schema::{ACCOUNT, CREATED, Key, PK, PROJECT};
use crate::error::{RegistryError, StoreError};
use crate::model::project::{Project, ProjectId};
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_project(
        &self,
        account: AccountId,
        id: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        let exists = || RegistryError::ProjectExists {
            account,
            project: id.clone(),
        };
        if *id == ProjectId::of_account(account) {
            return Err(exists());
        }
        let item = Item::from([(CREATED.to_owned(), text(&now))]);
        let changes = vec![
            Change::Make(Key::project(account, id), item),
            Change::Expect(Key::account(account), Presence::Present),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(Project {
                id: id.clone(),
                created: now,
            }),
            Outcome::Refused(_) if outcome.refused_at(1) => {
                Err(RegistryError::UnknownAccount(account))
            }
            Outcome::Refused(_) => Err(exists()),
        }
    }

    pub(super) async fn list_projects(
        &self,
        account: AccountId,
    ) -> Result<Vec<Project>, RegistryError> {
        let at = Key::account(account);
        let item = self.table.get(&at).await?;
        let item = item.ok_or(RegistryError::UnknownAccount(account))?;
        let mut projects = vec![Project {
            id: ProjectId::of_account(account),
            created: Reader::new(&at, &item).instant(CREATED)?,
        }];
        let (partition, prefix) = Key::projects_of(account);
        for (key, item) in self.table.items(&partition, prefix).await? {
            let reader = Reader::new(&key, &item);
            let id = key.sk.strip_prefix(prefix).and_then(|id| id.parse().ok());
            projects.push(Project {
                id: id.ok_or_else(|| reader.malformed(PROJECT))?,
                created: reader.instant(CREATED)?,
            });
        }
        projects.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(projects)
    }

    pub(super) async fn put_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        self.expect_project(account, project).await?;
        let key = Key::bucket(bucket);
        let alteration = Alteration {
            update: "SET #account = :account, #project = :project",
            condition: "attribute_not_exists(#pk) OR #account = :account",
            names: &[PK, ACCOUNT, PROJECT],
            values: vec![(":account", text(&account)), (":project", text(&project))],
        };
        if self.table.alter(&key, &alteration).await?.is_some() {
            return Ok(());
        }
        let item = self.table.get(&key).await?.unwrap_or_default();
        Err(RegistryError::BucketOfOther {
            bucket: bucket.to_owned(),
            account: Reader::new(&key, &item).owner()?,
        })
    }

    /// Refuses unless the account has the project.
    pub(super) async fn expect_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<(), RegistryError> {
        if self.table.get(&Key::account(account)).await?.is_none() {
            return Err(RegistryError::UnknownAccount(account));
        }
        if self.table.has_project(account, project).await? {
            return Ok(());
        }
        Err(RegistryError::UnknownProject {
            account,
            project: project.clone(),
        })
    }
}

impl crate::dynamodb::table::Table {
    /// Whether the account, which exists, has the project.
    pub(in crate::dynamodb) async fn has_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<bool, StoreError> {
        if *project == ProjectId::of_account(account) {
            return Ok(true);
        }
        let item = self.get(&Key::project(account, project)).await?;
        Ok(item.is_some())
    }
}
