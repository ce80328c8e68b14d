//! A sheet of SVG: numbers, strokes, text that stays text. Lengths are points, 1/72 inch.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::fonts::{self, Weight};
use super::imprint::Imprint;
use super::page::Ground;
use crate::palette::{Palette, Rgb, of_line, palette};
use crate::scene::Ink;
use crate::typeset::{self, DROP, Level, RISE, SCRIPT};

const GROWS: &str = "a string takes any text";

/// Where a text stands as seen from its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line is broken on paper.
pub(super) type Dashes = &'static [f64];

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) color: Rgb,
}

/// See the module.
#[derive(Clone)]
pub(super) struct Sheet {
    ground: Ground,
    body: String,
    clips: usize,
    characters: BTreeSet<char>,
    bold: bool,
}

impl Sheet {
    pub(super) fn new(ground: Ground) -> Self {
        Self {
            ground,
            body: String::new(),
            clips: 0,
            characters: BTreeSet::new(),
            bold: false,
        }
    }

    fn is_dark(&self) -> bool {
        self.ground == Ground::Dark
    }

    /// The same without its ground.
    pub(super) fn bare(mut self) -> Self {
        self.ground = Ground::None;
        self
    }

    /// The colours of the ground.
    pub(super) fn palette(&self) -> &'static Palette {
        palette(self.is_dark())
    }

    /// The colour of an ink on this ground.
    pub(super) fn color(&self, ink: Ink) -> Rgb {
        ink.rgb(self.is_dark())
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        self.body.write_fmt(element).expect(GROWS);
        self.body.push('\n');
    }

    /// A line of text; `turned` reads upwards.
    pub(super) fn text(
        &mut self,
        [x, y]: [f64; 2],
        text: &str,
        set: Type,
        anchor: Anchor,
        turned: bool,
    ) {
        if text.is_empty() {
            return;
        }
        self.characters.extend(text.chars());
        self.bold |= set.weight == Weight::Bold;
        let weight = match set.weight {
            Weight::Regular => "",
            Weight::Bold => " font-weight=\"700\"",
        };
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y) = (N(x), N(y));
        let turn = if turned {
            format!(" transform=\"rotate(-90 {x} {y})\"")
        } else {
            String::new()
        };
        let (size, color, text) = (N(set.size), Hex(set.color), scripts(text, set.size));
        self.add(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\"{weight}{anchor}{turn}>{text}</text>"
        ));
    }

    /// An unbroken or broken line through points.
    pub(super) fn line(
        &mut self,
        pieces: &[Vec<[f64; 2]>],
        color: Rgb,
        opacity: f64,
        width: f64,
        dashes: Dashes,
    ) {
        let path = path_of(pieces);
        if path.is_empty() {
            return;
        }
        let broken = if dashes.is_empty() {
            String::new()
        } else {
            let lengths: Vec<String> = dashes
                .iter()
                .map(|part| N(part * width).to_string())
                .collect();
            let cap = if dashes[0] == 0.0 {
                " stroke-linecap=\"round\""
            } else {
                ""
            };
            format!(" stroke-dasharray=\"{}\"{cap}", lengths.join(" "))
        };
        let opacity = Opacity("stroke", of_line(opacity, self.is_dark()));
        let (color, width) = (Hex(color), N(width));
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\"{opacity} stroke-width=\"{width}\" stroke-linejoin=\"round\"{broken}/>"
        ));
    }

    /// A closed, filled area.
    pub(super) fn area(&mut self, outline: &[[f64; 2]], color: Rgb, opacity: f64) {
        let path = path_of(&[outline.to_vec()]);
        if path.is_empty() {
            return;
        }
        let (color, opacity) = (Hex(color), Opacity("fill", opacity));
        self.add(format_args!(
            "<path d=\"{path}z\" fill=\"{color}\"{opacity}/>"
        ));
    }

    /// A rectangle.
    pub(super) fn rectangle(&mut self, min: [f64; 2], max: [f64; 2], color: Rgb, opacity: f64) {
        let (x, y) = (N(min[0]), N(min[1]));
        let (width, height) = (N(max[0] - min[0]), N(max[1] - min[1]));
        let (color, opacity) = (Hex(color), Opacity("fill", opacity));
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\"{opacity}/>"
        ));
    }

    /// Filled discs of one size.
    pub(super) fn discs(&mut self, at: &[[f64; 2]], radius: f64, color: Rgb, opacity: f64) {
        if at.is_empty() {
            return;
        }
        // A stroke of almost no length with round ends is a disc, at a third of a circle's bytes.
        let mut path = String::new();
        for [x, y] in at {
            write!(path, "M{} {}h.01", N(*x), N(*y)).expect(GROWS);
        }
        let (color, opacity, width) = (Hex(color), Opacity("stroke", opacity), N(2.0 * radius));
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\"{opacity} stroke-width=\"{width}\" stroke-linecap=\"round\"/>"
        ));
    }

    /// A circle, not filled.
    pub(super) fn ring(&mut self, [x, y]: [f64; 2], radius: f64, color: Rgb, width: f64) {
        let (x, y, radius) = (N(x), N(y), N(radius));
        let (color, width) = (Hex(color), N(width));
        self.add(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
        ));
    }

    /// What `draw` adds is cut to a rectangle.
    pub(super) fn clipped(&mut self, min: [f64; 2], max: [f64; 2], draw: impl FnOnce(&mut Self)) {
        self.clips += 1;
        let id = self.clips;
        let (x, y) = (N(min[0]), N(min[1]));
        let (width, height) = (N(max[0] - min[0]), N(max[1] - min[1]));
        self.add(format_args!(
            "<clipPath id=\"frame{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n<g clip-path=\"url(#frame{id})\">"
        ));
        draw(self);
        self.add(format_args!("</g>"));
    }

    /// What `draw` adds belongs together and has a name for readers who do not see it.
    pub(super) fn named(&mut self, name: &str, draw: impl FnOnce(&mut Self)) {
        self.add(format_args!(
            "<g role=\"img\" aria-label=\"{}\">",
            Escaped(name)
        ));
        draw(self);
        self.add(format_args!("</g>"));
    }

    /// The document of what is between two corners.
    pub(super) fn finish(self, [min, max]: [[f64; 2]; 2], imprint: &Imprint) -> String {
        let fonts = self.fonts();
        let (x, y) = (N(min[0]), N(min[1]));
        let [width, height] = [max[0] - min[0], max[1] - min[1]];
        let ground = match self.ground {
            Ground::White | Ground::Dark => format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                N(width),
                N(height),
                Hex(self.palette().ground)
            ),
            Ground::None => String::new(),
        };
        let Self { body, .. } = self;
        let (title, about) = (Escaped(&imprint.title), Escaped(&imprint.about));
        let (link, recipe) = (Escaped(&imprint.link), Escaped(&imprint.toml));
        let (width, height) = (N(width), N(height));
        let families = fonts::FAMILIES;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
             viewBox=\"{x} {y} {width} {height}\" font-family=\"{families}\">\n\
             <title>{title}</title>\n<desc>{about}</desc>\n\
             <metadata>\n<recipe xmlns=\"https://arxiv.org/abs/2106.09524\" link=\"{link}\">\n{recipe}</recipe>\n</metadata>\n\
             <style>{fonts}</style>\n\
             {ground}{body}</svg>\n"
        )
    }

    /// Only the fonts that are used.
    fn fonts(&self) -> String {
        let mut css = String::new();
        for (family, weight, font) in fonts::WEB {
            let used = match (family, weight) {
                (_, 700) => self.bold,
                ("Noto Sans", _) => !self.characters.is_empty(),
                _ => self.characters.iter().any(|c| fonts::is_symbol(*c)),
            };
            if used {
                let font = BASE64.encode(font);
                write!(
                    css,
                    "@font-face{{font-family:'{family}';font-weight:{weight};src:url(data:font/woff2;base64,{font}) format('woff2')}}"
                ).expect(GROWS);
            }
        }
        css
    }
}

/// A line of text with its sub- and superscripts, smaller and off the line.
fn scripts(text: &str, size: f64) -> String {
    let mut spans = String::new();
    let mut lowered = 0.0;
    for piece in typeset::marked(text) {
        let (level, size_here) = match piece.level {
            Level::Line => (0.0, size),
            Level::Below => (DROP * size, SCRIPT * size),
            Level::Above => (-RISE * size, SCRIPT * size),
        };
        let words = Escaped(&piece.text);
        if level == lowered && piece.level == Level::Line {
            write!(spans, "{words}").expect(GROWS);
        } else {
            let (by, size) = (N(level - lowered), N(size_here));
            write!(
                spans,
                "<tspan dy=\"{by}\" font-size=\"{size}\">{words}</tspan>"
            )
            .expect(GROWS);
        }
        lowered = level;
    }
    spans
}

/// Moves and lines through points; the precision is a hundredth of a point.
fn path_of(pieces: &[Vec<[f64; 2]>]) -> String {
    let mut path = String::new();
    for piece in pieces.iter().filter(|piece| piece.len() > 1) {
        for (at, [x, y]) in piece.iter().enumerate() {
            let command = if at == 0 { 'M' } else { 'L' };
            write!(path, "{command}{} {}", N(*x), N(*y)).expect(GROWS);
        }
    }
    path
}

/// A length with at most two decimals.
struct N(f64);

impl std::fmt::Display for N {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

struct Hex(Rgb);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// An opacity attribute; nothing for what is opaque.
struct Opacity(&'static str, f64);

impl std::fmt::Display for Opacity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.1 < 1.0 {
            write!(f, " {}-opacity=\"{}\"", self.0, N(self.1))
        } else {
            Ok(())
        }
    }
}

/// Text for an element or an attribute. Control characters, which XML cannot hold, are left out.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_text_is_escaped() {
        let numbers = [1.0, 0.5, -0.001, 12.345_6, 100.0].map(|x| N(x).to_string());
        assert_eq!(numbers, ["1", "0.5", "0", "12.35", "100"]);
        assert_eq!(
            Escaped("a<b & \"c\"\u{0}").to_string(),
            "a&lt;b &amp; &quot;c&quot;"
        );
        assert_eq!(Hex([0, 114, 178]).to_string(), "#0072b2");
    }

    #[test]
    fn subscripts_are_lowered_and_the_rest_is_on_the_line() {
        let lowered = scripts("0.8 γ_auto & β_ℓ₂", 10.0);
        let expected = "0.8 γ<tspan dy=\"1.7\" font-size=\"7.6\">auto</tspan>\
                        <tspan dy=\"-1.7\" font-size=\"10\"> &amp; β</tspan>\
                        <tspan dy=\"1.7\" font-size=\"7.6\">ℓ₂</tspan>";
        assert_eq!(lowered, expected);
        assert_eq!(scripts("L(β) < 10⁻²", 8.0), "L(β) &lt; 10⁻²");
    }

    #[test]
    fn only_fonts_in_use_are_embedded() {
        let set = Type {
            size: 8.0,
            weight: Weight::Regular,
            color: [0; 3],
        };
        let mut sheet = Sheet::new(Ground::White);
        sheet.text([0.0; 2], "α", set, Anchor::Start, false);
        assert_eq!(sheet.fonts().matches("@font-face").count(), 1);
        sheet.text([0.0; 2], "∫", set, Anchor::Start, false);
        assert_eq!(sheet.fonts().matches("@font-face").count(), 2);
    }
}
