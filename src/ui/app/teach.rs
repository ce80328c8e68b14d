//! Tours, predictions, equations, annotations and the list of commands: what they ask for is done here.

use std::path::Path;

use eframe::egui::{Context, Key, Modifiers, Panel as EguiPanel, ScrollArea, Ui};

use super::App;
use crate::format::read_number;
use crate::labs::Shown;
use crate::recipe::question::Question;
use crate::scene::Panel;
use crate::sim::experiment::Facts;
use crate::tours::{self, Directive, Target, Tour, Wait};
use crate::ui::actions::Action;
use crate::ui::teach::commands::{Command, Commands};
use crate::ui::teach::equations::equations_ui;
use crate::ui::teach::prediction::Prediction;
use crate::ui::teach::tour::{Asked, Player, View};
use crate::ui::teach::welcome::{self, welcome_ui};
use crate::ui::teach::{Pointed, words_ui};
use crate::ui::theme;

/// How much of the width of the lecture layout a tour takes.
const BESIDE: f32 = 0.34;

impl App {
    /// Begins the tour of that name.
    pub(super) fn start_tour(&mut self, name: &str) {
        match tours::tour(name) {
            Ok(tour) => self.follow(tour),
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// Begins the tour in a file.
    pub(super) fn open_tour(&mut self, path: &Path) {
        match tours::open(path) {
            Ok(tour) => self.follow(tour),
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// Follows a tour from its beginning.
    pub fn follow(&mut self, tour: Tour) {
        // A tour after another still goes back to where the first one began.
        let view = match self.teaching.tour.take() {
            Some(player) => player.first_view(),
            None => self.view(true),
        };
        self.sweeping = false;
        self.close_welcome();
        self.teaching.prediction = None;
        self.teaching.tour = Some(Player::new(tour, view));
    }

    /// Whether a tour is followed.
    pub fn on_tour(&self) -> bool {
        self.teaching.tour.is_some()
    }

    /// How the window is; with the run itself, or only with what makes it again.
    fn view(&self, with_run: bool) -> View {
        let mut kept = self.live.keep(self.live.intent.recipe.clone());
        kept.run.take_if(|_| !with_run);
        let player = self.teaching.tour.as_ref();
        View {
            kept,
            meant: player.and_then(Player::meant).cloned(),
            choices: self.choices.clone(),
            enlarged: self.enlarged,
        }
    }

    /// Puts back what a tour has changed: not the colours and the projector, which are the viewer's own.
    fn restore(&mut self, view: View) {
        self.leave();
        let panels = view.choices.chosen(view.kept.recipe.lab);
        self.show_kept(view.kept, &panels);
        let dark = self.choices.dark;
        let projector = self.choices.projector;
        self.choices = view.choices;
        self.choices.dark = dark;
        self.choices.projector = projector;
        self.enlarged = view.enlarged;
    }

    /// Takes the keys that mean something else while a tour is followed or a question is open, and goes on in the
    /// tour.
    pub(super) fn teach(&mut self, ui: &Ui) {
        let ctx = ui.ctx();
        // Esc takes the keyboard from the list's field, and would then mean something else.
        if self.teaching.commands.is_some()
            && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
        {
            self.teaching.commands = None;
        }
        if let Some(prediction) = &mut self.teaching.prediction {
            prediction.take_keys(ctx);
        }
        if self.teaching.tour.is_some() {
            Prediction::swallow_keys(ctx);
        }
        let is_free = !ctx.text_edit_focused() && self.dialog.is_none() && !self.help;
        if is_free && self.teaching.commands.is_none() && !self.teaching.annotations.is_drawing() {
            if self.teaching.tour.is_some() {
                if let Some(asked) = Player::take_keys(ui) {
                    self.answer_tour(asked);
                }
            } else if self.teaching.hides_theory()
                && ctx.input(|input| input.key_pressed(Key::Enter))
            {
                self.reveal_and_run();
            }
        }
        self.go_on(ctx);
        self.pins.hidden = self.teaching.tour.is_some() || self.teaching.hides_theory();
    }

    /// Does what the step of the tour says, up to what it waits for.
    fn go_on(&mut self, ctx: &Context) {
        while let Some(player) = &self.teaching.tour {
            let Some(directive) = player.next().cloned() else {
                return;
            };
            if self.live.is_loading() && self.live.problem.is_none() {
                ctx.request_repaint();
                return;
            }
            if let Directive::Wait(wait) = directive
                && !self.has_come(wait)
            {
                return;
            }
            if let Some(player) = &mut self.teaching.tour {
                player.advance();
            }
            self.carry_out(directive);
        }
    }

    fn carry_out(&mut self, directive: Directive) {
        match directive {
            Directive::Highlight(Target::Picture(picture)) => self.show_in_lecture(picture, false),
            Directive::Say(_) | Directive::Highlight(_) | Directive::Wait(_) => {}
            Directive::Load(preset) => self.open(preset.recipe()),
            Directive::Set(key, value) => {
                if let Err(error) = self.live.intent.recipe.knobs.set(key, value) {
                    self.refused = Some(error.to_string());
                }
            }
            Directive::Show(picture) => {
                self.show_picture(picture);
                self.show_in_lecture(picture, false);
            }
            Directive::Enlarge(picture) => {
                self.show_picture(picture);
                self.enlarged = self.cell_of(picture).map(|cell| cell[0].id);
                self.show_in_lecture(picture, true);
            }
            Directive::Overview => {
                self.enlarged = None;
                self.lecture.single = false;
            }
            Directive::Play => self.live.play_when_loaded(),
            Directive::Pause => self.live.set_playing(false),
            Directive::Reset => self.live.reset(false),
            Directive::Converge => self.live.run_to_convergence(),
            Directive::Ask(question) => self.teaching.prediction = Some(Prediction::new(question)),
            Directive::Reveal(answer) => self.reveal(answer),
        }
    }

    fn cell_of(&self, picture: &str) -> Option<&'static [Panel]> {
        let mut cells = self.live.lab().cells().iter();
        let has = |cell: &&&[Panel]| cell.iter().any(|panel| panel.id == picture);
        cells.find(has).copied()
    }

    fn show_picture(&mut self, picture: &str) {
        if let Some(cell) = self.cell_of(picture) {
            self.choices.choose(self.live.lab(), cell, picture);
        }
    }

    /// Whether what a tour waits for has come.
    fn has_come(&mut self, wait: Wait) -> bool {
        let knobs = &self.live.intent.recipe.knobs;
        let Some(player) = &mut self.teaching.tour else {
            return true;
        };
        match wait {
            Wait::End => self.live.has_ended(),
            Wait::Step(step) => self.live.recorded_step() >= step || self.live.has_ended(),
            Wait::Play => self.live.playing(),
            Wait::Change(key) => {
                let now = knobs.get(key);
                player.unchanged.get_or_insert_with(|| now.clone()) != now
            }
        }
    }

    /// Does what the viewer asks of a tour.
    fn answer_tour(&mut self, asked: Asked) {
        match asked {
            Asked::Next => self.next_in_tour(),
            Asked::Back => {
                let view = self.teaching.tour.as_mut().and_then(Player::step_back);
                if let Some(view) = view {
                    self.teaching.prediction = None;
                    self.restore(view);
                }
            }
            Asked::Leave => {
                if let Some(player) = self.teaching.tour.take() {
                    self.teaching.prediction = None;
                    self.restore(player.first_view());
                }
            }
        }
    }

    /// On in the tour: a wait is cut short, first by getting there at full speed, then by going on without.
    fn next_in_tour(&mut self) {
        let Some(player) = &mut self.teaching.tour else {
            return;
        };
        match player.next() {
            Some(Directive::Wait(wait)) => {
                let wait = *wait;
                if std::mem::replace(&mut player.hurried, true) {
                    player.advance();
                    return;
                }
                match wait {
                    Wait::End => self.live.run_to_convergence(),
                    Wait::Step(step) => self.live.go_to(step),
                    Wait::Play => self.live.play_when_loaded(),
                    Wait::Change(_) => player.advance(),
                }
            }
            // Something is being loaded, and the rest of the step follows it.
            Some(_) => {}
            None if player.has_next_step() => {
                let view = self.view(false);
                // An open question may be answered in the next step.
                self.teaching
                    .prediction
                    .take_if(|question| !question.hides());
                if let Some(player) = &mut self.teaching.tour {
                    player.next_step(view);
                }
            }
            None => match player.then() {
                Some(then) => self.start_tour(then),
                None => self.answer_tour(Asked::Leave),
            },
        }
    }

    /// Puts the preset's question, from step 0 on.
    pub(super) fn ask_question(&mut self) {
        if self.teaching.prediction.take().is_some() {
            return;
        }
        let question = Question::read(&self.live.intent.recipe.question);
        if question.options.is_empty() {
            self.refused =
                Some("this preset asks no question that has answers to choose from".to_owned());
            return;
        }
        if self.live.step() > 0 {
            self.live.reset(false);
        }
        self.teaching.prediction = Some(Prediction::new(question));
    }

    /// Shows what a question has hidden. What was written down to come true is so of the run that it was written
    /// for.
    fn reveal(&mut self, answer: Option<usize>) {
        let meant = self.teaching.tour.as_ref().and_then(Player::meant);
        let is_meant = meant.is_some_and(|meant| !self.live.differs_from(meant));
        let answer = answer.filter(|_| is_meant);
        if let Some(prediction) = &mut self.teaching.prediction {
            prediction.reveal(answer);
        }
    }

    /// The same where no tour goes on: a run that has not begun begins, or nothing would be revealed.
    fn reveal_and_run(&mut self) {
        self.reveal(None);
        if self.live.step() == 0 && !self.live.playing() {
            self.live.play_when_loaded();
        }
    }

    /// Shows the lines of a first visit no more.
    pub(super) fn close_welcome(&mut self) {
        if std::mem::take(&mut self.teaching.welcome) {
            self.choices.welcomed = true;
        }
    }

    /// What helps to teach, under the plots; in the lecture layout a tour stands beside them, and leaves them their
    /// height.
    pub(super) fn teaching_ui(&mut self, ui: &mut Ui) {
        let teaching = &self.teaching;
        let is_card = teaching.tour.is_some() || teaching.prediction.is_some() || teaching.welcome;
        if self.choices.projector && teaching.tour.is_some() {
            EguiPanel::right("card beside")
                .resizable(false)
                .exact_size(BESIDE * ui.available_width())
                .show(ui, |ui| self.card_beside_ui(ui));
        } else if is_card {
            self.card_below_ui(ui);
        }
        if self.teaching.annotations.is_drawing() {
            EguiPanel::bottom("tools").show(ui, |ui| self.teaching.annotations.tools_ui(ui));
        }
        self.equations_ui(ui);
    }

    pub(super) fn card_below_ui(&mut self, ui: &mut Ui) {
        EguiPanel::bottom("card").show(ui, |ui| {
            ui.add_space(3.0);
            self.card_ui(ui);
            ui.add_space(3.0);
        });
    }

    /// The step of a tour as a column, with its buttons at the foot.
    fn card_beside_ui(&mut self, ui: &mut Ui) {
        let Some(player) = &self.teaching.tour else {
            return;
        };
        let buttons = EguiPanel::bottom("buttons of the tour").show(ui, |ui| player.buttons_ui(ui));
        ScrollArea::vertical().show(ui, |ui| {
            player.words_ui(ui, f32::INFINITY);
            ui.add_space(6.0);
            if let Some(prediction) = &mut self.teaching.prediction {
                prediction.ui(ui, true);
            }
        });
        if let Some(asked) = buttons.inner {
            self.answer_tour(asked);
        }
    }

    fn card_ui(&mut self, ui: &mut Ui) {
        let teaching = &mut self.teaching;
        if let Some(player) = &teaching.tour {
            player.words_ui(ui, 0.3 * ui.ctx().content_rect().height());
        }
        let on_tour = teaching.tour.is_some();
        let prediction = teaching.prediction.as_mut();
        if prediction.is_some_and(|prediction| prediction.ui(ui, on_tour)) {
            self.reveal_and_run();
        }
        // The lowest row: above it the card grows, and not under the hand.
        if let Some(player) = &self.teaching.tour
            && let Some(asked) = player.buttons_ui(ui)
        {
            self.answer_tour(asked);
        }
        if self.teaching.welcome {
            match welcome_ui(ui, self.live.lab()) {
                Some(welcome::Asked::Tour(name)) => self.start_tour(name),
                Some(welcome::Asked::Close) => self.close_welcome(),
                None => {}
            }
        }
    }

    /// The equations, unless they would give an answer away.
    fn equations_ui(&mut self, ui: &mut Ui) {
        self.teaching.pointed = Pointed::default();
        let Some(history) = &self.live.screen.history else {
            return;
        };
        // The lines of a first visit have the room for them.
        let wanted = if self.choices.projector {
            self.choices.lecture_equations
        } else {
            self.choices.equations
        };
        if !wanted || self.teaching.hides_theory() || self.teaching.welcome {
            return;
        }
        let equations = self.live.lab().equations(&Shown {
            knobs: &self.live.intent.recipe.knobs,
            history,
            row: self.time.leading_row(history).unwrap_or(0),
            hidden: &self.hidden,
        });
        let panel = EguiPanel::bottom("equations");
        if !equations.is_empty() {
            let shown = panel.show(ui, |ui| equations_ui(ui, &equations));
            self.teaching.pointed = shown.inner;
            self.teaching.equations_height = shown.response.rect.height();
        } else if history.step.is_empty() && self.teaching.equations_height > 0.0 {
            // Of a run whose first row is on its way nothing can be said yet. The plots keep their places under the
            // hand that has asked for it.
            let height = self.teaching.equations_height;
            panel.exact_size(height).show(ui, |_| ());
        }
    }

    /// Where the caption stands: the question as long as its answer is hidden.
    pub(super) fn question_ui(&self, ui: &mut Ui) -> bool {
        let Some(prediction) = &self.teaching.prediction else {
            return false;
        };
        if !prediction.hides() {
            return false;
        }
        words_ui(ui, prediction.question(), &theme::bold(17.0));
        true
    }

    /// Opens the list of commands with something typed already.
    fn open_commands(&mut self, typed: &str) {
        let history = self.live.screen.history.as_ref();
        let nothing = Facts::default();
        let facts = history.map_or(&nothing, |history| &history.setup.facts);
        let knobs = &self.live.intent.recipe.knobs;
        self.teaching.commands = Some(Commands::new(self.live.lab(), knobs, facts, typed));
    }

    /// The list of commands, while it is open.
    pub(super) fn commands_ui(&mut self, ctx: &Context) {
        let Some(mut commands) = self.teaching.commands.take() else {
            return;
        };
        match commands.ui(ctx, &self.live.intent.recipe.knobs) {
            None => self.teaching.commands = Some(commands),
            Some(None) => {}
            Some(Some(command)) => self.command(ctx, command),
        }
    }

    fn command(&mut self, ctx: &Context, command: Command) {
        self.refused = None;
        match command {
            Command::Act(action) => self.act(ctx, action),
            Command::Show(picture) => {
                self.show_picture(picture);
                self.show_in_lecture(picture, self.lecture.single);
                if self.enlarged.is_some() {
                    self.enlarged = self.cell_of(picture).map(|cell| cell[0].id);
                }
            }
            Command::Point(key) => {
                self.choices.controls = true;
                self.open_commands(&format!("{key} = "));
            }
            Command::Set(key, value) => {
                // As in the fields of the controls, a comma may be a decimal point.
                let value = read_number(&value).map_or(value, |number| number.to_string());
                if let Err(error) = self.live.intent.recipe.knobs.set_text(key, &value) {
                    self.refused = Some(error.to_string());
                }
            }
        }
    }

    /// Does what keys and buttons of teaching mean.
    pub(super) fn act_of_teaching(&mut self, action: Action) {
        match action {
            Action::ToggleEquations if self.choices.projector => {
                self.choices.lecture_equations = !self.choices.lecture_equations;
            }
            Action::ToggleEquations => self.choices.equations = !self.choices.equations,
            Action::AskQuestion => self.ask_question(),
            Action::Annotate => self.teaching.annotations.toggle(),
            Action::ClearAnnotations => self.teaching.annotations.clear(),
            Action::OpenCommands => self.open_commands(""),
            Action::StartTour(name) => self.start_tour(name),
            _ => {}
        }
    }
}
