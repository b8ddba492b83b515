//! Archives of ingest windows: what a trail delivers every five minutes.
//!
//! [`window::archive`] reads a sealed window's segments, leaves out what the trail does not select and
//! what has a first copy elsewhere, and streams the rest through [`writer::ArchiveWriter`] into a bucket
//! ([`uploads`]). The same window gives the same bytes under the same keys, however often it is run:
//!
//! * a sealed window gets no more segments, and its selection is fixed;
//! * segments are read in the order of their keys, oldest first, and their rows from the oldest;
//! * of two copies of an event the one with the least (window, segment key) stays ([`copies`]);
//! * entries have no times, owners or names of the run, and the whole is one gzip member.
//!
//! Memory does not grow with the window: segments, entries and upload parts are held a few at a time, and
//! of a minute's events 12 bytes each.

pub mod copies;
mod outgoing;
mod plan;
pub mod rolled;
pub mod uploads;
pub mod window;
pub mod writer;
