//! What the browser has done meanwhile, for the window to take in when it draws next.

use std::cell::RefCell;
use std::collections::VecDeque;

/// A file that somebody has brought into the page.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) name: String,
    /// Its bytes, or why there are none.
    pub(crate) content: Result<Vec<u8>, String>,
}

/// See the module.
#[derive(Debug)]
pub(crate) enum News {
    /// Files have been read, which were brought together.
    Files(Vec<Brought>),
    /// The clipboard has taken a picture, or not.
    Copied(Result<(), String>),
}

thread_local! {
    static NEWS: RefCell<VecDeque<News>> = RefCell::default();

    /// Has the window draw.
    static WAKE: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Calls back whenever there is news.
pub(crate) fn when_there_is_news(wake: impl Fn() + 'static) {
    WAKE.set(Some(Box::new(wake)));
}

impl News {
    /// Has it taken in.
    pub(super) fn tell(self) {
        NEWS.with_borrow_mut(|news| news.push_back(self));
        WAKE.with_borrow(|wake| {
            if let Some(wake) = wake {
                wake();
            }
        });
    }

    /// The next one, if there is one.
    pub(crate) fn next() -> Option<Self> {
        NEWS.with_borrow_mut(VecDeque::pop_front)
    }
}
