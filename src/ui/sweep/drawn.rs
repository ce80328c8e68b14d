//! The pictures of a sweep as they are made anew in the background, one after the other.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Context, ViewportId};
use web_time::Instant;

use crate::sweep::Sweep;
use crate::sweep::maker::{Choice, Made, Order};
use crate::sweep::run::CellResult;
use crate::sweep::summary::Results;
use crate::ui::engines::PictureMaker;

/// The least time from pictures to the next ones while cells arrive.
const LEAST_REST: Duration = Duration::from_millis(100);

/// What the pictures on the screen are of, and what those that come next will be of as well.
pub(super) struct Drawn {
    /// The cells in the pictures.
    pub(super) results: Results,
    /// What they show, in words.
    pub(super) caption: String,
    /// Cells of which there are no pictures yet, and none ordered.
    pub(super) waiting: Vec<Arc<CellResult>>,
    /// What the pictures show that were ordered last.
    pub(super) ordered: Choice,
    /// When the last ones came, and how long they took.
    came: Option<(Instant, Duration)>,
    maker: Maker,
}

/// Who makes the pictures.
enum Maker {
    /// Nobody yet.
    None,
    Working(PictureMaker),
    /// One that has ended before its time, which another one would as well.
    Gone,
}

impl Drawn {
    pub(super) fn new(sweep: &Sweep) -> Self {
        Self {
            results: Results::new(sweep),
            caption: String::new(),
            waiting: Vec::new(),
            ordered: Choice::default(),
            came: None,
            maker: Maker::None,
        }
    }

    /// Whether there is something that no pictures show, of those made or ordered.
    fn is_behind(&self, choice: Choice) -> bool {
        !self.waiting.is_empty() || (!self.results.is_empty() && choice != self.ordered)
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(&self.maker, Maker::Working(maker) if maker.is_busy())
    }

    /// Whether the pictures are of all there is, or will be no more.
    pub(super) fn is_settled(&self, choice: Choice) -> bool {
        matches!(self.maker, Maker::Gone) || (!self.is_behind(choice) && !self.is_busy())
    }

    /// How long pictures that are behind should stay as they are while cells arrive.
    pub(super) fn rest(&self) -> Duration {
        let Some((came, took)) = self.came else {
            return Duration::ZERO;
        };
        let rest = LEAST_REST.max(PictureMaker::REST * took);
        rest.saturating_sub(came.elapsed())
    }

    /// Orders pictures of all there is, from somebody who is not busy.
    pub(super) fn order(
        &mut self,
        ctx: &Context,
        sweep: &Arc<Sweep>,
        choice: Choice,
    ) -> Result<(), String> {
        if matches!(self.maker, Maker::None) {
            self.maker = match PictureMaker::spawn(sweep.clone(), waking(ctx)) {
                Ok(maker) => Maker::Working(maker),
                Err(error) => {
                    self.maker = Maker::Gone;
                    return Err(format!("no thread for them: {error}"));
                }
            };
        }
        let Maker::Working(maker) = &mut self.maker else {
            return Err("their thread is gone".to_owned());
        };
        maker.give(Order {
            cells: std::mem::take(&mut self.waiting),
            choice,
        });
        self.ordered = choice;
        Ok(())
    }

    /// Lets another one try in the place of one that is gone, with all cells.
    pub(super) fn begin_again(&mut self, results: &Results) {
        if matches!(self.maker, Maker::Gone) {
            self.maker = Maker::None;
            self.waiting = results.shared().cloned().collect();
        }
    }

    /// The pictures that have come, if any: from here on everything tells of them.
    pub(super) fn take(&mut self) -> Result<Option<Made>, String> {
        let Maker::Working(maker) = &mut self.maker else {
            return Ok(None);
        };
        let mut made = match maker.try_recv() {
            Ok(Some(made)) => made,
            Ok(None) => return Ok(None),
            Err(reason) => {
                self.maker = Maker::Gone;
                return Err(reason);
            }
        };
        for cell in std::mem::take(&mut made.cells) {
            self.results.insert(cell);
        }
        self.caption = std::mem::take(&mut made.caption);
        self.came = Some((Instant::now(), made.took));
        Ok(Some(made))
    }
}

/// Wakes the window from another thread.
pub(super) fn waking(ctx: &Context) -> impl Fn() + Send + Sync + 'static {
    let ctx = ctx.clone();
    move || ctx.request_repaint_of(ViewportId::ROOT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::pictures::Pictures;
    use crate::sweep::{Vary, testing};

    fn next(drawn: &mut Drawn) -> Made {
        let start = Instant::now();
        loop {
            if let Some(made) = drawn.take().unwrap() {
                return made;
            }
            assert!(start.elapsed() < Duration::from_mins(1));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_table_that_grows_while_pictures_are_made_gets_further_ones() {
        let axis = ["alpha=0.1,0.2,0.3"];
        let sweep = Arc::new(testing::small(&[("steps", "20")], &axis, 1, Vary::Noise));
        let all = testing::all(&sweep);
        let cells: Vec<Arc<CellResult>> = all.shared().cloned().collect();
        let (ctx, choice) = (Context::default(), Choice::default());
        let mut drawn = Drawn::new(&sweep);
        assert!(drawn.is_settled(choice), "there is nothing to show");
        drawn.waiting.extend_from_slice(&cells[..2]);
        assert!(!drawn.is_settled(choice) && drawn.rest().is_zero());
        drawn.order(&ctx, &sweep, choice).unwrap();
        drawn.waiting.push(cells[2].clone());
        assert!(drawn.is_busy() && drawn.results.is_empty());
        let made = next(&mut drawn);
        assert_eq!(made.tally.runs(), 2 * cells[0].runs.len() as u64);
        assert_eq!(drawn.results.len(), 2, "what is told is of what is shown");
        assert!(!drawn.is_busy() && !drawn.is_settled(choice));
        assert!(drawn.rest() > Duration::ZERO);
        drawn.order(&ctx, &sweep, choice).unwrap();
        let made = next(&mut drawn);
        assert_eq!(drawn.results.len(), 3);
        assert!(drawn.is_settled(choice));
        let direct = Pictures::of(&sweep, &all, None, None);
        assert_eq!(format!("{:?}", made.pictures), format!("{direct:?}"));
        // So does another choice.
        let choice = Choice {
            column: Some("loss_integral"),
            of: None,
        };
        assert!(!drawn.is_settled(choice));
        drawn.order(&ctx, &sweep, choice).unwrap();
        assert_eq!(
            next(&mut drawn).pictures.unwrap().column.id,
            "loss_integral"
        );
        assert!(drawn.is_settled(choice));
    }

    #[test]
    fn where_the_thread_is_gone_another_one_is_given_everything() {
        let axis = ["alpha=0.1,0.2"];
        let sweep = Arc::new(testing::small(&[("steps", "5")], &axis, 1, Vary::Noise));
        let all = testing::all(&sweep);
        let (ctx, choice) = (Context::default(), Choice::default());
        let mut drawn = Drawn::new(&sweep);
        drawn.maker = Maker::Gone;
        drawn.waiting = all.shared().take(1).cloned().collect();
        assert!(drawn.is_settled(choice), "nothing more is to be expected");
        assert!(drawn.order(&ctx, &sweep, choice).is_err());
        drawn.begin_again(&all);
        assert!(!drawn.is_settled(choice));
        drawn.order(&ctx, &sweep, choice).unwrap();
        next(&mut drawn);
        assert_eq!(drawn.results.len(), 2);
    }
}
