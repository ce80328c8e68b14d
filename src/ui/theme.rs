//! The palette as the toolkit's colours; fonts and sizes; what only the window has, such as its frame.

use eframe::egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use eframe::egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, Style,
    TextStyle, Theme, Visuals,
};

use crate::palette::{Ink, Rgb, of_line, palette};

#[expect(
    clippy::disallowed_methods,
    reason = "this is the file where colours become egui's"
)]
const fn rgb([red, green, blue]: Rgb) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

const LIGHT_FRAME: Color32 = rgb([0xF4, 0xF5, 0xF7]);
const DARK_FRAME: Color32 = rgb([0x24, 0x26, 0x28]);
const LIGHT_ACCENT: Color32 = rgb([0xCF, 0xE3, 0xF1]);
const DARK_ACCENT: Color32 = rgb([0x16, 0x48, 0x6A]);

/// A colour on a ground.
pub(super) const fn color(ink: Ink, dark: bool) -> Color32 {
    rgb(ink.rgb(dark))
}

/// A colour mixed with the ground: as if seen through, but opaque.
pub(super) fn mixed(ink: Ink, opacity: f64, dark: bool) -> Color32 {
    let opacity = of_line(opacity, dark);
    color(ink, dark).lerp_to_gamma(ground(dark), 1.0 - opacity as f32)
}

/// The ordinary text colour.
pub(super) fn text(dark: bool) -> Color32 {
    rgb(palette(dark).text)
}

/// Text of second rank: tick labels, units, remarks.
pub(super) fn weak_text(dark: bool) -> Color32 {
    rgb(palette(dark).weak)
}

/// Text that asks for attention.
pub(super) fn warning(dark: bool) -> Color32 {
    rgb(palette(dark).warning)
}

/// The mark of a condition that holds.
pub(super) fn holds(dark: bool) -> Color32 {
    rgb(palette(dark).holds)
}

/// The ground of plots.
pub(super) fn ground(dark: bool) -> Color32 {
    rgb(palette(dark).ground)
}

/// Grid lines and guides.
pub(super) fn grid(dark: bool) -> Color32 {
    rgb(palette(dark).grid)
}

/// What a spotlight leaves dark.
pub(super) fn shade() -> Color32 {
    Color32::from_black_alpha(150)
}

/// A tile of a map.
pub(super) fn of_map(color: Rgb) -> Color32 {
    rgb(color)
}

/// Size of the numbers at the axes.
pub(super) const TICK: f32 = 14.0;

/// Size of the names of the axes.
pub(super) const LABEL: f32 = 14.5;

/// Font of tick labels and read-outs.
pub(super) fn tick_font() -> FontId {
    FontId::proportional(TICK)
}

/// Bold text in running size.
pub(super) fn bold(size: f32) -> FontId {
    FontId::new(size, bold_family())
}

fn bold_family() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// Installs fonts, sizes and both colour schemes. The fonts are bundled, so that every machine
/// shows the same glyphs, ‖ ∇ ⊙ ₊ included.
pub(super) fn install(ctx: &Context) {
    ctx.set_fonts(FontDefinitions::empty());
    let families = |bold: bool| {
        let priority = FontPriority::Lowest;
        let mut families = vec![InsertFontFamily {
            family: bold_family(),
            priority,
        }];
        if !bold {
            for family in [FontFamily::Proportional, FontFamily::Monospace] {
                families.push(InsertFontFamily { family, priority });
            }
        }
        families
    };
    let fonts: [(&str, &'static [u8], bool); 4] = [
        (
            "Noto Sans Bold",
            include_bytes!("../../assets/fonts/NotoSans-Bold-subset.ttf"),
            true,
        ),
        (
            "Noto Sans",
            include_bytes!("../../assets/fonts/NotoSans-Regular-subset.ttf"),
            false,
        ),
        (
            "DejaVu Sans",
            include_bytes!("../../assets/fonts/DejaVuSans-subset.ttf"),
            false,
        ),
        (
            "Noto Sans Symbols 2",
            include_bytes!("../../assets/fonts/NotoSansSymbols2-subset.ttf"),
            false,
        ),
    ];
    for (name, bytes, bold) in fonts {
        ctx.add_font(FontInsert::new(
            name,
            FontData::from_static(bytes),
            families(bold),
        ));
    }
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| restyle(style, theme == Theme::Dark));
    }
}

fn restyle(style: &mut Style, dark: bool) {
    style.text_styles = [
        (TextStyle::Heading, bold(18.0)),
        (TextStyle::Body, FontId::proportional(15.0)),
        (TextStyle::Button, FontId::proportional(15.0)),
        (TextStyle::Monospace, FontId::monospace(15.0)),
        (TextStyle::Small, FontId::proportional(13.0)),
    ]
    .into();
    style.spacing.item_spacing = [8.0, 4.0].into();
    style.spacing.button_padding = [8.0, 3.0].into();
    style.spacing.slider_width = 120.0;
    // Lists are as high as they ask for, up to the window.
    style.spacing.default_area_size = [600.0, 760.0].into();
    style.spacing.interact_size.y = 22.0;
    let mut visuals = if dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    visuals.panel_fill = if dark { DARK_FRAME } else { LIGHT_FRAME };
    visuals.window_fill = visuals.panel_fill;
    visuals.extreme_bg_color = ground(dark);
    visuals.override_text_color = Some(text(dark));
    visuals.weak_text_color = Some(weak_text(dark));
    visuals.selection.bg_fill = if dark { DARK_ACCENT } else { LIGHT_ACCENT };
    visuals.selection.stroke = Stroke::new(1.0, text(dark));
    visuals.slider_trailing_fill = true;
    visuals.widgets.active.weak_bg_fill = visuals.selection.bg_fill;
    visuals.widgets.active.bg_fill = visuals.selection.bg_fill;
    for widget in [
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
    ] {
        widget.corner_radius = CornerRadius::same(5);
    }
    style.visuals = visuals;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette;

    #[test]
    fn text_stands_out_on_the_frame_as_well() {
        for (frame, palette) in [(LIGHT_FRAME, palette::LIGHT), (DARK_FRAME, palette::DARK)] {
            let [red, green, blue, _] = frame.to_array();
            for color in [palette.text, palette.weak, palette.warning, palette.holds] {
                let contrast = palette::contrast(color, [red, green, blue]);
                assert!(contrast >= 4.5, "{color:?} on {frame:?}");
            }
        }
    }

    /// Everything that the labs, the presets and the help can put on the screen, tooltips included.
    fn texts() -> Vec<String> {
        use crate::knobs::Kind;
        let mut texts = Vec::new();
        for lab in crate::labs::LABS {
            for knob in lab.knobs() {
                texts.push([knob.label, knob.help, knob.unit, knob.group, &knob.range()].concat());
                texts.extend(
                    knob.landmark
                        .iter()
                        .map(|landmark| [landmark.symbol, landmark.about].concat()),
                );
                if let Kind::Choice(choices) = &knob.kind {
                    texts.extend(choices.iter().map(|choice| choice.label.to_owned()));
                }
            }
            for panel in lab.cells().iter().copied().flatten() {
                let facts = crate::sim::experiment::Facts::default();
                texts.push([panel.title, panel.about, (panel.ordinate)(&facts)].concat());
            }
        }
        for preset in crate::recipe::presets() {
            let recipe = preset.recipe();
            texts.push([recipe.title, recipe.about, recipe.question].concat());
        }
        for lab in crate::labs::LABS {
            let families = lab.families().into_iter();
            texts.extend(families.map(|family| [family.label, family.about].concat()));
            let clock = lab.clock();
            let words = [clock.steps_axis, clock.time_axis, clock.cost_axis];
            texts.push([lab.title(), lab.about(), clock.about, &words.concat()].concat());
            let strip = lab.strip().into_iter();
            texts.extend(strip.map(|strip| [strip.label, strip.symbol, strip.nothing].concat()));
            let truth = lab.roles().truth.into_iter();
            texts.extend(truth.map(|truth| [truth.label, truth.about].concat()));
        }
        for lab in crate::labs::LABS {
            let help = super::super::actions::help(*lab).into_iter();
            texts.extend(help.map(|(keys, help)| [keys.as_str(), help].concat()));
        }
        texts.push("0123456789.,:;()=<>+-×−·⁰¹²³⁴⁵⁶⁷⁸⁹⁻∞–—…αβγδφ⏸▶".to_owned());
        texts
    }

    #[test]
    fn the_bundled_fonts_have_every_glyph() {
        let ctx = Context::default();
        install(&ctx);
        ctx.run_ui(Default::default(), |_| {})
            .drop_without_applying_deltas();
        for text in texts() {
            for font in [FontId::proportional(15.0), bold(15.0)] {
                let missing: Vec<char> = ctx.fonts_mut(|fonts| {
                    text.chars()
                        .filter(|c| !c.is_control() && !fonts.has_glyph(&font, *c))
                        .collect()
                });
                assert!(missing.is_empty(), "{missing:?} in {text}");
            }
        }
    }
}
