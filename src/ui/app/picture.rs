//! The window as a picture, for papers and slides.

#[cfg(test)]
mod tests;

use eframe::egui::{Label, Panel, RichText, Vec2};

use super::App;
use crate::ui::snapshot::{Setting, Tessellated, picture};

impl App {
    /// The window as a picture: everything but menus, tooltips, help and whatever follows the pointer. The
    /// window goes on as if nothing had been drawn.
    ///
    /// `size` is that of the window in points of the screen, zoomed or not, and the picture has `scale`
    /// pixels to each of them. `footer` is written under everything, if there is one.
    pub fn window_picture(
        &mut self,
        size: Vec2,
        scale: f32,
        dark: bool,
        footer: &str,
    ) -> Tessellated {
        let window = &self.live.wake;
        let setting = Setting {
            size: [size.x, size.y].map(|points| (points * scale).round().max(1.0) as usize),
            pixels_per_point: scale * window.zoom_factor(),
            dark,
            remembered: window.data(Clone::clone),
        };
        self.undisturbed(dark, |app| {
            picture(setting, |ui| {
                if !footer.is_empty() {
                    let text = RichText::new(footer).small().weak();
                    Panel::bottom("footer").show(ui, |ui| ui.add(Label::new(text).wrap()));
                }
                app.window_ui(ui);
            })
        })
    }

    /// Draws with the pointer away and in the colours asked for, then puts back what a frame changes:
    /// bounds that have grown, and what is being dragged.
    fn undisturbed<R>(&mut self, dark: bool, draw: impl FnOnce(&mut Self) -> R) -> R {
        let unpointed = self.time.unpointed();
        let time = std::mem::replace(&mut self.time, unpointed);
        let dark_window = std::mem::replace(&mut self.choices.dark, dark);
        let memories = self.memories.clone();
        let strip = self.strip.clone();
        let height_of_bars = self.height_of_bars;
        let pointed = self.teaching.pointed;
        let tool = self.teaching.annotations.put_down();
        let drawn = draw(self);
        self.time = time;
        self.choices.dark = dark_window;
        self.memories = memories;
        self.strip = strip;
        self.height_of_bars = height_of_bars;
        self.teaching.pointed = pointed;
        self.teaching.annotations.take_up(tool);
        drawn
    }
}
