//! How sharp a minimum is: λ_max of the Gauss–Newton matrix from an n × n Gram matrix, and of the exact Hessian.
//!
//! With a = 1[w1x + b1 > 0] and r = max(0, w1x + b1), the Gram matrix of the gradients of f at the samples is
//! G_jl = 1 + Σᵢ w2ᵢ²a_ij a_il (x_j x_l + 1) + r_ij r_il. λ_max(G/n) is λ_max(∇²L) where L = 0.

use super::network::{Network, relu};

/// Iterations of the power method after which an eigenvalue is taken as it is.
const MOST: usize = 20_000;

/// The relative residual ‖Gu − ρu‖/ρ at which it stops: the eigenvalue is then off by the square of it over the
/// relative gap.
const RESIDUAL: f64 = 1e-7;

/// Reused memory: an n × n matrix and vectors of n.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    matrix: Vec<f64>,
    rows: [Vec<f64>; 3],
    /// The eigenvector of the last call of [`top`], of unit length.
    pub(super) vector: Vec<f64>,
    image: Vec<f64>,
}

/// λ_max(G/n) of a network at these inputs.
pub fn sharpness(network: Network<'_>, x: &[f64], workspace: &mut Workspace) -> f64 {
    gram(network.neurons(), x, workspace);
    top(x.len(), workspace)
}

/// Writes G/n for neurons (w1, b1, w2).
pub(super) fn gram(neurons: impl Iterator<Item = [f64; 3]>, x: &[f64], workspace: &mut Workspace) {
    let n = x.len();
    let Workspace { matrix, rows, .. } = workspace;
    matrix.clear();
    matrix.resize(n * n, 1.0);
    for row in rows.iter_mut() {
        row.clear();
        row.resize(n, 0.0);
    }
    let [slopes, ones, relus] = rows;
    for [w1, b1, w2] in neurons {
        let mut any = false;
        for (j, x) in x.iter().enumerate() {
            let z = w1 * x + b1;
            let active = if z > 0.0 { w2 } else { 0.0 };
            any |= z > 0.0;
            (slopes[j], ones[j], relus[j]) = (active * x, active, relu(z));
        }
        if any {
            for (j, row) in matrix.chunks_exact_mut(n).enumerate() {
                let [slope, one, relu] = [slopes[j], ones[j], relus[j]];
                let parts = slopes.iter().zip(&*ones).zip(&*relus);
                for (entry, ((s, o), r)) in row.iter_mut().zip(parts) {
                    *entry += slope * s + one * o + relu * r;
                }
            }
        }
    }
    let scale = (n as f64).recip();
    for entry in matrix {
        *entry *= scale;
    }
}

/// The largest eigenvalue of the matrix in a workspace, positive semi-definite of order n, by the power method; its
/// vector stays there.
pub(super) fn top(n: usize, workspace: &mut Workspace) -> f64 {
    let Workspace {
        matrix,
        vector,
        image,
        ..
    } = workspace;
    // Not even in x like the samples may be, nor odd.
    vector.clear();
    vector.extend((0..n).map(|j| 1.0 / (1 + j) as f64));
    power(vector, image, |v, out| {
        for (out, row) in out.iter_mut().zip(matrix.chunks_exact(n)) {
            *out = dot(row, v);
        }
    })
}

/// The largest eigenvalue of a positive semi-definite map, from a start vector that becomes its eigenvector; NaN if
/// its entries are not finite.
fn power(vector: &mut [f64], image: &mut Vec<f64>, mut map: impl FnMut(&[f64], &mut [f64])) -> f64 {
    image.clear();
    image.resize(vector.len(), 0.0);
    normalise(vector);
    let mut value = 0.0;
    for _ in 0..MOST {
        map(vector, image);
        value = dot(vector, image);
        let residual = vector.iter().zip(&*image);
        let residual = residual.map(|(v, m)| (m - value * v) * (m - value * v));
        let is_close = residual.sum::<f64>().sqrt() <= RESIDUAL * value;
        vector.copy_from_slice(image);
        normalise(vector);
        if is_close || !value.is_finite() {
            break;
        }
    }
    value
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn normalise(v: &mut [f64]) {
    let length = dot(v, v).sqrt();
    if length > 0.0 {
        for v in v {
            *v /= length;
        }
    }
}

/// The Hessian ∇²L at a network, by its products: the Gauss–Newton matrix and, per neuron,
/// ∂²L/∂w1∂w2 += mean(e a x), ∂²L/∂b1∂w2 += mean(e a).
#[derive(Debug)]
pub struct Hessian<'a> {
    network: Network<'a>,
    x: &'a [f64],
    /// mean(e a x) and mean(e a) per neuron.
    curved: Vec<[f64; 2]>,
}

impl<'a> Hessian<'a> {
    /// Of L = Σ(f(x) − y)²/2n.
    pub fn new(network: Network<'a>, x: &'a [f64], y: &[f64]) -> Self {
        let residuals: Vec<f64> = x
            .iter()
            .zip(y)
            .map(|(x, y)| network.value(*x) - y)
            .collect();
        let n = x.len() as f64;
        let curved = network.neurons().map(|[w1, b1, _]| {
            let mut sums = [0.0; 2];
            for (x, e) in x.iter().zip(&residuals) {
                if w1 * x + b1 > 0.0 {
                    sums[0] += e * x / n;
                    sums[1] += e / n;
                }
            }
            sums
        });
        Self {
            network,
            x,
            curved: curved.collect(),
        }
    }

    /// ∇²L v.
    pub fn product(&self, v: &[f64], out: &mut [f64]) {
        let neurons = self.curved.len();
        let of = |at: usize| [v[at], v[neurons + at], v[2 * neurons + at]];
        out.fill(0.0);
        for x in self.x {
            let mut change = v[3 * neurons];
            for (at, [w1, b1, w2]) in self.network.neurons().enumerate() {
                let z = w1 * x + b1;
                if z > 0.0 {
                    let [d1, db, d2] = of(at);
                    change += w2 * (d1 * x + db) + d2 * z;
                }
            }
            change /= self.x.len() as f64;
            for (at, [w1, b1, w2]) in self.network.neurons().enumerate() {
                let z = w1 * x + b1;
                if z > 0.0 {
                    out[at] += change * w2 * x;
                    out[neurons + at] += change * w2;
                    out[2 * neurons + at] += change * z;
                }
            }
            out[3 * neurons] += change;
        }
        for (at, [slope, one]) in self.curved.iter().enumerate() {
            let [d1, db, d2] = of(at);
            out[at] += slope * d2;
            out[neurons + at] += one * d2;
            out[2 * neurons + at] += slope * d1 + one * db;
        }
    }

    /// The top eigenvector of the Gauss–Newton matrix, Σ uⱼ∇f(xⱼ) with u that of the Gram matrix, up to its length.
    fn top_of_gauss_newton(&self) -> Vec<f64> {
        let mut workspace = Workspace::default();
        sharpness(self.network, self.x, &mut workspace);
        let neurons = self.curved.len();
        let mut vector = vec![0.0; 3 * neurons + 1];
        for (x, u) in self.x.iter().zip(&workspace.vector) {
            for (at, [w1, b1, w2]) in self.network.neurons().enumerate() {
                let z = w1 * x + b1;
                if z > 0.0 {
                    vector[at] += u * w2 * x;
                    vector[neurons + at] += u * w2;
                    vector[2 * neurons + at] += u * z;
                }
            }
            vector[3 * neurons] += u;
        }
        vector
    }

    /// λ_max(∇²L).
    ///
    /// What the residuals add has eigenvalues of at most ‖(mean(e a x), mean(e a))‖ of a neuron, so that ∇²L plus the
    /// largest of these norms is positive semi-definite, as the power method needs it.
    pub fn largest(&self) -> f64 {
        let norms = self
            .curved
            .iter()
            .map(|[slope, one]| libm::hypot(*slope, *one));
        let shift = norms.fold(0.0, f64::max);
        let mut vector = self.top_of_gauss_newton();
        normalise(&mut vector);
        // From that vector alone nothing at a right angle to it would be found.
        for (j, v) in vector.iter_mut().enumerate() {
            *v += 0.1 / (1 + j) as f64;
        }
        let value = power(&mut vector, &mut Vec::new(), |v, out| {
            self.product(v, out);
            for (out, v) in out.iter_mut().zip(v) {
                *out += shift * v;
            }
        });
        value - shift
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::LeastSquares;
    use super::super::selftest::{inputs, random_parameters};
    use super::*;
    use crate::optim::Objective as _;

    fn gradient(parameters: &[f64], x: &[f64], y: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; parameters.len()];
        let mut objective = LeastSquares {
            x,
            y,
            residuals: &mut Vec::new(),
        };
        objective.loss_and_gradient(parameters, &mut gradient);
        gradient
    }

    /// Central differences of the gradient with h = 1e-6: rounding 1e-16·|∇L|/h ≈ 1e-8 relative for gradients of a
    /// hundred times ∇²L v, and L is piecewise polynomial, so that truncation is h². 1e-6 leaves room for both.
    #[test]
    fn products_with_the_hessian_are_differences_of_the_gradient() {
        for seed in 0..8 {
            let parameters = random_parameters(seed, 20);
            let direction = random_parameters(100 + seed, 20);
            let (x, y) = inputs(seed, 8);
            let hessian = Hessian::new(Network::of(&parameters), &x, &y);
            let mut product = vec![0.0; parameters.len()];
            hessian.product(&direction, &mut product);
            let moved = |by: f64| {
                let pairs = parameters.iter().zip(&direction);
                let moved: Vec<f64> = pairs.map(|(w, v)| w + by * v).collect();
                gradient(&moved, &x, &y)
            };
            let (above, below) = (moved(1e-6), moved(-1e-6));
            let scale = dot(&product, &product).sqrt();
            for ((product, above), below) in product.iter().zip(above).zip(below) {
                let difference = (above - below) / 2e-6;
                assert!((product - difference).abs() < 1e-6 * scale, "{seed}");
            }
        }
    }

    /// At L = 0 both are λ_max of the same non-zero spectrum; labels are set to what the network says. The power
    /// method stops at relative residuals of 1e-7, whose squares over a relative gap of more than 1e-3 are 1e-11.
    #[test]
    fn the_gram_matrix_has_the_largest_eigenvalue_of_the_hessian_where_the_loss_is_zero() {
        for seed in 0..20 {
            let parameters = random_parameters(seed, 25);
            let network = Network::of(&parameters);
            let (x, _) = inputs(seed, 7);
            let y: Vec<f64> = x.iter().map(|x| network.value(*x)).collect();
            let gram = sharpness(network, &x, &mut Workspace::default());
            let hessian = Hessian::new(network, &x, &y).largest();
            assert!(
                (gram / hessian - 1.0).abs() < 1e-10,
                "{seed}: {gram} {hessian}"
            );
        }
    }

    /// Against a dense solver; the same tolerance.
    #[test]
    fn the_power_method_finds_what_a_dense_solver_finds() {
        for seed in 0..20 {
            let parameters = random_parameters(seed, 30);
            let (x, y) = inputs(seed, 9);
            let hessian = Hessian::new(Network::of(&parameters), &x, &y);
            let size = parameters.len();
            let mut columns = vec![vec![0.0; size]; size];
            for (at, column) in columns.iter_mut().enumerate() {
                let mut unit = vec![0.0; size];
                unit[at] = 1.0;
                hessian.product(&unit, column);
            }
            let matrix = faer::Mat::from_fn(size, size, |row, column| columns[column][row]);
            let values = matrix
                .self_adjoint_eigenvalues(faer::Side::Lower)
                .expect("a symmetric matrix has eigenvalues");
            let dense = values.iter().copied().fold(f64::MIN, f64::max);
            let power = hessian.largest();
            assert!(
                (power / dense - 1.0).abs() < 1e-9,
                "{seed}: {power} {dense}"
            );
        }
    }

    #[test]
    fn a_network_without_active_neurons_is_as_sharp_as_its_bias() {
        // f = b2: ∇²L = 1.
        let parameters = [1.0, -10.0, 1.0, 0.3];
        let found = sharpness(
            Network::of(&parameters),
            &[0.0, 1.0],
            &mut Workspace::default(),
        );
        assert!((found - 1.0).abs() < 1e-15);
    }
}
