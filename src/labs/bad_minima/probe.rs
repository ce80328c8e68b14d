//! What is measured of a network: accuracies, the boundary and its margins.

use super::data::Task;
use super::network::{Network, Point, logistic};
use crate::model::level_set::{Piece, distance, length, zero_set};
use crate::statistics::median;

/// Half the side of the square around the origin on which boundaries are measured and drawn.
pub const REACH: f64 = 1.7;

/// Places along a side of it.
pub const PLACES: usize = 96;

/// The places of a grid along a side.
pub fn side(places: usize) -> Vec<f64> {
    let part = |at: usize| at as f64 / (places - 1).max(1) as f64;
    (0..places)
        .map(|at| REACH * (2.0 * part(at) - 1.0))
        .collect()
}

/// f on the grid, row by row from the lowest ordinate.
pub fn grid(network: &mut Network, theta: &[f32], places: usize) -> Vec<f32> {
    let side = side(places);
    let points: Vec<Point> = side
        .iter()
        .flat_map(|y| side.iter().map(|x| [*x as f32, *y as f32]))
        .collect();
    network.outputs(theta, &points)
}

/// Where f changes its sign.
pub fn boundary(network: &mut Network, theta: &[f32]) -> Vec<Piece> {
    let side = side(PLACES);
    let values = grid(network, theta, PLACES);
    let values: Vec<f64> = values.into_iter().map(f64::from).collect();
    zero_set(&side, &side, &values)
}

/// What is measured of a network that does not move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// Mean ln(1 + e^(−yf)) over the training points.
    pub loss: f64,
    /// Share of the training points with yf > 0.
    pub train_accuracy: f64,
    /// The same of the test points.
    pub test_accuracy: f64,
    /// The same of the copies with the labels that were to be memorised; NaN without copies.
    pub copies_accuracy: f64,
    /// Length of the boundary f = 0 within the square of [`REACH`].
    pub boundary_length: f64,
    /// Median over the training points of the distance to it; NaN if there is none.
    pub median_margin: f64,
    /// ‖θ‖₂.
    pub norm: f64,
    /// Units of the second layer that are 0 on every training point.
    pub silent_units: usize,
}

impl Probe {
    /// Measures; `memorised` are the labels of the copies that this network was to memorise.
    pub fn new(network: &mut Network, theta: &[f32], task: &Task, memorised: &[f32]) -> Self {
        let mut accuracy =
            |points: &[Point], labels: &[f32]| share_right(&network.outputs(theta, points), labels);
        let test_accuracy = accuracy(&task.test.at, &task.test.labels);
        let copies_accuracy = accuracy(&task.copies.at, memorised);
        let (outputs, silent_units) = network.outputs_and_silence(theta, &task.train.at);
        let labelled = outputs.iter().zip(&task.train.labels);
        let losses = labelled.map(|(output, label)| logistic(*output, *label).0);
        let pieces = boundary(network, theta);
        Self {
            loss: losses.sum::<f64>() / task.train.len() as f64,
            train_accuracy: share_right(&outputs, &task.train.labels),
            test_accuracy,
            copies_accuracy,
            boundary_length: length(&pieces),
            median_margin: median_margin(&pieces, &task.train.at),
            norm: norm(theta.iter().copied()),
            silent_units,
        }
    }
}

/// Share of the outputs with the sign of their label; NaN of none.
pub fn share_right(outputs: &[f32], labels: &[f32]) -> f64 {
    let labelled = outputs.iter().zip(labels);
    let right = labelled.filter(|(output, label)| **output * **label > 0.0);
    right.count() as f64 / outputs.len() as f64
}

fn median_margin(pieces: &[Piece], points: &[Point]) -> f64 {
    let margins = points
        .iter()
        .map(|point| distance(pieces, point.map(f64::from)));
    median(margins.filter(|margin| margin.is_finite())).unwrap_or(f64::NAN)
}

/// ‖v‖₂.
pub fn norm(v: impl Iterator<Item = f32>) -> f64 {
    v.map(|number| f64::from(number) * f64::from(number))
        .sum::<f64>()
        .sqrt()
}

/// ‖a − b‖₂.
pub fn separation(a: &[f32], b: &[f32]) -> f64 {
    norm(a.iter().zip(b).map(|(a, b)| a - b))
}
