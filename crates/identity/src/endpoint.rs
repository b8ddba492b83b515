//! Where this service is: what a signature must have been made for.
//!
//! A key is good for one stack; the same key may be imported into another, or belong to the storage too
//! (`alog key create --import`). What was signed for there is not good here.

use http::HeaderMap;
use http::header::HOST;

use crate::denied::Denied;

/// The service as its clients address it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    region: String,
    /// in lower case, with a port where it is not HTTPS's own
    hosts: Vec<String>,
}

impl Endpoint {
    /// In this region, at these hosts: `abc.execute-api.us-east-1.amazonaws.com`, `log.example.com`, `127.0.0.1:8080`.
    pub fn new(
        region: impl Into<String>,
        hosts: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        Self {
            region: region.into(),
            hosts: hosts
                .into_iter()
                .map(|host| normalized(host.as_ref()))
                .collect(),
        }
    }

    /// Refuses a credential that is scoped to another region.
    pub(crate) fn expect_region(&self, signed: &str) -> Result<(), Denied> {
        if signed == self.region {
            return Ok(());
        }
        // AWS's words, up to the region it does not tell.
        Err(Denied::BadScope(format!(
            "Credential should be scoped to a valid region, not '{signed}': this is '{}'.",
            self.region
        )))
    }

    /// Refuses a request that was sent to another host, or to none or several. The header must be signed: that is checked elsewhere.
    pub(crate) fn expect_host(&self, headers: &HeaderMap) -> Result<(), Denied> {
        let mut sent = headers.get_all(HOST).iter();
        let (Some(host), None) = (sent.next(), sent.next()) else {
            return Err(Denied::Mismatch);
        };
        let host = host.to_str().unwrap_or_default();
        if self.hosts.contains(&normalized(host)) {
            return Ok(());
        }
        Err(Denied::BadScope(format!(
            "The request is signed for the host '{host}', where this service is not: it is at the API's own domain, \
             and at those of the stack's parameter CustomDomain."
        )))
    }
}

/// Names do not tell case apart, and some clients name the port that goes without saying.
fn normalized(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    host.strip_suffix(":443").map(str::to_owned).unwrap_or(host)
}
