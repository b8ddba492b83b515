//! A user of the emulator's IAM, whose key a trail's creator has: the bucket asks who writes.

use std::fmt::Write as _;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::http::read;

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

/// The key id and the secret of a new user who may do everything with buckets.
pub async fn user(endpoint: &str, name: &str) -> (String, String) {
    ask(endpoint, &format!("Action=CreateUser&UserName={name}")).await;
    let mut policy = String::new();
    for byte in POLICY.bytes() {
        let _ = write!(policy, "%{byte:02X}");
    }
    let put = format!("Action=PutUserPolicy&UserName={name}&PolicyName=s3&PolicyDocument={policy}");
    ask(endpoint, &put).await;
    let made = ask(endpoint, &format!("Action=CreateAccessKey&UserName={name}")).await;
    let element = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).expect(name);
        rest.split_once('<').unwrap().0.to_owned()
    };
    (element("AccessKeyId"), element("SecretAccessKey"))
}

/// The emulator checks no signature of its root's key.
async fn ask(endpoint: &str, query: &str) -> String {
    let host = endpoint.trim_start_matches("http://");
    let body = format!("{query}&Version=2010-05-08");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, \
         SignedHeaders=host, Signature=00\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = read(&mut stream).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(answer.first.contains(" 200"), "{} {text}", answer.first);
    text
}
