//! What to sweep: two settings and their values, or as many as a ready sweep has, seeds, and how long runs may go on.

use eframe::egui::{AsIdSalt, ComboBox, DragValue, RichText, TextEdit, Ui, Vec2};

use crate::files::limits;
use crate::format::{count, short};
use crate::knobs::{Kind, Knob, Knobs, Role};
use crate::labs::SweepPlan;
use crate::recipe::Recipe;
use crate::sweep::{Axis, Finish, StepSize, Steps, Sweep, SweepError, Vary};
use crate::ui::controls::name;
use crate::ui::theme;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    axes: Vec<AxisForm>,
    seeds: u64,
    vary: Vary,
    steps: Steps,
    step_size: StepSize,
    finish: Finish,
}

/// A setting, and its values as they are typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct AxisForm {
    key: Option<&'static str>,
    values: String,
}

/// Cells that can be ordered, drawn and kept without delay.
const MOST_CELLS: u64 = 100_000;

/// A time at which most runs of the presets have converged.
const FLOW_TIME: f64 = 2000.0;

const LONG_ENOUGH: &str = "until runs have settled";
const AS_RECIPE: &str = "the recipe's steps";
const TO_TIME: &str = "to the time";

const FORMAT: &str = "FIRST:LAST:COUNT, evenly spaced in log; with :lin behind it, evenly spaced; or single values: 0.1, 0.2, 0.5";

impl Form {
    pub(super) fn new(plan: &SweepPlan, knobs: &Knobs) -> Self {
        let axis = |at: usize| {
            let text = plan.over.get(at).copied().unwrap_or_default();
            let (key, values) = text.split_once('=').unwrap_or_default();
            let knob = knobs.table().iter().find(|knob| knob.key == key);
            AxisForm {
                key: knob.map(|knob| knob.key),
                values: values.to_owned(),
            }
        };
        Self {
            axes: (0..plan.over.len().max(2)).map(axis).collect(),
            seeds: plan.seeds,
            vary: plan.vary,
            steps: plan.steps,
            step_size: StepSize::Recipe,
            finish: Finish::DESTINATION,
        }
    }

    /// Over nothing yet.
    pub(super) fn empty() -> Self {
        Self {
            axes: vec![AxisForm::default(); 2],
            seeds: 1,
            vary: Vary::All,
            steps: Steps::Auto,
            step_size: StepSize::Recipe,
            finish: Finish::DESTINATION,
        }
    }

    /// The sweep that is described, of this recipe, or why there is none.
    pub(super) fn sweep(&self, base: &Recipe) -> Result<Sweep, String> {
        let sweep = self.read(base).map_err(|error| error.to_string())?;
        let cells = sweep.cells();
        if cells > MOST_CELLS {
            let [cells, most] = [cells, MOST_CELLS].map(count);
            return Err(format!(
                "{cells} cells are more than the {most} that the window shows: take fewer, or the command `sweep`"
            ));
        }
        Ok(sweep)
    }

    fn read(&self, base: &Recipe) -> Result<Sweep, SweepError> {
        let chosen = self.axes.iter();
        let chosen = chosen.filter_map(|axis| Some(format!("{}={}", axis.key?, axis.values)));
        let axes = Axis::parse_all(&chosen.collect::<Vec<_>>(), &base.knobs)?;
        let sweep = Sweep::new(base.clone(), axes, self.seeds, self.vary, self.steps)?;
        let finish = if base.lab.knows_destinations() {
            self.finish
        } else {
            Finish::End
        };
        sweep.with_step_size(self.step_size)?.with_finish(finish)
    }

    /// Draws it, with what it comes to.
    pub(super) fn show(&mut self, ui: &mut Ui, base: &Recipe, planned: Result<&Sweep, &str>) {
        ui.horizontal_wrapped(|ui| {
            ui.label("Over");
            for at in 0..self.axes.len() {
                together(ui, at, |ui| {
                    if at > 0 {
                        ui.label("and");
                    }
                    self.axis_ui(ui, at, &base.knobs);
                });
            }
            together(ui, "seeds", |ui| self.seeds_ui(ui, &base.knobs));
            together(ui, "length", |ui| self.steps_ui(ui, &base.knobs));
            together(ui, "step size", |ui| self.step_size_ui(ui, base));
            together(ui, "finish", |ui| self.finish_ui(ui, base));
            ui.separator();
            match planned {
                Ok(sweep) => {
                    let (places, seeds) = (sweep.places(), sweep.seeds());
                    let cells = count(sweep.cells());
                    ui.weak(format!("{cells}\u{a0}cells")).on_hover_text(format!(
                        "{places} places times {seeds} seeds: a cell has one run of every kind that the controls ask for"
                    ));
                }
                Err(error) => {
                    let warning = theme::warning(ui.visuals().dark_mode);
                    ui.label(RichText::new(error).color(warning));
                }
            }
        });
    }

    fn axis_ui(&mut self, ui: &mut Ui, at: usize, knobs: &Knobs) {
        let mut fixed = self.vary.seeds(knobs);
        let length = knobs.key_of(Role::Length);
        fixed.extend(length.filter(|_| self.steps != Steps::Recipe));
        let axis = &mut self.axes[at];
        let labels = ["First setting", "Second setting"];
        let label = labels.get(at).copied().unwrap_or("Further setting");
        let known = knobs.table().iter();
        let chosen = known.clone().find(|knob| Some(knob.key) == axis.key);
        let before = axis.key;
        let combo = ComboBox::from_id_salt(("axis", at))
            .width(120.0)
            .selected_text(chosen.map_or("nothing", |knob| knob.label));
        let combo = combo.height(640.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut axis.key, None, "nothing");
            for knob in known.filter(|knob| can_be_swept(knob, knobs) && !fixed.contains(&knob.key))
            {
                ui.selectable_value(&mut axis.key, Some(knob.key), knob.label)
                    .on_hover_text(knob.help);
            }
        });
        name(&combo.response, label);
        let label = combo.response.id;
        combo
            .response
            .on_hover_text("What varies; every other setting is as the controls say");
        if axis.key != before {
            let knob = knobs.table().iter().find(|knob| Some(knob.key) == axis.key);
            axis.values = knob.map(usual_values).unwrap_or_default();
        }
        if axis.key.is_some() {
            let field = TextEdit::singleline(&mut axis.values)
                .char_limit(limits::TEXT)
                .desired_width(130.0);
            let field = ui.add(field).labelled_by(label);
            field.on_hover_text(FORMAT);
            let parsed = axis
                .key
                .map(|key| Axis::parse(&format!("{key}={}", axis.values), knobs));
            if let Some(Ok(parsed)) = parsed {
                let many = count(parsed.values().len() as u64);
                ui.weak(format!("({many} values)")).on_hover_text(FORMAT);
            }
        }
    }

    /// How many seeds and of what, as far as the lab has any.
    fn seeds_ui(&mut self, ui: &mut Ui, knobs: &Knobs) {
        let [all, noise] = [Vary::All, Vary::Noise].map(|vary| vary.seeds(knobs).len());
        if all == 0 {
            self.seeds = 1;
            return;
        }
        ui.separator();
        let label = ui.label("Seeds");
        ui.add(DragValue::new(&mut self.seeds).range(1..=10_000).speed(0.1))
            .labelled_by(label.id)
            .on_hover_text("How many at every place, counted up from the recipe's own");
        if noise == 0 || noise == all {
            self.vary = Vary::All;
            return;
        }
        let words = |vary| match vary {
            Vary::All => "of data and noise",
            Vary::Noise => "of noise alone",
        };
        let combo = ComboBox::from_id_salt("vary")
            .width(110.0)
            .selected_text(words(self.vary));
        let combo = combo.show_ui(ui, |ui| {
            for vary in [Vary::All, Vary::Noise] {
                ui.selectable_value(&mut self.vary, vary, words(vary));
            }
        });
        name(&combo.response, "What the seeds change");
    }

    /// How the step size is chosen, if the lab can find the largest one at which runs are stable.
    fn step_size_ui(&mut self, ui: &mut Ui, base: &Recipe) {
        let edge = base.lab.edge();
        let knob = base.knobs.knob_of(Role::StepSize);
        // Where the step size itself varies, there is nothing to choose.
        let knob = knob.filter(|knob| self.axes.iter().all(|axis| axis.key != Some(knob.key)));
        let Some((knob, edge)) = knob.zip(edge) else {
            self.step_size = StepSize::Recipe;
            return;
        };
        ui.separator();
        ui.label(knob.label);
        let below_edge = format!("0.9 of {}", edge.label);
        let words = |step_size| match step_size {
            // An automatic one is chosen anew at every place.
            StepSize::Recipe if base.knobs.real_of(Role::StepSize).is_none() => "auto, anew",
            StepSize::Recipe => "as set",
            StepSize::Edge => below_edge.as_str(),
        };
        let combo = ComboBox::from_id_salt("step size").width(90.0);
        let combo = combo
            .selected_text(words(self.step_size))
            .show_ui(ui, |ui| {
                for step_size in [StepSize::Recipe, StepSize::Edge] {
                    ui.selectable_value(&mut self.step_size, step_size, words(step_size));
                }
            });
        name(&combo.response, "Step size");
        combo.response.on_hover_text(
            "As the controls say, where an automatic one is chosen anew for every cell; or 0.9 of the largest step \
             size at which runs are stable there, found by trial runs",
        );
    }

    /// When the runs are over, if the lab knows where they are going to end.
    fn finish_ui(&mut self, ui: &mut Ui, base: &Recipe) {
        if !base.lab.knows_destinations() {
            return;
        }
        ui.separator();
        let mut early = self.finish != Finish::End;
        let response = ui.checkbox(&mut early, "end early").on_hover_text(
            "End a run as soon as it is known to 0.1 % where its validation loss is going to end, and show that. Never \
             while label noise is on, nor before the loss falls steadily.",
        );
        if response.changed() {
            self.finish = if early {
                Finish::DESTINATION
            } else {
                Finish::End
            };
        }
    }

    /// How long the runs go on, if the lab has a setting for it.
    fn steps_ui(&mut self, ui: &mut Ui, knobs: &Knobs) {
        if knobs.key_of(Role::Length).is_none() {
            self.steps = Steps::Recipe;
            return;
        }
        ui.separator();
        let label = ui.label("Length");
        let words = match self.steps {
            Steps::Recipe => AS_RECIPE,
            Steps::Auto => LONG_ENOUGH,
            Steps::FlowTime(_) => TO_TIME,
        };
        let combo = ComboBox::from_id_salt("length")
            .width(130.0)
            .selected_text(words);
        let combo = combo.show_ui(ui, |ui| {
            let time = match self.steps {
                Steps::FlowTime(time) => time,
                _ => FLOW_TIME,
            };
            for (steps, words) in [
                (Steps::Auto, LONG_ENOUGH),
                (Steps::Recipe, AS_RECIPE),
                (Steps::FlowTime(time), TO_TIME),
            ] {
                ui.selectable_value(&mut self.steps, steps, words);
            }
        });
        name(&combo.response, "Length of the runs");
        combo
            .response
            .on_hover_text("Runs that converge or diverge before end there");
        if let Steps::FlowTime(time) = &mut self.steps {
            let drag = DragValue::new(time).range(1.0..=1e9).speed(10.0);
            ui.add(drag.custom_formatter(|time, _| short(time, 3)))
                .labelled_by(label.id);
        }
    }
}

/// Draws what stays together in a row that wraps, unless it is wider than that row: it has the size that it had in the
/// frame before.
fn together(ui: &mut Ui, id: impl AsIdSalt, add: impl FnOnce(&mut Ui)) {
    let id = ui.scope_id().with(id);
    let before = ui.data(|data| data.get_temp::<Vec2>(id));
    let (row, width) = (*ui.layout(), ui.max_rect().width());
    let group = |ui: &mut Ui| {
        ui.set_max_width(width);
        add(ui);
    };
    let size = before.unwrap_or_default();
    let response = ui.allocate_ui_with_layout(size, row, group).response;
    let used = response.rect.size();
    if before.is_none_or(|before| (used - before).abs().max_elem() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, used));
        ui.ctx().request_discard("it may belong in another row");
    }
}

/// Whether it makes sense to vary it. The pace is the window's; a count up to 1 is a switch.
fn can_be_swept(knob: &Knob, knobs: &Knobs) -> bool {
    let is_number = matches!(knob.kind, Kind::Count { max: 2.., .. } | Kind::Real { .. });
    is_number && (knob.relevant)(knobs) && knob.role != Some(Role::Pace)
}

/// Values to begin with.
fn usual_values(knob: &Knob) -> String {
    match &knob.kind {
        Kind::Real {
            slider: [low, high],
            logarithmic: true,
            ..
        } => format!("{low}:{high}:9"),
        Kind::Real {
            slider: [low, high],
            ..
        } => format!("{low}:{high}:9:lin"),
        Kind::Count { min, max, .. } => {
            let low = (*min).max(1);
            format!("{low}:{}:4", (8 * low).min(*max))
        }
        _ => String::new(),
    }
}
