//! AWS's own SDK against the function, in process: no socket, no Lambda, everything in memory.

mod buckets;
mod clock;
mod in_process;
mod lookup_events;
mod public_keys;
mod refusals;
mod selectors;
mod stage;
mod tags;
mod trail_status;
mod trails;
mod trails_refused;
mod wire;
