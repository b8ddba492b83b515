//! The parts of a record that we read, for every dialect, in one borrowing pass.
//!
//! Everything else in a record is checked to be JSON and kept verbatim.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, Unexpected, Visitor};
use serde_json::value::RawValue;

use crate::object::Object;

/// Text that borrows from the record unless it holds escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Text where it is one, and nothing where it is something else: one may look for it, and it need not be there.
#[derive(Debug, Default)]
pub struct Loose<'a>(pub Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <&'de RawValue>::deserialize(deserializer)?.get();
        if !value.starts_with('"') {
            return Ok(Self(None));
        }
        let Text(text) = serde_json::from_str(value).map_err(de::Error::custom)?;
        Ok(Self(Some(text).filter(|text| !text.is_empty())))
    }
}

/// `true`, `false`, or the same as text, in any case (K2's older records, and what scripts write).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TrueOrFalse;

        impl Visitor<'_> for TrueOrFalse {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
                if text.eq_ignore_ascii_case("true") {
                    Ok(Flag(true))
                } else if text.eq_ignore_ascii_case("false") {
                    Ok(Flag(false))
                } else {
                    Err(E::invalid_value(Unexpected::Other("text"), &self))
                }
            }
        }

        deserializer.deserialize_any(TrueOrFalse)
    }
}

/// When a call was made, as its record says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment<'a> {
    /// RFC 3339, one hopes
    Text(Cow<'a, str>),
    /// seconds since 1970, as NGN's documentation has it
    Seconds(f64),
}

impl<'de: 'a, 'a> Deserialize<'de> for Moment<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;

        impl<'de> Visitor<'de> for TextOrNumber {
            type Value = Moment<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Moment::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Moment::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_f64<E>(self, seconds: f64) -> Result<Self::Value, E> {
                Ok(Moment::Seconds(seconds))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "what a double cannot hold is no time of ours"
            )]
            fn visit_i64<E>(self, seconds: i64) -> Result<Self::Value, E> {
                Ok(Moment::Seconds(seconds as f64))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "what a double cannot hold is no time of ours"
            )]
            fn visit_u64<E>(self, seconds: u64) -> Result<Self::Value, E> {
                Ok(Moment::Seconds(seconds as f64))
            }
        }

        deserializer.deserialize_any(TextOrNumber)
    }
}

/// A record of any dialect. Field names are the dialects' own.
///
/// Some fields are named only so that a record that has one twice is refused: readers differ on which one counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Record<'a> {
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_time: Option<Moment<'a>>,
    #[serde(borrow)]
    pub event_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_source: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub aws_region: Option<Text<'a>>,
    #[serde(borrow, rename = "sourceIPAddress")]
    pub source_ip_address: Option<Text<'a>>,
    #[serde(borrow)]
    pub error_code: Option<Text<'a>>,
    pub read_only: Option<Flag>,
    #[serde(borrow)]
    pub user_agent: Loose<'a>,
    #[serde(borrow, rename = "requestID")]
    pub request_id: Loose<'a>,
    #[serde(borrow)]
    pub user_identity: Option<Object<UserIdentity<'a>>>,
    #[serde(borrow)]
    pub resources: Option<Vec<Option<Object<Touched<'a>>>>>,

    #[serde(borrow)]
    pub request_parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    pub response_elements: Option<&'a RawValue>,

    pub error_message: Option<IgnoredAny>,
    pub service_event_details: Option<IgnoredAny>,
    pub additional_event_data: Option<IgnoredAny>,

    // K2
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub project: Option<Text<'a>>,

    // VK: read only in records of that dialect
    #[serde(borrow, rename = "event_id")]
    pub vk_event_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub source: Option<&'a RawValue>,
    #[serde(borrow)]
    pub method: Option<&'a RawValue>,
    #[serde(borrow)]
    pub uri: Loose<'a>,
    #[serde(borrow)]
    pub success: Option<&'a RawValue>,
    #[serde(borrow, rename = "user_email")]
    pub user_email: Option<&'a RawValue>,
    #[serde(borrow, rename = "user_id")]
    pub user_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "project_id")]
    pub project_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "request_id")]
    pub vk_request_id: Loose<'a>,
    #[serde(borrow, rename = "user_agent")]
    pub vk_user_agent: Loose<'a>,
    #[serde(rename = "request_body")]
    pub request_body: Option<IgnoredAny>,
    #[serde(rename = "response_body")]
    pub response_body: Option<IgnoredAny>,
}

/// The fields of a record that say which event it is. Their values are read only where they count: other dialects have
/// fields of the same name for something else.
#[derive(Debug, Deserialize)]
pub struct WhichEvent<'a> {
    #[serde(borrow, rename = "eventTime")]
    pub event_time: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<&'a RawValue>,
    #[serde(rename = "userIdentity")]
    pub user_identity: Option<IgnoredAny>,
    #[serde(borrow)]
    pub timestamp: Option<&'a RawValue>,
    #[serde(borrow, rename = "event_id")]
    pub vk_event_id: Option<&'a RawValue>,
}

/// CloudTrail's `userIdentity`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserIdentity<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub principal_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub access_key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub arn: Loose<'a>,
    #[serde(borrow)]
    pub session_context: Option<Object<SessionContext<'a>>>,
}

/// CloudTrail's `userIdentity.sessionContext`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SessionContext<'a> {
    #[serde(borrow)]
    pub session_issuer: Option<Object<SessionIssuer<'a>>>,
}

/// Who issued the session: a role, for example.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SessionIssuer<'a> {
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
}

/// One of CloudTrail's `resources`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Touched<'a> {
    #[serde(borrow, rename = "ARN")]
    pub arn: Option<Text<'a>>,
    #[serde(borrow, rename = "ARNPrefix")]
    pub arn_prefix: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
}
