//! Tokens and sessions.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::InMemory;
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::session::{EndReason, EndedSession};
use crate::model::token::{TokenCredential, TokenId, TokenRecord};
use crate::ports::{MOST_SESSIONS, Opening, Sessions, Tokens, is_too_often};

#[derive(Debug, Default)]
pub(super) struct Access {
    tokens: BTreeMap<(AccountId, TokenId), TokenRecord>,
    ends: Vec<EndedSession>,
}

impl Access {
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
