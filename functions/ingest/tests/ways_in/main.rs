//! Every way in, driven by the events Lambda sends, over a store in memory.

mod api;
mod calls;
mod counts;
mod dead_connections;
mod deadlines;
mod imports;
mod notices;
mod origins;
mod queues;
mod recorded;
mod shards;
mod side_by_side;
mod signed;
mod slow;
mod stage;
mod usage;

/// What is tested here is tested over an HTTP API; all of it holds over a REST API too.
#[test]
fn all_of_it_over_a_rest_api() {
    activity_log_gateway::testing::all_over_a_rest_api_but("all_of_it_over_a_rest_api");
}
