//! An account's end, at once.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;

use super::State;
use crate::error::RegistryError;
use crate::model::session::EndReason;
use crate::ports::DeletedAccount;

impl State {
    pub(super) fn delete_account(
        &mut self,
        id: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        let name = self.account(id)?.name.clone();
        let logging = |trail: &&Trail| trail.logging.is_on();
        let trails = self.trails.of(id).filter(logging);
        let trails: Vec<_> = trails.map(|trail| trail.name.clone()).collect();
        if !even_if_logging && !trails.is_empty() {
            let account = id;
            return Err(RegistryError::TrailsLogging { account, trails });
        }
        self.accounts.remove(&id);
        self.deleted.insert(id);
        let tokens = self.access.tokens_of(id);
        for token in &tokens {
            self.access.end(token, EndReason::UserDeleted, now);
        }
        self.assigned.clear(id);
        self.sources.retain(|_, owner| *owner != id);
        let (users, keys) = (self.users.len(), self.keys.len());
        self.users.retain(|(account, _), _| *account != id);
        self.keys.retain(|_, (key, _)| key.account != id);
        Ok(DeletedAccount {
            name,
            users: users - self.users.len(),
            access_keys: keys - self.keys.len(),
            tokens: tokens.len(),
            trails: self.trails.clear(id),
            reports: self.reports.clear(id),
            plugins: self.plugins.clear(id),
        })
    }
}
