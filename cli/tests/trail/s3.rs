//! An S3 for one test: lists keys in pages of five, and its objects are no gzip files.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

/// What the key of an object begins with that is listed without it, and is not there.
pub const GONE: &str = "gone:";

/// What the key of an object begins with that is listed without it, and is not given out.
pub const FROZEN: &str = "frozen:";

/// Keys of a page.
const PAGE: usize = 5;

pub struct S3 {
    address: String,
}

impl S3 {
    /// It goes on until the test's process ends.
    pub fn start(keys: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &keys);
            }
        });
        Self { address }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(stream: &TcpStream, keys: &[String]) {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let first = lines.next().unwrap_or_default();
    let _headers = lines.take_while(|line| !line.is_empty()).count();
    let uri = first.split(' ').nth(1).unwrap_or_default();
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let (status, body) = if path.trim_end_matches('/') == "/logs" {
        (200, list(keys, query))
    } else {
        object(keys, path)
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

fn object(keys: &[String], path: &str) -> (u16, String) {
    let is = |mark: &str| {
        let mut marked = keys.iter().filter_map(|key| key.strip_prefix(mark));
        marked.any(|key| path.ends_with(key))
    };
    let error =
        |code, message| format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    if is(GONE) {
        return (404, error("NoSuchKey", "gone"));
    }
    if is(FROZEN) {
        return (403, error("InvalidObjectState", "in&#10;Glacier"));
    }
    (200, "this is no gzip file".to_owned())
}

fn list(keys: &[String], query: &str) -> String {
    let of = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut pairs = pairs.filter(|(key, _)| *key == name);
        let value = pairs.next().map_or("", |(_, value)| value);
        value.replace("%2F", "/").replace("%3A", ":")
    };
    let (prefix, after) = (of("prefix"), of("start-after"));
    let from: usize = of("continuation-token").parse().unwrap_or(0);
    let mut found: Vec<&str> = keys
        .iter()
        .map(|key| key.strip_prefix(GONE).unwrap_or(key))
        .map(|key| key.strip_prefix(FROZEN).unwrap_or(key))
        .filter(|key| key.starts_with(&prefix) && **key > *after)
        .collect();
    found.sort_unstable();
    let mut contents = String::new();
    for key in found.iter().skip(from).take(PAGE) {
        let key = key.replace('&', "&amp;").replace('\n', "&#10;");
        contents.extend(["<Contents><Key>", &key, "</Key></Contents>"]);
    }
    let next = from + PAGE;
    let token = if next < found.len() {
        format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>"
        )
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    format!("<ListBucketResult>{token}{contents}</ListBucketResult>")
}
