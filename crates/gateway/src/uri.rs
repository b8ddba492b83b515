//! Path and query as a URI again, whatever the gateway decoded.

use std::fmt::Write as _;

use http::Uri;

/// `path?query`, with every byte that may not stand there percent-encoded.
pub(crate) fn assemble(path: &str, query: &str) -> Result<Uri, http::uri::InvalidUri> {
    let mut text = String::with_capacity(path.len() + query.len() + 1);
    if !path.starts_with('/') {
        text.push('/');
    }
    escape(path, false, &mut text);
    if !query.is_empty() {
        text.push('?');
        escape(query, true, &mut text);
    }
    text.try_into()
}

/// Appends `part`: a byte that can stand in an encoded URI as it is, any other as `%XX`.
fn escape(part: &str, is_query: bool, into: &mut String) {
    let bytes = part.as_bytes();
    for (i, &byte) in bytes.iter().enumerate() {
        let stands = match byte {
            b'%' => is_escape(&bytes[i..]),
            b'?' => is_query,
            b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
            0x21..=0x7e => true,
            _ => false,
        };
        if stands {
            into.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// Whether these bytes start with `%` and two hexadecimal digits.
fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assembled(path: &str, query: &str) -> String {
        assemble(path, query).unwrap().to_string()
    }

    #[test]
    fn an_encoded_path_is_left_alone() {
        assert_eq!(
            assembled(
                "/v1/a%20b;c=d/~x-y_z.,@:!$&'()*+",
                "from=2026-11-20T00%3A00Z&a=b+c"
            ),
            "/v1/a%20b;c=d/~x-y_z.,@:!$&'()*+?from=2026-11-20T00%3A00Z&a=b+c"
        );
    }

    #[test]
    fn a_decoded_path_is_encoded_again_and_never_becomes_a_query() {
        assert_eq!(assembled("/a b/ü", ""), "/a%20b/%C3%BC");
        assert_eq!(assembled("/me?admin=true#x", ""), "/me%3Fadmin=true%23x");
        assert_eq!(assembled("/100%", "q=50%zz"), "/100%25?q=50%25zz");
        assert_eq!(assembled("", ""), "/");
    }

    proptest! {
        #[test]
        fn any_text_makes_a_uri(path in ".{0,64}", query in ".{0,64}") {
            let uri = assemble(&path, &query).unwrap();
            prop_assert_eq!(uri.query().is_some(), !query.is_empty());
        }
    }
}
