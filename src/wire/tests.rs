//! Every message comes back as it was; none that is cut short or prolonged does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::knobs::{Knobs, Value};
use crate::labs;
use crate::model::watch::Watch;
use crate::recipe;
use crate::sim::analysis::{Engine as Analysis, Finding, Order, RecordedState};
use crate::sim::experiment::{Facts, RunSample, RunStatus, Sample};
use crate::sim::history::Mark;
use crate::sim::message::{Batch, Change, Command, Event, Load, Pause, Phase, Speed, Status};
use crate::sim::worker::Engine as Simulation;
use crate::sweep::{Vary, run, testing};

/// The bytes are the same after a journey, which is more than that equal values are equal: a NaN is there as well.
/// Cut short or prolonged it is refused.
fn travel<T: Wire>(message: &T) -> T {
    let bytes = encode(message);
    let arrived: T = decode(&bytes).expect("it arrives");
    assert_eq!(encode(&arrived), bytes);
    let cuts = (0..bytes.len()).step_by(1 + bytes.len() / 200);
    for cut in cuts {
        assert!(decode::<T>(&bytes[..cut]).is_none(), "cut at {cut}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(decode::<T>(&longer).is_none());
    arrived
}

const NUMBERS: [f64; 6] = [0.1, -0.0, f64::NAN, f64::INFINITY, 5e-324, -1.7e308];

fn load(preset: &str, changes: Vec<Change>) -> Load {
    let recipe = recipe::preset(preset).unwrap().recipe();
    let (lab, knobs) = (recipe.lab, recipe.knobs.clone());
    Load {
        epoch: u64::MAX,
        lab: recipe.lab.id(),
        build: Box::new(
            move || match lab.experiment_watched(&knobs, false, &Watch::default()) {
                Ok(experiment) => Ok(experiment),
                Err(error) => Err(error.to_string()),
            },
        ),
        knobs: recipe.knobs,
        changes,
        end: 100,
        catch_up: 7,
        through: true,
        play: false,
        speed: Speed::StepsPerSecond(1e-3),
    }
}

#[test]
fn commands_arrive() {
    let settings = vec![
        ("a".to_owned(), Value::Switch(true)),
        ("b".to_owned(), Value::Count(u64::MAX)),
        ("c".to_owned(), Value::Real(f64::NAN)),
        ("d".to_owned(), Value::Word("β* – auto".to_owned())),
        (
            "e".to_owned(),
            Value::Points(vec![[0.0, -0.0], [1.0, f64::INFINITY]]),
        ),
        ("f".to_owned(), Value::Reals(NUMBERS.to_vec())),
    ];
    for command in [
        Command::Unload,
        Command::Retune {
            settings: settings.clone(),
        },
        Command::Play,
        Command::Pause,
        Command::Step(3),
        Command::RunToConvergence,
        Command::SetSpeed(Speed::Max),
        Command::SetSpeed(Speed::StepsPerSecond(0.25)),
    ] {
        travel(&command);
    }
    let changes = vec![Change { step: 5, settings }];
    for preset in recipe::presets() {
        let load = load(preset.id, changes.clone());
        let knobs = load.knobs.clone();
        let Command::Load(arrived) = travel(&Command::Load(load)) else {
            panic!("a load");
        };
        assert!(arrived.knobs == knobs);
        assert_eq!(encode(&arrived.changes), encode(&changes));
        assert_eq!((arrived.end, arrived.catch_up), (100, 7));
    }
}

#[test]
fn events_arrive() {
    let run = RunSample {
        values: NUMBERS.to_vec(),
        low: vec![f64::NAN; 2],
        high: Vec::new(),
        state: Arc::from([vec![1.0, 2.0], Vec::new()]),
    };
    let sample = Sample {
        step: 12,
        time: 0.3,
        shared: vec![0.5],
        runs: vec![Some(run), None],
    };
    let mark = Mark {
        step: 4,
        time: 0.1,
        shared: vec![0.2],
        settings: vec![("α".to_owned(), Value::Real(0.1))],
        text: "α = 0.1".to_owned(),
        planned: true,
    };
    for phase in [
        Phase::Playing,
        Phase::Paused(Pause::Requested),
        Phase::Paused(Pause::Converged),
        Phase::Paused(Pause::ReachedEnd),
        Phase::Paused(Pause::ReachedBound),
        Phase::Paused(Pause::AllDiverged),
    ] {
        let status = Status {
            phase,
            step: 12,
            steps_per_second: 1e5,
            runs: vec![
                RunStatus::Running,
                RunStatus::Waiting,
                RunStatus::Converged,
                RunStatus::Diverged { step: 9 },
                RunStatus::Collapsed,
            ],
            bound: Some(4),
        };
        let batch = Batch {
            epoch: 3,
            samples: vec![sample.clone(); 2],
            latest: Some(sample.clone()),
            marks: vec![mark.clone()],
            status: status.clone(),
        };
        let Event::Batch(arrived) = travel(&Event::Batch(batch)) else {
            panic!("a batch");
        };
        assert_eq!(arrived.status, status);
        assert_eq!(arrived.marks.len(), 1);
    }
    travel(&Event::Rejected {
        epoch: 1,
        reason: "no".to_owned(),
    });
}

#[test]
fn what_every_lab_says_of_itself_arrives_with_its_literals() {
    for lab in labs::all() {
        let knobs = Knobs::new(lab.knobs());
        let experiment = lab.experiment(&knobs, false).unwrap();
        let setup = experiment.setup().clone();
        let Event::Loaded { setup: arrived, .. } = travel(&Event::Loaded {
            epoch: 2,
            setup: setup.clone(),
        }) else {
            panic!("a setup");
        };
        assert_eq!(arrived.runs, setup.runs);
        assert_eq!(arrived.roles, setup.roles);
        assert_eq!(arrived.clock, setup.clock);
        let names = |setup: &crate::sim::experiment::Setup| -> Vec<&str> {
            setup
                .columns
                .iter()
                .chain(setup.insights)
                .map(|column| column.id)
                .collect()
        };
        assert_eq!(names(&arrived), names(&setup));
        // A second journey brings the same tables, not others like them.
        let Event::Loaded { setup: again, .. } = travel(&Event::Loaded { epoch: 2, setup }) else {
            panic!("a setup");
        };
        assert!(std::ptr::eq(arrived.columns, again.columns));
    }
}

#[test]
fn orders_and_findings_arrive() {
    let state = RecordedState {
        run: 1,
        row: 2,
        step: 3,
        shared: vec![0.1],
        values: NUMBERS.to_vec(),
        state: Arc::from([vec![f64::NAN]]),
    };
    travel(&Order::Examine {
        epoch: 4,
        states: vec![state; 3],
        gentle: true,
    });
    let facts = Facts {
        scalars: BTreeMap::from([("γ_auto", f64::NAN)]),
        vectors: BTreeMap::from([("β*", NUMBERS.to_vec())]),
        remarks: vec!["none".to_owned()],
        data_checksum: Some(7),
    };
    for finding in [
        Finding::Facts { epoch: 1, facts },
        Finding::Studied { epoch: 2 },
        Finding::Insights {
            epoch: 3,
            found: vec![(0, 1, NUMBERS.to_vec())],
        },
    ] {
        travel(&finding);
    }
}

/// Turns until what is wanted is there.
fn turn_until(engine: &mut Simulation, mut is_it: impl FnMut(Event) -> bool) {
    for _ in 0..100_000 {
        engine.turn();
        while let Some(event) = engine.try_recv() {
            if is_it(travel(&event)) {
                return;
            }
        }
    }
    panic!("it never comes");
}

#[test]
fn a_load_that_has_travelled_makes_the_same_run() {
    let last = |load: Load| {
        let end = load.end;
        let mut engine = Simulation::new();
        engine.send(Command::Load(load)).unwrap();
        let mut last = None;
        turn_until(&mut engine, |event| {
            if let Event::Batch(batch) = event {
                last = batch
                    .latest
                    .or_else(|| batch.samples.last().cloned())
                    .or_else(|| last.take());
                return batch.status.step == end;
            }
            false
        });
        let last = last.unwrap();
        assert_eq!(last.step, end);
        encode(&last)
    };
    let straight = || Load {
        play: true,
        through: false,
        speed: Speed::Max,
        ..load("fig2", Vec::new())
    };
    assert_eq!(last(straight()), last(travel(&straight())));
}

#[test]
fn an_order_that_has_travelled_finds_the_same() {
    let recipe = recipe::preset("fig2").unwrap().recipe();
    let facts = |order: Order| {
        let mut engine = Analysis::new();
        let mut goes_on = engine.turn(Some(order));
        let mut found = Vec::new();
        while goes_on {
            goes_on = engine.turn(None);
            while let Some(finding) = engine.try_recv() {
                found.push(encode(&travel(&finding)));
            }
        }
        found
    };
    let order = || {
        let (lab, knobs) = (recipe.lab, recipe.knobs.clone());
        Order::Load {
            epoch: 1,
            lab: recipe.lab.id(),
            knobs: recipe.knobs.clone(),
            build: Box::new(move || lab.analyst(&knobs).map_err(|error| error.to_string())),
        }
    };
    let straight = facts(order());
    assert!(straight.len() > 1);
    assert_eq!(straight, facts(travel(&order())));
}

#[test]
fn a_sweep_that_has_travelled_has_the_same_cells() {
    let sweep = testing::small(&[("steps", "200")], &["alpha=0.1,0.3"], 2, Vary::Noise);
    let ToSweeper::Begin(arrived) = travel(&ToSweeper::Begin(Box::new(sweep.clone()))) else {
        panic!("a sweep");
    };
    travel(&ToSweeper::Try(vec![0, 1], 2));
    travel(&ToSweeper::Run(3));
    let cells = |sweep: &crate::sweep::Sweep| {
        let found = Mutex::new(BTreeMap::new());
        let keep = |mut result: run::CellResult| {
            // It depends on the machine.
            result.elapsed = Duration::ZERO;
            let FromSweeper::Finished(result) = travel(&FromSweeper::Finished(Box::new(result)))
            else {
                panic!("a cell");
            };
            found.lock().unwrap().insert(result.cell, encode(&result));
            std::ops::ControlFlow::Continue(())
        };
        run::run(sweep, &[0, 1, 2, 3], &Watch::default(), &keep).unwrap();
        found.into_inner().unwrap()
    };
    let straight = cells(&sweep);
    assert_eq!(straight.len(), 4);
    assert_eq!(straight, cells(&arrived));
}

#[test]
fn what_a_writer_is_told_and_says_arrives() {
    let told = ToWriter {
        recipe: recipe::preset("fig2").unwrap().recipe().to_toml(),
        out: "α = 0.1".to_owned(),
        record_noise: true,
    };
    assert_eq!(travel(&told), told);
    for says in [
        FromWriter::Reached(0.25),
        FromWriter::File("run.zip".to_owned(), vec![0, 255, 7]),
        FromWriter::Written,
        FromWriter::Failed("no room".to_owned()),
    ] {
        assert_eq!(travel(&says), says);
    }
}
