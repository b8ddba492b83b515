//! Reports built in memory: from a store of events to the bytes of a file.

mod conditions;
mod failing;
mod formats;
mod inputs;
mod origins;
mod outputs;
mod resuming;
mod stage;
mod view;
