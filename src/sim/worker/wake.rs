//! When to wake the reader.
//!
//! A reader that paints without a graphics card takes long for a frame, and takes the processor from the runs unless
//! there are cores to spare. Its frames are timed, and it is then woken only once in several of them: so seldom that the
//! runs lose a small part of their time to it, where the system says how much they lose. What the reader does by itself,
//! such as to answer the mouse, it does at once all the same.

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

/// Factor by which the interval shrinks from one batch to the next until a frame is timed again, where nobody knows what
/// the runs lose.
const INTERVAL_DECAY: f64 = 0.95;

/// The part of their time that the runs may lose to a reader with slow frames.
const MOST_LOST: f64 = 0.05;

/// How long the runs are watched before the interval follows what they have lost: single frames differ.
const WATCHED: Duration = Duration::from_millis(500);

/// The largest factor by which it follows at a time: something else may have taken the processor.
const LARGEST_FACTOR: f64 = 1.5;

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
    /// Since when the runs are watched, while frames are slow, and what they had lost by then.
    lost: Option<(Instant, Duration)>,
}

impl WakeTimer {
    pub(super) fn new() -> Self {
        Self {
            few_cores: threads::count(0) <= FEW_CORES,
            interval: FRAME,
            last_wake: None,
            sent: None,
            taken: None,
            lost: None,
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
            self.lost = None;
        }
    }

    /// Adapts the interval to the reader, which has taken everything that was sent.
    pub(super) fn note_taken(&mut self) {
        let Some(sent) = self.sent.take() else { return };
        let begun = self.taken.replace(Instant::now());
        // A batch that had to wait came in the middle of a frame, and was taken as the next one began.
        let waited = sent.elapsed() > 2 * SLICE;
        let frame = begun.map(|begun| begun.elapsed()).filter(|_| waited);
        let slow = frame.filter(|frame| *frame > SLOW_FRAME);
        self.interval = match self.loss() {
            Loss::Unknown => by_frames(self.interval, slow),
            Loss::NotYet => self.interval,
            Loss::Part(lost) => by_loss(self.interval, lost),
        };
    }

    /// What the runs have lost since it was told last.
    fn loss(&mut self) -> Loss {
        if self.interval <= FRAME {
            self.lost = None;
            return Loss::Unknown;
        }
        let time = self.lost.map(|(from, _)| from.elapsed());
        if time.is_some_and(|time| time < WATCHED) {
            return Loss::NotYet;
        }
        let Some(now) = threads::time_waited() else {
            return Loss::Unknown;
        };
        let before = self.lost.replace((Instant::now(), now));
        match before.zip(time) {
            Some(((_, before), time)) => {
                Loss::Part(now.saturating_sub(before).as_secs_f64() / time.as_secs_f64())
            }
            None => Loss::NotYet,
        }
    }
}

/// What the runs lose to the reader.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    /// Frames are quick, or the system does not say.
    Unknown,
    /// They have not been watched for long enough.
    NotYet,
    /// The part of the time for which they had no processor.
    Part(f64),
}

/// The interval after one in which a frame was slow, if any.
fn by_frames(interval: Duration, slow: Option<Duration>) -> Duration {
    let least = slow.map_or(FRAME, |frame| {
        (FRAMES_PER_WAKE * frame).min(LONGEST_INTERVAL)
    });
    interval
        .mul_f64(INTERVAL_DECAY)
        .clamp(least, LONGEST_INTERVAL)
}

/// The interval after one with which the runs have lost this part of their time.
fn by_loss(interval: Duration, lost: f64) -> Duration {
    let factor = (lost / MOST_LOST).clamp(LARGEST_FACTOR.recip(), LARGEST_FACTOR);
    interval.mul_f64(factor).clamp(FRAME, LONGEST_INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval after many batches, each of which costs the runs so much time.
    fn settled(from: Duration, cost: Duration) -> Duration {
        let mut interval = from;
        for _ in 0..200 {
            let lost = cost.as_secs_f64() / interval.as_secs_f64();
            interval = by_loss(interval, lost);
        }
        interval
    }

    #[test]
    fn a_reader_is_woken_so_seldom_that_the_runs_lose_little_and_no_seldomer() {
        for from in [FRAME, LONGEST_INTERVAL] {
            let cost = Duration::from_millis(5);
            let lost = cost.as_secs_f64() / settled(from, cost).as_secs_f64();
            assert!((0.9 * MOST_LOST..1.1 * MOST_LOST).contains(&lost), "{lost}");
            // One that costs nothing is woken for every frame, and none is forgotten.
            assert_eq!(settled(from, Duration::ZERO), FRAME);
            assert_eq!(settled(from, Duration::from_secs(1)), LONGEST_INTERVAL);
        }
    }

    #[test]
    fn a_slow_frame_makes_wakes_rare_until_quick_ones_follow() {
        assert_eq!(by_frames(FRAME, None), FRAME);
        assert!(by_frames(LONGEST_INTERVAL, None) < LONGEST_INTERVAL);
        let slow = by_frames(FRAME, Some(SLOW_FRAME));
        assert_eq!(slow, FRAMES_PER_WAKE * SLOW_FRAME);
        assert_eq!(by_frames(FRAME, Some(LONGEST_INTERVAL)), LONGEST_INTERVAL);
    }

    #[test]
    fn nothing_is_asked_of_the_system_while_frames_are_quick() {
        let mut timer = WakeTimer::new();
        for _ in 0..3 {
            assert_eq!(timer.loss(), Loss::Unknown);
        }
        assert_eq!(timer.lost, None);
    }
}
