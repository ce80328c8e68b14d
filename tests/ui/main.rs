//! The real window without a display: every control found by its accessible name and used, every
//! preset and panel drawn and tessellated.
#![cfg(feature = "gui")]

mod bits;
mod controls;
mod door;
mod failures;
mod harness;
mod new_user;
mod pictures;
mod share;
mod sweeps;
mod teaching;
mod time;
mod transport;
mod undo;
mod walk;
