//! Keeps every event, and takes addresses and secrets out of what the report shows of it.
//!
//! Addresses lose their last part, also inside of words: `192.0.2.10` becomes `192.0.x.x`, `2001:db8::1` becomes
//! `2001:db8:x`. Access keys keep their first four characters, which tell their kind. In requests and responses, a field
//! whose name says that it is a secret loses its value; so does the value of a pair that says such a name
//! (`parameterKey`, `parameterValue`), what stands behind `password=`, and a text that looks like a secret. JSON in
//! strings is read as JSON: VK's bodies are that. A column `redacted` says which fields of an event were changed.
//!
//! What is a secret is said in one list, which the log of calls uses too: `crates/secrets`.

mod address;
mod inside;
mod secret;

use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict, export,
};
use activity_log_secrets::looks_secret;

use secret::HIDDEN;

/// What is read and replaced, in this order. The last three are VK's.
const FIELDS: [&str; 10] = [
    "sourceIPAddress",
    "userIdentity.accessKeyId",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
    "errorMessage",
    "request_body",
    "response_body",
    "uri",
];

/// JSON in a string in JSON in a string…: what lies deeper is hidden.
const INSIDE: usize = 8;

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
            FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[3], FIELDS[4], FIELDS[5], FIELDS[6], FIELDS[7],
            FIELDS[8], FIELDS[9], "redacted",
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
        Ok(verdict.with(Column::sets(&FIELDS, &changes)))
    }
}

impl Redact {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text, INSIDE)),
            Value::Json(json) => Value::Json(self.json(json, INSIDE)),
            other => other.clone(),
        }
    }

    fn json(&self, json: &str, depth: usize) -> String {
        let text = |text: &str| self.text(text, depth);
        inside::redacted(json, text, |name| self.plain(name))
    }

    /// Without addresses and keys.
    fn plain(&self, text: &str) -> String {
        secret::without_keys(&address::without_addresses(text, self.octets))
    }

    fn text(&self, text: &str, depth: usize) -> String {
        if looks_secret(text) {
            return HIDDEN.to_owned();
        }
        let plain = secret::without_pairs(&self.plain(text));
        // It need not be JSON to the end, as a body that was cut off is not; then the above is all there is outside of
        // its strings.
        if !plain.trim_start().starts_with(['{', '[']) {
            return plain;
        }
        match depth.checked_sub(1) {
            Some(depth) => self.json(&plain, depth),
            None => HIDDEN.to_owned(),
        }
    }
}

export!(Redact);

#[cfg(test)]
mod tests {
    use activity_log_filter::json;
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
    fn names_are_told_in_any_case_and_with_any_separators() {
        for name in [
            "pwd",
            "PWD",
            "db_pwd",
            "dbPwd",
            "apiKey",
            "api_key",
            "API-KEY",
            "x-api-key",
            "ApiKey",
        ] {
            let request = format!(r#"{{"a":{{"{name}":"hunter2"}}}}"#);
            let expected = format!(r#"{{"a":{{"{name}":"***"}}}}"#);
            assert_eq!(redacted("requestParameters", &request), expected);
        }
    }

    #[test]
    fn pairs_are_hidden() {
        let request = r#"{"parameters":[{"parameterKey":"DBPassword","parameterValue":"hunter2"},{"parameterKey":"Host","parameterValue":"10.1.2.3"}]}"#;
        let expected = r#"{"parameters":[{"parameterKey":"DBPassword","parameterValue":"***"},{"parameterKey":"Host","parameterValue":"10.1.x.x"}]}"#;
        assert_eq!(redacted("requestParameters", request), expected);
        assert_eq!(
            redacted("errorMessage", r#""bad token=abc from host10.1.2.3""#),
            "bad token=*** from host10.1.x.x"
        );
        let link = r#"{"url":"https://b.s3.test/k?X-Amz-Signature=ab"}"#;
        assert_eq!(redacted("responseElements", link), r#"{"url":"***"}"#);
    }

    #[test]
    fn json_in_strings_is_read_as_json() {
        let request = r#"{"body":"{\"password\":\"hunter2\",\"at\":\"10.1.2.3\"}","list":"[\"\\u0031\\u0030.1.2.3\"]"}"#;
        let expected =
            r#"{"body":"{\"password\":\"***\",\"at\":\"10.1.x.x\"}","list":"[\"10.1.x.x\"]"}"#;
        assert_eq!(redacted("requestParameters", request), expected);
        let deep = (0..9).fold(r#"{"password":"hunter2"}"#.to_owned(), |inner, _| {
            format!(r#"{{"a":{}}}"#, json::quoted(&inner))
        });
        assert!(!redacted("requestParameters", &deep).contains("hunter2"));
        assert_eq!(
            redacted("errorMessage", r#""[2001:db8::1]:443""#),
            "[2001:db8:x]:443"
        );
    }

    /// AWS's, K2's and VK's.
    #[test]
    fn records_of_each_dialect_lose_their_secrets() {
        let run = Events::parse(
            r#"{"userIdentity":{"type":"IAMUser","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventName":"CreateStack","sourceIPAddress":"203.0.113.9","requestParameters":{"parameters":[{"parameterKey":"pwd","parameterValue":"hunter2"}]},"responseElements":null}
               {"userName":"anna@example.test","project":"p","eventName":"CreateUser","sourceIPAddress":"198.51.100.24","requestParameters":{"UserName":"lev","Password":"hunter2"},"additionalEventData":{"sessionId":"s-1","remote":"198.51.100.24"}}
               {"event_id":"1","action":"create-vm","source":"nova","uri":"/v2.1/servers?api_key=hunter2","request_body":"{\"server\": {\"adminPass\": \"hunter2\", \"metadata\": [{\"key\": \"pwd\", \"value\": \"hunter2\"}]}}","response_body":"{\"floatingip\": {\"floating_ip_address\": \"203.0.113.18\"}, \"access\": {\"token\": {\"id\": \"hunter2\"}}, XXXX"}
               {"event_id":"2","action":"login","source":"iam","uri":"/login","request_body":"user=a&password=hunter2","response_body":"<BINARY_DATA>"}"#,
        )
        .run::<Redact>(&[]);
        for field in FIELDS {
            for value in run.output(field) {
                let text = value.to_text();
                for gone in ["hunter2", "203.0.113.", "198.51.100.", "7EXAMPLE"] {
                    assert!(!text.contains(gone), "{field}: {text}");
                }
            }
        }
        assert_eq!(
            run.output("redacted"),
            [
                "sourceIPAddress, userIdentity.accessKeyId, requestParameters",
                "sourceIPAddress, requestParameters, additionalEventData",
                "request_body, response_body, uri",
                "request_body",
            ]
            .map(Value::from)
        );
        assert_eq!(
            run.output("request_body")[2].to_text(),
            r#"{"server": {"adminPass": "***", "metadata": [{"key": "pwd", "value": "***"}]}}"#
        );
        assert_eq!(run.output("response_body")[3].to_text(), "<BINARY_DATA>");
        assert_eq!(run.output("uri")[2].to_text(), "/v2.1/servers?api_key=***");
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
