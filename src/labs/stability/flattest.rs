//! The flattest network among the rescalings of one, with a certificate, and lower bounds of it.
//!
//! (w1, b1, w2)ᵢ → (cᵢw1, cᵢb1, w2/cᵢ) leaves f as it is and moves the sharpness. With sᵢ = 2 ln cᵢ the Gram matrix is
//! 11ᵀ + Σ e^(sᵢ)Aᵢ + e^(−sᵢ)Bᵢ, Aᵢ and Bᵢ positive semi-definite, so that λ_max is convex in s. At the minimum with a
//! simple top eigenvector u, sᵢ = ½ ln(βᵢ/αᵢ) with αᵢ = uᵀAᵢu, βᵢ = uᵀBᵢu; and for any unit vector u no rescaling is
//! flatter than ((1ᵀu)² + 2Σ√(αᵢβᵢ))/n. With u = 1/√n that is 1 + 2Σ|mᵢ|g±(τᵢ), which is ≥ 1 + 2Σ|mᵢ|g(τᵢ)
//! (Mulayoff et al., Lemma 4).
//!
//! This is our reading of the appendix of the paper, whose algorithm was not at hand. Splitting a neuron cannot make
//! the network flatter; turning neurons around, with a linear function to make up for it, sometimes can: hence the
//! flattest *rescaling*.

use super::network::{Network, relu};
use super::sharpness::{Workspace, gram, top};
use super::weight::Weight;

/// The relative gap between value and certificate at which the search ends.
const GAP: f64 = 1e-6;

/// Iterations after which it ends anyway. It takes about ten; where the two largest eigenvalues meet at the minimum, one
/// vector does not prove the last digits, and the certificate says so.
const MOST: usize = 200;

/// The part of the way to the next s that is taken, and what it is multiplied by whenever λ_max has risen: where two
/// eigenvalues are close, longer steps go back and forth between their vectors.
const DAMPING: f64 = 0.7;

/// The largest |s|: c between 5·10⁻⁵ and 2·10⁴.
const LARGEST: f64 = 20.0;

/// The least sharpness among the rescalings of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flattest {
    /// λ_max of the flattest one that was found.
    pub value: f64,
    /// What none of them is below.
    pub certificate: f64,
}

/// Sums of a network of which lower bounds of the sharpness are made.
///
/// 1 + 2Σ|mᵢ|g(τᵢ) bounds that of every network with the same f (Mulayoff et al., Lemma 4); with g⁺ for neurons that are
/// active to the right of their knot and g⁻ for others it bounds that of the rescalings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// ∫|f''|g = Σ|mᵢ|g(τᵢ), knots being distinct.
    pub curvature: f64,
    /// Σ|mᵢ|g±(τᵢ).
    pub oriented: f64,
}

impl Bounds {
    /// Of a network on the inputs of a weight.
    pub fn of(network: Network<'_>, weight: &Weight) -> Self {
        let mut bounds = Self {
            curvature: 0.0,
            oriented: 0.0,
        };
        for knot in network.knots() {
            let size = knot.mass.abs();
            bounds.curvature += size * weight.at(knot.at);
            bounds.oriented += size
                * if knot.opens_right {
                    weight.right(knot.at)
                } else {
                    weight.left(knot.at)
                };
        }
        bounds
    }
}

/// αᵢ and βᵢ of a neuron at a vector.
fn forms([w1, b1, w2]: [f64; 3], x: &[f64], u: &[f64]) -> [f64; 2] {
    let [mut relus, mut slopes, mut ones] = [0.0; 3];
    for (x, u) in x.iter().zip(u) {
        let z = w1 * x + b1;
        if z > 0.0 {
            relus += relu(z) * u;
            slopes += x * u;
            ones += u;
        }
    }
    [relus * relus, w2 * w2 * (slopes * slopes + ones * ones)]
}

/// Looks for the flattest rescaling of a network, whose own sharpness is known, at these inputs.
pub fn flattest(
    network: Network<'_>,
    x: &[f64],
    sharpness: f64,
    workspace: &mut Workspace,
) -> Flattest {
    let n = x.len() as f64;
    let mut found = Flattest {
        value: sharpness,
        certificate: 0.0,
    };
    let mut logarithms = vec![0.0_f64; network.w1.len()];
    let mut vector = vec![n.sqrt().recip(); x.len()];
    let mut damping = DAMPING;
    // Starts at the scales that suit u = 1/√n: the whole way there.
    let mut part = 1.0;
    let mut before = f64::INFINITY;
    for _ in 0..MOST {
        let sum: f64 = vector.iter().sum();
        let mut products = 0.0;
        for (s, neuron) in logarithms.iter_mut().zip(network.neurons()) {
            let [alpha, beta] = forms(neuron, x, &vector);
            products += (alpha * beta).sqrt();
            if alpha > 0.0 && beta > 0.0 {
                let next = 0.5 * libm::log(beta / alpha);
                *s = (*s + part * (next - *s)).clamp(-LARGEST, LARGEST);
            }
        }
        let certificate = (sum * sum + 2.0 * products) / n;
        found.certificate = found.certificate.max(certificate);
        if found.certificate >= (1.0 - GAP) * found.value {
            break;
        }
        let scaled = network.neurons().zip(&logarithms).map(|([w1, b1, w2], s)| {
            let c = libm::exp(0.5 * s);
            [c * w1, c * b1, w2 / c]
        });
        gram(scaled, x, workspace);
        let value = top(x.len(), workspace);
        if !value.is_finite() {
            return Flattest {
                value: f64::NAN,
                certificate: f64::NAN,
            };
        }
        if value > before {
            damping *= DAMPING;
        }
        before = value;
        found.value = found.value.min(value);
        vector.clone_from(&workspace.vector);
        part = damping;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::selftest::{inputs, random_parameters};
    use super::super::sharpness::sharpness;
    use super::*;

    /// Every inequality of the chain on random networks, to rounding; and the certificate to its gap, but for few where
    /// two eigenvalues meet (1 in 2000 in other code, which had 2·10⁻⁶).
    #[test]
    fn the_bounds_form_a_chain_and_the_certificate_closes() {
        let mut wide = 0;
        for seed in 0..60 {
            let neurons = [1, 5, 30, 60][seed as usize % 4];
            let parameters = random_parameters(seed, neurons);
            let network = Network::of(&parameters);
            let (x, _) = inputs(seed, 2 + seed as usize % 11);
            let workspace = &mut Workspace::default();
            let Bounds {
                curvature,
                oriented,
            } = Bounds::of(network, &Weight::new(&x));
            let sharp = sharpness(network, &x, workspace);
            let flat = flattest(network, &x, sharp, workspace);
            let chain = [
                1.0 + 2.0 * curvature,
                1.0 + 2.0 * oriented,
                flat.certificate,
                flat.value,
                sharp,
            ];
            assert!(
                chain
                    .windows(2)
                    .all(|pair| pair[0] <= pair[1] * (1.0 + 1e-12)),
                "{seed}: {chain:?}"
            );
            let gap = 1.0 - flat.certificate / flat.value;
            assert!(gap < 1e-4, "{seed}: {gap}");
            wide += usize::from(gap > 1.01 * GAP);
        }
        assert!(wide <= 1, "{wide}");
    }

    /// No random rescaling is flatter, and the flattest one does not depend on the scales one starts from: both to
    /// the gap.
    #[test]
    fn no_rescaling_is_flatter() {
        for seed in 0..10 {
            let parameters = random_parameters(seed, 12);
            let (x, _) = inputs(seed, 8);
            let workspace = &mut Workspace::default();
            let infinite = f64::INFINITY;
            let flat = flattest(Network::of(&parameters), &x, infinite, workspace).value;
            for other in 0..20 {
                let scales = random_parameters(1000 + 20 * seed + other, 4);
                let mut scaled = parameters.clone();
                for (at, s) in scales[..12].iter().enumerate() {
                    let c = s.exp();
                    scaled[at] *= c;
                    scaled[12 + at] *= c;
                    scaled[24 + at] /= c;
                }
                let network = Network::of(&scaled);
                assert!(sharpness(network, &x, workspace) >= flat * (1.0 - 1e-6));
                let again = flattest(network, &x, infinite, workspace).value;
                assert!((again / flat - 1.0).abs() < 2e-6, "{seed}: {again} {flat}");
            }
        }
    }

    /// The certificate at u = 1/√n is the oriented bound: an identity between two formulas, to rounding.
    #[test]
    fn the_oriented_bound_is_a_certificate() {
        for seed in 0..20 {
            let parameters = random_parameters(seed, 9);
            let network = Network::of(&parameters);
            let (x, _) = inputs(seed, 6);
            let u = vec![6.0_f64.sqrt().recip(); 6];
            let products = network.neurons().map(|neuron| {
                let [alpha, beta] = forms(neuron, &x, &u);
                (alpha * beta).sqrt()
            });
            let certificate = 1.0 + 2.0 * products.sum::<f64>() / 6.0;
            let bound = 1.0 + 2.0 * Bounds::of(network, &Weight::new(&x)).oriented;
            assert!((certificate / bound - 1.0).abs() < 1e-12, "{seed}");
        }
    }

    #[test]
    fn a_dead_network_is_its_own_flattest_rescaling() {
        let parameters = [1.0, -10.0, 1.0, 0.3];
        let workspace = &mut Workspace::default();
        let flat = flattest(
            Network::of(&parameters),
            &[0.0, 1.0],
            f64::INFINITY,
            workspace,
        );
        assert!((flat.value - 1.0).abs() < 1e-12 && (flat.certificate - 1.0).abs() < 1e-12);
    }
}
