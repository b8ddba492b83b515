//! What one can ask for by name.

use crate::query::Attribute;

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// an attribute
    Attribute(Attribute),
    /// `result`: `ok`, or the code of an error
    Result,
    /// a path in the record
    Field(String),
}

/// Why a name means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// it looks like another one
    #[error(
        "no event has a field {name}; did you mean {near}? (.{name} is a field of the record, whatever it is called)"
    )]
    Near {
        /// what was written
        name: String,
        /// the known one
        near: &'static str,
    },
    /// `time`
    #[error("the time is asked for by startTime and endTime (--start and --end)")]
    Time,
}

/// Short names of attributes, as people see them in lists of events.
const SHORT: [(&str, Attribute); 9] = [
    ("who", Attribute::Username),
    ("action", Attribute::EventName),
    ("resource", Attribute::ResourceName),
    ("source", Attribute::EventSource),
    ("address", Attribute::SourceIp),
    ("project", Attribute::Project),
    ("region", Attribute::Region),
    ("origin", Attribute::Origin),
    ("id", Attribute::EventId),
];
const RESULT: &str = "result";
const TIME: &str = "time";

/// What people call things that are called otherwise here.
const GUESSES: [(&str, &str); 10] = [
    ("user", "who"),
    ("caller", "who"),
    ("ip", "address"),
    ("service", "source"),
    ("event", "action"),
    ("name", "action"),
    ("error", "ErrorCode"),
    ("status", "result"),
    ("agent", "UserAgent"),
    ("key", "AccessKeyId"),
];

/// Fields at the top of records that are no attribute's name: they are what they are called.
const FIELDS: &[&str] = &[
    "eventVersion",
    "userIdentity",
    "eventTime",
    "awsRegion",
    "sourceIPAddress",
    // The attribute has the product alone.
    "userAgent",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "resources",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
    "tlsDetails",
    "sharedEventID",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "serviceEventDetails",
    "apiVersion",
    "sessionCredentialFromConsole",
    "addendum",
    "edgeDeviceDetails",
    "timestamp",
    "user_email",
    "user_id",
    "user_agent",
    "success",
    "method",
    "uri",
    "request_body",
    "response_body",
    "request_id",
    "event_id",
];
/// Fields below them that many records have.
const BELOW: &[&str] = &[
    "userIdentity.type",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
    "userIdentity.userName",
    "userIdentity.invokedBy",
    "userIdentity.sessionContext",
];

/// What a name means. A path's own rules are not looked at.
pub fn meant(name: &str) -> Result<Name, NameError> {
    if let Some(path) = name.strip_prefix('.') {
        return Ok(Name::Field(path.to_owned()));
    }
    if name.contains(['.', '\\']) || FIELDS.contains(&name) {
        return Ok(Name::Field(name.to_owned()));
    }
    if let Some(attribute) = attribute(name) {
        return Ok(Name::Attribute(attribute));
    }
    if name.eq_ignore_ascii_case(RESULT) {
        return Ok(Name::Result);
    }
    if name.eq_ignore_ascii_case(TIME) {
        return Err(NameError::Time);
    }
    match nearest(name) {
        Some(near) => Err(NameError::Near {
            name: name.to_owned(),
            near,
        }),
        None => Ok(Name::Field(name.to_owned())),
    }
}

/// The attribute of this name, in any case.
fn attribute(name: &str) -> Option<Attribute> {
    let mut attributes = Attribute::ALL.into_iter();
    let known = attributes.find(|attribute| attribute.name().eq_ignore_ascii_case(name));
    let mut short = SHORT.into_iter();
    known.or_else(|| Some(short.find(|(short, _)| short.eq_ignore_ascii_case(name))?.1))
}

/// A known name that this one looks like: it differs in nothing but case and separators, or in a letter or two, or is what
/// people call it.
pub fn nearest(name: &str) -> Option<&'static str> {
    let mut guesses = GUESSES.into_iter();
    if let Some((_, meant)) = guesses.find(|(guess, _)| guess.eq_ignore_ascii_case(name)) {
        return Some(meant);
    }
    let short = SHORT
        .into_iter()
        .map(|(short, _)| short)
        .chain([RESULT, TIME]);
    let attributes = Attribute::ALL.into_iter().map(Attribute::name);
    let all = attributes
        .chain(short)
        .chain(FIELDS.iter().copied())
        .chain(BELOW.iter().copied());
    let near = all.filter_map(|known| Some((distance(name, known)?, known)));
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters two names differ in, without their separators: `None` if in too many for one of their length.
fn distance(name: &str, known: &str) -> Option<usize> {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|char| !"_-. ".contains(*char));
        letters.flat_map(char::to_lowercase).collect()
    };
    // A path is near to a path alone.
    if name.contains('.') != known.contains('.') {
        return None;
    }
    // Separators aside, what is so much longer is not near.
    if name.len() > 4 * known.len() {
        return None;
    }
    let (name, known) = (letters(name), letters(known));
    let most = (known.chars().count() / 3).min(2);
    if name.chars().count().abs_diff(known.chars().count()) > most {
        return None;
    }
    Some(strsim::levenshtein(&name, &known)).filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_one_would_guess() {
        use Attribute::{ErrorCode, EventName, EventSource, SourceIp, UserAgent, Username};
        for (name, attribute) in [
            ("EventName", EventName),
            ("eventname", EventName),
            ("eventName", EventName),
            ("username", Username),
            ("userName", Username),
            ("who", Username),
            ("Action", EventName),
            ("source", EventSource),
            ("address", SourceIp),
            ("errorCode", ErrorCode),
            ("UserAgent", UserAgent),
        ] {
            assert_eq!(meant(name), Ok(Name::Attribute(attribute)), "{name}");
        }
        for name in [
            "userAgent",
            "eventTime",
            "requestParameters.bucketName",
            "requestparameters.x",
            "Records",
            "foo",
            r"a\.b",
        ] {
            assert_eq!(meant(name), Ok(Name::Field(name.to_owned())), "{name}");
        }
        assert_eq!(meant(".userName"), Ok(Name::Field("userName".to_owned())));
        assert_eq!(meant("result"), Ok(Name::Result));
        assert_eq!(meant("Time"), Err(NameError::Time));
    }

    #[test]
    fn what_is_nearly_a_name_is_offered() {
        for (name, near) in [
            ("EventNam", "EventName"),
            ("event-name", "EventName"),
            ("Usrname", "Username"),
            ("sourceIpAddress", "sourceIPAddress"),
            ("source_ip_address", "sourceIPAddress"),
            ("errorcodes", "ErrorCode"),
            ("User", "who"),
            ("ip", "address"),
            ("userIdentity.usrName", "userIdentity.userName"),
        ] {
            assert_eq!(nearest(name), Some(near), "{name}");
        }
        for name in [
            "foo",
            "hat",
            "x",
            "bucketName",
            "requestParameters.bucketName",
        ] {
            assert_eq!(nearest(name), None, "{name}");
        }
        let told = meant("EventNam").unwrap_err().to_string();
        assert!(told.starts_with("no event has a field EventNam; did you mean EventName?"));
    }

    #[test]
    fn known_names_are_not_taken_for_others() {
        for name in FIELDS {
            assert_eq!(meant(name), Ok(Name::Field((*name).to_owned())));
        }
    }
}
