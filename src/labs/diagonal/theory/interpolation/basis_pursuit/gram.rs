//! The Cholesky factor of the Gram matrix of a list of vectors that gains and loses members.

use crate::model::kernels;

/// Squared distance of a vector from the span of the list, in units of its square, below which it
/// counts as dependent: far above rounding, so that what follows keeps about ten digits.
const DEPENDENT: f64 = 1e-10;

/// L with L Lᵀ = G, row by row up to the diagonal.
#[derive(Debug, Default)]
pub(super) struct GramFactor {
    rows: Vec<Vec<f64>>,
}

impl GramFactor {
    /// Appends a vector, given its products with those of the list and with itself. `false`, and
    /// nothing appended, if it depends on them.
    pub(super) fn push(&mut self, mut products: Vec<f64>, square: f64) -> bool {
        for (i, row) in self.rows.iter().enumerate() {
            let known = kernels::dot(&row[..i], &products[..i]);
            products[i] = (products[i] - known) / row[i];
        }
        let rest = square - kernels::dot(&products, &products);
        let independent = rest > DEPENDENT * square;
        if independent {
            products.push(rest.sqrt());
            self.rows.push(products);
        }
        independent
    }

    /// Removes a vector; those behind it move up. Rotations of neighbouring columns make what is
    /// left of L triangular again.
    pub(super) fn remove(&mut self, at: usize) {
        self.rows.remove(at);
        let mut rotations: Vec<(f64, f64)> = Vec::with_capacity(self.rows.len() - at);
        for row in &mut self.rows[at..] {
            for (k, (cosine, sine)) in (at..).zip(&rotations) {
                let (left, right) = (row[k], row[k + 1]);
                row[k] = cosine * left + sine * right;
                row[k + 1] = cosine * right - sine * left;
            }
            let right = row.pop().unwrap_or_default();
            if let Some(left) = row.last_mut() {
                let pair = [*left, right];
                let length = kernels::dot(&pair, &pair).sqrt();
                rotations.push((*left / length, right / length));
                *left = length;
            }
        }
    }

    /// v ← G⁻¹v.
    pub(super) fn solve(&self, v: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate() {
            let known = kernels::dot(&row[..i], &v[..i]);
            v[i] = (v[i] - known) / row[i];
        }
        for (i, row) in self.rows.iter().enumerate().rev() {
            let (before, rest) = v.split_at_mut(i);
            rest[0] /= row[i];
            for (before, l) in before.iter_mut().zip(row) {
                *before -= rest[0] * l;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(seed: usize) -> Vec<f64> {
        let entry = |k: usize| ((seed * 7 + k).pow(2) as f64).sin();
        (0..7).map(entry).collect()
    }

    fn push(factor: &mut GramFactor, list: &mut Vec<Vec<f64>>, v: Vec<f64>) -> bool {
        let products = list.iter().map(|other| kernels::dot(other, &v)).collect();
        let pushed = factor.push(products, kernels::dot(&v, &v));
        if pushed {
            list.push(v);
        }
        pushed
    }

    /// G⁻¹ undoes G for whatever list is left. No vector is nearer to the span of those before it
    /// than 0.1, so that rounding grows by a few powers of ten at most: ten digits are left.
    #[test]
    fn solves_after_vectors_came_and_went() {
        let (mut factor, mut list) = (GramFactor::default(), Vec::new());
        for seed in 0..6 {
            assert!(push(&mut factor, &mut list, vector(seed * seed)));
        }
        for at in [2, 0, 3] {
            factor.remove(at);
            list.remove(at);
        }
        assert!(push(&mut factor, &mut list, vector(50)));
        let mut distances = factor.rows.iter().filter_map(|row| row.last());
        assert!(distances.all(|distance| *distance > 0.1));
        let expected = [0.5, -1.0, 2.0, 3.0];
        let mut v: Vec<f64> = list
            .iter()
            .map(|a| {
                let products = list.iter().zip(expected);
                products.map(|(b, x)| kernels::dot(a, b) * x).sum()
            })
            .collect();
        factor.solve(&mut v);
        for (v, expected) in v.iter().zip(expected) {
            assert!((v - expected).abs() <= 1e-10, "{v} {expected}");
        }
    }

    #[test]
    fn a_dependent_vector_is_refused() {
        let (mut factor, mut list) = (GramFactor::default(), Vec::new());
        assert!(push(&mut factor, &mut list, vector(1)));
        assert!(push(&mut factor, &mut list, vector(2)));
        let sum = list[0].iter().zip(&list[1]).map(|(a, b)| a - 3.0 * b);
        let sum = sum.collect();
        assert!(!push(&mut factor, &mut list, sum));
        assert!(push(&mut factor, &mut list, vector(3)));
    }
}
