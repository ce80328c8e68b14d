//! What each loop under the steps costs, by itself: `cargo bench --bench kernels`, or with part of a name
//! behind it, `cargo bench --bench kernels -- normals`.
//!
//! Items are the multiply-adds of products, the coordinates of steps, and the numbers drawn.
//! `throughput` has what users wait for.

use std::fmt;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use implicit_bias_lab::model::aligned::{
    Aligned, InterleavedRows, PackedColumns, PaddedRows, zeros,
};
use implicit_bias_lab::model::kernels::{self, Image, Part};
use implicit_bias_lab::model::random::{Normals, Stream};

fn main() {
    divan::main();
}

/// Rows × columns of X.
#[derive(Clone, Copy)]
struct Size(usize, usize);

/// One that fits the nearest cache, and one that does not.
const SIZES: [Size; 2] = [Size(40, 100), Size(400, 1_000)];

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.0, self.1)
    }
}

fn normals(len: usize) -> Vec<f64> {
    let mut normals = vec![0.0; len];
    Normals::new(1, Stream::Checks, 0).fill(&mut normals);
    normals
}

fn numbers(len: usize) -> Aligned {
    normals(len).into()
}

/// r = Xβ − y, row by row.
#[divan::bench(args = SIZES)]
fn residual_by_rows(bencher: Bencher<'_, '_>, Size(n, d): Size) {
    let x = PaddedRows::new(&normals(n * d), d);
    let (beta, y, mut r) = (numbers(d), numbers(n), zeros(n));
    bencher
        .counter(ItemsCount::new(n * d))
        .bench_local(|| kernels::residual(x.numbers(), black_box(&beta).padded(), &y, &mut r));
}

/// The same by columns, for one β, for as many as share each load, and for an ensemble.
#[divan::bench(args = SIZES, consts = [1, 4, 64])]
fn residuals_by_columns<const RUNS: usize>(bencher: Bencher<'_, '_>, Size(n, d): Size) {
    let x = PackedColumns::new(&normals(n * d), d);
    let (beta, y) = (numbers(d), numbers(n));
    let mut residuals = vec![(zeros(n), 0.0); RUNS];
    bencher
        .counter(ItemsCount::new(RUNS * n * d))
        .bench_local(|| {
            let images = residuals.iter_mut().map(|(r, squares)| Image {
                v: black_box(&beta),
                r: r.padded_mut(),
                squares,
            });
            let mut images: Vec<Image<'_>> = images.collect();
            kernels::residuals(&x, false, y.padded(), &mut images);
        });
}

/// Xᵀr.
#[divan::bench(args = SIZES)]
fn transposed_product(bencher: Bencher<'_, '_>, Size(n, d): Size) {
    let x = PaddedRows::new(&normals(n * d), d);
    let (r, mut g) = (numbers(n), zeros(x.stride()));
    bencher
        .counter(ItemsCount::new(n * d))
        .bench_local(|| kernels::transposed_matrix_vector(x.numbers(), black_box(&r), &mut g));
}

/// r and Xᵀr in one reading of X, and with XᵀN.
#[divan::bench(args = SIZES, consts = [2, 3])]
fn products_in_one_reading<const PRODUCTS: usize>(bencher: Bencher<'_, '_>, Size(n, d): Size) {
    let x = InterleavedRows::new(&normals(n * d), d);
    let (beta, y, c) = (numbers(d), numbers(n), numbers(n));
    let (mut r, mut g, mut h) = (zeros(n), zeros(d), zeros(d));
    bencher
        .counter(ItemsCount::new(PRODUCTS * n * d))
        .bench_local(|| {
            let along = (PRODUCTS == 3).then_some((c.padded(), h.padded_mut()));
            let part = Part {
                blocks: 0..x.blocks(),
                y: y.padded(),
                r: r.padded_mut(),
                g: g.padded_mut(),
                along,
            };
            kernels::residual_and_products(&x, false, black_box(&beta).padded(), part);
        });
}

const COORDINATES: [usize; 2] = [100, 1_000];

/// A Euler step of w±. With c = 0, so that nothing runs away.
#[divan::bench(args = COORDINATES)]
fn step(bencher: Bencher<'_, '_>, d: usize) {
    let (mut plus, mut minus, g) = (numbers(d), numbers(d), numbers(d));
    bencher.counter(ItemsCount::new(d)).bench_local(|| {
        let (plus, minus) = (plus.padded_mut(), minus.padded_mut());
        kernels::multiplicative_step(plus, minus, black_box(0.0), g.padded());
    });
}

/// The same with the β and the validation loss that it leads to.
#[divan::bench(args = COORDINATES)]
fn step_and_distance(bencher: Bencher<'_, '_>, d: usize) {
    let (mut plus, mut minus, g) = (numbers(d), numbers(d), numbers(d));
    let (target, mut beta) = (numbers(d), zeros(d));
    bencher.counter(ItemsCount::new(d)).bench_local(|| {
        let (plus, minus, beta) = (plus.padded_mut(), minus.padded_mut(), beta.padded_mut());
        let (g, target) = (g.padded(), target.padded());
        let target = Some(target);
        kernels::multiplicative_step_and_difference(plus, minus, black_box(0.0), g, target, beta)
    });
}

/// A log-Euler step of w±, two exponentials per coordinate.
#[divan::bench(args = COORDINATES)]
fn exponential_step(bencher: Bencher<'_, '_>, d: usize) {
    let (mut plus, mut minus) = (numbers(d), numbers(d));
    let (z, c) = (zeros(d), numbers(d));
    bencher.counter(ItemsCount::new(d)).bench_local(|| {
        kernels::exponential_step(&mut plus, &mut minus, &z, black_box(0.0), &c);
    });
}

#[divan::bench(args = [40, 400])]
fn draw_normals(bencher: Bencher<'_, '_>, count: usize) {
    let mut stream = Normals::new(1, Stream::Checks, 0);
    let mut out = vec![0.0; count];
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        stream.fill(&mut out);
        black_box(&out);
    });
}
