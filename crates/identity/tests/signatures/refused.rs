//! What is wrong in one thing is refused in AWS's words.

use activity_log_control::{
    AccessKeyId, AccessKeys, Credential, KeyStatus, StoreError, TokenCredential, TokenId, Tokens,
};
use activity_log_core::account::AccountId;
use activity_log_identity::{AuthenticationError, Denied, authenticate};
use aws_sigv4::http_request::SignableBody;
use bytes::Bytes;
use http::Request;

use crate::signer::{
    SECRET, Signer, check, check_with, control, endpoint, lookup, now, switch_key, unsigned,
};

const MISMATCH: &str = "InvalidSignatureException: The request signature we calculated does not \
                        match the signature you provided. Check your AWS Secret Access Key and \
                        signing method. Consult the service documentation for details.";
const UNKNOWN: &str =
    "UnrecognizedClientException: The security token included in the request is invalid.";

/// `code: message` of the refusal.
async fn says(request: &Request<Bytes>) -> String {
    words(&check(request).await.unwrap_err())
}

fn words(denied: &Denied) -> String {
    format!("{}: {denied}", denied.code())
}

fn signed() -> Request<Bytes> {
    Signer::default().sign(lookup())
}

#[tokio::test]
async fn nothing_at_all() {
    assert_eq!(
        says(&lookup()).await,
        "MissingAuthenticationToken: Missing Authentication Token"
    );
    assert_eq!(Denied::MissingToken.rest_status(), 401);
}

#[tokio::test]
async fn a_wrong_secret() {
    let signer = Signer {
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEx",
        ..Signer::default()
    };
    assert_eq!(says(&signer.sign(lookup())).await, MISMATCH);
}

#[tokio::test]
async fn an_unknown_an_ill_formed_and_an_inactive_key() {
    for key_id in [
        "AKIAI44QH8DHBEXAMPLE",
        "AKIA",
        "AKIAIOSFODNN7EXAMPLé",
        "x".repeat(200).leak(),
    ] {
        let signer = Signer {
            key_id,
            ..Signer::default()
        };
        // A key id outside ASCII cannot be in a header as text.
        let expected = if key_id.is_ascii() {
            UNKNOWN
        } else {
            "IncompleteSignature: The Authorization header is not ASCII text."
        };
        assert_eq!(says(&signer.sign(lookup())).await, expected, "{key_id}");
    }

    let control = control().await;
    assert!(check_with(&control, &signed()).await.is_ok());
    switch_key(&control, KeyStatus::Inactive).await;
    // The same answer with the right secret and with a wrong one: nothing tells that the key exists.
    let wrong = Signer {
        secret: "another secret altogether",
        ..Signer::default()
    };
    for request in [signed(), wrong.sign(lookup())] {
        let denied = check_with(&control, &request).await.unwrap_err();
        assert_eq!(words(&denied), UNKNOWN);
    }
    switch_key(&control, KeyStatus::Active).await;
    assert!(check_with(&control, &signed()).await.is_ok());
}

#[tokio::test]
async fn the_dummy_secret_opens_nothing() {
    let signer = Signer {
        key_id: "AKIAI44QH8DHBEXAMPLE",
        secret: "-",
        ..Signer::default()
    };
    assert_eq!(says(&signer.sign(lookup())).await, UNKNOWN);
}

#[tokio::test]
async fn a_session_token() {
    let signer = Signer {
        token: Some("token".to_owned()),
        ..Signer::default()
    };
    assert_eq!(says(&signer.sign(lookup())).await, UNKNOWN);
}

#[tokio::test]
async fn too_old_and_too_new() {
    let at = |seconds: i64| Signer {
        at: now().plus_millis(seconds * 1_000),
        ..Signer::default()
    };
    assert_eq!(
        says(&at(-301).sign(lookup())).await,
        "InvalidSignatureException: Signature expired: 20261120T115459Z is now earlier than \
         20261120T115500Z (20261120T120000Z - 5 min.)"
    );
    assert_eq!(
        says(&at(301).sign(lookup())).await,
        "InvalidSignatureException: Signature not yet current: 20261120T120501Z is still later \
         than 20261120T120500Z (20261120T120000Z + 5 min.)"
    );
}

#[tokio::test]
async fn a_date_changed_after_signing() {
    let mut request = signed();
    request
        .headers_mut()
        .insert("x-amz-date", "20261120T120001Z".parse().unwrap());
    assert_eq!(says(&request).await, MISMATCH);
    request
        .headers_mut()
        .insert("x-amz-date", "20261119T235959Z".parse().unwrap());
    assert!(
        says(&request)
            .await
            .contains("Date in Credential scope does not match")
    );
    request
        .headers_mut()
        .insert("x-amz-date", "now".parse().unwrap());
    assert!(
        says(&request)
            .await
            .starts_with("IncompleteSignature: Date must be in ISO-8601")
    );
    request.headers_mut().remove("x-amz-date");
    assert!(
        says(&request)
            .await
            .contains("'X-Amz-Date' or a 'Date' header")
    );
}

#[tokio::test]
async fn another_service() {
    let signer = Signer {
        service: "dynamodb",
        ..Signer::default()
    };
    assert_eq!(
        says(&signer.sign(lookup())).await,
        "InvalidSignatureException: Credential should be scoped to correct service: 'cloudtrail'."
    );
}

#[tokio::test]
async fn another_region() {
    for region in ["us-east-1", "EU-CENTRAL-1", "eu-central-1 ", "ru-msk"] {
        let signer = Signer {
            region,
            ..Signer::default()
        };
        let expected = format!(
            "InvalidSignatureException: Credential should be scoped to a valid region, not '{region}': this is \
             'eu-central-1'."
        );
        assert_eq!(says(&signer.sign(lookup())).await, expected);
    }
}

fn lookup_at(host: &str) -> Request<Bytes> {
    let mut request = lookup();
    let host = host.parse().unwrap();
    request.headers_mut().insert("host", host);
    request
}

#[tokio::test]
async fn another_host_however_right_the_signature() {
    for host in [
        "other.example.com",
        "abc.execute-api.us-east-1.amazonaws.com",
        "log.example.com.evil.test",
        "log.example.com:8080",
        "",
    ] {
        let request = Signer::default().sign(lookup_at(host));
        let expected = format!(
            "InvalidSignatureException: The request is signed for the host '{host}', where this service is not: it is \
             at the API's own domain, and at those of the stack's parameter CustomDomain."
        );
        assert_eq!(says(&request).await, expected);
    }
    let mut twice = lookup();
    let host = "log.example.com".parse().unwrap();
    twice.headers_mut().append("host", host);
    assert_eq!(says(&Signer::default().sign(twice)).await, MISMATCH);
}

/// A proxy that changes the header after signing gains nothing either.
#[tokio::test]
async fn a_host_changed_after_signing() {
    let mut request = Signer::default().sign(lookup_at("other.example.com"));
    let ours = "log.example.com".parse().unwrap();
    request.headers_mut().insert("host", ours);
    assert_eq!(says(&request).await, MISMATCH);
}

#[tokio::test]
async fn a_body_path_query_method_or_header_changed_after_signing() {
    let tampered: [fn(&mut Request<Bytes>); 6] = [
        |request| *request.body_mut() = Bytes::from_static(b"{\"MaxResults\":51}"),
        |request| *request.body_mut() = Bytes::new(),
        |request| *request.uri_mut() = "/v1/events".parse().unwrap(),
        |request| *request.uri_mut() = "/?a=1".parse().unwrap(),
        |request| *request.method_mut() = http::Method::GET,
        |request| {
            let other = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DeleteTrail";
            request
                .headers_mut()
                .insert("x-amz-target", other.parse().unwrap());
        },
    ];
    for (i, tamper) in tampered.into_iter().enumerate() {
        let mut request = signed();
        tamper(&mut request);
        assert_eq!(says(&request).await, MISMATCH, "{i}");
    }
}

#[tokio::test]
async fn a_header_removed_or_doubled_after_signing() {
    for name in ["content-type", "host", "x-amz-target"] {
        let mut request = signed();
        let value = request.headers_mut().remove(name).unwrap();
        assert_eq!(says(&request).await, MISMATCH, "{name} removed");
        request.headers_mut().append(name, value.clone());
        assert!(check(&request).await.is_ok());
        request.headers_mut().append(name, value);
        assert_eq!(says(&request).await, MISMATCH, "{name} doubled");
    }
}

#[tokio::test]
async fn a_host_or_target_that_is_not_signed() {
    let mut signer = Signer::default();
    let excluded = signer.settings.excluded_headers.get_or_insert_default();
    excluded.push("x-amz-target".into());
    assert_eq!(
        says(&signer.sign(lookup())).await,
        "InvalidSignatureException: 'x-amz-target' must be a 'SignedHeader' in the AWS \
         Authorization."
    );
    let mut signer = Signer::default();
    signer
        .settings
        .excluded_headers
        .get_or_insert_default()
        .push("host".into());
    let says = says(&signer.sign(unsigned("POST", "/", b""))).await;
    assert!(says.contains("'host' must be a 'SignedHeader'"), "{says}");
}

#[tokio::test]
async fn a_payload_that_is_not_signed_or_not_this_one() {
    let signer = Signer::with_stated_hash();
    for body in [
        SignableBody::UnsignedPayload,
        SignableBody::StreamingUnsignedPayloadTrailer,
    ] {
        let request = signer.sign_over(lookup(), body);
        assert_eq!(
            says(&request).await,
            "InvalidSignatureException: The payload must be signed: x-amz-content-sha256 must be \
             the SHA-256 of the body."
        );
    }
    let other = SignableBody::Bytes(b"another body");
    assert_eq!(
        says(&signer.sign_over(lookup(), other)).await,
        "InvalidSignatureException: The value of x-amz-content-sha256 does not match the SHA-256 \
         of the body."
    );
    // Without the header the hash is part of the signature all the same.
    let unstated = Signer::default().sign_over(lookup(), SignableBody::UnsignedPayload);
    assert_eq!(says(&unstated).await, MISMATCH);
}

#[tokio::test]
async fn a_presigned_url() {
    let uri = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00";
    assert!(
        says(&unsigned("GET", uri, b""))
            .await
            .starts_with("IncompleteSignature: Presigned")
    );
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_refusal() {
    struct Down;
    impl AccessKeys for Down {
        async fn access_key(&self, _: &AccessKeyId) -> Result<Option<Credential>, StoreError> {
            Err(StoreError::Throttled {
                table: "control".to_owned(),
                keys: 1,
                attempts: 5,
            })
        }
    }
    impl Tokens for Down {
        async fn token(
            &self,
            _: AccountId,
            _: &TokenId,
        ) -> Result<Option<TokenCredential>, StoreError> {
            unreachable!("the request is signed")
        }
    }
    let error = authenticate(&signed(), now(), &Down, &endpoint())
        .await
        .unwrap_err();
    assert!(
        matches!(error, AuthenticationError::Unavailable(_)),
        "{error}"
    );
    assert!(!error.to_string().contains(SECRET));
}
