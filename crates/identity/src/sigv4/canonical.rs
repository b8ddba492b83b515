//! The canonical request: what the client hashed before it signed.

use std::fmt::Write as _;

use activity_log_gateway::SentPath;
use bytes::Bytes;
use http::{HeaderMap, Request};

use super::Authorization;
use crate::denied::Denied;

/// The canonical requests that `request` may have been signed as, over the headers that are signed: one, but where two paths
/// are one resource.
///
/// A signed header that is not there is a mismatch at once: no client signs one it does not send.
pub(crate) fn canonical_requests(
    request: &Request<Bytes>,
    authorization: &Authorization<'_>,
    payload_hash: &str,
) -> Result<Vec<String>, Denied> {
    // As the client saw it: the stage of a REST API is not in ours.
    let paths = match request.extensions().get::<SentPath>() {
        Some(SentPath { path, or }) => vec![Some(path.as_str()), or.as_deref()],
        None => vec![Some(request.uri().path())],
    };
    let paths = paths.into_iter().flatten();
    let made = paths.map(|path| canonical_request(request, path, authorization, payload_hash));
    made.collect()
}

fn canonical_request(
    request: &Request<Bytes>,
    path: &str,
    authorization: &Authorization<'_>,
    payload_hash: &str,
) -> Result<String, Denied> {
    let mut text = String::with_capacity(1_024);
    text.push_str(request.method().as_str());
    text.push('\n');
    text.push_str(&canonical_path(path));
    text.push('\n');
    text.push_str(&canonical_query(request.uri().query().unwrap_or_default()));
    text.push('\n');
    for name in authorization.signed_headers.split(';') {
        push_header(request.headers(), name, &mut text)?;
    }
    text.push('\n');
    text.push_str(authorization.signed_headers);
    text.push('\n');
    text.push_str(payload_hash);
    Ok(text)
}

/// The path without `.`, `..` and empty segments, and then encoded: once more, as it is encoded
/// already ("each path segment must be URI-encoded twice", for every service but S3).
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut text = String::with_capacity(path.len() + 1);
    for segment in &segments {
        text.push('/');
        encode(segment.bytes(), &mut text);
    }
    let ends_with_slash = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    if segments.is_empty() || ends_with_slash {
        text.push('/');
    }
    text
}

/// The parameters, decoded and encoded anew, sorted by name and value.
fn canonical_query(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (recoded(name), recoded(value))
        })
        .collect();
    parameters.sort();
    let mut text = String::with_capacity(query.len());
    for (i, (name, value)) in parameters.iter().enumerate() {
        let separator = if i == 0 { "" } else { "&" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{name}={value}");
    }
    text
}

/// `name:value`, spaces trimmed and runs of them made one, several of one name joined by commas.
fn push_header(headers: &HeaderMap, name: &str, text: &mut String) -> Result<(), Denied> {
    let mut values = headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        return Err(Denied::Mismatch);
    }
    text.push_str(name);
    for (i, value) in values.enumerate() {
        text.push(if i == 0 { ':' } else { ',' });
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| Denied::Mismatch)?;
        let words = value.split(' ').filter(|word| !word.is_empty());
        for (i, word) in words.enumerate() {
            if i > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    text.push('\n');
    Ok(())
}

fn recoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    encode(Decoded(part.as_bytes()), &mut text);
    text
}

/// Appends the bytes: the unreserved ones of RFC 3986 as they are, the others as `%XX`.
fn encode(bytes: impl IntoIterator<Item = u8>, text: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// The bytes of a query's part with `%XX` and `+` decoded. A `%` without two digits is itself.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, length) = match *self.0 {
            [] => return None,
            [b'+', ..] => (b' ', 1),
            [b'%', high, low, ..] => match (hex_digit(high), hex_digit(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'%', 1),
            },
            [byte, ..] => (byte, 1),
        };
        self.0 = &self.0[length..];
        Some(byte)
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_and_encoded_twice() {
        for (path, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/v1/events", "/v1/events"),
            ("/v1//events/", "/v1/events/"),
            ("/a/./b/../c", "/a/c"),
            ("/a/b/..", "/a/"),
            ("/../../x", "/x"),
            ("/a%20b", "/a%2520b"),
            ("/a+b:c@d", "/a%2Bb%3Ac%40d"),
            ("/%E2%82%AC", "/%25E2%2582%25AC"),
            ("/~x-y_z.w", "/~x-y_z.w"),
        ] {
            assert_eq!(canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn queries_are_sorted_by_name_then_value_and_encoded_once() {
        for (query, canonical) in [
            ("", ""),
            ("b=2&a=1&a=0", "a=0&a=1&b=2"),
            ("a-b=1&a=2", "a=2&a-b=1"),
            ("flag", "flag="),
            ("&&a=&", "a="),
            ("q=a+b%20c%2fd", "q=a%20b%20c%2Fd"),
            ("q=50%&r=%zz", "q=50%25&r=%25zz"),
            ("x=a=b", "x=a%3Db"),
            ("%7Eq=~", "~q=~"),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("my-header", "  a   b  c ".parse().unwrap());
        headers.append("my-header", "d".parse().unwrap());
        let mut text = String::new();
        push_header(&headers, "my-header", &mut text).unwrap();
        assert_eq!(text, "my-header:a b c,d\n");
        assert_eq!(
            push_header(&headers, "other", &mut text),
            Err(Denied::Mismatch)
        );
    }
}
