//! Work in a browser's page, which has no threads: between two frames, once a frame has said what is being done. Nothing
//! else happens meanwhile, so nothing can cancel it.

use std::collections::VecDeque;

use eframe::egui::{Context, Spinner, Ui};

use super::{Ended, Handle};

/// Frames that are drawn before a job that shows itself begins: the one that has asked for it may have drawn its status
/// line already.
const FRAMES: u8 = 2;

struct Job {
    /// What it does, for the status line; without one it shows nothing.
    name: Option<String>,
    handle: Handle,
    work: Box<dyn FnOnce(&Handle) -> Ended>,
    /// Frames that are still to be drawn.
    frames: u8,
}

/// See the module above.
#[derive(Default)]
pub(in crate::ui) struct Jobs {
    jobs: VecDeque<Job>,
}

impl Jobs {
    /// Puts a job at the end of the line; one without a name shows nothing.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a thread can be refused, and is started by the same name"
    )]
    pub(in crate::ui) fn start(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        work: impl FnOnce(&Handle) -> Ended + Send + 'static,
    ) -> Result<(), String> {
        ctx.request_repaint();
        self.jobs.push_back(Job {
            frames: if name.is_some() { FRAMES } else { 0 },
            name,
            handle: Handle::new(ctx),
            work: Box::new(work),
        });
        Ok(())
    }

    /// Does the next job if it has been announced, and says how it has ended. To be called once a frame.
    pub(in crate::ui) fn ended(&mut self) -> Vec<Ended> {
        let Some(job) = self.jobs.front_mut() else {
            return Vec::new();
        };
        job.handle.ctx.request_repaint();
        if job.frames > 0 {
            job.frames -= 1;
            return Vec::new();
        }
        let job = self.jobs.pop_front();
        job.map(|job| (job.work)(&job.handle)).into_iter().collect()
    }

    /// What is about to be done.
    pub(in crate::ui) fn progress_ui(&self, ui: &mut Ui) {
        for name in self.jobs.iter().filter_map(|job| job.name.as_ref()) {
            ui.add(Spinner::new());
            ui.label(format!("{name} …"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_announced_before_it_is_done_and_one_comes_after_the_other() {
        let (mut jobs, ctx) = (Jobs::default(), Context::default());
        for words in ["first", "second"] {
            let message = move |_: &Handle| Ended::Message(words.to_owned());
            let name = Some(format!("Saving {words}"));
            jobs.start(&ctx, name, message).unwrap();
        }
        let silent = |handle: &Handle| {
            if handle.report(1.0) {
                Ended::Message("third".to_owned())
            } else {
                Ended::Cancelled
            }
        };
        jobs.start(&ctx, None, silent).unwrap();
        let mut order = Vec::new();
        for frame in 0..10 {
            for ended in jobs.ended() {
                let Ended::Message(words) = ended else {
                    panic!("nobody has cancelled it");
                };
                order.push((frame, words));
            }
            let output = ctx.run_ui(Default::default(), |ui| jobs.progress_ui(ui));
            output.drop_without_applying_deltas();
        }
        let expected = [(2, "first"), (5, "second"), (6, "third")];
        assert_eq!(
            order,
            expected.map(|(frame, words)| (frame, words.to_owned()))
        );
    }
}
