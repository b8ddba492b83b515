//! Projects, and the buckets in them.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::Registrar;
use crate::dynamodb::change::{ATTEMPTS, Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader, number, text};
use crate::dynamodb::schema::{ACCOUNT, CREATED, Key, PK, PROJECT, REVISION};
use crate::dynamodb::table::pause;
use crate::error::{RegistryError, StoreError};
use crate::model::project::{Bucket, Project, ProjectId};
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_project(
        &self,
        account: AccountId,
        id: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        if *id == ProjectId::of_account(account) {
            return Err(project_exists(account, id));
        }
        let item = attributes(now);
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
            Outcome::Refused(_) => Err(project_exists(account, id)),
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

    /// Under another id, on the condition that nothing came to name the project since what names it was read.
    pub(super) async fn move_project(
        &self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> Result<Project, RegistryError> {
        for attempt in 1..=ATTEMPTS {
            let (created, going) = self.unused_project(account, from).await?;
            if *to == *from || *to == ProjectId::of_account(account) {
                return Err(project_exists(account, to));
            }
            let changes = vec![
                Change::Make(Key::project(account, to), attributes(created)),
                going,
            ];
            let outcome = self.table.transact(changes).await?;
            match outcome {
                Outcome::Done => {
                    let id = to.clone();
                    return Ok(Project { id, created });
                }
                Outcome::Refused(_) if outcome.refused_at(0) => {
                    return Err(project_exists(account, to));
                }
                Outcome::Refused(_) => pause(attempt).await,
            }
        }
        Err(contended(account, from))
    }

    pub(super) async fn remove_project(
        &self,
        account: AccountId,
        id: &ProjectId,
    ) -> Result<(), RegistryError> {
        for attempt in 1..=ATTEMPTS {
            let (_, going) = self.unused_project(account, id).await?;
            if let Outcome::Done = self.table.transact(vec![going]).await? {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(contended(account, id))
    }

    /// When the project was made, and what deletes it if it is still as it was read. Refused is one that something
    /// names.
    async fn unused_project(
        &self,
        account: AccountId,
        id: &ProjectId,
    ) -> Result<(Instant, Change), RegistryError> {
        self.expect_project(account, id).await?;
        if *id == ProjectId::of_account(account) {
            return Err(RegistryError::DefaultProject { account });
        }
        let key = Key::project(account, id);
        let item = self.table.get(&key).await?;
        let item = item.ok_or_else(|| unknown_project(account, id))?;
        let read = Reader::new(&key, &item);
        let (created, revision) = (read.instant(CREATED)?, read.count(REVISION)?);
        let mut buckets = self.list_buckets(account).await?;
        buckets.retain(|bucket| bucket.project == *id);
        let mut users = self.list_users(account).await?;
        users.retain(|user| user.grants.iter().any(|grant| grant.project() == Some(id)));
        if buckets.is_empty() && users.is_empty() {
            let as_read = Some((REVISION, number(revision)));
            return Ok((created, Change::Delete(key, as_read)));
        }
        Err(RegistryError::ProjectInUse {
            account,
            project: id.clone(),
            buckets: buckets.into_iter().map(|bucket| bucket.name).collect(),
            users: users.into_iter().map(|user| user.name).collect(),
        })
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
        let listed = Item::from([(PROJECT.to_owned(), text(&project))]);
        let mut changes = vec![
            Change::Alter(key.clone(), alteration),
            Change::Put(Key::listed_bucket(account, bucket), listed),
        ];
        changes.extend(used(account, project));
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => return Ok(()),
            Outcome::Refused(_) if outcome.refused_at(2) => {
                return Err(unknown_project(account, project));
            }
            Outcome::Refused(_) => {}
        }
        let item = self.table.get(&key).await?.unwrap_or_default();
        Err(RegistryError::BucketOfOther {
            bucket: bucket.to_owned(),
            account: Reader::new(&key, &item).owner()?,
        })
    }

    pub(super) async fn list_buckets(
        &self,
        account: AccountId,
    ) -> Result<Vec<Bucket>, RegistryError> {
        if self.table.get(&Key::account(account)).await?.is_none() {
            return Err(RegistryError::UnknownAccount(account));
        }
        let (partition, prefix) = Key::buckets_of(account);
        let items = self.table.items(&partition, prefix).await?;
        let read = |(key, item): &(Key, Item)| {
            let name = key.sk.strip_prefix(prefix).unwrap_or_default();
            Ok(Bucket {
                name: name.to_owned(),
                project: Reader::new(key, item).parsed(PROJECT)?,
            })
        };
        items.iter().map(read).collect()
    }

    pub(super) async fn take_bucket(
        &self,
        account: AccountId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        if self.table.get(&Key::account(account)).await?.is_none() {
            return Err(RegistryError::UnknownAccount(account));
        }
        let ours = Some((ACCOUNT, text(&account)));
        let changes = vec![
            Change::Delete(Key::bucket(bucket), ours),
            Change::Delete(Key::listed_bucket(account, bucket), None),
        ];
        match self.table.transact(changes).await? {
            Outcome::Done => Ok(()),
            // Another's is as unknown as none.
            Outcome::Refused(_) => Err(RegistryError::UnknownBucket {
                account,
                bucket: bucket.to_owned(),
            }),
        }
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
        Err(unknown_project(account, project))
    }
}

/// What a project's item has. Its revision rises with whatever comes to name it.
fn attributes(created: Instant) -> Item {
    Item::from([
        (CREATED.to_owned(), text(&created)),
        (REVISION.to_owned(), number(0)),
    ])
}

/// What says that something names the project from now on, if it is there; nothing of the default one, which stays.
pub(super) fn used(account: AccountId, id: &ProjectId) -> Option<Change> {
    let alteration = Alteration {
        update: "ADD #revision :one",
        condition: "attribute_exists(#pk)",
        names: &[PK, REVISION],
        values: vec![(":one", number(1))],
    };
    let is_default = *id == ProjectId::of_account(account);
    (!is_default).then(|| Change::Alter(Key::project(account, id), alteration))
}

fn project_exists(account: AccountId, id: &ProjectId) -> RegistryError {
    RegistryError::ProjectExists {
        account,
        project: id.clone(),
    }
}

pub(super) fn unknown_project(account: AccountId, id: &ProjectId) -> RegistryError {
    RegistryError::UnknownProject {
        account,
        project: id.clone(),
    }
}

fn contended(account: AccountId, id: &ProjectId) -> RegistryError {
    RegistryError::Store(StoreError::Contended {
        item: Key::project(account, id).to_string(),
        attempts: ATTEMPTS,
    })
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
