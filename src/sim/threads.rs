//! Threads for runs that go side by side. Results do not depend on how many there are.

use std::sync::Arc;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The cores of the machine but for `spare` others, which somebody else needs; at least one.
pub fn count(spare: usize) -> usize {
    let all = thread::available_parallelism().map_or(1, usize::from);
    all.saturating_sub(spare).max(1)
}

/// A thread for each of these cores, or nothing where a single one would be no gain over the caller's own.
pub fn pool(spare: usize) -> Option<Arc<ThreadPool>> {
    let threads = count(spare);
    if threads < 2 {
        return None;
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("runs-{index}"));
    // A system that has no threads left makes it slower and not wrong.
    pool.build().ok().map(Arc::new)
}
