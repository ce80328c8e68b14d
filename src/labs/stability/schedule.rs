//! The step size over the steps: a gentle start, then a bounded rate of change, and jumps that are asked for.
//!
//! At a step size near 2/λ_max a sudden increase makes the loss explode, so that η follows its setting at a bounded
//! rate. A *kick* goes around the bound: at its step η is multiplied at once, and so is where it heads for.

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSize {
    /// Steps taken.
    step: u64,
    /// η of the step before, or the gentle one.
    current: f64,
    gentle: f64,
    /// Steps at the gentle step size.
    warm_up: u64,
    /// Where η heads for, without the kicks.
    goal: f64,
    /// The most that η changes by in a step, as a factor; infinite for no bound.
    rate: f64,
    /// (step, factor), steps increasing.
    kicks: Vec<[f64; 2]>,
    /// The product of the factors of kicks that have been.
    kicked: f64,
}

impl StepSize {
    /// From the gentle step size on; see the fields.
    pub fn new(gentle: f64, warm_up: u64, goal: f64, rate: f64, kicks: Vec<[f64; 2]>) -> Self {
        Self {
            step: 0,
            current: gentle,
            gentle,
            warm_up,
            goal,
            rate,
            kicks,
            kicked: 1.0,
        }
    }

    /// Heads for another step size, at another rate.
    pub fn retune(&mut self, goal: f64, rate: f64) {
        self.goal = goal;
        self.rate = rate;
    }

    /// η of the step that comes next, and the product of the kicks by then.
    fn next(&self) -> [f64; 2] {
        let factor = self.kick_now();
        let kicked = self.kicked * factor;
        let from = self.current * factor;
        if self.step < self.warm_up {
            return [self.gentle * kicked, kicked];
        }
        let goal = self.goal * kicked;
        [goal.clamp(from / self.rate, from * self.rate), kicked]
    }

    /// The product of the factors at this very step.
    fn kick_now(&self) -> f64 {
        let now = self.kicks.iter().filter(|[at, _]| *at as u64 == self.step);
        now.map(|[_, factor]| *factor).product()
    }

    /// η of the step that comes next.
    pub fn peek(&self) -> f64 {
        self.next()[0]
    }

    /// η of the step that comes next, which is taken with it.
    pub fn take(&mut self) -> f64 {
        [self.current, self.kicked] = self.next();
        self.step += 1;
        self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(mut steps: StepSize, count: usize) -> Vec<f64> {
        (0..count)
            .map(|_| {
                let next = steps.peek();
                assert_eq!(steps.take(), next);
                next
            })
            .collect()
    }

    #[test]
    fn it_stays_gentle_then_approaches_its_goal_at_the_rate() {
        let steps = StepSize::new(1.0, 3, 5.0, 2.0, Vec::new());
        assert_eq!(over(steps, 8), [1.0, 1.0, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]);
        let down = StepSize::new(1.0, 0, 0.3, 2.0, Vec::new());
        assert_eq!(over(down, 4), [0.5, 0.3, 0.3, 0.3]);
        let at_once = StepSize::new(1.0, 1, 9.0, f64::INFINITY, Vec::new());
        assert_eq!(over(at_once, 3), [1.0, 9.0, 9.0]);
    }

    #[test]
    fn a_kick_multiplies_at_once_and_lasts() {
        let steps = StepSize::new(1.0, 2, 1.0, 1.5, vec![[1.0, 3.0], [4.0, 0.5]]);
        assert_eq!(over(steps, 6), [1.0, 3.0, 3.0, 3.0, 1.5, 1.5]);
    }

    #[test]
    fn a_new_goal_is_approached_from_where_it_is() {
        let mut steps = StepSize::new(1.0, 0, 4.0, 2.0, Vec::new());
        steps.take();
        steps.retune(1.0, 1.25);
        assert_eq!(over(steps, 3), [1.6, 1.28, 1.024]);
    }
}
