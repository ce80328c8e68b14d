//! The other route to every number: linear algebra in plain loops and formulas as the paper prints
//! them, sharing no code with what is checked but the data.

use crate::labs::self_test_table::worse;
use crate::model::regression::Regression;

/// Xβ − y.
pub(super) fn residual(problem: &Regression, beta: &[f64]) -> Vec<f64> {
    let predictions = image(problem, beta).into_iter();
    predictions
        .zip(&problem.train.y)
        .map(|(prediction, label)| prediction - label)
        .collect()
}

/// Xv.
pub(super) fn image(problem: &Regression, v: &[f64]) -> Vec<f64> {
    let rows = problem.train.x.rows().into_iter();
    rows.map(|row| row.iter().zip(v).map(|(x, v)| x * v).sum())
        .collect()
}

/// Xᵀc.
pub(super) fn transposed(problem: &Regression, c: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; problem.d()];
    for (row, c) in problem.train.x.rows().into_iter().zip(c) {
        for (sum, x) in sum.iter_mut().zip(row) {
            *sum += x * c;
        }
    }
    sum
}

/// L = ‖r‖²/(4n).
pub(super) fn loss(residual: &[f64]) -> f64 {
    dot(residual, residual) / (4.0 * residual.len() as f64)
}

/// D = diag(XᵀX/n).
pub(super) fn mean_squares(problem: &Regression) -> Vec<f64> {
    let columns = problem.train.x.columns().into_iter();
    columns
        .map(|column| column.iter().map(|x| x * x).sum::<f64>() / problem.n() as f64)
        .collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn norm(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

/// ‖a − b‖₂/‖b‖₂.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    let gap: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&gap) / norm(b)
}

/// The largest |error|, NaN if there is one.
pub(super) fn largest(errors: impl IntoIterator<Item = f64>) -> f64 {
    errors
        .into_iter()
        .fold(0.0, |worst, error| worse(error.abs(), worst))
}

/// The solution of X diag(m) Xᵀ v = b, by elimination.
pub(super) fn solve_gram(problem: &Regression, m: &[f64], b: &[f64]) -> Vec<f64> {
    let n = problem.n();
    let rows: Vec<Vec<f64>> = problem
        .train
        .x
        .rows()
        .into_iter()
        .map(|row| row.to_vec())
        .collect();
    let entry = |i: usize, k: usize| {
        let pairs = rows[i].iter().zip(&rows[k]);
        pairs.zip(m).map(|((a, b), m)| a * b * m).sum::<f64>()
    };
    let mut a: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|k| entry(i, k)).collect())
        .collect();
    let mut solution = b.to_vec();
    // Positive definite: no pivoting.
    for k in 0..n {
        let (above, below) = a.split_at_mut(k + 1);
        let pivot = &above[k];
        for (i, row) in (k + 1..n).zip(below) {
            let factor = row[k] / pivot[k];
            for (entry, pivot) in row.iter_mut().zip(pivot) {
                *entry -= factor * pivot;
            }
            solution[i] -= factor * solution[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * solution[j]).sum();
        solution[k] = (solution[k] - known) / a[k][k];
    }
    solution
}

/// ‖(I−P)v‖, P the projection on span(Xᵀ).
pub(super) fn outside_span(problem: &Regression, v: &[f64]) -> f64 {
    let ones = vec![1.0; problem.d()];
    let mut rest = v.to_vec();
    // The second pass removes the rounding of the first.
    for _ in 0..2 {
        let coordinates = solve_gram(problem, &ones, &image(problem, &rest));
        let inside = transposed(problem, &coordinates);
        rest.iter_mut().zip(inside).for_each(|(v, i)| *v -= i);
    }
    norm(&rest)
}

/// dφ_a/db = ¼ asinh(b/2a²).
pub(super) fn mirror(b: f64, a: f64) -> f64 {
    0.25 * (b / (2.0 * a * a)).asinh()
}

/// φ_α(β) of eq. 2, term by term.
pub(super) fn entropy(beta: &[f64], alpha: &[f64]) -> f64 {
    let terms = beta.iter().zip(alpha).map(|(b, alpha)| {
        let square = 2.0 * alpha * alpha;
        b * (b / square).asinh() - b.hypot(square)
    });
    0.25 * terms.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_larger_than_any_number() {
        assert!(largest([1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(largest([1.0, -3.0, 2.0]), 3.0);
    }
}
