//! The `Authorization` header and the date it goes with.

use http::HeaderMap;
use http::header::{AUTHORIZATION, DATE};

use super::{ALGORITHM, AmzDate, TERMINATOR};
use crate::denied::Denied;

/// What a signed request says about its signature.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub access_key_id: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    /// Names, in lower case, separated by `;`.
    pub signed_headers: &'a str,
    pub signature: &'a str,
    pub date: AmzDate,
}

impl<'a> Authorization<'a> {
    /// Reads it from a request's headers and query.
    pub(crate) fn of(headers: &'a HeaderMap, query: &str) -> Result<Self, Denied> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Err(absent(query));
        };
        if values.next().is_some() {
            return Err(incomplete("Only one Authorization header is allowed."));
        }
        let value = value
            .to_str()
            .map_err(|_| incomplete("The Authorization header is not ASCII text."))?
            .trim();
        let (algorithm, parameters) = value.split_once(' ').unwrap_or((value, ""));
        if algorithm != ALGORITHM {
            let text = format!("Unsupported AWS 'algorithm': '{algorithm}'.");
            return Err(Denied::Incomplete(text));
        }
        let parameters = Parameters::parse(parameters)?;
        parameters.complete(date(headers)?)
    }

    /// Whether the signature covers a header.
    pub(crate) fn signs(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name == header)
    }
}

/// The header's parameters; the last of a name counts, as with AWS.
#[derive(Default)]
struct Parameters<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn parse(text: &'a str) -> Result<Self, Denied> {
        let mut parameters = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let Some((name, value)) = part.split_once('=') else {
                // AWS prints the whole header here; it holds a signature.
                let text = format!(
                    "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header"
                );
                return Err(Denied::Incomplete(text));
            };
            match name {
                "Credential" => parameters.credential = Some(value),
                "SignedHeaders" => parameters.signed_headers = Some(value),
                "Signature" => parameters.signature = Some(value),
                _ => {}
            }
        }
        Ok(parameters)
    }

    fn complete(&self, date: Option<AmzDate>) -> Result<Authorization<'a>, Denied> {
        let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
            (self.credential, self.signature, self.signed_headers, date)
        else {
            return Err(self.what_is_missing(date));
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, day, region, service, terminator] = scope[..] else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term.",
            ));
        };
        if terminator != TERMINATOR {
            return Err(Denied::BadScope(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not \
                 '{terminator}'."
            )));
        }
        if day != date.day() {
            return Err(Denied::BadScope(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{day}' != '{}', from '{date}'.",
                date.day()
            )));
        }
        Ok(Authorization {
            access_key_id,
            region,
            service,
            signed_headers,
            signature,
            date,
        })
    }

    fn what_is_missing(&self, date: Option<AmzDate>) -> Denied {
        let missing = |there: bool, parameter: &str| {
            (!there).then(|| format!("Authorization header requires '{parameter}' parameter. "))
        };
        let mut text: String = [
            missing(self.credential.is_some(), "Credential"),
            missing(self.signature.is_some(), "Signature"),
            missing(self.signed_headers.is_some(), "SignedHeaders"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if date.is_none() {
            text.push_str(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header. ",
            );
        }
        Denied::Incomplete(text.trim_end().to_owned())
    }
}

/// `X-Amz-Date`, else `Date`.
fn date(headers: &HeaderMap) -> Result<Option<AmzDate>, Denied> {
    let Some(value) = headers.get("x-amz-date").or_else(|| headers.get(DATE)) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    match AmzDate::parse(text) {
        Some(date) => Ok(Some(date)),
        None => Err(Denied::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{text}'. See \
             http://en.wikipedia.org/wiki/ISO_8601"
        ))),
    }
}

fn absent(query: &str) -> Denied {
    let is_presigned = query
        .split('&')
        .any(|part| part.starts_with("X-Amz-Algorithm=") || part.starts_with("X-Amz-Signature="));
    if is_presigned {
        incomplete(
            "Presigned URLs are not supported here: send the signature in the Authorization header.",
        )
    } else {
        Denied::MissingToken
    }
}

fn incomplete(text: &str) -> Denied {
    Denied::Incomplete(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "AKIDEXAMPLE/20261120/eu-central-1/cloudtrail/aws4_request";

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([
            (AUTHORIZATION, authorization.parse().unwrap()),
            (
                "x-amz-date".parse().unwrap(),
                "20261120T120000Z".parse().unwrap(),
            ),
        ])
    }

    fn denied(authorization: &str) -> String {
        let denied = Authorization::of(&headers(authorization), "").unwrap_err();
        format!("{}: {denied}", denied.code())
    }

    #[test]
    fn a_complete_header_is_read_with_or_without_spaces() {
        for separator in [", ", ","] {
            let text = format!(
                "AWS4-HMAC-SHA256 Credential={SCOPE}{separator}SignedHeaders=host;x-amz-date\
                 {separator}Signature=0a"
            );
            let headers = headers(&text);
            let authorization = Authorization::of(&headers, "").unwrap();
            assert_eq!(authorization.access_key_id, "AKIDEXAMPLE");
            assert_eq!(authorization.region, "eu-central-1");
            assert_eq!(authorization.service, "cloudtrail");
            assert_eq!(authorization.signature, "0a");
            assert!(authorization.signs("host") && !authorization.signs("hos"));
        }
    }

    #[test]
    fn nothing_at_all_is_a_missing_token_and_a_presigned_url_is_named() {
        let none = HeaderMap::new();
        assert_eq!(Authorization::of(&none, "a=b"), Err(Denied::MissingToken));
        let denied = Authorization::of(&none, "X-Amz-Algorithm=AWS4-HMAC-SHA256").unwrap_err();
        assert_eq!(denied.code(), "IncompleteSignature");
        assert!(denied.to_string().starts_with("Presigned URLs"), "{denied}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            denied("AWS4-HMAC-SHA256"),
            "IncompleteSignature: Authorization header requires 'Credential' parameter. \
             Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter."
        );
        assert_eq!(
            denied("Bearer abc"),
            "IncompleteSignature: Unsupported AWS 'algorithm': 'Bearer'."
        );
        assert_eq!(
            denied("AWS4-HMAC-SHA256 nonsense"),
            "IncompleteSignature: 'nonsense' not a valid key=value pair (missing equal-sign) in \
             Authorization header"
        );
        assert!(
            denied("AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=0")
                .contains("exactly 5 slash-delimited elements")
        );
    }

    #[test]
    fn a_scope_of_another_day_or_end_is_refused() {
        let of = |scope: &str| {
            denied(&format!(
                "AWS4-HMAC-SHA256 Credential={scope},SignedHeaders=host,Signature=0"
            ))
        };
        assert_eq!(
            of(&SCOPE.replace("20261120", "20261121")),
            "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from \
             ISO-8601 version of date from HTTP: '20261121' != '20261120', from \
             '20261120T120000Z'."
        );
        assert!(of(&SCOPE.replace("aws4_request", "x")).contains("valid terminator"));
    }

    #[test]
    fn two_authorization_headers_are_refused() {
        let mut headers = headers("AWS4-HMAC-SHA256 Credential=x");
        headers.append(
            AUTHORIZATION,
            "AWS4-HMAC-SHA256 Credential=y".parse().unwrap(),
        );
        let denied = Authorization::of(&headers, "").unwrap_err();
        assert_eq!(
            denied.to_string(),
            "Only one Authorization header is allowed."
        );
    }
}
