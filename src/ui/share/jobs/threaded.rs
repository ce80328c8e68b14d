//! A thread for each piece of work.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::{Context, Ui, ViewportId};
use web_time::Instant;

use super::{Ended, Handle};
use crate::crash;
use crate::sim::threads;

struct Job {
    /// What it does, for the progress bar; without one it shows nothing.
    name: Option<String>,
    handle: Handle,
    ended: Receiver<Ended>,
    thread: Option<JoinHandle<()>>,
}

/// See the module above.
#[derive(Default)]
pub(in crate::ui) struct Jobs {
    jobs: Vec<Job>,
}

impl Jobs {
    /// Starts a job; one without a name shows nothing.
    pub(in crate::ui) fn start(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        work: impl FnOnce(&Handle) -> Ended + Send + 'static,
    ) -> Result<(), String> {
        let handle = Handle::new(ctx);
        let (sender, ended) = bounded(1);
        let in_thread = handle.clone();
        let thread = std::thread::Builder::new()
            .name("job".to_owned())
            .spawn(move || {
                let ended = work(&in_thread);
                // The window may be closed already.
                drop(sender.send(ended));
                in_thread.ctx.request_repaint_of(ViewportId::ROOT);
            })
            .map_err(|error| format!("no thread for it: {error}"))?;
        self.jobs.push(Job {
            name,
            handle,
            ended,
            thread: Some(thread),
        });
        Ok(())
    }

    /// What has ended since the last call.
    pub(in crate::ui) fn ended(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        self.jobs.retain_mut(|job| {
            let result = match job.ended.try_recv() {
                Ok(result) => result,
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => {
                    let what = job.name.as_deref().unwrap_or("the work");
                    let reason = threads::exit_reason(job.thread.take());
                    let report = crash::words();
                    Ended::Failed(format!("{what} has failed: {reason}. Try again{report}"))
                }
            };
            ended.push(result);
            false
        });
        ended
    }

    /// A bar and a button for each job that shows itself.
    pub(in crate::ui) fn progress_ui(&self, ui: &mut Ui) {
        for job in &self.jobs {
            let Some(name) = &job.name else { continue };
            job.handle.bar_ui(ui, name);
        }
    }
}

/// How long a window that closes waits for its jobs: they look every few milliseconds whether to go on, unless they
/// are in the middle of something long.
const WAIT_TIMEOUT: Duration = Duration::from_millis(700);

impl Drop for Jobs {
    /// Jobs that write are asked to stop and waited for, so that no half-made file stays; a dialog that
    /// is still open is not waited for, and neither is what takes too long.
    fn drop(&mut self) {
        let asked = Instant::now();
        for job in &self.jobs {
            job.handle.watch.give_up();
        }
        for job in &mut self.jobs {
            let (Some(_), Some(thread)) = (&job.name, job.thread.take()) else {
                continue;
            };
            while !thread.is_finished() && asked.elapsed() < WAIT_TIMEOUT {
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() {
                // The window that could report a panic is gone.
                drop(thread.join());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn end_of(mut jobs: Jobs) -> Ended {
        let start = Instant::now();
        loop {
            if let Some(ended) = jobs.ended().pop() {
                return ended;
            }
            assert!(start.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_job_that_panics_is_said_to_have_failed_and_why_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plots.png");
        let mut jobs = Jobs::default();
        let name = Some("Saving plots.png".to_owned());
        let started = jobs.start(&Context::default(), name, move |_| {
            let file = crate::files::NewFile::at(&path);
            file.map_or(Ended::Cancelled, |_staged| panic!("out of luck"))
        });
        started.unwrap();
        let Ended::Failed(words) = end_of(jobs) else {
            panic!("it has not failed");
        };
        assert!(
            words.contains("Saving plots.png has failed: out of luck"),
            "{words}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
