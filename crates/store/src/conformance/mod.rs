//! What every store must do. Each check takes a store and accounts of its own, so that one store can serve all of them;
//! [`conformance_suite!`] makes a test of each.

#![expect(
    clippy::missing_panics_doc,
    reason = "a check that fails panics: that is what it is for"
)]

mod arrival;
mod filters;
mod isolation;
pub mod items;
mod origins;
mod paging;
mod roll_ups;
pub mod rolled;
mod sample;
mod size;
mod streams;

pub use arrival::{
    late_and_out_of_order_events, paging_while_events_arrive, the_same_batch_twice,
    the_same_event_in_two_batches,
};
pub use filters::{
    every_attribute_alone, every_test_of_every_attribute, several_attributes_at_once,
    tests_beside_values,
};
pub use isolation::{expired_events_are_not_returned, two_accounts_never_see_each_other};
pub use origins::{
    every_event_tells_how_it_came, nobody_takes_an_id_of_ours, the_copy_that_is_believed_more_stays,
};
pub use paging::{
    many_events_in_one_second, newest_first, pages_of_any_size, pages_that_may_read_little,
    time_ranges,
};
pub use roll_ups::{
    arrivals_expire_under_their_run, copies_across_roll_ups, late_events_after_a_roll_up,
    paging_while_it_is_rolled_up,
};
pub use size::{
    a_page_larger_than_a_megabyte, events_of_256_kilobytes, more_large_events_than_a_reader_keeps,
};
pub use streams::{streams_of_any_size, streams_of_large_events, streams_that_go_on};

/// One `#[tokio::test]` a check. `$store` is an expression of a future of `Option<rolled::Rolled<_>>`; `None`
/// skips, and whoever gives it prints why.
#[macro_export]
macro_rules! conformance_suite {
    ($store:expr) => {
        $crate::conformance_suite!(@ $store;
            newest_first pages_of_any_size pages_that_may_read_little many_events_in_one_second time_ranges
            late_and_out_of_order_events paging_while_events_arrive the_same_batch_twice
            the_same_event_in_two_batches events_of_256_kilobytes a_page_larger_than_a_megabyte
            two_accounts_never_see_each_other expired_events_are_not_returned every_attribute_alone
            several_attributes_at_once every_test_of_every_attribute tests_beside_values every_event_tells_how_it_came nobody_takes_an_id_of_ours the_copy_that_is_believed_more_stays
            streams_of_any_size streams_of_large_events streams_that_go_on
            late_events_after_a_roll_up copies_across_roll_ups paging_while_it_is_rolled_up
        );
    };
    (@ $store:expr; $($check:ident)*) => {
        $(
            #[tokio::test]
            async fn $check() {
                if let Some(store) = $store.await {
                    $crate::conformance::$check(&store).await;
                }
            }
        )*
    };
}

/// As [`conformance_suite!`], of the port of items.
#[macro_export]
macro_rules! items_suite {
    ($items:expr) => {
        $crate::items_suite!(@ $items;
            ranges_in_both_orders more_than_a_megabyte keys_that_are_there_and_others
            nothing_is_created_twice one_of_many_replaces_an_item writing_again_changes_nothing
            partitions_are_apart odd_characters
        );
    };
    (@ $items:expr; $($check:ident)*) => {
        $(
            #[tokio::test]
            async fn $check() {
                if let Some(items) = $items.await {
                    $crate::conformance::items::$check(&items).await;
                }
            }
        )*
    };
}
