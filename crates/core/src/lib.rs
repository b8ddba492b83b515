//! Events, how they are stored, indexed and found, queries, cursors, trails, reports and plugins of the activity log.
//!
//! What is here decides; it knows no AWS, no HTTP and no tokio. Time is always an argument.

pub mod account;
pub mod causes;
pub mod columns;
pub mod cursor;
pub mod damaged;
pub mod event;
pub mod fields;
mod frame;
pub mod head;
pub mod index;
pub mod ingest;
pub mod instant;
pub mod items;
pub mod object;
pub mod origin;
pub mod pack;
pub mod page;
pub mod plugins;
pub mod query;
pub mod question;
pub mod quoted;
pub mod read;
pub mod reader;
pub mod reports;
pub mod rollup;
pub mod shards;
pub mod slot;
pub mod subscription;
pub mod trail;
pub mod window;
