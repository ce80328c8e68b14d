//! The pictures of a sweep in a browser's page, which has no threads: an order is carried out at once, and the page
//! waits.

use std::io;
use std::sync::Arc;

use super::{Made, Order, Source};
use crate::sweep::Sweep;

/// See the module.
pub struct PictureMaker {
    source: Source,
    made: Option<Made>,
    wake: Box<dyn Fn()>,
}

impl PictureMaker {
    /// How many times as long as making pictures takes the next order should wait while cells arrive: the page waits
    /// for a twentieth of the time at most.
    pub const REST: u32 = 20;

    /// For the pictures of this sweep. `wake` is called when some are made.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a thread can be refused, and is started by the same name"
    )]
    pub fn spawn(sweep: Arc<Sweep>, wake: impl Fn() + 'static) -> io::Result<Self> {
        Ok(Self {
            source: Source::new(sweep),
            made: None,
            wake: Box::new(wake),
        })
    }

    /// Whether an order has an answer that nobody has taken yet.
    pub fn is_busy(&self) -> bool {
        self.made.is_some()
    }

    /// Carries out an order.
    pub fn give(&mut self, order: Order) {
        self.made = Some(self.source.make(order));
        (self.wake)();
    }

    /// What has been made, if anything new.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a thread can end, and is asked by the same name"
    )]
    pub fn try_recv(&mut self) -> Result<Option<Made>, String> {
        Ok(self.made.take())
    }
}
