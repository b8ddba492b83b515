//! Everything that goes into a block is found again.

mod columns;
mod damage;
mod places;
mod stage;
mod values;
