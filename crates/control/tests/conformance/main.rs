//! One suite for both implementations of the control table's ports.
//!
//! In memory always; on DynamoDB and KMS when `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator's
//! endpoint, such as `http://127.0.0.1:4599`. Each case makes its own table.

mod accounts;
mod dynamodb;
mod keys;
mod sources;
mod trails;
mod users;

use activity_log_control::memory::InMemory;
use activity_log_control::{
    AccessKeys, Account, Accounts, CursorKeys, NewAccount, Registry, Sources, TrailArchive,
    TrailWriter, UserName, new_account_id,
};
use activity_log_core::instant::Instant;

/// What a case is given: something that reads and something that writes, over one table.
struct Subject<D, R, T> {
    directory: D,
    registry: R,
    trails: T,
}

trait Directory: AccessKeys + Accounts + CursorKeys + Sources {}
impl<T: AccessKeys + Accounts + CursorKeys + Sources> Directory for T {}

trait TrailStore: TrailWriter + TrailArchive {}
impl<T: TrailWriter + TrailArchive> TrailStore for T {}

fn in_memory() -> Subject<InMemory, InMemory, InMemory> {
    let control = InMemory::new();
    Subject {
        directory: control.clone(),
        trails: control.clone(),
        registry: control,
    }
}

impl<D: Directory, R: Registry, T: TrailStore> Subject<D, R, T> {
    /// An account of a random id.
    async fn account(&self) -> Account {
        let new = NewAccount {
            id: new_account_id(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        self.registry.create_account(new, now()).await.unwrap()
    }

    /// An account with a user.
    async fn user(&self, name: &str) -> (Account, UserName) {
        let account = self.account().await;
        let name = user_name(name);
        let user = self.registry.create_user(account.id, &name, now()).await;
        assert!(user.unwrap().permissions.is_empty(), "denied by default");
        (account, name)
    }
}

fn now() -> Instant {
    Instant::parse("2026-11-20T12:00:00Z").unwrap()
}

fn user_name(name: &str) -> UserName {
    name.parse().unwrap()
}

/// Each case as two tests.
macro_rules! conformance {
    ($($module:ident::$case:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test]
                async fn $case() {
                    crate::$module::$case(&crate::in_memory()).await;
                }
            )*
        }
        mod on_dynamodb {
            $(
                #[tokio::test]
                async fn $case() {
                    if let Some(emulator) = crate::dynamodb::Emulator::start().await {
                        crate::$module::$case(&emulator.subject()).await;
                        emulator.stop().await;
                    }
                }
            )*
        }
    };
}

conformance! {
    accounts::an_account_is_made_once_and_reads_back,
    accounts::retention_is_the_default_or_the_override,
    accounts::cursor_keys_are_stable_and_the_accounts_own,
    accounts::all_accounts_are_listed_by_id,
    accounts::of_two_at_once_one_makes_the_account,
    users::a_user_is_made_once_in_an_account_that_exists,
    users::permissions_come_and_go,
    keys::a_key_opens_to_its_secret_user_and_account,
    keys::a_key_id_is_taken_once,
    keys::two_keys_may_be_active_and_no_more,
    keys::of_many_at_once_two_keys_are_made,
    keys::an_inactive_key_says_so_at_once,
    keys::a_key_answers_to_its_user_only,
    sources::events_of_an_account_are_its_own,
    sources::a_linked_account_resolves_to_the_one_it_is_linked_to,
    sources::what_is_linked_or_an_account_cannot_be_linked,
    trails::a_trail_is_made_once_and_reads_back,
    trails::the_limit_holds_and_can_be_raised,
    trails::a_change_holds_only_for_what_was_read,
    trails::one_run_works_on_a_trail,
    trails::the_archiver_s_steps_are_taken_once,
    trails::keys_of_digests_are_kept_for_ever,
}
