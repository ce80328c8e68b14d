//! The protocol between the handle and the thread, in every order in which things can happen.
//!
//! What is explored is the thread's own state machine, [`Worker`], and not a model of it: its loop is taken apart into
//! turns, and between any two of them any command may come, an experiment may be made, the reader may take an event or
//! not, and time may pass or not. Where a command and an experiment have come, either may be seen first. Channels of
//! one producer and one consumer keep their order whatever the threads do, and a turn reads all commands there are, so
//! that every schedule of the two threads is one of these sequences. (loom cannot follow a crossbeam channel, and would
//! see nothing but the channel's insides, which are tested where they are made.)
//!
//! A worker cannot be copied: every state is reached anew from the start, and states that look the same from outside
//! and inside are gone on from once. Clocks are in the state as what is asked of them: whether the last wake was long
//! ago. Only full speed is explored, at which no other clock matters.

mod counter;

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::knobs::{Knobs, Value};
use crate::sim::message::Epoch;
use counter::{Counter, TABLE};

/// Where its recipe ends.
const END: u64 = 5;

/// The longest sequence.
const DEPTH: usize = 4;

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Load {
        play: bool,
    },
    LoadBroken,
    Play,
    Pause,
    Step,
    RunToConvergence,
    Retune {
        good: bool,
    },
    Unload,
    /// The experiment is made that was asked for last.
    Made,
    /// The thread goes round its loop once.
    Turn {
        commands_first: bool,
    },
    /// The reader takes an event.
    Read,
    /// Nobody has been woken for long.
    Wait,
}

const ACTS: [Act; 15] = [
    Act::Load { play: true },
    Act::Load { play: false },
    Act::LoadBroken,
    Act::Play,
    Act::Pause,
    Act::Step,
    Act::RunToConvergence,
    Act::Retune { good: true },
    Act::Retune { good: false },
    Act::Unload,
    Act::Made,
    Act::Turn {
        commands_first: true,
    },
    Act::Turn {
        commands_first: false,
    },
    Act::Read,
    Act::Wait,
];

/// Both ends, and what the reader has been told.
struct World {
    worker: Worker<Box<dyn Fn()>>,
    sender: Option<Sender<Command>>,
    events: Receiver<Event>,
    wakes: Rc<Cell<usize>>,
    /// Gives the experiment that the worker waits for, and whether it can be made.
    maker: Option<(Epoch, Sender<Made>)>,
    broken: HashSet<Epoch>,
    /// Commands on their way to the thread.
    sent: Vec<Act>,
    read: usize,
    /// The last epoch that was asked for.
    asked: Epoch,
    /// The epoch that the reader follows: that of the newest answer to a load.
    followed: Epoch,
    is_loaded: bool,
    /// Whether it was given up since.
    unloaded: bool,
    /// Scheduled samples of that epoch.
    samples: u64,
    last: Option<Status>,
    /// Live changes on the way to the thread since the last load, and their answers.
    retunes: usize,
    answers: usize,
}

impl World {
    fn new() -> Self {
        let (sender, commands) = crossbeam_channel::bounded(64);
        let (event_sender, events) = crossbeam_channel::bounded(8);
        let wakes = Rc::new(Cell::new(0));
        let count = wakes.clone();
        let wake: Box<dyn Fn()> = Box::new(move || count.set(count.get() + 1));
        let mut worker = Worker::new(commands, event_sender, wake, Arc::default());
        worker.pool = None;
        Self {
            worker,
            sender: Some(sender),
            events,
            wakes,
            maker: None,
            broken: HashSet::new(),
            sent: Vec::new(),
            read: 0,
            asked: 0,
            followed: 0,
            is_loaded: false,
            unloaded: false,
            samples: 0,
            last: None,
            retunes: 0,
            answers: 0,
        }
    }

    fn send(&self, command: Command) {
        let sender = self.sender.as_ref().expect("nobody has hung up yet");
        assert!(sender.try_send(command).is_ok(), "the queue is long enough");
    }

    fn load(&mut self, play: bool) {
        self.asked += 1;
        self.retunes = 0;
        self.answers = 0;
        self.unloaded = false;
        self.send(Command::Load(Load {
            epoch: self.asked,
            // Nobody waits for the thread that calls it: see `adopt`.
            build: Box::new(|| Err("unused".to_owned())),
            lab: "",
            knobs: Knobs::new(&TABLE),
            changes: Vec::new(),
            end: END,
            catch_up: 0,
            through: false,
            play,
            speed: Speed::Max,
        }));
    }

    /// Whether an experiment waits to be taken over.
    fn is_made(&self) -> bool {
        let pending = self.worker.pending.as_ref();
        pending.is_some_and(|pending| !pending.made.is_empty())
    }

    /// Takes the place of the thread that makes what the worker waits for.
    fn adopt(&mut self) {
        let Some(pending) = &mut self.worker.pending else {
            self.maker = None;
            return;
        };
        let epoch = pending.load.epoch;
        if self.maker.as_ref().is_none_or(|(known, _)| *known != epoch) {
            let (sender, made) = crossbeam_channel::bounded(1);
            pending.made = made;
            self.maker = Some((epoch, sender));
        }
    }

    /// Makes it.
    fn make(&self) {
        let Some((epoch, sender)) = &self.maker else {
            return;
        };
        let made: Made = if self.broken.contains(epoch) {
            Err("broken".to_owned())
        } else {
            Ok(Box::new(Counter::new()))
        };
        // Made already, or given up.
        drop(sender.try_send(made));
    }

    /// Goes round the loop once, if the thread would not sleep.
    fn turn(&mut self, commands_first: bool) {
        let has_commands = !self.worker.commands.is_empty();
        if !has_commands && !self.is_made() && self.worker.wait_timeout().is_none() {
            return;
        }
        // What is seen first of two that have come is a coin's choice: both are tried.
        if self.is_made() && !(commands_first && has_commands) {
            let pending = self.worker.pending.as_ref();
            let made = pending.and_then(|pending| pending.made.try_recv().ok());
            self.worker.take_over(made);
        }
        if has_commands {
            let hidden = self.worker.pending.as_mut();
            let hidden = hidden.map(|pending| {
                let made = std::mem::replace(&mut pending.made, never());
                (pending.load.epoch, made)
            });
            assert!(self.worker.receive_commands(), "the handle is there");
            self.sent.clear();
            if let (Some(pending), Some((epoch, made))) = (&mut self.worker.pending, hidden)
                && pending.load.epoch == epoch
            {
                pending.made = made;
            }
        }
        self.adopt();
        self.worker.work();
        self.worker.report();
    }

    fn read(&mut self) {
        let Ok(event) = self.events.try_recv() else {
            return;
        };
        self.read += 1;
        assert!(self.wakes.get() >= self.read, "an event that woke nobody");
        match event {
            Event::Loaded { epoch, .. } => {
                assert!(epoch > self.followed, "epochs go up");
                self.follow(epoch, true);
            }
            Event::Rejected { epoch, .. } if epoch > self.followed => self.follow(epoch, false),
            Event::Rejected { epoch, .. } => {
                assert_eq!(epoch, self.followed, "of an experiment that is gone");
                self.answered(epoch, 1);
            }
            Event::Batch(batch) => {
                assert_eq!(
                    batch.epoch, self.followed,
                    "the reader was told of it first"
                );
                assert!(self.is_loaded);
                // The schedule records every early step: none is missing, none comes twice.
                for sample in &batch.samples {
                    assert_eq!(sample.step, self.samples);
                    self.samples += 1;
                }
                let newest = batch.latest.as_ref().or_else(|| batch.samples.last());
                assert!(newest.is_none_or(|sample| sample.step == batch.status.step));
                assert!(
                    self.last
                        .as_ref()
                        .is_none_or(|last| last.step <= batch.status.step)
                );
                self.answered(batch.epoch, batch.marks.len());
                self.last = Some(batch.status);
            }
        }
    }

    fn follow(&mut self, epoch: Epoch, is_loaded: bool) {
        self.followed = epoch;
        self.is_loaded = is_loaded;
        self.samples = 0;
        self.last = None;
    }

    fn answered(&mut self, epoch: Epoch, answers: usize) {
        if epoch == self.asked {
            self.answers += answers;
            assert!(self.answers <= self.retunes, "an answer to nothing");
        }
    }

    fn act(&mut self, act: Act) {
        let before = self.worker.commands.len();
        self.carry_out(act);
        if self.worker.commands.len() > before {
            self.sent.push(act);
        }
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::Load { play } => self.load(play),
            Act::LoadBroken => {
                self.load(true);
                self.broken.insert(self.asked);
            }
            Act::Play => self.send(Command::Play),
            Act::Pause => self.send(Command::Pause),
            Act::Step => self.send(Command::Step(1)),
            Act::RunToConvergence => self.send(Command::RunToConvergence),
            Act::Retune { good } => {
                self.retunes += 1;
                let rate = Value::Count(if good { 1 } else { 9 });
                let settings = vec![("rate".to_owned(), rate)];
                self.send(Command::Retune { settings });
            }
            Act::Unload => {
                self.unloaded = true;
                self.send(Command::Unload);
            }
            Act::Made => self.make(),
            Act::Turn { commands_first } => self.turn(commands_first),
            Act::Read => self.read(),
            Act::Wait => self.worker.wake_timer = WakeTimer::new(),
        }
    }

    /// What waits to be read, which is put back as it was.
    fn unread(&self) -> Vec<String> {
        let events: Vec<Event> = self.events.try_iter().collect();
        let told = events.iter().map(told).collect();
        for event in events {
            let put_back = self.worker.events.try_send(event);
            assert!(put_back.is_ok(), "there was room for it");
        }
        told
    }

    /// All that what happens next depends on.
    fn looks(&self) -> String {
        let loaded = self.worker.loaded.as_ref().map(|loaded| {
            format!(
                "{} {:?} {} {} {} {:?} {:?} {:?} {} {} {}",
                loaded.epoch,
                loaded.phase,
                loaded.session.step(),
                loaded.catch_up,
                loaded.end,
                loaded.further,
                loaded.stop_at,
                loaded.reported,
                loaded.to_convergence,
                loaded.session.has_samples(),
                loaded.session.has_marks(),
            )
        });
        format!(
            "{loaded:?} {:?} {} {} {:?} {:?} {:?} {} {} {} {} {} {:?} {} {} {}",
            self.worker.pending.as_ref().map(|pending| {
                let then: Vec<&str> = pending.then.iter().map(kind).collect();
                (pending.load.epoch, pending.load.play, then)
            }),
            self.broken.contains(&self.asked),
            self.is_made(),
            self.worker.outbox.iter().map(told).collect::<Vec<_>>(),
            self.sent,
            self.unread(),
            self.worker.wake_timer.is_early(),
            self.asked,
            self.followed,
            self.is_loaded,
            self.samples,
            self.last.as_ref().map(|last| (last.phase, last.step)),
            self.retunes,
            self.answers,
            self.unloaded,
        )
    }

    /// Lets both ends go on until nothing happens any more: everything was told then.
    fn settle(&mut self, path: &[Act]) {
        for _ in 0..200 {
            self.act(Act::Wait);
            self.turn(true);
            self.make();
            while !self.events.is_empty() {
                self.read();
            }
        }
        assert!(
            self.worker.outbox.is_empty(),
            "{path:?}: left in the outbox"
        );
        assert!(
            self.worker.commands.is_empty(),
            "{path:?}: left in the queue"
        );
        assert!(
            self.followed == self.asked || self.unloaded,
            "{path:?}: a load without an answer"
        );
        if self.unloaded {
            let worker = &self.worker;
            assert!(
                worker.loaded.is_none() && worker.pending.is_none(),
                "{path:?}"
            );
        }
        assert_eq!(
            self.worker.wait_timeout(),
            None,
            "{path:?}: a clock that stands wakes the thread"
        );
        if let Some(loaded) = &self.worker.loaded {
            let last = self.last.as_ref();
            let last = last.map(|last| (last.phase, last.step));
            let now = (loaded.phase, loaded.session.step());
            assert_eq!(last, Some(now), "{path:?}: the reader was not told");
            assert!(matches!(now.0, Phase::Paused(_)), "{path:?}: {now:?}");
            assert_eq!(self.samples, now.1 + 1, "{path:?}: samples are missing");
            assert_eq!(
                self.answers, self.retunes,
                "{path:?}: no answer to a change"
            );
        }
        // Whatever it does, it hears that nobody is there any more.
        self.sender = None;
        assert!(!self.worker.receive_commands(), "{path:?}: it does not end");
    }
}

fn kind(command: &Command) -> &'static str {
    match command {
        Command::Load(_) => "load",
        Command::Unload => "unload",
        Command::Retune { .. } => "retune",
        Command::Play => "play",
        Command::Pause => "pause",
        Command::Step(_) => "step",
        Command::RunToConvergence => "run",
        Command::SetSpeed(_) => "set speed",
    }
}

/// An event as far as the reader's next step depends on it.
fn told(event: &Event) -> String {
    match event {
        Event::Loaded { epoch, .. } => format!("loaded {epoch}"),
        Event::Rejected { epoch, .. } => format!("rejected {epoch}"),
        Event::Batch(batch) => format!(
            "{} {} {:?} {} {:?} {}",
            batch.epoch,
            batch.samples.len(),
            batch.latest.as_ref().map(|sample| sample.step),
            batch.marks.len(),
            batch.status.phase,
            batch.status.step,
        ),
    }
}

/// The state after a sequence of acts.
fn reached(path: &[Act]) -> World {
    let mut world = World::new();
    for act in path {
        world.act(*act);
    }
    world
}

#[test]
fn in_every_order_of_commands_turns_and_reads_all_is_told_once() {
    let mut seen = HashSet::new();
    let mut ahead: VecDeque<Vec<Act>> = VecDeque::from([Vec::new()]);
    let mut explored = 0;
    while let Some(path) = ahead.pop_front() {
        explored += 1;
        reached(&path).settle(&path);
        if path.len() == DEPTH {
            continue;
        }
        for act in ACTS {
            let path: Vec<Act> = path.iter().copied().chain([act]).collect();
            if seen.insert(reached(&path).looks()) {
                ahead.push_back(path);
            }
        }
    }
    // Far fewer would mean that something stops before it begins.
    assert!(explored > 5_000, "{explored} states");
}
