//! When to wake the reader.
//!
//! A reader that paints without a graphics card takes long for a frame, and takes the processor from the runs unless
//! there are cores to spare. Its frames are timed, and it is then woken only once in several of them.

use std::time::Duration;

use web_time::Instant;

use super::SLICE;
use crate::sim::threads;

/// How often the reader is woken at most: a frame at 60 Hz.
pub(super) const FRAME: Duration = Duration::from_millis(16);

/// A frame that takes longer is slow: one at 60 Hz, and two slices by which its end may be noticed late.
const SLOW_FRAME: Duration = Duration::from_millis(24);

/// A reader with slow frames is woken once in the time of so many of them.
const FRAMES_PER_WAKE: u32 = 5;

/// Factor by which the interval shrinks from one batch to the next, until a frame is timed again.
const INTERVAL_DECAY: f64 = 0.95;

/// The longest interval.
const LONGEST_INTERVAL: Duration = Duration::from_millis(250);

/// With at most so many cores the runs, the analysis and the painting compete for them.
const FEW_CORES: usize = 3;

/// Times the reader's frames, and from them the interval at which it is woken.
pub(super) struct WakeTimer {
    /// Counted once, because counting reads files.
    few_cores: bool,
    interval: Duration,
    last_wake: Option<Instant>,
    /// When the batch was sent that the reader has not been seen to take.
    sent: Option<Instant>,
    /// When the last one was seen to be taken, which is when a frame begins.
    taken: Option<Instant>,
}

impl WakeTimer {
    pub(super) fn new() -> Self {
        Self {
            few_cores: threads::count(0) <= FEW_CORES,
            interval: FRAME,
            last_wake: None,
            sent: None,
            taken: None,
        }
    }

    /// Whether the reader was woken less than an interval ago.
    pub(super) fn is_early(&self) -> bool {
        self.last_wake
            .is_some_and(|last| last.elapsed() < self.interval)
    }

    pub(super) fn note_wake(&mut self) {
        self.last_wake = Some(Instant::now());
    }

    pub(super) fn note_batch(&mut self) {
        self.sent = Some(Instant::now());
    }

    /// Adapts the interval to a simulation that leaves time to its reader, or takes all it can get (`full_speed`).
    pub(super) fn note_pace(&mut self, full_speed: bool) {
        if !full_speed || !self.few_cores {
            self.interval = FRAME;
            self.sent = None;
            self.taken = None;
        }
    }

    /// Adapts the interval to the reader, which has taken everything that was sent.
    pub(super) fn note_taken(&mut self) {
        let Some(sent) = self.sent.take() else { return };
        let begun = self.taken.replace(Instant::now());
        self.interval = self.interval.mul_f64(INTERVAL_DECAY).max(FRAME);
        // A batch that had to wait came in the middle of a frame, and was taken as the next one began.
        let waited = sent.elapsed() > 2 * SLICE;
        let frame = begun.map(|begun| begun.elapsed()).filter(|_| waited);
        if let Some(frame) = frame.filter(|frame| *frame > SLOW_FRAME) {
            self.interval = self
                .interval
                .max((FRAMES_PER_WAKE * frame).min(LONGEST_INTERVAL));
        }
    }
}
