//! The window as a picture, at any resolution, without the screen: laid out in a toolkit context of
//! its own, which has no pointer, no keys and no open lists, and drawn on the CPU ([`raster`]).
//!
//! A picture is laid out where the window is, on the thread of the window, and can be drawn on
//! another.

mod raster;

use eframe::egui::epaint::ClippedPrimitive;
use eframe::egui::util::IdTypeMap;
use eframe::egui::{Color32, Context, Pos2, RawInput, Rect, Theme, Ui, Vec2, ViewportId};

use super::theme;
use crate::figure::image::Image;

/// Passes after which a layout has settled: widths of axes and of wrapped rows follow from the pass
/// before.
const PASSES: u8 = 3;

/// A picture that is laid out and cut into triangles, but not drawn yet.
pub struct Tessellated {
    size: [usize; 2],
    pixels_per_point: f32,
    ground: Color32,
    primitives: Vec<ClippedPrimitive>,
    textures: raster::Textures,
}

impl Tessellated {
    /// Draws it. The same picture has the same bytes on every machine and on any number of threads.
    pub fn rasterise(self) -> Image {
        raster::draw(
            self.size,
            self.pixels_per_point,
            self.ground,
            &self.primitives,
            &self.textures,
        )
    }
}

/// How a picture is made.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Pixels across and down.
    pub(super) size: [usize; 2],
    /// Pixels of the picture per point of the layout.
    pub(super) pixels_per_point: f32,
    pub(super) dark: bool,
    /// What widgets remember: widths of panels, folded groups, scroll positions.
    pub(super) remembered: IdTypeMap,
}

/// Lays out a picture of what `ui` adds to an empty window.
pub(super) fn picture(setting: Setting, mut ui: impl FnMut(&mut Ui)) -> Tessellated {
    let ctx = Context::default();
    theme::install(&ctx);
    ctx.set_theme(if setting.dark {
        Theme::Dark
    } else {
        Theme::Light
    });
    ctx.data_mut(|data| *data = setting.remembered);
    let pixels_per_point = setting.pixels_per_point;
    let size = setting.size.map(|pixels| pixels as f32 / pixels_per_point);
    let mut textures = raster::Textures::default();
    let mut shapes = Vec::new();
    for pass in 0..PASSES {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::from(size))),
            // Large type has a large atlas.
            max_texture_side: Some(1 << 14),
            // Whatever fades in has done so by the next pass.
            time: Some(f64::from(pass) * 10.0),
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(pixels_per_point);
        }
        let output = ctx.run_ui(input, &mut ui);
        textures.apply(output.textures_delta);
        shapes = output.shapes;
    }
    Tessellated {
        size: setting.size,
        pixels_per_point,
        ground: ctx.global_style().visuals.panel_fill,
        primitives: ctx.tessellate(shapes, pixels_per_point),
        textures,
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{CentralPanel, Frame, RichText};

    use super::*;

    fn plain(size: [usize; 2], ui: impl FnMut(&mut Ui)) -> Image {
        let setting = Setting {
            size,
            pixels_per_point: 1.0,
            dark: false,
            remembered: IdTypeMap::default(),
        };
        picture(setting, ui).rasterise()
    }

    #[test]
    fn text_is_drawn_and_panels_fill_the_picture() {
        let image = plain([200, 60], |ui| {
            let frame = Frame::new().fill(Color32::WHITE);
            CentralPanel::default().frame(frame).show(ui, |ui| {
                ui.label(RichText::new("lim β = β*").color(Color32::BLACK));
            });
        });
        let dark = image.pixels.chunks_exact(4).filter(|pixel| pixel[0] < 60);
        let dark = dark.count();
        // Strokes of about a pixel: some of it black, most of the picture white.
        assert!(dark > 40 && dark < 1000, "{dark}");
        assert_eq!(image.pixels[..4], [255; 4]);
        assert_eq!(image.pixels[image.pixels.len() - 4..], [255; 4]);
    }
}
