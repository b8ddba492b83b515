//! Events that were left out of an account's log, as another text is stored under their id and time: the log says so itself.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use serde_json::{Map, Value, json};

use crate::text::in_chars;
use crate::{Asked, Call, CallLog, CallLogError, Kind, Parameters, Recorder, Source, ids};

/// The name of the event.
pub const CONFLICTING_EVENTS: &str = "ConflictingEvents";
/// Most events that are named.
const NAMED: usize = 20;
/// Longest id of an event that is told, in characters.
const ID_CHARS: usize = 200;

/// Events that one roll-up left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicts {
    /// whose
    pub account: AccountId,
    /// the end of what was rolled up: no other roll-up of the account ends there
    pub upto: Instant,
    /// how many
    pub count: u64,
    /// the first of them
    pub first: Vec<Conflicting>,
}

/// An event that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicting {
    /// its time
    pub time: Instant,
    /// its id
    pub id: String,
    /// how it came
    pub origin: String,
}

impl<L: CallLog> Recorder<L> {
    /// Records what a roll-up left out. The same roll-up is the same event, however often it is recorded. Whoever foresees
    /// its id gains nothing: what comes from here is believed more than whatever a producer sends.
    pub async fn record_conflicts(&self, conflicts: &Conflicts) -> Result<(), CallLogError> {
        let asked = Asked::default();
        let id = ids::of_conflicts(conflicts.account, conflicts.upto);
        let request_id = id.to_string();
        let call = Call {
            event_id: id,
            now: conflicts.upto,
            account: conflicts.account,
            user: None,
            operator: None,
            access_key_id: None,
            token_id: None,
            source: Source::ActivityLog,
            name: CONFLICTING_EVENTS,
            read_only: false,
            region: self.region(),
            address: None,
            user_agent: None,
            request_id: &request_id,
            project: None,
            asked: &asked,
            answer: Parameters::none(),
            error: None,
            kind: Kind::ServiceEvent,
            additional: conflicts.said(),
        };
        self.append(call.account, call.record()).await
    }
}

impl Conflicts {
    fn said(&self) -> Map<String, Value> {
        let first = self.first.iter().take(NAMED).map(|one| {
            let id = in_chars(&one.id, ID_CHARS);
            json!({"EventTime": one.time.to_string(), "EventId": id, "Origin": one.origin})
        });
        let mut said = Map::new();
        said.insert("Conflicts".to_owned(), self.count.into());
        said.insert("First".to_owned(), first.collect::<Value>());
        said
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::SECOND;

    use super::*;
    use crate::memory::MemoryCallLog;

    const UPTO: Instant = Instant::from_seconds(1_795_176_010);

    async fn told(conflicts: &Conflicts) -> Value {
        let log = MemoryCallLog::new();
        let recorder = Recorder::new(log.clone(), "us-east-1");
        recorder.record_conflicts(conflicts).await.unwrap();
        let [(account, record)] = &log.take()[..] else {
            panic!("one record");
        };
        assert_eq!(*account, conflicts.account);
        serde_json::from_str(record).unwrap()
    }

    #[tokio::test]
    async fn what_a_roll_up_left_out_is_one_event_however_often_it_is_told() {
        let one = Conflicting {
            time: UPTO.plus_millis(-3 * SECOND),
            id: "x".repeat(5_000),
            origin: "queue".to_owned(),
        };
        let mut conflicts = Conflicts {
            account: "111122223333".parse().unwrap(),
            upto: UPTO,
            count: 5_000,
            first: vec![one; 1_000],
        };
        let record = told(&conflicts).await;
        assert_eq!(record, told(&conflicts).await);
        assert_eq!(record["eventName"], CONFLICTING_EVENTS);
        assert_eq!(record["eventTime"], UPTO.to_string());
        let said = &record["additionalEventData"];
        assert_eq!(said["Conflicts"], 5_000);
        assert_eq!(said["First"].as_array().unwrap().len(), NAMED);
        assert_eq!(said["First"][0]["Origin"], "queue");
        let id = said["First"][0]["EventId"].as_str().unwrap();
        assert_eq!(id.chars().count(), ID_CHARS);

        let ids = |record: &Value| record["eventID"].as_str().unwrap().to_owned();
        conflicts.upto = UPTO.plus_millis(10 * SECOND);
        assert_ne!(ids(&record), ids(&told(&conflicts).await), "the next");
        conflicts.upto = UPTO;
        conflicts.account = "111122223334".parse().unwrap();
        assert_ne!(ids(&record), ids(&told(&conflicts).await), "another's");
    }
}
