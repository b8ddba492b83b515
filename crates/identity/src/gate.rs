//! The door of an API: who calls, and is it too much.

use std::sync::Arc;

use activity_log_control::{AccessKeys, Admitted, Rate, Rates, Throttle, Tokens};
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use bytes::Bytes;
use http::Request;

use crate::authenticate::{AuthenticationError, authenticate};
use crate::denied::Denied;
use crate::endpoint::Endpoint;
use crate::principal::Principal;

/// Lets requests in.
pub trait Admit: Send + Sync {
    /// The principal who sent the request, if the account may send one more in this second.
    fn admit(
        &self,
        request: &Request<Bytes>,
        now: Instant,
    ) -> impl Future<Output = Result<Principal, AuthenticationError>> + Send;
}

/// Authenticates, and counts against a limit of the caller's account.
#[derive(Debug)]
pub struct Gate<D, R> {
    directory: D,
    endpoint: Endpoint,
    throttle: Throttle<R>,
    rate: Rate,
}

impl<D, R: Rates> Gate<D, R> {
    /// At `endpoint`, for callers in `directory`, whose requests count as `rate` does in `rates`.
    pub fn new(endpoint: Endpoint, directory: D, rates: R, rate: Rate) -> Self {
        Self {
            directory,
            endpoint,
            throttle: Throttle::new(rates),
            rate,
        }
    }
}

impl<D: AccessKeys + Tokens, R: Rates> Admit for Gate<D, R> {
    async fn admit(
        &self,
        request: &Request<Bytes>,
        now: Instant,
    ) -> Result<Principal, AuthenticationError> {
        let principal = authenticate(request, now, &self.directory, &self.endpoint).await?;
        let admitted = self.throttle.admit(&principal.account, self.rate, now);
        match admitted.await {
            Admitted::Yes => Ok(principal),
            Admitted::Throttled => Err(AuthenticationError::Denied {
                denied: Denied::Throttled,
                claimed: Some(Box::new(principal)),
            }),
            Admitted::Unknown(error) => {
                // To be reachable goes before the limit.
                tracing::warn!(cause = chain(&error), "a request could not be counted");
                Ok(principal)
            }
        }
    }
}

impl<T: Admit> Admit for Arc<T> {
    async fn admit(
        &self,
        request: &Request<Bytes>,
        now: Instant,
    ) -> Result<Principal, AuthenticationError> {
        T::admit(self, request, now).await
    }
}
