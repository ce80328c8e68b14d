//! The window's side of the analysis: which states to look at, and where the findings go.

use eframe::egui::{Context, ViewportId};

use crate::crash;
use crate::knobs::Knobs;
use crate::labs::Lab;
use crate::sim::analysis::{Analysis, Analyst, Finding, Order, plan};
use crate::sim::history::History;
use crate::sim::message::Epoch;

/// States per order: enough to keep the thread busy between two frames, few enough for the next
/// order to know the newest state.
const PER_ORDER: usize = 24;

/// See the module.
pub(super) struct Theory {
    analysis: Option<Analysis>,
    /// The experiment that the thread has loaded last.
    loaded: Option<Epoch>,
    /// Whether an order has not been answered yet.
    waiting: bool,
    /// Rows of the history in which there was nothing left to look at.
    exhausted: Option<usize>,
    /// Why there are no overlays, if the thread is gone.
    pub(super) problem: Option<String>,
}

impl Theory {
    pub(super) fn new(ctx: &Context) -> Self {
        let ctx = ctx.clone();
        let spawned = Analysis::spawn(move || ctx.request_repaint_of(ViewportId::ROOT));
        let problem = spawned
            .as_ref()
            .err()
            .map(|error| format!("no theory overlays: {error}"));
        Self {
            analysis: spawned.ok(),
            loaded: None,
            waiting: false,
            exhausted: None,
            problem,
        }
    }

    /// Takes in what was found about experiment `epoch` and asks for more, with pauses while a simulation is
    /// running.
    pub(super) fn update(
        &mut self,
        epoch: Epoch,
        lab: &'static dyn Lab,
        knobs: &Knobs,
        history: &mut History,
        gentle: bool,
    ) {
        let Some(analysis) = &mut self.analysis else {
            return;
        };
        loop {
            match analysis.try_recv() {
                Ok(Some(finding)) => self.waiting &= !take_in(finding, epoch, history),
                Ok(None) => break,
                Err(reason) => {
                    let report = crash::words();
                    self.problem = Some(format!(
                        "The theory overlays have stopped: {reason}{report}"
                    ));
                    self.analysis = None;
                    return;
                }
            }
        }
        if self.loaded != Some(epoch) {
            let knobs = knobs.clone();
            let build = Box::new(move || -> Result<Option<Box<dyn Analyst>>, String> {
                lab.analyst(&knobs).map_err(|error| error.to_string())
            });
            if analysis.give(Order::Load { epoch, build }) {
                self.loaded = Some(epoch);
                self.waiting = false;
                self.exhausted = None;
            }
        }
        let rows = Some(history.scheduled_len());
        if self.loaded == Some(epoch) && !self.waiting && self.exhausted != rows {
            let states = plan(history, PER_ORDER);
            // Looking for gaps goes through all rows: not again in every frame.
            self.exhausted = states.is_empty().then_some(rows).flatten();
            self.waiting = !states.is_empty()
                && analysis.give(Order::Examine {
                    epoch,
                    states,
                    gentle,
                });
        }
    }
}

/// Puts a finding where it belongs; whether it answers the last order.
fn take_in(finding: Finding, epoch: Epoch, history: &mut History) -> bool {
    match finding {
        Finding::Facts { epoch: of, facts } if of == epoch => history.findings.extend(facts),
        Finding::Insights { epoch: of, found } if of == epoch => {
            for (run, row, values) in found {
                history.add_insight(run, row, values);
            }
            return true;
        }
        Finding::Facts { .. } | Finding::Insights { .. } => {}
    }
    false
}
