//! The pictures of a sweep and what is under the pointer in them.

use eframe::egui::{
    ComboBox, CursorIcon, Pos2, Rect, Response, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2,
};

use crate::figure::Figure;
use crate::format::{count, number, short};
use crate::scene::{Cell, Content, LegendEntry, Plot};
use crate::sim::experiment::{Column, Family};
use crate::sweep::Sweep;
use crate::sweep::picture::{self as pictures, Quantity, Shown as Of};
use crate::sweep::run::CellResult;
use crate::sweep::summary::{Results, Tally};
use crate::ui::controls::name;
use crate::ui::panels::describe;
use crate::ui::plot::{Placed, PlotMemory, Style, legend_ui, plot_ui};
use crate::ui::theme;

/// How near the pointer has to be to a dot.
const NEAR: f32 = 14.0;

/// Up to this width the pictures stand above each other.
const WIDE: f32 = 760.0;

/// The least height of a picture with its title.
const LOWEST: f32 = 240.0;

/// What is shown, and the pictures made of it.
pub(super) struct View {
    column: &'static str,
    /// What the colours of a map show, if somebody has chosen.
    of: Option<Of>,
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
    /// Over the axes; none without axes.
    over: Option<Plot>,
    cloud: Plot,
    cloud_legend: Vec<LegendEntry>,
    families: Vec<Family>,
    columns: &'static [Column],
    of: Of,
    tally: Tally,
}

impl Default for View {
    fn default() -> Self {
        Self {
            column: "validation_loss",
            of: None,
            memories: Default::default(),
            made: None,
        }
    }
}

impl View {
    /// For another sweep.
    pub(super) fn forget(&mut self) {
        self.made = None;
        self.of = None;
        self.memories = Default::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.made.is_none()
    }

    /// How the runs have ended.
    pub(super) fn tally(&self) -> String {
        let Some(made) = &self.made else {
            return String::new();
        };
        let Tally {
            converged,
            finished,
            diverged,
        } = made.tally;
        let [converged, finished, diverged] = [converged, finished, diverged].map(count);
        format!(
            "{converged} runs converged, {finished} ran to their last step, {diverged} diverged"
        )
    }

    /// The title of the cloud. Over several places it is also of what differs between these: its rank
    /// correlations say little about the runs of one.
    fn cloud_title(&self) -> &'static str {
        let over = self.made.as_ref().and_then(|made| made.over.as_ref());
        over.map_or("Run by run", |_| "Run by run, all values together")
    }

    /// Makes the pictures anew.
    pub(super) fn update(&mut self, sweep: &Sweep, results: &Results) {
        let (families, columns) = (results.families(), results.columns());
        let label = |id: &str| columns.iter().find(|column| column.id == id);
        let Some(column) = label(self.column).or_else(|| columns.first()) else {
            return;
        };
        self.column = column.id;
        let quantity = quantity(column);
        let noisy = families.iter().find(|family| family.id != "gd");
        let gd = families.iter().find(|family| family.id == "gd");
        let of = self.of.unwrap_or_else(|| match (noisy, gd) {
            (Some(noisy), Some(gd)) => Of::Ratio(noisy.id, gd.id),
            _ => Of::Median(families.first().map_or("", |family| family.id)),
        });
        let over = match sweep.axes().len() {
            0 => None,
            1 => Some(pictures::curves(sweep, results, quantity, &families)),
            _ => Some(pictures::map(sweep, results, quantity, of)),
        };
        let axes = ["loss_integral", "validation_loss"]
            .map(|id| label(id).map_or(Quantity { id, label: id }, self::quantity));
        let (cloud, cloud_legend) = pictures::cloud(std::slice::from_ref(results), axes, &families);
        self.made = Some(Made {
            over,
            cloud,
            cloud_legend,
            families,
            columns,
            of,
            tally: results.tally(),
        });
    }

    /// The pictures as a figure.
    pub(super) fn figure(&self) -> Option<Figure> {
        let made = self.made.as_ref()?;
        let cell = |title: &str, plot: &Plot| Cell {
            title: title.to_owned(),
            about: String::new(),
            content: Content::Plot(plot.clone()),
        };
        let over = made.over.iter().map(|plot| cell(AT_THE_END, plot));
        let mut cloud = made.cloud.clone();
        cloud.key.clone_from(&made.cloud_legend);
        let cells: Vec<Cell> = over.chain([cell(self.cloud_title(), &cloud)]).collect();
        // A map's families stand beside its colours, a cloud's above it.
        let curves = made.over.iter().filter(|plot| plot.tiles.is_none());
        let families = curves.flat_map(|_| &made.families);
        Some(Figure {
            columns: cells.len(),
            cells,
            legend: families
                .map(|family| pictures::entry(family, family.label.to_owned()))
                .collect(),
            ..Figure::default()
        })
    }

    /// Draws the pictures; returns the cell that was clicked on.
    pub(super) fn show(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| self.both_ui(ui, data))
            .inner
    }

    fn both_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let has_axes = self.made.as_ref()?.over.is_some();
        let room = ui.available_size_before_wrap();
        let stacked = if has_axes && room.x <= WIDE { 2.0 } else { 1.0 };
        let size = vec2(room.x, room.y.max(stacked * LOWEST));
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let (left, right) = match (has_axes, whole.width() > WIDE) {
            (false, _) => (None, whole),
            (true, true) => {
                let middle = whole.left() + 0.56 * whole.width();
                let (left, right) = whole.split_left_right_at_x(middle);
                (Some(left.with_max_x(left.right() - 12.0)), right)
            }
            (true, false) => {
                let (above, below) = whole.split_top_bottom_at_y(whole.center().y);
                (Some(above), below)
            }
        };
        let mut child = |rect: Rect, id: &str| {
            let rect = rect.with_max_x(rect.right() - 12.0);
            ui.new_child(UiBuilder::new().max_rect(rect).id_salt(id))
        };
        let over = left.and_then(|left| self.over_ui(&mut child(left, "over"), data));
        let cloud = self.cloud_ui(&mut child(right, "cloud"), data);
        over.or(cloud)
    }

    fn over_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let SweepData {
            sweep,
            results,
            scale,
        } = data;
        let before = (self.column, self.of);
        ui.horizontal_wrapped(|ui| self.choice_ui(ui, sweep));
        if before != (self.column, self.of) {
            self.memories[0] = PlotMemory::default();
            self.update(sweep, results);
        }
        let Self {
            column,
            made: Some(made),
            memories,
            ..
        } = self
        else {
            return None;
        };
        let plot = made.over.as_ref()?;
        let dark = ui.visuals().dark_mode;
        let style = Style { dark, scale };
        let placed = plot_ui(ui, "sweep", plot, &mut memories[0], None, style);
        let response = &placed.response.response;
        let words: Vec<String> = (0..sweep.places())
            .filter_map(|place| place_in_words(sweep, results, made, column, place))
            .take(3)
            .collect();
        describe(response, AT_THE_END, &words.join("; "));
        let pointer = response.hover_pos()?;
        let (place, family) = if sweep.axes().len() == 1 {
            let place = place_at(&placed, sweep, results, pointer)?;
            let x = sweep.values(place)[0];
            let gaps = made.families.iter().filter_map(|Family { id, .. }| {
                let median = results.band(place, id, column)?.median;
                Some((*id, (placed.at([x, median])?.y - pointer.y).abs()))
            });
            let nearest = gaps.min_by(|(_, a), (_, b)| a.total_cmp(b));
            (place, nearest.map(|(family, _)| family))
        } else {
            let family = match made.of {
                Of::Median(family) | Of::Ratio(family, _) => family,
            };
            (tile_at(&placed, plot, pointer)?, Some(family))
        };
        let first = results.at(place).next()?;
        let typical = family.and_then(|family| {
            let known = made.families.iter().find(|known| known.id == family);
            let label = known.map_or(family, |known| known.label);
            Some((results.typical(place, family, column)?, label))
        });
        let response = response.clone().on_hover_cursor(CursorIcon::PointingHand);
        let clicked = response.clicked();
        response.on_hover_ui_at_pointer(|ui| {
            place_ui(ui, sweep, results, made, column, place);
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
        let Some(made) = &self.made else { return };
        ui.label(RichText::new(AT_THE_END).font(theme::bold(15.0)));
        let shown = made.columns.iter().find(|column| column.id == self.column);
        let combo = ComboBox::from_id_salt("quantity").width(110.0);
        let combo = combo.height(400.0);
        let combo = combo.selected_text(shown.map_or(self.column, |column| column.label));
        let combo = combo.show_ui(ui, |ui| {
            for column in made.columns {
                ui.selectable_value(&mut self.column, column.id, column.label)
                    .on_hover_text(column.about);
            }
        });
        name(&combo.response, "Quantity");
        if let Some(shown) = shown {
            combo.response.on_hover_text(shown.about);
        }
        if sweep.axes().len() == 2 {
            self.colours_ui(ui);
            return;
        }
        let curves = made.families.iter();
        let curves: Vec<LegendEntry> = curves
            .map(|family| pictures::entry(family, family.label.to_owned()))
            .collect();
        let key = made.over.iter().flat_map(|plot| &plot.key);
        legend_ui(ui, curves.iter().chain(key));
        // Unbroken: half a percentage on a line of its own reads badly.
        ui.weak("medians,\u{a0}10\u{a0}%\u{a0}to\u{a0}90\u{a0}%");
    }

    fn colours_ui(&mut self, ui: &mut Ui) {
        let Some(made) = &self.made else { return };
        let words = |of: Of| {
            let label = |family: &str| {
                let known = made.families.iter().find(|known| known.id == family);
                known.map_or_else(|| family.to_owned(), |known| known.label.to_owned())
            };
            match of {
                Of::Median(family) => label(family),
                Of::Ratio(above, below) => format!("{} / {}", label(above), label(below)),
            }
        };
        let families = made.families.iter().map(|family| family.id);
        let medians = families.clone().map(Of::Median);
        let noisy = families.clone().filter(|family| *family != "gd");
        let has_gd = families.clone().any(|family| family == "gd");
        let ratios = noisy
            .filter(|_| has_gd)
            .map(|family| Of::Ratio(family, "gd"));
        let mut of = made.of;
        let combo = ComboBox::from_id_salt("colours")
            .width(110.0)
            .selected_text(words(of));
        let combo = combo.show_ui(ui, |ui| {
            for choice in medians.chain(ratios) {
                ui.selectable_value(&mut of, choice, words(choice));
            }
        });
        name(&combo.response, "Colours");
        if of != made.of {
            self.of = Some(of);
        }
        ui.weak("medians; ×: half or more diverge");
    }

    fn cloud_ui(&mut self, ui: &mut Ui, data: SweepData<'_>) -> Option<u64> {
        let SweepData {
            sweep,
            results,
            scale,
        } = data;
        let title = self.cloud_title();
        let Self {
            made: Some(made),
            memories,
            ..
        } = self
        else {
            return None;
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(title).font(theme::bold(15.0)));
            legend_ui(ui, made.cloud_legend.iter());
        });
        let dark = ui.visuals().dark_mode;
        let style = Style { dark, scale };
        let placed = plot_ui(ui, "cloud", &made.cloud, &mut memories[1], None, style);
        let response: &Response = &placed.response.response;
        let legend = made.cloud_legend.iter().map(|entry| entry.label.as_str());
        describe(response, title, &legend.collect::<Vec<_>>().join(", "));
        let pointer = response.hover_pos()?;
        let axes = ["loss_integral", "validation_loss"];
        let dots = made.families.iter().flat_map(|Family { id, label, .. }| {
            let dots = results.cloud(id, axes);
            dots.map(move |(cell, at)| (cell, *label, at))
        });
        let near = dots.filter_map(|(cell, label, at)| {
            let distance = placed.at(at)?.distance(pointer);
            (distance < NEAR).then_some((distance, cell, label, at))
        });
        let (_, cell, label, [integral, loss]) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let response = response.clone().on_hover_cursor(CursorIcon::PointingHand);
        let clicked = response.clicked();
        response.on_hover_ui_at_pointer(|ui| {
            if let Some(result) = results.get(cell) {
                cell_title_ui(ui, sweep, result);
            }
            let [integral, loss] = [integral, loss].map(|value| number(value, 3));
            ui.label(format!("{label}: ∫L = {integral}, validation {loss}"));
            ui.weak("Click to open this run");
        });
        clicked.then_some(cell)
    }
}

const AT_THE_END: &str = "At the end";

fn quantity(column: &'static Column) -> Quantity<'static> {
    Quantity {
        id: column.id,
        label: column.label,
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
fn tile_at(placed: &Placed<'_>, plot: &Plot, pointer: Pos2) -> Option<u64> {
    let tiles = plot.tiles.as_ref()?;
    let logs = [plot.x.log, plot.y.log];
    let borders = |values: &[f64], log| crate::scene::borders(values, log);
    let (across, up) = (borders(&tiles.x, logs[0]), borders(&tiles.y, logs[1]));
    let holds = |corners: [Pos2; 2]| Rect::from_two_pos(corners[0], corners[1]).contains(pointer);
    for (column, x) in across.windows(2).enumerate() {
        for (row, y) in up.windows(2).enumerate() {
            if holds([placed.at([x[0], y[0]])?, placed.at([x[1], y[1]])?]) {
                return Some((column * tiles.y.len() + row) as u64);
            }
        }
    }
    None
}

fn cell_title_ui(ui: &mut Ui, sweep: &Sweep, result: &CellResult) {
    let place = sweep.place(result.cell);
    let mut words = place_words(sweep, place);
    words.push(format!("seed {}", sweep.seed(result.cell) + 1));
    words.push(format!("γ = {}", short(result.step_size, 3)));
    ui.label(RichText::new(words.join(", ")).font(theme::bold(14.0)));
}

/// The values of the axes at a place, with the settings' names on the screen.
fn place_words(sweep: &Sweep, place: u64) -> Vec<String> {
    let axes = sweep.axes().iter().zip(sweep.values(place));
    axes.map(|(axis, value)| {
        let label = axis.knob(&sweep.base().knobs).label;
        format!("{label} = {}", short(value, 3))
    })
    .collect()
}

fn family_in_words(
    results: &Results,
    place: u64,
    Family { id, label, .. }: &Family,
    column: &str,
) -> String {
    let [diverged, all] = results.diverged(place, id);
    let mut words = match results.band(place, id, column) {
        Some(band) => {
            let [low, median, high] = [band.low, band.median, band.high].map(|x| number(x, 3));
            format!("{label}: {median}  ({low} to {high})")
        }
        None => format!("{label}: –"),
    };
    if diverged > 0 {
        words = format!("{words}, {diverged} of {all} diverged");
    }
    words
}

fn place_in_words(
    sweep: &Sweep,
    results: &Results,
    made: &Made,
    column: &str,
    place: u64,
) -> Option<String> {
    results.at(place).next()?;
    let families = made.families.iter();
    let families = families.map(|family| family_in_words(results, place, family, column));
    let at = place_words(sweep, place).join(", ");
    Some(format!("{at}: {}", families.collect::<Vec<_>>().join(", ")))
}

/// The numbers of a place.
fn place_ui(ui: &mut Ui, sweep: &Sweep, results: &Results, made: &Made, column: &str, place: u64) {
    let title = place_words(sweep, place).join(", ");
    ui.label(RichText::new(title).font(theme::bold(14.0)));
    let seeds = results.at(place).count();
    if let Some(first) = results.at(place).next() {
        let gamma = short(first.step_size, 3);
        ui.label(format!(
            "{seeds} of {} seeds; γ = {gamma} at the first",
            sweep.seeds()
        ));
    }
    for family in &made.families {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            let color = theme::color(family.look.ink, ui.visuals().dark_mode);
            ui.painter().rect_filled(rect, 2.0, color);
            ui.label(family_in_words(results, place, family, column));
        });
    }
    if let Of::Ratio(..) = made.of
        && sweep.axes().len() == 2
        && let Some(ratio) = pictures::number_at(results, place, column, made.of)
    {
        ui.label(format!("ratio {}", number(ratio, 3)));
    }
}
