//! What the page says to the simulation, and what it hears.

use super::{Wire, fields, variants};
use crate::knobs::{Knobs, Value};
use crate::labs;
use crate::model::watch::Watch;
use crate::palette::{Ink, Line, Look};
use crate::sim::experiment::{
    ClockWords, Column, Experiment, Facts, Family, Roles, RunInfo, RunSample, RunStatus, Sample,
    Setup, Success, Truth,
};
use crate::sim::history::Mark;
use crate::sim::message::{Batch, Change, Command, Event, Load, Pause, Phase, Speed, Status};

variants! {
    Value { 0 Switch(on), 1 Count(count), 2 Real(real), 3 Word(word), 4 Points(points), 5 Reals(reals) }
    Command {
        0 Load(load), 1 Unload, 2 Retune { settings }, 3 Play, 4 Pause, 5 Step(steps), 6 RunToConvergence,
        7 SetSpeed(speed),
    }
    Speed { 0 StepsPerSecond(rate), 1 Max }
    Event { 0 Loaded { epoch, setup }, 1 Rejected { epoch, reason }, 2 Batch(batch) }
    Phase { 0 Playing, 1 Paused(reason) }
    Pause { 0 Requested, 1 Converged, 2 ReachedEnd, 3 ReachedBound, 4 AllDiverged }
    RunStatus { 0 Running, 1 Waiting, 2 Converged, 3 Diverged { step }, 4 Collapsed }
    Ink { 0 Blue, 1 Vermillion, 2 Green, 3 Purple, 4 Text, 5 Weak, 6 Ground, 7 Reference }
    Line { 0 Solid, 1 Marked, 2 Dashed }
}

fields! {
    Change { step, settings }
    Batch { epoch, samples, latest, marks, status }
    Status { phase, step, steps_per_second, runs, bound }
    Sample { step, time, shared, runs }
    RunSample { values, low, high, state }
    Mark { step, time, shared, settings, text, planned }
    Setup { runs, columns, insights, vectors, shared, roles, clock, facts }
    RunInfo { name, label, family }
    Family { id, label, about, look }
    Look { ink, line, width }
    Column { id, label, about, tracked, counts, error }
    Roles {
        loss, merit, predictor, cost, listed, step_size, first_step_size, largest_step_size, truth, success,
    }
    Truth { vector, label, about }
    Success { column, below, word }
    ClockWords { step, time, steps_axis, time_axis, cost_axis, about }
    Facts { scalars, vectors, remarks, data_checksum }
}

/// The settings of a lab, by name.
pub(super) fn put_settings(lab: &'static str, knobs: &Knobs, bytes: &mut Vec<u8>) {
    lab.put(bytes);
    let settings = knobs.iter();
    let settings: Vec<_> = settings
        .map(|(knob, value)| (knob.key, value.clone()))
        .collect();
    settings.put(bytes);
}

/// The lab and its settings.
pub(super) fn take_settings(bytes: &mut &[u8]) -> Option<(&'static dyn labs::Lab, Knobs)> {
    let lab = labs::lab(<&str>::take(bytes)?)?;
    let mut knobs = Knobs::new(lab.knobs());
    for (key, value) in Vec::<(&str, Value)>::take(bytes)? {
        knobs.set(key, value).ok()?;
    }
    Some((lab, knobs))
}

/// Without the closure that makes the experiment: the other end has one that does the same.
impl Wire for Load {
    fn put(&self, bytes: &mut Vec<u8>) {
        let Self {
            epoch,
            lab,
            build: _,
            knobs,
            changes,
            end,
            catch_up,
            through,
            play,
            speed,
        } = self;
        put_settings(lab, knobs, bytes);
        epoch.put(bytes);
        changes.put(bytes);
        end.put(bytes);
        catch_up.put(bytes);
        through.put(bytes);
        play.put(bytes);
        speed.put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (lab, knobs) = take_settings(bytes)?;
        let its = knobs.clone();
        let build = move || -> Result<Box<dyn Experiment>, String> {
            match lab.experiment_watched(&its, false, &Watch::default()) {
                Ok(experiment) => Ok(experiment),
                Err(error) => Err(error.to_string()),
            }
        };
        Some(Self {
            epoch: Wire::take(bytes)?,
            lab: lab.id(),
            build: Box::new(build),
            knobs,
            changes: Wire::take(bytes)?,
            end: Wire::take(bytes)?,
            catch_up: Wire::take(bytes)?,
            through: Wire::take(bytes)?,
            play: Wire::take(bytes)?,
            speed: Wire::take(bytes)?,
        })
    }
}
