//! Implicit Bias Lab: GD, SGD and stochastic gradient flow train a diagonal linear network side by
//! side, live.
//!
//! # Bird's-eye view
//!
//! | floor | what it knows |
//! |---|---|
//! | [`knobs`], [`format`](mod@format), [`typeset`], [`statistics`], [`palette`], [`files`], [`interrupt`], [`crash`] | one declaration per setting, checked values; numbers as text; sub- and superscripts; order statistics; colours; whole files or none; being asked to end; reports of panics |
//! | [`model`] | data, regression, loops, random numbers; no time, no threads |
//! | [`optim`] | gradient steps of flat parameter vectors: GD, momentum, Adam, sign, coordinate |
//! | [`sim`] | samples, history, session, simulation and analysis threads, a pool for runs; knows no mathematics |
//! | [`scene`] | pictures as data: from a panel and a history to a plot of a dozen shapes, which the page and the window both paint; knows neither |
//! | [`labs`] | a question as data: knobs, runs, pictures, presets, sweeps, figures; registered in [`labs::LABS`]. A lab's own mathematics is in its folder |
//! | [`recipe`] | a run as a TOML file, a link, or inside a picture; the presets |
//! | [`tours`] | a lecture in small steps, read from a text file; checked before it begins |
//! | [`sweep`] | a recipe at many places with many seeds, on all cores; its table, its medians, its pictures |
//! | [`figure`] | the page: layout, SVG, PDF or PNG; the paper's figures |
//! | [`export`], [`archive`], [`cli`] | a run without a window, written to a folder and read back |
//! | [`wire`] | what threads hand to each other, as bytes, for a browser's workers |
//! | `ui` (feature `gui`) | the window; the only place that names egui |
//! | `web` (in a browser) | the page and its workers: what stands there in the place of threads, files and the command line |
//!
//! # Where new things go
//!
//! | new | where | edits |
//! |---|---|---|
//! | lab | a folder of [`labs`] that implements the seven members of [`labs::Lab`]; the others have defaults | the folder, a `mod` and a line in [`labs::LABS`]; from another crate [`labs::register`] |
//! | kind of picture | a file of [`scene::pictures`]: a struct with what a lab tells it, and [`scene::pictures::Picture`] | the file and a `mod` |
//! | picture of a lab | an entry of its cells ([`labs::Lab::cells`]; `labs/diagonal/pictures.rs`) | one |
//! | shape that pictures are made of | a variant of [`scene::Shape`], which both painters, the table of a figure and the fit of the axes match without a wildcard | the compiler names them |
//! | algorithm of the diagonal network | a file of [`labs::diagonal::dynamics`]: a `Method` with its look, and its rule | the file, a `mod` and a line in [`labs::diagonal::dynamics::METHODS`] |
//! | start of the diagonal network | a variant of `StartKind` and how its β₀ is found, in `labs/diagonal/starts.rs` | the compiler names them |
//! | knob | an entry of the lab's table (`labs/diagonal/knobs`), with a [`knobs::Role`] where general code needs it | one, and where the lab reads it |
//! | recorded quantity | an entry of `labs/diagonal/observables.rs`; of the theory, of `insights.rs` | one |
//! | preset | a file in `assets/presets` and its name in `labs/diagonal/presets.rs` | two |
//! | tour | a file in `assets/tours` and its name in `labs/diagonal/tours.rs` | two |
//! | ready sweep, figure by name, action with a key, self-test | an entry of the lab's `sweeps.rs`, `figures.rs`, [`labs::Lab::actions`], `selftest/checks.rs` | one |
//!
//! General code asks for roles ([`knobs::Role`], [`sim::experiment::Roles`]) and never for a lab's names, which
//! a test of the sources checks.
//!
//! # Data flow
//!
//! ```text
//! slider → ui → Command → sim::worker → Session → Experiment::advance → Dynamics::step → Weights
//!   → SamplingSchedule says "now" → OBSERVABLES → Sample → Batch → channel → ui → History
//!   → View → Picture::content → Plot → ui::plot → pixels
//! ```
//!
//! Nothing flows back but commands. Without a window, [`export`] takes the place of the channel.
//!
//! ```text
//! History → analysis::plan → RecordedState → Analyst::examine (its own thread) → Insight → History → Panel
//! ```
//!
//! # Invariants
//!
//! - Arrows point up the table only: `model`, `sim` ← `scene` ← `labs` ← `recipe` ← `sweep`,
//!   `export`, `archive` ← `figure` ← `ui` ← `cli`.
//! - What the window shows is what a figure shows: both are given the same layers, and differ in how
//!   finely curves are told.
//! - The same recipe gives the same samples, bit for bit, however the work is cut into slices and on
//!   however many threads:
//!   data, sampling and Brownian seeds have disjoint streams of one named generator
//!   ([`model::random`]), and every instruction set that fuses multiply-adds rounds alike
//!   ([`model::kernels`]): AVX2, AVX-512, NEON; not an x86 processor from before 2013, and not a browser.
//!   Gradient flow needs eigenvectors: it repeats its bits on one machine, its tolerance on others.
//!   With `arithmetic = "plain"` every run repeats them everywhere, gradient flow included
//!   ([`model::arithmetic`]).
//! - All runs share the clock: k steps of γ are flow time t = kγ for every rule.
//! - The integrals are sums over every step, sampled or not (gradient flow's ∫L is exact; where SGD does not
//!   compute L at a step, an estimate without bias takes its place, and its standard error is recorded).
//!   Extremes between samples are kept.
//! - Diverging and converging are results, not errors. A diverged run stops; the others go on.
//! - The UI computes no observable; the simulation never waits for the UI.

pub mod archive;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod crash;
pub mod export;
pub mod figure;
pub mod files;
pub mod format;
pub mod interrupt;
pub mod knobs;
pub mod labs;
pub mod model;
pub mod optim;
pub mod palette;
pub mod recipe;
pub mod scene;
pub mod sim;
pub mod statistics;
pub mod sweep;
pub mod tours;
pub mod typeset;
#[cfg(feature = "gui")]
pub mod ui;
#[cfg(all(feature = "gui", target_arch = "wasm32"))]
pub mod web;
pub mod wire;
