//! `alog user …`

use activity_log_control::{Registry, UserName};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use clap::Subcommand;

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user, who may do nothing until `alog grant`
    Create {
        /// The user's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// Unique in the account: letters, digits and + = , . @ _ -
        name: UserName,
    },
}

impl Command {
    /// Does it.
    pub async fn run<R: Registry>(self, registry: &R, now: Instant) -> anyhow::Result<()> {
        let Self::Create { account, name } = self;
        registry.create_user(account, &name, now).await?;
        Ok(())
    }
}
