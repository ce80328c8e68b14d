//! Threads for runs that are computed at the same time, whose number does not change the results; and why a
//! thread ended.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::crash::text_of;

/// The cores of the machine less `spare` ones that are needed otherwise; at least one.
pub fn count(spare: usize) -> usize {
    let all = thread::available_parallelism().map_or(1, usize::from);
    all.saturating_sub(spare).max(1)
}

/// A thread for each of these cores, or `None` for a single core, where the caller's own thread does as well.
pub fn pool(spare: usize) -> Option<Arc<ThreadPool>> {
    let threads = count(spare);
    if threads < 2 {
        return None;
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("runs-{index}"));
    // Without a pool everything runs on the caller's thread: slower, but with the same results.
    pool.build().ok().map(Arc::new)
}

/// Why a thread ended: the message of its panic, if it panicked. Waits for its end.
pub(crate) fn exit_reason(thread: Option<JoinHandle<()>>) -> String {
    match thread.map(JoinHandle::join) {
        Some(Err(panic)) => text_of(&*panic).to_owned(),
        _ => "it has ended".to_owned(),
    }
}
