//! The textbook's algorithms, in sums whose bits do not depend on the machine. Matrices are row-major.

use faer::Mat;

use super::{Eigen, Pivoted, Reduced};
use crate::model::kernels;

/// L of a symmetric positive definite matrix LLᵀ, of which `entry` gives the lower triangle.
pub(super) fn cholesky(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Vec<f64>> {
    let mut rows = vec![0.0; n * n];
    for i in 0..n {
        let (above, row) = rows.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..(j + 1) * n];
            row[j] = (entry(i, j) - kernels::dot(&row[..j], &other[..j])) / other[j];
        }
        let square = entry(i, i) - kernels::dot(&row[..i], &row[..i]);
        // Not a number is no square either.
        if !(square > 0.0 && square.is_finite()) {
            return None;
        }
        row[i] = square.sqrt();
    }
    Some(rows)
}

/// x ← L⁻¹x for a lower triangle L.
pub(super) fn solve_lower(lower: &[f64], x: &mut [f64]) {
    let n = x.len();
    for i in 0..n {
        let row = &lower[i * n..(i + 1) * n];
        x[i] = (x[i] - kernels::dot(&row[..i], &x[..i])) / row[i];
    }
}

/// x ← L⁻ᵀx.
pub(super) fn solve_transposed_lower(lower: &[f64], x: &mut [f64]) {
    let n = x.len();
    for i in (0..n).rev() {
        let row = &lower[i * n..(i + 1) * n];
        x[i] /= row[i];
        let (before, known) = x.split_at_mut(i);
        subtract(before, known[0], row);
    }
}

/// The columns in the order of what they add, by the orthogonalisation of Gram and Schmidt, up to where that is
/// `negligible` beside the first.
pub(super) fn pivoted(mut columns: Vec<Vec<f64>>, negligible: f64) -> Pivoted {
    let n = columns.len();
    let mut order: Vec<usize> = (0..n).collect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    // Rows of R, entries in the order of the columns as they stand.
    let mut triangle: Vec<Vec<f64>> = Vec::new();
    let mut first = 0.0;
    for k in 0..n {
        let length = |column: &Vec<f64>| kernels::dot(column, column).sqrt();
        let lengths = columns[k..].iter().map(length).enumerate();
        let largest = lengths.fold(
            (0, 0.0),
            |best, this| if this.1 > best.1 { this } else { best },
        );
        let (at, size) = (k + largest.0, largest.1);
        if k == 0 {
            first = size;
        }
        if size <= negligible * first {
            break;
        }
        columns.swap(k, at);
        order.swap(k, at);
        for row in &mut triangle {
            row.swap(k, at);
        }
        let (done, rest) = columns.split_at_mut(k + 1);
        let mut direction: Vec<f64> = done[k].iter().map(|x| x / size).collect();
        // What rounding has left along the others.
        for other in &basis {
            let share = kernels::dot(other, &direction);
            subtract(&mut direction, share, other);
        }
        let unit = length(&direction);
        for x in &mut direction {
            *x /= unit;
        }
        let mut row = vec![0.0; n];
        row[k] = kernels::dot(&direction, &done[k]);
        for (other, entry) in rest.iter_mut().zip(&mut row[k + 1..]) {
            *entry = kernels::dot(&direction, other);
            subtract(other, *entry, &direction);
        }
        basis.push(direction);
        triangle.push(row);
    }
    let rank = basis.len();
    order.truncate(rank);
    Pivoted {
        basis,
        triangle: Mat::from_fn(rank, rank, |i, j| triangle[i][j]),
        order,
    }
}

/// Q and R of the columns in their order, by the same orthogonalisation.
pub(super) fn orthogonal(mut columns: Vec<Vec<f64>>) -> (Mat<f64>, Mat<f64>) {
    let (n, d) = (columns.len(), columns.first().map_or(0, Vec::len));
    let mut triangle = Mat::zeros(n, n);
    for k in 0..n {
        let (done, rest) = columns.split_at_mut(k);
        let column = &mut rest[0];
        // The second time for what rounding has left along the others.
        for _ in 0..2 {
            for (l, other) in done.iter().enumerate() {
                let share = kernels::dot(other, column);
                triangle[(l, k)] += share;
                subtract(column, share, other);
            }
        }
        let length = kernels::dot(column, column).sqrt();
        triangle[(k, k)] = length;
        for x in column {
            *x /= length;
        }
    }
    (Mat::from_fn(d, n, |j, k| columns[k][j]), triangle)
}

/// v ← v − s·w.
fn subtract(v: &mut [f64], s: f64, w: &[f64]) {
    for (v, w) in v.iter_mut().zip(w) {
        *v -= s * w;
    }
}

/// [`reduced`](super::reduced) by the reflections of Householder.
pub(super) fn reflected(x: &[f64], y: &[f64], d: usize) -> Reduced {
    let n = y.len();
    // Column by column, and y behind them.
    let mut columns: Vec<Vec<f64>> = (0..d)
        .map(|j| (0..n).map(|i| x[i * d + j]).collect())
        .collect();
    columns.push(y.to_vec());
    for k in 0..d {
        let (done, rest) = columns.split_at_mut(k + 1);
        let column = &mut done[k];
        let length = kernels::dot(&column[k..], &column[k..]).sqrt();
        if length == 0.0 {
            continue;
        }
        // Away from where the entry stands, so that nothing cancels.
        let diagonal = if column[k] > 0.0 { -length } else { length };
        let mut mirror = column[k..].to_vec();
        mirror[0] -= diagonal;
        let square = kernels::dot(&mirror, &mirror);
        for other in rest {
            let other = &mut other[k..];
            let share = 2.0 * kernels::dot(&mirror, other) / square;
            subtract(other, share, &mirror);
        }
        column[k..].fill(0.0);
        column[k] = diagonal;
    }
    let y = columns.pop().unwrap_or_default();
    let entry = |at: usize| columns[at % d][at / d];
    Reduced {
        x: (0..d * d).map(entry).collect(),
        outside: kernels::dot(&y[d..], &y[d..]),
        y: y[..d].to_vec(),
    }
}

/// [`eigen`](super::eigen) by the rotations of Jacobi: to the rounding of the largest eigenvalue.
pub(super) fn rotated(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Eigen> {
    /// It takes a handful of sweeps: they converge quadratically.
    const SWEEPS: usize = 60;
    let mut a: Vec<f64> = (0..n * n)
        .map(|at| entry((at / n).max(at % n), (at / n).min(at % n)))
        .collect();
    // Row by row, so that a rotation combines two rows of either.
    let mut vectors: Vec<f64> = (0..n * n)
        .map(|at| f64::from(u8::from(at / n == at % n)))
        .collect();
    let largest = kernels::max_abs(&a);
    if !largest.is_finite() {
        return None;
    }
    let negligible = 0.125 * f64::EPSILON * largest;
    for _ in 0..SWEEPS {
        let mut settled = true;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[p * n + q];
                if off.abs() <= negligible {
                    continue;
                }
                settled = false;
                // The smaller of the two angles that bring the entry to 0.
                let apart = 0.5 * (a[q * n + q] - a[p * n + p]) / off;
                let tangent = apart.signum() / (apart.abs() + (apart * apart + 1.0).sqrt());
                let cosine = (tangent * tangent + 1.0).sqrt().recip();
                let sine = tangent * cosine;
                rotate_rows(&mut vectors, n, [p, q], [cosine, sine]);
                rotate_rows(&mut a, n, [p, q], [cosine, sine]);
                for row in a.chunks_exact_mut(n) {
                    let [x, y] = [row[p], row[q]];
                    row[p] = cosine * x - sine * y;
                    row[q] = sine * x + cosine * y;
                }
                a[p * n + q] = 0.0;
                a[q * n + p] = 0.0;
            }
        }
        if settled {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|k, l| a[k * n + k].total_cmp(&a[l * n + l]));
            let values = order.iter().map(|k| a[k * n + k]).collect();
            let vectors = (0..n * n).map(|at| vectors[order[at % n] * n + at / n]);
            return Some((vectors.collect(), values));
        }
    }
    None
}

/// Rows p and q of a matrix with `n` columns, turned.
fn rotate_rows(matrix: &mut [f64], n: usize, [p, q]: [usize; 2], [cosine, sine]: [f64; 2]) {
    let (upper, lower) = matrix.split_at_mut(q * n);
    let (row_p, row_q) = (&mut upper[p * n..(p + 1) * n], &mut lower[..n]);
    kernels::rotate(row_p, row_q, cosine, sine);
}
