//! The kernels against plain loops, and every instruction set against the others.

use rand::RngExt as _;

use super::*;
use crate::model::aligned::{Aligned, InterleavedRows, PackedColumns};
use crate::model::arithmetic::Arithmetic;
use crate::model::random;

fn reals(rng: &mut random::Generator, len: usize) -> Vec<f64> {
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Plain sums in index order; n·ε·Σ|terms| bounds the difference of any two orders.
#[test]
fn products_agree_with_plain_sums_for_every_remainder() {
    let mut rng = random::generator(1, random::Stream::Data, 0);
    for (n, d) in [(1, 1), (3, 7), (4, 8), (5, 9), (40, 100), (7, 33)] {
        let matrix = reals(&mut rng, n * d);
        let v = reals(&mut rng, d);
        let c = reals(&mut rng, n);
        let mut forward = vec![0.0; n];
        matrix_vector(&matrix, &v, &mut forward);
        let mut back = vec![1.0; d];
        transposed_matrix_vector(&matrix, &c, &mut back);
        for i in 0..n {
            let plain: f64 = (0..d).map(|j| matrix[i * d + j] * v[j]).sum();
            assert!(
                (forward[i] - plain).abs() <= 1e-15 * (d as f64),
                "row {i} of {n}×{d}"
            );
            assert_eq!(
                forward[i],
                dot(&matrix[i * d..(i + 1) * d], &v),
                "blocking must not change bits"
            );
        }
        for j in 0..d {
            let plain: f64 = (0..n).map(|i| matrix[i * d + j] * c[i]).sum();
            assert!(
                (back[j] - plain).abs() <= 1e-15 * (n as f64),
                "column {j} of {n}×{d}"
            );
        }
        let rows = [n - 1, 0];
        let mut combined = vec![9.0; d];
        combine_rows(&matrix, &rows, &[2.0, -0.5], &mut combined);
        for j in 0..d {
            let plain = 2.0 * matrix[(n - 1) * d + j] - 0.5 * matrix[j];
            assert!((combined[j] - plain).abs() <= 1e-15);
        }
        let plain: f64 = v.iter().map(|v| (v - 0.25) * (v - 0.25)).sum();
        assert!((distance_squared(&v, &vec![0.25; d]) - plain).abs() <= 1e-15 * (d as f64));
    }
}

/// Everything that sums or fuses, for lengths with and without a remainder: the same bits from every
/// instruction set. One that cannot fuse would differ, so the comparison leaves it out where products are fused.
/// The two arithmetics differ, by no more than rounding: a few hundred products of numbers below 1.
#[test]
fn instruction_sets_agree_to_the_bit() {
    let [fused, plain] =
        [Arithmetic::Fused, Arithmetic::Plain].map(|arithmetic| arithmetic.run(bits_of_all));
    let apart = fused.iter().zip(&plain).filter(|(a, b)| a != b).count();
    assert!(apart > fused.len() / 4, "{apart} of {}", fused.len());
    for (fused, plain) in fused.iter().zip(&plain) {
        let [fused, plain] = [fused, plain].map(|bits| f64::from_bits(*bits));
        assert!(
            (fused - plain).abs() <= 1e-12 * fused.abs().max(1.0),
            "{fused} {plain}"
        );
    }
}

fn bits_of_all() -> Vec<u64> {
    let mut rng = random::generator(4, random::Stream::Data, 0);
    let mut of_all = Vec::new();
    for (n, d) in [(1, 1), (3, 7), (9, 16), (40, 100), (21, 264)] {
        let matrix = reals(&mut rng, n * d);
        let [v, w, u] = [(); 3].map(|()| reals(&mut rng, d));
        let [y, c] = [(); 2].map(|()| reals(&mut rng, n));
        let results = under_each(|| {
            let mut all = vec![dot(&v, &w), distance_squared(&v, &w)];
            let mut image = vec![0.0; n];
            matrix_vector(&matrix, &v, &mut image);
            all.extend(&image);
            all.push(residual(&matrix, &v, &y, &mut image));
            all.extend(&image);
            let columns = PackedColumns::new(&matrix, d);
            for count in [1, 6] {
                let vectors = [&v, &w, &u, &v, &w, &u].map(Vec::clone);
                for (r, squares) in column_residuals(&columns, false, &y, &vectors[..count]) {
                    all.extend(r);
                    all.push(squares);
                }
            }
            let rows = matrix.chunks_exact(d).zip(&y);
            all.extend(rows.map(|(row, y)| residual_of_row(row, &v, *y)));
            let mut back = vec![0.0; d];
            transposed_matrix_vector(&matrix, &c, &mut back);
            all.extend(&back);
            all.push(squared_difference_and_distance(&v, &w, &u, &mut back));
            all.extend(&back);
            let (mut plus, mut minus) = (v.clone(), w.clone());
            multiplicative_step(&mut plus, &mut minus, 0.3, &u);
            exponential_step(&mut plus, &mut minus, &u, 0.1, &v);
            all.extend(plus.iter().chain(&minus));
            for parts in in_one_reading(&matrix, true, &v, &y, &c) {
                all.extend(&parts);
            }
            all.into_iter().map(f64::to_bits).collect::<Vec<u64>>()
        });
        assert!(results.iter().all(|bits| *bits == results[0]), "{n}×{d}");
        of_all.extend_from_slice(&results[0]);
    }
    of_all
}

/// The order in which eight lanes are added, written out for one number at a time.
#[test]
fn plain_products_are_rounded_before_they_are_added() {
    let mut rng = random::generator(10, random::Stream::Data, 0);
    for d in [1, 8, 13, 100] {
        let [a, b] = [(); 2].map(|()| reals(&mut rng, d));
        let mut lanes = [0.0; LANES];
        for (at, (a, b)) in a.iter().zip(&b).enumerate() {
            let rounded = a * b;
            lanes[at % LANES] += rounded;
        }
        let pair = |lane: usize| lanes[lane] + lanes[lane + 4];
        let expected = (pair(0) + pair(2)) + (pair(1) + pair(3));
        assert_eq!(Arithmetic::Plain.run(|| dot(&a, &b)), expected);
        let step = Arithmetic::Plain.run(|| {
            let (mut plus, mut minus) = (a.clone(), b.clone());
            multiplicative_step(&mut plus, &mut minus, 0.4, &b);
            plus
        });
        let expected: Vec<f64> = a.iter().zip(&b).map(|(a, b)| -0.4 * b * a + a).collect();
        assert_eq!(step, expected);
    }
}

/// One reading of the matrix against two, row by row the same dot products; the sums over rows
/// are added in another order, n·ε·Σ|terms|.
#[test]
fn one_reading_of_a_matrix_is_as_good_as_two() {
    let mut rng = random::generator(5, random::Stream::Data, 0);
    for (n, d) in [(1, 1), (7, 24), (40, 100)] {
        let matrix = reals(&mut rng, n * d);
        let v = reals(&mut rng, d);
        let [y, c] = [(); 2].map(|()| reals(&mut rng, n));
        let mut expected_r = vec![9.0; n];
        let squares = residual(&matrix, &v, &y, &mut expected_r);
        assert_eq!(squares, dot(&expected_r, &expected_r));
        let [mut expected, mut expected_along] = [(); 2].map(|()| vec![9.0; d]);
        transposed_matrix_vector(&matrix, &expected_r, &mut expected);
        transposed_matrix_vector(&matrix, &c, &mut expected_along);
        for backwards in [false, true] {
            let [r, g, along] = in_one_reading(&matrix, backwards, &v, &y, &c);
            assert_eq!(r[..], expected_r);
            let largest = max_abs(&r).max(1.0);
            for (found, expected) in [(&g, &expected), (&along, &expected_along)] {
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 1e-15 * n as f64 * largest,
                        "{n}×{d}"
                    );
                }
            }
        }
    }
}

/// r, Mᵀr and Mᵀc.
fn in_one_reading(
    matrix: &[f64],
    backwards: bool,
    v: &[f64],
    y: &[f64],
    c: &[f64],
) -> [Aligned; 3] {
    let rows = InterleavedRows::new(matrix, v.len());
    let [v, y, c] = [v, y, c].map(Aligned::from);
    let mut r = Aligned::from(vec![9.0; y.len()]);
    let [mut g, mut h] = [(); 2].map(|()| Aligned::from(vec![9.0; v.len()]));
    residual_and_products(
        &rows,
        backwards,
        v.padded(),
        Part {
            blocks: 0..rows.blocks(),
            y: y.padded(),
            r: r.padded_mut(),
            g: g.padded_mut(),
            along: Some((c.padded(), h.padded_mut())),
        },
    );
    for numbers in [&r, &g, &h] {
        let behind = &numbers.padded()[numbers.len()..];
        assert!(behind.iter().all(|zero| *zero == 0.0));
    }
    [r, g, h]
}

/// One by one against plain sums, n·ε·Σ|terms|; many at a time against one by one, to the bit: with
/// groups and single ones, panels of different widths, half a chunk of rows, several blocks of columns.
#[test]
fn residuals_of_many_are_those_of_each() {
    let mut rng = random::generator(8, random::Stream::Data, 0);
    for (n, d, count) in [
        (1, 1, 2),
        (3, 8, 1),
        (40, 100, 7),
        (93, 33, 5),
        (44, 431, 4),
    ] {
        let matrix = reals(&mut rng, n * d);
        let y = reals(&mut rng, n);
        let columns = PackedColumns::new(&matrix, d);
        // Longer than a row, as a padded vector.
        let vectors: Vec<Vec<f64>> = (0..count).map(|_| reals(&mut rng, d + 3)).collect();
        let together = column_residuals(&columns, false, &y, &vectors);
        for (v, (r, squares)) in vectors.iter().zip(&together) {
            let alone = column_residuals(&columns, true, &y, std::slice::from_ref(v));
            assert_eq!((r, squares), (&alone[0].0, &alone[0].1), "{n}×{d}");
            assert_eq!(*squares, dot(r, r));
            for (i, r) in r.iter().enumerate() {
                let row = &matrix[i * d..(i + 1) * d];
                assert_eq!(*r, residual_of_row(row, v, y[i]), "{n}×{d}");
                let plain: f64 = (0..d).map(|j| row[j] * v[j]).sum();
                assert!(
                    (r - (plain - y[i])).abs() <= 1e-15 * (d + 1) as f64,
                    "{n}×{d}"
                );
            }
        }
    }
}

fn column_residuals(
    columns: &PackedColumns,
    backwards: bool,
    y: &[f64],
    vectors: &[Vec<f64>],
) -> Vec<(Vec<f64>, f64)> {
    let y = Aligned::from(y);
    let mut found = vec![(vec![9.0; y.padded().len()], 9.0); vectors.len()];
    let images = vectors.iter().zip(&mut found);
    let mut images: Vec<Image<'_>> = images
        .map(|(v, (r, squares))| Image { v, r, squares })
        .collect();
    residuals(columns, backwards, y.padded(), &mut images);
    for (r, _) in &mut found {
        assert!(r.drain(y.len()..).all(|zero| zero == 0.0));
    }
    found
}

/// Zeros behind a vector and its rows change no bit of a product.
#[test]
fn padding_changes_nothing() {
    let mut rng = random::generator(6, random::Stream::Data, 0);
    let (n, d) = (13, 27);
    let matrix = reals(&mut rng, n * d);
    let padded = crate::model::aligned::PaddedRows::new(&matrix, d);
    let v = reals(&mut rng, d);
    let mut padded_v = v.clone();
    padded_v.resize(padded.stride(), 0.0);
    let [mut plain, mut wide] = [(); 2].map(|()| vec![0.0; n]);
    matrix_vector(&matrix, &v, &mut plain);
    matrix_vector(padded.numbers(), &padded_v, &mut wide);
    assert_eq!(plain, wide);
    let (mut back, mut wide_back) = (vec![0.0; d], vec![9.0; padded.stride()]);
    transposed_matrix_vector(&matrix, &plain, &mut back);
    transposed_matrix_vector(padded.numbers(), &plain, &mut wide_back);
    assert_eq!(back, wide_back[..d]);
    assert!(wide_back[d..].iter().all(|zero| *zero == 0.0));
    assert_eq!(&padded.row(5)[..d], &matrix[5 * d..6 * d]);
}

/// Against the recursions written out; three roundings per entry.
#[test]
fn steps_and_differences_are_what_they_say() {
    let mut rng = random::generator(7, random::Stream::Data, 0);
    for d in [1, 8, 13, 100] {
        let [plus, minus, g] = [(); 3].map(|()| reals(&mut rng, d));
        let mut beta = vec![0.0; d];
        let distance = squared_difference_and_distance(&plus, &minus, &g, &mut beta);
        assert_eq!(distance, distance_squared(&beta, &g));
        let (mut after_plus, mut after_minus) = (plus.clone(), minus.clone());
        // A longer g, as of a padded row.
        let longer = [&g[..], &[7.0; 3]].concat();
        multiplicative_step(&mut after_plus, &mut after_minus, 0.4, &longer);
        for j in 0..d {
            assert_eq!(beta[j], (plus[j] - minus[j]) * (plus[j] + minus[j]));
            assert!((after_plus[j] - plus[j] * (1.0 - 0.4 * g[j])).abs() < 1e-15);
            assert!((after_minus[j] - minus[j] * (1.0 + 0.4 * g[j])).abs() < 1e-15);
        }
    }
}

/// In whole lanes, the zeros behind the weights included.
#[test]
fn a_step_with_the_coefficients_it_leads_to_has_the_bits_of_both_apart() {
    let mut rng = random::generator(9, random::Stream::Data, 0);
    for d in [1, 8, 13, 32, 100] {
        let [plus, minus, g, target] = [(); 4].map(|()| Aligned::from(reals(&mut rng, d)));
        let (mut plus_apart, mut minus_apart) = (plus.clone(), minus.clone());
        let mut beta_apart = vec![0.0; d];
        multiplicative_step(&mut plus_apart, &mut minus_apart, 0.4, &g);
        let distance_apart =
            squared_difference_and_distance(&plus_apart, &minus_apart, &target, &mut beta_apart);
        let together = under_each(|| {
            let step = |target| {
                let (mut plus, mut minus) = (plus.clone(), minus.clone());
                let mut beta = Aligned::from(vec![9.0; d]);
                let distance = multiplicative_step_and_difference(
                    plus.padded_mut(),
                    minus.padded_mut(),
                    0.4,
                    g.padded(),
                    target,
                    beta.padded_mut(),
                );
                (plus, minus, beta, distance)
            };
            let with_target = step(Some(target.padded()));
            [(with_target, Some(distance_apart)), (step(None), None)]
        });
        for ((plus, minus, beta, distance), expected) in together.into_iter().flatten() {
            assert_eq!((plus, minus), (plus_apart.clone(), minus_apart.clone()));
            assert_eq!((&beta[..], distance), (&beta_apart[..], expected));
            assert!(beta.padded()[d..].iter().all(|zero| *zero == 0.0));
        }
    }
}

/// Against the library's powers; p roundings of ε each, and p = 2 to the bit.
#[test]
fn powers_and_roots_match_the_platform() {
    let mut rng = random::generator(3, random::Stream::Data, 0);
    for _ in 0..1_000 {
        let (a, b): (f64, f64) = (rng.random_range(0.0..3.0), rng.random_range(-3.0..3.0));
        assert_eq!(difference_of_powers(a, b, 2), (a - b) * (a + b));
        for k in 1..=6 {
            let ours = difference_of_powers(a, b, k);
            let scale = a.powi(k as i32) + b.abs().powi(k as i32);
            assert!((ours - (a.powi(k as i32) - b.powi(k as i32))).abs() <= 4e-15 * scale);
            assert!(
                (power(root(a, k), k) / a - 1.0).abs() < 4e-15,
                "{a}^(1/{k})"
            );
        }
    }
    assert_eq!(power(-2.0, 3), -8.0);
}

#[test]
fn exp_matches_the_platform_to_rounding() {
    let mut rng = random::generator(2, random::Stream::Data, 0);
    for _ in 0..100_000 {
        let x = rng.random_range(-700.0..700.0);
        let relative = (exp(x) / f64::exp(x) - 1.0).abs();
        assert!(
            relative <= 4.0 * f64::EPSILON,
            "exp({x}) is off by {relative:e}"
        );
    }
    assert_eq!(exp(0.0), 1.0);
    let v = reals(&mut rng, 37);
    let mut out = vec![0.0; 37];
    exponentials(&v, &mut out);
    for (v, out) in v.iter().zip(&out) {
        assert!((out / exp(*v) - 1.0).abs() <= 2.0 * f64::EPSILON);
    }
}

#[test]
fn max_abs_sees_nan() {
    assert_eq!(max_abs(&[1.0, -3.0, 2.0]), 3.0);
    assert_eq!(max_abs(&[1.0, f64::NAN, 2.0]), f64::INFINITY);
    let mut long = vec![-2.0; 37];
    long[11] = f64::NAN;
    assert_eq!(max_abs(&long), f64::INFINITY);
    long[11] = -7.0;
    assert_eq!(max_abs(&long), 7.0);
}

/// The terms in index order in double precision; k·ε·Σ|terms| bounds what single precision adds.
#[test]
fn products_of_single_precision_agree_with_plain_sums_and_to_the_bit() {
    let mut rng = random::generator(6, random::Stream::Data, 0);
    for (rows, inner, width) in [
        (1, 1, 16),
        (3, 5, 48),
        (10, 64, 64),
        (7, 33, 112),
        (2, 4, 256),
    ] {
        let mut single =
            |len: usize| -> Vec<f32> { (0..len).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let (c, m, start) = (
            single(rows * inner),
            single(inner * width),
            single(rows * width),
        );
        let transposed: Vec<f32> = (0..inner)
            .flat_map(|t| (0..rows).map(move |k| (k, t)))
            .map(|(k, t)| c[k * inner + t])
            .collect();
        let as_is = Strided {
            numbers: &c,
            outer: inner,
            inner: 1,
        };
        let turned = Strided {
            numbers: &transposed,
            outer: 1,
            inner: rows,
        };
        let of = |arithmetic: Arithmetic| {
            let results = [as_is, turned].map(|c| {
                arithmetic.run(|| {
                    under_each(|| {
                        let mut out = start.clone();
                        add_product_of(c, &m, width, &mut out);
                        out
                    })
                })
            });
            results.into_iter().flatten().collect::<Vec<Vec<f32>>>()
        };
        let [fused, plain] = [Arithmetic::Fused, Arithmetic::Plain].map(of);
        for out in &fused {
            assert_eq!(*out, fused[0], "another instruction set, or the transpose");
        }
        // One product at a time, in the order of the inner index.
        let mut expected = start.clone();
        for (at, sum) in expected.iter_mut().enumerate() {
            let (k, j) = (at / width, at % width);
            for t in 0..inner {
                let rounded = c[k * inner + t] * m[t * width + j];
                *sum += rounded;
            }
        }
        for out in &plain {
            assert_eq!(*out, expected, "another instruction set, or the transpose");
        }
        for k in 0..rows {
            for j in 0..width {
                let terms =
                    (0..inner).map(|t| f64::from(c[k * inner + t]) * f64::from(m[t * width + j]));
                let exact = f64::from(start[k * width + j]) + terms.sum::<f64>();
                for all in [&fused, &plain] {
                    let error = (f64::from(all[0][k * width + j]) - exact).abs();
                    assert!(error <= 2.0 * f64::from(f32::EPSILON) * (inner + 1) as f64);
                }
            }
        }
    }
}
