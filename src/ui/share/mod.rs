//! What saving and copying need besides the application: the dialog that asks, the jobs that work.

pub(super) mod dialog;
pub(super) mod item;
pub(super) mod jobs;
#[cfg(not(target_arch = "wasm32"))]
pub(super) mod opening;
#[cfg(target_arch = "wasm32")]
#[path = "opening_page.rs"]
pub(super) mod opening;
#[cfg(not(target_arch = "wasm32"))]
mod place;
#[cfg(target_arch = "wasm32")]
#[path = "place_page.rs"]
mod place;
