//! An experiment on its way: it is made on a thread of its own, so that whatever takes long, or never ends, holds up
//! neither another load nor a window that closes. Where there are no threads it is made between two turns.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded, never};

use crate::sim::experiment::Experiment;
use crate::sim::message::{Build, Command, Load};

/// What the making has come to.
pub(super) type Made = Result<Box<dyn Experiment>, String>;

/// An experiment that is being made. Dropping it abandons the thread, which has nothing to leave half done.
pub(super) struct Pending {
    /// What it is made for; its builder is on the thread.
    pub(super) load: Load,
    /// The experiment, once it is made.
    pub(super) made: Receiver<Made>,
    /// What is to be done with it then.
    pub(super) then: Vec<Command>,
    /// Makes it, where there is no thread to do so.
    build: Option<Build>,
    thread: Option<JoinHandle<()>>,
}

impl Pending {
    /// Begins to make it, unless that is left to [`make`](Self::make).
    pub(super) fn begin(mut load: Load, makes_here: bool) -> Result<Self, String> {
        let nothing: Build = Box::new(|| Err("it is being made already".to_owned()));
        let build = std::mem::replace(&mut load.build, nothing);
        if makes_here {
            return Ok(Self {
                load,
                made: never(),
                then: Vec::new(),
                build: Some(build),
                thread: None,
            });
        }
        let (sender, made) = bounded(1);
        let make = move || {
            let experiment = build();
            // A failure means that nobody waits for it any more.
            drop(sender.send(experiment));
        };
        let thread = std::thread::Builder::new().name("loading".to_owned());
        let thread = thread.spawn(make);
        let thread = thread.map_err(|error| format!("no thread to prepare the data: {error}"))?;
        Ok(Self {
            load,
            made,
            then: Vec::new(),
            build: None,
            thread: Some(thread),
        })
    }

    /// Makes it now.
    pub(super) fn make(&mut self) -> Made {
        match self.build.take() {
            Some(build) => build(),
            None => self.why_not(),
        }
    }

    /// Keeps a command for it.
    pub(super) fn keep(&mut self, command: Command) {
        // Of a moved control only the last place counts: an experiment that is never made collects no more than these.
        if let Command::SetSpeed(_) = command {
            self.then
                .retain(|kept| !matches!(kept, Command::SetSpeed(_)));
        }
        self.then.push(command);
    }

    /// Why its thread has ended without an experiment. A panic goes on here.
    pub(super) fn why_not(&mut self) -> Made {
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        Err("the thread that prepares the data has ended".to_owned())
    }
}
