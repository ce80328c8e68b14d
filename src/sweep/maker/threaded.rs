//! A thread of its own for the pictures of a sweep.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::{Made, Order, Source};
use crate::sim::threads;
use crate::sweep::Sweep;

/// See the module. Dropped, it ends with the picture that it is at, which goes nowhere: nobody waits for it.
pub struct PictureMaker {
    orders: Sender<Order>,
    made: Receiver<Made>,
    thread: Option<JoinHandle<()>>,
    is_busy: bool,
}

impl PictureMaker {
    /// How many times as long as making pictures takes the next order should wait while cells arrive: the thread takes
    /// half of a core at most.
    pub const REST: u32 = 1;

    /// Starts the thread, for the pictures of this sweep. `wake` is called, on that thread, when some are made.
    pub fn spawn(sweep: Arc<Sweep>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (order_sender, orders) = bounded::<Order>(1);
        let (made_sender, made) = bounded(1);
        let work = move || {
            let mut source = Source::new(sweep);
            for order in orders {
                if made_sender.send(source.make(order)).is_err() {
                    return;
                }
                wake();
            }
        };
        let thread = thread::Builder::new()
            .name("pictures".to_owned())
            .spawn(work)?;
        Ok(Self {
            orders: order_sender,
            made,
            thread: Some(thread),
            is_busy: false,
        })
    }

    /// Whether an order has no answer yet.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Gives an order; for a maker that is not busy. What becomes of it [`Self::try_recv`] tells.
    pub fn give(&mut self, order: Order) {
        self.is_busy = true;
        // A thread that has ended tells why instead of an answer.
        drop(self.orders.try_send(order));
    }

    /// What has been made, if anything new; the reason for the thread's end if it has ended.
    pub fn try_recv(&mut self) -> Result<Option<Made>, String> {
        match self.made.try_recv() {
            Ok(made) => {
                self.is_busy = false;
                Ok(Some(made))
            }
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(threads::exit_reason(self.thread.take())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::sweep::maker::Choice;
    use crate::sweep::maker::inline;
    use crate::sweep::picture::Shown;
    use crate::sweep::pictures::Pictures;
    use crate::sweep::run::CellResult;
    use crate::sweep::{Vary, caption, testing};

    fn answer(maker: &mut PictureMaker) -> Result<Made, String> {
        let start = Instant::now();
        loop {
            if let Some(made) = maker.try_recv()? {
                return Ok(made);
            }
            assert!(start.elapsed() < Duration::from_mins(1));
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn pictures_of_the_thread_and_of_a_page_are_those_made_directly_however_the_cells_came() {
        let axes = ["alpha=0.1,0.2,0.3", "step_size=0.01,0.02"];
        let sweep = Arc::new(testing::small(&[("steps", "50")], &axes, 2, Vary::Noise));
        let results = testing::all(&sweep);
        let cells: Vec<Arc<CellResult>> = results.shared().cloned().collect();
        let choice = Choice {
            column: Some("validation_loss"),
            of: Some(Shown::Median("sgd")),
        };
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = wakes.clone();
        let wake = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let mut maker = PictureMaker::spawn(sweep.clone(), wake).unwrap();
        let mut page = inline::PictureMaker::spawn(sweep.clone(), || ()).unwrap();
        let mut last = None;
        for some in cells.rchunks(5) {
            let order = || Order {
                cells: some.to_vec(),
                choice,
            };
            assert!(!maker.is_busy());
            maker.give(order());
            assert!(maker.is_busy());
            page.give(order());
            assert!(page.is_busy());
            let made = answer(&mut maker).unwrap();
            assert_eq!(made.cells.len(), some.len());
            last = Some([made, page.try_recv().unwrap().unwrap()]);
        }
        let direct = Pictures::of(&sweep, &results, choice.column, choice.of);
        for made in last.unwrap() {
            assert_eq!(format!("{:?}", made.pictures), format!("{direct:?}"));
            assert_eq!(made.caption, caption::caption(&sweep, &results));
            assert_eq!(made.tally, results.tally());
            assert_eq!(made.choice, choice);
        }
        assert!(!page.is_busy() && maker.try_recv().unwrap().is_none());
        // Who waits for pictures should do so less often.
        const { assert!(inline::PictureMaker::REST > PictureMaker::REST) };
        // It wakes once the answer is there.
        let start = Instant::now();
        while wakes.load(Ordering::Relaxed) < 3 {
            assert!(start.elapsed() < Duration::from_mins(1));
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_has_ended_says_why() {
        let sweep = Arc::new(testing::small(
            &[("steps", "5")],
            &["alpha=0.1"],
            1,
            Vary::Noise,
        ));
        let mut maker = PictureMaker::spawn(sweep.clone(), || panic!("out of luck")).unwrap();
        let order = || Order {
            cells: testing::all(&sweep).shared().cloned().collect(),
            choice: Choice::default(),
        };
        maker.give(order());
        // The answer that came before is not lost.
        assert!(answer(&mut maker).unwrap().pictures.is_some());
        maker.give(order());
        assert_eq!(answer(&mut maker).unwrap_err(), "out of luck");
    }
}
