//! AWS's own SDK against the function, in process: no socket, no Lambda, everything in memory.

mod clock;
mod in_process;
mod lookup_events;
mod refusals;
mod stage;
mod wire;
