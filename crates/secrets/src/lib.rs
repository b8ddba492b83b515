//! What is a secret, told by its name or by its look: one list for the log of calls (`activity-log-calls`) and for the
//! filter `redact`, so that what one of them hides the other does not show.
//!
//! Names are compared in lower case and without what is no letter or digit: `apiKey`, `API_KEY` and `x-api-key` are one.

/// What names of secrets contain.
const NAMES: [&str; 21] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "credential",
    "authorization",
    "bearer",
    "signature",
    "privatekey",
    "signingkey",
    "sshkey",
    "accesskey",
    "apikey",
    "cookie",
    "salt",
    "pepper",
    "hmac",
    // What KMS decrypts.
    "plaintext",
    // Scripts that a machine begins with, which people write keys into.
    "userdata",
];

/// What names of secrets end in: OpenStack's `adminPass`.
const ENDS: [&str; 1] = ["pass"];

/// Words that end so and are none.
const NO_PASSES: [&str; 3] = ["bypass", "compass", "trespass"];

/// What ends a name that tells where a secret is, or what it is for: `secretArn`, `accessKeyId`, `tokenType`. Other ids
/// (`tokenId`) may be the secret.
const HARMLESS: [&str; 10] = [
    "arn",
    "arns",
    "name",
    "names",
    "type",
    "types",
    "keyid",
    "keyids",
    "credentialid",
    "credentialids",
];

/// Secrets Manager's name for a secret.
const SECRET_ID: &str = "secretid";

/// What texts that are secrets contain, in lower case: signed URLs of S3 (decoded or not, and of its older kind),
/// headers of signed and of authorized requests, private keys.
const LOOKS: [&str; 8] = [
    "x-amz-signature=",
    "x-amz-signature%3d",
    "x-amz-security-token=",
    "x-amz-security-token%3d",
    "&signature=",
    "?signature=",
    "aws4-hmac-sha256 credential=",
    "private key-----",
];

/// What a token stands behind in a header.
const BEARER: &[u8] = b"bearer ";

/// Whether a member of this name holds a secret, or one of this path (`user.password`, `credentials.id`). An access
/// key's id is none.
///
/// ```
/// use activity_log_secrets::is_secret;
/// assert!(is_secret("apiKey") && is_secret("DB_PWD") && is_secret("credentials.id"));
/// assert!(!is_secret("accessKeyId") && !is_secret("secretArn"));
/// ```
pub fn is_secret(name: &str) -> bool {
    let is_path = name.contains('.');
    is_plain_secret(&plain(name))
        || (is_path && name.split('.').any(|part| is_plain_secret(&plain(part))))
}

fn is_plain_secret(name: &str) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&HARMLESS) || name == SECRET_ID {
        return false;
    }
    NAMES.iter().any(|part| name.contains(part)) || (ends(&ENDS) && !ends(&NO_PASSES))
}

/// Whether a text is a secret, or a link that opens something.
pub fn looks_secret(text: &str) -> bool {
    let start = text.trim_start().as_bytes();
    if start.len() > BEARER.len() && start[..BEARER.len()].eq_ignore_ascii_case(BEARER) {
        return true;
    }
    // Nearly all texts have none of these signs, one of which is in each look.
    if !text.contains(['=', '%']) && !text.contains("-----") {
        return false;
    }
    let text = text.to_ascii_lowercase();
    LOOKS.iter().any(|part| text.contains(part))
}

/// A name in lower case, its letters and digits only.
///
/// ```
/// assert_eq!(activity_log_secrets::plain("Parameter-Key_2"), "parameterkey2");
/// ```
pub fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_by_its_name() {
        for name in [
            "secret",
            "SecretAccessKey",
            "aws_secret_access_key",
            "accessKey",
            "Pass-Word",
            "user.password",
            "password.id",
            "p\u{200b}assword",
            "X-Auth-Token",
            "NextToken",
            "tokenId",
            "clientSecretId",
            "Credentials",
            "X-Amz-Credential",
            "AUTHORIZATION",
            "X-Amz-Signature",
            "private key",
            "sshKey",
            "Api-Key",
            "apiKey",
            "x-api-key",
            "APIKEY",
            "pwd",
            "DB_PWD",
            "masterUserPassword",
            "adminPass",
            "pass",
            "Plaintext",
            "user_data",
            "Set-Cookie",
            "ПарольToken",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "accessKeyId",
            "AccessKeyIds",
            "apiKeyId",
            "secretArn",
            "secretId",
            "passwordPolicyName",
            "tokenType",
            "AttributeKey",
            "AttributeValue",
            "KmsKeyId",
            "keyName",
            "sshKeyName",
            "SSHPublicKeyBody",
            "S3KeyPrefix",
            "Author",
            "marker",
            "passed",
            "bypass",
            "reportId",
            "sign",
            "requestParameters.keyName",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_told_by_its_look() {
        for text in [
            "https://b.s3.test/k?X-Amz-Date=1&X-Amz-Signature=ab",
            "see x-amz-signature=ab",
            "https%3A%2F%2Fb%3FX-Amz-Signature%3Dab",
            "https://b.s3.test/k?AWSAccessKeyId=A&Signature=ab",
            "AWS4-HMAC-SHA256 Credential=AKIA/20261120/eu/cloudtrail/aws4_request",
            " Bearer abc",
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
        ] {
            assert!(looks_secret(text), "{text}");
        }
        for text in [
            "",
            "https://b.s3.test/k?versionId=1",
            "bearers",
            "signature",
        ] {
            assert!(!looks_secret(text), "{text}");
        }
    }
}
