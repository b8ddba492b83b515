//! Archives of ingest windows: what a trail delivers every five minutes.
//!
//! [`window::archive`] reads what came in a sealed window, leaves out what the trail does not select and what is a copy or
//! a conflict, and streams the rest through [`writer::ArchiveWriter`] into a bucket ([`uploads`]). The same window gives
//! the same bytes under the same keys, however often it is run:
//!
//! * a sealed window gets no more events, and its selection is fixed;
//! * what is dropped of it is decided once ([`activity_log_core::rollup::decide`]), and the roll-up honours it;
//! * its events are written by time and id, ascending, whether they are rolled up or not;
//! * entries of a tar have no times, owners or names of the run, and the whole is one gzip member;
//! * its format is the one the window had ([`activity_log_core::trail::format`]).
//!
//! Memory does not grow with the window: parts of runs are read in the order of their oldest rows, some ahead, so that it
//! holds those that overlap. Of what is not rolled up, it holds all: at most what a roll-up leaves.

pub mod files;
mod listed;
mod merge;
mod outgoing;
mod output;
mod packing;
mod part;
pub mod uploads;
pub mod window;
pub mod writer;
