//! Making, configuring and deleting trails.

use activity_log_core::trail::Trail;
use aws_sdk_dynamodb::types::AttributeValue;

use super::TrailTable;
use super::item::{json, of_trail};
use crate::dynamodb::change::{Alteration, Change, Outcome};
use crate::dynamodb::item::{Item, number};
use crate::dynamodb::schema::{ID, Key, LOGGING, NAMES, PK, REVISION, SETTINGS};
use crate::error::StoreError;
use crate::ports::{NewTrail, TrailWriter};

impl TrailWriter for TrailTable {
    async fn create_trail(&self, trail: &Trail, limit: u32) -> Result<NewTrail, StoreError> {
        let name = AttributeValue::Ss(vec![trail.name.to_string()]);
        let counted = Alteration {
            update: "ADD #names :name",
            condition: "attribute_not_exists(#names) OR size(#names) < :limit",
            names: &[NAMES],
            values: vec![
                (":name", name),
                (":limit", AttributeValue::N(limit.to_string())),
            ],
        };
        let changes = vec![
            Change::Make(Key::trail(trail.account, &trail.name), of_trail(trail)?),
            Change::Alter(Key::trail_names(trail.account), counted),
            Change::Make(Key::listed_trail(trail.account, &trail.name), Item::new()),
        ];
        // A limit of none would let the condition pass where the set does not exist.
        if limit == 0 {
            return Ok(NewTrail::LimitReached);
        }
        let outcome = self.table.transact(changes).await?;
        Ok(match outcome {
            Outcome::Done => NewTrail::Created,
            Outcome::Refused(_) if outcome.refused_at(0) => NewTrail::Exists,
            Outcome::Refused(_) => NewTrail::LimitReached,
        })
    }

    async fn configure_trail(&self, old: &Trail, new: &Trail) -> Result<bool, StoreError> {
        let key = Key::trail(old.account, &old.name);
        let alteration = Alteration {
            update: "SET #settings = :settings, #logging = :logging, #revision = :next",
            condition: "#id = :id AND #revision = :revision",
            names: &[ID, REVISION, SETTINGS, LOGGING],
            values: vec![
                (":id", AttributeValue::S(old.id.clone())),
                (":revision", number(old.revision)),
                (":next", number(old.revision + 1)),
                (":settings", json(&key, SETTINGS, &new.settings)?),
                (":logging", json(&key, LOGGING, &new.logging)?),
            ],
        };
        Ok(self.table.alter(&key, &alteration).await?.is_some())
    }

    async fn delete_trail(&self, trail: &Trail) -> Result<bool, StoreError> {
        let uncounted = Alteration {
            update: "DELETE #names :name",
            condition: "attribute_exists(#pk)",
            names: &[PK, NAMES],
            values: vec![(":name", AttributeValue::Ss(vec![trail.name.to_string()]))],
        };
        let changes = vec![
            Change::Delete(
                Key::trail(trail.account, &trail.name),
                Some((ID, AttributeValue::S(trail.id.clone()))),
            ),
            Change::Alter(Key::trail_names(trail.account), uncounted),
            Change::Delete(Key::listed_trail(trail.account, &trail.name), None),
            Change::Put(Key::deleted_trail(&trail.id), Item::new()),
        ];
        Ok(matches!(self.table.transact(changes).await?, Outcome::Done))
    }
}
