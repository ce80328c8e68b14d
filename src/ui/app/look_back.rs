//! Time on the screen and runs that have been: scrubbing, undo, pins.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Context, Ui};
use web_time::Instant;

use super::door::Wish;
use super::{App, MESSAGE_TIME};
use crate::figure::simulate::simulate_while;
use crate::labs::LabError;
use crate::model::data::excerpt;
use crate::recipe::{Recipe, carrier, difference};
use crate::ui::actions::TimeAction;
use crate::ui::live::Kept;
use crate::ui::pins::{self, Asked};
use crate::ui::share::jobs::{Ended, Handle};
use crate::ui::undo::{Hand, Point};

/// How long it takes to read a character.
const READING: Duration = Duration::from_millis(60);

impl App {
    pub(super) fn act_on_time(&mut self, ctx: &Context, action: TimeAction) {
        let (time, playback) = (&mut self.time, &mut self.strip.playback);
        let Some(history) = &self.live.screen.history else {
            return;
        };
        let past = time.pinned.is_some();
        match action {
            TimeAction::PlayOrReplay if past => playback.toggle(time),
            TimeAction::PlayOrReplay => self.live.set_playing(!self.live.playing()),
            TimeAction::Replay => playback.toggle(time),
            TimeAction::Back(rows) => playback.step(time, history, -rows),
            TimeAction::On(rows) => playback.step(time, history, rows),
            TimeAction::Forward(rows, _) if past => playback.step(time, history, rows),
            TimeAction::Forward(_, steps) => self.live.take_steps(steps),
            TimeAction::FollowRun => playback.back_to_live(time),
            TimeAction::ToggleBookmark => playback.toggle_bookmark(time, history),
            TimeAction::Jump(forward) => {
                let found = playback.jump(time, history, forward);
                if !found && forward && past {
                    playback.back_to_live(time);
                } else if !found {
                    let side = if forward { "after" } else { "before" };
                    self.say(ctx, format!("No bookmark {side} this step: B sets one"));
                }
            }
            TimeAction::ToggleLoop => playback.toggle_loop(time, history),
            TimeAction::Rate(faster) => playback.change_rate(faster),
            TimeAction::DeleteVertex => self.strip.delete_vertex = true,
            TimeAction::Pin => self.pin(ctx),
            TimeAction::SwapPin => self.swap_pin(None),
            TimeAction::ClearPins => self.pins.clear(),
        }
    }

    /// Follows the run again, or stops what runs to convergence; `false` if there is nothing of that.
    pub(super) fn stop_looking_back(&mut self) -> bool {
        if self.time.pinned.is_some() {
            self.strip.playback.back_to_live(&mut self.time);
            return true;
        }
        let converging = self.live.is_converging();
        if converging {
            self.live.set_playing(false);
        }
        converging
    }

    /// Plays the recording on, does what was asked for in the strip, and says what was refused there.
    pub(super) fn follow_recording(&mut self, ui: &Ui) {
        for action in std::mem::take(&mut self.strip.asked) {
            self.act_on_time(&ui.ctx().clone(), action);
        }
        if let Some(refused) = self.strip.refused.take() {
            self.refused = Some(refused);
        }
        let lab = self.live.lab();
        let reach = self.pins.prepare(lab, self.time.clock, self.time.log);
        self.time.make_room(reach);
        let now = ui.input(|input| input.time);
        if let Some(history) = &self.live.screen.history
            && self.strip.playback.advance(&mut self.time, history, now)
        {
            ui.ctx().request_repaint();
        }
    }

    /// A refusal is said for as long as it takes to read it, and not for ever.
    pub(super) fn forget_refusal(&mut self, ctx: &Context) {
        let Some(refused) = &self.refused else {
            self.refused_since = None;
            return;
        };
        let now = Instant::now();
        let since = self.refused_since.as_ref();
        let since = since.filter(|(known, _)| known == refused);
        let since = since.map_or(now, |(_, since)| *since);
        let reading = MESSAGE_TIME + READING * refused.chars().count() as u32;
        if now.duration_since(since) >= reading {
            self.refused = None;
            self.refused_since = None;
            return;
        }
        self.refused_since = Some((refused.clone(), since));
        ctx.request_repaint_after(since + reading - now);
    }

    /// Says something in the status line for a while.
    pub(super) fn say(&mut self, ctx: &Context, words: String) {
        self.message = Some((words, Instant::now()));
        ctx.request_repaint_after(MESSAGE_TIME);
    }

    /// Keeps what is on the screen before it is replaced by something else than a changed setting.
    pub(super) fn leave(&mut self) {
        let before = self.live.intent.recipe.clone();
        let point = self.point(before);
        self.undo.push(point);
        // What follows in this frame is the same change.
        self.left = true;
    }

    /// Keeps what was on the screen before a change that begins in this frame.
    pub(super) fn watch_changes(&mut self, ctx: &Context) {
        let hand = ctx.input(|input| Hand {
            down: input.pointer.any_down(),
            released: input.pointer.any_released(),
            now: input.time,
        });
        let began = self.undo.begins(&self.live.intent.recipe, hand);
        if std::mem::take(&mut self.left) {
            return;
        }
        if let Some(before) = began {
            let point = self.point(before);
            self.undo.push(point);
        }
    }

    fn point(&self, recipe: Recipe) -> Point {
        Point {
            panels: self.choices.chosen(recipe.lab),
            kept: self.live.keep(recipe),
        }
    }

    pub(super) fn undo(&mut self, ctx: &Context) {
        self.step_in_undo(ctx, false);
    }

    pub(super) fn redo(&mut self, ctx: &Context) {
        self.step_in_undo(ctx, true);
    }

    fn step_in_undo(&mut self, ctx: &Context, forward: bool) {
        let now = self.live.intent.recipe.clone();
        let point = self.point(now.clone());
        let found = if forward {
            self.undo.forward(|| point)
        } else {
            self.undo.back(|| point)
        };
        let Some(Point { kept, panels }) = found else {
            self.refused = Some(if forward {
                "nothing to redo: nothing has been undone since the last change".to_owned()
            } else {
                "nothing to undo: this is how the window was opened".to_owned()
            });
            return;
        };
        let words = difference::in_words(&now, &kept.recipe);
        let did = if forward { "Redone" } else { "Undone" };
        self.say(
            ctx,
            if words.is_empty() {
                did.to_owned()
            } else {
                format!("{did}: {words}")
            },
        );
        self.show_kept(kept, &panels);
    }

    /// Shows a run that was kept.
    pub(super) fn show_kept(&mut self, kept: Kept, panels: &[String]) {
        let lab = kept.recipe.lab;
        self.enter(lab);
        self.choices.show_only(lab, panels);
        self.live.put_back(kept);
        self.undo.see(&self.live.intent.recipe);
        self.left = true;
    }

    fn pin(&mut self, ctx: &Context) {
        let kept = self.live.keep(self.live.intent.recipe.clone());
        if self.pins.len() == pins::MOST {
            self.refused = Some(format!(
                "there are {} pins already: remove one in the legend (✕), or all of them with Ctrl+P",
                pins::MOST
            ));
        } else if kept.source.step == 0 {
            self.refused = Some("nothing to pin yet: the run is at step 0".to_owned());
        } else if self.pins.add(kept) {
            let words = "Pinned: change a setting to compare. Shift+P swaps the two";
            self.say(ctx, words.to_owned());
        } else {
            self.refused = Some("the run is still on its way: pin it once it is drawn".to_owned());
        }
    }

    /// Simulates the runs of saved files in the background, to keep them for comparison.
    pub(super) fn pin_files(&mut self, paths: &[PathBuf]) {
        for path in paths.iter().take(self.room_for_pins(paths.len())) {
            match carrier::open(path) {
                Ok(recipe) => self.let_in(recipe, Some(path), Wish::Pin),
                Err(error) => self.refused = Some(error.to_string()),
            }
        }
    }

    /// How many more pins there can be; says so if more are `asked` for.
    pub(super) fn room_for_pins(&mut self, asked: usize) -> usize {
        let free = pins::MOST - self.pins.len();
        if asked > free {
            self.refused = Some(format!(
                "there is room for {free} more pins: {} of the files were left out",
                asked - free
            ));
        }
        free
    }

    /// Simulates the run of a recipe in the background, to keep it for comparison.
    pub(super) fn pin_recipe(&mut self, recipe: Recipe) {
        let ctx = self.live.wake.clone();
        let name = format!("Simulating {}", excerpt(&recipe.title));
        self.start(&ctx, Some(name), move |handle| computed(recipe, handle));
    }

    /// Keeps a run that was simulated for that.
    pub(super) fn pin_computed(&mut self, kept: Kept) {
        if !self.pins.add(kept) {
            self.refused = Some("a pin was left out: there is no room for it".to_owned());
        }
    }

    /// Shows a pin, the newest one if none is named, and pins what was shown.
    pub(super) fn swap_pin(&mut self, at: Option<usize>) {
        if self.pins.len() == 0 {
            self.refused = Some("there is no pin to swap with: P pins the run".to_owned());
            return;
        }
        let kept = self.live.keep(self.live.intent.recipe.clone());
        let panels = self.choices.chosen(kept.recipe.lab);
        let Some(pinned) = self.pins.exchange(at, kept) else {
            self.refused = Some("the run is still on its way: swap once it is drawn".to_owned());
            return;
        };
        self.leave();
        self.show_kept(pinned, &panels);
    }

    /// Does what was asked for in the legend.
    pub(super) fn act_on_pins(&mut self, asked: Option<Asked>) {
        match asked {
            Some(Asked::Swap(at)) => self.swap_pin(Some(at)),
            Some(Asked::Remove(at)) => self.pins.remove(at),
            None => {}
        }
    }
}

/// The run of a saved recipe, up to its step, or to its end where it names none.
fn computed(recipe: Recipe, handle: &Handle) -> Ended {
    let until = match recipe.step {
        0 => recipe.knobs.length(),
        step => step,
    };
    let source = Recipe {
        step: until,
        ..recipe
    };
    let mut go_on = |step: u64| handle.report(step as f64 / until.max(1) as f64);
    match simulate_while(&source, until, handle.watch(), &mut go_on) {
        Ok(Some(history)) => Ended::Pinned(Box::new(Kept::computed(source, history))),
        Ok(None) | Err(LabError::GivenUp(_)) => Ended::Cancelled,
        Err(error) => Ended::Failed(error.to_string()),
    }
}
