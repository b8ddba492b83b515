//! What the operator changes, told to the log of the account it is changed in.
//!
//! [`Recorded`] stands before the registry and is one itself, so no command can change anything past it. Before each
//! change its record is kept in the outbox, as attempted; what cannot be kept is not done. Afterwards the record says
//! what became of it, and the tick of the stack tells it within a minute.

mod acts;
#[cfg(test)]
mod tests;

use std::pin::Pin;

use activity_log_calls::{Asked, CallError, Change, Parameters};
use activity_log_control::{Accounts, Outbox, Registry, RegistryError, StoreError};
use activity_log_core::account::AccountId;
use activity_log_core::ingest::Clock;

use super::who::Who;

/// A registry of which every change is told.
#[derive(Debug)]
pub struct Recorded<R, O, W, C> {
    /// makes the changes
    pub registry: R,
    /// keeps the records
    pub outbox: O,
    /// says who makes them
    pub who: W,
    /// the stack's region
    pub region: String,
    /// the time: an attempt is due by when it was made, however long the command had waited for its input
    pub clock: C,
}

/// The one change of an account that is not there yet.
const CREATE_ACCOUNT: &str = "CreateAccount";
/// The one change of an account that may be gone already: where it was cut short it goes on.
const DELETE_ACCOUNT: &str = "DeleteAccount";

/// A change: whose, by which name, and what was asked.
struct Act {
    account: AccountId,
    name: &'static str,
    asked: Asked,
}

impl<R: Registry + Accounts, O: Outbox, W: Who, C: Clock + Send> Recorded<R, O, W, C> {
    /// Makes a change, and gives what it gave. `answer` is what is told of that. Boxed: what the SDK nests in it is large.
    fn change<'s, T: Send>(
        &'s self,
        act: Act,
        made: impl Future<Output = Result<T, RegistryError>> + Send + 's,
        answer: impl FnOnce(&T) -> Parameters + Send + 's,
    ) -> Pin<Box<dyn Future<Output = Result<T, RegistryError>> + Send + 's>> {
        Box::pin(async move {
            self.expect_account(&act).await?;
            let operator = self.who.operator().await;
            let by = (&operator, self.region.as_str());
            let change = Change::new((act.account, act.name), act.asked, by, self.clock.now());
            let kept = self.outbox.put_attempt(&change.attempt()).await;
            kept.map_err(RegistryError::Unrecorded)?;
            let made = made.await;
            let end = match &made {
                Ok(given) => change.end(answer(given), None),
                // Nobody knows whether it was made: what was kept says so, and is told in two minutes.
                Err(RegistryError::Store(_)) => return made,
                Err(error) => refused(&change, error),
            };
            // It is made: that its end could not be kept is no reason to say that it failed. The attempt is told.
            if let Some(warning) = untold(&self.outbox.put_end(change.key(), &end).await) {
                eprintln!("warning: {warning}");
            }
            made
        })
    }
}

/// What the operator must know where the log will not say how a change ended.
fn untold(kept: &Result<bool, StoreError>) -> Option<String> {
    match kept {
        Ok(true) => None,
        Ok(false) => Some(
            "it took so long that the log says only that this was attempted, not what became of it"
                .to_owned(),
        ),
        Err(error) => Some(format!(
            "the log will say only that this was attempted: {error}"
        )),
    }
}

impl<R: Registry + Accounts, O, W, C> Recorded<R, O, W, C> {
    /// Where there is no account, there is no log to be told, and nothing to be changed: a slip of the operator's is not
    /// kept.
    async fn expect_account(&self, act: &Act) -> Result<(), RegistryError> {
        if act.name == CREATE_ACCOUNT || self.registry.account(act.account).await?.is_some() {
            return Ok(());
        }
        if act.name == DELETE_ACCOUNT && self.registry.half_deleted(act.account).await?.is_some() {
            return Ok(());
        }
        Err(RegistryError::UnknownAccount(act.account))
    }
}

fn refused(change: &Change<'_>, error: &RegistryError) -> String {
    let message = error.told();
    let told = CallError {
        code: error.code(),
        message: &message,
    };
    change.end(Parameters::none(), Some(told))
}
