//! An account's end: all that is known of it goes, and nothing of another's.

use activity_log_control::{
    AccessKeyId, AccessKeys, AccountList, Accounts, NewAccount, NewPlugin, PluginReader,
    PluginWriter, ProjectId, Registry, RegistryError, ReportLimits, ReportReader, ReportWriter,
    Sessions, Sources, TokenRecord, Tokens, TrailArchive, TrailWriter, UserName, new_access_key_id,
    new_account_id, new_secret_key, new_token,
};
use activity_log_core::account::AccountId;
use activity_log_core::trail::Trail;

use crate::access::{Callers, record};
use crate::dynamodb::Emulator;
use crate::plugins::plugin;
use crate::reports::report;
use crate::{now, user_name};

/// What a case is given, over one table.
pub struct Whole<D, R, S, T, P, Q> {
    pub directory: D,
    pub registry: R,
    pub sessions: S,
    pub trails: T,
    pub reports: P,
    pub plugins: Q,
}

pub trait Everything: Callers + Accounts + AccountList + Sources {}
impl<T: Callers + Accounts + AccountList + Sources> Everything for T {}

/// An account with something of each kind.
struct Filled {
    id: AccountId,
    key: AccessKeyId,
    tokens: [TokenRecord; 2],
    bucket: String,
    aws: AccountId,
    trail: Trail,
}

impl<D, R, S, T, P, Q> Whole<D, R, S, T, P, Q>
where
    D: Everything,
    R: Registry,
    S: Sessions,
    T: TrailWriter + TrailArchive,
    P: ReportWriter + ReportReader,
    Q: PluginWriter + PluginReader,
{
    async fn filled(&self) -> Filled {
        let (registry, id) = (&self.registry, new_account_id());
        let new = NewAccount {
            id,
            name: "Filled".parse().unwrap(),
            retention_override_days: Some(7),
        };
        registry.create_account(new, now()).await.unwrap();
        let alice = user_name("alice");
        registry.create_user(id, &alice, now()).await.unwrap();
        let shop = "shop".parse().unwrap();
        registry.create_project(id, &shop, now()).await.unwrap();
        let grant = "auditor@shop".parse().unwrap();
        registry.grant(id, &alice, &grant).await.unwrap();
        let (key, secret) = (new_access_key_id(), new_secret_key());
        let made = registry.create_access_key(id, &alice, &key, &secret, now());
        made.await.unwrap();
        let plain = record(&new_token(id), &UserName::system(), None);
        registry.create_token(&plain).await.unwrap();
        let session = record(&new_token(id), &alice, Some(&key));
        self.sessions.open_session(&session).await.unwrap();
        let bucket = format!("logs-{id}");
        registry.assign_bucket(id, &shop, &bucket).await.unwrap();
        let aws = new_account_id();
        registry.link_source(id, aws, now()).await.unwrap();
        let trail = format!("trail-{id}");
        let trail = Trail::new(id, "audit".parse().unwrap(), trail, ("logs", id), now());
        self.trails.create_trail(&trail, 5).await.unwrap();
        let limits = ReportLimits {
            stored: 5,
            unfinished: 5,
            own_only: false,
        };
        let made = self.reports.create_report(&report(id, 1), limits).await;
        made.unwrap();
        let made = self.plugins.create_plugin(&plugin(id, 1), 5).await;
        assert_eq!(made.unwrap(), NewPlugin::Created);
        Filled {
            id,
            key,
            tokens: [plain, session],
            bucket,
            aws,
            trail,
        }
    }

    /// Whether each thing of the account is there.
    async fn there(&self, of: &Filled) -> Vec<bool> {
        let (directory, id) = (&self.directory, of.id);
        let shop = "shop".parse().unwrap();
        let mut there = vec![
            directory.account(id).await.unwrap().is_some(),
            directory.account_ids().await.unwrap().contains(&id),
            directory.access_key(&of.key).await.unwrap().is_some(),
            directory.has_project(id, &shop).await.unwrap(),
            directory
                .bucket_project(&of.bucket)
                .await
                .unwrap()
                .is_some(),
            directory.receivers(&[of.aws]).await.unwrap()[0]
                .as_ref()
                .unwrap()
                .is_some(),
            self.registry.users(id).await.is_ok(),
            !self.registry.tokens(id).await.unwrap().is_empty(),
            !self.trails.trails(id).await.unwrap().is_empty(),
            self.trails
                .all_trails()
                .await
                .unwrap()
                .contains(&(id, of.trail.name.clone())),
            !self.reports.reports(id, now()).await.unwrap().is_empty(),
            !self.plugins.plugins(id, now()).await.unwrap().is_empty(),
        ];
        for token in &of.tokens {
            there.push(directory.token(id, &token.id).await.unwrap().is_some());
        }
        there
    }
}

pub async fn all_of_it_goes_and_nothing_of_another_s<D, R, S, T, P, Q>(
    whole: &Whole<D, R, S, T, P, Q>,
) where
    D: Everything,
    R: Registry,
    S: Sessions,
    T: TrailWriter + TrailArchive,
    P: ReportWriter + ReportReader,
    Q: PluginWriter + PluginReader,
{
    let (gone, stays) = (whole.filled().await, whole.filled().await);
    let id = gone.id;
    assert!(whole.there(&gone).await.iter().all(|there| *there));
    let deleted = whole.registry.delete_account(id, false, now()).await;
    let deleted = deleted.unwrap();
    assert_eq!(deleted.name.as_str(), "Filled");
    let counts = [
        deleted.users,
        deleted.access_keys,
        deleted.tokens,
        deleted.trails,
        deleted.reports,
        deleted.plugins,
    ];
    assert_eq!(counts, [2, 1, 2, 1, 1, 1]);
    let there = whole.there(&gone).await;
    assert!(there.iter().all(|there| !there), "{there:?}");
    let there = whole.there(&stays).await;
    assert!(there.iter().all(|there| *there), "{there:?}");

    // What the archiver keeps of its trail is left to its job.
    let left = whole.trails.deleted_trails(None, 10).await.unwrap().entries;
    let left: Vec<&str> = left.iter().map(|trail| trail.0.as_str()).collect();
    assert_eq!(left, [gone.trail.id.as_str()]);
    // Bucket and AWS account are free for others; the id is nobody's.
    let default = ProjectId::of_account(stays.id);
    let assigned = whole
        .registry
        .assign_bucket(stays.id, &default, &gone.bucket);
    assigned.await.unwrap();
    let linked = whole.registry.link_source(stays.id, gone.aws, now());
    linked.await.unwrap();
    let again = NewAccount {
        id,
        name: "Again".parse().unwrap(),
        retention_override_days: None,
    };
    let error = whole.registry.create_account(again, now()).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        format!(
            "account {id} was deleted: its id is not given again, as events of it may still be stored"
        )
    );
    let half = whole.registry.half_deleted(id).await.unwrap();
    assert_eq!(half, None);
    let error = whole.registry.delete_account(id, true, now()).await;
    assert_eq!(error.unwrap_err().to_string(), format!("no account {id}"));
}

pub async fn trails_that_log_keep_it_unless_they_are_to_go<D, R, S, T, P, Q>(
    whole: &Whole<D, R, S, T, P, Q>,
) where
    D: Everything,
    R: Registry,
    S: Sessions,
    T: TrailWriter + TrailArchive,
    P: ReportWriter + ReportReader,
    Q: PluginWriter + PluginReader,
{
    let filled = whole.filled().await;
    let mut logging = filled.trail.clone();
    logging.logging.start(now()).unwrap();
    let changed = whole.trails.configure_trail(&filled.trail, &logging).await;
    assert!(changed.unwrap());
    let error = whole.registry.delete_account(filled.id, false, now()).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, RegistryError::TrailsLogging { .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "trails of account {} are logging: audit. Stop them first",
            filled.id
        )
    );
    assert!(whole.there(&filled).await.iter().all(|there| *there));
    let deleted = whole.registry.delete_account(filled.id, true, now()).await;
    assert_eq!(deleted.unwrap().trails, 1);
    assert!(whole.there(&filled).await.iter().all(|there| !there));
}

/// As it is when the command dies right after the first step: nobody is let in any more, and the rest is still there.
#[tokio::test]
async fn a_deletion_that_was_cut_short_goes_on() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let whole = emulator.whole();
    let filled = whole.filled().await;
    let id = filled.id;
    emulator
        .delete_item(&format!("account#{id}"), "account")
        .await;
    emulator.delete_item("accounts", id.as_str()).await;
    let mark = [
        ("name", "Filled"),
        ("status", "deleting"),
        ("created", "2026-11-20T12:00:00Z"),
    ];
    emulator
        .put_texts(&format!("account#{id}"), "deleted", &mark)
        .await;
    let key = whole.directory.access_key(&filled.key).await.unwrap();
    assert!(key.is_none(), "its keys are good for nothing");
    for token in &filled.tokens {
        let found = whole.directory.token(id, &token.id).await.unwrap();
        assert!(found.is_none());
    }
    let left = whole.reports.reports(id, now()).await.unwrap();
    assert_eq!(left.len(), 1);

    let half = whole.registry.half_deleted(id).await.unwrap();
    assert_eq!(half.unwrap().as_str(), "Filled");
    let deleted = whole.registry.delete_account(id, false, now()).await;
    let deleted = deleted.unwrap();
    assert_eq!((deleted.users, deleted.reports, deleted.trails), (2, 1, 1));
    assert!(whole.there(&filled).await.iter().all(|there| !there));
    assert_eq!(whole.registry.half_deleted(id).await.unwrap(), None);
    for (pk, sk) in [
        (format!("account#{id}"), "user#alice"),
        (format!("account#{id}"), "project#shop"),
        (format!("tokens#{id}"), "user#alice"),
        (format!("trails#{id}"), "names"),
        (format!("reports#{id}"), "index"),
        (format!("plugins#{id}"), "index"),
        (format!("key#{}", filled.key), "key"),
        (format!("source#{}", filled.aws), "source"),
    ] {
        assert_eq!(emulator.item(&pk, sk).await, None, "{pk} {sk}");
    }
    emulator.stop().await;
}
