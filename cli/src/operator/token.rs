//! `alog token …`

use std::io::Write;

use activity_log_control::{MOST_TOKEN_DAYS, Registry, TokenId, TokenRecord, UserName, new_token};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use clap::Subcommand;
use serde_json::json;

use super::list::{List, Shape};

const HOUR: i64 = 3_600_000;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Issue a token; it is printed alone, and never told again
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
        #[command(flatten)]
        shape: Shape,
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
    /// Does it. A token is printed to `out`, and what was done beside it to `said`.
    pub async fn run<R: Registry>(
        self,
        registry: &R,
        now: Instant,
        out: &mut impl Write,
        said: &mut impl Write,
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
                    said,
                    "made token {} of {} of account {account}, good until {}",
                    record.id, record.user, record.expires
                )?;
                writeln!(out, "{}", token.expose())?;
            }
            Self::List { account, shape } => list(registry, account, shape, now, out).await?,
            Self::Revoke { account, id } => {
                registry.revoke_token(account, &id, now).await?;
                writeln!(out, "revoked token {id} of account {account}")?;
            }
        }
        Ok(())
    }
}

async fn list<R: Registry>(
    registry: &R,
    account: AccountId,
    shape: Shape,
    now: Instant,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut list = List::new("tokens", ["ID", "KIND", "STATE", "EXPIRES", "USER"]);
    for token in registry.tokens(account).await? {
        let session = token.session.as_ref();
        let kind = session.map_or("token", |_| "session");
        let state = if token.expires <= now {
            "expired"
        } else {
            "good"
        };
        let (id, user) = (token.id.to_string(), token.user.to_string());
        let expires = token.expires.to_string();
        let value = json!({
            "id": id, "kind": kind, "state": state, "user": user,
            "created": token.created.to_string(), "expires": expires,
            "accessKeyId": session.map(|session| session.access_key_id.to_string()),
        });
        list.add(
            [id, kind.to_owned(), state.to_owned(), expires, user],
            value,
        );
    }
    Ok(list.print(shape, out)?)
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{Token, Tokens as _};

    use super::*;
    use crate::operator::tests::{demo, now};

    /// What is printed, and what is said beside it.
    async fn run(registry: &InMemory, command: Command) -> anyhow::Result<(String, String)> {
        let (mut out, mut said) = (Vec::new(), Vec::new());
        command.run(registry, now(), &mut out, &mut said).await?;
        Ok((String::from_utf8(out)?, String::from_utf8(said)?))
    }

    #[tokio::test]
    async fn a_token_is_printed_alone_and_is_the_stored_one() {
        let (registry, account) = demo().await;
        let alice: UserName = "alice".parse().unwrap();
        registry.create_user(account, &alice, now()).await.unwrap();

        let create = Command::Create {
            account,
            user: alice,
            hours: 2,
        };
        let (printed, said) = run(&registry, create).await.unwrap();
        let token: Token = printed.trim_end().parse().unwrap();
        let id = &token.id;
        assert_eq!(
            said,
            format!(
                "made token {id} of alice of account 111122223333, good until 2026-11-20T14:00:00Z\n"
            )
        );
        let stored = registry.token(account, id).await.unwrap().unwrap();
        assert_eq!(stored.token.hash, token.hash());
        let list = |json| Command::List {
            account,
            shape: Shape { json },
        };
        let blank = " ".repeat(id.as_str().len() - 2);
        assert_eq!(
            run(&registry, list(false)).await.unwrap().0,
            format!(
                "ID{blank}  KIND   STATE  EXPIRES               USER\n\
                 {id}  token  good   2026-11-20T14:00:00Z  alice\n"
            )
        );
        let document = run(&registry, list(true)).await.unwrap().0;
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            json!({"tokens": [{
                "id": id.as_str(), "kind": "token", "state": "good", "user": "alice",
                "created": "2026-11-20T12:00:00Z", "expires": "2026-11-20T14:00:00Z", "accessKeyId": null,
            }]})
        );
        let revoke = || Command::Revoke {
            account,
            id: id.clone(),
        };
        assert_eq!(
            run(&registry, revoke()).await.unwrap().0,
            format!("revoked token {id} of account 111122223333\n")
        );
        let error = run(&registry, revoke()).await.unwrap_err().to_string();
        assert_eq!(error, format!("no token {id} in account 111122223333"));
    }
}
