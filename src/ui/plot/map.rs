//! The coloured tiles under a plot, and their scale beside it.

use std::sync::Arc;

use eframe::egui::epaint::{Mesh, TextShape};
use eframe::egui::{Painter, Pos2, Rect, Shape as Drawing, Stroke, Ui, pos2, vec2};

use super::{Placed, Style};
use crate::scene::{Plot, Tiles};
use crate::ui::{script, theme};

/// Room for the scale: a gap, the colours, numbers, and the label.
const SCALE: [f32; 4] = [12.0, 14.0, 46.0, 20.0];

/// The room that the scale takes beside the plot.
pub(super) fn width(plot: &Plot, style: Style) -> f32 {
    match &plot.tiles {
        Some(tiles) if !tiles.scale.bare => scale(tiles, style).iter().sum(),
        _ => 0.0,
    }
}

fn scale(tiles: &Tiles, style: Style) -> [f32; 4] {
    let [gap, width, numbers, label] = SCALE;
    let lines = if tiles.sides[0].is_empty() { 1.0 } else { 2.0 };
    [gap, width, style.size * numbers, style.size * lines * label]
}

/// The tiles of a plot as they were painted last: a hundred thousand take longer to make than a frame may.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptTiles {
    of: Option<(Tiles, Borders)>,
    mesh: Arc<Mesh>,
}

#[cfg(test)]
impl KeptTiles {
    /// What is painted.
    pub(super) fn mesh(&self) -> Arc<Mesh> {
        self.mesh.clone()
    }
}

/// Where the borders of the columns and of the rows are on the screen.
type Borders = [Vec<Option<f32>>; 2];

/// Paints the tiles of a plot that has some.
pub(super) fn map_ui(
    ui: &Ui,
    painter: &Painter,
    placed: &Placed<'_>,
    style: Style,
    kept: &mut KeptTiles,
) {
    if let Some(tiles) = &placed.fitted.plot.tiles {
        let borders = borders(placed, tiles);
        let is_kept = |(of, at): &(Tiles, Borders)| *at == borders && of.look_like(tiles);
        if !kept.of.as_ref().is_some_and(is_kept) {
            kept.mesh = Arc::new(mesh(tiles, &borders));
            kept.of = Some((Tiles::clone(tiles), borders));
        }
        painter.add(Drawing::Mesh(kept.mesh.clone()));
        if !tiles.scale.bare {
            scale_ui(ui, placed.frame(), tiles, style);
        }
    }
}

fn borders(placed: &Placed<'_>, tiles: &Tiles) -> Borders {
    let plot = placed.fitted.plot;
    let [across, up] = tiles.borders([plot.x.log, plot.y.log]);
    [
        across.into_iter().map(|x| placed.across(x)).collect(),
        up.into_iter().map(|y| placed.down(y)).collect(),
    ]
}

fn mesh(tiles: &Tiles, [across, up]: &Borders) -> Mesh {
    let mut mesh = Mesh::default();
    for stretch in tiles.stretches() {
        if let Some([[Some(left), Some(bottom)], [Some(right), Some(top)]]) =
            stretch.corners([across, up])
        {
            let rect = Rect::from_two_pos(pos2(left, bottom), pos2(right, top));
            mesh.add_colored_rect(rect, theme::of_map(stretch.color));
        }
    }
    mesh
}

/// The tile under a point of the screen, by its column and its row.
pub(in crate::ui) fn tile_at(placed: &Placed<'_>, at: Pos2) -> Option<[usize; 2]> {
    let tiles = placed.fitted.plot.tiles.as_ref()?;
    let [across, up] = borders(placed, tiles);
    let holding = |borders: &[Option<f32>], at: f32| {
        borders.windows(2).position(|sides| match sides {
            [Some(a), Some(b)] => a.min(*b) <= at && at <= a.max(*b),
            _ => false,
        })
    };
    Some([holding(&across, at.x)?, holding(&up, at.y)?])
}

/// The scale of a map, right of its frame.
fn scale_ui(ui: &Ui, frame: Rect, tiles: &Tiles, style: Style) {
    let [gap, width, numbers, _label] = scale(tiles, style);
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
    let (weak, text) = (theme::weak_text(style.dark), theme::text(style.dark));
    let most = f64::from(bar.height() / style.size) / 30.0;
    for (part, number) in tiles.ticks(most) {
        let y = bar.bottom() - part as f32 * bar.height();
        let at = pos2(bar.right(), y);
        painter.line_segment([at, at + vec2(4.0, 0.0)], Stroke::new(1.0, weak));
        let galley = script::galley(painter, &number, &style.font(theme::TICK), weak);
        let at = at + vec2(7.0, -0.5 * galley.size().y);
        painter.galley(at, galley, weak);
    }
    let font = style.font(theme::LABEL);
    let upwards = |words: &str, x: f32, start: f32, longest: f32| {
        let galley = script::cut(painter, words, &font, text, longest);
        // From its middle, its beginning or its end, which are 0.5, 0 and 1.
        let y = bar.bottom() - start * (bar.height() - galley.size().x);
        let shape = TextShape::new(pos2(x, y), galley, text);
        painter.add(shape.with_angle(-std::f32::consts::FRAC_PI_2));
    };
    let mut x = bar.right() + numbers;
    let [low, high] = &tiles.sides;
    if !low.is_empty() {
        let half = 0.48 * bar.height();
        upwards(&format!("← {low}"), x, 0.0, half);
        upwards(&format!("{high} →"), x, 1.0, half);
        x += style.size * SCALE[3];
    }
    upwards(&tiles.scale.label, x, 0.5, bar.height() + 30.0);
}
