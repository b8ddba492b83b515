//! Keeps every event, and takes addresses and secrets out of what the report shows of it.
//!
//! Addresses lose their last part: `192.0.2.10` becomes `192.0.x.x`, `2001:db8::1` becomes `2001:db8:x`. Access keys keep
//! their first four characters, which tell their kind. In requests and responses, a field whose name says that it is a
//! secret loses its value. A column `redacted` says which fields of an event were changed.

mod address;
mod inside;
mod secret;

use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict, export,
};

/// What is read and replaced, in this order.
const FIELDS: [&str; 5] = [
    "sourceIPAddress",
    "userIdentity.accessKeyId",
    "requestParameters",
    "responseElements",
    "additionalEventData",
];

struct Redact {
    octets: usize,
}

impl Filter for Redact {
    const MANIFEST: Manifest = Manifest {
        name: "redact",
        version: env!("CARGO_PKG_VERSION"),
        description: "Keeps every event; takes addresses, access keys and secrets out of the report.",
        inputs: &FIELDS,
        outputs: &[
            FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[3], FIELDS[4], "redacted",
        ],
        parameters: &[Parameter::optional(
            "octets",
            "how many of an IPv4 address's four numbers stay, 0 to 3; 2 without it",
        )],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        match parameters.parse("octets")?.unwrap_or(2) {
            octets @ 0..=3 => Ok(Self { octets }),
            other => Err(format!("the parameter octets is {other}: 0 to 3")),
        }
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let columns: [&Column; FIELDS.len()] = batch.columns();
        let mut changes = vec![0_u32; batch.rows()];
        let mut verdict = batch.keep(|_| true);
        for (at, column) in columns.into_iter().enumerate() {
            let redacted = column.map(|value| self.value(value));
            let changed = column
                .values
                .iter()
                .zip(&redacted.values)
                .map(|(before, after)| before != after);
            let changed: Vec<bool> = changed.collect();
            for (row, value) in column.index.iter().enumerate() {
                changes[row] |= u32::from(changed[*value as usize]) << at;
            }
            verdict = verdict.with(redacted);
        }
        Ok(verdict.with(Column::choice((0..1 << FIELDS.len()).map(names), changes)))
    }
}

/// The fields of a set of bits.
fn names(bits: u32) -> Option<String> {
    let names: Vec<&str> = (0..FIELDS.len())
        .filter(|at| bits >> at & 1 == 1)
        .map(|at| FIELDS[at])
        .collect();
    (bits > 0).then(|| names.join(", "))
}

impl Redact {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text)),
            Value::Json(text) => Value::Json(inside::redacted(text, |text| self.text(text))),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        secret::without_keys(&address::without_addresses(text, self.octets))
    }
}

export!(Redact);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::Events;

    use super::*;

    fn redacted(field: &str, value: &str) -> String {
        let path: Vec<&str> = field.split('.').collect();
        let nested = path.iter().rev().fold(value.to_owned(), |inner, name| {
            format!("{{\"{name}\":{inner}}}")
        });
        let run = Events::parse(&nested).run::<Redact>(&[]);
        run.output(field)[0].to_text().into_owned()
    }

    #[test]
    fn addresses_lose_their_end() {
        assert_eq!(redacted("sourceIPAddress", r#""203.0.113.9""#), "203.0.x.x");
        assert_eq!(
            redacted("sourceIPAddress", r#""2001:db8:1::9""#),
            "2001:db8:x"
        );
        assert_eq!(
            redacted("sourceIPAddress", r#""ec2.amazonaws.com""#),
            "ec2.amazonaws.com"
        );
        let run =
            Events::parse(r#"{"sourceIPAddress":"203.0.113.9"}"#).run::<Redact>(&[("octets", "0")]);
        assert_eq!(run.output("sourceIPAddress")[0], Value::from("x.x.x.x"));
    }

    #[test]
    fn secrets_are_hidden_wherever_they_lie() {
        let request = r#"{"cidr":"10.1.2.3/32","masterUserPassword":"hunter2","n":1.10,"list":[{"secretString":{"a":1}}],"keyName":"k","ok":null}"#;
        let expected = r#"{"cidr":"10.1.x.x/32","masterUserPassword":"***","n":1.10,"list":[{"secretString":"***"}],"keyName":"k","ok":null}"#;
        assert_eq!(redacted("requestParameters", request), expected);
        assert_eq!(
            redacted("userIdentity.accessKeyId", r#""AKIAIOSFODNN7EXAMPLE""#),
            "AKIA***"
        );
        let same = r#"{ "a" : "\u0041" }"#;
        assert_eq!(redacted("responseElements", same), same);
    }

    /// Whoever makes the call writes most of it.
    #[test]
    fn nothing_that_is_json_hides_a_secret() {
        for (request, expected) in [
            (
                r#"{"masterUserPassword":"hunter2","x":"\ud800"}"#,
                r#"{"masterUserPassword":"***","x":"\ud800"}"#,
            ),
            (
                r#"{"password":"hunter2","n":1e999}"#,
                r#"{"password":"***","n":1e999}"#,
            ),
            (
                r#"{"password":"hunter2","password":null}"#,
                r#"{"password":"***","password":null}"#,
            ),
            (
                r#"{"k":{"password":"x"},"k":1}"#,
                r#"{"k":{"password":"***"},"k":1}"#,
            ),
            (
                r#"{"p\u0061ssword\udfff" : [1, {"a":"]"}] , "b":"10.1.2.3\ud800"}"#,
                "{\"p\\u0061ssword\\udfff\" : \"***\" , \"b\":\"10.1.x.x\u{fffd}\"}",
            ),
            (r#""10.1.2.3 \udfff""#, "\"10.1.x.x \u{fffd}\""),
            (r#""\udfff""#, r#""\udfff""#),
        ] {
            assert_eq!(redacted("requestParameters", request), expected);
        }
    }

    #[test]
    fn what_was_changed_is_told() {
        let run = Events::parse(
            r#"{"sourceIPAddress":"203.0.113.9","requestParameters":{"token":"t"}}
               {"sourceIPAddress":"ec2.amazonaws.com"}"#,
        )
        .run::<Redact>(&[]);
        assert_eq!(run.kept(), [0, 1]);
        assert_eq!(
            run.output("redacted"),
            ["sourceIPAddress, requestParameters".into(), Value::Absent]
        );
    }
}
