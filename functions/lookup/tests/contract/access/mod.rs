//! Who may do what, where, and while subscribed; and that every call is told of. Both go over the operation tables, so
//! an operation that is added is covered by itself.

mod auditor;
pub mod caller;
mod calls;
mod changes;
mod elsewhere;
mod flood;
mod limits;
mod logs;
mod matrix;
mod sessions;
mod strangers;
mod whole;
