//! The same samples however the work is cut.

use std::sync::Arc;
use std::time::Instant;

use super::{Script, Toy, lab_experiment, lab_knobs, settings, two_runs};
use implicit_bias_lab::sim::experiment::Experiment as _;
use implicit_bias_lab::sim::message::Change;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use rayon::ThreadPoolBuilder;

/// For an X that fits the nearest cache and one that does not, which are divided up in different ways. A run
/// diverges on the way, so that its group goes on without it.
#[test]
fn threads_do_not_change_samples() {
    for (n, d, steps) in [("40", "100", 3_000), ("60", "800", 60)] {
        let knobs = lab_knobs(&[
            ("n", n),
            ("d", d),
            ("sgd_runs", "9"),
            ("sgf_runs", "3"),
            ("step_size", if steps > 100 { "0.15" } else { "0.01" }),
        ]);
        let at_the_end = |threads: usize| {
            let mut experiment = lab_experiment(&knobs).unwrap();
            if threads > 0 {
                let pool = ThreadPoolBuilder::new().num_threads(threads);
                experiment.use_threads(Arc::new(pool.build().unwrap()));
            }
            // Long enough stretches for more than one thread.
            experiment.advance(steps / 2);
            let on_the_way = experiment.sample();
            experiment.advance(steps / 2);
            (on_the_way, experiment.sample())
        };
        let alone = at_the_end(0);
        let diverged = alone.1.runs.iter().filter(|run| run.is_none()).count();
        assert!(diverged < 13, "{diverged}");
        for threads in [1, 2, 5] {
            assert!(at_the_end(threads) == alone, "{n}x{d} on {threads} threads");
        }
    }
}

/// With live changes on the way, and for both kinds of schedule.
#[test]
fn slicing_does_not_change_samples() {
    let knobs = lab_knobs(&[]);
    let changes = || {
        let later = |step, changed: &[(&str, &str)]| Change {
            step,
            settings: settings(changed),
        };
        vec![
            later(0, &[("step_size", "0.03")]),
            later(333, &[("step_size", "0.01"), ("label_noise", "constant")]),
            later(2_000, &[("sgf_substeps", "2")]),
        ]
    };
    for schedule in [
        SamplingSchedule::LogSpaced,
        SamplingSchedule::Every { stride: 7 },
    ] {
        let new = || {
            let experiment = lab_experiment(&knobs).unwrap();
            Session::new(experiment, schedule, knobs.clone(), changes())
        };
        let mut whole = new();
        whole.advance_to(5_000, None);
        let expected = (whole.take_samples(), whole.take_marks());
        assert_eq!(expected.1.len(), 3);

        let mut sliced = new();
        let mut target = 0;
        for slice in (1..).step_by(6) {
            target = (target + slice).min(5_000);
            sliced.advance_to(target, None);
            assert_eq!(sliced.step(), target);
            // Looking between two scheduled samples must not leave a trace either.
            sliced.experiment().sample();
            if target == 5_000 {
                break;
            }
        }
        assert!((sliced.take_samples(), sliced.take_marks()) == expected);

        let mut hurried = new();
        while hurried.step() < 5_000 {
            hurried.advance_to(5_000, Some(Instant::now()));
        }
        assert!((hurried.take_samples(), hurried.take_marks()) == expected);
    }
}

#[test]
fn a_frozen_run_keeps_the_state_in_which_it_converged() {
    let script = Script {
        converge: Some(700),
        ..two_runs()
    };
    let session = |rest| {
        let toy = Box::new(Toy::new(script.clone()));
        let mut session =
            Session::new(toy, SamplingSchedule::LogSpaced, lab_knobs(&[]), Vec::new());
        session.freeze_when_converged(rest);
        session
    };
    let mut resting = session(true);
    resting.advance_to(2_000, None);
    let at = resting.steps_of(0);
    assert!(
        (700..710).contains(&at),
        "the first sample from then on: {at}"
    );
    let mut going = session(false);
    going.advance_to(at, None);
    let seen = going.experiment().sample();
    assert_eq!(
        resting.experiment().sample().runs[0]
            .as_ref()
            .unwrap()
            .values,
        seen.runs[0].as_ref().unwrap().values
    );
    going.advance_to(2_000, None);
    assert_eq!(going.steps_of(0), 2_000);
}
