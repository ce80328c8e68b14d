//! Colours by name and role, line styles and widths, for the window and for figures.
//!
//! The families of runs declare their looks with these. The palette is Okabe and Ito's, safe for
//! the common colour deficiencies, a little lighter on black; each of the lines has at least 3:1 contrast on both
//! grounds, on black even where it is faded, which tests compute. On white blue, vermillion and green are moved apart
//! in lightness, for prints in grey. There is no room for that on black, and so little on white that lines also
//! differ in their dashes and markers.

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// How a curve is drawn besides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Unbroken.
    Solid,
    /// Unbroken with sparse markers.
    Marked,
    /// Broken.
    Dashed,
}

/// A colour by its name or role, so that one picture can be drawn on either ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// For curves.
    Blue,
    /// For curves.
    Vermillion,
    /// For curves.
    Green,
    /// For curves: a darker relative of [`Ink::Reference`].
    Purple,
    /// Ordinary text.
    Text,
    /// Second rank.
    Weak,
    /// The ground.
    Ground,
    /// Everything known beforehand, such as β*.
    Reference,
}

impl Ink {
    /// The colour on a ground.
    pub const fn rgb(self, dark: bool) -> Rgb {
        let palette = palette(dark);
        match self {
            Self::Blue if dark => [0x3B, 0x9C, 0xDB],
            Self::Blue => [0x00, 0x66, 0xA0],
            Self::Vermillion if dark => [0xE8, 0x71, 0x1A],
            Self::Vermillion => [0xC8, 0x55, 0x00],
            Self::Green if dark => [0x1F, 0xB8, 0x8C],
            Self::Green => [0x00, 0xA8, 0x7A],
            Self::Purple if dark => [0xC7, 0x7B, 0xAD],
            Self::Purple => [0xA8, 0x56, 0x8A],
            Self::Text => palette.text,
            Self::Weak => palette.weak,
            Self::Ground => palette.ground,
            Self::Reference if dark => [0xDD, 0x93, 0xBD],
            Self::Reference => [0xCC, 0x79, 0xA7],
        }
    }
}

/// The look of a family of runs, which declares it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Its colour.
    pub ink: Ink,
    /// Its line.
    pub line: Line,
    /// Its line's width, in points of the screen.
    pub width: f64,
}

/// The colours of one ground, light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Rgb,
    /// Ordinary text.
    pub text: Rgb,
    /// Text of second rank: tick labels, units, remarks.
    pub weak: Rgb,
    /// Grid lines and guides.
    pub grid: Rgb,
    /// Text that asks for attention.
    pub warning: Rgb,
    /// The mark of a condition that holds.
    pub holds: Rgb,
}

/// Black on white.
pub const LIGHT: Palette = Palette {
    ground: [0xFF, 0xFF, 0xFF],
    text: [0x1A, 0x1A, 0x1A],
    weak: [0x55, 0x59, 0x5F],
    grid: [0xC9, 0xCD, 0xD3],
    warning: [0xA6, 0x2B, 0x00],
    holds: [0x00, 0x66, 0x4A],
};

/// White on black.
pub const DARK: Palette = Palette {
    ground: [0x1B, 0x1B, 0x1B],
    text: [0xF0, 0xF0, 0xF0],
    weak: [0xB4, 0xB8, 0xBE],
    grid: [0x4A, 0x4E, 0x54],
    warning: [0xFF, 0x9A, 0x66],
    holds: [0x4C, 0xC9, 0x9E],
};

/// Opacity of the shade between the extremes of a curve.
pub const BAND: f32 = 0.16;

/// Opacity of bars, over which ticks must be seen.
pub const BAR: f32 = 0.75;

/// Opacity of curves of second rank in a crowded plot.
pub const FAINT: f32 = 0.45;

/// How far the tracks of noisy runs are mixed with the ground.
pub const fn pale(dark: bool) -> f32 {
    if dark { 0.55 } else { 0.65 }
}

/// How much of a line's colour is left where it is faded: on black more than on white, where it would be lost.
pub fn of_line(opacity: f64, dark: bool) -> f64 {
    if dark { opacity.powf(0.4) } else { opacity }
}

/// The palette of a ground.
pub const fn palette(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// The colours of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// From dark to light, evenly to the eye and in grey: viridis.
    Sequential,
    /// From red over white to blue, for what is below or above a middle.
    Diverging,
}

impl Colours {
    /// The colour of a number by its part of the way from the scale's low end, 0, to its high one, 1.
    pub fn at(self, part: f64) -> Rgb {
        let gradient = match self {
            Self::Sequential => colorous::VIRIDIS,
            Self::Diverging => colorous::RED_BLUE,
        };
        let colorous::Color { r, g, b } = gradient.eval_continuous(part.clamp(0.0, 1.0));
        [r, g, b]
    }
}

/// Relative luminance of WCAG 2, from 0 to 1.
#[cfg(test)]
fn luminance(color: Rgb) -> f64 {
    let [red, green, blue] = color.map(|byte| {
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Contrast ratio of WCAG 2, from 1 to 21.
#[cfg(test)]
pub(crate) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Ink; 5] = [
        Ink::Blue,
        Ink::Vermillion,
        Ink::Green,
        Ink::Purple,
        Ink::Reference,
    ];

    #[test]
    fn text_and_curves_stand_out_on_both_grounds() {
        for (dark, palette) in [(false, LIGHT), (true, DARK)] {
            for color in [palette.text, palette.weak, palette.warning, palette.holds] {
                assert!(contrast(color, palette.ground) >= 4.5, "{color:?}");
            }
            for ink in CURVES {
                assert!(contrast(ink.rgb(dark), palette.ground) >= 3.0, "{ink:?}");
            }
        }
    }

    #[test]
    fn the_main_curves_differ_in_lightness_on_white() {
        // L* of CIE 1976, from 0 to 100: a step of 2 can just be seen side by side, lines apart need some more.
        let lightness = |ink: Ink| 116.0 * luminance(ink.rgb(false)).cbrt() - 16.0;
        let [blue, vermillion, green] = [Ink::Blue, Ink::Vermillion, Ink::Green].map(lightness);
        assert!(vermillion - blue > 8.0, "{blue} {vermillion}");
        assert!(green - vermillion > 8.0, "{vermillion} {green}");
    }

    #[test]
    fn faded_curves_stand_out_on_black() {
        let ground = DARK.ground;
        for opacity in [f64::from(FAINT), 1.0 - f64::from(pale(false))] {
            let part = of_line(opacity, true);
            for ink in CURVES {
                let color = ink.rgb(true);
                let mixed = [0, 1, 2].map(|at| {
                    let [over, under] = [color[at], ground[at]].map(f64::from);
                    (part * over + (1.0 - part) * under).round() as u8
                });
                assert!(contrast(mixed, ground) >= 3.0, "{ink:?} at {opacity}");
            }
        }
    }
}
