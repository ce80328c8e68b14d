//! A figure's numbers as one tidy table, complete and in full precision.
//!
//! | kind | x | y | low, high | text |
//! |---|---|---|---|---|
//! | `line`, `point`, `area` | abscissa | ordinate | | |
//! | `band`, `bar` | abscissa | | from, to | |
//! | `segment`, `arrow` | abscissa | ordinate | | two rows, one per end |
//! | `horizontal` | | ordinate | | |
//! | `vertical` | abscissa | | | |
//! | `tile` | abscissa | ordinate | | its number |
//! | `table` | | | | the number and what follows |
//!
//! A line that is broken has a row without an ordinate there. Words in a plot are left out: what they
//! name has rows of its own.

use super::Figure;
use crate::scene::pictures::card::Verdict;
use crate::scene::{Content, Layer, Shape};

const HEADER: [&str; 8] = ["plot", "series", "kind", "x", "y", "low", "high", "text"];

/// A row's numbers.
#[derive(Default)]
struct Row {
    x: Option<f64>,
    y: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl Row {
    fn at([x, y]: [f64; 2]) -> Self {
        Self {
            x: Some(x),
            y: Some(y),
            ..Self::default()
        }
    }

    fn between(x: f64, low: f64, high: f64) -> Self {
        Self {
            x: Some(x),
            y: None,
            low: Some(low),
            high: Some(high),
        }
    }
}

/// The table of everything that a figure draws.
///
/// # Panics
/// Never: memory takes every row.
pub fn csv(figure: &Figure) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    write(figure, &mut writer).expect("memory takes every row");
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("made of text")
}

fn write(figure: &Figure, writer: &mut csv::Writer<Vec<u8>>) -> csv::Result<()> {
    writer.write_record(HEADER)?;
    for cell in &figure.cells {
        match &cell.content {
            Content::Plot(plot) => {
                if let Some(tiles) = &plot.tiles {
                    let places = tiles
                        .y
                        .iter()
                        .flat_map(|y| tiles.x.iter().map(move |x| [*x, *y]));
                    for ([x, y], number) in places.zip(&tiles.numbers) {
                        let [x, y, number] = [x, y, *number].map(|value| text(Some(value)));
                        let name = &tiles.scale.label;
                        writer.write_record([
                            &cell.title,
                            name,
                            "tile",
                            &x,
                            &y,
                            "",
                            "",
                            &number,
                        ])?;
                    }
                }
                for layer in &plot.layers {
                    let (kind, rows) = rows(layer, [plot.x.log, plot.y.log]);
                    for row in rows {
                        let [x, y, low, high] = [row.x, row.y, row.low, row.high].map(text);
                        writer.write_record([
                            &cell.title,
                            &layer.name,
                            kind,
                            &x,
                            &y,
                            &low,
                            &high,
                            "",
                        ])?;
                    }
                }
            }
            Content::Table(rows) => {
                for row in rows.iter().filter(|row| row.verdict != Verdict::Heading) {
                    let words = format!("{}{}", row.value, row.verdict.spoken());
                    let record = [&cell.title, &row.label, "table", "", "", "", "", &words];
                    writer.write_record(record)?;
                }
            }
        }
    }
    Ok(())
}

fn rows(layer: &Layer, logs: [bool; 2]) -> (&'static str, Vec<Row>) {
    let at = |points: &[[f64; 2]]| points.iter().copied().map(Row::at).collect();
    match &layer.shape {
        Shape::Line { curve, .. } => ("line", at(&curve.points(logs))),
        Shape::Area(points) => ("area", at(points)),
        Shape::Points { at: points, .. } => ("point", at(points)),
        Shape::Band(ribbon) => {
            let rows = ribbon.rows(logs).into_iter();
            let rows = rows.map(|[x, low, high]| Row::between(x, low, high));
            ("band", rows.collect())
        }
        Shape::Bars { bars, .. } => {
            let rows = bars
                .iter()
                .map(|[x, from, to]| Row::between(*x, *from, *to));
            ("bar", rows.collect())
        }
        Shape::Segments(segments) => ("segment", at(segments.as_flattened())),
        Shape::Arrow(ends) => ("arrow", at(ends)),
        Shape::Horizontal(y, _) => {
            let row = Row {
                y: Some(*y),
                ..Row::default()
            };
            ("horizontal", vec![row])
        }
        Shape::Vertical(x, _) => {
            let row = Row {
                x: Some(*x),
                ..Row::default()
            };
            ("vertical", vec![row])
        }
        Shape::Text { .. } => ("text", Vec::new()),
    }
}

/// The shortest text that reads back as the same number; nothing for what is not finite.
fn text(number: Option<f64>) -> String {
    match number {
        Some(number) if !number.is_finite() => String::new(),
        Some(number) if number == 0.0 || (1e-4..1e15).contains(&number.abs()) => number.to_string(),
        Some(number) => format!("{number:e}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::curves::{Curve, Ribbon};
    use crate::scene::pictures::card::CardRow;
    use crate::scene::{Cell, Ink, Pattern, Plot};

    fn figure() -> Figure {
        let line = Shape::Line {
            curve: Curve::Points(vec![[0.0, 0.1 + 0.2], [1.0, f64::NAN], [2.0, 1.5e-300]]),
            pattern: Pattern::Solid,
            marked: false,
        };
        let band = Shape::Band(Ribbon::Between {
            x: vec![1.0],
            low: vec![0.5],
            high: vec![2.0],
        });
        let words = Shape::Text {
            at: vec![[0.0; 2]],
            text: "ℓ₁".to_owned(),
            side: [0; 2],
            size: 13.0,
        };
        let layers = [
            ("SGD 2", line),
            ("SGD 2 extremes", band),
            ("level", Shape::Horizontal(3.0, Pattern::Dashed)),
            ("cursor", Shape::Vertical(4.0, Pattern::Solid)),
            ("ticks", Shape::Segments(vec![[[0.0, 1.0], [2.0, 1.0]]])),
            ("ℓ₁", words),
        ];
        let layers = layers.map(|(name, shape)| Layer::new(name, Ink::Text, 1.0, shape));
        let plot = Plot {
            layers: layers.to_vec(),
            ..Plot::default()
        };
        let row = CardRow {
            label: "w± = α > 0".to_owned(),
            value: "min α = 0.1, \"small\"".to_owned(),
            verdict: Verdict::Holds,
            hint: "",
        };
        let cell = |title: &str, content| Cell {
            title: title.to_owned(),
            about: String::new(),
            content,
        };
        let cells = vec![
            cell("Loss, both", Content::Plot(plot)),
            cell("Card", Content::Table(vec![row])),
        ];
        Figure {
            cells,
            ..Figure::default()
        }
    }

    #[test]
    fn every_number_is_written_in_full() {
        let expected = "plot,series,kind,x,y,low,high,text\n\
            \"Loss, both\",SGD 2,line,0,0.30000000000000004,,,\n\
            \"Loss, both\",SGD 2,line,1,,,,\n\
            \"Loss, both\",SGD 2,line,2,1.5e-300,,,\n\
            \"Loss, both\",SGD 2 extremes,band,1,,0.5,2,\n\
            \"Loss, both\",level,horizontal,,3,,,\n\
            \"Loss, both\",cursor,vertical,4,,,,\n\
            \"Loss, both\",ticks,segment,0,1,,,\n\
            \"Loss, both\",ticks,segment,2,1,,,\n\
            Card,w± = α > 0,table,,,,,\"min α = 0.1, \"\"small\"\" (holds)\"\n";
        assert_eq!(csv(&figure()), expected);
    }

    #[test]
    fn a_number_reads_back_as_it_was() {
        for number in [0.0, -0.1, 1e-5, 1e15, 5e-324, f64::MAX, 123_456.789] {
            assert_eq!(text(Some(number)).parse(), Ok(number));
        }
        assert_eq!(text(Some(f64::INFINITY)), "");
    }
}
