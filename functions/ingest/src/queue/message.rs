//! A message of events: a body as `POST /v1/events` takes it, or an `EventBridge` event.

use activity_log_core::account::{AccountId, InvalidAccountId};
use activity_log_core::object::Object;
use activity_log_core::origin::{Origin, UnknownOrigin};
use aws_lambda_events::sqs::SqsMessage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::payload::{MAX_BODY_BYTES, MAX_RECORDS, PayloadError, decompress, records};
use crate::receivers::SenderError;

/// The message attribute that names the account.
const ACCOUNT: &str = "accountId";
/// The message attribute that says how the event came; believed of the calls queue alone.
const ORIGIN: &str = "origin";
/// The message attribute that says the body is base64 of gzip.
const ENCODING: &str = "contentEncoding";

/// A message that is not stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum MessageError {
    #[error("the message attribute \"{ACCOUNT}\" is missing")]
    NoAccount,
    #[error("the message attribute \"{ACCOUNT}\" is wrong")]
    BadAccount(#[source] InvalidAccountId),
    #[error("the message attribute \"{ORIGIN}\" is missing, which the calls queue's messages have")]
    NoOrigin,
    #[error("the message attribute \"{ORIGIN}\" is wrong")]
    BadOrigin(#[source] UnknownOrigin),
    #[error(
        "the message attribute \"{ORIGIN}\" is \"{0}\"; the calls queue takes our own events only"
    )]
    ForeignOrigin(Origin),
    #[error(transparent)]
    Sender(#[from] SenderError),
    #[error("{0} is no account, and our own events follow no link")]
    NoSuchAccount(AccountId),
    #[error("the message attribute \"{ENCODING}\" is \"{0}\"; only gzip is served")]
    BadEncoding(String),
    #[error("the body is not base64")]
    Base64(#[source] base64::DecodeError),
    #[error("the body cannot be read")]
    Body(#[from] PayloadError),
    #[error("{0}")]
    NotAllStored(String),
}

/// What EventBridge puts around a CloudTrail record.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type")]
    detail_type: String,
    account: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// A message's body, and who sent it.
pub(super) struct EventMessage {
    /// an account of ours, or an AWS account linked to one
    pub sender: AccountId,
    /// how its events came
    pub origin: Origin,
    body: Vec<u8>,
}

impl EventMessage {
    /// `is_calls`: it lay in the queue to which only we can send.
    pub(super) fn open(message: &SqsMessage, is_calls: bool) -> Result<Self, MessageError> {
        let text = message.body.as_deref().unwrap_or_default();
        let attribute = |name| {
            let attribute = message.message_attributes.get(name);
            attribute.and_then(|attribute| attribute.string_value.as_deref())
        };
        let account = |text: &str| text.parse().map_err(MessageError::BadAccount);
        if let Some(named) = attribute(ACCOUNT) {
            return Ok(Self {
                sender: account(named)?,
                origin: if is_calls {
                    own_origin(attribute(ORIGIN))?
                } else {
                    Origin::Queue
                },
                body: body(text, attribute(ENCODING))?,
            });
        }
        if is_calls {
            return Err(MessageError::NoAccount);
        }
        let envelope: Option<Object<Envelope<'_>>> = serde_json::from_str(text).ok();
        let envelope = envelope.filter(|envelope| !envelope.detail_type.is_empty());
        let Object(envelope) = envelope.ok_or(MessageError::NoAccount)?;
        Ok(Self {
            sender: account(&envelope.account)?,
            origin: Origin::EventBridge,
            body: envelope.detail.get().as_bytes().to_vec(),
        })
    }

    /// Bytes of the body, decompressed.
    pub(super) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// Whether we sent it: then the sender is the account itself, and no link counts.
    pub(super) fn is_own(&self) -> bool {
        self.origin.is_own()
    }

    pub(super) fn records(&self) -> Result<Vec<&str>, MessageError> {
        Ok(records::<MAX_RECORDS>(&self.body)?)
    }
}

fn own_origin(said: Option<&str>) -> Result<Origin, MessageError> {
    let origin: Origin = said
        .ok_or(MessageError::NoOrigin)?
        .parse()
        .map_err(MessageError::BadOrigin)?;
    if origin.is_own() {
        Ok(origin)
    } else {
        Err(MessageError::ForeignOrigin(origin))
    }
}

fn body(text: &str, encoding: Option<&str>) -> Result<Vec<u8>, MessageError> {
    match encoding {
        None => Ok(text.as_bytes().to_vec()),
        Some("gzip") => {
            let bytes = STANDARD.decode(text).map_err(MessageError::Base64)?;
            Ok(decompress(&bytes, MAX_BODY_BYTES)?)
        }
        Some(other) => Err(MessageError::BadEncoding(other.to_owned())),
    }
}
