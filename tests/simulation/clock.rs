//! When the clock starts and stops.

use std::time::Duration;

use super::{Reader, Script, Toy, batch, lab, lab_knobs, straight, toy, two_runs};
use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::message::{Command, Event, Load, Pause, Phase, Speed};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

#[test]
fn single_steps_land_exactly_and_whatever_the_pace() {
    let mut reader = Reader::start(Load {
        play: false,
        speed: Speed::StepsPerSecond(1.0),
        ..toy(1, two_runs())
    });
    assert_eq!(reader.wait_for(Pause::Requested), 0);
    for (steps, expected) in [(1, 1), (1, 2), (100, 102), (100_000, 100_102)] {
        reader.send(Command::Step(steps));
        assert_eq!(reader.wait_for(Pause::Requested), expected);
        assert_eq!(
            reader.latest.as_ref().map(|sample| sample.step),
            Some(expected)
        );
    }
}

/// Slower than the thread looks at its clock: the first step once never came.
#[test]
fn a_slow_clock_comes_to_its_first_step() {
    let mut reader = Reader::start(Load {
        play: true,
        speed: Speed::StepsPerSecond(10.0),
        ..toy(1, two_runs())
    });
    reader.wait_for_step(1);
}

#[test]
fn catching_up_lands_exactly_on_its_step_and_then_obeys_the_pace() {
    let slowly = |play| Load {
        play,
        catch_up: 7_777,
        // One step in a quarter of an hour: the pace alone would never get anywhere.
        speed: Speed::StepsPerSecond(1e-3),
        ..toy(1, two_runs())
    };
    let mut reader = Reader::start(slowly(false));
    assert_eq!(reader.wait_for(Pause::Requested), 7_777);
    assert_eq!(
        reader.latest.as_ref().map(|sample| sample.step),
        Some(7_777)
    );

    let mut reader = Reader::start(slowly(true));
    reader.wait_for_step(7_777);
    let status = reader.status.clone().unwrap();
    assert_eq!((status.step, status.phase), (7_777, Phase::Playing));
    // Nor does the rest catch up beyond the end.
    let mut reader = Reader::start(Load {
        end: 500,
        ..slowly(true)
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 500);
}

#[test]
fn the_end_is_reached_exactly_and_playing_goes_on_beyond() {
    let mut reader = Reader::start(Load {
        end: 1_234,
        ..toy(1, two_runs())
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 1_234);
    reader.send(Command::Step(10));
    assert_eq!(reader.wait_for(Pause::Requested), 1_244);
    reader.send(Command::Play);
    reader.wait_for_step(5_000);
    reader.send(Command::Pause);
    reader.wait_for(Pause::Requested);
}

#[test]
fn convergence_pauses_at_the_same_step_every_time() {
    let knobs = lab_knobs(&[("tolerance", "1e-3"), ("step_size", "0.05")]);
    let end = 1_000_000;
    let expected = straight(&knobs, Vec::new(), end).step();
    assert!(expected < end);
    for speed in [Speed::Max, Speed::Max, Speed::StepsPerSecond(50_000.0)] {
        let mut reader = Reader::start(Load {
            speed,
            ..lab(1, &knobs, end)
        });
        assert_eq!(reader.wait_for(Pause::Converged), expected);
    }
}

/// Also if a `Pause` crosses the news that the clock stands already.
#[test]
fn playing_goes_on_beyond_convergence() {
    let script = Script {
        converge: Some(2_000),
        ..two_runs()
    };
    let mut reader = Reader::start(toy(1, script));
    let stopped = reader.wait_for(Pause::Converged);
    assert!(stopped >= 2_000);
    reader.simulation.send(Command::Pause).unwrap();
    reader.send(Command::Play);
    reader.wait_for_step(10 * stopped);
}

#[test]
fn running_to_convergence_ignores_the_pace_and_stops_at_the_end_once() {
    let script = Script {
        converge: Some(50_000),
        ..two_runs()
    };
    let mut reader = Reader::start(Load {
        end: 10,
        play: false,
        speed: Speed::StepsPerSecond(1e-3),
        ..toy(1, script.clone())
    });
    reader.wait_for(Pause::Requested);
    reader.send(Command::RunToConvergence);
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 10);
    reader.send(Command::RunToConvergence);
    let toy = Box::new(Toy::new(script));
    let mut alone = Session::new(toy, SamplingSchedule::LogSpaced, lab_knobs(&[]), Vec::new());
    alone.stop_when_converged(true);
    alone.advance_to(u64::MAX, None);
    let expected = alone.step();
    assert_eq!(reader.wait_for(Pause::Converged), expected);
}

#[test]
fn a_diverged_run_stops_and_the_others_go_on() {
    // γ = 0.5 is far beyond SGD's limit of about 0.1 and within GD's of about 1.1.
    let knobs = lab_knobs(&[("step_size", "0.5"), ("label_noise", "constant")]);
    let mut reader = Reader::start(lab(1, &knobs, 2_000));
    reader.wait_for(Pause::ReachedEnd);
    let runs = reader.status.unwrap().runs;
    assert_eq!(runs[0], RunStatus::Running);
    let mut diverged = 0;
    for (run, status) in runs.iter().enumerate() {
        if let RunStatus::Diverged { step } = status {
            diverged += 1;
            for sample in &reader.samples {
                assert_eq!(sample.runs[run].is_some(), sample.step < *step, "{run}");
            }
        }
    }
    assert!(diverged > 0, "{runs:?}");
    assert!(reader.samples.iter().all(|sample| sample.runs[0].is_some()));
    assert_eq!(reader.latest.unwrap().step, 2_000);
}

#[test]
fn the_clock_stops_once_all_have_diverged_and_cannot_be_started() {
    let script = Script {
        diverge: vec![Some(70), Some(900)],
        ..two_runs()
    };
    let mut reader = Reader::start(toy(1, script));
    let step = reader.wait_for(Pause::AllDiverged);
    assert!(step >= 900);
    reader.simulation.send(Command::Pause).unwrap();
    reader.simulation.send(Command::Play).unwrap();
    reader.simulation.send(Command::Step(5)).unwrap();
    // An answer to a later command shows that these have been carried out.
    reader.send(Command::Load(Load {
        build: Box::new(|| Err("no".to_owned())),
        ..toy(2, two_runs())
    }));
    reader.read_until(Duration::from_millis(1), |reader| {
        matches!(reader.events.last(), Some(Event::Rejected { epoch: 2, .. }))
    });
    let last = reader.events.iter().filter_map(batch).next_back().unwrap();
    assert_eq!(last.status.step, step);
}

#[test]
fn catching_up_goes_through_convergence_and_the_end_only_if_told_to() {
    let script = Script {
        converge: Some(40),
        ..two_runs()
    };
    let catching_up = |through, catch_up| Load {
        play: false,
        end: 200,
        catch_up,
        through,
        ..toy(1, script.clone())
    };
    let mut reader = Reader::start(catching_up(false, 150));
    assert_eq!(reader.wait_for(Pause::Converged), 40);
    let mut reader = Reader::start(catching_up(true, 150));
    assert_eq!(reader.wait_for(Pause::Converged), 150);
    // Whoever plays on after convergence goes to the end.
    reader.send(Command::Play);
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 200);
    let mut reader = Reader::start(catching_up(true, 30));
    assert_eq!(reader.wait_for(Pause::Requested), 30);
    reader.send(Command::Play);
    assert_eq!(reader.wait_for(Pause::Converged), 40);
    let mut reader = Reader::start(Load {
        end: 20,
        ..catching_up(true, 30)
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 30);
}
