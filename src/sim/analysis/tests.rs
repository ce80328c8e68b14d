//! What comes back from the analysis thread, and what is asked of it.

use std::collections::BTreeSet;

use super::*;
use crate::sim::schedule::SamplingSchedule;

#[test]
fn gaps_are_halved_until_nothing_more_would_show() {
    for len in [1, 2, 3, 10, 2600] {
        let mut known = BTreeSet::new();
        let schedule = std::iter::successors(Some(0), |step| {
            Some(SamplingSchedule::LogSpaced.after(*step))
        });
        let steps: Vec<u64> = schedule.take(len).collect();
        let step = |at: usize| steps[at];
        loop {
            let next = next_of(len, step, known.iter().copied().collect(), 5);
            assert!(next.len() <= 5);
            if next.is_empty() {
                break;
            }
            for at in next {
                assert!(known.insert(at), "{at} of {len} twice");
            }
        }
        assert!(known.contains(&0) && known.contains(&(len - 1)));
        let widest = known
            .iter()
            .zip(known.iter().skip(1))
            .map(|(a, b)| b - a)
            .max();
        let widest = widest.unwrap_or(0) as f64;
        assert!(widest <= (len as f64 / RESOLUTION).max(1.0), "{len}");
        assert!(
            (known.len() as f64) < 4.0 * RESOLUTION,
            "{len}: {}",
            known.len()
        );
    }
    assert!(next_of(0, |_| 0, Vec::new(), 5).is_empty());
}

struct Echo {
    left: u32,
}

impl Analyst for Echo {
    fn study(&mut self) -> Option<Facts> {
        self.left = self.left.checked_sub(1)?;
        let mut facts = Facts::default();
        facts.scalars.insert("left", f64::from(self.left));
        Some(facts)
    }

    fn examine(&mut self, state: &RecordedState) -> Insight {
        assert!(state.step != 13, "unlucky");
        Insight {
            values: vec![state.step as f64],
            vectors: Vec::new(),
        }
    }
}

fn wait(analysis: &mut Analysis) -> Result<Finding, String> {
    let start = Instant::now();
    loop {
        if let Some(finding) = analysis.try_recv()? {
            return Ok(finding);
        }
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn state(step: u64) -> RecordedState {
    RecordedState {
        run: 3,
        row: 5,
        step,
        shared: Vec::new(),
        values: Vec::new(),
        state: Arc::from([]),
    }
}

fn order(epoch: Epoch, build: BuildAnalyst) -> Order {
    Order::Load {
        epoch,
        lab: "",
        knobs: Knobs::new(&[]),
        build,
    }
}

#[test]
fn studies_come_unasked_and_a_dead_thread_says_why() {
    let mut analysis = Analysis::spawn(|| {}).unwrap();
    let build: BuildAnalyst = Box::new(|| Ok(Some(Box::new(Echo { left: 2 }))));
    assert!(analysis.give(order(7, build)));
    for left in [1.0, 0.0] {
        let Finding::Facts { epoch: 7, facts } = wait(&mut analysis).unwrap() else {
            panic!("facts first");
        };
        assert_eq!(facts.scalars["left"], left);
    }
    let last = wait(&mut analysis).unwrap();
    assert!(matches!(last, Finding::Studied { epoch: 7 }), "{last:?}");
    let examine = |epoch, step| Order::Examine {
        epoch,
        states: vec![state(step)],
        gentle: false,
    };
    // Out of date: no answer. The next one is answered.
    assert!(analysis.give(examine(6, 12)));
    assert!(analysis.give(examine(7, 11)));
    let Finding::Insights { epoch: 7, found } = wait(&mut analysis).unwrap() else {
        panic!("then the answer");
    };
    assert_eq!(found, [(3, 5, vec![11.0])]);
    assert!(analysis.give(examine(7, 13)));
    let reason = wait(&mut analysis).unwrap_err();
    assert!(reason.contains("unlucky"), "{reason}");
}

#[test]
fn turn_by_turn_it_says_the_same() {
    let mut engine = Engine::new();
    assert!(!engine.turn(None), "nothing to study yet");
    let build: BuildAnalyst = Box::new(|| Ok(Some(Box::new(Echo { left: 2 }))));
    assert!(engine.turn(Some(order(7, build))));
    for left in [1.0, 0.0] {
        assert!(engine.turn(None));
        let Some(Finding::Facts { epoch: 7, facts }) = engine.try_recv() else {
            panic!("facts first");
        };
        assert_eq!(facts.scalars["left"], left);
    }
    assert!(!engine.turn(None));
    assert!(matches!(
        engine.try_recv(),
        Some(Finding::Studied { epoch: 7 })
    ));
    let states = vec![state(11)];
    let examine = Order::Examine {
        epoch: 7,
        states,
        gentle: true,
    };
    assert!(!engine.turn(Some(examine)));
    let Some(Finding::Insights { epoch: 7, found }) = engine.try_recv() else {
        panic!("then the answer");
    };
    assert_eq!(found, [(3, 5, vec![11.0])]);
    assert!(engine.try_recv().is_none());
}

/// Studies for as long as the test lets it.
struct Long {
    go_on: Receiver<()>,
}

impl Analyst for Long {
    fn study(&mut self) -> Option<Facts> {
        // The test has ended if there is nothing to receive any more.
        self.go_on.recv().ok().map(|()| Facts::default())
    }

    fn examine(&mut self, _state: &RecordedState) -> Insight {
        Insight::default()
    }
}

#[test]
fn an_experiment_is_taken_up_once_the_piece_before_is_done_and_not_before() {
    let mut analysis = Analysis::spawn(|| {}).unwrap();
    let (let_go, go_on) = bounded(1);
    let build: BuildAnalyst = Box::new(|| Ok(Some(Box::new(Long { go_on }))));
    assert!(analysis.give(order(1, build)));
    let build: BuildAnalyst = Box::new(|| Ok(Some(Box::new(Echo { left: 1 }))));
    let start = Instant::now();
    while !analysis.has_taken(1) {
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(50));
    assert!(analysis.give(order(2, build)));
    std::thread::sleep(Duration::from_millis(50));
    assert!(!analysis.has_taken(2), "it is in the middle of the first");
    let_go.send(()).unwrap();
    while !matches!(wait(&mut analysis), Ok(Finding::Facts { epoch: 2, .. })) {}
    assert!(analysis.has_taken(2));
}
