//! How many sessions a user has open: the item that says that the user is there lists them.
//!
//! A session that is opened is entered, on the condition that the list is as it was read, so that of two that are opened
//! at once the second sees the first. One that is closed, revoked or over is not taken off: the list has at least those
//! that are open. Only when it is full are the tokens themselves read, and what is no more is dropped; where that does
//! not make room, the oldest end. So what ends sessions need not know of the list.

use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::change::{Alteration, Change};
use super::item::{Reader, number};
use super::schema::{Key, OPEN, PK, REVISION};
use super::sessions::SessionTable;
use crate::error::StoreError;
use crate::model::token::{TokenId, TokenRecord};
use crate::ports::MOST_SESSIONS;

/// A session on the list. They stand in the order in which they were opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    id: String,
    expires: Instant,
}

/// The list as it was read, without what is over.
pub(super) struct OpenSessions {
    /// `None`: the user has opened none yet
    revision: Option<u64>,
    listed: Vec<Listed>,
    /// the oldest, which end for another one
    too_many: Vec<TokenRecord>,
}

impl SessionTable {
    /// The sessions of the user of this one, which is being opened: fewer than may be, apart from those that are too
    /// many. `None` if the user is gone.
    pub(super) async fn open_sessions(
        &self,
        new: &TokenRecord,
    ) -> Result<Option<OpenSessions>, StoreError> {
        let key = Key::token_holder(new.account, &new.user);
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        let reader = Reader::new(&key, &item);
        let (revision, mut listed) = if item.contains_key(REVISION) {
            (Some(reader.count(REVISION)?), reader.json(OPEN)?)
        } else {
            (None, Vec::new())
        };
        listed.retain(|one: &Listed| one.expires > new.created);
        let mut too_many = Vec::new();
        if listed.len() >= MOST_SESSIONS {
            let open = self.still_open(new, &listed).await?;
            listed.retain(|one| open.iter().any(|token| token.id.as_str() == one.id));
            let more = (open.len() + 1).saturating_sub(MOST_SESSIONS);
            too_many = open.into_iter().take(more).collect();
            listed.drain(..too_many.len());
        }
        Ok(Some(OpenSessions {
            revision,
            listed,
            too_many,
        }))
    }

    /// Those that still are sessions of this one's user, in their order.
    async fn still_open(
        &self,
        new: &TokenRecord,
        listed: &[Listed],
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let ids: Vec<TokenId> = listed
            .iter()
            .filter_map(|one| one.id.parse().ok())
            .collect();
        let keys: Vec<Key> = ids.iter().map(|id| Key::token(new.account, id)).collect();
        let items = self.table.get_all(&keys).await?;
        let mut open = Vec::new();
        for ((id, key), item) in ids.into_iter().zip(&keys).zip(items) {
            if let Some(item) = item {
                open.push(Reader::new(key, &item).token(new.account, id)?);
            }
        }
        open.retain(|one| one.user == new.user && one.session.is_some());
        Ok(open)
    }
}

impl OpenSessions {
    /// What must end for another one.
    pub(super) fn too_many(&self) -> &[TokenRecord] {
        &self.too_many
    }

    /// What enters the new one, if the user is there and the list as it was read.
    pub(super) fn with(&self, new: &TokenRecord) -> Result<Change, StoreError> {
        let key = Key::token_holder(new.account, &new.user);
        let mut listed = self.listed.clone();
        listed.push(Listed {
            id: new.id.to_string(),
            expires: new.expires,
        });
        let open = serde_json::to_string(&listed).map_err(|_| StoreError::Malformed {
            item: key.to_string(),
            attribute: OPEN,
        })?;
        let next = self.revision.map_or(0, |revision| revision + 1);
        let mut values = vec![(":open", AttributeValue::S(open)), (":next", number(next))];
        values.extend(
            self.revision
                .map(|revision| (":revision", number(revision))),
        );
        let alteration = Alteration {
            update: "SET #open = :open, #revision = :next",
            condition: if self.revision.is_some() {
                "attribute_exists(#pk) AND #revision = :revision"
            } else {
                "attribute_exists(#pk) AND attribute_not_exists(#revision)"
            },
            names: &[PK, OPEN, REVISION],
            values,
        };
        Ok(Change::Alter(key, alteration))
    }
}
