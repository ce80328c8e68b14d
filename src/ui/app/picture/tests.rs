//! Pictures of the window, and that the window is left alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Key, Modifiers, PointerButton, Popup, Pos2, RawInput, Rect, Shape, Theme, pos2,
};

use super::*;
use crate::figure::image::Image;
use crate::recipe::preset;
use crate::ui::actions::Action;

const SIZE: Vec2 = Vec2::new(1440.0, 900.0);

/// The application and its window.
struct TestWindow {
    ctx: Context,
    app: App,
}

impl TestWindow {
    fn new(id: &str) -> Self {
        let mut recipe = preset(id).unwrap().recipe();
        recipe.knobs.set_text("speed", "max").unwrap();
        let ctx = Context::default();
        let app = App::new(&ctx, None, Some(recipe)).unwrap();
        let mut window = Self { ctx, app };
        window.wait(|app| app.status().contains("Ready"));
        window
    }

    fn frame(&mut self, events: Vec<Event>) {
        let input = RawInput {
            // As a window gives it: in points of the layout, however much that is magnified.
            screen_rect: Some(Rect::from_min_size(
                Pos2::ZERO,
                SIZE / self.ctx.zoom_factor(),
            )),
            events,
            ..RawInput::default()
        };
        self.app.receive();
        self.ctx
            .run_ui(input, |ui| self.app.show(ui))
            .drop_without_applying_deltas();
    }

    /// Where a text is.
    fn place_of(&mut self, text: &str) -> Pos2 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            ..RawInput::default()
        };
        let output = self.ctx.run_ui(input, |ui| self.app.show(ui));
        let place = output
            .shapes
            .iter()
            .find_map(|clipped| match &clipped.shape {
                Shape::Text(shape) if shape.galley.text() == text => {
                    Some(shape.visual_bounding_rect().center())
                }
                _ => None,
            });
        output.drop_without_applying_deltas();
        place.unwrap()
    }

    fn wait(&mut self, condition: impl Fn(&App) -> bool) {
        let start = Instant::now();
        while !condition(&self.app) {
            let status = self.app.status();
            assert!(start.elapsed() < Duration::from_mins(1), "{status}");
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.frame(Vec::new());
    }

    fn click(&mut self, pos: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(pos), button(true)]);
        self.frame(vec![button(false)]);
    }

    fn take_steps(&mut self, steps: u64) {
        self.app.live.take_steps(steps);
        self.wait(|app| app.step() == steps && !app.playing());
    }

    /// Everything that a picture must leave alone.
    fn state(&self) -> String {
        let App {
            live,
            choices,
            time,
            memories,
            strip,
            drafts,
            hidden,
            enlarged,
            help,
            refused,
            refused_since: _,
            message,
            dialog,
            opening: _,
            jobs: _,
            recording_from,
            seen,
            height_of_bars,
            sweeps: _,
            sweeping,
            drawn: _,
            titled: _,
            undo: _,
            left: _,
            pins: _,
            lecture,
            compact,
            teaching,
            unkept: _,
            asking,
        } = &self.app;
        let open_list = Popup::is_any_open(&self.ctx);
        format!(
            "{:?}",
            (
                (
                    &live.intent.recipe,
                    live.playing(),
                    live.step(),
                    live.screen.generation
                ),
                (choices, time, memories, strip, drafts, hidden),
                (
                    enlarged,
                    help,
                    refused,
                    message,
                    dialog.is_some(),
                    asking.len(),
                ),
                (
                    recording_from,
                    seen,
                    sweeping,
                    height_of_bars,
                    lecture,
                    compact,
                ),
                (
                    self.ctx.theme(),
                    self.ctx.zoom_factor(),
                    open_list,
                    teaching
                ),
            )
        )
    }

    fn picture(&mut self, scale: f32, dark: bool) -> Image {
        let footer = "Implicit Bias Lab · made from a recipe";
        let picture = self.app.window_picture(SIZE, scale, dark, footer);
        // On another thread, as it is meant to be.
        std::thread::scope(|scope| {
            let drawing = scope.spawn(|| picture.rasterise());
            drawing.join().unwrap()
        })
    }
}

/// Keeps a picture to be looked at, in the folder that the variable names.
fn keep(image: &Image, name: &str) {
    if let Some(folder) = std::env::var_os("IBL_PICTURES") {
        let file = std::fs::File::create(Path::new(&folder).join(name)).unwrap();
        image.write_png(file, &[], None).unwrap();
    }
}

#[test]
fn the_window_is_drawn_as_it_stands_at_any_resolution() {
    let mut window = TestWindow::new("fig2");
    window.take_steps(1500);
    for (scale, dark) in [(1.0, false), (1.0, true), (2.0, false)] {
        let before = window.state();
        let image = window.picture(scale, dark);
        let size = [1440.0, 900.0].map(|points| (points * scale) as u32);
        assert_eq!([image.width, image.height], size);
        let colors: BTreeSet<&[u8]> = image.pixels.chunks_exact(4).collect();
        assert!(colors.len() > 500, "{}", colors.len());
        assert!(image == window.picture(scale, dark), "the same bytes twice");
        assert_eq!(window.state(), before);
        keep(&image, &format!("window-{scale}-{dark}.png"));
    }
}

#[test]
fn pointer_lists_and_help_stay_out_of_the_picture_and_in_the_window() {
    let mut window = TestWindow::new("fig2");
    // What the theory finds arrives from its own thread whenever it likes.
    window.app.choices.theory = false;
    window.take_steps(800);
    let expected = window.picture(1.0, false);
    // The list of presets is open and the pointer is in a plot.
    window.click(pos2(60.0, 18.0));
    let state = window.state();
    assert!(Popup::is_any_open(&window.ctx), "{state}");
    window.frame(vec![Event::PointerMoved(pos2(620.0, 330.0))]);
    window.app.act(&window.ctx.clone(), Action::ToggleHelp);
    window.frame(Vec::new());
    let before = window.state();
    assert!(window.picture(1.0, false) == expected);
    assert_eq!(window.state(), before);
    window.frame(vec![Event::Key {
        key: Key::Escape,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }]);
    // A time where the clock was stopped is part of the picture, and so is a folded group.
    window.app.time.pinned = Some(1.0);
    assert!(window.picture(1.0, false) != expected);
    window.app.time.pinned = None;
    assert!(window.picture(1.0, false) == expected);
    window.app.help = false;
    // The help takes some frames to fade, and clicks as long.
    for _ in 0..30 {
        window.frame(Vec::new());
    }
    let heading = window.place_of("Data");
    window.click(heading);
    let folded = window.picture(1.0, false);
    assert!(folded != expected);
    keep(&folded, "folded.png");
}

#[test]
fn what_the_projector_shows_is_drawn_in_its_type_size() {
    let mut window = TestWindow::new("fig3");
    window.take_steps(300);
    window.app.act(&window.ctx.clone(), Action::ToggleProjector);
    for _ in 0..3 {
        window.frame(Vec::new());
    }
    assert!(window.ctx.zoom_factor() > 1.4);
    let image = window.picture(1.0, false);
    assert_eq!((image.width, image.height), (1440, 900));
    assert_eq!(window.ctx.theme(), Theme::Light);
    keep(&image, "projector.png");
}
