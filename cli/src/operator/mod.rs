//! The operator's commands: one file a noun, each over the ports it needs.

pub mod account;
pub mod deletion;
pub mod key;
pub mod limits;
pub mod list;
pub mod overview;
pub mod permission;
pub mod project;
mod recorded;
pub mod subscription;
pub mod token;
pub mod user;
mod who;

use activity_log_control::dynamodb::{
    Directory, OutboxTable, PluginTable, Registrar, ReportTable, TrailTable, UsageTable,
};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use time::OffsetDateTime;

use recorded::Recorded;
use who::Sts;

const KEY_ID: &str = "ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID";
const SECRET: &str = "ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY";
const TOKEN: &str = "ACTIVITY_LOG_OPERATOR_SESSION_TOKEN";

/// The control table of a stack, with the operator's credentials.
#[derive(Debug)]
pub struct Control {
    config: SdkConfig,
    table: String,
    key: String,
}

impl Control {
    /// The stack's own table, or the one it was given. Makes no request.
    pub async fn of(stack: &str, table: Option<&str>) -> anyhow::Result<Self> {
        let config = match credentials(|name| std::env::var(name).ok())? {
            Some(credentials) => activity_log_aws::with_static_credentials(credentials).await?,
            None => activity_log_aws::from_env().await?,
        };
        Ok(Self {
            config,
            table: table.map_or_else(|| format!("{stack}-control"), str::to_owned),
            key: format!("alias/{stack}-control"),
        })
    }

    /// The registry, whose changes the accounts' logs are told. There is no other way to change anything.
    pub fn registrar(&self) -> Recorded<Registrar<KmsVault>, OutboxTable, Sts, fn() -> Instant> {
        let region = self.config.region().map(ToString::to_string);
        Recorded {
            registry: Registrar::new(self.client(), self.table(), self.vault()),
            outbox: OutboxTable::new(self.client(), self.table()),
            who: Sts(self.config.clone()),
            region: region.unwrap_or_default(),
            clock: || OffsetDateTime::now_utc().into(),
        }
    }

    /// What the functions read.
    pub fn directory(&self) -> Directory<KmsVault> {
        Directory::new(self.client(), self.table(), self.vault())
    }

    /// The trails.
    pub fn trails(&self) -> TrailTable {
        TrailTable::new(self.client(), self.table())
    }

    /// What `alog account show` reads.
    pub fn tables(
        &self,
    ) -> overview::Tables<Directory<KmsVault>, UsageTable, TrailTable, ReportTable, PluginTable>
    {
        overview::Tables {
            accounts: self.directory(),
            usage: UsageTable::new(self.client(), self.table()),
            trails: self.trails(),
            reports: ReportTable::new(self.client(), self.table()),
            plugins: PluginTable::new(self.client(), self.table()),
        }
    }

    fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    fn table(&self) -> String {
        self.table.clone()
    }

    fn vault(&self) -> KmsVault {
        let kms = aws_sdk_kms::Client::new(&self.config);
        KmsVault::new(kms, self.key.clone())
    }
}

/// The operator's own credentials, where the environment has them.
fn credentials(env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Credentials>> {
    let env = |name| env(name).filter(|value| !value.is_empty());
    match (env(KEY_ID), env(SECRET)) {
        (None, None) => Ok(None),
        (id, secret) => {
            let id = id.with_context(|| format!("{SECRET} is set, but {KEY_ID} is not"))?;
            let secret = secret.with_context(|| format!("{KEY_ID} is set, but {SECRET} is not"))?;
            let credentials = Credentials::new(id, secret, env(TOKEN), None, "operator");
            Ok(Some(credentials))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{NewAccount, Registry as _};
    use activity_log_core::account::AccountId;
    use activity_log_core::instant::Instant;

    use super::*;

    pub(crate) fn now() -> Instant {
        Instant::parse("2026-11-20T12:00:00Z").unwrap()
    }

    /// A table with account 111122223333, and nobody in it but its system user.
    pub(crate) async fn demo() -> (InMemory, AccountId) {
        let (registry, id) = (InMemory::new(), "111122223333".parse().unwrap());
        let new = NewAccount {
            id,
            name: "Demo".parse().unwrap(),
            retention_override_days: None,
        };
        registry.create_account(new, now()).await.unwrap();
        (registry, id)
    }

    #[test]
    fn the_operators_credentials_come_in_pairs() {
        let with = |set: &'static [(&str, &str)]| {
            credentials(move |name| {
                let found = set.iter().find(|(set, _)| *set == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(with(&[]).unwrap().is_none());
        assert!(with(&[(KEY_ID, ""), (SECRET, "")]).unwrap().is_none());
        let both = with(&[(KEY_ID, "id"), (SECRET, "secret")])
            .unwrap()
            .unwrap();
        assert_eq!((both.access_key_id(), both.session_token()), ("id", None));
        assert_eq!(
            with(&[(KEY_ID, "id")]).unwrap_err().to_string(),
            "ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID is set, but \
             ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY is not"
        );
        assert!(with(&[(SECRET, "secret")]).is_err());
    }
}
