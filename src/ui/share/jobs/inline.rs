//! Work in a browser's page, which has no threads: between two frames, once a frame has said what is being done. Nothing
//! else happens meanwhile, so nothing can cancel it, but for work in pieces, of which there is one between two frames.

use std::collections::VecDeque;

use eframe::egui::{Context, Spinner, Ui};

use super::{Ended, Handle};

/// Frames that are drawn before a job that shows itself begins: the one that has asked for it may have drawn its status
/// line already.
const FRAMES: u8 = 2;

enum Work {
    Whole(Box<dyn FnOnce(&Handle) -> Ended>),
    InPieces(Box<dyn FnMut(&Handle) -> Option<Ended>>),
}

struct Job {
    /// What it does, for the status line; without one it shows nothing.
    name: Option<String>,
    handle: Handle,
    work: Work,
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
        self.add(ctx, name, Work::Whole(Box::new(work)));
        Ok(())
    }

    /// The same for work in pieces, which ends with the first one that says how.
    pub(in crate::ui) fn start_in_pieces(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        piece: impl FnMut(&Handle) -> Option<Ended> + 'static,
    ) {
        self.add(ctx, name, Work::InPieces(Box::new(piece)));
    }

    fn add(&mut self, ctx: &Context, name: Option<String>, work: Work) {
        ctx.request_repaint();
        self.jobs.push_back(Job {
            frames: if name.is_some() { FRAMES } else { 0 },
            name,
            handle: Handle::new(ctx),
            work,
        });
    }

    /// Does the next job, or its next piece, if it has been announced, and says how it has ended. To be called once a
    /// frame.
    pub(in crate::ui) fn ended(&mut self) -> Vec<Ended> {
        let Some(mut job) = self.jobs.pop_front() else {
            return Vec::new();
        };
        job.handle.ctx.request_repaint();
        if job.frames > 0 {
            job.frames -= 1;
            self.jobs.push_front(job);
            return Vec::new();
        }
        let mut piece = match job.work {
            Work::Whole(work) => return vec![work(&job.handle)],
            Work::InPieces(piece) => piece,
        };
        if job.handle.watch.is_given_up() {
            return vec![Ended::Cancelled];
        }
        let ended = piece(&job.handle);
        if ended.is_none() {
            let work = Work::InPieces(piece);
            self.jobs.push_front(Job { work, ..job });
        }
        ended.into_iter().collect()
    }

    /// What is being done or about to be.
    pub(in crate::ui) fn progress_ui(&self, ui: &mut Ui) {
        for job in &self.jobs {
            let Some(name) = &job.name else { continue };
            if matches!(job.work, Work::Whole(_)) {
                ui.add(Spinner::new());
                ui.label(format!("{name} …"));
                continue;
            }
            job.handle.bar_ui(ui, name);
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

    #[test]
    fn work_in_pieces_goes_on_until_it_ends_or_is_cancelled() {
        let (mut jobs, ctx) = (Jobs::default(), Context::default());
        for cancelled in [false, true] {
            let mut left = 3;
            jobs.start_in_pieces(&ctx, None, move |handle| {
                left -= 1;
                if cancelled && left == 1 {
                    handle.watch.give_up();
                }
                (left == 0).then(|| Ended::Message("done".to_owned()))
            });
            assert!(jobs.ended().is_empty() && jobs.ended().is_empty());
            let ended = jobs.ended();
            assert_eq!(matches!(ended[..], [Ended::Cancelled]), cancelled);
            assert_eq!(ended.len(), 1);
            assert!(jobs.ended().is_empty());
        }
    }
}
