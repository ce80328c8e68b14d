//! What computes for the window: threads, or in a browser workers, with the same interface.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use crate::sim::{analysis::Analysis, worker::Simulation};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use crate::sweep::job::{Job, threads};
#[cfg(target_arch = "wasm32")]
pub(super) use crate::sweep::maker::inline::PictureMaker;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use crate::sweep::maker::threaded::PictureMaker;
#[cfg(target_arch = "wasm32")]
pub(super) use crate::web::{Analysis, Job, Simulation, threads};
