//! What has been undone and what can be: the settings before each change, with the run that was on the
//! screen then. A drag, or a key held on a slider, is one change.

use super::live::Kept;
use crate::recipe::Recipe;

/// Runs that are kept with their settings.
const RUNS: usize = 8;

/// Bytes that they may take.
const BUDGET: usize = 512 << 20;

/// Changes that are kept.
const CHANGES: usize = 200;

/// Seconds after which the same setting changed by a key is another change.
const PAUSE: f64 = 0.8;

/// What was before a change, or after one that was undone.
pub(super) struct Point {
    /// The settings and the run.
    pub(super) kept: Kept,
    /// The pictures that were chosen.
    pub(super) panels: Vec<String>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Undo {
    past: Vec<Point>,
    future: Vec<Point>,
    /// The settings as the program last left them; whatever differs is the user's.
    seen: Option<Recipe>,
    gesture: Option<Gesture>,
}

/// A change that may go on.
struct Gesture {
    by_pointer: bool,
    keys: Vec<&'static str>,
    at: f64,
}

/// What the hand is doing in this frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    /// Whether a button of the pointer is down.
    pub(super) down: bool,
    /// Whether one has been let go.
    pub(super) released: bool,
    /// The time in seconds.
    pub(super) now: f64,
}

impl Undo {
    /// Notes what the settings are before the user does anything.
    pub(super) fn see(&mut self, recipe: &Recipe) {
        if self.seen.as_ref() != Some(recipe) {
            self.seen = Some(recipe.clone());
        }
    }

    /// Whether the settings have been changed by hand, as the beginning of a change and not the continuation
    /// of one; then what they were before.
    pub(super) fn begins(&mut self, recipe: &Recipe, hand: Hand) -> Option<Recipe> {
        let seen = self.seen.as_ref()?;
        let began = if seen == recipe {
            None
        } else {
            let changed = recipe.knobs.changed_from(&seen.knobs);
            let keys: Vec<&'static str> = changed.map(|(knob, _)| knob.key).collect();
            let goes_on = self.gesture.as_ref().is_some_and(|gesture| {
                let by_key = !hand.down && !hand.released && hand.now - gesture.at < PAUSE;
                gesture.by_pointer || (by_key && gesture.keys == keys)
            });
            self.gesture = Some(Gesture {
                by_pointer: hand.down,
                keys,
                at: hand.now,
            });
            (!goes_on).then(|| seen.clone())
        };
        if !hand.down {
            let ended = |gesture: &mut Gesture| std::mem::take(&mut gesture.by_pointer);
            self.gesture.take_if(ended);
        }
        began
    }

    /// Keeps what was before a change.
    pub(super) fn push(&mut self, point: Point) {
        self.future.clear();
        self.past.push(point);
        self.trim();
    }

    /// What to go back to, if there is anything, in exchange for what is now.
    pub(super) fn back(&mut self, now: impl FnOnce() -> Point) -> Option<Point> {
        let point = self.past.pop()?;
        self.future.push(now());
        self.trim();
        Some(point)
    }

    /// What to go forward to again, if anything was undone, in exchange for what is now.
    pub(super) fn forward(&mut self, now: impl FnOnce() -> Point) -> Option<Point> {
        let point = self.future.pop()?;
        self.past.push(now());
        self.trim();
        Some(point)
    }

    /// Gives up the runs that are furthest from now where there are too many, and changes where there are far
    /// too many.
    fn trim(&mut self) {
        let excess = self.past.len().saturating_sub(CHANGES);
        self.past.drain(..excess);
        let [mut runs, mut bytes] = [0, 0];
        let newest_first = self.past.iter_mut().rev();
        // The next one each way first: both ends of an undo are to be there at once.
        let mut points: Vec<(usize, &mut Point)> = newest_first.enumerate().collect();
        points.extend(self.future.iter_mut().rev().enumerate());
        points.sort_by_key(|(distance, _)| *distance);
        for (_, point) in points {
            let size = point.kept.bytes();
            if size == 0 {
                continue;
            }
            if runs == RUNS || bytes + size > BUDGET {
                point.kept.run = None;
            } else {
                (runs, bytes) = (runs + 1, bytes + size);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::preset;

    const IDLE: Hand = Hand {
        down: false,
        released: false,
        now: 0.0,
    };

    fn alpha(value: f64) -> Recipe {
        let mut recipe = preset("fig2").unwrap().recipe();
        let text = value.to_string();
        recipe.knobs.set_text("alpha", &text).unwrap();
        recipe
    }

    fn point(recipe: Recipe) -> Point {
        let kept = Kept {
            source: recipe.clone(),
            recipe,
            run: None,
        };
        Point {
            kept,
            panels: Vec::new(),
        }
    }

    /// How many changes are seen where these settings follow one another.
    fn begun(undo: &mut Undo, frames: &[(f64, Hand)]) -> usize {
        let mut begun = 0;
        for (value, hand) in frames {
            begun += usize::from(undo.begins(&alpha(*value), *hand).is_some());
            undo.see(&alpha(*value));
        }
        begun
    }

    #[test]
    fn a_drag_is_one_change_and_the_next_one_another() {
        let mut undo = Undo::default();
        undo.see(&alpha(0.1));
        let mut frames = Vec::new();
        for drag in 0..2 {
            for notch in 0..20 {
                let at = f64::from(20 * drag + notch);
                let hand = Hand {
                    down: notch < 19,
                    released: notch == 19,
                    now: 0.1 * at,
                };
                frames.push((0.2 + 0.01 * at, hand));
            }
        }
        assert_eq!(begun(&mut undo, &frames), 2);
    }

    #[test]
    fn a_held_key_is_one_change_and_clicks_are_as_many_as_they_are() {
        let mut undo = Undo::default();
        undo.see(&alpha(0.1));
        let held = (0..30).map(f64::from).map(|at| {
            let now = 0.05 * at;
            (0.2 + 0.01 * at, Hand { now, ..IDLE })
        });
        assert_eq!(begun(&mut undo, &held.collect::<Vec<_>>()), 1);
        let clicks = (0..3).map(f64::from).map(|at| {
            let hand = Hand {
                released: true,
                now: 5.0 + 0.3 * at,
                ..IDLE
            };
            (1.0 + at, hand)
        });
        let clicks: Vec<_> = clicks.collect();
        assert_eq!(begun(&mut undo, &clicks), 3);
    }

    #[test]
    fn undo_and_redo_walk_the_same_way_and_stop_at_its_ends() {
        let mut undo = Undo::default();
        assert!(undo.back(|| point(alpha(1.0))).is_none());
        undo.push(point(alpha(0.1)));
        undo.push(point(alpha(0.2)));
        let mut now = alpha(0.3);
        for expected in [0.2, 0.1] {
            now = undo.back(|| point(now.clone())).unwrap().kept.recipe;
            assert_eq!(now, alpha(expected));
        }
        assert!(undo.back(|| point(now.clone())).is_none());
        for expected in [0.2, 0.3] {
            now = undo.forward(|| point(now.clone())).unwrap().kept.recipe;
            assert_eq!(now, alpha(expected));
        }
        assert!(undo.forward(|| point(now.clone())).is_none());
        // A new change forgets what had been undone.
        undo.back(|| point(now.clone())).unwrap();
        undo.push(point(alpha(0.2)));
        assert!(undo.forward(|| point(now.clone())).is_none());
    }
}
