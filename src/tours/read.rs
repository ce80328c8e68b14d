//! From the text of a tour to its steps, everything in it checked.

use super::{Directive, Listed, Step, Target, Tour, TourError, Wait, shipped};
use crate::format::excerpt;
use crate::knobs::{Knobs, nearest};
use crate::labs::{Lab, TourText};
use crate::recipe::preset;
use crate::recipe::question::{OPTIONS, Question};
use crate::scene::Panel;

/// Every directive, for who has mistyped one.
const DIRECTIVES: &[&str] = &[
    "title",
    "about",
    "step",
    "say",
    "load",
    "set",
    "show",
    "enlarge",
    "overview",
    "highlight",
    "play",
    "pause",
    "reset",
    "converge",
    "wait",
    "ask",
    "reveal",
    "then",
];

/// A directive with what follows it, indented lines included.
struct Line {
    /// From 1.
    number: usize,
    directive: String,
    rest: String,
}

/// What has been read so far.
struct Reader {
    tour: Tour,
    /// The lab and the settings of the preset that was loaded last.
    loaded: Option<(&'static dyn Lab, Knobs)>,
    /// The answers of the question that is open.
    asked: Option<usize>,
    /// Whether it was put in the step that is being read.
    asked_here: bool,
}

impl Tour {
    /// Reads a tour; `file` is what errors call it.
    pub fn read(file: &str, text: &str) -> Result<Self, TourError> {
        let mut reader = Reader {
            tour: Self {
                title: String::new(),
                about: String::new(),
                steps: Vec::new(),
                then: None,
            },
            loaded: None,
            asked: None,
            asked_here: false,
        };
        let at = |line: usize| {
            move |reason: String| TourError::Line {
                file: file.to_owned(),
                line,
                reason,
            }
        };
        for line in lines(text).map_err(|number| at(number)(CONTINUES_NOTHING.to_owned()))? {
            reader.take(&line).map_err(at(line.number))?;
            if line.directive == "then" {
                follow(file, &line.rest).map_err(at(line.number))?;
            }
        }
        let mut tour = reader.tour;
        if tour.steps.is_empty() {
            let file = file.to_owned();
            return Err(TourError::Empty { file });
        }
        if tour.title.is_empty() {
            tour.title = file.to_owned();
        }
        Ok(tour)
    }
}

const CONTINUES_NOTHING: &str =
    "an indented line continues the one before, but there is none: begin it at the margin";

/// The directives of a text; the number of a line that continues none.
fn lines(text: &str) -> Result<Vec<Line>, usize> {
    let mut lines: Vec<Line> = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let words = text.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        if text.starts_with([' ', '\t']) {
            let line = lines.last_mut().ok_or(at + 1)?;
            line.rest = format!("{} {words}", line.rest);
            continue;
        }
        let (directive, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        lines.push(Line {
            number: at + 1,
            directive: directive.to_owned(),
            rest: rest.trim().to_owned(),
        });
    }
    Ok(lines)
}

/// What a list says of a tour, its steps unread.
pub(super) fn listed(text: &TourText) -> Listed {
    let mut listed = Listed {
        id: text.id,
        ..Listed::default()
    };
    for line in lines(text.text).unwrap_or_default() {
        match line.directive.as_str() {
            "title" => listed.title = line.rest,
            "about" => listed.about = line.rest,
            _ => break,
        }
    }
    listed
}

/// Whether the tours that follow each other from here come to an end.
fn follow(file: &str, first: &str) -> Result<(), String> {
    let mut passed = vec![file];
    let mut next = shipped().find(|text| text.id == first);
    while let Some(text) = next {
        if passed.contains(&text.id) {
            return Err(format!(
                "the tours go round in a circle: {} leads back to `{}`",
                passed.join(" → "),
                text.id
            ));
        }
        passed.push(text.id);
        let then = text
            .text
            .lines()
            .find_map(|line| line.strip_prefix("then "));
        next = then.and_then(|then| shipped().find(|text| text.id == then.trim()));
    }
    Ok(())
}

impl Reader {
    fn take(&mut self, line: &Line) -> Result<(), String> {
        let rest = line.rest.as_str();
        match line.directive.as_str() {
            "title" | "about" => return self.head(&line.directive, rest),
            "step" => {
                self.tour.steps.push(Step {
                    heading: text(rest, "a heading")?,
                    directives: Vec::new(),
                });
                self.asked_here = false;
                return Ok(());
            }
            "then" => {
                let known = shipped().find(|text| text.id == rest);
                let known =
                    known.ok_or_else(|| unknown("tour", rest, shipped().map(|text| text.id)))?;
                self.tour.then = Some(known.id);
                return Ok(());
            }
            _ => {}
        }
        let directive = self.directive(&line.directive, rest)?;
        let step = self.tour.steps.last_mut();
        let step = step.ok_or("it belongs to a step: begin with a line `step HEADING`")?;
        step.directives.push(directive);
        Ok(())
    }

    fn head(&mut self, directive: &str, rest: &str) -> Result<(), String> {
        if !self.tour.steps.is_empty() {
            return Err(format!("`{directive}` stands before the first step"));
        }
        let text = text(rest, "a text")?;
        if directive == "title" {
            self.tour.title = text;
        } else {
            self.tour.about = text;
        }
        Ok(())
    }

    fn directive(&mut self, directive: &str, rest: &str) -> Result<Directive, String> {
        let alone = |done: Directive| {
            if rest.is_empty() {
                Ok(done)
            } else {
                let rest = excerpt(rest);
                Err(format!("`{directive}` takes nothing, not `{rest}`"))
            }
        };
        if self.asked_here && matches!(directive, "play" | "converge") {
            return Err(format!(
                "`{directive}` would give the answer before anybody has one: put it into the next step"
            ));
        }
        match directive {
            "say" => Ok(Directive::Say(text(rest, "a text")?)),
            "load" => self.load(rest),
            "set" => self.set(rest),
            "show" => Ok(Directive::Show(self.picture(rest)?)),
            "enlarge" => Ok(Directive::Enlarge(self.picture(rest)?)),
            "overview" => alone(Directive::Overview),
            "highlight" => Ok(Directive::Highlight(self.target(rest)?)),
            "play" => alone(Directive::Play),
            "pause" => alone(Directive::Pause),
            "reset" => alone(Directive::Reset),
            "converge" => alone(Directive::Converge),
            "wait" => Ok(Directive::Wait(self.wait(rest)?)),
            "ask" => self.ask(rest),
            "reveal" => self.reveal(rest),
            _ => Err(unknown("directive", directive, DIRECTIVES.iter().copied())),
        }
    }

    fn load(&mut self, name: &str) -> Result<Directive, String> {
        let preset = preset(name).map_err(|error| error.to_string())?;
        // Another preset takes an open question with it.
        self.asked = None;
        self.asked_here = false;
        let recipe = preset.recipe();
        self.loaded = Some((recipe.lab, recipe.knobs));
        Ok(Directive::Load(preset))
    }

    fn set(&mut self, rest: &str) -> Result<Directive, String> {
        let (_, knobs) = self.loaded.as_mut().ok_or(LOAD_FIRST)?;
        let (key, value) = rest
            .split_once(char::is_whitespace)
            .ok_or("`set` takes a setting and its value")?;
        knobs
            .set_text(key, value.trim())
            .map_err(|error| error.to_string())?;
        let value = knobs.get(key).clone();
        Ok(Directive::Set(self.control(key)?, value))
    }

    fn ask(&mut self, rest: &str) -> Result<Directive, String> {
        let question = Question::read(rest);
        if question.options.is_empty() {
            return Err(format!(
                "`ask` takes a question and {} to {} answers, each after a `|`",
                OPTIONS.start(),
                OPTIONS.end()
            ));
        }
        self.asked = Some(question.options.len());
        self.asked_here = true;
        Ok(Directive::Ask(question))
    }

    fn reveal(&mut self, rest: &str) -> Result<Directive, String> {
        let answers = self.asked.take();
        let answers = answers.ok_or("there is nothing to reveal: `ask` comes before it")?;
        self.asked_here = false;
        if rest.is_empty() {
            return Ok(Directive::Reveal(None));
        }
        let answer: Option<usize> = rest.parse().ok();
        let answer = answer.filter(|answer| (1..=answers).contains(answer));
        let answer = answer.ok_or_else(|| {
            format!("`reveal` takes the answer that came true, from 1 to {answers}, or nothing")
        })?;
        Ok(Directive::Reveal(Some(answer - 1)))
    }

    fn wait(&self, rest: &str) -> Result<Wait, String> {
        let what = rest.strip_prefix("for ").map(str::trim);
        let what = what.ok_or("say what for: `wait for end`, `step N`, `play`, or a setting")?;
        if let Some(step) = what.strip_prefix("step ") {
            let step = step.trim().parse();
            return step
                .map(Wait::Step)
                .map_err(|_no_number| "`wait for step` takes a whole number".to_owned());
        }
        match what {
            "end" => Ok(Wait::End),
            "play" => Ok(Wait::Play),
            key => Ok(Wait::Change(self.control(key)?)),
        }
    }

    fn target(&self, name: &str) -> Result<Target, String> {
        if let Some(key) = name.strip_prefix("setting ") {
            return Ok(Target::Control(self.control(key.trim())?));
        }
        if let Some(name) = name.strip_prefix("picture ") {
            return Ok(Target::Picture(self.picture(name.trim())?));
        }
        match (self.picture(name), self.control(name)) {
            (Ok(_), Ok(_)) => Err(format!(
                "`{name}` is a picture and a setting: write `picture {name}` or `setting {name}`"
            )),
            (Ok(picture), Err(_)) => Ok(Target::Picture(picture)),
            (Err(_), Ok(control)) => Ok(Target::Control(control)),
            (Err(reason), Err(_)) => Err(reason),
        }
    }

    fn picture(&self, name: &str) -> Result<&'static str, String> {
        let (lab, _) = self.loaded.as_ref().ok_or(LOAD_FIRST)?;
        let panels = || lab.cells().iter().copied().flatten();
        let known = panels().find(|panel: &&Panel| panel.id == name);
        let known =
            known.ok_or_else(|| unknown("picture", name, panels().map(|panel| panel.id)))?;
        Ok(known.id)
    }

    fn control(&self, key: &str) -> Result<&'static str, String> {
        let (lab, _) = self.loaded.as_ref().ok_or(LOAD_FIRST)?;
        let known = lab.knobs().iter().find(|knob| knob.key == key);
        let keys = lab.knobs().iter().map(|knob| knob.key);
        Ok(known.ok_or_else(|| unknown("setting", key, keys))?.key)
    }
}

const LOAD_FIRST: &str = "no preset is loaded yet: `load PRESET` comes before it";

fn text(rest: &str, what: &str) -> Result<String, String> {
    if rest.is_empty() {
        return Err(format!("{what} is missing behind it"));
    }
    Ok(rest.to_owned())
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    // A name is shown as far as it can be a name.
    let name: String = name.chars().take(40).collect();
    let name = excerpt(&name);
    let near = nearest(&name, known).map(|near| format!("; did you mean `{near}`?"));
    format!("there is no {what} `{name}`{}", near.unwrap_or_default())
}
