//! Clients against the function, in process: no socket, no Lambda, everything in memory. AWS's own SDK asks the
//! CloudTrail protocol, signed requests our REST API.

mod access;
mod boxes;
mod buckets;
mod clock;
mod in_process;
mod lookup_events;
mod origins;
mod outbox;
mod public_keys;
mod refusals;
mod rest;
mod selectors;
mod stage;
mod tags;
mod trail_status;
mod trails;
mod trails_refused;
mod wire;

/// What is tested here is tested over an HTTP API; all of it holds over a REST API too.
#[test]
fn all_of_it_over_a_rest_api() {
    activity_log_gateway::testing::all_over_a_rest_api_but("all_of_it_over_a_rest_api");
}
