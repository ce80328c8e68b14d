//! What keys and buttons do.

use eframe::egui::Context;
#[cfg(not(target_arch = "wasm32"))]
use eframe::egui::ViewportCommand;

use super::App;
use crate::knobs::{Kind, Role, Value};
use crate::labs::{self, LabAction};
use crate::model::random::next_seed;
use crate::recipe::Recipe;
use crate::ui::actions::{self, Action};
use crate::ui::share::item::Item;
use crate::ui::share::opening::Opening;

impl App {
    pub(super) fn act(&mut self, ctx: &Context, action: Action) {
        self.refused = None;
        self.message = None;
        if self.is_asking() && matches!(action, Action::Back) {
            self.leave_asked();
            return;
        }
        if self.sweeping && self.act_on_sweeps(ctx, action) {
            return;
        }
        match action {
            Action::ToggleSweeps => self.show_sweeps(true),
            Action::TogglePlay => self.live.set_playing(!self.live.playing()),
            Action::Step(steps) => self.live.take_steps(steps),
            Action::Reset => {
                self.leave();
                self.live.reset(false);
            }
            Action::NewSeeds => {
                self.leave();
                self.new_seeds();
            }
            Action::RunToConvergence => self.live.run_to_convergence(),
            Action::Open(preset) => self.open(preset.recipe()),
            Action::OpenDefaults(id) => {
                // It is on the list of labs, from which none is taken away.
                if let Some(lab) = labs::lab(id) {
                    self.open(Recipe::new(lab));
                }
            }
            Action::ToggleTheme => {
                self.choices.dark = !self.choices.dark;
                self.apply_theme(ctx);
            }
            Action::ToggleProjector => self.toggle_lecture(ctx),
            Action::Walk(pages) => self.walk(pages),
            Action::WalkPresets(by) => self.walk_presets(by),
            Action::ToggleSize => self.toggle_size(),
            Action::ToggleControls if self.compact.is_on => {
                self.compact.drawer = !self.compact.drawer;
            }
            Action::ToggleControls if self.choices.projector => {
                self.lecture.controls = !self.lecture.controls;
            }
            Action::ToggleControls => self.choices.controls = !self.choices.controls,
            Action::ToggleLogTime => self.choices.log_time = !self.choices.log_time,
            Action::ToggleTheory => self.choices.theory = !self.choices.theory,
            Action::ToggleFullScreen => actions::toggle_full_screen(ctx),
            Action::ToggleHelp => self.help = !self.help,
            Action::Lab(action) => self.act_of_lab(action),
            Action::SavePlots => self.ask_to_save(self.plots_in_view()),
            Action::SaveWindow => self.ask_to_save(Item::Window),
            Action::SaveData => self.ask_to_save(Item::Data),
            Action::SaveClip => self.ask_to_save(Item::Clip),
            Action::Record => self.toggle_recording(),
            Action::CopyPlots => {
                self.copy_picture(ctx, self.plots_in_view(), 2.0, self.choices.dark);
            }
            Action::CopyLink => self.copy_link(ctx),
            #[cfg(not(target_arch = "wasm32"))]
            Action::PasteLink => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Action::OpenFile => self.opening = Some(Opening::default()),
            Action::ToggleEquations
            | Action::AskQuestion
            | Action::Annotate
            | Action::ClearAnnotations
            | Action::OpenCommands
            | Action::StartTour(_) => self.act_of_teaching(action),
            Action::Back if self.teaching.annotations.is_drawing() => {
                self.teaching.annotations.toggle();
            }
            Action::Back if self.live.preparing().is_some() => self.cancel_loading(ctx),
            Action::Back => {
                self.help = false;
                let dialogs = [self.dialog.take().is_some(), self.opening.take().is_some()];
                if dialogs == [false; 2] && !self.stop_looking_back() {
                    self.enlarged = None;
                }
            }
            Action::Undo => self.undo(ctx),
            Action::Redo => self.redo(ctx),
            Action::Time(action) => self.act_on_time(ctx, action),
        }
    }

    /// Changes the settings as the lab says, for the row at the cursor; the changed recipe then starts over
    /// and catches up.
    fn act_of_lab(&mut self, action: &LabAction) {
        let Some(history) = &self.live.screen.history else {
            return;
        };
        let recipe = &mut self.live.intent.recipe;
        if !recipe.changes.is_empty() {
            self.refused = Some("this is not possible in a recipe with planned changes".to_owned());
            return;
        }
        let row = self.time.leading_row(history).unwrap_or(0);
        match (action.act)(&recipe.knobs, history, row) {
            Ok(changed) => recipe.knobs = changed,
            Err(reason) => self.refused = Some(reason),
        }
    }

    fn new_seeds(&mut self) {
        let knobs = &mut self.live.intent.recipe.knobs;
        let seeds = knobs.keys_of(Role::DataSeed);
        for key in seeds.chain(knobs.keys_of(Role::NoiseSeed)) {
            let next = next_seed(knobs.count(key));
            if knobs.set(key, Value::Count(next)).is_err() {
                // A range smaller than that of all seeds.
                let known = knobs.table().iter().find(|knob| knob.key == key);
                if let Some(Kind::Count { min, max, .. }) = known.map(|knob| &knob.kind) {
                    let next = min + next % (max - min).saturating_add(1);
                    // It is in the range now.
                    drop(knobs.set(key, Value::Count(next)));
                }
            }
        }
        let playing = self.live.playing();
        self.live.reset(playing);
    }
}
