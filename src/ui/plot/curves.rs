//! The bands of a plot and its lines that rise. They are most of what a window paints, so they are one mesh,
//! kept while a history grows at its end: a frame adds what is new.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::epaint::{Mesh, Vertex};
use eframe::egui::{Color32, Painter, Shape as Drawing, pos2};

use super::{Placed, Style};
use crate::scene::columns::{Lineage, Reduced};
use crate::scene::curves::{Curve, Ribbon};
use crate::scene::polyline::Frame;
use crate::scene::stroke::{Pen, Placing, Section, dashed, shade, stroke};
use crate::scene::{Layer, Pattern, Shape};
use crate::ui::theme;

/// Pixels by which a line may miss a point without anybody seeing it.
const INVISIBLE: f64 = 0.1;

/// Pixels of a dash over time, and of the gap after it.
const DASHES: [f64; 2] = [9.0, 5.0];

/// Columns of a curve that are made in every frame before the mesh is made anew with them.
const NEWEST: usize = 64;

/// What a plot keeps of its curves from frame to frame.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptCurves {
    /// Where they were painted.
    page: Option<Page>,
    curves: Vec<KeptCurve>,
    mesh: Arc<Mesh>,
}

/// What they are painted on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Page {
    frame: Frame,
    placing: Placing,
    /// The width of a pixel.
    fringe: f32,
}

#[derive(Clone, Debug)]
struct KeptCurve {
    origin: Origin,
    look: Look,
    /// How many of its columns are in the mesh, the one that is shared with those left not counted.
    columns: usize,
    /// Which vertices and indices of the mesh are its own.
    vertices: Range<usize>,
    indices: Range<usize>,
}

/// What the columns of a curve have come from.
#[derive(Clone, Debug)]
enum Origin {
    /// They grow with a history.
    History(Lineage),
    /// A line through points.
    Line(Vec<[f64; 2]>),
    /// Abscissae, lower and upper ordinates of a band.
    Band(Vec<[f64; 3]>),
}

/// How a curve is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    color: Color32,
    /// The width of a line; `None` for a band.
    width: Option<f32>,
    dashed: bool,
}

/// A curve of a plot.
#[derive(Clone, Copy)]
enum Source<'a> {
    Line(&'a Curve),
    Band(&'a Ribbon),
}

/// Paints the bands and the lines that rise. Bands are under everything else.
pub(super) fn curves_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    style: Style,
    kept: &mut KeptCurves,
) {
    let layers = &placed.fitted.plot.layers;
    let bands = layers.iter().filter_map(|layer| band(layer, style));
    let lines = layers.iter().filter_map(|layer| line(layer, style));
    let curves: Vec<(Source<'_>, Look)> = bands.chain(lines).collect();
    if curves.is_empty() {
        return;
    }
    let frame = placed.exact_frame();
    let page = Page {
        frame,
        placing: placed.fitted.placing(&frame),
        fringe: painter.pixels_per_point().recip(),
    };
    if !kept.holds(page, &curves) {
        *kept = kept.remade(page, placed, &curves);
    }
    // With a clip of its own: the toolkit gathers what has the same one in a mesh, which moves as it grows.
    let clip = painter.clip_rect().expand(0.25 * page.fringe);
    let kept_mesh = Drawing::Mesh(kept.mesh.clone());
    painter.with_clip_rect(clip).add(kept_mesh);
    let newest = kept.newest(page, &curves);
    if !newest.is_empty() {
        painter.add(Drawing::mesh(newest));
    }
}

/// Whether [`curves_ui`] paints rising lines of this pattern; it knows no dots.
pub(super) fn is_stroked(pattern: Pattern) -> bool {
    pattern != Pattern::Dotted
}

fn band(layer: &Layer, style: Style) -> Option<(Source<'_>, Look)> {
    let Shape::Band(ribbon) = &layer.shape else {
        return None;
    };
    let color = theme::color(layer.ink, style.dark);
    let look = Look {
        color: color.gamma_multiply(layer.opacity as f32),
        width: None,
        dashed: false,
    };
    Some((Source::Band(ribbon), look))
}

fn line(layer: &Layer, style: Style) -> Option<(Source<'_>, Look)> {
    match &layer.shape {
        Shape::Line { curve, pattern, .. } if is_stroked(*pattern) && curve.rises() => {
            let look = Look {
                color: theme::mixed(layer.ink, layer.opacity, style.dark),
                width: Some(layer.width as f32 * style.scale),
                dashed: *pattern == Pattern::Dashed,
            };
            Some((Source::Line(curve), look))
        }
        _ => None,
    }
}

impl<'a> Source<'a> {
    /// The columns of one that grows with a history.
    fn growing(self) -> Option<&'a Arc<Reduced>> {
        match self {
            Self::Line(Curve::Reduced(reduced)) | Self::Band(Ribbon::Reduced(reduced)) => {
                Some(reduced)
            }
            Self::Line(Curve::Points(_)) | Self::Band(Ribbon::Between { .. }) => None,
        }
    }

    fn columns(self, placed: &Placed<'_>) -> Option<Arc<Reduced>> {
        let frame = placed.exact_frame();
        match self {
            Self::Line(curve) => placed.fitted.reduced(&frame, curve, 1.0),
            Self::Band(ribbon) => Some(placed.fitted.shaded(&frame, 1.0, ribbon)),
        }
    }

    fn origin(self) -> Origin {
        match (self.growing(), self) {
            (Some(reduced), _) => Origin::History(reduced.lineage().clone()),
            (None, Self::Line(curve)) => Origin::Line(curve.points([false; 2]).into_owned()),
            (None, Self::Band(ribbon)) => Origin::Band(ribbon.rows([false; 2])),
        }
    }
}

impl KeptCurve {
    /// Whether it is the beginning of this one, and not much shorter.
    fn begins(&self, source: Source<'_>, look: Look) -> bool {
        self.look == look
            && match (&self.origin, source.growing()) {
                (Origin::History(lineage), Some(reduced)) => {
                    lineage == reduced.lineage() && reduced.len() <= self.columns + NEWEST
                }
                (Origin::Line(points), None) => {
                    matches!(source, Source::Line(Curve::Points(now)) if now == points)
                }
                (Origin::Band(rows), None) => {
                    matches!(source, Source::Band(now) if now.rows([false; 2]) == *rows)
                }
                _ => false,
            }
    }
}

impl KeptCurves {
    /// Whether the mesh has all of these curves that need not be made in every frame.
    fn holds(&self, page: Page, curves: &[(Source<'_>, Look)]) -> bool {
        let mut both = self.curves.iter().zip(curves);
        self.page == Some(page)
            && self.curves.len() == curves.len()
            && both.all(|(kept, (source, look))| kept.begins(*source, *look))
    }

    /// These curves; those that are there already are not made anew.
    fn remade(&self, page: Page, placed: &Placed<'_>, curves: &[(Source<'_>, Look)]) -> Self {
        let known: &[KeptCurve] = if self.page == Some(page) {
            &self.curves
        } else {
            &[]
        };
        let mut mesh = Mesh::default();
        let mut kept = Vec::with_capacity(curves.len());
        for (source, look) in curves {
            let [vertices, indices] = [mesh.vertices.len(), mesh.indices.len()];
            let same = known.iter().find(|kept| kept.begins(*source, *look));
            let columns = if let Some(same) = same {
                append(&mut mesh, &self.mesh, same);
                same.columns
            } else {
                page.add(&mut mesh, placed, *source, *look)
            };
            kept.push(KeptCurve {
                origin: source.origin(),
                look: *look,
                columns,
                vertices: vertices..mesh.vertices.len(),
                indices: indices..mesh.indices.len(),
            });
        }
        Self {
            page: Some(page),
            curves: kept,
            mesh: Arc::new(mesh),
        }
    }

    /// What has been added since.
    fn newest(&self, page: Page, curves: &[(Source<'_>, Look)]) -> Mesh {
        let mut mesh = Mesh::default();
        for (kept, (source, look)) in self.curves.iter().zip(curves) {
            if let Some(reduced) = source.growing() {
                page.paint(&mut mesh, reduced, &(kept.columns..reduced.len()), *look);
            }
        }
        mesh
    }
}

/// Adds a curve of another mesh.
fn append(mesh: &mut Mesh, from: &Mesh, curve: &KeptCurve) {
    let first = mesh.vertices.len() as u32;
    let other = curve.vertices.start as u32;
    let indices = from.indices[curve.indices.clone()].iter();
    mesh.indices
        .extend(indices.map(|index| index - other + first));
    mesh.vertices
        .extend_from_slice(&from.vertices[curve.vertices.clone()]);
}

impl Page {
    /// Adds what will stay of a curve; returns how many of its columns that are.
    fn add(&self, mesh: &mut Mesh, placed: &Placed<'_>, source: Source<'_>, look: Look) -> usize {
        let Some(reduced) = source.columns(placed) else {
            return 0;
        };
        let columns = match source.growing() {
            // The section at the last one depends on the next.
            Some(growing) => growing.settled().saturating_sub(2),
            None => reduced.len(),
        };
        self.paint(mesh, &reduced, &(0..columns), look);
        columns
    }

    /// Adds some columns of a curve.
    fn paint(&self, mesh: &mut Mesh, reduced: &Reduced, columns: &Range<usize>, look: Look) {
        let Some(width) = look.width else {
            for stretch in shade(reduced, columns, self.placing) {
                fill_band(mesh, &stretch, look.color);
            }
            return;
        };
        // What is thinner than a pixel is paler instead.
        let paler = (width / self.fringe).min(1.0);
        let color = look.color.gamma_multiply(paler);
        let pen = Pen {
            width: width.max(self.fringe).into(),
            fringe: self.fringe.into(),
            tolerance: INVISIBLE,
        };
        for piece in stroke(reduced, columns, self.placing, pen) {
            if look.dashed {
                for dash in dashed(&piece, self.frame.min[0], DASHES) {
                    fill_stroke(mesh, &dash, color);
                }
            } else {
                fill_stroke(mesh, &piece, color);
            }
        }
    }
}

fn fill_band(mesh: &mut Mesh, stretch: &[[[f64; 2]; 2]], color: Color32) {
    let first = mesh.vertices.len() as u32;
    for [x, y] in stretch.as_flattened() {
        mesh.colored_vertex(pos2(*x as f32, *y as f32), color);
    }
    for at in (first..).step_by(2).take(stretch.len().saturating_sub(1)) {
        mesh.add_triangle(at, at + 1, at + 2);
        mesh.add_triangle(at + 1, at + 2, at + 3);
    }
}

/// Fills the room between the sections of a stroke.
fn fill_stroke(mesh: &mut Mesh, sections: &[Section], color: Color32) {
    let first = mesh.vertices.len() as u32;
    let colors = [Color32::TRANSPARENT, color, color, Color32::TRANSPARENT];
    for section in sections {
        let corner = |(y, color)| Vertex::untextured(pos2(section.x as f32, y as f32), color);
        let edges = section.edges.into_iter().zip(colors);
        mesh.vertices.extend(edges.map(corner));
    }
    for at in (first..).step_by(4).take(sections.len().saturating_sub(1)) {
        let strip = |edge: u32| {
            let [here, next] = [at + edge, at + edge + 4];
            [here, here + 1, next, here + 1, next, next + 1]
        };
        mesh.indices.extend([0, 1, 2].map(strip).as_flattened());
    }
}
