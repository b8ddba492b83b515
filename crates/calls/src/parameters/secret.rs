//! What is a secret, told by its name or by its look.

/// What stands for a secret: AWS's words.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// What names of secrets contain, in lower case and without what is no letter or digit.
const NAMES: [&str; 16] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "credential",
    "authorization",
    "bearer",
    "signature",
    "privatekey",
    "signingkey",
    "apikey",
    "cookie",
    "salt",
    "pepper",
    "hmac",
];

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

/// Whether a member of this name holds a secret. An access key's id is none.
pub fn is_secret(name: &str) -> bool {
    let name = plain(name);
    let is_key = name.contains("accesskey") && !name.contains("accesskeyid");
    is_key || NAMES.iter().any(|part| name.contains(part))
}

/// Whether a text is a secret, or a link that opens something.
pub fn looks_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.trim_start().starts_with("bearer ") || LOOKS.iter().any(|part| text.contains(part))
}

fn plain(name: &str) -> String {
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
            "p\u{200b}assword",
            "X-Auth-Token",
            "NextToken",
            "Credentials",
            "X-Amz-Credential",
            "AUTHORIZATION",
            "X-Amz-Signature",
            "private key",
            "Api-Key",
            "Set-Cookie",
            "ПарольToken",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "accessKeyId",
            "AccessKeyIds",
            "AttributeKey",
            "AttributeValue",
            "KmsKeyId",
            "S3KeyPrefix",
            "Author",
            "marker",
            "pass",
            "reportId",
            "sign",
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
