//! Small dense problems whose answers go into what a run records: symmetric systems, least squares, eigenvectors.
//!
//! Under [`Arithmetic::Fused`] they are `faer`'s, which picks its instructions by the processor and sums as these
//! suggest: fast, and of other last digits on other machines. Under [`Arithmetic::Plain`] they are the textbook's, in
//! the plain sums of [`kernels`]: Cholesky's factors, Householder's reflections, Jacobi's rotations,
//! Gram and Schmidt's orthogonalisation, twice.

mod plain;

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers::Solve as _;
use faer::linalg::triangular_solve;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::arithmetic::Arithmetic;
use super::kernels;

/// A symmetric positive definite matrix as LLᵀ.
pub struct Cholesky(Factor);

enum Factor {
    Fused(faer::linalg::solvers::Llt<f64>),
    /// L.
    Plain(Vec<f64>),
}

impl Cholesky {
    /// Of the matrix of `n` rows that has this lower triangle; `None` if it is not positive definite.
    pub fn new(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Self> {
        if Arithmetic::is_plain_here() {
            return plain::cholesky(n, entry).map(|factor| Self(Factor::Plain(factor)));
        }
        let matrix = Mat::from_fn(n, n, |i, j| if i >= j { entry(i, j) } else { 0.0 });
        matrix
            .llt(faer::Side::Lower)
            .ok()
            .map(|factor| Self(Factor::Fused(factor)))
    }

    /// Of a matrix whose lower triangle counts.
    pub fn of(matrix: &Mat<f64>) -> Option<Self> {
        if Arithmetic::is_plain_here() {
            return Self::new(matrix.nrows(), |i, j| matrix[(i, j)]);
        }
        let factor = matrix.llt(faer::Side::Lower).ok();
        factor.map(|factor| Self(Factor::Fused(factor)))
    }

    /// The solution for a right side.
    pub fn solve(&self, right_side: &[f64]) -> Vec<f64> {
        let n = right_side.len();
        match &self.0 {
            Factor::Fused(factor) => {
                let solved = factor.solve(Mat::from_fn(n, 1, |i, _| right_side[i]));
                (0..n).map(|i| solved[(i, 0)]).collect()
            }
            Factor::Plain(factor) => {
                let mut x = right_side.to_vec();
                plain::solve_lower(factor, &mut x);
                plain::solve_transposed_lower(factor, &mut x);
                x
            }
        }
    }
}

/// A least-squares problem of more rows than columns, turned so that only as many rows count as there are columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// R of X = QR, row-major.
    pub x: Vec<f64>,
    /// Qᵀy.
    pub y: Vec<f64>,
    /// ‖y − QQᵀy‖₂², which no combination of columns removes.
    pub outside: f64,
}

/// Turns the row-major X with `y.len()` rows.
pub fn reduced(x: &[f64], y: &[f64]) -> Reduced {
    let n = y.len();
    let d = x.len() / n;
    if Arithmetic::is_plain_here() {
        return plain::reflected(x, y, d);
    }
    let factors = Mat::from_fn(n, d, |i, j| x[i * d + j]).qr();
    let (q, r) = (factors.compute_thin_Q(), factors.thin_R());
    let x = (0..d * d).map(|at| r[(at / d, at % d)]).collect();
    let turned: Vec<f64> = (0..d)
        .map(|j| (0..n).map(|i| q[(i, j)] * y[i]).sum())
        .collect();
    let outside = |i: usize| {
        let inside: f64 = turned.iter().enumerate().map(|(j, y)| q[(i, j)] * y).sum();
        (y[i] - inside).powi(2)
    };
    let outside = (0..n).map(outside).sum::<f64>();
    Reduced {
        x,
        y: turned,
        outside,
    }
}

/// The lower triangle of M Mᵀ; what is above it stays.
pub fn gram(matrix: MatRef<'_, f64>, out: &mut Mat<f64>) {
    put_gram(matrix, Accum::Replace, out);
}

/// Adds the lower triangle of M Mᵀ; what is above it stays.
pub fn add_gram(matrix: MatRef<'_, f64>, out: &mut Mat<f64>) {
    put_gram(matrix, Accum::Add, out);
}

fn put_gram(matrix: MatRef<'_, f64>, accum: Accum, out: &mut Mat<f64>) {
    let (n, d) = (matrix.nrows(), matrix.ncols());
    if Arithmetic::is_plain_here() {
        let rows: Vec<f64> = (0..n * d).map(|at| matrix[(at / d, at % d)]).collect();
        let row = |i: usize| &rows[i * d..(i + 1) * d];
        for i in 0..n {
            for j in 0..=i {
                let before = match accum {
                    Accum::Replace => 0.0,
                    Accum::Add => out[(i, j)],
                };
                out[(i, j)] = before + kernels::dot(row(i), row(j));
            }
        }
        return;
    }
    triangular::matmul(
        out.as_mut(),
        BlockStructure::TriangularLower,
        accum,
        matrix,
        BlockStructure::Rectangular,
        matrix.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}

/// x ← T⁻¹x, or x ← T⁻ᵀx if `transposed`, for an upper triangle T.
pub fn solve_upper(triangle: MatRef<'_, f64>, transposed: bool, x: &mut [f64]) {
    let n = x.len();
    if Arithmetic::is_plain_here() {
        let rows: Vec<f64> = (0..n * n).map(|at| triangle[(at % n, at / n)]).collect();
        // The rows of Tᵀ.
        if transposed {
            plain::solve_lower(&rows, x);
        } else {
            plain::solve_transposed_lower(&rows, x);
        }
        return;
    }
    let mut solved = Mat::from_fn(n, 1, |k, _| x[k]);
    if transposed {
        let lower = triangle.transpose();
        triangular_solve::solve_lower_triangular_in_place(lower, solved.as_mut(), Par::Seq);
    } else {
        triangular_solve::solve_upper_triangular_in_place(triangle, solved.as_mut(), Par::Seq);
    }
    for (k, x) in x.iter_mut().enumerate() {
        *x = solved[(k, 0)];
    }
}

/// M v.
pub fn product(matrix: MatRef<'_, f64>, v: &[f64]) -> Vec<f64> {
    transposed_product(matrix.transpose(), v)
}

/// Mᵀv.
pub fn transposed_product(matrix: MatRef<'_, f64>, v: &[f64]) -> Vec<f64> {
    let columns = matrix.ncols();
    if Arithmetic::is_plain_here() {
        let columns = columns_of(matrix);
        return columns
            .iter()
            .map(|column| kernels::dot(column, v))
            .collect();
    }
    let product = matrix.transpose() * Mat::from_fn(v.len(), 1, |j, _| v[j]);
    (0..columns).map(|k| product[(k, 0)]).collect()
}

/// M v for each of several vectors, which stand one after the other as what is written does, and a row-major M.
pub fn products(matrix: &[f64], vectors: &[f64], count: usize, out: &mut [f64]) {
    let (rows, columns) = (out.len() / count, vectors.len() / count);
    if count == 1 || Arithmetic::is_plain_here() {
        let pairs = vectors
            .chunks_exact(columns)
            .zip(out.chunks_exact_mut(rows));
        for (v, out) in pairs {
            kernels::matrix_vector(matrix, v, out);
        }
        return;
    }
    let matrix = MatRef::from_row_major_slice(matrix, rows, columns);
    put_products(matrix, vectors, count, out);
}

/// Mᵀv for each of several vectors, which stand one after the other as what is written does, and a row-major M.
pub fn transposed_products(matrix: &[f64], vectors: &[f64], count: usize, out: &mut [f64]) {
    let (columns, rows) = (out.len() / count, vectors.len() / count);
    if count == 1 || Arithmetic::is_plain_here() {
        let pairs = vectors
            .chunks_exact(rows)
            .zip(out.chunks_exact_mut(columns));
        for (v, out) in pairs {
            kernels::transposed_matrix_vector(matrix, v, out);
        }
        return;
    }
    let matrix = MatRef::from_row_major_slice(matrix, rows, columns);
    put_products(matrix.transpose(), vectors, count, out);
}

fn put_products(matrix: MatRef<'_, f64>, vectors: &[f64], count: usize, out: &mut [f64]) {
    let (rows, columns) = (matrix.nrows(), matrix.ncols());
    matmul(
        MatMut::from_column_major_slice_mut(out, rows, count),
        Accum::Replace,
        matrix,
        MatRef::from_column_major_slice(vectors, columns, count),
        1.0,
        Par::Seq,
    );
}

/// Q and R of M = QR, for a matrix of no fewer rows than columns, which are independent.
pub fn orthogonal(matrix: MatRef<'_, f64>) -> (Mat<f64>, Mat<f64>) {
    if Arithmetic::is_plain_here() {
        return plain::orthogonal(columns_of(matrix));
    }
    let factors = matrix.qr();
    (factors.compute_thin_Q(), factors.thin_R().to_owned())
}

fn columns_of(matrix: MatRef<'_, f64>) -> Vec<Vec<f64>> {
    let column = |k| (0..matrix.nrows()).map(|j| matrix[(j, k)]).collect();
    (0..matrix.ncols()).map(column).collect()
}

/// R of M = QR, for a matrix of no fewer rows than columns.
pub fn triangle_of(matrix: MatRef<'_, f64>) -> Mat<f64> {
    let (n, d) = (matrix.nrows(), matrix.ncols());
    if !Arithmetic::is_plain_here() {
        return matrix.qr().thin_R().to_owned();
    }
    let x: Vec<f64> = (0..n * d).map(|at| matrix[(at / d, at % d)]).collect();
    let found = plain::reflected(&x, &vec![0.0; n], d);
    Mat::from_fn(d, d, |i, j| found.x[i * d + j])
}

/// Columns of a matrix in the order in which each adds most to the span of those before.
#[derive(Clone, Debug)]
pub struct Pivoted {
    /// An orthonormal basis, one vector after the other.
    pub basis: Vec<Vec<f64>>,
    /// R: the columns in their new order are the basis times this.
    pub triangle: Mat<f64>,
    /// Where each of the columns stood.
    pub order: Vec<usize>,
}

/// Orthogonalises the columns of a matrix, as far as they do not depend on each other to rounding.
///
/// With `faer`, pivoting moves one column at a time and is slow on tall matrices, so it is applied to the small
/// triangle of a plain blocked QR, which has the same dependencies between columns.
pub fn pivoted(columns: MatRef<'_, f64>) -> Pivoted {
    let (d, n) = (columns.nrows(), columns.ncols());
    let negligible = 4.0 * d.max(n) as f64 * f64::EPSILON;
    if Arithmetic::is_plain_here() {
        return plain::pivoted(columns_of(columns), negligible);
    }
    let tall = columns.qr();
    let pivoted = tall.thin_R().col_piv_qr();
    let triangle = pivoted.thin_R();
    let size = triangle.nrows().min(n);
    let largest = if size == 0 {
        0.0
    } else {
        triangle[(0, 0)].abs()
    };
    let rank = (0..size)
        .take_while(|&k| triangle[(k, k)].abs() > negligible * largest)
        .count();
    let basis = tall.compute_thin_Q() * pivoted.compute_thin_Q().subcols(0, rank);
    let entry = |i: usize, j: usize| if i <= j { triangle[(i, j)] } else { 0.0 };
    Pivoted {
        basis: (0..rank)
            .map(|k| (0..d).map(|j| basis[(j, k)]).collect())
            .collect(),
        triangle: Mat::from_fn(rank, rank, entry),
        order: pivoted.P().arrays().0[..rank].to_vec(),
    }
}

/// Eigenvectors of a symmetric matrix, the columns of a row-major matrix, and their eigenvalues, not decreasing.
pub type Eigen = (Vec<f64>, Vec<f64>);

/// Of the matrix of `n` rows that has this lower triangle; `None` if it could not be done.
pub fn eigen(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Eigen> {
    if Arithmetic::is_plain_here() {
        return plain::rotated(n, entry);
    }
    let matrix = Mat::from_fn(n, n, |i, j| if i >= j { entry(i, j) } else { 0.0 });
    let eigen = matrix.self_adjoint_eigen(faer::Side::Lower).ok()?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let vectors = (0..n * n).map(|at| vectors[(at / n, at % n)]).collect();
    Some((vectors, (0..n).map(|k| values[k]).collect()))
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;
    use crate::model::random::{Stream, generator};

    fn reals(len: usize, index: usize) -> Vec<f64> {
        let mut rng = generator(1, Stream::Checks, index);
        (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// Rows of `n` and `d` numbers, and an entry of their Gram matrix.
    fn gram(rows: &[f64], d: usize) -> impl Fn(usize, usize) -> f64 {
        move |i, j| kernels::dot(&rows[i * d..(i + 1) * d], &rows[j * d..(j + 1) * d])
    }

    fn close(a: &[f64], b: &[f64], tolerance: f64) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= tolerance, "{a} {b}");
        }
    }

    /// Against the other arithmetic. Both are backward stable: n·ε times the condition, some 100 for 12 rows of 40
    /// uniform numbers.
    #[test]
    fn both_arithmetics_solve_alike() {
        for (n, d) in [(1, 3), (12, 40)] {
            let (rows, right_side) = (reals(n * d, 0), reals(n, 1));
            let solve = || {
                let factor = Cholesky::new(n, gram(&rows, d)).unwrap();
                factor.solve(&right_side)
            };
            let [fused, plain] =
                [Arithmetic::Fused, Arithmetic::Plain].map(|arithmetic| arithmetic.run(solve));
            close(&fused, &plain, 1e-12);
        }
        let plain = |entry: fn(usize, usize) -> f64| {
            Arithmetic::Plain.run(|| Cholesky::new(2, entry)).is_none()
        };
        assert!(plain(|_, _| 1.0) && plain(|_, _| f64::NAN));
    }

    /// Several vectors and one, against sums of 40 products below 1.
    #[test]
    fn products_of_several_vectors_are_those_of_each() {
        let (rows, columns) = (13, 40);
        let matrix = reals(rows * columns, 6);
        for (count, arithmetic) in [
            (1, Arithmetic::Fused),
            (5, Arithmetic::Fused),
            (5, Arithmetic::Plain),
        ] {
            let (wide, tall) = (reals(columns * count, 7), reals(rows * count, 8));
            let (mut images, mut back) = (vec![9.0; rows * count], vec![9.0; columns * count]);
            arithmetic.run(|| {
                products(&matrix, &wide, count, &mut images);
                transposed_products(&matrix, &tall, count, &mut back);
            });
            for at in 0..count {
                let (v, c) = (&wide[at * columns..], &tall[at * rows..]);
                for i in 0..rows {
                    let sum: f64 = (0..columns).map(|j| matrix[i * columns + j] * v[j]).sum();
                    assert!((images[at * rows + i] - sum).abs() < 1e-14);
                }
                for j in 0..columns {
                    let sum: f64 = (0..rows).map(|i| matrix[i * columns + j] * c[i]).sum();
                    assert!((back[at * columns + j] - sum).abs() < 1e-14);
                }
            }
        }
    }

    /// RᵀR = XᵀX, Rᵀ(Qᵀy) = Xᵀy and ‖Qᵀy‖² + outside = ‖y‖², in sums of 30 products below 1. A column that repeats
    /// another is no exception.
    #[test]
    fn what_is_reduced_says_the_same_of_every_combination_of_columns() {
        let (n, d) = (30, 7);
        let (mut x, y) = (reals(n * d, 2), reals(n, 3));
        for i in 0..n {
            x[i * d + 4] = x[i * d];
        }
        for arithmetic in [Arithmetic::Fused, Arithmetic::Plain] {
            let found = arithmetic.run(|| reduced(&x, &y));
            let product = |matrix: &[f64], rows: usize, j: usize, k: usize| -> f64 {
                (0..rows)
                    .map(|i| matrix[i * d + j] * matrix[i * d + k])
                    .sum()
            };
            for j in 0..d {
                for k in 0..d {
                    let gap = product(&found.x, d, j, k) - product(&x, n, j, k);
                    assert!(gap.abs() < 1e-13, "{gap}");
                }
                let there: f64 = (0..d).map(|i| found.x[i * d + j] * found.y[i]).sum();
                let here: f64 = (0..n).map(|i| x[i * d + j] * y[i]).sum();
                assert!((there - here).abs() < 1e-13);
            }
            let left: f64 = found.y.iter().map(|y| y * y).sum();
            let all: f64 = y.iter().map(|y| y * y).sum();
            assert!((left + found.outside - all).abs() < 1e-13);
        }
    }

    /// Q orthonormal, QR the columns in their order, R with a falling diagonal; a column that is the sum of two others
    /// does not count. To n·ε of columns of norm 1.
    #[test]
    fn pivoted_columns_are_the_basis_times_the_triangle() {
        let (d, n) = (20, 6);
        let mut columns = Mat::from_fn(d, n, |j, i| reals(d * n, 5)[j * n + i]);
        for j in 0..d {
            columns[(j, 4)] = columns[(j, 1)] + columns[(j, 2)];
        }
        for arithmetic in [Arithmetic::Fused, Arithmetic::Plain] {
            let found = arithmetic.run(|| pivoted(columns.as_ref()));
            let rank = found.order.len();
            assert_eq!(rank, 5);
            let diagonal = (0..rank).map(|k| found.triangle[(k, k)].abs());
            assert!(diagonal.is_sorted_by(|a, b| a >= b));
            for k in 0..rank {
                let products = found.basis.iter().map(|q| kernels::dot(q, &found.basis[k]));
                for (l, product) in products.enumerate() {
                    assert!((product - f64::from(u8::from(k == l))).abs() < 1e-14);
                }
                for j in 0..d {
                    let made: f64 = (0..=k)
                        .map(|l| found.basis[l][j] * found.triangle[(l, k)])
                        .sum();
                    assert!((made - columns[(j, found.order[k])]).abs() < 1e-14);
                }
            }
            let (along, triangle) = arithmetic.run(|| orthogonal(columns.subcols(0, 4)));
            let made = &along * &triangle;
            for k in 0..4 {
                for j in 0..d {
                    assert!((made[(j, k)] - columns[(j, k)]).abs() < 1e-14);
                }
                for l in 0..4 {
                    let product: f64 = (0..d).map(|j| along[(j, k)] * along[(j, l)]).sum();
                    assert!((product - f64::from(u8::from(k == l))).abs() < 1e-14);
                }
            }
            let v = reals(d, 6);
            let product = arithmetic.run(|| transposed_product(columns.as_ref(), &v));
            let triangle = arithmetic.run(|| triangle_of(columns.subcols(0, 4)));
            for k in 0..4 {
                let expected: f64 = (0..d).map(|j| columns[(j, k)] * v[j]).sum();
                assert!((product[k] - expected).abs() < 1e-14);
                for l in 0..4 {
                    let expected: f64 = (0..d).map(|j| columns[(j, k)] * columns[(j, l)]).sum();
                    let gram: f64 = (0..4).map(|i| triangle[(i, k)] * triangle[(i, l)]).sum();
                    assert!((gram - expected).abs() < 1e-13);
                }
            }
            for transposed in [false, true] {
                let mut x = v[..4].to_vec();
                arithmetic.run(|| solve_upper(triangle.as_ref(), transposed, &mut x));
                for k in 0..4 {
                    let entry = |l: usize| triangle[if transposed { (l, k) } else { (k, l) }];
                    let back: f64 = (0..4).map(|l| entry(l) * x[l]).sum();
                    assert!((back - v[k]).abs() < 1e-13);
                }
            }
        }
    }

    /// A V = V Λ and VᵀV = 1 to n·ε·‖A‖; with fewer dimensions than rows, so that most eigenvalues are 0.
    #[test]
    fn eigenvectors_are_what_they_say() {
        for (n, d) in [(1, 1), (9, 30), (40, 5)] {
            let rows = reals(n * d, 4);
            let entry = gram(&rows, d);
            for arithmetic in [Arithmetic::Fused, Arithmetic::Plain] {
                let (vectors, values) = arithmetic.run(|| eigen(n, &entry)).unwrap();
                assert!(values.is_sorted());
                let largest = values[n - 1].max(1.0);
                for k in 0..n {
                    for l in 0..n {
                        let product: f64 = (0..n)
                            .map(|i| vectors[i * n + k] * vectors[i * n + l])
                            .sum();
                        let expected = f64::from(u8::from(k == l));
                        assert!((product - expected).abs() < 1e-13, "{product}");
                        let image: f64 = (0..n).map(|i| entry(l, i) * vectors[i * n + k]).sum();
                        let gap = image - values[k] * vectors[l * n + k];
                        assert!(gap.abs() < 1e-13 * largest, "{gap}");
                    }
                }
            }
            assert_eq!(Arithmetic::Plain.run(|| eigen(n, |_, _| f64::NAN)), None);
        }
    }
}
