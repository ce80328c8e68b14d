//! What the window costs, one JSON object per line: `cargo bench --bench frame`, or, for all of it on a
//! machine without a screen, `xvfb-run -a -s "-screen 0 1600x1000x24" cargo bench --bench frame`.
//!
//! | work | figures |
//! |---|---|
//! | `frame` | processor time of a frame's layout and tessellation: ten trajectories, an hour of history that goes on growing, the pointer moving over the plots, with four pins and with the recording playing as well; and milliseconds until an undone preset has given way to that hour again |
//! | `input` | frames from an input to the one that shows it, while the engine runs flat out |
//! | `load` | milliseconds from the key that opens a preset (each of every lab but its first), or starts a run again, to the end of the frame that shows the new run |
//! | `start` | seconds from the launch until the first frame with the plots is on the screen |
//! | `idle` | percent of a processor that the window uses when it is paused, and when all has converged |
//! | `open` | steps per second with the window open, without it, and the ratio |
//!
//! The first three need no display.

#[path = "frame/figures.rs"]
mod figures;
#[path = "frame/hour.rs"]
mod hour;
#[path = "frame/latency.rs"]
mod latency;
#[path = "frame/load.rs"]
mod load;
#[path = "frame/screen.rs"]
mod screen;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use eframe::egui::epaint::{ClippedPrimitive, Primitive};
use eframe::egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, Vec2, ViewportId, pos2};
use figures::{median, percentiles, print, rounded};
use implicit_bias_lab::labs::{LABS, LabError};
use implicit_bias_lab::recipe::{Recipe, RecipeError, preset};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::ui::App;
use latency::{key, pressed};
use screen::Screen;
use serde_json::{Value, json};

/// That of the program, which decides what a frame's memory costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);

/// How long everything must have been quiet before nothing more is expected.
const QUIET: Duration = Duration::from_secs(2);

/// How long to wait for that.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// Five runs of SGD, four of SGF and one of GD that never come to rest: the label noise fades, and never
/// ends.
const PRESET: &str = "fig3";
const SETTINGS: [&str; 9] = [
    "sgd_runs=5",
    "sgf_runs=4",
    "sgf_scheme=log-euler",
    "label_noise=power-law",
    "label_noise_level=0.5",
    "label_noise_time=1000",
    "label_noise_exponent=0.5",
    "speed=max",
    "steps=1000000000",
];

/// What each cell shows first, and the densest picture of each.
static PICTURES: [(&str, &[&str]); 2] = [
    ("first", &[]),
    (
        "densest",
        &[
            "sharpness",
            "theorem_validation",
            "effective_alpha",
            "paths",
            "destination_distance",
            "plane",
        ],
    ),
];

/// What the window costs.
#[derive(Debug, Parser)]
struct Arguments {
    /// Frames per figure.
    #[arg(long, default_value_t = 600)]
    frames: usize,
    /// The works to measure, by name; all of them unless told.
    #[arg(long, value_delimiter = ',')]
    works: Vec<String>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn asks_for(&self, work: &str) -> bool {
        self.works.is_empty() || self.works.iter().any(|name| name == work)
    }
}

fn ten() -> Result<Recipe, RecipeError> {
    let mut recipe = preset(PRESET)?.recipe();
    for (key, value) in SETTINGS
        .iter()
        .filter_map(|setting| setting.split_once('='))
    {
        recipe.knobs.set_text(key, value)?;
    }
    Ok(recipe)
}

/// Steps per second without a window.
fn headless(recipe: &Recipe, time: Duration) -> Result<f64, LabError> {
    let experiment = recipe.lab.experiment(&recipe.knobs, false)?;
    let knobs = recipe.knobs.clone();
    let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, Vec::new());
    let start = Instant::now();
    session.advance_to(u64::MAX, Some(start + time));
    Ok(session.step() as f64 / start.elapsed().as_secs_f64())
}

/// Processor time of this thread.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// The clock on the wall, where there is no better one.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// The window without a display.
struct Window {
    ctx: Context,
    app: App,
    size: Vec2,
    start: Instant,
    /// How often somebody has asked for a frame.
    asked: Arc<AtomicUsize>,
}

/// What a frame took.
#[derive(Clone, Copy)]
struct Cost {
    layout: Duration,
    tessellation: Duration,
    vertices: usize,
}

impl Window {
    fn new(recipe: Recipe) -> io::Result<Self> {
        let ctx = Context::default();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        ctx.set_request_repaint_callback(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        Ok(Self {
            app: App::new(&ctx, None, Some(recipe))?,
            ctx,
            size: Vec2::ZERO,
            start: Instant::now(),
            asked,
        })
    }

    fn frame(&mut self, events: Vec<Event>) -> Cost {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            max_texture_side: Some(1 << 13),
            time: Some(self.start.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(1.0);
        }
        let app = &mut self.app;
        let start = thread_time();
        let mut output = self.ctx.run_ui(input, |ui| {
            app.receive();
            app.show(ui);
        });
        let laid_out = thread_time();
        let shapes = std::mem::take(&mut output.shapes);
        let primitives = self.ctx.tessellate(shapes, output.pixels_per_point);
        let done = thread_time();
        output.drop_without_applying_deltas();
        let vertices = |primitive: &ClippedPrimitive| match &primitive.primitive {
            Primitive::Mesh(mesh) => mesh.vertices.len(),
            Primitive::Callback(_) => 0,
        };
        Cost {
            layout: laid_out.saturating_sub(start),
            tessellation: done.saturating_sub(laid_out),
            vertices: primitives.iter().map(vertices).sum(),
        }
    }

    /// Draws frames until the run has come to `step` and the theory has caught up with it.
    fn settle(&mut self, step: u64) {
        let start = Instant::now();
        let mut last_news = Instant::now();
        while start.elapsed() < WAIT_TIMEOUT
            && (self.app.step() < step || last_news.elapsed() < QUIET)
        {
            self.frame(Vec::new());
            std::thread::sleep(FRAME);
            if self.asked.swap(0, Ordering::Relaxed) > 0 {
                last_news = Instant::now();
            }
        }
    }
}

/// Frames of a window full of plots, at several sizes.
fn frames(recipe: &Recipe, count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let rate = headless(recipe, Duration::from_secs(3))?;
    let hour = (3600.0 * rate) as u64;
    for (pictures, panels) in PICTURES {
        let mut recipe = recipe.clone();
        recipe.lab = &hour::AHEAD;
        recipe.knobs.set_text("steps", &hour.to_string())?;
        recipe.step = hour;
        recipe.panels = panels.iter().map(|panel| (*panel).to_owned()).collect();
        let mut window = Window::new(recipe)?;
        window.settle(hour);
        window.frame(key(Key::Space));
        for (name, size, given) in [
            ("1440x900", Vec2::new(1440.0, 900.0), &[][..]),
            ("1920x1080", Vec2::new(1920.0, 1080.0), &[]),
            (
                "1920x1080 four pins",
                Vec2::new(1920.0, 1080.0),
                &[Key::P; 4],
            ),
            (
                "1920x1080 four pins, recording",
                Vec2::new(1920.0, 1080.0),
                &[Key::ArrowLeft, Key::Space],
            ),
            (
                "1920x1080 four pins, projector",
                Vec2::new(1920.0, 1080.0),
                &[Key::Escape, Key::F2],
            ),
        ] {
            window.size = size;
            for pressed in given {
                window.frame(key(*pressed));
            }
            for _ in 0..10 {
                window.frame(Vec::new());
            }
            let costs: Vec<Cost> = (0..count).map(|at| moving_frame(&mut window, at)).collect();
            let figures = json!({
                "pictures": pictures,
                "size": name,
                "steps": window.app.step(),
                "cpu_ms": percentiles(costs.iter().map(|cost| cost.layout + cost.tessellation)),
                "layout_ms": percentiles(costs.iter().map(|cost| cost.layout)),
                "tessellation_ms": percentiles(costs.iter().map(|cost| cost.tessellation)),
                "vertices": costs.iter().map(|cost| cost.vertices).max(),
            });
            print("frame", figures)?;
        }
        let took = undo(&mut window);
        print(
            "undo",
            json!({ "pictures": pictures, "ms": rounded(1e3 * took.as_secs_f64()) }),
        )?;
    }
    Ok(())
}

/// The time from the key that undoes a preset to the end of the frame that shows the hour of history again.
fn undo(window: &mut Window) -> Duration {
    let before = window.app.step();
    window.frame(key(Key::Num1));
    for _ in 0..10 {
        window.frame(Vec::new());
    }
    let start = Instant::now();
    window.frame(pressed(Key::Z, Modifiers::COMMAND));
    let took = start.elapsed();
    assert!(
        window.app.step() >= before,
        "the hour is on the screen again"
    );
    took
}

/// A frame at its time, the pointer on its way across the plots.
fn moving_frame(window: &mut Window, at: usize) -> Cost {
    let begin = Instant::now();
    let angle = 0.03 * at as f32;
    let pointer = pos2(
        window.size.x * (0.6 + 0.35 * angle.cos()),
        window.size.y * (0.5 + 0.35 * (1.7 * angle).sin()),
    );
    let cost = window.frame(vec![Event::PointerMoved(pointer)]);
    std::thread::sleep(FRAME.saturating_sub(begin.elapsed()));
    cost
}

fn shows_plots(frame: &Value) -> bool {
    frame["plots"] == true
}

fn start() -> io::Result<()> {
    let mut seconds = Vec::new();
    for _ in 0..7 {
        let screen = Screen::open(&["--preset", "fig2"])?;
        let (_, after) = screen.frame(shows_plots)?;
        seconds.push(after.as_secs_f64());
    }
    let slowest = seconds.iter().copied().fold(0.0, f64::max);
    let figures = json!({ "median_s": rounded(median(seconds)), "max_s": rounded(slowest) });
    print("start", figures)
}

fn idle() -> io::Result<()> {
    let time = Duration::from_secs(10);
    let screen = Screen::open(&["--preset", "fig2"])?;
    screen.frame(shows_plots)?;
    let paused = screen.idle(time)?;
    drop(screen);
    let screen = Screen::open(&["--preset", "fig2", "--set", "speed=max", "--play"])?;
    screen.frame(|frame| frame["playing"] == true)?;
    screen.frame(|frame| frame["playing"] == false)?;
    let converged = screen.idle(time)?;
    let figures = json!({
        "paused_percent": rounded(100.0 * paused),
        "converged_percent": rounded(100.0 * converged),
    });
    print("idle", figures)
}

fn open(recipe: &Recipe) -> Result<(), Box<dyn std::error::Error>> {
    let time = Duration::from_secs(6);
    let mut arguments = vec!["--preset", PRESET, "--play"];
    arguments.extend(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
    let (mut with, mut without, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        without.push(headless(recipe, time)?);
        let screen = Screen::open(&arguments)?;
        screen.frame(|frame| frame["step"].as_u64() > Some(100_000))?;
        let seen = screen.frames_of(time);
        let of = |frame: Option<&Value>, key: &str| frame?[key].as_f64();
        let over = |key: &str| Some(of(seen.last(), key)? - of(seen.first(), key)?);
        if let (Some(steps), Some(seconds)) = (over("step"), over("seconds")) {
            with.push(steps / seconds);
            frames.push(seen.len() as f64 / seconds);
        }
    }
    let (with, without) = (median(with), median(without));
    let figures = json!({
        "steps_per_s": with.round(),
        "headless_steps_per_s": without.round(),
        "ratio": rounded(with / without),
        "frames_per_s": rounded(median(frames)),
    });
    Ok(print("open", figures)?)
}

fn load(recipe: &Recipe) -> io::Result<()> {
    let open = |recipe: Recipe| {
        let mut window = Window::new(recipe)?;
        window.size = Vec2::new(1920.0, 1080.0);
        window.settle(0);
        Ok::<_, io::Error>(window)
    };
    print("reset", load::reset(&mut open(recipe.clone())?, 40))?;
    let mut took = Vec::new();
    for lab in LABS {
        let presets = lab.presets();
        took.extend(load::presets(
            &mut open(presets[0].recipe())?,
            presets.len(),
        ));
    }
    print("preset", load::figures(&took))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let recipe = ten()?;
    if arguments.asks_for("frame") {
        frames(&recipe, arguments.frames)?;
    }
    if arguments.asks_for("input") {
        print("input", latency::frames(recipe.clone(), FRAME))?;
    }
    if arguments.asks_for("load") {
        load(&recipe)?;
    }
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].map(std::env::var_os);
    if has_display.iter().all(Option::is_none) {
        let advice = "start, idle and open need a display: \
                      xvfb-run -a -s \"-screen 0 1600x1000x24\" cargo bench --bench frame";
        writeln!(io::stderr(), "{advice}")?;
        return Ok(());
    }
    if arguments.asks_for("start") {
        start()?;
    }
    if arguments.asks_for("idle") {
        idle()?;
    }
    if arguments.asks_for("open") {
        open(&recipe)?;
    }
    Ok(())
}
