//! Projects, tokens and sessions.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::{InMemory, State};
use crate::error::{RegistryError, StoreError};
use crate::model::due::{Due, Position};
use crate::model::project::{Project, ProjectId};
use crate::model::session::{EndReason, EndedSession};
use crate::model::token::{TokenCredential, TokenId, TokenRecord};
use crate::ports::{MOST_SESSIONS, Opening, Projects, Sessions, Tokens, is_too_often};

#[derive(Debug, Default)]
pub(super) struct Access {
    projects: BTreeMap<(AccountId, ProjectId), Instant>,
    buckets: BTreeMap<String, (AccountId, ProjectId)>,
    tokens: BTreeMap<(AccountId, TokenId), TokenRecord>,
    ends: Vec<EndedSession>,
}

impl Access {
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

    pub(super) fn make_token(&mut self, token: &TokenRecord) -> Result<(), StoreError> {
        let key = (token.account, token.id.clone());
        if self.tokens.contains_key(&key) {
            return Err(StoreError::Exists {
                item: format!("tokens#{}/token#{}", token.account, token.id),
            });
        }
        self.tokens.insert(key, token.clone());
        Ok(())
    }

    pub(super) fn token(&self, account: AccountId, id: &TokenId) -> Option<TokenRecord> {
        self.tokens.get(&(account, id.clone())).cloned()
    }

    pub(super) fn tokens_of(&self, account: AccountId) -> Vec<TokenRecord> {
        let all = self.tokens.values();
        all.filter(|token| token.account == account)
            .cloned()
            .collect()
    }

    /// The open sessions of the user of this one, which is being opened; the oldest first.
    fn open_sessions(&self, new: &TokenRecord) -> Vec<TokenRecord> {
        let mut open = self.tokens_of(new.account);
        open.retain(|one| {
            one.user == new.user && one.session.is_some() && one.expires > new.created
        });
        open.sort_by_key(|one| one.created);
        open
    }

    /// Deletes the token; a session that has not ended yet ends now, for this reason.
    pub(super) fn end(&mut self, token: &TokenRecord, reason: EndReason, now: Instant) {
        self.tokens.remove(&(token.account, token.id.clone()));
        if token.expires > now
            && let Some(end) = EndedSession::of(token, now, reason)
        {
            let open = EndedSession::by_timeout(token);
            let place = self.ends.iter().position(|one| Some(one) == open.as_ref());
            if let Some(place) = place {
                self.ends[place] = end;
            }
        }
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
        self.access.projects.insert((account, id.clone()), now);
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
        let made = self.access.projects.iter();
        let made = made.filter(|((account, _), _)| *account == id);
        projects.extend(made.map(|((_, id), created)| Project {
            id: id.clone(),
            created: *created,
        }));
        projects.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(projects)
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
        *project == ProjectId::of_account(account) || self.access.projects.contains_key(&key)
    }
}

impl Tokens for InMemory {
    async fn token(
        &self,
        account: AccountId,
        id: &TokenId,
    ) -> Result<Option<TokenCredential>, StoreError> {
        let state = self.state();
        Ok(state.access.token(account, id).and_then(|token| {
            if let Some(session) = &token.session {
                let (key, _) = state.keys.get(&session.access_key_id)?;
                if !key.opens_sessions_of(account, &token.user) {
                    return None;
                }
            }
            Some(TokenCredential {
                user: state.users.get(&(account, token.user.clone()))?.clone(),
                account: state.accounts.get(&account)?.clone(),
                token,
            })
        }))
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
        Ok(self.state().access.buckets.get(bucket).cloned())
    }
}

impl Sessions for InMemory {
    async fn open_session(&self, token: &TokenRecord) -> Result<Opening, StoreError> {
        let mut state = self.state();
        let user = (token.account, token.user.clone());
        if !state.users.contains_key(&user) {
            return Ok(Opening::UserGone);
        }
        let open = state.access.open_sessions(token);
        let too_many = (open.len() + 1).saturating_sub(MOST_SESSIONS);
        if open[..too_many]
            .iter()
            .any(|oldest| is_too_often(oldest, token))
        {
            return Ok(Opening::TooOften);
        }
        state.access.make_token(token)?;
        for oldest in &open[..too_many] {
            state.access.end(oldest, EndReason::TooMany, token.created);
        }
        let end = EndedSession::by_timeout(token);
        state.access.ends.extend(end);
        Ok(Opening::Opened)
    }

    async fn close_session(&self, token: &TokenRecord) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(end) = EndedSession::by_timeout(token) else {
            return Ok(false);
        };
        let open = state.access.ends.iter().position(|one| *one == end);
        let Some(place) = open else { return Ok(false) };
        state.access.ends.remove(place);
        let key = (token.account, token.id.clone());
        state.access.tokens.remove(&key);
        Ok(true)
    }

    async fn ended_sessions(
        &self,
        now: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<EndedSession>, StoreError> {
        let mut ended = self.state().access.ends.clone();
        ended.retain(|end| end.ended <= now && after.is_none_or(|after| place(end) > after.0));
        ended.sort_by_key(place);
        let next = ended.get(most).is_some().then(|| place(&ended[most - 1]));
        ended.truncate(most);
        Ok(Due::of(ended.into_iter().map(Ok), next.map(Position)))
    }

    async fn forget_session(&self, session: &EndedSession) -> Result<(), StoreError> {
        let mut state = self.state();
        let key = (session.account, session.id.clone());
        state.access.tokens.remove(&key);
        state.access.ends.retain(|end| end != session);
        Ok(())
    }
}

/// Where an end stands among them, as text.
fn place(end: &EndedSession) -> String {
    format!("{:015}#{}#{}", end.ended.millis(), end.account, end.id)
}
