//! Live and planned changes of settings.

use super::{Reader, batch, lab, lab_experiment, lab_knobs, settings, straight, toy, two_runs};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::history::{History, Mark};
use implicit_bias_lab::sim::message::{Change, Command, Load, Pause};

#[test]
fn a_retune_takes_effect_at_once_and_leaves_a_mark() {
    let mut reader = Reader::start(Load {
        play: false,
        ..toy(1, two_runs())
    });
    reader.wait_for(Pause::Requested);
    reader.send(Command::Step(1_000));
    reader.wait_for(Pause::Requested);
    reader.send(Command::Retune {
        settings: settings(&[("step_size", "0.125")]),
    });
    // It is told while the clock stands, too.
    reader.wait_for(Pause::Requested);
    let mark = Mark {
        step: 1_000,
        time: 1_000.0,
        shared: vec![3.625],
        settings: settings(&[("step_size", "0.125")]),
        text: "γ = 0.125".to_owned(),
        planned: false,
    };
    assert_eq!(reader.marks, [mark]);
    let before = reader.latest.take().unwrap();
    assert_eq!(before.shared, [3.625]);
    reader.send(Command::Step(1));
    reader.wait_for(Pause::Requested);
    let x = before.runs[0].as_ref().unwrap().values[0];
    let after = reader.latest.unwrap();
    assert_eq!(
        after.runs[0].as_ref().unwrap().values[0],
        3.625 * x * (1.0 - x)
    );
}

/// Step 100 is a scheduled sample (every step below 300 is), step 1100 is not: a change is to leave
/// no trace of what was sampled before it came.
#[test]
fn planned_changes_replay_live_ones_bit_for_bit() {
    let start = lab_knobs(&[]);
    let noisy = settings(&[("step_size", "0.01"), ("label_noise", "constant")]);
    let finer = settings(&[("step_size", "0.03"), ("sgf_substeps", "7")]);
    let mut reader = Reader::start(Load {
        play: false,
        ..lab(1, &start, 3_000)
    });
    reader.wait_for(Pause::Requested);
    for (steps, settings) in [(100, &noisy), (1_000, &finer)] {
        reader.send(Command::Step(steps));
        reader.wait_for(Pause::Requested);
        reader.send(Command::Retune {
            settings: settings.clone(),
        });
    }
    reader.send(Command::Play);
    reader.wait_for(Pause::ReachedEnd);
    assert_eq!(
        reader
            .marks
            .iter()
            .map(|mark| mark.step)
            .collect::<Vec<_>>(),
        [100, 1_100]
    );
    let mut live = History::new(lab_experiment(&start).unwrap().setup().clone());
    for batch in reader.events.iter().filter_map(batch) {
        for sample in &batch.samples {
            live.push(sample);
        }
        for mark in &batch.marks {
            live.mark(mark.clone());
        }
        if let Some(latest) = &batch.latest {
            live.set_latest(latest);
        }
    }

    let changes = reader.marks.iter().map(|mark| Change {
        step: mark.step,
        settings: mark.settings.clone(),
    });
    let mut replay = straight(&start, changes.collect(), 3_000);
    for mark in &mut reader.marks {
        assert!(!std::mem::replace(&mut mark.planned, true));
    }
    assert_eq!(replay.take_marks(), reader.marks);
    let mut replayed = History::new(live.setup.clone());
    for sample in replay.take_samples() {
        replayed.push(&sample);
    }
    replayed.set_latest(&replay.experiment().sample());
    assert_eq!(live.step, replayed.step);
    assert_eq!(live.time, replayed.time);
    assert!(live.shared == replayed.shared);
    for (live, replayed) in live.runs.iter().zip(&replayed.runs) {
        assert!(live.values == replayed.values);
        assert!(live.low == replayed.low && live.high == replayed.high);
        assert!(live.states() == replayed.states());
    }
}

/// γ changes by hand before a planned change of the label noise: either keeps its own setting.
#[test]
fn a_planned_change_leaves_what_was_changed_by_hand() {
    let knobs = lab_knobs(&[]);
    let planned = Change {
        step: 500,
        settings: settings(&[("label_noise", "constant")]),
    };
    let mut reader = Reader::start(Load {
        play: false,
        changes: vec![planned.clone()],
        ..lab(1, &knobs, 1_000)
    });
    reader.wait_for(Pause::Requested);
    reader.send(Command::Step(123));
    reader.wait_for(Pause::Requested);
    let by_hand = settings(&[("step_size", "0.01")]);
    reader.send(Command::Retune {
        settings: by_hand.clone(),
    });
    reader.send(Command::Play);
    reader.wait_for(Pause::ReachedEnd);
    assert_eq!(reader.latest.as_ref().unwrap().shared, [0.01, 1.0, 0.0]);
    let planned_marks: Vec<_> = reader.marks.iter().map(|mark| mark.planned).collect();
    assert_eq!(planned_marks, [false, true]);
    let live = Change {
        step: 123,
        settings: by_hand,
    };
    let mut replay = straight(&knobs, vec![live, planned], 1_000);
    let replayed = replay.take_samples();
    // The sample of step 123 was sent before the change, which its mark carries.
    let differs = |(a, b): (&Sample, &Sample)| a.step != 123 && a != b;
    assert_eq!(reader.samples.len(), replayed.len());
    assert!(!reader.samples.iter().zip(&replayed).any(differs));
}
