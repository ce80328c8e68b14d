//! The analysis in a worker, with the interface of the native one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;

use super::port::{Kind, Port};
use crate::sim::analysis::{Finding, ORDERS, Order};
use crate::sim::message::Epoch;

/// Owns the worker; dropping it ends the worker at once, whatever it studies.
pub(crate) struct Analysis {
    port: RefCell<Port>,
    /// The experiments that were ordered, each with the number of its order; the last one taken up comes first.
    ordered: RefCell<VecDeque<(u64, Epoch)>>,
}

impl Analysis {
    /// Starts the worker. `wake` is called when there is something to read.
    pub(crate) fn spawn(wake: impl Fn() + 'static) -> io::Result<Self> {
        let port = Port::start(Kind::Analysis, wake).map_err(io::Error::other)?;
        Ok(Self {
            port: RefCell::new(port),
            ordered: RefCell::default(),
        })
    }

    /// Whether the worker has taken up an experiment, or a newer one.
    pub(crate) fn has_taken(&self, epoch: Epoch) -> bool {
        let taken = self.port.borrow().taken();
        let mut ordered = self.ordered.borrow_mut();
        while ordered.get(1).is_some_and(|(order, _)| *order <= taken) {
            ordered.pop_front();
        }
        let first = ordered.front();
        first.is_some_and(|(order, of)| *order <= taken && *of >= epoch)
    }

    /// Gives an order; `false` if the worker has not taken the last ones yet.
    pub(crate) fn give(&self, order: Order) -> bool {
        let mut port = self.port.borrow_mut();
        if port.sent() - port.taken() >= ORDERS as u64 || port.send(&order).is_err() {
            return false;
        }
        if let Order::Load { epoch, .. } = order {
            self.ordered.borrow_mut().push_back((port.sent(), epoch));
        }
        true
    }

    /// The next finding, if there is one; the reason for the worker's end if it has ended.
    pub(crate) fn try_recv(&mut self) -> Result<Option<Finding>, String> {
        self.port.get_mut().try_recv()
    }
}
