//! What a command says of how far it has come where nobody sees a bar: a plain line now and then, for a log.

use std::io::{self, IsTerminal as _, Write};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

/// How often a line is said.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// What takes no longer needs no line.
const UNNOTICED: Duration = Duration::from_secs(2);

/// Says a line a minute for as long as it lives.
pub(super) struct Log {
    /// Nothing once it is to end.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    /// Says what there is to say on stderr; nothing where that is a terminal, which shows a bar.
    pub(super) fn start(line: impl Fn() -> Option<String> + Send + 'static) -> Option<Self> {
        if io::stderr().is_terminal() {
            return None;
        }
        Self::to(io::stderr(), [INTERVAL; 2], line)
    }

    /// Says on stderr what there is to say of what takes longer than a moment, terminal or not.
    pub(super) fn unless_brief(line: impl Fn() -> Option<String> + Send + 'static) -> Option<Self> {
        Self::to(io::stderr(), [UNNOTICED, INTERVAL], line)
    }

    /// Says a line after the first time, and then again after the second one each.
    fn to(
        mut out: impl Write + Send + 'static,
        [first, interval]: [Duration; 2],
        line: impl Fn() -> Option<String> + Send + 'static,
    ) -> Option<Self> {
        let (stop, stopped) = bounded(0);
        let work = move || {
            let mut pause = first;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = interval;
                if let Some(line) = line() {
                    // Nothing can be done if nobody reads it.
                    drop(writeln!(out, "{line}"));
                }
            }
        };
        // Without a thread the work goes on unheard.
        let thread = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(work);
        Some(Self {
            stop: Some(stop),
            thread: Some(thread.ok()?),
        })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of its own has been reported.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_at_intervals_and_end_with_the_work() {
        let lines = Lines::default();
        let said = || String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let log = Log::to(lines.clone(), [Duration::from_millis(1); 2], || {
            Some("3 of 8".to_owned())
        });
        let start = Instant::now();
        while !said().contains("3 of 8\n3 of 8\n") {
            assert!(start.elapsed() < Duration::from_mins(1));
            thread::yield_now();
        }
        drop(log);
        let before = said();
        thread::sleep(Duration::from_millis(20));
        assert_eq!(said(), before);
        // One that has long to wait ends at once.
        let log = Log::to(lines, [Duration::from_hours(1); 2], || None);
        drop(log);
        assert!(start.elapsed() < Duration::from_mins(2));
    }
}
