//! Every preset of every lab is laid out in both layouts at the sizes of screens and projectors, with a run in it: no
//! two texts touch, none leaves the window or is cut, and none is too small for a lecture.

use std::time::{Duration, Instant};

use eframe::egui::epaint::{ClippedShape, TextShape};
use eframe::egui::{Context, Pos2, RawInput, Rect, Shape, Vec2, vec2};

use super::App;
use crate::knobs::{Role, Value};
use crate::labs::{LABS, Lab, Preset};
use crate::typeset::SCRIPT;
use crate::ui::actions::Action;
use crate::ui::lecture::LEAST_TYPE;

const SIZES: [Vec2; 3] = [
    vec2(1920.0, 1080.0),
    vec2(1440.0, 900.0),
    vec2(1280.0, 720.0),
];

/// A phone's, in points.
const PHONE: Vec2 = vec2(390.0, 844.0);

/// Enough for every picture to have something to show; and for the runs of a lab's first preset to end.
const STEPS: [u64; 2] = [60, 20_000];

/// Pixels by which letters may seem to touch: the edges of their anti-aliasing.
const EDGE: f32 = 1.0;

/// A text on the screen.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    /// The room of its letters.
    rect: Rect,
    /// What of the screen it was painted into.
    clip: Rect,
    /// The sizes of its type.
    sizes: Vec<f32>,
    elided: bool,
}

struct TestWindow {
    ctx: Context,
    app: App,
    size: Vec2,
    words: Vec<Word>,
}

impl TestWindow {
    fn new(preset: &Preset, steps: u64) -> Self {
        let mut recipe = preset.recipe();
        // As fast as it goes, where a lab has a pace.
        let fastest = Value::Word("max".to_owned());
        drop(recipe.knobs.set_of(Role::Pace, fastest));
        let ctx = Context::default();
        let app = App::new(&ctx, None, Some(recipe)).unwrap();
        let mut window = Self {
            ctx,
            app,
            size: SIZES[0],
            words: Vec::new(),
        };
        window.wait(|app| app.shows_plots());
        window.app.live.take_steps(steps);
        window.wait(|app| !app.playing() && (app.step() > 0 || app.status().contains("iverged")));
        window
    }

    fn wait(&mut self, condition: impl Fn(&App) -> bool) {
        let start = Instant::now();
        while !condition(&self.app) {
            let status = self.app.status();
            assert!(start.elapsed() < Duration::from_mins(1), "{status}");
            self.app.receive();
            self.app.live.take_over_changes();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.app.receive();
    }

    fn frame(&mut self) {
        let size = self.size / self.ctx.zoom_factor();
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            ..RawInput::default()
        };
        let output = self.ctx.run_ui(input, |ui| self.app.show(ui));
        self.words.clear();
        for ClippedShape {
            clip_rect, shape, ..
        } in &output.shapes
        {
            add_words(&mut self.words, shape, *clip_rect);
        }
        output.drop_without_applying_deltas();
    }

    /// The second frame knows how much room the first one took.
    fn lay_out(&mut self) {
        for _ in 0..2 {
            self.frame();
        }
    }

    fn act(&mut self, action: Action) {
        self.app.act(&self.ctx.clone(), action);
    }

    /// What is wrong with the texts of the last frame.
    fn faults(&self) -> Vec<String> {
        let screen = Rect::from_min_size(Pos2::ZERO, self.size / self.ctx.zoom_factor());
        let lecture = self.app.choices.projector;
        let least = if self.size == PHONE { 10 } else { 30 };
        assert!(self.words.len() > least, "{}", self.words.len());
        let mut faults = Vec::new();
        let seen: Vec<&Word> = self
            .words
            .iter()
            .filter(|word| word.seen().is_positive())
            .collect();
        for word in &seen {
            let Word {
                text, rect, clip, ..
            } = word;
            // What scrolls is cut above and below.
            let room = clip.intersect(screen).x_range();
            if rect.left() < room.min - EDGE || rect.right() > room.max + EDGE {
                faults.push(format!("`{text}` at {rect:?} is cut by {clip:?}"));
            }
            // The name of the preset and the clock may be, and what is said in full elsewhere.
            let is_told = |other: &&Word| !other.elided && other.text.contains(text);
            let is_in_header = rect.center().y < HEADER * screen.height();
            // On a phone that of the strip may be, too.
            let is_strip = self.size == PHONE && rect.center().y > STRIP * screen.height();
            if word.elided
                && !is_in_header
                && !is_strip
                && !seen.iter().copied().any(|other| is_told(&other))
            {
                faults.push(format!("`{text}` is abridged"));
            }
            if lecture && !word.is_legible() {
                faults.push(format!("`{text}` has type of {:?} points", word.sizes));
            }
        }
        for (at, word) in seen.iter().enumerate() {
            for other in &seen[at + 1..] {
                let both = word
                    .seen()
                    .shrink(EDGE)
                    .intersect(other.seen().shrink(EDGE));
                if both.is_positive() {
                    faults.push(format!(
                        "`{}` at {:?} and `{}` at {:?} overlap",
                        word.text, word.rect, other.text, other.rect
                    ));
                }
            }
        }
        faults
    }
}

/// What the name of the preset and the clock take of the window's height.
const HEADER: f32 = 0.12;

/// Where the strip begins on a phone.
const STRIP: f32 = 0.75;

impl Word {
    /// What of it can be seen.
    fn seen(&self) -> Rect {
        self.rect.intersect(self.clip)
    }

    fn is_legible(&self) -> bool {
        let largest = self.sizes.iter().copied().fold(0.0, f32::max);
        // An exponent is read with its base.
        let is_script = |size: f32| (size - SCRIPT as f32 * largest).abs() < 0.01;
        largest >= LEAST_TYPE
            && self
                .sizes
                .iter()
                .all(|size| *size >= LEAST_TYPE || is_script(*size))
    }
}

fn add_words(words: &mut Vec<Word>, shape: &Shape, clip: Rect) {
    match shape {
        Shape::Vec(shapes) => shapes
            .iter()
            .for_each(|shape| add_words(words, shape, clip)),
        Shape::Text(text) => words.extend(word(text, clip)),
        _ => {}
    }
}

fn word(shape: &TextShape, clip: Rect) -> Option<Word> {
    let galley = &shape.galley;
    let rect = shape.visual_bounding_rect();
    let text = galley.text().to_owned();
    (!text.trim().is_empty() && rect.is_positive()).then(|| Word {
        text,
        rect,
        clip,
        sizes: galley
            .job
            .sections
            .iter()
            .map(|section| section.format.font_id.size)
            .collect(),
        elided: galley.elided,
    })
}

/// Lays every preset of a lab out; at the first size with every picture.
fn lay_out_all(lab: &'static dyn Lab) {
    let mut faults = Vec::new();
    for preset in lab.presets() {
        let first = preset.id == lab.presets()[0].id;
        let mut window = TestWindow::new(preset, STEPS[usize::from(first && lab.has_log_time())]);
        for size in SIZES {
            window.size = size;
            for lecture in [false, true] {
                // The lecture layout is that of the first size, magnified less.
                if lecture && size == SIZES[2] && !first {
                    continue;
                }
                if window.app.choices.projector != lecture {
                    window.act(Action::ToggleProjector);
                }
                window.lay_out();
                window.frame();
                let pages = if lecture && size == SIZES[0] {
                    window.app.lecture_plots().len().div_ceil(2)
                } else {
                    1
                };
                for page in 0..pages {
                    if page > 0 {
                        window.act(Action::Walk(1));
                        window.lay_out();
                    }
                    let found = window.faults().into_iter();
                    faults.extend(found.map(|fault| {
                        format!(
                            "{} {size:?} lecture {lecture} page {page}: {fault}",
                            preset.id
                        )
                    }));
                }
            }
        }
    }
    assert_none(&faults);
}

/// Lays every picture of every preset of a lab out on a phone.
fn lay_out_on_phone(lab: &'static dyn Lab) {
    let mut faults = Vec::new();
    for preset in lab.presets() {
        let mut window = TestWindow::new(preset, STEPS[0]);
        window.size = PHONE;
        window.lay_out();
        for page in 0..window.app.lecture_plots().len() {
            window.lay_out();
            let found = window.faults().into_iter();
            faults.extend(found.map(|fault| format!("{} page {page}: {fault}", preset.id)));
            window.act(Action::Walk(1));
        }
    }
    assert_none(&faults);
}

fn assert_none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_preset_of_the_first_lab_is_laid_out_without_a_fault() {
    lay_out_all(LABS[0]);
}

#[test]
fn every_preset_of_the_other_labs_is_laid_out_without_a_fault() {
    for lab in &LABS[1..] {
        lay_out_all(*lab);
    }
}

#[test]
fn every_preset_is_laid_out_on_a_phone_without_a_fault() {
    for lab in LABS {
        lay_out_on_phone(*lab);
    }
}
