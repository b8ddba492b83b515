//! Whatever the SDK signs is accepted; whatever changes on the way is not.

use std::sync::LazyLock;

use activity_log_control::memory::InMemory;
use activity_log_identity::Denied;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::signer::{Signer, check_with, control, unsigned};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
});
static CONTROL: LazyLock<InMemory> = LazyLock::new(|| RUNTIME.block_on(control()));

fn verdict(request: &Request<Bytes>) -> Result<(), Denied> {
    RUNTIME.block_on(check_with(&CONTROL, request)).map(|_| ())
}

/// Text as it may stand in a URI: plain, escaped, and escaped where it need not be.
fn encoded() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(
        "abcXYZ019-._~!$&'()*,;:@"
            .chars()
            .map(String::from)
            .collect::<Vec<_>>(),
    );
    let escape = any::<char>().prop_map(|character| {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).bytes();
        let escapes: Vec<String> = bytes.map(|byte| format!("%{byte:02X}")).collect();
        escapes.concat()
    });
    let lower = (0x20_u8..0x7f).prop_map(|byte| format!("%{byte:02x}"));
    let odd = prop::sample::select(vec!["+".to_owned(), ".".to_owned(), "..".to_owned()]);
    vec(
        prop_oneof![4 => plain, 2 => escape, 1 => lower, 1 => odd],
        0..6,
    )
    .prop_map(|parts| parts.concat())
}

fn path() -> impl Strategy<Value = String> {
    vec(encoded(), 1..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn query() -> impl Strategy<Value = String> {
    let parameter = (encoded(), prop::option::of(encoded())).prop_map(|(name, value)| {
        let name = name.replace('&', "");
        match value {
            Some(value) => format!("{name}={}", value.replace('&', "")),
            None => name,
        }
    });
    vec(parameter, 0..5).prop_map(|parameters| parameters.join("&"))
}

fn headers() -> impl Strategy<Value = Vec<(HeaderName, HeaderValue)>> {
    // Few names, so that some come twice.
    let name = prop::sample::select(vec!["x-amz-meta-a", "x-one", "accept", "x-two"]);
    let value = "[ !-~é€]{0,12}";
    vec((name, value), 0..6).prop_map(|headers| {
        headers
            .into_iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                // As a server reads it: without the spaces around.
                let value = HeaderValue::from_bytes(value.trim().as_bytes()).unwrap();
                (name, value)
            })
            .collect()
    })
}

prop_compose! {
    fn request()(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE"]),
        path in path(),
        query in query(),
        headers in headers(),
        body in vec(any::<u8>(), 0..64),
    ) -> Request<Bytes> {
        let separator = if query.is_empty() { "" } else { "?" };
        let mut request = unsigned(method, &format!("{path}{separator}{query}"), &body);
        for (name, value) in headers {
            request.headers_mut().append(name, value);
        }
        request
    }
}

fn signer(states_hash: bool) -> Signer {
    if states_hash {
        Signer::with_stated_hash()
    } else {
        Signer::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_the_sdk_signs_is_accepted(request in request(), states_hash in any::<bool>()) {
        let signed = signer(states_hash).sign(request);
        prop_assert_eq!(verdict(&signed), Ok(()));
    }

    #[test]
    fn a_changed_body_is_refused(
        request in request(),
        states_hash in any::<bool>(),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut signed = signer(states_hash).sign(request);
        let mut body = signed.body().to_vec();
        body.push(0);
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        *signed.body_mut() = body.into();
        prop_assert!(verdict(&signed).is_err());
    }

    #[test]
    fn a_changed_header_is_refused(request in request(), at in any::<prop::sample::Index>()) {
        let mut signed = Signer::default().sign(request);
        let covered = signed.headers().keys().filter(|name| *name != "authorization");
        let covered: Vec<HeaderName> = covered.cloned().collect();
        let name = &covered[at.index(covered.len())];
        let mut value = signed.headers()[name].as_bytes().to_vec();
        value.push(b'x');
        signed.headers_mut().insert(name, HeaderValue::from_bytes(&value).unwrap());
        prop_assert!(verdict(&signed).is_err());
    }

    #[test]
    fn a_longer_path_or_query_is_refused(request in request(), in_query in any::<bool>()) {
        let mut signed = Signer::default().sign(request);
        let uri = signed.uri().to_string();
        let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
        let changed = if in_query {
            format!("{path}?{query}&z=1")
        } else {
            format!("{path}/z?{query}")
        };
        *signed.uri_mut() = changed.parse().unwrap();
        prop_assert_eq!(verdict(&signed), Err(Denied::Mismatch));
    }

    #[test]
    fn a_changed_signature_is_refused(request in request(), digit in 0_usize..64) {
        let mut signed = Signer::default().sign(request);
        let mut value = signed.headers()["authorization"].to_str().unwrap().to_owned().into_bytes();
        let at = value.len() - 1 - digit;
        value[at] = if value[at] == b'0' { b'1' } else { b'0' };
        signed.headers_mut().insert("authorization", HeaderValue::from_bytes(&value).unwrap());
        prop_assert_eq!(verdict(&signed), Err(Denied::Mismatch));
    }

    #[test]
    fn any_authorization_header_gets_an_answer(text in ".{0,80}", query in query()) {
        let mut request = unsigned("POST", "/", b"");
        *request.uri_mut() = format!("/?{query}").parse().unwrap();
        let value = HeaderValue::from_bytes(format!("AWS4-HMAC-SHA256 {text}").as_bytes());
        if let Ok(value) = value {
            request.headers_mut().insert("authorization", value);
        }
        prop_assert!(verdict(&request).is_err());
    }
}
