//! The protocol over the store in memory, driven as a client would.

mod hostile;
mod paging;
mod real;
mod seeds;
mod shown;
mod world;
