//! Commands and events: nothing is lost, and the thread ends when it should.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{
    DEADLINE, Reader, Script, Toy, batch, lab, lab_knobs, settings, straight, toy, two_runs,
};
use implicit_bias_lab::sim::experiment::{Experiment as _, Sample};
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::message::{Command, Event, Load, Pause, Phase};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sim::worker::{Simulation, Unavailable};

#[test]
fn a_slow_reader_loses_no_sample() {
    let knobs = lab_knobs(&[]);
    let end = 20_000;
    let expected = straight(&knobs, Vec::new(), end).take_samples();
    let mut reader = Reader::start(lab(1, &knobs, end));
    reader.read_until(Duration::from_millis(16), |reader| {
        reader.phase() == Some(Phase::Paused(Pause::ReachedEnd))
    });
    assert!(reader.events.len() > 2, "the reader was not slow");
    assert!(reader.samples == expected);

    // Nor does one that comes only when everything is over.
    let (woken, wakes) = crossbeam_channel::bounded(1);
    let mut simulation = Simulation::spawn(move || woken.try_send(()).unwrap_or_default()).unwrap();
    simulation.send(Command::Load(lab(1, &knobs, end))).unwrap();
    wakes.recv_timeout(DEADLINE).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < expected.len() {
        if let Some(Event::Batch(batch)) = simulation.try_recv().unwrap() {
            samples.extend(batch.samples);
        }
        assert!(start.elapsed() < DEADLINE);
    }
    assert!(samples == expected);
}

#[test]
fn late_batches_name_their_epoch() {
    let mut reader = Reader::start(toy(1, two_runs()));
    reader.wait_for_step(1000);
    // The reader looks away, so batches of the first experiment are on their way when it ends.
    std::thread::sleep(Duration::from_millis(20));
    reader.send(Command::Load(toy(2, two_runs())));
    reader.read_until(Duration::from_millis(1), |reader| {
        reader
            .events
            .iter()
            .filter_map(batch)
            .any(|batch| batch.epoch == 2)
    });
    reader.wait_for_step(1000);
    let loaded = |event: &Event| matches!(event, Event::Loaded { epoch: 2, .. });
    let at = reader.events.iter().position(loaded).unwrap();
    let (old, new) = reader.events.split_at(at);
    assert!(old.iter().filter_map(batch).all(|batch| batch.epoch == 1));
    assert!(new.iter().filter_map(batch).all(|batch| batch.epoch == 2));
    let samples = new
        .iter()
        .filter_map(batch)
        .flat_map(|batch| &batch.samples);
    let steps: Vec<u64> = samples.map(|sample| sample.step).collect();
    assert_eq!(steps[..3], [0, 1, 2]);
    assert!(steps.is_sorted());
}

#[test]
fn of_many_loads_the_last_one_runs() {
    let mut reader = Reader::start(toy(1, two_runs()));
    for epoch in 2..40 {
        reader.send(Command::Load(toy(epoch, two_runs())));
    }
    reader.read_until(Duration::from_millis(1), |reader| {
        reader
            .events
            .iter()
            .filter_map(batch)
            .any(|batch| batch.epoch == 39)
    });
    let epochs = reader.events.iter().map(|event| match event {
        Event::Loaded { epoch, .. } | Event::Rejected { epoch, .. } => *epoch,
        Event::Batch(batch) => batch.epoch,
    });
    assert!(epochs.is_sorted());
}

#[test]
fn a_paused_simulation_sleeps() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let counter = wakes.clone();
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let mut simulation = Simulation::spawn(count).unwrap();
    let load = Load {
        play: false,
        ..toy(1, two_runs())
    };
    simulation.send(Command::Load(load)).unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(Event::Batch(batch)) = simulation.try_recv().unwrap() {
            break batch.status;
        }
        assert!(start.elapsed() < DEADLINE);
    };
    assert_eq!(status.phase, Phase::Paused(Pause::Requested));
    assert_eq!((status.step, status.steps_per_second), (0, 0.0));
    std::thread::sleep(Duration::from_millis(20));
    let before = wakes.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(150));
    assert!(simulation.try_recv().unwrap().is_none());
    assert_eq!(wakes.load(Ordering::Relaxed), before);
}

/// The panics below print their message; that is not a failure.
#[test]
fn the_message_of_a_panic_is_reported_and_kept() {
    let broken = Script {
        panic: Some(400),
        ..two_runs()
    };
    let in_build = Load {
        build: Box::new(|| panic!("the build broke at step 400")),
        ..toy(1, two_runs())
    };
    for load in [toy(1, broken), in_build] {
        let mut simulation = Simulation::spawn(|| {}).unwrap();
        simulation.send(Command::Load(load)).unwrap();
        let start = Instant::now();
        let dead = loop {
            match simulation.try_recv() {
                Ok(_) => assert!(start.elapsed() < DEADLINE),
                Err(dead) => break dead,
            }
        };
        assert!(dead.to_string().contains("broke at step 400"), "{dead}");
        assert!(matches!(dead, Unavailable::Stopped(_)));
        assert_eq!(simulation.try_recv().err(), Some(dead.clone()));
        assert_eq!(simulation.send(Command::Play), Err(dead));
    }
}

#[test]
fn dropping_the_handle_ends_the_thread_even_at_full_speed_and_unread() {
    let (done, waiting) = crossbeam_channel::bounded(1);
    let (woken, wakes) = crossbeam_channel::bounded(1);
    let mut simulation = Simulation::spawn(move || woken.try_send(()).unwrap_or_default()).unwrap();
    simulation
        .send(Command::Load(lab(1, &lab_knobs(&[]), u64::MAX)))
        .unwrap();
    wakes.recv_timeout(DEADLINE).unwrap();
    let dropper = std::thread::Builder::new().spawn(move || {
        drop(simulation);
        done.send(()).unwrap();
    });
    waiting.recv_timeout(DEADLINE).unwrap();
    dropper.unwrap().join().unwrap();
}

#[test]
fn a_rejected_recipe_leaves_the_thread_alive() {
    let impossible = lab_knobs(&[("batch", "11")]);
    let mut reader = Reader::start(lab(1, &impossible, 100));
    reader.read_until(Duration::from_millis(1), |reader| !reader.events.is_empty());
    let Event::Rejected { epoch: 1, reason } = &reader.events[0] else {
        panic!("not rejected")
    };
    assert!(reason.contains("lower `batch`"), "{reason}");
    for command in [Command::Play, Command::Step(3), Command::RunToConvergence] {
        reader.send(command);
    }
    reader.send(Command::Load(lab(2, &lab_knobs(&[]), 100)));
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 100);
    // A live change that is refused changes nothing and stops nothing.
    let nothing = settings(&[("gd_runs", "0"), ("sgd_runs", "0"), ("sgf_runs", "0")]);
    reader.send(Command::Retune { settings: nothing });
    reader.send(Command::Step(1));
    assert_eq!(reader.wait_for(Pause::Requested), 101);
    let refused = |event: &Event| matches!(event, Event::Rejected { epoch: 2, .. });
    assert!(reader.events.iter().any(refused));
    assert!(reader.marks.is_empty());
}

#[test]
fn states_that_are_not_taken_are_thinned_and_scalars_are_not() {
    let script = Script {
        state: 100,
        ..two_runs()
    };
    let new = || {
        Session::new(
            Box::new(Toy::new(script.clone())),
            SamplingSchedule::LogSpaced,
            lab_knobs(&[]),
            Vec::new(),
        )
    };
    let mut kept = new();
    kept.advance_to(1_000, None);
    let kept = kept.take_samples();
    let budget = 20 * 2 * 100;
    let mut thinned = new();
    for step in (0..=1_000).step_by(10) {
        thinned.advance_to(step, None);
        thinned.thin_states(budget);
    }
    let thinned = thinned.take_samples();
    assert_eq!(thinned.len(), kept.len());
    let mut left = 0;
    for (thinned, kept) in thinned.iter().zip(&kept) {
        assert_eq!((thinned.step, thinned.time), (kept.step, kept.time));
        for (thinned, kept) in thinned
            .runs
            .iter()
            .flatten()
            .zip(kept.runs.iter().flatten())
        {
            assert_eq!(thinned.values, kept.values);
            assert!(thinned.state.is_empty() || thinned.state == kept.state);
            left += thinned.state.iter().map(Vec::len).sum::<usize>();
        }
    }
    assert!((budget / 3..=budget).contains(&left), "{left}");
    let full = |sample: &Sample| {
        sample
            .runs
            .iter()
            .flatten()
            .all(|run| !run.state.is_empty())
    };
    assert!(full(&thinned[0]) && full(&thinned[thinned.len() - 1]));

    let mut history = History::new(Toy::new(script).setup().clone());
    for sample in &thinned {
        history.push(sample);
    }
    assert_eq!(history.len(), kept.len());
    assert_eq!(history.runs[0].states().len(), left / 200);
    // A provisional row whose predecessor has no state takes none with it when it goes.
    let mut latest = thinned[thinned.len() - 1].clone();
    latest.step += 1;
    history.set_latest(&latest);
    history.set_latest(&latest);
    assert_eq!(history.runs[0].states().len(), left / 200 + 1);
}
