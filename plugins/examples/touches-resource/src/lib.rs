//! Everything that touched one resource, wherever the record names it: among its resources, in what was asked, in what
//! was answered, or in why it failed.
//!
//! An id is named by a text that is the id, or that holds it between characters that no id has: the ARN
//! `arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc` names `i-0abc`, `i-0abcdef` does not. A number names the id that
//! has its digits. JSON in strings, which VK's bodies are, is read as JSON.

use activity_log_filter::json::{Piece, pieces};
use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict, export,
};

/// The last three are VK's.
const PLACES: [&str; 9] = [
    "resources",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
    "errorMessage",
    "uri",
    "request_body",
    "response_body",
];
/// Shorter ids would be found in nearly every event.
const ID_BYTES: std::ops::RangeInclusive<usize> = 3..=2000;
/// JSON in a string in JSON in a string…: as deep as this it is looked into.
const INSIDE: usize = 8;
/// Up to here a double is one whole number.
const EXACT: f64 = 9_007_199_254_740_991.0;

struct Touches {
    id: String,
    /// the id's number, if it is a whole one
    number: Option<f64>,
}

impl Filter for Touches {
    const MANIFEST: Manifest = Manifest {
        name: "touches-resource",
        version: env!("CARGO_PKG_VERSION"),
        description: "Every event that names one resource: among its resources, in its request, in its response or its error.",
        inputs: &PLACES,
        outputs: &["namedIn"],
        parameters: &[Parameter::required(
            "resource",
            "an id, a name or an ARN, such as i-0123456789abcdef0; upper and lower case differ",
        )],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        let id = parameters.required("resource")?.trim();
        if !ID_BYTES.contains(&id.len()) {
            return Err(format!(
                "the parameter resource is {} bytes long: it can be {} to {}",
                id.len(),
                ID_BYTES.start(),
                ID_BYTES.end()
            ));
        }
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit()) && !id.starts_with('0');
        let number = id
            .parse()
            .ok()
            .filter(|number| is_number && *number <= EXACT);
        Ok(Self {
            id: id.to_owned(),
            number,
        })
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let columns: [&Column; PLACES.len()] = batch.columns();
        let mut places = vec![0_u32; batch.rows()];
        for (at, column) in columns.into_iter().enumerate() {
            let named = column.test(|value| self.is_named_in(value));
            for (row, places) in places.iter_mut().enumerate() {
                *places |= u32::from(named[row]) << at;
            }
        }
        let verdict = batch.keep(|row| places[row] > 0);
        Ok(verdict.with(Column::sets(&PLACES, &places)))
    }
}

impl Touches {
    fn is_named_in(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.is_said(text, INSIDE),
            Value::Json(json) => self.is_in(json, INSIDE),
            Value::Integer(_) | Value::Float(_) => self.is_number(&value.to_text()),
            Value::Absent | Value::Null | Value::Boolean(_) => false,
        }
    }

    /// Of a string.
    fn is_said(&self, text: &str, depth: usize) -> bool {
        self.names(text)
            || (depth > 0
                && text.trim_start().starts_with(['{', '['])
                && self.is_in(text, depth - 1))
    }

    /// Of JSON.
    fn is_in(&self, json: &str, depth: usize) -> bool {
        // Most do not hold the id at all, which is told without reading the JSON; escapes could hide it, and a number be
        // written in many ways. By pieces: a tree would miss names that stand twice, and not be made of everything that
        // is JSON.
        if !json.contains(&self.id) && !json.contains('\\') && self.number.is_none() {
            return false;
        }
        pieces(json).any(|piece| match piece {
            Piece::Scalar(digits) => self.is_number(digits),
            piece => piece.text().is_some_and(|text| self.is_said(&text, depth)),
        })
    }

    /// Of a number: `123456`, `123456.0` and `1.23456e5` are all 123456.
    fn is_number(&self, digits: &str) -> bool {
        let is_same = |number| {
            digits
                .parse()
                .is_ok_and(|other: f64| other.total_cmp(&number).is_eq())
        };
        digits == self.id || self.number.is_some_and(is_same)
    }

    fn names(&self, text: &str) -> bool {
        let part_of_id = |char: char| char.is_alphanumeric() || char == '-' || char == '_';
        let mut from = 0;
        // One may begin within another: `a/a` in `xa/a/a`.
        while let Some(at) = text[from..].find(&self.id).map(|found| from + found) {
            let (before, behind) = (&text[..at], &text[at + self.id.len()..]);
            if !before.ends_with(part_of_id) && !behind.starts_with(part_of_id) {
                return true;
            }
            from = at + text[at..].chars().next().map_or(1, char::len_utf8);
        }
        false
    }
}

export!(Touches);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::{Events, start};

    use super::*;

    const EVENTS: &str = r#"
        {"resources":[{"ARN":"arn:aws:ec2:eu-west-1:1:instance/i-0abc"}]}
        {"requestParameters":{"instancesSet":{"items":[{"instanceId":"i-0abc"},{"instanceId":"i-0def"}]}}}
        {"responseElements":{"i-0abc":{"state":1}},"requestParameters":{"filter":"id=i-0abc,x"}}
        {"requestParameters":{"instanceId":"i-0abcdef"},"responseElements":null}
        {"requestParameters":{"instanceId":"xi-0abc"}}
        {"requestParameters":{"instanceId":"\u0069-0abc"}}
        {"userAgent":"i-0abc"}"#;

    #[test]
    fn an_id_is_found_wherever_it_is_named() {
        let run = Events::parse(EVENTS).run::<Touches>(&[("resource", "i-0abc")]);
        assert_eq!(run.kept(), [0, 1, 2, 5]);
        assert_eq!(
            run.output("namedIn")[2],
            Value::from("requestParameters, responseElements")
        );
        assert_eq!(run.output("namedIn")[3], Value::Absent);
    }

    #[test]
    fn nothing_that_is_json_hides_an_id() {
        let events = r#"
            {"requestParameters":{"instanceId":"i-0abc","note":"\ud800"}}
            {"requestParameters":{"instanceId":"i-0abc","n":1e999}}
            {"requestParameters":{"instanceId":"i-0abc","instanceId":"x"}}
            {"requestParameters":{"i-0abc":1,"i-0abc":2}}
            {"requestParameters":"\ud800 i-0abc"}
            {"requestParameters":"\ud800 i-0abcd"}"#;
        let run = Events::parse(events).run::<Touches>(&[("resource", "i-0abc")]);
        assert_eq!(run.kept(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn numbers_are_ids() {
        let events = Events::parse(
            r#"{"requestParameters":{"domainId":123456}}
               {"requestParameters":{"domainId":"123456"}}
               {"requestParameters":{"list":[1,123456,2]}}
               {"requestParameters":123456}
               {"requestParameters":{"x":"1234567"}}
               {"requestParameters":{"x":123456.0,"y":1234567}}
               {"requestParameters":{"x":1.23456e5}}
               {"requestParameters":{"x":1234567}}
               {"requestParameters":{"x":"{\"id\":123456}"}}"#,
        );
        let kept = |id| events.run::<Touches>(&[("resource", id)]).kept();
        assert_eq!(kept("123456"), [0, 1, 2, 3, 5, 6, 8]);
        assert_eq!(kept("1234567"), [4, 5, 7]);
        assert!(kept("0123456").is_empty());
    }

    #[test]
    fn numbers_beyond_doubles_are_told_apart() {
        let events = Events::parse(
            r#"{"requestParameters":{"id":9007199254740993}} {"requestParameters":{"id":9007199254740992}}"#,
        );
        let run = events.run::<Touches>(&[("resource", "9007199254740993")]);
        assert_eq!(run.kept(), [0]);
    }

    #[test]
    fn one_match_may_begin_within_another() {
        let events = Events::parse(
            r#"{"requestParameters":{"path":"xa/a/a"}} {"requestParameters":{"path":"éa/aé"}} {"requestParameters":{"path":"xa/a"}}"#,
        );
        assert_eq!(events.run::<Touches>(&[("resource", "a/a")]).kept(), [0]);
    }

    /// AWS's denied call, K2's error, VK's address and bodies.
    #[test]
    fn records_of_each_dialect_name_resources() {
        let events = Events::parse(
            r#"{"eventName":"PutObject","userIdentity":{"type":"IAMUser"},"errorMessage":"User: arn:aws:iam::1:user/a is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::vol-2C4E6A81/key","requestParameters":null}
               {"eventName":"DeleteVolume","userName":"igor","project":"p","errorMessage":"Volume vol-2C4E6A81 is attached to instance i-5B7D9F13","requestParameters":{"VolumeId":"vol-2C4E6A81"}}
               {"event_id":"1","action":"delete-volume","source":"cinder","uri":"/v3/volumes/vol-2C4E6A81?force=true","request_body":"","response_body":""}
               {"event_id":"2","action":"vm-action","source":"nova","uri":"/v2.1/servers/x","request_body":"{\"os-attach\": {\"volume\": \"vol-2C4E\\u0036A81\"}}","response_body":"{\"id\": \"vol-2C4E6A81\", XXXX"}
               {"event_id":"3","action":"get-volume","source":"cinder","uri":"/v3/volumes/vol-2C4E6A811","request_body":"","response_body":"{}"}"#,
        );
        let run = events.run::<Touches>(&[("resource", "vol-2C4E6A81")]);
        assert_eq!(run.kept(), [0, 1, 2, 3]);
        let expected = [
            "errorMessage",
            "requestParameters, errorMessage",
            "uri",
            "request_body, response_body",
        ];
        assert_eq!(run.output("namedIn")[..4], expected.map(Value::from));
    }

    #[test]
    fn an_arn_is_an_id_too() {
        let arn = "arn:aws:ec2:eu-west-1:1:instance/i-0abc";
        assert_eq!(
            Events::parse(EVENTS)
                .run::<Touches>(&[("resource", arn)])
                .kept(),
            [0]
        );
    }

    #[test]
    fn an_id_that_says_nothing_is_refused() {
        let error = start::<Touches>(&[("resource", " i ")]).err();
        assert_eq!(
            error.as_deref(),
            Some("the parameter resource is 1 bytes long: it can be 3 to 2000")
        );
        assert!(start::<Touches>(&[("resource", &"i".repeat(2001))]).is_err());
    }
}
