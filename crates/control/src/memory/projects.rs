//! Projects, and the buckets in them.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::{InMemory, State};
use crate::error::{RegistryError, StoreError};
use crate::model::project::{Bucket, Project, ProjectId};
use crate::model::user::User;
use crate::ports::Projects;

#[derive(Debug, Default)]
pub(super) struct Assigned {
    projects: BTreeMap<(AccountId, ProjectId), Instant>,
    buckets: BTreeMap<String, (AccountId, ProjectId)>,
}

impl Assigned {
    pub(super) fn put_bucket(
        &mut self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        match self.buckets.get(bucket) {
            Some(&(other, _)) if other != account => Err(RegistryError::BucketOfOther {
                bucket: bucket.to_owned(),
                account: other,
            }),
            _ => {
                let place = (account, project.clone());
                self.buckets.insert(bucket.to_owned(), place);
                Ok(())
            }
        }
    }

    pub(super) fn buckets_of(&self, account: AccountId) -> Vec<Bucket> {
        let all = self.buckets.iter();
        let ours = all.filter(|(_, (owner, _))| *owner == account);
        ours.map(|(name, (_, project))| Bucket {
            name: name.clone(),
            project: project.clone(),
        })
        .collect()
    }

    pub(super) fn take_bucket(
        &mut self,
        account: AccountId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        let owner = self.buckets.get(bucket).map(|(owner, _)| *owner);
        if owner != Some(account) {
            return Err(RegistryError::UnknownBucket {
                account,
                bucket: bucket.to_owned(),
            });
        }
        self.buckets.remove(bucket);
        Ok(())
    }

    /// Projects and buckets of an account that is no more.
    pub(super) fn clear(&mut self, account: AccountId) {
        self.projects.retain(|(owner, _), _| *owner != account);
        self.buckets.retain(|_, (owner, _)| *owner != account);
    }
}

impl State {
    pub(super) fn make_project(
        &mut self,
        account: AccountId,
        id: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        match self.expect_project(account, id) {
            Err(RegistryError::UnknownProject { .. }) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                return Err(RegistryError::ProjectExists {
                    account,
                    project: id.clone(),
                });
            }
        }
        self.assigned.projects.insert((account, id.clone()), now);
        Ok(Project {
            id: id.clone(),
            created: now,
        })
    }

    pub(super) fn list_projects(&self, id: AccountId) -> Result<Vec<Project>, RegistryError> {
        let account = self.accounts.get(&id);
        let account = account.ok_or(RegistryError::UnknownAccount(id))?;
        let mut projects = vec![Project {
            id: ProjectId::of_account(id),
            created: account.created,
        }];
        let made = self.assigned.projects.iter();
        let made = made.filter(|((account, _), _)| *account == id);
        projects.extend(made.map(|((_, id), created)| Project {
            id: id.clone(),
            created: *created,
        }));
        projects.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(projects)
    }

    pub(super) fn rename_project(
        &mut self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> Result<Project, RegistryError> {
        self.expect_unused(account, from)?;
        if self.has_project(account, to) {
            return Err(RegistryError::ProjectExists {
                account,
                project: to.clone(),
            });
        }
        let created = self.delete_project(account, from)?;
        self.assigned
            .projects
            .insert((account, to.clone()), created);
        let id = to.clone();
        Ok(Project { id, created })
    }

    /// Gives when it was made.
    pub(super) fn delete_project(
        &mut self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<Instant, RegistryError> {
        self.expect_unused(account, project)?;
        let made = self.assigned.projects.remove(&(account, project.clone()));
        made.ok_or(RegistryError::DefaultProject { account })
    }

    /// Refuses the default project, and one that something names.
    fn expect_unused(&self, account: AccountId, project: &ProjectId) -> Result<(), RegistryError> {
        self.expect_project(account, project)?;
        if *project == ProjectId::of_account(account) {
            return Err(RegistryError::DefaultProject { account });
        }
        let mut buckets = self.assigned.buckets_of(account);
        buckets.retain(|bucket| bucket.project == *project);
        let names_it = |user: &&User| {
            let mut grants = user.grants.iter();
            user.account == account && grants.any(|grant| grant.project() == Some(project))
        };
        let users: Vec<&User> = self.users.values().filter(names_it).collect();
        if buckets.is_empty() && users.is_empty() {
            return Ok(());
        }
        Err(RegistryError::ProjectInUse {
            account,
            project: project.clone(),
            buckets: buckets.into_iter().map(|bucket| bucket.name).collect(),
            users: users.into_iter().map(|user| user.name.clone()).collect(),
        })
    }

    /// Refuses unless the account has the project.
    pub(super) fn expect_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<(), RegistryError> {
        if !self.accounts.contains_key(&account) {
            return Err(RegistryError::UnknownAccount(account));
        }
        if self.has_project(account, project) {
            return Ok(());
        }
        Err(RegistryError::UnknownProject {
            account,
            project: project.clone(),
        })
    }

    fn has_project(&self, account: AccountId, project: &ProjectId) -> bool {
        let key = (account, project.clone());
        *project == ProjectId::of_account(account) || self.assigned.projects.contains_key(&key)
    }
}

impl Projects for InMemory {
    async fn has_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<bool, StoreError> {
        Ok(self.state().has_project(account, project))
    }

    async fn bucket_project(
        &self,
        bucket: &str,
    ) -> Result<Option<(AccountId, ProjectId)>, StoreError> {
        Ok(self.state().assigned.buckets.get(bucket).cloned())
    }
}
