//! Looking back: the recording plays from where the user has scrubbed to, in loops if asked for, with
//! bookmarks and single steps. None of it moves the simulation, which goes on as it did.

use eframe::egui::{
    Button, Color32, ComboBox, Frame, Response, RichText, Role, Ui, WidgetInfo, vec2,
};

use super::actions::TimeAction;
use super::time_axis::TimeAxis;
use super::{controls, theme};
use crate::format::count;
use crate::sim::history::History;

/// How fast a recording can be played.
const RATES: [(f64, &str); 7] = [
    (0.25, "×¼"),
    (0.5, "×½"),
    (1.0, "×1"),
    (2.0, "×2"),
    (4.0, "×4"),
    (8.0, "×8"),
    (16.0, "×16"),
];

/// Where ×1 is among them.
const USUAL: usize = 2;

/// Seconds in which the whole axis is played at ×1: in equal parts of the axis, so that on a logarithmic
/// one every decade takes as long as the next.
const SECONDS: f64 = 16.0;

/// A frame that comes later than this is not made up for.
const LONGEST_FRAME: f64 = 0.25;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    playing: bool,
    rate: usize,
    /// The steps between which it plays over and over; the second one is open where it is the end of the
    /// recording.
    looped: Option<(u64, Option<u64>)>,
    /// Steps worth coming back to, increasing.
    bookmarks: Vec<u64>,
    /// When the last frame was, in seconds.
    before: Option<f64>,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            playing: false,
            rate: USUAL,
            looped: None,
            bookmarks: Vec::new(),
            before: None,
        }
    }
}

impl Playback {
    /// Steps worth coming back to.
    pub(super) fn bookmarks(&self) -> &[u64] {
        &self.bookmarks
    }

    /// The steps between which it plays over and over, of a recording that ends at `last`.
    pub(super) fn looped(&self, last: u64) -> Option<[u64; 2]> {
        let (from, to) = self.looped?;
        Some([from, to.unwrap_or(last)])
    }

    /// Forgets what belongs to a recording, and how it was played.
    pub(super) fn forget(&mut self) {
        *self = Self {
            rate: self.rate,
            ..Self::default()
        };
    }

    /// Plays the recording from the cursor on, from its beginning without one; or stops it there.
    pub(super) fn toggle(&mut self, time: &mut TimeAxis) {
        self.playing = !self.playing;
        self.before = None;
        if self.playing && time.pinned.is_none() {
            time.pinned = Some(time.place_of_row(0, 0));
        }
    }

    /// Follows the run again.
    pub(super) fn back_to_live(&mut self, time: &mut TimeAxis) {
        self.playing = false;
        time.pinned = None;
    }

    /// Slower or faster by a notch.
    pub(super) fn change_rate(&mut self, faster: bool) {
        self.rate = if faster {
            (self.rate + 1).min(RATES.len() - 1)
        } else {
            self.rate.saturating_sub(1)
        };
    }

    /// Plays on to where the recording has come to at this moment, in seconds. Where it has ended, time
    /// follows the run again. Returns whether it goes on.
    pub(super) fn advance(&mut self, time: &mut TimeAxis, history: &History, now: f64) -> bool {
        if !self.playing {
            return false;
        }
        let Some(at) = time.pinned else {
            self.playing = false;
            return false;
        };
        let passed = self.before.replace(now).map_or(0.0, |before| now - before);
        let whole = time.whole();
        let speed = RATES[self.rate].0 * (whole.1 - whole.0) / SECONDS;
        let next = at + speed * passed.clamp(0.0, LONGEST_FRAME);
        let last = history.step.last().copied().unwrap_or(0);
        let place = |step: u64| time.place_of(history, step as f64);
        let next = match self.looped(last).map(|ends| ends.map(place)) {
            // Once around, however fast.
            Some([from, to]) if next >= to && to > from => from + (next - to) % (to - from),
            Some([from, _]) if next < from => from,
            _ => next,
        };
        if next >= place(last) {
            self.back_to_live(time);
            return false;
        }
        time.pinned = Some(next);
        true
    }

    /// Looks so many recorded rows further on, or back; past the last one is the run itself.
    pub(super) fn step(&mut self, time: &mut TimeAxis, history: &History, rows: isize) {
        self.playing = false;
        let leading = (0..history.runs.len()).max_by_key(|run| time.row(history, *run));
        let Some((run, row)) = leading.and_then(|run| Some((run, time.row(history, run)?))) else {
            return;
        };
        let to = row.saturating_add_signed(rows);
        time.pinned = (to + 1 < history.runs[run].len()).then(|| time.place_of_row(run, to));
    }

    /// Sets a bookmark at the cursor, or takes away the one that is there.
    pub(super) fn toggle_bookmark(&mut self, time: &TimeAxis, history: &History) {
        let step = step_at_cursor(time, history);
        match self.bookmarks.binary_search(&step) {
            Ok(at) => {
                self.bookmarks.remove(at);
            }
            Err(at) => self.bookmarks.insert(at, step),
        }
    }

    /// Goes to the next bookmark, or to the one before; whether there was one.
    pub(super) fn jump(&mut self, time: &mut TimeAxis, history: &History, forward: bool) -> bool {
        let at = step_at_cursor(time, history);
        let to = if forward {
            self.bookmarks.iter().find(|step| **step > at)
        } else {
            self.bookmarks.iter().rfind(|step| **step < at)
        };
        if let Some(to) = to {
            self.playing = false;
            time.pinned = Some(time.place_of(history, *to as f64));
        }
        to.is_some()
    }

    /// Plays between the bookmarks on either side of the cursor over and over, where there is none from the
    /// start or to the end; or no longer.
    pub(super) fn toggle_loop(&mut self, time: &TimeAxis, history: &History) {
        if self.looped.take().is_none() {
            let at = step_at_cursor(time, history);
            let from = self.bookmarks.iter().rfind(|step| **step <= at);
            let to = self.bookmarks.iter().find(|step| **step > at);
            self.looped = Some((from.copied().unwrap_or(0), to.copied()));
        }
    }

    /// Plays between two steps over and over.
    pub(super) fn loop_between(&mut self, ends: [u64; 2]) {
        let [from, to] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
        self.looped = (from < to).then_some((from, Some(to)));
    }
}

/// The step that is shown.
fn step_at_cursor(time: &TimeAxis, history: &History) -> u64 {
    let row = time.leading_row(history).unwrap_or(0);
    history.step.get(row).copied().unwrap_or(0)
}

/// `k = 33 of 11 511` while time is scrubbed.
pub(super) fn past_in_words(time: &TimeAxis, history: &History) -> Option<String> {
    time.cursor()?;
    let last = history.step.last().copied().unwrap_or(0);
    let words = &history.setup.clock;
    Some(format!(
        "{} = {} of {}",
        words.step,
        count(step_at_cursor(time, history)),
        count(last)
    ))
}

/// The controls of the recording; returns what was asked for.
pub(super) fn playback_ui(
    ui: &mut Ui,
    playback: &mut Playback,
    time: &TimeAxis,
) -> Vec<TimeAction> {
    let mut asked = Vec::new();
    let mut button = |ui: &mut Ui, text: &str, name: &str, hint: &str, action: TimeAction| {
        let button = Button::new(RichText::new(text).size(13.0)).min_size(vec2(24.0, 20.0));
        let response = ui.add(button);
        name_button(&response, name);
        if response.on_hover_text(hint).clicked() {
            asked.push(action);
        }
    };
    ui.spacing_mut().item_spacing = vec2(3.0, 3.0);
    ui.spacing_mut().button_padding = vec2(4.0, 1.0);
    let past = time.cursor().is_some();
    ui.horizontal(|ui| {
        button(
            ui,
            "◀",
            "One row back",
            "The recorded row before (←)",
            TimeAction::Back(1),
        );
        let (text, hint) = if playback.playing {
            ("⏸ Replay", "Stop the recording here (Space)")
        } else if past {
            ("▶ Replay", "Play the recording from here on (Space)")
        } else {
            (
                "▶ Replay",
                "Play the recording from its beginning (Shift+Space)",
            )
        };
        button(ui, text, "Replay", hint, TimeAction::Replay);
        button(
            ui,
            "▶|",
            "One row on",
            "The next recorded row (→ while looking back)",
            TimeAction::On(1),
        );
        rate_ui(ui, &mut playback.rate);
    });
    ui.horizontal(|ui| {
        button(
            ui,
            "Mark",
            "Bookmark",
            "A bookmark here, or none here any more (B); , and . go from one to the next",
            TimeAction::ToggleBookmark,
        );
        let (text, hint) = if playback.looped.is_some() {
            ("Loop ✓", "Play through to the end again (Shift+B)")
        } else {
            (
                "Loop",
                "Play over and over between the bookmarks around here (Shift+B); or Shift+drag over a range of the strip",
            )
        };
        button(ui, text, "Loop", hint, TimeAction::ToggleLoop);
        button(
            ui,
            "Pin",
            "Pin this run",
            "Keep this run as a faint ghost in every plot, to compare with (P)",
            TimeAction::Pin,
        );
        if past {
            button(
                ui,
                "Now",
                "Back to now",
                "Follow the run again (Esc)",
                TimeAction::FollowRun,
            );
        }
    });
    asked
}

fn rate_ui(ui: &mut Ui, rate: &mut usize) {
    let combo = ComboBox::from_id_salt("playback rate")
        .width(44.0)
        .selected_text(RATES[*rate].1);
    let shown = combo.show_ui(ui, |ui| {
        for (at, (_, words)) in RATES.iter().enumerate() {
            ui.selectable_value(rate, at, *words);
        }
    });
    controls::name(&shown.response, "Playback rate");
    shown
        .response
        .on_hover_text("How fast the recording is played (− and +)");
}

/// Gives a button a name that is not what is written on it.
pub(super) fn name_button(response: &Response, name: &str) {
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
}

/// The ground behind what is said about the past.
pub(super) fn past_ground(dark: bool) -> Color32 {
    theme::warning(dark).lerp_to_gamma(theme::ground(dark), 0.82)
}

/// Says something on the ground of the past while the user looks back.
pub(super) fn said_ui(ui: &mut Ui, time: &TimeAxis, say: impl FnOnce(&mut Ui)) {
    if time.cursor().is_none() {
        say(ui);
        return;
    }
    let ground = Frame::new().fill(past_ground(ui.visuals().dark_mode));
    ground.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        say(ui);
    });
}
