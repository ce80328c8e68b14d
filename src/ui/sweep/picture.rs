//! A figure's plot on the screen, for pictures that are made as figures. Lengths are pixels.

use eframe::egui::epaint::Mesh;
use eframe::egui::{
    Align2, Color32, FontId, FontSelection, Painter, Pos2, Rect, Sense, Shape as Drawing, Stroke,
    TextWrapMode, Ui, Vec2, WidgetText, pos2, vec2,
};
use egui_plot::{PlotPoint, PlotResponse};

use crate::figure::extent;
use crate::scene::{Layer, LegendEntry, Marker, Pattern, Plot, Shape, Swatch, Tiles};
use crate::ui::axis::place;
use crate::ui::panels::strokes::{self, polyline};
use crate::ui::panels::{self, Axes, Memory};
use crate::ui::theme;

/// Room for the scale of a map: a gap, the colours, numbers, and the label.
const SCALE: [f32; 4] = [12.0, 14.0, 46.0, 20.0];

/// Size of a legend's swatches.
const SWATCH: Vec2 = vec2(20.0, 18.0);

/// A plot's frame and where its values are in it.
pub(super) struct Placed<'a> {
    pub(super) response: PlotResponse<()>,
    plot: &'a Plot,
}

impl Placed<'_> {
    /// Where a point is on the screen, if it has a place on the axes.
    pub(super) fn at(&self, [x, y]: [f64; 2]) -> Option<Pos2> {
        let place = PlotPoint::new(place(x, self.plot.x.log)?, place(y, self.plot.y.log)?);
        Some(self.response.transform.position_from_point(&place))
    }

    /// How far right a value is on the screen, if it has a place on the axis.
    pub(super) fn across(&self, x: f64) -> Option<f32> {
        let x = place(x, self.plot.x.log)?;
        Some(self.response.transform.position_from_point_x(x))
    }

    fn frame(&self) -> Rect {
        *self.response.transform.frame()
    }
}

/// Draws a plot into the room that is left.
pub(super) fn plot_ui<'a>(
    ui: &mut Ui,
    id: &'static str,
    plot: &'a Plot,
    memory: &mut Memory,
    scale: f32,
) -> Placed<'a> {
    let dark = ui.visuals().dark_mode;
    let whole = ui.available_rect_before_wrap();
    let beside: f32 = if plot.tiles.is_some() {
        SCALE.iter().sum()
    } else {
        0.0
    };
    let axes = Axes {
        log_x: plot.x.log,
        log_y: plot.y.log,
        x_label: &plot.x.label,
        y_label: &plot.y.label,
    };
    let [x, y] = extent(plot);
    let y = if plot.y.range.is_some() {
        y
    } else {
        memory.bounds.include(y.0, y.1, plot.y.log);
        memory.bounds.range()
    };
    let (x, y) = (memory.x_view.unwrap_or(x), memory.y_view.unwrap_or(y));
    let shown = panels::plot(id, &axes, dark).width(whole.width() - beside);
    let response = shown.show(ui, |plot| panels::set_bounds(plot, x, y));
    panels::follow(&response, memory, x, y);
    let placed = Placed { response, plot };
    let frame = placed.frame();
    let painter = ui.painter().with_clip_rect(frame);
    if let Some(tiles) = &plot.tiles {
        tiles_ui(&painter, &placed, tiles);
        scale_ui(ui, frame, tiles, dark);
    }
    let (bands, lines): (Vec<&Layer>, Vec<&Layer>) = plot
        .layers
        .iter()
        .partition(|layer| matches!(layer.shape, Shape::Band { .. }));
    for layer in bands.into_iter().chain(lines) {
        layer_ui(&painter, &placed, layer, dark, scale);
    }
    placed
}

fn pattern_of(pattern: Pattern) -> strokes::Pattern {
    match pattern {
        Pattern::Solid => strokes::Pattern::Solid,
        Pattern::Dashed => strokes::Pattern::Dashed,
        Pattern::Dotted => strokes::Pattern::Dotted,
    }
}

/// Draws one of the shapes that pictures of sweeps are made of.
fn layer_ui(painter: &Painter, placed: &Placed<'_>, layer: &Layer, dark: bool, scale: f32) {
    let color = theme::color(layer.ink, dark).gamma_multiply(layer.opacity as f32);
    let stroke = Stroke::new(layer.width as f32 * scale, color);
    let frame = placed.frame();
    let line = |points: &[Pos2], pattern| {
        polyline(painter, frame, points, stroke, pattern_of(pattern));
    };
    match &layer.shape {
        Shape::Line {
            points, pattern, ..
        } => {
            let places: Vec<Option<Pos2>> = points.iter().map(|at| placed.at(*at)).collect();
            for piece in places.split(Option::is_none) {
                line(
                    &piece.iter().copied().flatten().collect::<Vec<_>>(),
                    *pattern,
                );
            }
        }
        Shape::Band { x, low, high } => {
            let sides = x.iter().zip(low).zip(high).filter_map(|((x, low), high)| {
                Some([placed.at([*x, *low])?, placed.at([*x, *high])?])
            });
            painter.add(ribbon(&sides.collect::<Vec<_>>(), color));
        }
        Shape::Points {
            at,
            marker,
            radius,
            filled,
        } => {
            let radius = *radius as f32 * scale.sqrt();
            let at = at.iter().filter_map(|point| placed.at(*point));
            for at in apart(at, frame.expand(2.0 * radius)) {
                painter.extend(mark(at, *marker, radius, *filled, color));
            }
        }
        Shape::Vertical(x, pattern) => {
            if let Some(at) = placed.across(*x) {
                line(&[pos2(at, frame.top()), pos2(at, frame.bottom())], *pattern);
            }
        }
        Shape::Horizontal(y, pattern) => {
            if let Some(y) = place(*y, placed.plot.y.log) {
                let at = placed.response.transform.position_from_point_y(y);
                line(&[pos2(frame.left(), at), pos2(frame.right(), at)], *pattern);
            }
        }
        // Pictures of runs have these, which are drawn as panels.
        Shape::Area(_)
        | Shape::Segments(_)
        | Shape::Bars { .. }
        | Shape::Arrow(_)
        | Shape::Text { .. } => {}
    }
}

/// The points inside `near`, one for each square of a few pixels: a cloud of a hundred thousand dots costs
/// no more than its picture can show.
fn apart(points: impl Iterator<Item = Pos2>, near: Rect) -> impl Iterator<Item = Pos2> {
    const SQUARE: f32 = 1.5;
    let [columns, rows] = [near.width(), near.height()].map(|side| (side / SQUARE) as usize + 1);
    let mut taken = vec![false; columns * rows];
    points.filter(move |at| {
        if !near.contains(*at) {
            return false;
        }
        let [column, row] = [at.x - near.left(), at.y - near.top()].map(|x| (x / SQUARE) as usize);
        !std::mem::replace(&mut taken[row * columns + column], true)
    })
}

/// The area between two lines, given as pairs of points across.
fn ribbon(sides: &[[Pos2; 2]], color: Color32) -> Drawing {
    let mut mesh = Mesh::default();
    for (at, [low, high]) in (0..).zip(sides) {
        mesh.colored_vertex(*low, color);
        mesh.colored_vertex(*high, color);
        if at > 0 {
            let first = 2 * (at - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    Drawing::mesh(mesh)
}

fn mark(at: Pos2, marker: Marker, radius: f32, filled: bool, color: Color32) -> Vec<Drawing> {
    let stroke = Stroke::new(0.4 * radius + 0.4, color);
    let strokes = |ends: [[f32; 4]; 2]| {
        let ends = ends.map(|[a, b, c, d]| [vec2(a, b), vec2(c, d)].map(|end| at + radius * end));
        ends.map(|ends| Drawing::line_segment(ends, stroke))
            .to_vec()
    };
    let corners = match marker {
        Marker::Circle if filled => return vec![Drawing::circle_filled(at, radius, color)],
        Marker::Circle => return vec![Drawing::circle_stroke(at, radius, stroke)],
        Marker::Cross => return strokes([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]]),
        Marker::Plus => return strokes([[-1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]]),
        Marker::Square => [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        Marker::Diamond => [[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]],
    };
    let outline = corners.map(|[x, y]| at + radius * vec2(x, y)).to_vec();
    vec![if filled {
        Drawing::convex_polygon(outline, color, Stroke::NONE)
    } else {
        Drawing::closed_line(outline, stroke)
    }]
}

fn tiles_ui(painter: &Painter, placed: &Placed<'_>, tiles: &Tiles) {
    let mut mesh = Mesh::default();
    for tile in tiles.iter([placed.plot.x.log, placed.plot.y.log]) {
        if let [Some(low), Some(high)] = [tile.low, tile.high].map(|corner| placed.at(corner)) {
            let rect = Rect::from_two_pos(low, high);
            mesh.add_colored_rect(rect, theme::of_map(tile.color));
        }
    }
    painter.add(Drawing::mesh(mesh));
}

/// The scale of a map, right of its frame.
fn scale_ui(ui: &Ui, frame: Rect, tiles: &Tiles, dark: bool) {
    let [gap, width, numbers, label] = SCALE;
    let bar = Rect::from_min_max(
        pos2(frame.right() + gap, frame.top()),
        pos2(frame.right() + gap + width, frame.bottom()),
    );
    let mut mesh = Mesh::default();
    for step in 0..=64 {
        let part = step as f32 / 64.0;
        let color = theme::of_map(tiles.colours.at(f64::from(part)));
        let y = bar.bottom() - part * bar.height();
        mesh.colored_vertex(pos2(bar.left(), y), color);
        mesh.colored_vertex(pos2(bar.right(), y), color);
        if step > 0 {
            let first = 2 * (step - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    let painter = ui.painter();
    painter.add(Drawing::mesh(mesh));
    let weak = theme::weak_text(dark);
    for (part, text) in tiles.ticks(f64::from(bar.height()) / 30.0) {
        let y = bar.bottom() - part as f32 * bar.height();
        let at = pos2(bar.right(), y);
        painter.line_segment([at, at + vec2(4.0, 0.0)], Stroke::new(1.0, weak));
        let at = at + vec2(7.0, 0.0);
        painter.text(at, Align2::LEFT_CENTER, text, theme::tick_font(), weak);
    }
    let font = FontId::proportional(14.0);
    let text = theme::text(dark);
    let galley = painter.layout_no_wrap(tiles.scale.label.clone(), font, text);
    let middle = pos2(
        bar.right() + numbers + 0.5 * label,
        bar.center().y + 0.5 * galley.size().x,
    );
    let upwards = eframe::egui::epaint::TextShape::new(middle, galley, text);
    painter.add(upwards.with_angle(-std::f32::consts::FRAC_PI_2));
}

/// A legend: swatches with their words, one after the other in a wrapping row.
pub(super) fn legend_ui<'a>(ui: &mut Ui, entries: impl Iterator<Item = &'a LegendEntry>) {
    let dark = ui.visuals().dark_mode;
    for LegendEntry {
        label, ink, swatch, ..
    } in entries
    {
        let words = WidgetText::from(label.as_str());
        let words = words.into_galley(
            ui,
            Some(TextWrapMode::Extend),
            f32::INFINITY,
            FontSelection::Default,
        );
        // A swatch and its words stay together.
        if ui.available_size_before_wrap().x < words.size().x + SWATCH.x + 12.0 {
            ui.end_row();
        }
        let color = theme::color(*ink, dark);
        let (rect, _) = ui.allocate_exact_size(SWATCH, Sense::hover());
        let painter = ui.painter();
        match swatch {
            Swatch::Line { pattern, width, .. } => {
                let stroke = Stroke::new(1.4 * *width as f32, color);
                let ends = [rect.left_center(), rect.right_center()];
                polyline(painter, rect, &ends, stroke, pattern_of(*pattern));
            }
            Swatch::Point { marker, filled } => {
                painter.extend(mark(rect.center(), *marker, 5.0, *filled, color));
            }
            Swatch::Patch => {
                painter.rect_filled(rect.shrink(3.0), 2.0, color);
            }
        }
        ui.label(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_on_the_same_spot_are_one_and_none_is_drawn_outside() {
        let near = Rect::from_min_max(pos2(10.0, 10.0), pos2(40.0, 25.0));
        let points = [
            pos2(10.0, 10.0),
            pos2(10.4, 10.4),
            pos2(30.0, 20.0),
            pos2(40.0, 25.0),
            pos2(41.0, 20.0),
            pos2(20.0, 9.0),
        ];
        let shown: Vec<Pos2> = apart(points.into_iter(), near).collect();
        assert_eq!(shown, [points[0], points[2], points[3]]);
    }
}
