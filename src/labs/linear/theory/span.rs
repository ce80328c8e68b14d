//! span(x₁, …, x_n), what is orthogonal to it, and the least-squares solutions.
//!
//! Gram and Schmidt's orthonormalisation, the longest remainder first and every remainder twice ("twice is
//! enough"): plain loops, so that every machine finds the same bits.

use crate::model::kernels;

/// A remainder below this part of the longest row is rounding, not a direction.
const NEGLIGIBLE: f64 = 1e-10;

/// See the module.
#[derive(Clone, Debug)]
pub struct Span {
    d: usize,
    /// Orthonormal, rank × d, row-major: Q.
    basis: Vec<f64>,
    /// Q times a least-squares solution: the same for all of them.
    target: Vec<f64>,
    /// ‖Xw − y‖ there, relative to ‖y‖.
    misfit: f64,
}

impl Span {
    /// Of rows `x` (n × d) with labels `y`.
    pub fn new(x: &[f64], d: usize, y: &[f64]) -> Self {
        let rows: Vec<Vec<f64>> = x.chunks_exact(d).map(<[f64]>::to_vec).collect();
        let longest = rows.iter().map(|row| norm(row)).fold(0.0, f64::max);
        let basis = orthonormal(rows, NEGLIGIBLE * longest).concat();
        let mut span = Self {
            d,
            basis,
            target: Vec::new(),
            misfit: 0.0,
        };
        (span.target, span.misfit) = span.least_squares(x, y);
        span
    }

    /// The dimension of the span.
    pub fn rank(&self) -> usize {
        self.basis.len() / self.d
    }

    /// Q, rank × d, row-major.
    pub fn basis(&self) -> &[f64] {
        &self.basis
    }

    /// Qw of every least-squares solution w.
    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// Whether the solutions of least squares interpolate: Xw = y within rounding.
    pub fn interpolates(&self) -> bool {
        self.misfit <= 1e-9
    }

    /// Qv: the coordinates of the part of v in the span.
    pub fn coordinates(&self, v: &[f64]) -> Vec<f64> {
        let rows = self.basis.chunks_exact(self.d);
        rows.map(|q| kernels::dot(q, v)).collect()
    }

    /// Qᵀc: the vector of the span with these coordinates.
    pub fn vector(&self, coordinates: &[f64]) -> Vec<f64> {
        let mut vector = vec![0.0; self.d];
        for (q, c) in self.basis.chunks_exact(self.d).zip(coordinates) {
            for (v, q) in vector.iter_mut().zip(q) {
                *v += c * q;
            }
        }
        vector
    }

    /// (I − P)v with P = X⁺X = QᵀQ: the part of v off the span.
    pub fn outside(&self, v: &[f64]) -> Vec<f64> {
        let mut rest = v.to_vec();
        // Once more for what rounding has left.
        for _ in 0..2 {
            let inside = self.vector(&self.coordinates(&rest));
            rest.iter_mut().zip(inside).for_each(|(v, p)| *v -= p);
        }
        rest
    }

    /// w₀ + X⁺(y − Xw₀): the least-squares solution nearest to w₀, where every method ends that never leaves
    /// w₀ + span(xᵢ).
    pub fn nearest_solution(&self, start: &[f64]) -> Vec<f64> {
        let mut solution = self.outside(start);
        let inside = self.vector(&self.target);
        solution.iter_mut().zip(inside).for_each(|(w, p)| *w += p);
        solution
    }

    /// The first vector of [`Self::complement`], which costs a fraction of all of them; `None` if there is none.
    pub fn off_direction(&self) -> Option<Vec<f64>> {
        let mut squares = vec![0.0; self.d];
        for q in self.basis.chunks_exact(self.d) {
            squares.iter_mut().zip(q).for_each(|(sum, q)| *sum += q * q);
        }
        let farthest = (0..self.d).min_by(|i, j| squares[*i].total_cmp(&squares[*j]))?;
        if self.rank() >= self.d {
            return None;
        }
        let mut axis = vec![0.0; self.d];
        axis[farthest] = 1.0;
        let mut direction = self.outside(&axis);
        let length = norm(&direction);
        for entry in &mut direction {
            *entry /= length;
        }
        Some(direction)
    }

    /// An orthonormal basis of what is orthogonal to the span, (d − rank) × d; the largest entry of each vector is
    /// positive.
    pub fn complement(&self) -> Vec<f64> {
        let axes = (0..self.d).map(|j| {
            let mut axis = vec![0.0; self.d];
            axis[j] = 1.0;
            self.outside(&axis)
        });
        let mut complement = orthonormal(axes.collect(), 1e-6);
        complement.truncate(self.d - self.rank());
        for vector in &mut complement {
            let largest = vector
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                for entry in vector.iter_mut() {
                    *entry = -*entry;
                }
            }
        }
        complement.concat()
    }

    /// min ‖XQᵀc − y‖ over c, by orthonormalising the columns of XQᵀ; c, and the relative misfit.
    fn least_squares(&self, x: &[f64], y: &[f64]) -> (Vec<f64>, f64) {
        let (n, rank) = (y.len(), self.rank());
        let images: Vec<Vec<f64>> = (x.chunks_exact(self.d))
            .map(|row| self.coordinates(row))
            .collect();
        let mut columns: Vec<Vec<f64>> = (0..rank)
            .map(|k| (0..n).map(|i| images[i][k]).collect())
            .collect();
        // XQᵀ = UR with U orthonormal and R upper triangular.
        let mut triangle = vec![vec![0.0; rank]; rank];
        for k in 0..rank {
            for _ in 0..2 {
                for j in 0..k {
                    let share = kernels::dot(&columns[j], &columns[k]);
                    triangle[j][k] += share;
                    let (head, tail) = columns.split_at_mut(k);
                    let pairs = tail[0].iter_mut().zip(&head[j]);
                    pairs.for_each(|(v, u)| *v -= share * u);
                }
            }
            let length = norm(&columns[k]);
            triangle[k][k] = length;
            columns[k].iter_mut().for_each(|v| *v /= length);
        }
        let mut rest = y.to_vec();
        let mut c: Vec<f64> = Vec::with_capacity(rank);
        for column in &columns {
            let share = kernels::dot(column, &rest);
            c.push(share);
            rest.iter_mut()
                .zip(column)
                .for_each(|(r, u)| *r -= share * u);
        }
        for k in (0..rank).rev() {
            let known: f64 = (k + 1..rank).map(|j| triangle[k][j] * c[j]).sum();
            c[k] = (c[k] - known) / triangle[k][k];
        }
        (c, norm(&rest) / norm(y).max(f64::MIN_POSITIVE))
    }
}

/// Orthonormal vectors with the same span; remainders up to `negligible` are left out.
fn orthonormal(mut rest: Vec<Vec<f64>>, negligible: f64) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    while let Some(at) = longest(&rest) {
        let mut next = rest.swap_remove(at);
        for q in &basis {
            let share = kernels::dot(q, &next);
            next.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
        }
        let length = norm(&next);
        if length.is_nan() || length <= negligible {
            break;
        }
        for v in &mut next {
            *v /= length;
        }
        for row in &mut rest {
            let share = kernels::dot(&next, row);
            row.iter_mut().zip(&next).for_each(|(v, q)| *v -= share * q);
        }
        basis.push(next);
    }
    basis
}

/// The first of the longest vectors.
fn longest(vectors: &[Vec<f64>]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, vector) in vectors.iter().enumerate() {
        let length = norm(vector);
        if best.is_none_or(|(_, most)| length > most) {
            best = Some((at, length));
        }
    }
    best.map(|(at, _)| at)
}

/// ‖v‖₂.
pub fn norm(v: &[f64]) -> f64 {
    kernels::dot(v, v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [0.9, -0.8, 0.8, 0.2, 0.9, -0.2];

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        norm(&difference)
    }

    /// The digits of an independent pseudo-inverse.
    #[test]
    fn the_nearest_interpolator_is_the_pseudo_inverses() {
        let span = Span::new(&X, 3, &[1.0, 0.8]);
        let expected = [1.298_737_318_444, 0.711_480_913_802, 0.500_401_430_553];
        assert!(distance(&span.nearest_solution(&[0.0; 3]), &expected) < 1e-11);
        let moved = span.nearest_solution(&[-0.3, 1.3, -0.6]);
        for (row, y) in X.chunks_exact(3).zip([1.0, 0.8]) {
            assert!((kernels::dot(row, &moved) - y).abs() < 1e-14);
        }
        let step: Vec<f64> = moved
            .iter()
            .zip([-0.3, 1.3, -0.6])
            .map(|(a, b)| a - b)
            .collect();
        assert!(norm(&span.outside(&step)) < 1e-14);
        assert_eq!((span.rank(), span.interpolates()), (2, true));
        let off = span.complement();
        // The cross product of the rows, of length 1.
        assert!(distance(&span.off_direction().unwrap(), &off) < 1e-14);
        assert!(distance(&off, &[-0.478_422_8, 0.290_471_0, 0.828_696_7]) < 1e-6);
    }

    #[test]
    fn repeated_rows_count_once_and_contradictory_labels_are_noticed() {
        let x = [1.0, 2.0, 1.0, 2.0];
        let agreed = Span::new(&x, 2, &[3.0, 3.0]);
        assert_eq!((agreed.rank(), agreed.interpolates()), (1, true));
        let torn = Span::new(&x, 2, &[2.0, 4.0]);
        assert!(!torn.interpolates());
        // Least squares takes the mean label.
        assert!(distance(&torn.nearest_solution(&[0.0; 2]), &[0.6, 1.2]) < 1e-14);
        let nothing = Span::new(&[0.0, 0.0], 2, &[0.0]);
        assert_eq!((nothing.rank(), nothing.interpolates()), (0, true));
        assert_eq!(nothing.nearest_solution(&[4.0, 5.0]), [4.0, 5.0]);
    }
}
