//! The weight g of Mulayoff et al. (22, 23): how much a bend of f costs, by where it is.
//!
//! For the inputs x₁ … x_n and a place t let m, S be the number and the sum of those strictly below, M, S' of those strictly
//! above. Then g⁻(t) = (mt − S)√(m² + S²)/n², g⁺(t) = (S' − Mt)√(M² + S'²)/n², and g = min(g⁻, g⁺) between
//! the outermost inputs, 0 outside. Between two inputs g⁻ and g⁺ are straight lines; at inputs they jump.

/// Points of the axis to a side of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Side {
    count: f64,
    sum: f64,
}

impl Side {
    /// |count·t − sum|√(count² + sum²)/n².
    fn weight(self, t: f64, n: f64) -> f64 {
        (self.count * t - self.sum).abs() * libm::hypot(self.count, self.sum) / (n * n)
    }
}

/// g of some inputs, in O(log n) per place.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Increasing.
    x: Vec<f64>,
    /// Sums of the first 0, 1, …, n of them.
    sums: Vec<f64>,
}

impl Weight {
    /// Of inputs in any order.
    pub fn new(x: &[f64]) -> Self {
        let mut x = x.to_vec();
        x.sort_by(f64::total_cmp);
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        sums.extend(x.iter().map(|x| {
            sum += x;
            sum
        }));
        Self { x, sums }
    }

    /// The inputs, increasing.
    pub fn inputs(&self) -> &[f64] {
        &self.x
    }

    fn n(&self) -> f64 {
        self.x.len() as f64
    }

    fn below(&self, t: f64) -> Side {
        let count = self.x.partition_point(|x| *x < t);
        Side {
            count: count as f64,
            sum: self.sums[count],
        }
    }

    fn above(&self, t: f64) -> Side {
        let not_above = self.x.partition_point(|x| *x <= t);
        Side {
            count: (self.x.len() - not_above) as f64,
            sum: self.sums[self.x.len()] - self.sums[not_above],
        }
    }

    /// g⁻(t), what a neuron costs that is active to the left of t.
    pub fn left(&self, t: f64) -> f64 {
        self.below(t).weight(t, self.n())
    }

    /// g⁺(t), what a neuron costs that is active to the right of t.
    pub fn right(&self, t: f64) -> f64 {
        self.above(t).weight(t, self.n())
    }

    /// g(t).
    pub fn at(&self, t: f64) -> f64 {
        let (Some(first), Some(last)) = (self.x.first(), self.x.last()) else {
            return 0.0;
        };
        if t < *first || t > *last {
            return 0.0;
        }
        self.left(t).min(self.right(t))
    }

    /// The corners of the graph of g, with both sides of every jump: where the inputs are and where g⁻ and g⁺
    /// cross.
    pub fn graph(&self) -> Vec<[f64; 2]> {
        let mut points = Vec::new();
        for pair in self.x.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            if from == to {
                continue;
            }
            // Within the interval both sides keep their counts.
            let (below, above) = (self.below(to), self.above(from));
            let n = self.n();
            let [start, end] = [from, to].map(|t| [below.weight(t, n), above.weight(t, n)]);
            points.push([from, start[0].min(start[1])]);
            let gaps = [start[1] - start[0], end[1] - end[0]];
            if gaps[0] * gaps[1] < 0.0 {
                let part = gaps[0] / (gaps[0] - gaps[1]);
                let at = from + part * (to - from);
                points.push([at, start[0] + part * (end[0] - start[0])]);
            }
            points.push([to, end[0].min(end[1])]);
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::super::selftest::inputs;
    use super::*;

    /// P(X < t)²E[t − X | X < t]√(1 + E[X | X < t]²), the form of the paper, sample by sample.
    fn as_printed(x: &[f64], t: f64) -> f64 {
        let n = x.len() as f64;
        let side = |inside: &dyn Fn(f64) -> bool| {
            let chosen: Vec<f64> = x.iter().copied().filter(|x| inside(*x)).collect();
            if chosen.is_empty() {
                return 0.0;
            }
            let count = chosen.len() as f64;
            let mean = chosen.iter().sum::<f64>() / count;
            let part = count / n;
            part * part * (t - mean).abs() * (1.0 + mean * mean).sqrt()
        };
        side(&|x| x < t).min(side(&|x| x > t))
    }

    #[test]
    fn it_is_the_papers_formula_between_the_samples_and_nothing_outside() {
        for seed in 0..10 {
            let (x, _) = inputs(seed, 3 + seed as usize);
            let weight = Weight::new(&x);
            let sorted = weight.inputs();
            for step in 0..400 {
                let t = -2.5 + step as f64 / 80.0;
                let inside = sorted[0] <= t && t <= sorted[sorted.len() - 1];
                let expected = if inside { as_printed(&x, t) } else { 0.0 };
                // A handful of roundings of numbers below ten.
                assert!((weight.at(t) - expected).abs() < 1e-13, "{seed} {t}");
            }
        }
    }

    #[test]
    fn its_graph_passes_through_it() {
        let (x, _) = inputs(3, 8);
        let weight = Weight::new(&x);
        let graph = weight.graph();
        for pair in graph.windows(2) {
            let [[from, start], [to, end]] = [pair[0], pair[1]];
            for part in [0.1, 0.5, 0.9] {
                let t = from + part * (to - from);
                let expected = weight.at(t);
                if to > from {
                    assert!((start + part * (end - start) - expected).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn few_or_equal_inputs_have_no_weight() {
        for x in [&[][..], &[1.0], &[2.0, 2.0]] {
            let weight = Weight::new(x);
            assert_eq!(weight.at(1.0), 0.0);
            assert!(weight.graph().iter().all(|[_, g]| *g == 0.0));
        }
    }
}
