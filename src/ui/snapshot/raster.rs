//! Triangles to pixels, by the rules of the graphics card: what the window shows, without one.
//!
//! A pixel belongs to a triangle if its centre lies inside, on a shared edge to one of the two;
//! colours are premultiplied and blended as stored, in gamma space; textures are clamped at their
//! edges. Left out: wrapping textures and mipmaps, which nothing here uses, and the dithering of
//! gradients.
//!
//! Vertices are rounded to 1/256 pixel, as on a card, and inside or outside is decided in integers. So
//! neighbouring triangles neither overlap nor leave gaps, and the picture does not depend on how many threads
//! drew it: each has its own rows.

use std::collections::HashMap;

use eframe::egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use eframe::egui::{
    Color32, ColorImage, ImageData, TextureFilter, TextureId, TextureOptions, TexturesDelta, pos2,
};
use rayon::prelude::*;

use crate::figure::image::Image;

/// Subdivisions of a pixel.
const UNIT: i64 = 256;

/// Positions beyond are drawn as if they were there; the products of two still fit.
const FAR: f32 = 1e6;

/// Rows that are drawn by one thread at a time.
const BAND: usize = 32;

/// Textures by name.
#[derive(Default)]
pub(super) struct Textures {
    all: HashMap<TextureId, Texture>,
}

struct Texture {
    image: ColorImage,
    options: TextureOptions,
}

impl Textures {
    /// Takes over what has changed. Nothing is freed: a picture needs its textures until it is drawn.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "textures do not depend on each other"
    )]
    pub(super) fn apply(&mut self, mut delta: TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in changes {
                let ImageData::Color(image) = change.image;
                if let (Some([left, top]), Some(texture)) = (change.pos, self.all.get_mut(&id)) {
                    let width = texture.image.size[0];
                    let rows = image.pixels.chunks_exact(image.size[0].max(1));
                    for (row, pixels) in rows.enumerate() {
                        let start = (top + row) * width + left;
                        texture.image.pixels[start..start + pixels.len()].copy_from_slice(pixels);
                    }
                } else {
                    let texture = Texture {
                        image: ColorImage::clone(&image),
                        options: change.options,
                    };
                    self.all.insert(id, texture);
                }
            }
        }
        delta.clear();
    }
}

/// Red, green, blue and opacity from 0 to 1.
type Shade = [f32; 4];

impl Texture {
    fn texel(&self, x: i32, y: i32) -> Shade {
        let [width, height] = self.image.size;
        let x = x.clamp(0, width as i32 - 1) as usize;
        let y = y.clamp(0, height as i32 - 1) as usize;
        shade(self.image.pixels[y * width + x])
    }

    /// The colour at (u, v), both from 0 to 1.
    fn sample(&self, u: f32, v: f32) -> Shade {
        let [width, height] = self.image.size;
        let (x, y) = (u * width as f32, v * height as f32);
        if self.options.magnification == TextureFilter::Nearest {
            return self.texel(x.floor() as i32, y.floor() as i32);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (column, row) = (x.floor(), y.floor());
        let (right, down) = (x - column, y - row);
        let (column, row) = (column as i32, row as i32);
        let mix = |a: Shade, b: Shade, share: f32| {
            [0, 1, 2, 3].map(|channel| a[channel] + share * (b[channel] - a[channel]))
        };
        let above = mix(self.texel(column, row), self.texel(column + 1, row), right);
        let below = mix(
            self.texel(column, row + 1),
            self.texel(column + 1, row + 1),
            right,
        );
        mix(above, below, down)
    }
}

fn shade(color: Color32) -> Shade {
    color.to_array().map(|channel| f32::from(channel) / 255.0)
}

fn multiply(a: Shade, b: Shade) -> Shade {
    [0, 1, 2, 3].map(|channel| a[channel] * b[channel])
}

/// A half-open range of pixels.
#[derive(Clone, Copy)]
struct Range {
    start: i64,
    end: i64,
}

impl Range {
    fn overlap(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }
}

/// A triangle on the grid of pixels, its corners in an order in which the edges turn right.
struct Triangle<'a> {
    corners: [[i64; 2]; 3],
    vertices: [&'a Vertex; 3],
    texture: &'a Texture,
    /// Where it may be drawn.
    columns: Range,
    rows: Range,
}

/// Draws on an opaque ground.
pub(super) fn draw(
    [width, height]: [usize; 2],
    pixels_per_point: f32,
    ground: Color32,
    primitives: &[ClippedPrimitive],
    textures: &Textures,
) -> Image {
    let triangles = triangles([width, height], pixels_per_point, primitives, textures);
    let mut bands: Vec<Vec<u32>> = vec![Vec::new(); height.div_ceil(BAND)];
    for (at, triangle) in triangles.iter().enumerate() {
        let first = triangle.rows.start as usize / BAND;
        let last = (triangle.rows.end - 1) as usize / BAND;
        for band in &mut bands[first..=last] {
            band.push(at as u32);
        }
    }
    let mut pixels = ground.to_opaque().to_array().repeat(width * height);
    let chunks = pixels.par_chunks_mut(BAND * width * 4).zip(&bands);
    chunks.enumerate().for_each(|(at, (pixels, band))| {
        let start = (at * BAND) as i64;
        let rows = Range {
            start,
            end: start + (pixels.len() / (4 * width)) as i64,
        };
        for triangle in band {
            triangles[*triangle as usize].draw(pixels, width, rows);
        }
    });
    Image {
        width: width as u32,
        height: height as u32,
        pixels,
    }
}

/// All triangles that reach the picture, in the order in which they cover each other.
fn triangles<'a>(
    [width, height]: [usize; 2],
    pixels_per_point: f32,
    primitives: &'a [ClippedPrimitive],
    textures: &'a Textures,
) -> Vec<Triangle<'a>> {
    let mut triangles = Vec::new();
    for ClippedPrimitive {
        clip_rect,
        primitive,
    } in primitives
    {
        let Primitive::Mesh(mesh) = primitive else {
            // Painted by code for a graphics card; no widget here does that.
            continue;
        };
        let Some(texture) = textures.all.get(&mesh.texture_id) else {
            continue;
        };
        let clip = |low: f32, high: f32, size: usize| Range {
            start: ((pixels_per_point * low).round() as i64).clamp(0, size as i64),
            end: ((pixels_per_point * high).round() as i64).clamp(0, size as i64),
        };
        let columns = clip(clip_rect.min.x, clip_rect.max.x, width);
        let rows = clip(clip_rect.min.y, clip_rect.max.y, height);
        let place = |vertex: &Vertex| {
            [vertex.pos.x, vertex.pos.y].map(|coordinate| {
                let pixels = (coordinate * pixels_per_point).clamp(-FAR, FAR);
                (pixels * UNIT as f32).round() as i64
            })
        };
        let places: Vec<[i64; 2]> = mesh.vertices.iter().map(place).collect();
        for corners in mesh.indices.chunks_exact(3) {
            let mut at = [corners[0], corners[1], corners[2]].map(|index| index as usize);
            let vertex = |at: usize| &mesh.vertices[at];
            if at.iter().any(|at| !vertex(*at).pos.is_finite()) {
                continue;
            }
            let double_area = edge(places[at[0]], places[at[1]], places[at[2]]);
            if double_area == 0 {
                continue;
            }
            if double_area < 0 {
                at.swap(1, 2);
            }
            let corners = at.map(|at| places[at]);
            let triangle = Triangle {
                corners,
                vertices: at.map(vertex),
                texture,
                columns: columns.overlap(reach(corners.map(|[x, _]| x))),
                rows: rows.overlap(reach(corners.map(|[_, y]| y))),
            };
            if triangle.columns.start < triangle.columns.end
                && triangle.rows.start < triangle.rows.end
            {
                triangles.push(triangle);
            }
        }
    }
    triangles
}

/// The pixels whose centres lie between the smallest and the largest place.
fn reach(places: [i64; 3]) -> Range {
    let [a, b, c] = places;
    Range {
        start: (a.min(b).min(c) - UNIT / 2).div_euclid(UNIT),
        end: (a.max(b).max(c) - UNIT / 2).div_euclid(UNIT) + 1,
    }
}

/// Twice the area of a triangle, positive if it turns right (y points down).
fn edge(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// One side of a triangle: a function of the pixel that is not negative inside.
#[derive(Clone, Copy)]
struct Side {
    /// Its value at the centre of pixel 0 of the row.
    value: i64,
    /// What it grows by from one pixel to the next.
    slope: i64,
    /// The share of the value that decides on which side the edge itself lies.
    bias: i64,
}

impl Side {
    fn new(a: [i64; 2], b: [i64; 2], row: i64) -> Self {
        let center = [UNIT / 2, row * UNIT + UNIT / 2];
        let (across, down) = (b[0] - a[0], b[1] - a[1]);
        // Left edges go up and top edges go right: they belong to the triangle.
        let owned = down < 0 || (down == 0 && across > 0);
        Self {
            value: edge(a, b, center),
            slope: -down * UNIT,
            bias: if owned { 0 } else { -1 },
        }
    }

    /// The pixels of the row on the inner side.
    fn inside(self) -> Range {
        let value = self.value + self.bias;
        let mut range = Range {
            start: i64::MIN,
            end: i64::MAX,
        };
        if self.slope > 0 {
            // The first x with value + slope·x ≥ 0.
            range.start = -value.div_euclid(self.slope);
        } else if self.slope < 0 {
            range.end = value.div_euclid(-self.slope) + 1;
        } else if value < 0 {
            range.end = i64::MIN;
        }
        range
    }
}

impl Triangle<'_> {
    /// Draws the rows of a band, of which `pixels` are the pixels.
    fn draw(&self, pixels: &mut [u8], width: usize, band: Range) {
        let rows = self.rows.overlap(band);
        let [a, b, c] = self.corners;
        let area = edge(a, b, c) as f32;
        let colors = self.vertices.map(|vertex| shade(vertex.color));
        let places = self.vertices.map(|vertex| vertex.uv);
        let one_place = places[0] == places[1] && places[0] == places[2];
        let [first, second, third] = self.vertices.map(|vertex| vertex.color);
        let texel = self.texture.sample(places[0].x, places[0].y);
        let flat = (one_place && first == second && first == third)
            .then(|| Source::new(multiply(colors[0], texel)));
        for row in rows.start..rows.end {
            let sides = [(b, c), (c, a), (a, b)].map(|(from, to)| Side::new(from, to, row));
            let span = sides
                .iter()
                .fold(self.columns, |span, side| span.overlap(side.inside()));
            if span.start >= span.end {
                continue;
            }
            let start = ((row - band.start) as usize * width + span.start as usize) * 4;
            let length = (span.end - span.start) as usize * 4;
            let targets = pixels[start..start + length].chunks_exact_mut(4);
            if let Some(source) = flat {
                if source.opaque() {
                    for target in targets {
                        target.copy_from_slice(&source.rounded);
                    }
                } else {
                    targets.for_each(|target| source.over(target));
                }
                continue;
            }
            for (x, target) in (span.start..).zip(targets) {
                // Shares of the corners.
                let [_, v, w] = sides.map(|side| (side.value + side.slope * x) as f32 / area);
                let u = 1.0 - v - w;
                let mixed = |channel: usize| {
                    u * colors[0][channel] + v * colors[1][channel] + w * colors[2][channel]
                };
                let color = [mixed(0), mixed(1), mixed(2), mixed(3)];
                let texel = if one_place {
                    texel
                } else {
                    let at = pos2(
                        u * places[0].x + v * places[1].x + w * places[2].x,
                        u * places[0].y + v * places[1].y + w * places[2].y,
                    );
                    self.texture.sample(at.x, at.y)
                };
                Source::new(multiply(color, texel)).over(target);
            }
        }
    }
}

/// What is drawn over a pixel.
#[derive(Clone, Copy)]
struct Source {
    /// Premultiplied, from 0 to 255.
    color: [f32; 3],
    /// The share of what is below that shines through.
    through: f32,
    rounded: [u8; 4],
}

impl Source {
    fn new([red, green, blue, opacity]: Shade) -> Self {
        let color = [red, green, blue].map(|channel| 255.0 * channel);
        let [red, green, blue] = color.map(|channel| (channel + 0.5) as u8);
        Self {
            color,
            through: 1.0 - opacity,
            rounded: [red, green, blue, u8::MAX],
        }
    }

    fn opaque(self) -> bool {
        self.through <= 0.0
    }

    /// Blends over an opaque pixel.
    fn over(self, target: &mut [u8]) {
        for (target, color) in target.iter_mut().zip(self.color) {
            // The cast stops at 255: additive colours may go beyond.
            *target = (color + self.through * f32::from(*target) + 0.5) as u8;
        }
    }
}
