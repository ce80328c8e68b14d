//! The window's side of the analysis: which states to look at, and where the findings go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eframe::egui::{Context, ViewportId};
use web_time::Instant;

use super::live::ROWS_EXPECTED;
use crate::crash;
use crate::format::count;
use crate::knobs::Knobs;
use crate::labs::Lab;
use crate::model::watch::{Stage, Watch};
use crate::sim::analysis::{Analyst, Finding, Order, plan};
use crate::sim::history::History;
use crate::sim::message::Epoch;
use crate::ui::engines::Analysis;

/// States per order: enough to keep the thread busy between two frames, few enough for the next
/// order to know the newest state.
const PER_ORDER: usize = 24;

/// How long an order may lie before another thread takes it.
const STUCK: Duration = Duration::from_secs(2);

/// Between two looks at how far a long piece of the study has come.
const STAGES: Duration = Duration::from_millis(250);

/// See the module.
pub(super) struct Theory {
    analysis: Option<Analysis>,
    /// The window, to be woken when something is found.
    wake: Context,
    /// Whether the clock runs, whose frames take in what is found.
    rows_come: Arc<AtomicBool>,
    /// The experiment that the thread was told last, and when.
    loaded: Option<Epoch>,
    loaded_at: Instant,
    /// Whether what it computes is still wanted.
    watch: Watch,
    /// Whether an order has not been answered yet.
    waiting: bool,
    /// The experiment that has been studied to the end.
    studied: Option<Epoch>,
    /// Rows of the history in which there was nothing left to look at.
    exhausted: Option<usize>,
    /// Why there are no overlays, if the thread is gone.
    pub(super) problem: Option<String>,
}

impl Theory {
    pub(super) fn new(ctx: &Context) -> Self {
        let rows_come = Arc::new(AtomicBool::new(false));
        let spawned = spawn(ctx, &rows_come);
        let problem = spawned
            .as_ref()
            .err()
            .map(|error| format!("no theory overlays: {error}"));
        Self {
            analysis: spawned.ok(),
            wake: ctx.clone(),
            rows_come,
            loaded: None,
            loaded_at: Instant::now(),
            watch: Watch::default(),
            waiting: false,
            studied: None,
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
        self.rows_come.store(gentle, Ordering::Relaxed);
        let Some(analysis) = &mut self.analysis else {
            return;
        };
        loop {
            match analysis.try_recv() {
                Ok(Some(Finding::Studied { epoch })) => self.studied = Some(epoch),
                Ok(Some(finding)) => self.waiting &= !take_in(finding, epoch, history),
                Ok(None) => break,
                Err(reason) => {
                    let report = crash::words();
                    self.problem = Some(format!(
                        "The theory overlays have stopped: {reason}{report}"
                    ));
                    self.analysis = None;
                    history.is_studied_now = false;
                    return;
                }
            }
        }
        let is_stuck = self.loaded == Some(epoch)
            && !analysis.has_taken(epoch)
            && self.loaded_at.elapsed() > STUCK;
        if is_stuck && let Ok(fresh) = spawn(&self.wake, &self.rows_come) {
            // The other one ends when it has found what nobody asks for any more.
            *analysis = fresh;
            self.loaded = None;
        }
        if self.loaded == Some(epoch) && !analysis.has_taken(epoch) {
            // Nothing else may draw a frame meanwhile.
            self.wake.request_repaint_after(STUCK / 4);
        }
        if self.loaded != Some(epoch) {
            let watch = Watch::default();
            std::mem::replace(&mut self.watch, watch.clone()).give_up();
            let its = knobs.clone();
            let build = Box::new(move || -> Result<Option<Box<dyn Analyst>>, String> {
                let analyst = lab.analyst_watched(&its, &watch);
                analyst.map_err(|error| error.to_string())
            });
            let order = Order::Load {
                epoch,
                lab: lab.id(),
                knobs: knobs.clone(),
                build,
            };
            if analysis.give(order) {
                self.loaded = Some(epoch);
                self.loaded_at = Instant::now();
                self.wake.request_repaint_after(STUCK / 4);
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
        history.is_studied_now = self.studied != Some(epoch) || self.waiting;
        history.study_stage = self.stage().filter(|_| history.is_studied_now);
        if history.study_stage.is_some() {
            // Nothing else may draw a frame meanwhile.
            self.wake.request_repaint_after(STAGES);
        }
    }
}

impl Theory {
    /// What a long piece of the study is at, in words.
    fn stage(&self) -> Option<String> {
        let Stage { what, done, of } = self.watch.stage()?;
        (done < of).then(|| format!("{what} {} of {}", count(done), count(of)))
    }
}

impl Drop for Theory {
    fn drop(&mut self) {
        self.watch.give_up();
    }
}

fn spawn(ctx: &Context, rows_come: &Arc<AtomicBool>) -> std::io::Result<Analysis> {
    let (ctx, rows_come) = (ctx.clone(), rows_come.clone());
    Analysis::spawn(move || {
        if rows_come.load(Ordering::Relaxed) {
            ctx.request_repaint_after_for(ROWS_EXPECTED, ViewportId::ROOT);
        } else {
            ctx.request_repaint_of(ViewportId::ROOT);
        }
    })
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
        Finding::Facts { .. } | Finding::Studied { .. } | Finding::Insights { .. } => {}
    }
    false
}
