//! Every way in, driven by the events Lambda sends, over a store in memory.

mod api;
mod calls;
mod counts;
mod queues;
mod recorded;
mod stage;
mod usage;
