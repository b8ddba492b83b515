//! Every way in, driven by the events Lambda sends, over a store in memory.

mod api;
mod counts;
mod calls;
mod queues;
mod stage;
