//! `ListPublicKeys`: the keys that digests are verified with. They are the service's, the same for all.

use activity_log_control::{DigestKey, Permission, TrailReader as _};
use activity_log_core::instant::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::timestamp::{self, EpochSeconds, Timestamp};
use crate::{denial, tokens};

/// `ListPublicKeys`.
#[derive(Debug)]
pub struct ListPublicKeys;

/// The request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    start_time: Option<EpochSeconds>,
    end_time: Option<EpochSeconds>,
    next_token: Option<String>,
}

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    public_key_list: Vec<PublicKey>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PublicKey {
    /// PKCS#1 DER, in base64
    value: String,
    validity_start_time: Timestamp,
    validity_end_time: Timestamp,
    fingerprint: String,
}

impl<P: Ports> Operation<P> for ListPublicKeys {
    const NAME: &'static str = "ListPublicKeys";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        tokens::refuse_reserved(input.next_token.as_deref())?;
        let range = timestamp::range(input.start_time, input.end_time)?;
        let keys = call.ports.trails().digest_keys().await;
        let keys = keys.map_err(denial::unavailable)?;
        let asked = keys.into_iter().filter(|key| is_valid_in(key, range));
        Ok(Output {
            public_key_list: asked.map(PublicKey::of).collect(),
        })
    }
}

/// Whether the key is valid at any time of the range. A bound left out bounds nothing: AWS takes the present
/// for it and gives the current key only, which cannot verify what an older one signed.
fn is_valid_in(key: &DigestKey, (start, end): (Option<Instant>, Option<Instant>)) -> bool {
    start.is_none_or(|start| start <= key.until()) && end.is_none_or(|end| key.since <= end)
}

impl PublicKey {
    fn of(key: DigestKey) -> Self {
        Self {
            value: STANDARD.encode(&key.der),
            validity_start_time: Timestamp(key.since),
            validity_end_time: Timestamp(key.until()),
            fingerprint: key.fingerprint,
        }
    }
}
