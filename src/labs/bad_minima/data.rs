//! The points: four laws of the plane with two classes, and the copies that are memorised first.

use std::f64::consts::PI;

use rand::RngExt as _;

use super::network::Point;
use crate::knobs::Choice;
use crate::model::arithmetic::Elementary as _;
use crate::model::random::{Generator, Stream, generator, standard_normal};

/// Points that the test accuracy is measured on.
pub const TESTED: usize = 1000;

/// How far from the origin the points of the disk and the wave reach.
const REACH: f64 = 1.15;

/// The boundary of the disk.
const DISK: f64 = 0.75;

/// Nothing is drawn nearer to the boundary of the disk and of the wave.
const GAP: f64 = 0.08;

/// The radii of the two rings, and the deviation across.
const RINGS: [f64; 2] = [0.45, 0.95];
const ACROSS: f64 = 0.08;

/// The deviation around the moons, before they are centred and shrunk to 0.7 of their size.
const AROUND: f64 = 0.12;

/// Pieces of a boundary that is drawn as a polygon.
const PIECES: usize = 128;

/// A law of points in the plane with two classes, each with half of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A uniform disk of radius 1.15 whose class is +1 within .75, without a band of .08 on either side.
    Disk,
    /// Two rings of radius .45 and .95 with normal deviations of .08 across.
    Rings,
    /// Two interleaved half circles with normal deviations of .08.
    Moons,
    /// The same disk of radius 1.15, class +1 above y = .4 sin 3x, without a band of .08 on either side.
    Wave,
}

/// Labelled points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// Where.
    pub at: Vec<Point>,
    /// ±1.
    pub labels: Vec<f32>,
}

impl Points {
    /// How many.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    fn push(&mut self, [x, y]: [f64; 2], label: f32) {
        self.at.push([x as f32, y as f32]);
        self.labels.push(label);
    }
}

impl Law {
    /// Every law.
    pub const ALL: [Self; 4] = [Self::Disk, Self::Rings, Self::Moons, Self::Wave];

    /// Their words in recipes and on the screen, in the same order.
    pub const CHOICES: &'static [Choice] = &[
        Choice {
            id: "disk",
            label: "Disk",
        },
        Choice {
            id: "rings",
            label: "Two rings",
        },
        Choice {
            id: "moons",
            label: "Two moons",
        },
        Choice {
            id: "wave",
            label: "Sine wave",
        },
    ];

    /// The law of a word; the first one for a word that stands for none.
    pub fn of(word: &str) -> Self {
        let words = Self::CHOICES.iter().zip(Self::ALL);
        let mut known = words.filter(|(choice, _)| choice.id == word);
        known.next().map_or(Self::Disk, |(_, law)| law)
    }

    /// `count` points, the classes in turn.
    fn draw(self, rng: &mut Generator, count: usize) -> Points {
        let mut points = Points::default();
        for at in 0..count {
            let inner = at % 2 == 0;
            points.push(self.point(rng, inner), if inner { 1.0 } else { -1.0 });
        }
        points
    }

    /// A point of class +1 or −1.
    fn point(self, rng: &mut Generator, positive: bool) -> [f64; 2] {
        let mut normal = |deviation: f64| {
            let normal = standard_normal(rng);
            deviation * normal
        };
        match self {
            Self::Disk => rejected(rng, positive, |[x, y]| DISK - x.hypotenuse(y)),
            Self::Wave => rejected(rng, positive, |[x, y]| y - crest(x)),
            Self::Rings => {
                let radius = RINGS[usize::from(!positive)] + normal(ACROSS);
                let (sine, cosine) = turn(2.0 * PI * rng.random::<f64>());
                [radius * cosine, radius * sine]
            }
            Self::Moons => {
                let [right, up] = [normal(AROUND), normal(AROUND)];
                let (sine, cosine) = turn(PI * rng.random::<f64>());
                let [x, y] = if positive {
                    [cosine, sine]
                } else {
                    [1.0 - cosine, 0.5 - sine]
                };
                [0.7 * (x + right - 0.5), 0.7 * (y + up - 0.25)]
            }
        }
    }

    /// Where the classes meet, as a polygon; empty where they overlap.
    pub fn boundary(self) -> Vec<[f64; 2]> {
        let part = |at: usize| at as f64 / PIECES as f64;
        let circle = |radius: f64| {
            let points = (0..=PIECES).map(|at| turn(2.0 * PI * part(at)));
            points
                .map(|(sine, cosine)| [radius * cosine, radius * sine])
                .collect()
        };
        match self {
            Self::Disk => circle(DISK),
            Self::Rings => circle(0.5 * (RINGS[0] + RINGS[1])),
            Self::Moons => Vec::new(),
            Self::Wave => (0..=PIECES)
                .map(|at| REACH * (2.0 * part(at) - 1.0))
                .map(|x| [x, crest(x)])
                .collect(),
        }
    }
}

/// The platform's own functions may round differently elsewhere.
fn turn(angle: f64) -> (f64, f64) {
    libm::sincos(angle)
}

fn crest(x: f64) -> f64 {
    0.4 * libm::sin(3.0 * x)
}

/// A uniform point of the disk in the class, away from where `side` changes its sign.
fn rejected(rng: &mut Generator, positive: bool, side: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    loop {
        let point = [
            rng.random_range(-REACH..REACH),
            rng.random_range(-REACH..REACH),
        ];
        let side = side(point);
        if point[0].hypotenuse(point[1]) < REACH && side.abs() >= GAP && (side > 0.0) == positive {
            return point;
        }
    }
}

/// What an experiment trains and is tested on.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The law of the points.
    pub law: Law,
    /// The training points.
    pub train: Points,
    /// [`TESTED`] further points of the same law.
    pub test: Points,
    /// R copies of every training point, moved by normal noise, with labels of a fair coin.
    pub copies: Points,
    /// The labels that the copies' originals have.
    pub true_labels: Vec<f32>,
}

impl Task {
    /// n training points, and R copies of each of deviation σ.
    pub fn new(law: Law, n: usize, copies: usize, deviation: f64, seed: u64) -> Self {
        let stream = |index| generator(seed, Stream::Data, index);
        let train = law.draw(&mut stream(0), n);
        let test = law.draw(&mut stream(1), TESTED);
        let (mut noise, mut coin) = (stream(2), stream(3));
        let mut moved = Points::default();
        let mut true_labels = Vec::new();
        for _ in 0..copies {
            for (point, label) in train.at.iter().zip(&train.labels) {
                let point = point.map(|place| {
                    let normal = standard_normal(&mut noise);
                    f64::from(place) + deviation * normal
                });
                moved.push(point, if coin.random() { 1.0 } else { -1.0 });
                true_labels.push(*label);
            }
        }
        Self {
            law,
            train,
            test,
            copies: moved,
            true_labels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_even_and_where_their_law_says() {
        for law in Law::ALL {
            let task = Task::new(law, 60, 2, 0.1, 7);
            let sum = |points: &Points| points.labels.iter().sum::<f32>();
            assert_eq!([sum(&task.train), sum(&task.test)], [0.0, 0.0]);
            assert_eq!(task.copies.len(), 120);
            for (point, label) in task.test.at.iter().zip(&task.test.labels) {
                let [x, y] = point.map(f64::from);
                let side = match law {
                    Law::Disk => 0.75 - x.hypot(y),
                    Law::Wave => y - 0.4 * (3.0 * x).sin(),
                    // Normal deviations reach beyond the middle now and then.
                    Law::Rings | Law::Moons => continue,
                };
                assert!(side * f64::from(*label) > GAP - 1e-6, "{law:?} {point:?}");
                assert!(x.hypot(y) < REACH + 1e-6);
            }
        }
        let middle = Law::Rings.boundary()[0][0];
        let rings = Task::new(Law::Rings, 60, 0, 0.1, 7).test;
        let inside = rings.at.iter().zip(&rings.labels);
        let right =
            inside.filter(|([x, y], label)| (f64::from(x.hypot(*y)) < middle) == (**label > 0.0));
        // Three deviations: all but about one in a thousand.
        assert!(right.count() > 990);
    }

    /// What one setting changes leaves the rest as it is: the streams are apart.
    #[test]
    fn draws_depend_on_nothing_else() {
        let few = Task::new(Law::Disk, 60, 1, 0.1, 3);
        let many = Task::new(Law::Disk, 60, 3, 0.1, 3);
        assert_eq!(few.train, many.train);
        assert_eq!(few.test, many.test);
        assert_eq!(few.copies.at[..], many.copies.at[..60]);
        assert_eq!(few.copies.labels[..], many.copies.labels[..60]);
        let still = Task::new(Law::Disk, 60, 1, 0.0, 3);
        assert_eq!(still.copies.at, still.train.at);
        assert_eq!(still.copies.labels, few.copies.labels);
        assert_ne!(Task::new(Law::Disk, 60, 1, 0.1, 4).train, few.train);
        let one = Task::new(Law::Disk, 1, 0, 0.1, 3);
        assert_eq!((one.train.len(), one.copies.is_empty()), (1, true));
    }
}
