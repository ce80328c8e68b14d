//! What saving and copying need besides the application: the dialog that asks, the jobs that work.

pub(super) mod dialog;
pub(super) mod item;
pub(super) mod jobs;
pub(super) mod opening;
