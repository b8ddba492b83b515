//! `alog token …`

use std::io::Write;

use activity_log_control::{MOST_TOKEN_DAYS, Registry, TokenId, TokenRecord, UserName, new_token};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use clap::Subcommand;

const HOUR: i64 = 3_600_000;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Issue a token; it is printed alone on the last line, and never told again
    ///
    /// It is sent as X-Auth-Token and is good for all that its user may do. Only its hash is stored.
    Create {
        /// The user's account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The user's name
        #[arg(long, value_name = "NAME")]
        user: UserName,
        /// How long it lives, in hours; 2160 (90 days) at most
        #[arg(long, value_name = "N", default_value_t = 12,
              value_parser = clap::value_parser!(u16).range(1..=(MOST_TOKEN_DAYS * DAY / HOUR)))]
        hours: u16,
    },
    /// List the account's tokens: id, user, expiry, and whether each is a session's
    List {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
    },
    /// Revoke a token, from the next request on; a session ends with it
    Revoke {
        /// The account
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// The token's id, as `list` shows it
        id: TokenId,
    },
}

impl Command {
    /// Does it.
    pub async fn run<R: Registry>(
        self,
        registry: &R,
        now: Instant,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Self::Create {
                account,
                user,
                hours,
            } => {
                let token = new_token(account);
                let record = TokenRecord {
                    id: token.id.clone(),
                    account,
                    user,
                    hash: token.hash(),
                    created: now,
                    expires: now.plus_millis(i64::from(hours) * HOUR),
                    session: None,
                };
                registry.create_token(&record).await?;
                writeln!(
                    out,
                    "token {} of {}, until {}",
                    record.id, record.user, record.expires
                )?;
                writeln!(out, "{}", token.expose())?;
            }
            Self::List { account } => {
                for token in registry.tokens(account).await? {
                    let state = if token.expires <= now {
                        "expired"
                    } else {
                        "until"
                    };
                    let kind = if token.session.is_some() {
                        "session"
                    } else {
                        "token"
                    };
                    let (id, user, expires) = (&token.id, &token.user, token.expires);
                    writeln!(out, "{id}  {kind:7}  {state:7}  {expires}  {user}")?;
                }
            }
            Self::Revoke { account, id } => registry.revoke_token(account, &id, now).await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{Token, Tokens as _};

    use super::*;
    use crate::operator::tests::{demo, now};

    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<String> {
        let mut out = Vec::new();
        command.run(registry, now(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    #[tokio::test]
    async fn a_token_is_printed_alone_on_the_last_line_and_is_the_stored_one() {
        let (registry, account) = demo().await;
        let alice: UserName = "alice".parse().unwrap();
        registry.create_user(account, &alice, now()).await.unwrap();

        let create = Command::Create {
            account,
            user: alice,
            hours: 2,
        };
        let printed = run(&registry, create).await.unwrap();
        let token: Token = printed.lines().last().unwrap().parse().unwrap();
        let stored = registry.token(account, &token.id).await.unwrap().unwrap();
        assert_eq!(stored.token.hash, token.hash());
        let list = Command::List { account };
        assert_eq!(
            run(&registry, list).await.unwrap(),
            format!(
                "{}  token    until    2026-11-20T14:00:00Z  alice\n",
                token.id
            )
        );
        let revoke = || Command::Revoke {
            account,
            id: token.id.clone(),
        };
        assert_eq!(run(&registry, revoke()).await.unwrap(), "");
        let error = run(&registry, revoke()).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("no token {} in account 111122223333", token.id)
        );
    }
}
