//! `X-Amz-Target`: which operation a request asks for.

use http::HeaderMap;

use crate::error::{ApiError, Code, quoted};
use crate::model;

/// The header that names the operation.
pub const HEADER: &str = "x-amz-target";

/// The namespaces clients send: botocore and the SDKs the long one, older tools and K2's the short one.
const PREFIXES: [&str; 2] = [
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.",
    "CloudTrail_20131101.",
];

/// The operation's name, as the model spells it.
pub fn operation(headers: &HeaderMap) -> Result<&'static str, ApiError> {
    let unknown = |message: String| ApiError::new(Code::UNKNOWN_OPERATION, message);
    let Some(target) = headers.get(HEADER) else {
        return Err(unknown(
            "The X-Amz-Target header is missing; it names the operation, as in CloudTrail_20131101.LookupEvents"
                .to_owned(),
        ));
    };
    let target = target.to_str().unwrap_or("");
    PREFIXES
        .iter()
        .find_map(|prefix| target.strip_prefix(prefix))
        .and_then(model::find)
        .ok_or_else(|| {
            unknown(format!(
                "X-Amz-Target {} is not an operation of CloudTrail",
                quoted(target)
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(target: &str) -> Result<&'static str, String> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, target.parse().unwrap());
        operation(&headers).map_err(|error| error.to_string())
    }

    #[test]
    fn both_namespaces_name_an_operation() {
        for prefix in PREFIXES {
            assert_eq!(named(&format!("{prefix}CreateTrail")), Ok("CreateTrail"));
        }
    }

    #[test]
    fn anything_else_is_unknown() {
        assert_eq!(
            named("CloudTrail_20131101.Nonsense"),
            Err(
                "UnknownOperationException: X-Amz-Target 'CloudTrail_20131101.Nonsense' is not an operation of CloudTrail"
                    .to_owned()
            )
        );
        for other in ["LookupEvents", "DynamoDB_20120810.LookupEvents", ""] {
            assert!(named(other).is_err(), "{other}");
        }
        assert!(operation(&HeaderMap::new()).is_err());
    }
}
