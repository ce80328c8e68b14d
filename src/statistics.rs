//! A few order statistics. What is not finite does not count.

/// The values below which these parts of the others lie, between neighbours by a straight line; `None`
/// if there is none.
pub fn quantiles<const N: usize>(
    values: impl IntoIterator<Item = f64>,
    parts: [f64; N],
) -> Option<[f64; N]> {
    let mut values: Vec<f64> = values
        .into_iter()
        .filter(|value| value.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(parts.map(|part| {
        let at = part.clamp(0.0, 1.0) * last as f64;
        let (below, above) = (at.floor() as usize, at.ceil() as usize);
        values[below] + (at - at.floor()) * (values[above] - values[below])
    }))
}

/// The median of finite values, `None` if there is none.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    Some(quantiles(values, [0.5])?[0])
}

/// Spearman's rank correlation of pairs; equal values share their mean rank. NaN for fewer than two
/// pairs or a constant.
pub fn rank_correlation(pairs: &[[f64; 2]]) -> f64 {
    let pairs: Vec<&[f64; 2]> = pairs
        .iter()
        .filter(|pair| pair.iter().all(|value| value.is_finite()))
        .collect();
    let ranks = |axis: usize| -> Vec<f64> {
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by(|a, b| pairs[*a][axis].total_cmp(&pairs[*b][axis]));
        let mut ranks = vec![0.0; pairs.len()];
        let mut below = 0;
        for equal in order.chunk_by(|a, b| pairs[*a][axis] == pairs[*b][axis]) {
            for at in equal {
                ranks[*at] = below as f64 + 0.5 * equal.len() as f64;
            }
            below += equal.len();
        }
        ranks
    };
    let middle = 0.5 * pairs.len() as f64;
    let (x, y) = (ranks(0), ranks(1));
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - middle) * (b - middle))
            .sum()
    };
    product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let values = [3.0, f64::NAN, 1.0, 2.0, 4.0];
        assert_eq!(median(values), Some(2.5));
        assert_eq!(quantiles(values, [0.0, 1.0]), Some([1.0, 4.0]));
        assert_eq!(
            quantiles((0..=10).map(f64::from), [0.1, 0.9]),
            Some([1.0, 9.0])
        );
        assert_eq!(quantiles([f64::NAN], [0.5]), None);
        assert_eq!(median([7.0]), Some(7.0));
    }

    #[test]
    fn ranks_know_order_alone() {
        let rising: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), f64::from(i).exp()]).collect();
        assert!((rank_correlation(&rising) - 1.0).abs() < 1e-12);
        let falling: Vec<[f64; 2]> = rising.iter().map(|[x, y]| [*x, -y]).collect();
        assert!((rank_correlation(&falling) + 1.0).abs() < 1e-12);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5/√(4.5·5).
        let tied = [[0.0, 0.0], [1.0, 1.0], [1.0, 2.0], [2.0, 3.0]];
        assert!((rank_correlation(&tied) - 4.5 / 22.5_f64.sqrt()).abs() < 1e-12);
        assert!(rank_correlation(&[[1.0, 2.0]]).is_nan());
    }
}
