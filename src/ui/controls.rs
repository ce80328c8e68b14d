//! The control panel: one row per knob of the lab, drawn from its declaration.

mod entered;
mod landmark;

use std::cell::RefCell;
use std::collections::BTreeMap;

use eframe::egui::{
    CollapsingHeader, ComboBox, DragValue, Frame, Margin, Rect, Response, RichText, ScrollArea,
    Slider, SliderClamping, Stroke, StrokeKind, TextEdit, TextStyle, Ui, WidgetInfo, vec2,
};

pub(super) use entered::Entered;
use entered::{Entry, Typed, set};
use landmark::{landmark_ui, multiple_ui};

use super::actions::keep_arrows;
use super::{script, theme};
use crate::files::limits;
use crate::format::{number, read_number};
use crate::knobs::{Choice, Kind, Knob, Knobs, Role, Value};
use crate::sim::experiment::Facts;

/// The least length of a slider in the panel.
const LEAST: f32 = 40.0;

/// Room for a knob's name.
const LABEL_WIDTH: f32 = 112.0;

/// In place of a number that is chosen later.
const UNKNOWN: &str = "–";

/// What is being typed into text fields, per knob; taken over on Enter or when the field is left.
pub(super) type Drafts = BTreeMap<&'static str, String>;

/// Gives a widget the name under which assistive technology and tests find it.
pub(super) fn name(response: &Response, name: &str) {
    let text = name.to_owned();
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::ComboBox, enabled, &text));
}

/// Draws the panel, with a frame around the knob `lit`, and changes `knobs`.
pub(super) fn controls_ui(
    ui: &mut Ui,
    knobs: &mut Knobs,
    facts: Option<&Facts>,
    drafts: &mut Drafts,
    lit: Option<&str>,
) -> Entered {
    let mut entered = Entered::default();
    let table = knobs.table();
    let mut groups: Vec<&'static str> = Vec::new();
    for knob in table {
        if !groups.contains(&knob.group) {
            groups.push(knob.group);
        }
    }
    // Both ways: what is wider than the panel does not widen it for good.
    let area = ScrollArea::both().auto_shrink(false);
    area.show(ui, |ui| {
        // Some letters begin left of where their text does.
        let margin = Margin {
            left: 3,
            ..Margin::ZERO
        };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            for group in groups {
                let title = RichText::new(group).font(theme::bold(16.0));
                CollapsingHeader::new(title)
                    .default_open(true)
                    .show_unindented(ui, |ui| {
                        for knob in table
                            .iter()
                            .filter(|knob| knob.group == group && knob.role != Some(Role::Pace))
                        {
                            if !(knob.relevant)(knobs) {
                                continue;
                            }
                            let row = ui.scope(|ui| knob_ui(ui, knob, knobs, facts, drafts));
                            entered.add(row.inner);
                            if lit == Some(knob.key) {
                                frame_ui(ui, row.response.rect);
                            }
                        }
                        ui.add_space(4.0);
                    });
            }
        });
    });
    entered
}

/// The least and the greatest length of a slider in a row of several.
const SLIM: [f32; 2] = [60.0, 170.0];

/// What a slider of a row takes besides its length: its label, its number, its button for the automatic word.
const BESIDE: f32 = 178.0;

/// Some knobs in one row.
pub(super) fn slim_ui(
    ui: &mut Ui,
    chosen: &[&'static Knob],
    knobs: &mut Knobs,
    facts: Option<&Facts>,
    lit: Option<&str>,
) -> Entered {
    let each = 0.86 * ui.available_width() / chosen.len().max(2) as f32;
    ui.spacing_mut().slider_width = (each - BESIDE).clamp(SLIM[0], SLIM[1]);
    let mut told = Entered::default();
    for knob in chosen {
        let value = knobs.get(knob.key).clone();
        let hint = hint(knob);
        let typed = RefCell::new(Typed::default());
        // As wide as the others, whatever its number: they keep their places.
        let room = vec2(each, ui.available_height());
        let entered = ui.allocate_ui_with_layout(room, *ui.layout(), |ui| {
            ui.set_min_width(each);
            let label = script::hint(ui.label(knob.label), &hint);
            let row = Row {
                knob,
                label: &label,
                // Only its name tells: over the slider the plots are watched.
                hint: "",
                typed: &typed,
            };
            row.value_ui(ui, &value, facts)
        });
        told.add(set(
            knobs,
            knob,
            typed.take(),
            entered.inner.map(Entry::Value),
        ));
        if lit == Some(knob.key) {
            frame_ui(ui, entered.response.rect);
        }
    }
    told
}

/// A frame around what is spoken of.
pub(super) fn frame_ui(ui: &Ui, rect: Rect) {
    let color = theme::warning(ui.visuals().dark_mode);
    let stroke = Stroke::new(2.5, color);
    ui.painter()
        .rect_stroke(rect.expand(2.0), 4.0, stroke, StrokeKind::Outside);
}

/// The tooltip of a knob: its help, its name in recipes, its range and the mark on its slider.
fn hint(knob: &Knob) -> String {
    let mark = knob.landmark.as_ref().map_or_else(String::new, |landmark| {
        format!("\n\nThe red mark: {}", landmark.about)
    });
    format!(
        "{}\n\n`{}` takes {}.{mark}",
        knob.help,
        knob.key,
        knob.range()
    )
}

/// One row: label and widget. The tooltip is the knob's help.
fn knob_ui(
    ui: &mut Ui,
    knob: &'static Knob,
    knobs: &mut Knobs,
    facts: Option<&Facts>,
    drafts: &mut Drafts,
) -> Result<bool, String> {
    let value = knobs.get(knob.key).clone();
    let hint = hint(knob);
    let typed = RefCell::new(Typed::default());
    let mut entry = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let label = ui
            .allocate_ui_with_layout(
                vec2(LABEL_WIDTH, ui.spacing().interact_size.y),
                eframe::egui::Layout::left_to_right(eframe::egui::Align::Center),
                |ui| {
                    ui.set_min_width(LABEL_WIDTH);
                    ui.label(knob.label)
                },
            )
            .inner;
        let label = script::hint(label, &hint);
        let beside = beside_slider(ui, knob);
        let slider = &mut ui.spacing_mut().slider_width;
        *slider = slider.min(beside).max(LEAST);
        let row = Row {
            knob,
            label: &label,
            hint: &hint,
            typed: &typed,
        };
        entry = match &knob.kind {
            Kind::Text | Kind::Points { .. } => row.text_ui(ui, &value, drafts).map(Entry::Text),
            _ => row.value_ui(ui, &value, facts).map(Entry::Value),
        };
        if !knob.unit.is_empty() {
            ui.weak(knob.unit);
        }
    });
    multiple_ui(ui, knob, knobs.get(knob.key), facts);
    set(knobs, knob, typed.take(), entry)
}

/// What a row leaves of the panel's width for a slider, beside its number, its automatic word and its unit: a row
/// that is wider than the panel would widen it.
fn beside_slider(ui: &Ui, knob: &Knob) -> f32 {
    let Kind::Real { auto, .. } = knob.kind else {
        return f32::INFINITY;
    };
    let spacing = ui.spacing().item_spacing.x;
    let width = |text: &str| {
        let font = TextStyle::Button.resolve(ui.style());
        let galley = script::galley(ui.painter(), text, &font, ui.visuals().text_color());
        galley.size().x + spacing
    };
    let padding = 2.0 * ui.spacing().button_padding.x;
    let word = auto.map_or(0.0, |word| width(word) + padding);
    let unit = if knob.unit.is_empty() {
        0.0
    } else {
        width(knob.unit)
    };
    ui.available_width() - (width("0.00·10⁻⁰⁰") + padding) - word - unit - spacing
}

/// A number as it was typed; what is none is said, and so is one out of range, which a field would bring into
/// it without a word.
pub(super) fn read(knob: &Knob, text: &str) -> Result<f64, String> {
    let excerpt = || text.trim().chars().take(30).collect::<String>();
    match read_number(text) {
        None => Err(format!("{}: “{}” is not a number", knob.label, excerpt())),
        Some(number) if !knob.accepts(number) => {
            let range = knob.range();
            Err(format!(
                "{} cannot be {}: it takes {range}",
                knob.label,
                excerpt()
            ))
        }
        Some(number) => Ok(number),
    }
}

/// What every widget of a row needs.
struct Row<'a> {
    knob: &'static Knob,
    label: &'a Response,
    hint: &'a str,
    /// What was typed as a number.
    typed: &'a RefCell<Typed>,
}

impl Row<'_> {
    fn finish(&self, response: Response) -> Response {
        script::hint(response.labelled_by(self.label.id), self.hint)
    }

    /// The widget of every kind of knob that is not typed as text.
    fn value_ui(&self, ui: &mut Ui, value: &Value, facts: Option<&Facts>) -> Option<Value> {
        match (&self.knob.kind, value) {
            (Kind::Switch, Value::Switch(on)) => self.switch_ui(ui, *on).map(Value::Switch),
            (Kind::Count { min: 0, max: 1, .. }, Value::Count(count)) => {
                let on = self.switch_ui(ui, *count == 1)?;
                Some(Value::Count(u64::from(on)))
            }
            (Kind::Count { min, max, auto }, value) => {
                self.count_ui(ui, value, (*min, *max), *auto, facts)
            }
            (Kind::Real { .. }, value) => self.real_ui(ui, value, facts),
            (Kind::Choice(choices), Value::Word(word)) => self.choice_ui(ui, word, choices),
            _ => None,
        }
    }

    /// A number as it was typed.
    fn read(&self, text: &str) -> Option<f64> {
        let mut typed = self.typed.borrow_mut();
        match read(self.knob, text) {
            Ok(number) => {
                typed.accepted = true;
                Some(number)
            }
            Err(refusal) => {
                typed.refused = Some(refusal);
                None
            }
        }
    }

    fn switch_ui(&self, ui: &mut Ui, mut on: bool) -> Option<bool> {
        let response = ui.checkbox(&mut on, "");
        self.finish(response).changed().then_some(on)
    }

    /// A button that switches the automatic word on and off; the number it stands for comes from
    /// the running experiment.
    fn auto_ui(
        &self,
        ui: &mut Ui,
        word: &'static str,
        value: &Value,
        current: Value,
    ) -> Option<Value> {
        let mut on = matches!(value, Value::Word(_));
        let hint = format!("{}: {}", self.knob.label, self.knob.help);
        let response = ui.toggle_value(&mut on, word).on_hover_text(hint);
        let name = format!("{} {word}", self.knob.label);
        response
            .widget_info(|| WidgetInfo::selected(eframe::egui::Role::CheckBox, true, on, &name));
        response.changed().then(|| {
            if on {
                Value::Word(word.to_owned())
            } else {
                current
            }
        })
    }

    /// Whether nobody knows yet what an automatic word stands for.
    fn is_unknown(&self, value: &Value, facts: Option<&Facts>) -> bool {
        matches!(value, Value::Word(_)) && self.resolved(facts).is_none()
    }

    fn resolved(&self, facts: Option<&Facts>) -> Option<f64> {
        facts?.scalars.get(self.knob.auto_fact?).copied()
    }

    fn count_ui(
        &self,
        ui: &mut Ui,
        value: &Value,
        (min, max): (u64, u64),
        auto: Option<&'static str>,
        facts: Option<&Facts>,
    ) -> Option<Value> {
        let resolved = self.resolved(facts).map_or(min, |value| value as u64);
        let mut count = if let Value::Count(count) = value {
            *count
        } else {
            resolved
        };
        let speed = (max as f64).log10().max(1.0) * 0.05;
        let mut drag = DragValue::new(&mut count)
            .range(min..=max)
            .speed(speed)
            .custom_parser(|text| self.read(text))
            .update_while_editing(false);
        if self.is_unknown(value, facts) {
            drag = drag.custom_formatter(|_, _| UNKNOWN.to_owned());
        }
        let response = self.finish(ui.add(drag));
        let typed = response.changed().then_some(Value::Count(count));
        typed.or_else(|| self.auto_ui(ui, auto?, value, Value::Count(count)))
    }

    fn real_ui(&self, ui: &mut Ui, value: &Value, facts: Option<&Facts>) -> Option<Value> {
        let Kind::Real {
            min,
            slider,
            logarithmic,
            auto,
            ..
        } = &self.knob.kind
        else {
            return None;
        };
        if let Value::Reals(reals) = value {
            let low = reals.iter().copied().fold(f64::INFINITY, f64::min);
            let high = reals.iter().copied().fold(0.0, f64::max);
            ui.label(format!(
                "{} values, {} to {}",
                reals.len(),
                number(low, 2),
                number(high, 2)
            ));
            let reset = ui
                .button("one value")
                .on_hover_text("Replace the vector by its largest entry");
            return reset.clicked().then_some(Value::Real(high));
        }
        let mut real = if let Value::Real(real) = value {
            *real
        } else {
            self.resolved(facts).unwrap_or(*min)
        };
        let unknown = self.is_unknown(value, facts);
        // A slider narrower than the accepted range: typing reaches the rest.
        let (low, high) = landmark::slider(self.knob, *slider, facts);
        let widget = Slider::new(&mut real, low..=high)
            .logarithmic(*logarithmic)
            .smallest_positive(if low > 0.0 { low } else { 1e-12 })
            .clamping(SliderClamping::Never)
            .update_while_editing(false)
            .custom_formatter(|value, _| {
                if unknown {
                    UNKNOWN.to_owned()
                } else {
                    number(value, 3)
                }
            })
            .custom_parser(|text| self.read(text));
        let response = self.finish(ui.add(widget));
        keep_arrows(&response);
        if let Some(landmark) = &self.knob.landmark
            && let Some(at) = facts.and_then(|facts| facts.scalars.get(landmark.fact))
        {
            landmark_ui(ui, &response, *at, (low, high));
        }
        let moved = response.changed().then_some(Value::Real(real));
        let toggled = auto.and_then(|word| self.auto_ui(ui, word, value, Value::Real(real)));
        moved.or(toggled)
    }

    fn choice_ui(&self, ui: &mut Ui, word: &str, choices: &'static [Choice]) -> Option<Value> {
        let label = choices
            .iter()
            .find(|choice| choice.id == word)
            .map_or(word, |choice| choice.label);
        let mut chosen = None;
        let combo = ComboBox::from_id_salt(self.knob.key)
            .width(150.0)
            .truncate()
            .selected_text(label);
        let response = combo.show_ui(ui, |ui| {
            for choice in choices {
                if ui
                    .selectable_label(choice.id == word, choice.label)
                    .clicked()
                    && choice.id != word
                {
                    chosen = Some(Value::Word(choice.id.to_owned()));
                }
            }
        });
        let named = response.response;
        name(&named, self.knob.label);
        script::hint(named, self.hint);
        chosen
    }

    /// A text field; what is typed is a draft until Enter is pressed or the field is left, and then
    /// the entry.
    fn text_ui(&self, ui: &mut Ui, value: &Value, drafts: &mut Drafts) -> Option<String> {
        let unchanged = value.to_string();
        let mut text = drafts
            .get(self.knob.key)
            .cloned()
            .unwrap_or_else(|| unchanged.clone());
        let response = self.finish(
            ui.add(
                TextEdit::singleline(&mut text)
                    .char_limit(limits::TEXT)
                    .hint_text(example(self.knob))
                    .desired_width(150.0),
            ),
        );
        if response.lost_focus() {
            drafts.remove(self.knob.key);
            return (text != unchanged).then_some(text);
        }
        if response.has_focus() {
            drafts.insert(self.knob.key, text);
        }
        None
    }
}

/// What can be typed into an empty field.
fn example(knob: &Knob) -> &'static str {
    match knob.kind {
        Kind::Points { .. } => "step:value, …",
        _ => "none",
    }
}
