//! What the browser has done meanwhile, for the window to take in when it draws next.

use std::cell::RefCell;
use std::collections::VecDeque;

use eframe::egui::Context;

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
}

impl News {
    /// Has it taken in.
    pub(super) fn tell(self, ctx: &Context) {
        NEWS.with(|news| news.borrow_mut().push_back(self));
        ctx.request_repaint();
    }

    /// The next one, if there is one.
    pub(crate) fn next() -> Option<Self> {
        NEWS.with(|news| news.borrow_mut().pop_front())
    }
}
