//! When to sample: every early step, then a fixed fraction of the steps so far.

/// The steps at which all runs are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplingSchedule {
    /// 0, 1, 2, … while k < 300, then k + 1 + k/300: 1 231 samples in 10⁴ steps, 2 610 in 10⁶,
    /// 3 994 in 10⁸. The list only grows and is never thinned, so a log-time plot is equally
    /// sharp everywhere, and memory is bounded by the logarithm of the run's length.
    LogSpaced,
    /// Every `stride` steps.
    Every {
        /// Steps between samples, ≥ 1.
        stride: u64,
    },
}

impl SamplingSchedule {
    /// The first sampled step after `step`.
    pub fn after(self, step: u64) -> u64 {
        match self {
            Self::LogSpaced => step + 1 + step / 300,
            Self::Every { stride } => (step / stride + 1) * stride,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_spacing_keeps_every_early_step_and_stays_short() {
        let mut step = 0;
        let mut count = 1;
        while step < 100_000_000 {
            let next = SamplingSchedule::LogSpaced.after(step);
            assert!(next > step && (step >= 300 || next == step + 1));
            step = next;
            count += 1;
        }
        assert!((3_900..4_100).contains(&count), "{count}");
    }

    #[test]
    fn strides_hit_their_multiples_from_anywhere() {
        let every = SamplingSchedule::Every { stride: 10 };
        assert_eq!([0, 5, 10].map(|step| every.after(step)), [10, 10, 20]);
    }
}
