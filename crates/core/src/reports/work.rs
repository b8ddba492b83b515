//! What is sent to the reporter's queue: who has work, by id. Everything else is read when the work begins.

use serde::{Deserialize, Serialize};

use super::ReportId;
use crate::account::AccountId;
use crate::plugins::PluginId;

/// A message: `{"report":{"account":…,"id":…}}` or `{"plugin":{"account":…,"id":…}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum WorkMessage {
    /// build this report, or go on with it
    Report {
        /// whose
        account: AccountId,
        /// which
        id: ReportId,
    },
    /// check this upload
    Plugin {
        /// whose
        account: AccountId,
        /// which
        id: PluginId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::Instant;

    #[test]
    fn the_words_on_the_queue_are_fixed() {
        let account: AccountId = "011122223333".parse().unwrap();
        let id = ReportId::new(Instant::from_seconds(1), [7; 10]);
        for (message, word) in [
            (WorkMessage::Report { account, id }, "report"),
            (WorkMessage::Plugin { account, id }, "plugin"),
        ] {
            let text = format!(r#"{{"{word}":{{"account":"011122223333","id":"{id}"}}}}"#);
            assert_eq!(serde_json::to_string(&message).unwrap(), text);
            assert_eq!(serde_json::from_str::<WorkMessage>(&text).unwrap(), message);
        }
        for bad in [
            r#"{"report":{"account":"011122223333"}}"#,
            r#"{"other":{}}"#,
        ] {
            assert!(serde_json::from_str::<WorkMessage>(bad).is_err(), "{bad}");
        }
    }
}
