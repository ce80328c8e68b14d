//! A worker as the page sees it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use super::words_of;
use crate::files::memory;
use crate::wire::{self, Wire};

/// The script that a worker begins with, beside the page.
const SCRIPT: &str = "./worker.js";

/// What a worker computes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Simulation,
    Analysis,
    Sweep,
    Writer,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Simulation => "simulation",
            Self::Analysis => "analysis",
            Self::Sweep => "sweep",
            Self::Writer => "writer",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let mut all = [Self::Simulation, Self::Analysis, Self::Sweep, Self::Writer].into_iter();
        all.find(|kind| kind.name() == name)
    }
}

/// What a message to a worker begins with.
pub(super) mod to_worker {
    /// A message for its engine.
    pub(in crate::web) const MESSAGE: u8 = 0;
    /// The page has read a message.
    pub(in crate::web) const READ: u8 = 1;
    /// Files that the messages behind it name.
    pub(in crate::web) const FILES: u8 = 2;
}

/// What a message from a worker begins with.
pub(super) mod from_worker {
    /// A message of its engine.
    pub(in crate::web) const MESSAGE: u8 = 0;
    /// So many messages have been taken up in all, as eight bytes.
    pub(in crate::web) const TAKEN: u8 = 1;
    /// It ends, for the reason that stands behind it as text.
    pub(in crate::web) const PANIC: u8 = 2;
}

/// What has come from a worker.
#[derive(Default)]
struct Inbox {
    messages: VecDeque<Vec<u8>>,
    taken: u64,
    failed: Option<String>,
}

/// Owns a worker; dropping it ends the worker at once, whatever it is at.
pub(super) struct Port {
    worker: Worker,
    inbox: Rc<RefCell<Inbox>>,
    /// Messages sent.
    sent: u64,
    /// The version of the files that the worker has.
    files: u64,
    /// They are called for as long as the worker is there.
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

impl Port {
    /// Starts a worker. `wake` is called when it has said something.
    pub(super) fn start(kind: Kind, wake: impl Fn() + 'static) -> Result<Self, String> {
        let begun = Self::begin(kind, Rc::new(wake));
        begun.map_err(|error| words_of(&error))
    }

    fn begin(kind: Kind, wake: Rc<dyn Fn()>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(kind.name());
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let listeners = [
            listener(&inbox, &wake, |inbox, event| {
                let event: MessageEvent = event.unchecked_into();
                take_in(inbox, &Uint8Array::new(&event.data()).to_vec());
            }),
            listener(&inbox, &wake, |inbox, event| {
                let reason = words_of(&event);
                inbox.failed.get_or_insert(reason);
            }),
        ];
        worker.set_onmessage(Some(listeners[0].as_ref().unchecked_ref()));
        worker.set_onerror(Some(listeners[1].as_ref().unchecked_ref()));
        let first = Object::new();
        Reflect::set(&first, &"kind".into(), &kind.name().into())?;
        // Compiled once, for the page.
        Reflect::set(&first, &"module".into(), &wasm_bindgen::module())?;
        worker.post_message(&first)?;
        Ok(Self {
            worker,
            inbox,
            sent: 0,
            files: 0,
            _listeners: listeners,
        })
    }

    /// Sends a message, behind the files that are there if it has to do with some.
    pub(super) fn send(&mut self, message: &impl Wire) -> Result<(), String> {
        let version = memory::version();
        if version != self.files {
            self.files = version;
            self.post(to_worker::FILES, &memory::all())?;
        }
        self.sent += 1;
        self.post(to_worker::MESSAGE, message)
    }

    fn post(&self, kind: u8, message: &impl Wire) -> Result<(), String> {
        let mut bytes = vec![kind];
        message.put(&mut bytes);
        post(&bytes, |array, transferred| {
            self.worker.post_message_with_transfer(array, transferred)
        })
        .map_err(|error| words_of(&error))
    }

    /// Messages that have been sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Messages that the worker has taken up.
    pub(super) fn taken(&self) -> u64 {
        self.inbox.borrow().taken
    }

    /// The next message, if there is one; the reason for the worker's end if it has ended.
    pub(super) fn try_recv<T: Wire>(&self) -> Result<Option<T>, String> {
        let next = self.inbox.borrow_mut().messages.pop_front();
        let Some(bytes) = next else {
            let failed = self.inbox.borrow().failed.clone();
            return failed.map_or(Ok(None), Err);
        };
        self.post(to_worker::READ, &())?;
        let message = wire::decode(&bytes);
        message.map(Some).ok_or_else(|| {
            "the page and its workers are of different versions: reload the page".to_owned()
        })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn listener(
    inbox: &Rc<RefCell<Inbox>>,
    wake: &Rc<dyn Fn()>,
    take: impl Fn(&mut Inbox, JsValue) + 'static,
) -> Closure<dyn FnMut(JsValue)> {
    let (inbox, wake) = (inbox.clone(), wake.clone());
    Closure::new(move |event| {
        take(&mut inbox.borrow_mut(), event);
        wake();
    })
}

fn take_in(inbox: &mut Inbox, bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    match *kind {
        from_worker::MESSAGE => inbox.messages.push_back(rest.to_vec()),
        from_worker::TAKEN => inbox.taken = wire::decode(rest).unwrap_or(inbox.taken),
        from_worker::PANIC => inbox.failed = wire::decode(rest),
        _ => {}
    }
}

/// Posts bytes without copying them a second time.
pub(super) fn post(
    bytes: &[u8],
    post: impl FnOnce(&JsValue, &JsValue) -> Result<(), JsValue>,
) -> Result<(), JsValue> {
    let array = Uint8Array::from(bytes);
    let transferred = Array::of1(&array.buffer());
    post(&array, &transferred)
}
