//! `alog lookup`, `alog tail`, `alog event`: the account's events, for people and for programs.

mod asked;
mod found;
mod lookup;
mod meter;
mod output;
mod pages;
mod pretty;
mod screen;
mod seen;
mod show;
mod table;
mod tail;

pub use lookup::Arguments as Lookup;
pub use show::Arguments as Show;
pub use tail::Arguments as Tail;
