//! Everything that touched one resource, wherever the record names it: among its resources, in what was asked, or in
//! what was answered.
//!
//! An id is named by a text that is the id, or that holds it between characters that no id has: the ARN
//! `arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc` names `i-0abc`, `i-0abcdef` does not.

use activity_log_filter::json::{Piece, pieces};
use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, PerValue, Value, Verdict,
    export,
};

const PLACES: [&str; 3] = ["resources", "requestParameters", "responseElements"];
/// Shorter ids would be found in nearly every event.
const ID_BYTES: std::ops::RangeInclusive<usize> = 3..=2000;

struct Touches {
    id: String,
}

impl Filter for Touches {
    const MANIFEST: Manifest = Manifest {
        name: "touches-resource",
        version: env!("CARGO_PKG_VERSION"),
        description: "Every event that names one resource: among its resources, in its request or in its response.",
        inputs: &PLACES,
        outputs: &["namedIn"],
        parameters: &[Parameter::required(
            "resource",
            "an id, a name or an ARN, such as i-0123456789abcdef0; upper and lower case differ",
        )],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        let id = parameters.required("resource")?.trim();
        if ID_BYTES.contains(&id.len()) {
            return Ok(Self { id: id.to_owned() });
        }
        Err(format!(
            "the parameter resource is {} bytes long: it can be {} to {}",
            id.len(),
            ID_BYTES.start(),
            ID_BYTES.end()
        ))
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let columns: [&Column; 3] = batch.columns();
        let named: [PerValue<'_, bool>; 3] =
            columns.map(|column| column.test(|value| self.is_named_in(value)));
        let places = (0..batch.rows()).map(|row| {
            let bits = named
                .iter()
                .enumerate()
                .map(|(at, named)| u32::from(named[row]) << at);
            bits.sum()
        });
        let places: Vec<u32> = places.collect();
        let verdict = batch.keep(|row| places[row] > 0);
        Ok(verdict.with(Column::choice((0..8).map(names), places)))
    }
}

/// The places of a set of bits.
fn names(bits: u32) -> Option<String> {
    let names: Vec<&str> = (0..3)
        .filter(|at| bits >> at & 1 == 1)
        .map(|at| PLACES[at])
        .collect();
    (bits > 0).then(|| names.join(", "))
}

impl Touches {
    fn is_named_in(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.names(text),
            // Most do not hold the id at all, which is told without reading the JSON; escapes could hide it. By pieces:
            // a tree would miss names that stand twice, and not be made of everything that is JSON.
            Value::Json(json) if json.contains(&self.id) || json.contains('\\') => pieces(json)
                .filter_map(Piece::text)
                .any(|text| self.names(&text)),
            _ => false,
        }
    }

    fn names(&self, text: &str) -> bool {
        let part_of_id = |char: char| char.is_alphanumeric() || char == '-' || char == '_';
        text.match_indices(&self.id).any(|(at, id)| {
            let (before, behind) = (&text[..at], &text[at + id.len()..]);
            !before.ends_with(part_of_id) && !behind.starts_with(part_of_id)
        })
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
