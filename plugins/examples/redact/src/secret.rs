//! Secrets: by the name of the field they stand in, and access keys by their form.

/// What stands for a secret.
pub const HIDDEN: &str = "***";
/// What names of secret fields hold, in any case.
const NAMES: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "privatekey",
    "plaintext",
    "authorization",
    "signature",
];
/// But not these: they say where a secret is, or what it is for.
const HARMLESS: [&str; 4] = ["arn", "id", "name", "type"];
/// How access keys begin: of users, of sessions, of services.
const KEYS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];
const KEY_CHARS: usize = 20;

/// Whether a field of this name holds a secret: `masterUserPassword`, not `secretArn`.
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|char| char.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    NAMES.iter().any(|secret| plain.contains(secret))
        && !HARMLESS.iter().any(|end| plain.ends_with(end))
}

/// The text, with every access key in it cut down to its kind.
pub fn without_keys(text: &str) -> String {
    if !KEYS.iter().any(|kind| text.contains(kind)) {
        return text.to_owned();
    }
    let words = text.split_inclusive(|char: char| !char.is_ascii_alphanumeric());
    words.map(without_key).collect()
}

/// A word, with what ended it.
fn without_key(word: &str) -> String {
    let bare = word.trim_end_matches(|char: char| !char.is_ascii_alphanumeric());
    let is_key = bare.len() == KEY_CHARS
        && KEYS.iter().any(|kind| bare.starts_with(kind))
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_key {
        format!("{}{HIDDEN}{}", &bare[..4], &word[bare.len()..])
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets() {
        for name in [
            "masterUserPassword",
            "SecretString",
            "session_token",
            "X-Amz-Security-Token",
            "privateKey",
            "Plaintext",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "secretArn",
            "secretId",
            "passwordPolicyName",
            "tokenType",
            "keyName",
            "bucketName",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn keys_are_told_by_their_form() {
        assert_eq!(without_keys("a AKIAIOSFODNN7EXAMPLE/x"), "a AKIA***/x");
        assert_eq!(without_keys("ASIAIOSFODNN7EXAMPLE"), "ASIA***");
        assert_eq!(
            without_keys("AKIAIOSFODNN7EXAMPL AKIAs é"),
            "AKIAIOSFODNN7EXAMPL AKIAs é"
        );
    }
}
