//! The page: title, legend, cells in rows, footer. Lengths are points.

use super::Figure;
use super::fonts::{self, Weight};
use super::marks::mark;
use super::plot::{PagePlot, dashes, line_width};
use super::svg::{Anchor, Sheet, Type};
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::scene::polyline::Frame;
use crate::scene::{Cell, Content, Layer, LegendEntry, Shape, Swatch};

/// Height of a frame over its width, unless the page has a height.
const PROPORTION: f64 = 0.68;

/// The same where a unit is as long in either direction.
const SQUARE: f64 = 0.95;

/// A legend's line, in units of the type size.
const LINE: f64 = 1.45;

/// A swatch's width, in units of the type size.
const SWATCH: f64 = 2.4;

/// What a figure is laid out on. Lengths are points, 1/72 inch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// Its width.
    pub width: f64,
    /// Its height; `None` for what the plots' usual proportions come to.
    pub height: Option<f64>,
    /// The size of ordinary type; everything else follows it.
    pub type_size: f64,
    /// What it is printed on.
    pub ground: Ground,
    /// Cut to what is drawn on it, for a page that supplies its own margins.
    pub tight: bool,
}

/// What a page is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Black on white.
    White,
    /// White on black.
    Dark,
    /// Black on whatever is behind the figure.
    None,
}

impl Ground {
    /// Of the window's theme.
    pub fn of_theme(dark: bool) -> Self {
        if dark { Self::Dark } else { Self::White }
    }
}

/// A cell that would be narrower, in units of the type size, goes into a row with fewer others.
const NARROWEST: f64 = 13.5;

/// One column of a paper, in points.
pub const ONE_COLUMN: f64 = 3.25 * 72.0;

/// Both columns.
pub const TWO_COLUMNS: f64 = 6.75 * 72.0;

impl Page {
    /// For a paper: type of 8 points.
    pub fn paper(width: f64) -> Self {
        Self {
            width,
            height: None,
            type_size: 8.0,
            ground: Ground::White,
            tight: false,
        }
    }
}

/// Lays the figure out; returns how large it has become.
pub(super) fn lay_out(figure: &Figure, page: &Page) -> (Sheet, [f64; 2]) {
    let em = page.type_size;
    let margin = 0.7 * em;
    let mut sheet = Sheet::new(page.ground);
    let (left, right) = (margin, page.width - margin);
    let mut y = margin;
    if !figure.title.is_empty() {
        let set = Type {
            size: 1.2 * em,
            weight: Weight::Bold,
            color: sheet.palette().text,
        };
        for line in wrapped(&figure.title, set, right - left) {
            y += 1.25 * em;
            sheet.text([left, y], &line, set, Anchor::Start, false);
        }
        y += 0.6 * em;
    }
    if !figure.caption.is_empty() {
        let set = Type {
            size: em,
            weight: Weight::Regular,
            color: sheet.palette().text,
        };
        for line in figure.caption.lines() {
            for line in wrapped(line, set, right - left) {
                y += 1.3 * em;
                sheet.text([left, y], &line, set, Anchor::Start, false);
            }
        }
        y += 0.6 * em;
    }
    y += entries(&mut sheet, &figure.legend, [left, y], right, em);
    let footer_type = Type {
        size: 0.72 * em,
        weight: Weight::Regular,
        color: sheet.palette().weak,
    };
    let footer = wrapped(&figure.footer, footer_type, right - left);
    let footer_height = footer.len() as f64 * 1.3 * footer_type.size;
    let room = page
        .height
        .map(|height| height - y - footer_height - 2.0 * margin);
    y = cells(&mut sheet, figure, [left, y], right, room, em);
    let bottom = page.height.unwrap_or(y + footer_height + margin);
    let mut baseline = bottom - margin - footer_height + 0.3 * em;
    for line in footer {
        baseline += 1.3 * footer_type.size;
        sheet.text(
            [left, baseline - 0.3 * em],
            &line,
            footer_type,
            Anchor::Start,
            false,
        );
    }
    (sheet, [page.width, bottom])
}

/// Draws the cells; returns where they end.
fn cells(
    sheet: &mut Sheet,
    figure: &Figure,
    [left, top]: [f64; 2],
    right: f64,
    room: Option<f64>,
    em: f64,
) -> f64 {
    let gap = 1.4 * em;
    let most = (right - left + gap) / (NARROWEST * em + gap);
    let columns = figure.columns.min(most as usize);
    let columns = columns.clamp(1, figure.cells.len().max(1));
    let rows = figure.cells.len().div_ceil(columns);
    let width = (right - left - gap * (columns - 1) as f64) / columns as f64;
    let height = room.map(|room| (room - gap * rows.saturating_sub(1) as f64) / rows.max(1) as f64);
    let mut y = top;
    for (at, row) in figure.cells.chunks(columns).enumerate() {
        if at > 0 {
            y += gap;
        }
        let headers = row.iter().map(|cell| header_height(cell, width, em));
        let header = headers.fold(0.0, f64::max);
        let under = row.iter().map(|cell| match &cell.content {
            Content::Plot(plot) => PagePlot::new(plot).bottom(em),
            Content::Table(_) => 0.0,
        });
        let under = under.fold(0.0, f64::max);
        let square = row
            .iter()
            .any(|cell| matches!(&cell.content, Content::Plot(plot) if plot.equal_scales));
        let usual = if square { SQUARE } else { PROPORTION } * (width - 4.0 * em);
        // A page too low for its plots still shows where they would be.
        let frame_height = height.map_or(usual, |height| (height - header - under).max(2.0 * em));
        for (column, cell) in row.iter().enumerate() {
            let x = left + (width + gap) * column as f64;
            let frame_top = y + header;
            sheet.named(&cell.title, |sheet| {
                header_of(sheet, cell, [x, y], x + width, em);
                match &cell.content {
                    Content::Plot(plot) => {
                        let fitted = PagePlot::new(plot);
                        // Frames of a column stand exactly above each other.
                        let beside = figure.cells.iter().skip(column).step_by(columns);
                        let beside = beside.filter_map(|cell| match &cell.content {
                            Content::Plot(plot) => Some(PagePlot::new(plot).left(frame_height, em)),
                            Content::Table(_) => None,
                        });
                        let beside = beside.fold(0.0, f64::max);
                        let frame = Frame {
                            min: [x + beside, frame_top],
                            max: [
                                x + width - fitted.right(frame_height, em),
                                frame_top + frame_height,
                            ],
                        };
                        fitted.draw(sheet, &frame, em);
                    }
                    Content::Table(rows) => {
                        table(
                            sheet,
                            rows,
                            [x, frame_top],
                            x + width,
                            frame_height + under,
                            em,
                        );
                    }
                }
            });
        }
        y += header + frame_height + under;
    }
    y
}

/// The room above a cell's frame.
fn header_height(cell: &Cell, width: f64, em: f64) -> f64 {
    let title = if cell.title.is_empty() { 0.0 } else { 1.6 * em };
    let key = match &cell.content {
        Content::Plot(plot) => entries_height(&plot.key, width, em),
        Content::Table(_) => 0.0,
    };
    // The topmost number of an axis reaches above the frame.
    title + key + 0.4 * em
}

fn header_of(sheet: &mut Sheet, cell: &Cell, [x, y]: [f64; 2], right: f64, em: f64) {
    let mut top = y;
    if !cell.title.is_empty() {
        let set = Type {
            size: em,
            weight: Weight::Bold,
            color: sheet.palette().text,
        };
        sheet.text([x, top + em], &cell.title, set, Anchor::Start, false);
        top += 1.6 * em;
    }
    if let Content::Plot(plot) = &cell.content {
        entries(sheet, &plot.key, [x, top], right, em);
    }
}

/// Where each entry of a legend goes, and how high all of them are.
fn placed(entries: &[LegendEntry], width: f64, em: f64) -> (Vec<([f64; 2], &LegendEntry)>, f64) {
    let mut places = Vec::new();
    let (mut x, mut y) = (0.0, 0.0);
    for entry in entries {
        let length = (SWATCH + 0.5) * em + fonts::width(&entry.label, em, Weight::Regular);
        if x > 0.0 && x + length > width {
            x = 0.0;
            y += LINE * em;
        }
        places.push(([x, y], entry));
        x += length + 1.4 * em;
    }
    let height = if entries.is_empty() {
        0.0
    } else {
        y + LINE * em
    };
    (places, height)
}

fn entries_height(entries: &[LegendEntry], width: f64, em: f64) -> f64 {
    placed(entries, width, em).1
}

/// Draws a legend; returns how high it is.
fn entries(
    sheet: &mut Sheet,
    entries: &[LegendEntry],
    [left, top]: [f64; 2],
    right: f64,
    em: f64,
) -> f64 {
    let (places, height) = placed(entries, right - left, em);
    for ([x, y], entry) in places {
        let (x, middle) = (left + x, top + y + 0.6 * em);
        swatch(sheet, entry, [x, middle], em);
        let set = Type {
            size: em,
            weight: Weight::Regular,
            color: sheet.palette().text,
        };
        let at = [x + (SWATCH + 0.5) * em, middle + 0.36 * em];
        sheet.text(at, &entry.label, set, Anchor::Start, false);
    }
    height
}

fn swatch(sheet: &mut Sheet, entry: &LegendEntry, [x, y]: [f64; 2], em: f64) {
    let color = sheet.color(entry.ink);
    let length = SWATCH * em;
    let middle = [x + 0.5 * length, y];
    match entry.swatch {
        Swatch::Line {
            pattern,
            marked,
            width,
        } => {
            let line = vec![vec![[x, y], [x + length, y]]];
            sheet.line(
                &line,
                color,
                entry.opacity,
                line_width(width, em),
                dashes(pattern),
            );
            if marked {
                sheet.discs(&[middle], line_width(3.0, em), color, entry.opacity);
            }
        }
        Swatch::Point { marker, filled } => {
            let layer = Layer {
                name: String::new(),
                shape: Shape::Segments(Vec::new()),
                ink: entry.ink,
                opacity: entry.opacity,
                width: 2.0,
            };
            mark(sheet, &[middle], marker, 0.36 * em, filled, &layer, em);
        }
        Swatch::Patch => {
            let min = [x, y - 0.35 * em];
            sheet.rectangle(min, [x + length, y + 0.35 * em], color, entry.opacity);
        }
    }
}

/// Rows of a table, in smaller type where there are many.
fn table(sheet: &mut Sheet, rows: &[CardRow], [x, y]: [f64; 2], right: f64, height: f64, em: f64) {
    let fitting = height / (1.4 * rows.len().max(1) as f64);
    let widest = rows.iter().map(|row| {
        let label = fonts::width(&row.label, 1.0, Weight::Regular);
        2.6 + label + fonts::width(&row.value, 1.0, Weight::Bold)
    });
    let size = em
        .min(fitting)
        .min((right - x) / widest.fold(1.0, f64::max));
    let palette = sheet.palette();
    let mut baseline = y;
    for row in rows {
        baseline += 1.4 * size;
        let set = |weight, color| Type {
            size,
            weight,
            color,
        };
        if row.verdict == Verdict::Heading {
            let heading = set(Weight::Bold, palette.text);
            sheet.text([x, baseline], &row.label, heading, Anchor::Start, false);
            continue;
        }
        let (sign, color) = match row.verdict {
            Verdict::Holds => ("✓", palette.holds),
            Verdict::Fails => ("✗", palette.warning),
            Verdict::WorksAnyway => ("✗", palette.weak),
            Verdict::Open => ("…", palette.weak),
            Verdict::Plain | Verdict::Heading => ("", palette.text),
        };
        let words = set(Weight::Regular, palette.text);
        sheet.text(
            [x, baseline],
            sign,
            set(Weight::Regular, color),
            Anchor::Start,
            false,
        );
        sheet.text(
            [x + 1.3 * size, baseline],
            &row.label,
            words,
            Anchor::Start,
            false,
        );
        let number = set(Weight::Bold, palette.text);
        sheet.text(
            [right - 0.5 * size, baseline],
            &row.value,
            number,
            Anchor::End,
            false,
        );
    }
}

/// Text in lines that are not longer than `width`, broken between words.
fn wrapped(text: &str, set: Type, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if fonts::width(&longer, set.size, set.weight) <= width {
                *line = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::imprint::Imprint;
    use crate::scene::curves::Curve;
    use crate::scene::{Axis, Ink, Pattern, Plot};

    fn figure(points: Vec<[f64; 2]>, log: bool) -> Figure {
        let axis = |label: &str| Axis {
            label: label.to_owned(),
            log,
            ..Axis::default()
        };
        let layer = Layer {
            name: "GD".to_owned(),
            shape: Shape::Line {
                curve: Curve::Points(points),
                pattern: Pattern::Solid,
                marked: false,
            },
            ink: Ink::Blue,
            opacity: 1.0,
            width: 2.0,
        };
        Figure {
            title: "A & B".to_owned(),
            caption: "GD is lower.\nSGD is not.".to_owned(),
            cells: vec![Cell {
                title: "Loss".to_owned(),
                about: String::new(),
                content: Content::Plot(Plot {
                    x: axis("iterations k"),
                    y: axis("‖β − β*‖₂²"),
                    layers: vec![layer],
                    ..Plot::default()
                }),
            }],
            columns: 1,
            legend: Vec::new(),
            footer: "one two three".to_owned(),
        }
    }

    fn drawn(figure: &Figure) -> String {
        let (sheet, size) = lay_out(figure, &Page::paper(234.0));
        sheet.finish([[0.0; 2], size], &Imprint::default())
    }

    #[test]
    fn text_stays_text_and_the_same_figure_gives_the_same_bytes() {
        let figure = figure(vec![[1.0, 1.0], [10.0, 0.1], [100.0, 0.01]], true);
        let text = drawn(&figure);
        for words in [
            "A &amp; B",
            "GD is lower.",
            "SGD is not.",
            "‖β − β*‖₂²",
            "10⁻²",
            "iterations k",
            "one two three",
        ] {
            assert!(text.contains(&format!(">{words}</text>")), "{words}");
        }
        assert_eq!(text, drawn(&figure));
    }

    #[test]
    fn a_hundred_thousand_points_keep_their_extremes_and_stay_under_a_megabyte() {
        let mut points: Vec<[f64; 2]> = (0..100_000)
            .map(|k| [f64::from(k), f64::from(k % 97)])
            .collect();
        points[54_321][1] = 1000.0;
        let text = drawn(&figure(points, false));
        assert!(text.len() < 1_000_000, "{} bytes", text.len());
        // The frame's air is 3 % of the span: the spike ends so far below the upper edge.
        let path = text
            .split("<path")
            .find(|path| path.contains("#0066a0"))
            .unwrap();
        let ordinates = path
            .split(['L', 'M'])
            .filter_map(|pair| pair.split(' ').nth(1)?.parse().ok());
        let top = ordinates.fold(f64::INFINITY, f64::min);
        let frame = text.split("<clipPath").nth(1).unwrap();
        let number = |key: &str| -> f64 {
            let from = frame.find(key).unwrap() + key.len();
            frame[from..].split('"').next().unwrap().parse().unwrap()
        };
        let (frame_top, height) = (number(" y=\""), number(" height=\""));
        let expected = frame_top + height * 0.03 / 1.06;
        assert!((top - expected).abs() < 0.02, "{top} {expected}");
    }

    #[test]
    fn nothing_finite_and_nothing_at_all_are_drawn_as_empty_frames() {
        for points in [
            vec![],
            vec![[f64::NAN, f64::NAN]; 5],
            vec![[1.0, f64::INFINITY]],
        ] {
            let text = drawn(&figure(points, true));
            assert!(text.contains("</svg>") && !text.contains("NaN") && !text.contains("inf"));
        }
        let none = Figure::default();
        assert!(drawn(&none).contains("</svg>"));
    }

    #[test]
    fn far_values_are_cut_to_the_frame() {
        let points = vec![[0.0, 0.0], [1.0, 1e300], [2.0, -1e300], [3.0, 0.0]];
        let mut figure = figure(points, false);
        if let Content::Plot(plot) = &mut figure.cells[0].content {
            plot.y.range = Some((-1.0, 1.0));
        }
        let text = drawn(&figure);
        assert!(text.len() < 60_000, "no thousand digits: {}", text.len());
    }
}
