//! What is signed right is accepted, and gives the right principal.

use activity_log_control::Permission;

use crate::signer::{Signer, account_id, check, key_id, lookup, now, unsigned, user};

#[tokio::test]
async fn a_signed_lookup_gives_the_principal() {
    let principal = check(&Signer::default().sign(lookup())).await.unwrap();
    assert_eq!(principal.account_id(), account_id());
    assert_eq!(principal.account.retention_days(30), 90);
    assert_eq!(principal.user, user());
    assert_eq!(principal.access_key_id(), Some(&key_id()));
    assert!(principal.grants.allow(Permission::Administrator));
    assert!(!principal.grants.allow(Permission::Producer));
    assert_eq!(principal.arn(), "arn:aws:iam::111122223333:user/alice");
}

#[tokio::test]
async fn a_stated_hash_is_fine() {
    let request = Signer::with_stated_hash().sign(lookup());
    assert!(request.headers().contains_key("x-amz-content-sha256"));
    assert!(check(&request).await.is_ok());
}

#[tokio::test]
async fn every_host_of_ours_is_fine_in_any_case_and_with_the_port_of_https() {
    for host in [
        "log.example.com",
        "LOG.example.com",
        "log.example.com:443",
        "abc.execute-api.eu-central-1.amazonaws.com",
    ] {
        let mut request = lookup();
        request.headers_mut().insert("host", host.parse().unwrap());
        let request = Signer::default().sign(request);
        assert!(check(&request).await.is_ok(), "{host}");
    }
}

#[tokio::test]
async fn odd_paths_and_queries_are_fine() {
    for uri in [
        "/",
        "/v1/events",
        "/v1/p%20q/logs?from=2026-11-20T00%3A00%3A00Z&to=&limit=100",
        "/v1/%E2%82%AC/logs?q=%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82",
        "/a//b/../c/./d/?b=2&a=1&a=0&flag",
        "/a+b;c=d,e@f!$&'()*~?x=+&y=%2B&z=a=b=c",
        "/%41%2f%2F%zz?%zz=%",
    ] {
        for body in [&b""[..], b"{}"] {
            let request = Signer::default().sign(unsigned("GET", uri, body));
            assert!(check(&request).await.is_ok(), "{uri}");
        }
    }
}

#[tokio::test]
async fn repeated_and_spaced_headers_are_fine() {
    let mut request = lookup();
    for value in ["b", "a", "  two   words  ", "", "a,b"] {
        let value = value.parse().unwrap();
        request.headers_mut().append("x-amz-meta-odd", value);
    }
    assert!(check(&Signer::default().sign(request)).await.is_ok());
}

/// As API Gateway gives them.
#[tokio::test]
async fn repeated_headers_may_arrive_as_one() {
    let mut request = lookup();
    for value in ["b", "two   words", "a"] {
        let value = value.parse().unwrap();
        request.headers_mut().append("x-amz-meta-odd", value);
    }
    let mut request = Signer::default().sign(request);
    let joined = "b,two   words,a".parse().unwrap();
    request.headers_mut().insert("x-amz-meta-odd", joined);
    assert!(check(&request).await.is_ok());
}

#[tokio::test]
async fn what_a_proxy_adds_unsigned_is_fine() {
    let mut request = Signer::default().sign(lookup());
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-amzn-trace-id", "Root=1-2"),
        ("x-amz-cf-id", "cloudfront"),
        ("user-agent", "aws-cli/2"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert!(check(&request).await.is_ok());
}

#[tokio::test]
async fn a_clock_off_by_five_minutes_is_fine() {
    for seconds in [-300, 300] {
        let signer = Signer {
            at: now().plus_millis(seconds * 1_000),
            ..Signer::default()
        };
        assert!(check(&signer.sign(lookup())).await.is_ok(), "{seconds}");
    }
}
