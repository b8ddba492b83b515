//! One suite for both implementations of the control table's ports.
//!
//! In memory always; on DynamoDB and KMS when `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator's
//! endpoint, such as `http://127.0.0.1:4599`. Each case makes its own table.

mod access;
mod accounts;
mod deletion;
mod dynamodb;
mod index;
mod keys;
mod outbox;
mod plugins;
mod projects;
mod rates;
mod reports;
mod sessions;
mod sources;
mod subscriptions;
mod trails;
mod unproven;
mod usage;
mod users;
mod vault;

use activity_log_control::memory::InMemory;
use activity_log_control::{
    AccessKeys, Account, AccountList, Accounts, CursorKeys, Grants, NewAccount, Registry, Sources,
    TrailArchive, TrailWriter, UserName, new_account_id,
};
use activity_log_core::instant::Instant;

/// What a case is given: something that reads and something that writes, over one table.
struct Subject<D, R, T> {
    directory: D,
    registry: R,
    trails: T,
}

trait Directory: AccessKeys + AccountList + Accounts + CursorKeys + Sources {}
impl<T: AccessKeys + AccountList + Accounts + CursorKeys + Sources> Directory for T {}

trait TrailStore: TrailWriter + TrailArchive {}
impl<T: TrailWriter + TrailArchive> TrailStore for T {}

/// What a case gets in memory, by the same names as on the emulator.
#[derive(Default)]
struct Memory(InMemory);

impl Memory {
    fn subject(&self) -> Subject<InMemory, InMemory, InMemory> {
        Subject {
            directory: self.0.clone(),
            trails: self.0.clone(),
            registry: self.0.clone(),
        }
    }

    fn reports(&self) -> InMemory {
        self.0.clone()
    }

    fn plugins(&self) -> InMemory {
        self.0.clone()
    }

    fn rates(&self) -> InMemory {
        self.0.clone()
    }

    fn access(&self) -> access::Access<InMemory, InMemory, InMemory> {
        access::Access {
            directory: self.0.clone(),
            registry: self.0.clone(),
            sessions: self.0.clone(),
        }
    }

    fn whole(&self) -> deletion::Whole<InMemory, InMemory, InMemory, InMemory, InMemory, InMemory> {
        deletion::Whole {
            directory: self.0.clone(),
            registry: self.0.clone(),
            sessions: self.0.clone(),
            trails: self.0.clone(),
            reports: self.0.clone(),
            plugins: self.0.clone(),
        }
    }

    fn unproven(&self) -> InMemory {
        self.0.clone()
    }

    fn outbox(&self) -> InMemory {
        self.0.clone()
    }

    fn usage(&self) -> InMemory {
        self.0.clone()
    }

    fn vault(&self) -> InMemory {
        self.0.clone()
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
        assert_eq!(user.unwrap().grants, Grants::new(), "denied by default");
        (account, name)
    }
}

fn now() -> Instant {
    Instant::parse("2026-11-20T12:00:00Z").unwrap()
}

fn user_name(name: &str) -> UserName {
    name.parse().unwrap()
}

/// Each case as two tests, each with the part it is about.
macro_rules! conformance {
    ($($part:ident { $($module:ident::$case:ident),* $(,)? })*) => {
        mod in_memory {
            $(mod $part {
                $(
                    #[tokio::test]
                    async fn $case() {
                        crate::$module::$case(&crate::Memory::default().$part()).await;
                    }
                )*
            })*
        }
        mod on_dynamodb {
            $(mod $part {
                $(
                    #[tokio::test]
                    async fn $case() {
                        if let Some(emulator) = crate::dynamodb::Emulator::start().await {
                            crate::$module::$case(&emulator.$part()).await;
                            emulator.stop().await;
                        }
                    }
                )*
            })*
        }
    };
}

conformance! {
    subject {
        accounts::an_account_is_made_once_and_reads_back,
        accounts::retention_is_the_default_or_the_override,
        accounts::limits_are_set_and_taken_back,
        accounts::name_and_retention_change_and_nothing_else_does,
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
        keys::a_deleted_key_is_no_key_and_makes_room,
        sources::events_of_an_account_are_its_own,
        sources::a_linked_account_resolves_to_the_one_it_is_linked_to,
        sources::what_is_linked_or_an_account_cannot_be_linked,
        sources::many_are_told_at_once_and_in_their_order,
        subscriptions::a_new_account_is_subscribed_without_an_end,
        subscriptions::a_subscription_is_switched_and_reads_back,
        subscriptions::what_cannot_be_is_refused_and_changes_nothing,
        subscriptions::of_two_at_once_each_changes_what_the_other_left,
        subscriptions::other_changes_of_the_account_stay,
        trails::a_trail_is_made_once_and_reads_back,
        trails::the_limit_holds_and_can_be_raised,
        trails::a_change_holds_only_for_what_was_read,
        trails::one_run_works_on_a_trail,
        trails::the_archiver_s_steps_are_taken_once,
        trails::a_deleted_trail_s_records_go_by_and_by,
        trails::keys_of_digests_are_kept_for_ever,
    }
    reports {
        reports::a_report_reads_back_whole_and_only_in_its_account,
        reports::of_many_at_once_as_many_are_made_as_may_be,
        reports::of_many_at_once_each_overwrites_another,
        reports::the_oldest_finished_make_room_and_no_others,
        reports::another_s_make_no_room_where_only_one_s_own_may,
        reports::a_change_holds_only_for_what_was_read,
        reports::one_run_claims_a_report,
        reports::a_run_keeps_its_claim,
        reports::what_is_finished_is_not_claimed,
        reports::forgotten_ones_are_not_there,
        reports::large_ones_are_read_to_the_end_and_larger_ones_refused,
        reports::ninety_are_kept_and_can_make_room_at_once,
    }
    plugins {
        plugins::a_plugin_reads_back_whole_and_only_in_its_account,
        plugins::of_many_at_once_as_many_are_made_as_may_be,
        plugins::of_many_at_once_one_takes_a_name,
        plugins::a_change_holds_only_for_what_was_read,
        plugins::a_name_is_free_again_when_its_plugin_goes,
        plugins::forgotten_ones_are_not_there,
    }
    rates {
        rates::each_second_is_summed_by_account_and_rate,
        rates::of_many_at_once_none_is_lost_and_each_sum_is_given_once,
        rates::instances_share_a_limit,
    }
    access {
        access::every_account_has_a_system_user_for_good,
        access::projects_are_the_account_s_own,
        access::grants_are_given_in_projects_that_exist,
        access::a_bucket_is_in_one_project_of_one_account,
        projects::buckets_are_listed_and_taken_out_by_their_account_alone,
        projects::a_project_that_something_names_stays_and_says_what_does,
        projects::a_project_goes_on_under_another_id,
        projects::of_a_grant_and_a_deletion_at_once_one_is_refused,
        access::a_token_opens_to_its_user_until_it_is_revoked,
        access::a_session_is_closed_once_or_ends_by_itself,
        access::sessions_end_with_their_tokens_in_order,
        access::a_deleted_user_s_keys_tokens_and_sessions_go_too,
        access::a_session_is_good_while_its_key_and_user_are,
        access::a_closed_session_does_not_end_again,
        sessions::one_s_own_oldest_makes_room_and_nobody_else_s,
        sessions::what_is_closed_or_over_takes_no_room,
        sessions::of_many_at_once_no_more_stay_open,
        sessions::ends_are_read_page_by_page,
    }
    whole {
        deletion::all_of_it_goes_and_nothing_of_another_s,
        deletion::trails_that_log_keep_it_unless_they_are_to_go,
    }
    unproven {
        unproven::each_minute_is_summed_by_account_and_what_is_counted,
        unproven::what_is_told_together_is_summed_by_minute_key_place_and_operation,
        unproven::of_many_at_once_none_is_lost,
    }
    outbox {
        outbox::an_attempt_is_due_after_its_time_and_an_end_at_once,
        outbox::what_was_told_does_not_end_again,
        outbox::pages_follow_each_other_past_what_stays,
        outbox::what_is_attempted_at_once_lies_in_all_shards,
    }
    usage {
        usage::each_day_is_summed_by_account,
        usage::of_many_at_once_none_is_lost,
    }
    vault {
        vault::a_digest_opens_for_its_plugin_only,
    }
}
