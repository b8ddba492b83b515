//! The real transport.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::send::Transport;
use crate::signed::{Answer, Origin, SetupError, SignedHttp, TransportError};

/// Posts to `/v1/events`, signed.
#[derive(Debug)]
pub struct Events(SignedHttp);

impl Events {
    /// With the access key and region of the environment or profile.
    pub async fn from_env(origin: &Origin) -> Result<Self, SetupError> {
        SignedHttp::from_env(origin).await.map(Self)
    }
}

impl Transport for Events {
    type Error = TransportError;

    async fn post(&self, body: &Bytes) -> Result<Answer, TransportError> {
        // Not application/json: a gateway that takes that for text would ruin compressed bytes.
        let headers = [
            (CONTENT_TYPE, "application/gzip"),
            (CONTENT_ENCODING, "gzip"),
        ];
        self.0.post("/v1/events", &headers, body).await
    }
}
