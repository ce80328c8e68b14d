//! The data sets of the lab, each small enough to draw or to compute every reference of it at once.

use super::problem::{Loss, Problem};
use super::theory::span::Span;
use crate::model::data::DataError;
use crate::model::data::csv::CsvTable;
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::random::{Generator, Stream, generator, standard_normal};
use crate::model::watch::Watch;

/// The largest n·d of a table: conic programs of this size take a second.
const MOST_ENTRIES: usize = 50_000;

/// Where the data come from.
#[derive(Clone, Debug, PartialEq)]
pub enum DataSource {
    /// One equation in the plane, ⟨x, w⟩ = y.
    Plane {
        /// The datum.
        x: [f64; 2],
        /// Its label.
        y: f64,
    },
    /// Two equations in three unknowns, chosen to spread the solutions.
    Space,
    /// x ~ N(0, I) and y = ⟨x, w*⟩ with w* = ±1 on its support.
    Sparse {
        /// Rows.
        n: usize,
        /// Columns.
        d: usize,
        /// Non-zeros of w*.
        sparsity: usize,
        /// Seed.
        seed: u64,
    },
    /// Two classes in the plane around one closest point, which separates the margins of the three norms.
    Wedge {
        /// Rows.
        n: usize,
        /// Seed.
        seed: u64,
    },
    /// Two normal classes in the plane.
    Blobs {
        /// Rows.
        n: usize,
        /// Between the centres, in standard deviations of a class.
        distance: f64,
        /// Seed.
        seed: u64,
    },
    /// The user's table.
    Csv(CsvTable),
}

/// A data set before a loss is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// n × d, row-major.
    pub x: Vec<f64>,
    /// n.
    pub y: Vec<f64>,
    /// Columns.
    pub d: usize,
    /// w*, where there is one.
    pub truth: Option<Vec<f64>>,
    /// What is said of the file that they come from, if they do.
    pub remarks: Vec<String>,
    /// CRC-32 of that file.
    pub checksum: Option<u32>,
}

impl DataSource {
    /// Makes or reads it.
    pub fn load(&self) -> Result<Data, DataError> {
        self.load_watched(&Watch::default())
    }

    /// The same for somebody who may give it up meanwhile.
    pub fn load_watched(&self, watch: &Watch) -> Result<Data, DataError> {
        match self {
            Self::Plane { x, y } => plane(*x, *y),
            Self::Space => Ok(sparsest(
                vec![0.9, -0.8, 0.8, 0.2, 0.9, -0.2],
                vec![1.0, 0.8],
                3,
            )),
            Self::Sparse {
                n,
                d,
                sparsity,
                seed,
            } => sparse(*n, *d, *sparsity, *seed),
            Self::Wedge { n, seed } => Ok(wedge(*n, *seed)),
            Self::Blobs { n, distance, seed } => Ok(blobs(*n, *distance, *seed)),
            Self::Csv(source) => table(source, watch),
        }
    }
}

fn plane(x: [f64; 2], y: f64) -> Result<Data, DataError> {
    if x == [0.0; 2] {
        return Err(DataError::Settings(
            "a datum whose features are both 0 says nothing: set `datum_x1` or `datum_x2`"
                .to_owned(),
        ));
    }
    Ok(sparsest(x.to_vec(), vec![y], 2))
}

/// With the least ℓ₁ norm as truth, for data whose solutions are a line: it is reached where a coefficient
/// vanishes, since ‖·‖₁ is linear in between.
fn sparsest(x: Vec<f64>, y: Vec<f64>, d: usize) -> Data {
    let span = Span::new(&x, d, &y);
    let (point, along) = (span.nearest_solution(&vec![0.0; d]), span.complement());
    let norm_of = |w: &[f64]| w.iter().map(|w| w.abs()).sum::<f64>();
    let corners = along.iter().enumerate().filter(|(_, v)| v.abs() > 1e-12);
    let corners = corners.map(|(j, v)| {
        let s = -point[j] / v;
        let mut corner: Vec<f64> = point.iter().zip(&along).map(|(p, v)| p + s * v).collect();
        corner[j] = 0.0;
        corner
    });
    let truth = corners.min_by(|a, b| norm_of(a).total_cmp(&norm_of(b)));
    Data {
        truth,
        ..Data::new(x, y, d)
    }
}

fn sparse(n: usize, d: usize, sparsity: usize, seed: u64) -> Result<Data, DataError> {
    let source = SparseGaussian {
        n,
        d,
        sparsity,
        beta_law: BetaLaw::Signs,
        seed,
    };
    let problem = source.generate()?;
    Ok(Data {
        truth: problem.beta_star().map(|truth| truth.to_vec()),
        ..Data::new(
            problem.train.features().to_vec(),
            problem.train.y.clone(),
            d,
        )
    })
}

/// zᵢ = yᵢxᵢ with z = (1, ½) twice, once for each class, and the others from N((1.6, 0.9), diag(0.5², 0.7²)) where no
/// one of the three norms finds them closer: ℓ₁'s answer is (1, 0), ℓ₂'s (0.8, 0.4), ℓ∞'s (2/3, 2/3).
fn wedge(n: usize, seed: u64) -> Data {
    let mut random = generator(seed, Stream::Data, 0);
    let mut z = vec![[1.0, 0.5]; n.min(2)];
    while z.len() < n {
        let point = [
            1.6 + 0.5 * normal(&mut random),
            0.9 + 0.7 * normal(&mut random),
        ];
        let beyond =
            point[0] > 1.25 && 0.8 * point[0] + 0.4 * point[1] > 1.15 && point[0] + point[1] > 1.75;
        if beyond {
            z.push(point);
        }
    }
    classes_in_turn(&z)
}

/// zᵢ = yᵢxᵢ ~ N(μ, I): the centres ±μ of the classes stand `distance` apart, along (1, 0.4).
fn blobs(n: usize, distance: f64, seed: u64) -> Data {
    let mut random = generator(seed, Stream::Data, 0);
    let half = 0.5 * distance / libm::hypot(1.0, 0.4);
    let point = |random: &mut Generator| [half + normal(random), 0.4 * half + normal(random)];
    let z: Vec<[f64; 2]> = (0..n).map(|_| point(&mut random)).collect();
    classes_in_turn(&z)
}

fn normal(random: &mut Generator) -> f64 {
    standard_normal(random)
}

/// xᵢ = yᵢzᵢ with yᵢ = +1, −1, +1, ….
fn classes_in_turn(z: &[[f64; 2]]) -> Data {
    let y: Vec<f64> = (0..z.len()).map(|i| [1.0, -1.0][i % 2]).collect();
    let x = z.iter().zip(&y).flat_map(|(z, y)| z.map(|z| y * z));
    Data::new(x.collect(), y, 2)
}

fn table(source: &CsvTable, watch: &Watch) -> Result<Data, DataError> {
    let loaded = source.load_watched(watch)?;
    let problem = loaded.problem;
    let (n, d) = (problem.n(), problem.d());
    if n * d > MOST_ENTRIES {
        return Err(DataError::Settings(format!(
            "{n} × {d} features are more than the {MOST_ENTRIES} numbers that this lab's theory is for: use fewer rows \
             or columns"
        )));
    }
    Ok(Data {
        truth: problem.beta_star().map(|truth| truth.to_vec()),
        x: problem.train.x.into_raw_vec_and_offset().0,
        y: problem.train.y,
        d,
        remarks: loaded.remarks,
        checksum: loaded.checksum,
    })
}

impl Data {
    /// Rows of which nothing else is known.
    fn new(x: Vec<f64>, y: Vec<f64>, d: usize) -> Self {
        Self {
            x,
            y,
            d,
            truth: None,
            remarks: Vec::new(),
            checksum: None,
        }
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.y.len()
    }

    /// As a training set under a loss. The classes of the logistic one are the two values that the labels take,
    /// or else their signs.
    pub fn problem(&self, loss: Loss) -> Result<Problem, DataError> {
        let (x, y) = match loss {
            Loss::Square => (self.x.clone(), self.y.clone()),
            Loss::Logistic => {
                let classes = self.classes()?;
                let rows = self.x.chunks_exact(self.d).zip(&classes);
                let x = rows.flat_map(|(x, y)| x.iter().map(move |x| y * x));
                (x.collect(), vec![1.0; self.n()])
            }
        };
        Ok(Problem {
            x,
            y,
            d: self.d,
            loss,
        })
    }

    /// ±1 per row.
    pub fn classes(&self) -> Result<Vec<f64>, DataError> {
        let mut values = self.y.clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let middle = match values[..] {
            [low, high] => 0.5 * (low + high),
            _ => 0.0,
        };
        if self.y.contains(&middle) {
            return Err(DataError::Settings(
                "the logistic loss needs two classes, but some labels are 0: use two values, or labels of either sign"
                    .to_owned(),
            ));
        }
        let class = |y: &f64| if *y > middle { 1.0 } else { -1.0 };
        Ok(self.y.iter().map(class).collect())
    }

    /// The same rows with labels from N(0, mean y²).
    #[must_use]
    pub fn with_random_labels(&self, seed: u64) -> Self {
        let mut random = generator(seed, Stream::Data, 1);
        let y = random_labels(&mut random, self.n(), self.label_size());
        Self { y, ..self.clone() }
    }

    /// `copies` of every row with N(0, σ²) added to each entry, and labels from N(0, mean y²).
    #[must_use]
    pub fn noisy_copies(&self, copies: usize, sigma: f64, seed: u64) -> Self {
        let mut noise = generator(seed, Stream::Data, 2);
        let copied = (0..copies).flat_map(|_| &self.x);
        let x: Vec<f64> = copied.map(|x| x + sigma * normal(&mut noise)).collect();
        let mut random = generator(seed, Stream::Data, 1);
        let y = random_labels(&mut random, copies * self.n(), self.label_size());
        Self {
            x,
            y,
            ..self.clone()
        }
    }

    /// √(mean y²).
    fn label_size(&self) -> f64 {
        let squares: f64 = self.y.iter().map(|y| y * y).sum();
        (squares / self.n() as f64).sqrt()
    }
}

fn random_labels(random: &mut Generator, n: usize, size: f64) -> Vec<f64> {
    (0..n).map(|_| size * normal(random)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kernels::dot;

    #[test]
    fn the_truth_of_a_small_problem_is_its_sparsest_interpolator() {
        let space = DataSource::Space.load().unwrap();
        // The digits of an independent linear program.
        for (found, expected) in space.truth.unwrap().iter().zip([1.587_629, 0.536_082, 0.0]) {
            assert!((found - expected).abs() < 1e-6);
        }
        let plane = DataSource::Plane {
            x: [1.0, 0.45],
            y: 1.0,
        };
        assert_eq!(plane.load().unwrap().truth.unwrap(), [1.0, 0.0]);
        let nothing = DataSource::Plane {
            x: [0.0; 2],
            y: 1.0,
        };
        assert!(
            nothing
                .load()
                .unwrap_err()
                .to_string()
                .contains("`datum_x1`")
        );
    }

    #[test]
    fn nothing_in_the_wedge_is_closer_than_its_tip() {
        for seed in 0..5 {
            let data = DataSource::Wedge { n: 20, seed }.load().unwrap();
            let problem = data.problem(Loss::Logistic).unwrap();
            for answer in [[1.0, 0.0], [0.8, 0.4], [2.0 / 3.0, 2.0 / 3.0]] {
                let smallest = problem.smallest_margin(&answer);
                assert!((smallest - 1.0).abs() < 1e-15, "{answer:?}");
            }
        }
    }

    #[test]
    fn classes_are_two_values_or_signs() {
        let data = |y: &[f64]| Data::new(vec![1.0; y.len()], y.to_vec(), 1);
        assert_eq!(data(&[0.0, 1.0, 1.0]).classes().unwrap(), [-1.0, 1.0, 1.0]);
        assert_eq!(data(&[-2.0, 1.0, 3.0]).classes().unwrap(), [-1.0, 1.0, 1.0]);
        assert_eq!(data(&[5.0, 5.0]).classes().unwrap(), [1.0, 1.0]);
        assert!(data(&[-1.0, 0.0, 3.0]).classes().is_err());
    }

    #[test]
    fn random_labels_leave_the_rows_and_copies_move_them() {
        let source = DataSource::Sparse {
            n: 20,
            d: 100,
            sparsity: 5,
            seed: 3,
        };
        let data = source.load().unwrap();
        let relabelled = data.with_random_labels(3);
        assert_eq!(relabelled.x, data.x);
        assert!(relabelled.y.iter().zip(&data.y).all(|(a, b)| a != b));
        let copies = data.noisy_copies(2, 0.5, 3);
        assert_eq!((copies.n(), copies.d), (40, 100));
        // 4000 squares of N(0, ½²): their mean is ¼ ± 0.0056.
        let moved: f64 = copies
            .x
            .iter()
            .zip(data.x.iter().cycle())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        assert!((moved / 4000.0 - 0.25).abs() < 0.03, "{moved}");
        let still = data.noisy_copies(1, 0.0, 3);
        assert_eq!((still.x, still.y), (data.x.clone(), relabelled.y));
        let truth = data.truth.unwrap();
        for (x, y) in data.x.chunks_exact(100).zip(&data.y) {
            assert!((dot(x, &truth) - y).abs() < 1e-12);
        }
    }
}
