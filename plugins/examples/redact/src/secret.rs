//! Secrets in texts: access keys by their form, and values that a secret's name stands before.

use activity_log_secrets::is_secret;

/// What stands for a secret.
pub const HIDDEN: &str = "***";
/// How access keys begin: of users, of sessions, of services.
const KEYS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];
const KEY_CHARS: usize = 20;

/// The text, with every access key in it cut down to its kind.
pub fn without_keys(text: &str) -> String {
    if text.len() < KEY_CHARS {
        return text.to_owned();
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some((at, end)) = key(rest) {
        result.push_str(&rest[..at + 4]);
        result.push_str(HIDDEN);
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}

/// Where the first access key is.
fn key(text: &str) -> Option<(usize, usize)> {
    let found = KEYS.iter().flat_map(|kind| text.match_indices(kind));
    let keys = found.filter_map(|(at, _)| {
        let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let rest = &text.as_bytes()[at..];
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        (length >= KEY_CHARS).then_some((at, at + length))
    });
    keys.min()
}

/// The text, with what stands behind `password=` hidden, and so for every secret's name: forms, queries, command lines.
pub fn without_pairs(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(sign) = rest.find('=') {
        let (before, behind) = rest.split_at(sign + 1);
        result.push_str(before);
        rest = behind;
        let name = &before[..sign];
        let is_name = |char: char| char.is_alphanumeric() || "_-.".contains(char);
        let from = name.trim_end_matches(is_name).len();
        if is_secret(&name[from..]) {
            let ends = |char: char| char.is_whitespace() || "&;,\"'\\<>()[]{}".contains(char);
            let length = rest.find(ends).unwrap_or(rest.len());
            // `token==`: a name in Base64, and no value.
            if !rest[..length].trim_matches('=').is_empty() {
                result.push_str(HIDDEN);
                rest = &rest[length..];
            }
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_form() {
        assert_eq!(without_keys("a AKIAIOSFODNN7EXAMPLE/x"), "a AKIA***/x");
        assert_eq!(without_keys("ASIAIOSFODNN7EXAMPLE"), "ASIA***");
        assert_eq!(
            without_keys("keyAKIAIOSFODNN7EXAMPLEs,ASIAIOSFODNN7EXAMPLE"),
            "keyAKIA***s,ASIA***"
        );
        assert_eq!(
            without_keys("AKIAIOSFODNN7EXAMPL AKIAs é"),
            "AKIAIOSFODNN7EXAMPL AKIAs é"
        );
    }

    #[test]
    fn values_are_hidden_behind_their_names() {
        for (text, expected) in [
            ("user=a&password=b&x=c", "user=a&password=***&x=c"),
            ("run --db-pwd=b c", "run --db-pwd=*** c"),
            ("/v3/x?apiKey=b", "/v3/x?apiKey=***"),
            (
                "{\\\"q\\\":\\\"token=b\\\"}",
                "{\\\"q\\\":\\\"token=***\\\"}",
            ),
            ("Server=a;Password=b=c;", "Server=a;Password=***;"),
            ("tokens== a=b", "tokens== a=b"),
            ("secretArn=arn:a", "secretArn=arn:a"),
            ("=", "="),
        ] {
            assert_eq!(without_pairs(text), expected);
        }
    }
}
