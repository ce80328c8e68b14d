//! Threads for runs that are computed at the same time, whose number does not change the results; why a thread
//! ended, and what it has waited for a processor.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

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

/// How long this thread could have computed but had no processor, since it was started; `None` where the system does
/// not say, as only Linux does.
pub(crate) fn time_waited() -> Option<Duration> {
    // Nanoseconds on a processor, nanoseconds of waiting for one, and how often it was given one.
    let known = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let waited = known.split_ascii_whitespace().nth(1)?;
    waited.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_a_thread_has_waited_only_grows() {
        let Some(before) = time_waited() else { return };
        thread::yield_now();
        assert!(time_waited().is_some_and(|after| after >= before));
    }
}
