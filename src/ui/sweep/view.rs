//! The pictures of a sweep and what is under the pointer in them.

use eframe::egui::{
    ComboBox, CursorIcon, Pos2, Rect, Response, RichText, ScrollArea, Sense, Ui, UiBuilder, Vec2,
    vec2,
};

use super::words::{cell_title_ui, place_in_words, place_ui};
use crate::figure::Figure;
use crate::format::{count, number};
use crate::scene::{LegendEntry, Plot};
use crate::sim::experiment::Family;
use crate::sweep::Sweep;
use crate::sweep::maker::{self, Choice, Dot, Dots};
use crate::sweep::picture::{self, Shown as Of};
use crate::sweep::pictures::{AT_THE_END, Cloud, Pictures};
use crate::sweep::summary::{Results, Tally};
use crate::ui::controls::name;
use crate::ui::panels::describe;
use crate::ui::plot::{Placed, PlotMemory, Style, legend_ui, plot_ui, tile_at};
use crate::ui::theme;

/// How near the pointer has to be to a dot.
const NEAR: f32 = 14.0;

/// Up to this width the pictures stand above each other.
const WIDE: f32 = 760.0;

/// The least height of a picture with its title.
const LOWEST: f32 = 240.0;

/// What is to be shown, and the pictures that were made last.
#[derive(Default)]
pub(super) struct View {
    choice: Choice,
    memories: [PlotMemory; 2],
    made: Option<Made>,
}

/// What the pictures are of, and how thick their lines are.
#[derive(Clone, Copy)]
pub(super) struct SweepData<'a> {
    pub(super) sweep: &'a Sweep,
    pub(super) results: &'a Results,
    pub(super) scale: f32,
}

struct Made {
    pictures: Pictures,
    /// What they were asked to show.
    choice: Choice,
    dots: Dots,
    /// The family that the others are compared with.
    baseline: Option<&'static str>,
    /// What runs do that reach what they are to.
    success: Option<&'static str>,
    tally: Tally,
}

impl Made {
    /// A family's name on the screen.
    fn label(&self, family: &'static str) -> &'static str {
        let known = self
            .pictures
            .families
            .iter()
            .find(|known| known.id == family);
        known.map_or(family, |known| known.label)
    }

    /// The place over the axes that is under the pointer, and the family.
    fn under(
        &self,
        placed: &Placed<'_>,
        data: SweepData<'_>,
        pointer: Pos2,
    ) -> Option<(u64, Option<&'static str>)> {
        let SweepData { sweep, results, .. } = data;
        if sweep.axes().len() == 1 {
            let place = place_at(placed, sweep, results, pointer)?;
            let x = sweep.values(place)[0];
            let Pictures {
                families, column, ..
            } = &self.pictures;
            let gaps = families.iter().filter_map(|Family { id, .. }| {
                let median = results.band(place, id, column.id)?.median;
                Some((*id, (placed.at([x, median])?.y - pointer.y).abs()))
            });
            let nearest = gaps.min_by(|(_, a), (_, b)| a.total_cmp(b));
            return Some((place, nearest.map(|(family, _)| family)));
        }
        let family = self.pictures.of.family();
        let plot = self.pictures.over.as_ref()?;
        Some((place_of_tile(placed, plot, pointer)?, Some(family)))
    }
}

impl View {
    /// For another sweep.
    pub(super) fn forget(&mut self) {
        self.made = None;
        self.choice.of = None;
        self.memories = Default::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.made.is_none()
    }

    /// What is to be shown.
    pub(super) fn choice(&self) -> Choice {
        self.choice
    }

    /// How the runs in the pictures have ended.
    pub(super) fn tally(&self) -> String {
        let Some(made) = &self.made else {
            return String::new();
        };
        let all = count(made.tally.runs());
        format!("{all} runs: {}", made.tally.in_words())
    }

    /// Takes over pictures that have been made.
    pub(super) fn take(&mut self, sweep: &Sweep, pictures: Pictures, made: maker::Made) {
        // Another quantity has other axes.
        if self.made.as_ref().map(|before| before.choice) != Some(made.choice) {
            self.memories[0] = PlotMemory::default();
        }
        self.made = Some(Made {
            pictures,
            choice: made.choice,
            dots: made.dots,
            baseline: sweep.base().lab.baseline(),
            success: sweep.base().lab.roles().success.map(|success| success.word),
            tally: made.tally,
        });
    }

    /// The pictures as a figure.
    pub(super) fn figure(&self) -> Option<Figure> {
        let figure = Figure::of_sweep(&self.made.as_ref()?.pictures);
        (!figure.cells.is_empty()).then_some(figure)
    }

    /// Draws the pictures; returns the cell that was clicked on.
    pub(super) fn show(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| self.both_ui(ui, data))
            .inner
    }

    fn both_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let made = self.made.as_ref()?;
        let pictures = &made.pictures;
        let (has_over, has_cloud) = (pictures.over.is_some(), pictures.cloud.is_some());
        let axes = data.sweep.axes().len();
        if axes > 2 {
            ui.label(format!(
                "There is no map over {axes} settings: the table has all of them (S saves it)"
            ));
        }
        if !has_over && !has_cloud {
            let words = if axes > 2 {
                "This lab has nothing to show run by run"
            } else {
                "This lab has nothing to show of runs at a single place: choose a setting"
            };
            ui.centered_and_justified(|ui| ui.label(words));
            return None;
        }
        let both = has_over && has_cloud;
        let room = ui.available_size_before_wrap();
        let stacked = if both && room.x <= WIDE { 2.0 } else { 1.0 };
        let size = vec2(room.x, room.y.max(stacked * LOWEST));
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let (left, right) = if !both {
            (whole, whole)
        } else if whole.width() > WIDE {
            let middle = whole.left() + 0.56 * whole.width();
            let (left, right) = whole.split_left_right_at_x(middle);
            (left.with_max_x(left.right() - 12.0), right)
        } else {
            whole.split_top_bottom_at_y(whole.center().y)
        };
        let mut child = |rect: Rect, id: &str| {
            let rect = rect.with_max_x(rect.right() - 12.0);
            ui.new_child(UiBuilder::new().max_rect(rect).id_salt(id))
        };
        let over = if has_over {
            self.over_ui(&mut child(left, "over"), data)
        } else {
            None
        };
        let cloud = if has_cloud {
            self.cloud_ui(&mut child(right, "cloud"), data)
        } else {
            None
        };
        over.or(cloud)
    }

    fn over_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let SweepData {
            sweep,
            results,
            scale,
        } = data;
        ui.horizontal_wrapped(|ui| self.choice_ui(ui, sweep));
        let made = self.made.as_ref()?;
        let Pictures {
            families,
            column,
            of,
            ..
        } = &made.pictures;
        let plot = made.pictures.over.as_ref()?;
        let dark = ui.visuals().dark_mode;
        let style = Style {
            dark,
            scale,
            size: 1.0,
            least: 0.0,
        };
        let placed = plot_ui(ui, "sweep", plot, &[], &mut self.memories[0], None, style);
        let response = &placed.response.response;
        let column = column.id;
        let words: Vec<String> = results
            .places()
            .filter_map(|place| place_in_words(sweep, results, families, column, place))
            .take(3)
            .collect();
        describe(response, AT_THE_END, &words.join("; "));
        let (place, family) = made.under(&placed, data, response.hover_pos()?)?;
        let first = results.at(place).next()?;
        let typical = family.and_then(|family| {
            let typical = results.typical(place, family, column)?;
            Some((typical, made.label(family)))
        });
        let response = response.clone().on_hover_cursor(CursorIcon::PointingHand);
        let clicked = response.clicked();
        response.on_hover_ui_at_pointer(|ui| {
            place_ui(ui, sweep, results, families, column, place);
            let word = match of {
                Of::Ratio(..) => Some("ratio"),
                Of::Share(_) => Some("share"),
                Of::Median(_) => None,
            };
            if let Some(word) = word.filter(|_| sweep.axes().len() == 2)
                && let Some(part) = picture::number_at(sweep, results, place, column, *of)
            {
                ui.label(format!("{word} {}", number(part, 3)));
            }
            // Where half of the runs diverge there is no median, but runs to look at.
            ui.weak(typical.map_or_else(
                || "Click to open the run of the first seed".to_owned(),
                |(_, label)| format!("Click to open the run at {label}'s median"),
            ));
        });
        clicked.then(|| typical.map_or(first, |(cell, _)| cell).cell)
    }

    /// Which quantity, and what the colours of a map show.
    fn choice_ui(&mut self, ui: &mut Ui, sweep: &Sweep) {
        let Some(made) = self.made.as_ref().map(|made| &made.pictures) else {
            return;
        };
        ui.label(RichText::new(AT_THE_END).font(theme::bold(15.0)));
        // What was chosen last is said at once, and shown once its picture is there.
        let chosen = self.choice.column.and_then(|chosen| {
            let mut columns = made.columns.iter();
            columns.find(|column| column.id == chosen)
        });
        let chosen = chosen.unwrap_or(made.column);
        let mut column = chosen.id;
        let combo = ComboBox::from_id_salt("quantity").width(110.0);
        let combo = combo.height(400.0);
        let combo = combo.selected_text(chosen.label);
        let combo = combo.show_ui(ui, |ui| {
            for known in made.columns {
                ui.selectable_value(&mut column, known.id, known.label)
                    .on_hover_text(known.about);
            }
        });
        name(&combo.response, "Quantity");
        combo.response.on_hover_text(chosen.about);
        if column != chosen.id {
            self.choice.column = Some(column);
        }
        if sweep.axes().len() == 2 {
            self.colours_ui(ui);
            return;
        }
        let curves = made.families.iter();
        let curves: Vec<LegendEntry> = curves
            .map(|family| picture::entry(family, family.label.to_owned()))
            .collect();
        let key = made.over.iter().flat_map(|plot| &plot.key);
        legend_ui(ui, curves.iter().chain(key), 1.0);
        // Unbroken: half a percentage on a line of its own reads badly.
        ui.weak("medians,\u{a0}10\u{a0}%\u{a0}to\u{a0}90\u{a0}%");
    }

    fn colours_ui(&mut self, ui: &mut Ui) {
        let Some(made) = &self.made else { return };
        let success = made.success;
        let words = |of: Of| match of {
            Of::Median(family) => made.label(family).to_owned(),
            Of::Ratio(above, below) => format!("{} / {}", made.label(above), made.label(below)),
            Of::Share(family) => {
                let word = success.unwrap_or_default();
                format!("{} runs that {word}", made.label(family))
            }
        };
        let families = made.pictures.families.iter().map(|family| family.id);
        let medians = families.clone().map(Of::Median);
        let is_shown = |family: &&str| families.clone().any(|known| known == *family);
        let baseline = made.baseline.filter(is_shown);
        let ratios = baseline.into_iter().flat_map(|baseline| {
            let others = families.clone().filter(move |family| *family != baseline);
            others.map(move |family| Of::Ratio(family, baseline))
        });
        let shares = families.clone().map(Of::Share);
        let shares = shares.filter(|_| success.is_some());
        let chosen = self.choice.of.unwrap_or(made.pictures.of);
        let mut of = chosen;
        let combo = ComboBox::from_id_salt("colours")
            .width(110.0)
            .selected_text(words(chosen));
        let combo = combo.show_ui(ui, |ui| {
            for choice in medians.chain(ratios).chain(shares) {
                ui.selectable_value(&mut of, choice, words(choice));
            }
        });
        name(&combo.response, "Colours");
        if of != chosen {
            self.choice.of = Some(of);
        }
        ui.weak("medians; ×: half or more diverge");
    }

    fn cloud_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let SweepData {
            sweep,
            results,
            scale,
        } = data;
        let Made { pictures, dots, .. } = self.made.as_ref()?;
        let title = pictures.cloud_title();
        let Cloud { plot, legend, axes } = pictures.cloud.as_ref()?;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(title).font(theme::bold(15.0)));
            legend_ui(ui, legend.iter(), 1.0);
        });
        let dark = ui.visuals().dark_mode;
        let style = Style {
            dark,
            scale,
            size: 1.0,
            least: 0.0,
        };
        let placed = plot_ui(ui, "cloud", plot, &[], &mut self.memories[1], None, style);
        let response: &Response = &placed.response.response;
        let words = legend.iter().map(|entry| entry.label.as_str());
        describe(response, title, &words.collect::<Vec<_>>().join(", "));
        let pointer = response.hover_pos()?;
        let around = Rect::from_center_size(pointer, Vec2::splat(2.0 * NEAR));
        let corners = [around.left_bottom(), around.right_top()];
        let [low, high] = corners.map(|corner| placed.values_at(corner));
        let near = dots.between([low, high]).filter_map(|dot| {
            let distance = placed.at(dot.at)?.distance(pointer);
            (distance < NEAR).then_some((distance, dot))
        });
        let (_, dot) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let Dot { at, cell, family } = *dot;
        let response = response.clone().on_hover_cursor(CursorIcon::PointingHand);
        let clicked = response.clicked();
        response.on_hover_ui_at_pointer(|ui| {
            if let Some(result) = results.get(cell) {
                cell_title_ui(ui, sweep, result);
            }
            let [x, y] = at.map(|value| number(value, 3));
            let [x_label, y_label] = [axes[0].label, axes[1].label];
            ui.label(format!("{family}: {x_label} = {x}, {y_label} = {y}"));
            ui.weak("Click to open this run");
        });
        clicked.then_some(cell)
    }
}

/// The place with a finished cell that is nearest across, whether its runs have a median or not.
fn place_at(placed: &Placed<'_>, sweep: &Sweep, results: &Results, pointer: Pos2) -> Option<u64> {
    let values = sweep.axes().first()?.values();
    let known = (0..)
        .zip(values)
        .filter(|(place, _)| results.at(*place).next().is_some());
    let gaps = known.filter_map(|(place, x)| Some((place, (placed.across(*x)? - pointer.x).abs())));
    let nearest = gaps.min_by(|(_, a), (_, b)| a.total_cmp(b));
    nearest.map(|(place, _)| place)
}

/// The place whose tile the pointer is in.
fn place_of_tile(placed: &Placed<'_>, plot: &Plot, pointer: Pos2) -> Option<u64> {
    let rows = plot.tiles.as_ref()?.y.len();
    let [column, row] = tile_at(placed, pointer)?;
    Some((column * rows + row) as u64)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::{Context, Event, RawInput, pos2};

    use super::*;
    use crate::sweep::maker::Order;
    use crate::sweep::maker::inline::PictureMaker;
    use crate::sweep::run::CellResult;
    use crate::sweep::{Vary, testing};

    /// As many as a map may have: each is the same cell but for its number and its values.
    fn many(sweep: &Sweep) -> Results {
        let first = testing::first(sweep, 1);
        let one = first.cells().next().unwrap();
        let mut results = Results::new(sweep);
        for cell in 0..sweep.cells() {
            let mut result = CellResult {
                cell,
                ..one.clone()
            };
            for run in &mut result.runs {
                let angle = cell as f64 + run.name.len() as f64;
                for (at, value) in run.values.iter_mut().enumerate() {
                    *value *= 1.1 + (angle * (1.0 + at as f64)).sin();
                }
            }
            results.insert(result);
        }
        results
    }

    #[test]
    fn a_map_of_a_hundred_thousand_cells_is_made_once() {
        let axes = ["alpha=0.01:1:320", "step_size=0.001:0.1:320"];
        let sweep = testing::small(&[("steps", "5")], &axes, 1, Vary::Noise);
        let results = many(&sweep);
        let (mut view, ctx) = (View::default(), Context::default());
        let sweep = Arc::new(sweep);
        let mut maker = PictureMaker::spawn(sweep.clone(), || ()).unwrap();
        maker.give(Order {
            cells: results.shared().cloned().collect(),
            choice: view.choice(),
        });
        let mut made = maker.try_recv().unwrap().unwrap();
        let pictures = made.pictures.take().unwrap();
        view.take(&sweep, pictures, made);
        let mut kept = Vec::new();
        for frame in 0..6_u16 {
            let at = pos2(100.0 + 20.0 * f32::from(frame), 200.0);
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1440.0, 800.0))),
                events: vec![Event::PointerMoved(at)],
                ..RawInput::default()
            };
            let output = ctx.run_ui(input, |ui| {
                let data = SweepData {
                    sweep: &sweep,
                    results: &results,
                    scale: 1.0,
                };
                assert_eq!(view.show(ui, data), None);
            });
            output.drop_without_applying_deltas();
            kept.push(view.memories[0].tiles());
        }
        let last = &kept[kept.len() - 1];
        assert!(last.vertices.len() > 100_000);
        // The plot has found its place in the first frames.
        assert!(Arc::ptr_eq(last, &kept[3]));
    }
}
