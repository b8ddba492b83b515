//! The public keys that digests are verified with: from a file, or from the service.

use std::path::Path;

use activity_log_digest::public_key::{PublicKey, PublicKeys};
use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;

use crate::signed::{Origin, SignedHttp};

const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys";
/// Most pages of keys: a service that goes on for ever is none.
const MAX_PAGES: usize = 100;

/// A reply of `ListPublicKeys`, and what `aws cloudtrail list-public-keys` prints.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    public_key_list: Vec<Listed>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    value: String,
    fingerprint: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(default, alias = "Message")]
    message: String,
}

/// Keys saved from `aws cloudtrail list-public-keys`.
pub fn from_file(path: &Path) -> anyhow::Result<PublicKeys> {
    let name = || path.display().to_string();
    let text = std::fs::read(path).with_context(name)?;
    let reply: Reply = serde_json::from_slice(&text)
        .context("not what `aws cloudtrail list-public-keys` prints")
        .with_context(name)?;
    let keys = read(reply.public_key_list).with_context(name)?;
    Ok(keys.into_iter().collect())
}

/// Every key the service has ever signed with.
pub async fn from_service(origin: &Origin) -> anyhow::Result<PublicKeys> {
    let service = SignedHttp::from_env(origin).await?;
    let headers = [
        (CONTENT_TYPE, "application/x-amz-json-1.1"),
        (HeaderName::from_static("x-amz-target"), TARGET),
    ];
    let mut keys = Vec::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let body = token.map_or(json!({}), |token: String| json!({ "NextToken": token }));
        let body = Bytes::from(body.to_string());
        let answer = service.post("/", &headers, &body).await;
        let answer = answer.context("the service's public keys")?;
        let reply = reply(answer.status, &answer.body).context("the service's public keys")?;
        keys.extend(read(reply.public_key_list)?);
        token = reply.next_token;
        if token.is_none() {
            return Ok(keys.into_iter().collect());
        }
    }
    bail!("the service's public keys have more than {MAX_PAGES} pages");
}

fn reply(status: u16, body: &[u8]) -> anyhow::Result<Reply> {
    if status == 200 {
        return serde_json::from_slice(body).context("the answer is not understood");
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { kind, message }) => bail!("the service refuses: {kind}: {message}"),
        Err(_) => bail!("the service answered with status {status}"),
    }
}

fn read(listed: Vec<Listed>) -> anyhow::Result<Vec<PublicKey>> {
    let read = |listed: Listed| {
        let der = STANDARD.decode(&listed.value);
        let key = PublicKey::from_pkcs1(&der.context("a key is not base64")?);
        if let Some(told) = listed.fingerprint {
            let is = key.fingerprint();
            ensure!(told == is, "the key {told} has the fingerprint {is}");
        }
        Ok(key)
    };
    listed.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The MD5 of "key".
    const FINGERPRINT: &str = "3c6e0b8a9c15224a8228b9a98ca1531d";

    #[test]
    fn keys_come_as_the_aws_cli_saves_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let saved = json!({"PublicKeyList": [{
            "Value": STANDARD.encode("key"),
            "ValidityStartTime": "2026-11-20T12:00:00+00:00",
            "ValidityEndTime": "2036-11-20T12:00:00+00:00",
            "Fingerprint": FINGERPRINT,
        }]});
        std::fs::write(file.path(), saved.to_string()).unwrap();
        let keys = from_file(file.path()).unwrap();
        assert_eq!(keys.get(FINGERPRINT).unwrap().pkcs1(), b"key");
    }

    #[test]
    fn what_are_no_keys_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (saved, why) in [
            ("[]", "not what `aws cloudtrail list-public-keys` prints"),
            (
                r#"{"PublicKeyList":[{"Value":"?"}]}"#,
                "a key is not base64",
            ),
            (
                r#"{"PublicKeyList":[{"Value":"a2V5","Fingerprint":"00"}]}"#,
                "the key 00 has the fingerprint 3c6e0b8a9c15224a8228b9a98ca1531d",
            ),
        ] {
            std::fs::write(file.path(), saved).unwrap();
            let error = format!("{:#}", from_file(file.path()).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
        assert!(from_file(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn a_refusal_is_told_in_the_services_words() {
        let text = |status, body: &str| reply(status, body.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            text(400, r#"{"__type":"AccessDeniedException","message":"no"}"#),
            "the service refuses: AccessDeniedException: no"
        );
        assert_eq!(text(502, "<html>"), "the service answered with status 502");
        assert_eq!(text(200, "{}"), "the answer is not understood");
    }
}
