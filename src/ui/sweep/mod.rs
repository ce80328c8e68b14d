//! The second view: a sweep that paints while it runs.
//!
//! It has a recipe of its own, changed in the same control panel, so that the live run stays as it is;
//! cells arrive from a job in the background, and when some have come the pictures are made anew, in the background as
//! well ([`maker`](crate::sweep::maker)). Everything here that tells of them tells of those that are shown.

mod drawn;
mod form;
mod view;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Button, ComboBox, Context, ProgressBar, RichText, Ui};
use indicatif::HumanDuration;

use super::{controls, theme};
use crate::crash;
use crate::figure::Figure;
use crate::format::count;
use crate::labs::{LABS, ReadySweep};
use crate::recipe::Recipe;
use crate::sweep::Sweep;
use crate::sweep::job::Event;
use crate::sweep::pace::{Estimate, Pace};
use crate::sweep::run::CellResult;
use crate::sweep::summary::Results;
use crate::sweep::table::{self, TableError};
use crate::ui::engines::{Job, threads};
use drawn::{Drawn, waking};
use form::Form;
use view::{SweepData, View};
use web_time::Instant;

/// How soon it is seen that nobody makes the pictures any more.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the user asks for here.
pub(super) enum Request {
    /// Open a recipe in the live lab.
    Open(Box<Recipe>),
    /// Save the pictures or the table.
    Save,
    /// A sweep has started: the live run should pause.
    Started,
}

/// See the module.
pub(super) struct Sweeps {
    title: String,
    about: &'static str,
    base: Recipe,
    drafts: controls::Drafts,
    form: Form,
    planned: Planned,
    shown: Option<Shown>,
    job: Option<Job>,
    /// The estimate of a sweep that starts only when the user agrees, since it takes so long.
    unconfirmed: Option<Estimate>,
    problem: Option<String>,
    view: View,
}

/// What the form describes. Reading it takes too long for every frame.
struct Planned {
    form: Form,
    base: Recipe,
    sweep: Result<Arc<Sweep>, String>,
}

impl Planned {
    fn new(form: &Form, base: &Recipe) -> Self {
        Self {
            sweep: form.sweep(base).map(Arc::new),
            form: form.clone(),
            base: base.clone(),
        }
    }
}

/// The sweep on the screen.
struct Shown {
    title: String,
    sweep: Arc<Sweep>,
    results: Results,
    pace: Pace,
    /// How long it has been running.
    running: Duration,
    since: Instant,
    drawn: Drawn,
}

impl Shown {
    fn missing(&self) -> Vec<u64> {
        let all = 0..self.sweep.cells();
        self.sweep
            .order(all.filter(|cell| !self.results.holds(*cell)))
    }

    fn is_whole(&self) -> bool {
        self.results.len() as u64 == self.sweep.cells()
    }
}

impl Sweeps {
    /// With the first of the ready sweeps.
    pub(super) fn new() -> Self {
        let ready = &LABS[0].sweeps()[0];
        let base = base_of(ready);
        let form = Form::new(&ready.plan, &base.knobs);
        Self {
            title: ready.title.to_owned(),
            about: ready.about,
            planned: Planned::new(&form, &base),
            form,
            base,
            drafts: controls::Drafts::new(),
            shown: None,
            job: None,
            unconfirmed: None,
            problem: None,
            view: View::default(),
        }
    }

    /// Whether a sweep is running.
    pub(super) fn is_running(&self) -> bool {
        self.job.is_some()
    }

    /// Finished cells and all of them, of the sweep on the screen.
    pub(super) fn progress(&self) -> Option<[u64; 2]> {
        let shown = self.shown.as_ref()?;
        Some([shown.results.len() as u64, shown.sweep.cells()])
    }

    /// Takes in what has come from the background. Also called while the window is hidden.
    pub(super) fn receive(&mut self) {
        self.receive_cells();
        self.receive_pictures();
    }

    fn receive_cells(&mut self) {
        let (Some(job), Some(shown)) = (&mut self.job, &mut self.shown) else {
            return;
        };
        let mut has_ended = false;
        while let Some(event) = job.try_recv() {
            match event {
                Event::Finished(cell) => {
                    shown.pace.add(shown.sweep.place(cell.cell), cell.elapsed);
                    let cell: Arc<CellResult> = Arc::from(cell);
                    shown.results.insert(cell.clone());
                    shown.drawn.waiting.push(cell);
                }
                Event::Asks(estimate) => {
                    self.unconfirmed = Some(estimate);
                    has_ended = true;
                }
                Event::Ended(ended) => {
                    self.problem = ended.err().map(|error| error.to_string());
                    has_ended = true;
                }
            }
        }
        if has_ended {
            shown.running += shown.since.elapsed();
            self.job = None;
        }
    }

    fn receive_pictures(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        match shown.drawn.take() {
            Ok(Some(mut made)) => {
                if let Some(pictures) = made.pictures.take() {
                    self.view.take(&shown.sweep, pictures, made);
                }
            }
            Ok(None) => {}
            Err(reason) => self.note_no_pictures(&reason),
        }
    }

    fn note_no_pictures(&mut self, reason: &str) {
        let report = crash::words();
        self.problem = Some(format!(
            "the pictures could not be made: {reason}{report}. Space tries again; the table has every \
             finished cell (S saves it)"
        ));
    }

    /// Has pictures made of what there are none of yet.
    fn order_pictures(&mut self, ctx: &Context) {
        let Some(shown) = &mut self.shown else { return };
        let (choice, drawn) = (self.view.choice(), &mut shown.drawn);
        if drawn.is_busy() {
            // A thread that ends before its time wakes nobody.
            ctx.request_repaint_after(LOOK_AGAIN);
            return;
        }
        if drawn.is_settled(choice) {
            return;
        }
        // Somebody waits for what they have chosen, and for the end.
        let may_rest = self.job.is_some() && choice == drawn.ordered;
        let rest = drawn.rest();
        if may_rest && !rest.is_zero() {
            ctx.request_repaint_after(rest);
            return;
        }
        if let Err(reason) = drawn.order(ctx, &shown.sweep, choice) {
            self.note_no_pictures(&reason);
        }
    }

    /// The status line, and whether it is a warning.
    pub(super) fn status(&self) -> (String, bool) {
        if let Some(problem) = &self.problem {
            return (problem.clone(), true);
        }
        let Some(shown) = &self.shown else {
            return ("Ready: Space starts the sweep".to_owned(), false);
        };
        let [done, all] = [shown.results.len() as u64, shown.sweep.cells()].map(count);
        let line = if self.is_running() {
            let left = shown.pace.left(threads());
            let left = left.map_or_else(String::new, |left| {
                format!(", about {} left", HumanDuration(left))
            });
            format!("{done} of {all} cells{left}")
        } else if shown.is_whole() {
            let seconds = shown.running.as_secs_f64();
            // That of fewer cells would be taken for the whole.
            let tally = if shown.drawn.is_settled(self.view.choice()) {
                self.view.tally()
            } else {
                "The last pictures are being made …".to_owned()
            };
            format!("{all} cells in {seconds:.1} s. {tally}")
        } else if !self.shows_what_is_planned() {
            format!("Stopped at {done} of {all} cells; Space starts the sweep above instead")
        } else if self.unconfirmed.is_some() {
            "Not started: it takes long, so it has to be confirmed".to_owned()
        } else {
            format!("Stopped at {done} of {all} cells: what is finished is kept, and Space goes on")
        };
        (line, false)
    }

    /// Starts the sweep that the form describes, goes on with the one on the screen, or stops it.
    pub(super) fn toggle(&mut self, ctx: &Context) -> Option<Request> {
        if self.is_running() {
            self.stop();
            return None;
        }
        self.plan();
        match self.planned.sweep.clone() {
            Ok(sweep) => {
                if !self.shows_what_is_planned() {
                    self.show_empty(sweep);
                }
                self.go_on(ctx, false)
            }
            Err(reason) => {
                self.problem = Some(reason);
                None
            }
        }
    }

    /// Stops at once; cells that have arrived are kept.
    fn stop(&mut self) {
        self.receive();
        if let (Some(_), Some(shown)) = (self.job.take(), &mut self.shown) {
            shown.running += shown.since.elapsed();
        }
    }

    /// Whether the sweep on the screen is still the one that the form describes.
    fn shows_what_is_planned(&self) -> bool {
        let planned = self.planned.sweep.as_ref().ok();
        let shown = self.shown.as_ref().map(|shown| &shown.sweep);
        planned.is_some() && planned == shown
    }

    /// Reads the form if it has changed; a problem was the old one's.
    fn plan(&mut self) {
        if self.planned.form != self.form || self.planned.base != self.base {
            self.planned = Planned::new(&self.form, &self.base);
            self.problem = None;
        }
    }

    /// Puts an empty sweep on the screen.
    fn show_empty(&mut self, sweep: Arc<Sweep>) {
        let cells: Vec<u64> = (0..sweep.cells()).collect();
        self.view.forget();
        self.shown = Some(Shown {
            title: self.title.clone(),
            results: Results::new(&sweep),
            pace: Pace::new(&sweep, &cells),
            drawn: Drawn::new(&sweep),
            sweep,
            running: Duration::ZERO,
            since: Instant::now(),
        });
    }

    /// Runs the cells that are missing.
    fn go_on(&mut self, ctx: &Context, confirmed: bool) -> Option<Request> {
        self.problem = None;
        self.unconfirmed = None;
        let shown = self.shown.as_mut()?;
        shown.drawn.begin_again(&shown.results);
        let missing = shown.missing();
        if missing.is_empty() {
            return None;
        }
        shown.pace = Pace::new(&shown.sweep, &missing);
        shown.since = Instant::now();
        match Job::start(shown.sweep.clone(), missing, confirmed, waking(ctx)) {
            Ok(job) => {
                self.job = Some(job);
                Some(Request::Started)
            }
            Err(error) => {
                self.problem = Some(format!("the sweep could not start: {error}"));
                None
            }
        }
    }

    /// The view is about to be shown over this live recipe: one of another lab brings that lab's ready sweeps.
    pub(super) fn enter(&mut self, live: &Recipe) {
        if live.lab.id() == self.base.lab.id() || self.is_running() {
            return;
        }
        match live.lab.sweeps().first() {
            Some(ready) => self.take(ready),
            None => self.take_live(live),
        }
    }

    /// Varies the recipe of the live run.
    fn take_live(&mut self, live: &Recipe) {
        if live.lab.id() != self.base.lab.id() {
            self.form = Form::empty();
        }
        self.base = live.clone();
        self.title.clone_from(&live.title);
        self.about = "";
        self.drafts.clear();
    }

    fn take(&mut self, ready: &'static ReadySweep) {
        self.base = base_of(ready);
        self.title = ready.title.to_owned();
        self.about = ready.about;
        self.form = Form::new(&ready.plan, &self.base.knobs);
        self.problem = None;
        self.drafts.clear();
    }

    /// The first line: which sweep, start and stop, how far it is.
    pub(super) fn transport_ui(&mut self, ui: &mut Ui, live: &Recipe) -> Option<Request> {
        self.list_ui(ui, live);
        ui.separator();
        let mut request = self.start_ui(ui);
        if let Some([done, all]) = self.progress() {
            let part = done as f32 / all.max(1) as f32;
            let bar = ProgressBar::new(part).desired_width(140.0);
            ui.add(bar.text(format!("{} / {}", count(done), count(all))));
        }
        let is_there = self
            .shown
            .as_ref()
            .is_some_and(|shown| !shown.results.is_empty());
        let save = ui.add_enabled(is_there, Button::new("Save …"));
        if save
            .on_hover_text("Pictures, or the table with a row per run (S)")
            .clicked()
        {
            request = Some(Request::Save);
        }
        request
    }

    /// The list of sweeps.
    fn list_ui(&mut self, ui: &mut Ui, live: &Recipe) {
        let title = RichText::new(&self.title).font(theme::bold(15.0));
        let combo = ComboBox::from_id_salt("sweeps")
            .width(ui.max_rect().width().min(330.0))
            .height(640.0)
            .truncate();
        let combo = combo.selected_text(title).show_ui(ui, |ui| {
            for ready in live.lab.sweeps() {
                let label = ui.selectable_label(self.title == ready.title, ready.title);
                if label.on_hover_text(ready.about).clicked() {
                    self.take(ready);
                }
            }
            let label = ui.selectable_label(false, format!("With the live recipe: {}", live.title));
            let hint = "Varies the recipe of the live view, over the settings chosen below";
            if label.on_hover_text(hint).clicked() {
                self.take_live(live);
            }
        });
        controls::name(&combo.response, "Sweep");
        combo.response.on_hover_text(self.about);
    }

    /// The button that starts, stops and confirms.
    fn start_ui(&mut self, ui: &mut Ui) -> Option<Request> {
        let mut request = None;
        self.plan();
        let same = self.shows_what_is_planned();
        let shown = self.shown.as_ref().filter(|_| same);
        let is_whole = shown.is_some_and(Shown::is_whole);
        let words = match shown {
            _ if self.is_running() => "⏹ Stop",
            Some(shown) if !is_whole && !shown.results.is_empty() => "▶ Go on",
            _ => "▶ Start",
        };
        let toggle = ui.add_enabled(!is_whole || self.is_running(), Button::new(words));
        let toggle = toggle
            .on_hover_text("Start, stop, or go on with what is missing (Space)")
            .on_disabled_hover_text("Every cell is finished: change the sweep to start another");
        if toggle.clicked() {
            request = self.toggle(ui.ctx());
        }
        if let Some(estimate) = self.unconfirmed.filter(|_| same) {
            let words = format!("This takes {}.", estimate.in_words(threads()));
            let warning = theme::warning(ui.visuals().dark_mode);
            ui.label(RichText::new(words).color(warning));
            if ui.button("Start anyway").clicked() {
                request = self.go_on(ui.ctx(), true);
            }
        }
        request
    }

    /// The second line: what is swept.
    pub(super) fn form_ui(&mut self, ui: &mut Ui) {
        self.plan();
        let planned = self.planned.sweep.as_deref().map_err(String::as_str);
        self.form.show(ui, &self.base, planned);
    }

    /// What has come out so far, in words.
    pub(super) fn caption(&self) -> &str {
        let caption = self.shown.as_ref().map_or("", |shown| &shown.drawn.caption);
        if caption.is_empty() {
            self.about
        } else {
            caption
        }
    }

    /// The settings of the recipe that is varied.
    pub(super) fn controls_ui(&mut self, ui: &mut Ui) -> controls::Entered {
        controls::controls_ui(ui, &mut self.base.knobs, None, &mut self.drafts, None)
    }

    /// The pictures.
    pub(super) fn pictures_ui(&mut self, ui: &mut Ui, scale: f32) -> Option<Request> {
        let is_running = self.is_running();
        let nothing_ui = |ui: &mut Ui| {
            let words = if is_running {
                "The first cells are running …"
            } else {
                "Nothing swept yet: press Space"
            };
            ui.centered_and_justified(|ui| ui.label(words));
        };
        self.order_pictures(ui.ctx());
        let Some(shown) = self.shown.as_ref().filter(|_| !self.view.is_empty()) else {
            nothing_ui(ui);
            return None;
        };
        let results = &shown.drawn.results;
        let data = SweepData {
            sweep: &shown.sweep,
            results,
            scale,
        };
        let cell = self.view.show(ui, data)?;
        let result = results.get(cell)?;
        let mut recipe = shown.sweep.recipe_of(result);
        recipe.title = shown.sweep.name_of(&shown.title, cell);
        Some(Request::Open(Box::new(recipe)))
    }

    /// The pictures as a figure, if there are any.
    pub(super) fn figure(&self) -> Option<Figure> {
        let shown = self.shown.as_ref()?;
        let mut figure = self.view.figure()?;
        figure.title.clone_from(&shown.title);
        figure.footer = self.footer();
        Some(figure)
    }

    /// How the sweep on the screen is made, in one line.
    pub(super) fn footer(&self) -> String {
        let Some(shown) = &self.shown else {
            return String::new();
        };
        let [done, all] = [shown.drawn.results.len() as u64, shown.sweep.cells()].map(count);
        let line = format!("{}; {done} of {all} cells", shown.sweep.in_words());
        crate::figure::catalogue::footer(&line, &shown.title)
    }

    /// Writes the table of what is finished, on another thread.
    pub(super) fn table(&self) -> Option<impl FnOnce(&Path) -> Result<(), TableError> + use<>> {
        let shown = self.shown.as_ref()?;
        let (sweep, results) = (shown.sweep.clone(), shown.results.clone());
        Some(move |out: &Path| table::save(&sweep, &results, out))
    }

    /// The title and the recipe of the sweep on the screen.
    pub(super) fn subject(&self) -> (&str, &Recipe) {
        match &self.shown {
            Some(shown) => (&shown.title, shown.sweep.base()),
            None => (&self.title, &self.base),
        }
    }
}

/// The recipe of a ready sweep, which a test has made.
fn base_of(ready: &ReadySweep) -> Recipe {
    let base = ready.plan.base();
    base.unwrap_or_else(|error| panic!("{}: {error}", ready.title))
}
