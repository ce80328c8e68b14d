//! A worker: one of the engines, turned whenever there is something to do.
//!
//! The page's script sends the worker's kind first; the worker's script keeps what comes behind it until this module
//! listens. Between two turns the worker hears what the page has sent: a turn takes milliseconds, but for an experiment
//! that is being made or a piece of a study, during which the page can only end the worker.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::iter;
use std::ops::ControlFlow;
use std::panic;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use js_sys::Uint8Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use super::port::{Kind, from_worker, post, to_worker};
use crate::crash::text_of;
use crate::export;
use crate::files::{download, memory};
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sim::analysis::{self, Finding, Order};
use crate::sim::worker;
use crate::sweep::run::run;
use crate::sweep::{Sweep, job};
use crate::wire::{self, FromSweeper, FromWriter, ToSweeper, ToWriter};

/// Messages that the page has not read at most: those behind wait here, and grow.
const UNREAD: usize = 2;

/// Hears what the page says from here on.
pub(super) fn listen(scope: &DedicatedWorkerGlobalScope) {
    let said = scope.clone();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let reason = format!("{} ({place})", text_of(info.payload()));
        send(&said, from_worker::PANIC, &wire::encode(&reason));
    }));
    let engine: Box<dyn Engine> = match Kind::of_name(&scope.name()) {
        Some(Kind::Simulation) => Box::<Simulation>::default(),
        Some(Kind::Analysis) => Box::<Analysis>::default(),
        Some(Kind::Sweep) => Box::<Sweeper>::default(),
        Some(Kind::Writer) => Box::<Writer>::default(),
        None => return,
    };
    let Ok(turns) = Turns::new(scope) else { return };
    let host = Rc::new(RefCell::new(Host {
        scope: scope.clone(),
        engine,
        unread: 0,
        taken: 0,
        turns,
    }));
    let again = host.clone();
    host.borrow().turns.call(move || turn(&again));
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        host.borrow_mut()
            .hear(&Uint8Array::new(&event.data()).to_vec());
        turn(&host);
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // As long as the worker.
    listener.forget();
}

fn send(scope: &DedicatedWorkerGlobalScope, kind: u8, message: &[u8]) {
    let bytes = [&[kind], message].concat();
    let posted = post(&bytes, |array, transferred| {
        scope.post_message_with_transfer(array, transferred)
    });
    // The page ends a worker that says nothing.
    drop(posted);
}

/// Carries out what has come, sends what there is to say, and sees to the next turn.
fn turn(host: &Rc<RefCell<Host>>) {
    let mut host = host.borrow_mut();
    host.turns.is_due.set(false);
    let wait = host.engine.turn();
    host.tell();
    host.turns.after(wait);
}

/// What turns, whenever there is something to do.
trait Engine {
    /// Takes a message.
    fn hear(&mut self, message: &[u8]);
    /// Works for a while; how long there is nothing more to do, for ever if `None`.
    fn turn(&mut self) -> Option<Duration>;
    /// How far it has come with what it has heard.
    fn taken(&self) -> u64;
    /// The next message for the page.
    fn next_message(&mut self) -> Option<Vec<u8>>;
}

/// An engine and what it has to do with the page.
struct Host {
    scope: DedicatedWorkerGlobalScope,
    engine: Box<dyn Engine>,
    /// Messages that the page has not read.
    unread: usize,
    /// How far the page knows that the engine has come.
    taken: u64,
    turns: Turns,
}

impl Host {
    fn hear(&mut self, bytes: &[u8]) {
        let Some((kind, message)) = bytes.split_first() else {
            return;
        };
        match *kind {
            to_worker::MESSAGE => self.engine.hear(message),
            to_worker::READ => self.unread = self.unread.saturating_sub(1),
            to_worker::FILES => {
                if let Some(files) = wire::decode(message) {
                    memory::replace(files);
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self) {
        let taken = self.engine.taken();
        if taken != self.taken {
            self.taken = taken;
            send(&self.scope, from_worker::TAKEN, &wire::encode(&taken));
        }
        while self.unread < UNREAD
            && let Some(message) = self.engine.next_message()
        {
            self.unread += 1;
            send(&self.scope, from_worker::MESSAGE, &message);
        }
    }
}

/// Calls for the next turn.
struct Turns {
    scope: DedicatedWorkerGlobalScope,
    /// A message from one end to the other comes as soon as the messages of the page have been heard. A timer would
    /// wait four milliseconds.
    ends: [MessagePort; 2],
    timer: Cell<Option<i32>>,
    is_due: Cell<bool>,
    callback: OnceCell<Closure<dyn FnMut()>>,
}

impl Turns {
    fn new(scope: &DedicatedWorkerGlobalScope) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        Ok(Self {
            scope: scope.clone(),
            ends: [channel.port1(), channel.port2()],
            timer: Cell::new(None),
            is_due: Cell::new(false),
            callback: OnceCell::new(),
        })
    }

    /// What a turn is.
    fn call(&self, turn: impl FnMut() + 'static) {
        let callback = self.callback.get_or_init(|| Closure::new(turn));
        let callback = callback.as_ref().unchecked_ref();
        self.ends[0].set_onmessage(Some(callback));
    }

    /// Sees to it that the next turn comes after this time; a turn that was to come is not any more.
    fn after(&self, wait: Option<Duration>) {
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        let (Some(wait), Some(callback)) = (wait, self.callback.get()) else {
            return;
        };
        if wait.is_zero() {
            if !self.is_due.replace(true) {
                // A port of one's own takes every message.
                drop(self.ends[1].post_message(&JsValue::NULL));
            }
            return;
        }
        let milliseconds = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX).max(1);
        let callback = callback.as_ref().unchecked_ref();
        let timer = self
            .scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds);
        self.timer.set(timer.ok());
    }
}

/// The simulation.
#[derive(Default)]
struct Simulation {
    engine: worker::Engine,
}

impl Engine for Simulation {
    fn hear(&mut self, message: &[u8]) {
        if let Some(command) = wire::decode(message) {
            // A turn follows every message: there is room.
            drop(self.engine.send(command));
        }
    }

    fn turn(&mut self) -> Option<Duration> {
        self.engine.turn()
    }

    fn taken(&self) -> u64 {
        self.engine.taken()
    }

    fn next_message(&mut self) -> Option<Vec<u8>> {
        self.engine.try_recv().map(|event| wire::encode(&event))
    }
}

/// The analysis.
#[derive(Default)]
struct Analysis {
    engine: analysis::Engine,
    orders: VecDeque<Order>,
    found: VecDeque<Finding>,
    taken: u64,
}

impl Engine for Analysis {
    fn hear(&mut self, message: &[u8]) {
        self.orders.extend(wire::decode::<Order>(message));
    }

    fn turn(&mut self) -> Option<Duration> {
        let order = self.orders.pop_front();
        self.taken += u64::from(order.is_some());
        let goes_on = self.engine.turn(order);
        self.found.extend(iter::from_fn(|| self.engine.try_recv()));
        (goes_on || !self.orders.is_empty()).then_some(Duration::ZERO)
    }

    fn taken(&self) -> u64 {
        self.taken
    }

    fn next_message(&mut self) -> Option<Vec<u8>> {
        self.found.pop_front().map(|finding| wire::encode(&finding))
    }
}

/// A worker of a sweep.
#[derive(Default)]
struct Sweeper {
    sweep: Option<Sweep>,
    asked: VecDeque<ToSweeper>,
    answers: VecDeque<FromSweeper>,
    taken: u64,
}

impl Sweeper {
    fn carry_out(&mut self, asked: ToSweeper) {
        match (asked, &self.sweep) {
            (ToSweeper::Begin(sweep), _) => self.sweep = Some(*sweep),
            (_, None) => {}
            (ToSweeper::Try(cells, workers), Some(sweep)) => {
                let tried = job::tried(sweep, &cells, workers, &Watch::default());
                self.answers.push_back(match tried {
                    Ok(asks) => FromSweeper::Tried(asks),
                    Err(error) => FromSweeper::Failed(error.to_string()),
                });
            }
            (ToSweeper::Run(cell), Some(sweep)) => {
                let answers = Mutex::new(&mut self.answers);
                let answer = |answer| {
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.push_back(answer);
                };
                let ended = run(sweep, &[cell], &Watch::default(), &|result| {
                    answer(FromSweeper::Finished(Box::new(result)));
                    ControlFlow::Continue(())
                });
                if let Err(error) = ended {
                    answer(FromSweeper::Failed(error.to_string()));
                }
            }
        }
    }
}

impl Engine for Sweeper {
    fn hear(&mut self, message: &[u8]) {
        self.asked.extend(wire::decode::<ToSweeper>(message));
    }

    fn turn(&mut self) -> Option<Duration> {
        if let Some(asked) = self.asked.pop_front() {
            self.taken += 1;
            self.carry_out(asked);
        }
        (!self.asked.is_empty()).then_some(Duration::ZERO)
    }

    fn taken(&self) -> u64 {
        self.taken
    }

    fn next_message(&mut self) -> Option<Vec<u8>> {
        self.answers.pop_front().map(|answer| wire::encode(&answer))
    }
}

/// What writes a run. It speaks while it works, as its only turn takes as long as all of it.
#[derive(Default)]
struct Writer {
    asked: Option<ToWriter>,
}

/// Says something at once, however much of the rest is unread: a file, or one of a thousand parts.
fn say(message: &FromWriter) {
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        send(&scope, from_worker::MESSAGE, &wire::encode(message));
    }
}

/// The page makes a download of it.
fn hand_over(name: &str, bytes: &[u8]) -> io::Result<()> {
    say(&FromWriter::File(name.to_owned(), bytes.to_owned()));
    Ok(())
}

impl Engine for Writer {
    fn hear(&mut self, message: &[u8]) {
        self.asked = wire::decode(message);
    }

    fn turn(&mut self) -> Option<Duration> {
        let asked = self.asked.take()?;
        download::hand_to(hand_over);
        let mut said = 0;
        let progress = |part: f64| {
            let thousandths = (1000.0 * part) as u32;
            if thousandths != said {
                said = thousandths;
                say(&FromWriter::Reached(part));
            }
            true
        };
        let written = Recipe::from_toml(&asked.recipe)
            .map_err(|error| error.to_string())
            .and_then(|recipe| {
                let out = PathBuf::from(asked.out);
                let written = export::run_again(recipe, out, asked.record_noise, progress);
                written.map_err(|error| error.to_string())
            });
        say(&match written {
            Ok(()) => FromWriter::Written,
            Err(reason) => FromWriter::Failed(reason),
        });
        None
    }

    fn taken(&self) -> u64 {
        0
    }

    fn next_message(&mut self) -> Option<Vec<u8>> {
        None
    }
}
