//! Where records of calls go.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use activity_log_core::account::AccountId;
use activity_log_core::origin::Origin;

/// What lies behind an error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A record was not taken. The call it tells of may have been answered already.
#[derive(Debug, thiserror::Error)]
#[error("the record of a call could not be sent to {queue}")]
pub struct CallLogError {
    /// the queue's URL, or what stands for it
    pub queue: String,
    /// what lies behind it
    #[source]
    pub cause: BoxError,
}

/// Takes records of calls.
pub trait CallLog: Send + Sync {
    /// Takes one record, as [`Call::record`](crate::Call::record) makes it, for the account. It may be taken twice
    /// where the first answer was lost: the event's id tells. `origin` is one of our own ([`Origin::is_own`]).
    fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> impl Future<Output = Result<(), CallLogError>> + Send;
}

impl<L: CallLog> CallLog for Arc<L> {
    async fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> Result<(), CallLogError> {
        L::append(self, account, origin, record).await
    }
}
