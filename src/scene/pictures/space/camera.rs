//! An orthographic view of three dimensions.

use super::Plane3;
use super::parts::{dot, norm};

/// An orthonormal frame: what is drawn to the right, upwards, and towards the viewer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// What is drawn to the right.
    pub right: [f64; 3],
    /// What is drawn upwards.
    pub up: [f64; 3],
    /// What comes towards the viewer.
    pub towards: [f64; 3],
}

impl Camera {
    /// Looks against `towards` with `up` upwards, or the third or second axis if `up` points at the viewer.
    pub fn new(towards: [f64; 3], up: [f64; 3]) -> Self {
        let towards = unit(towards).unwrap_or([1.0, 0.0, 0.0]);
        let upright = |axis: [f64; 3]| {
            let lean = dot(&axis, &towards);
            let up: [f64; 3] = std::array::from_fn(|i| axis[i] - lean * towards[i]);
            (norm(&up) > 1e-3).then(|| unit(up)).flatten()
        };
        let up = upright(up).or_else(|| upright([0.0, 0.0, 1.0]));
        let up = up.or_else(|| upright([0.0, 1.0, 0.0]));
        let up = up.unwrap_or([0.0, 0.0, 1.0]);
        Self {
            right: cross(up, towards),
            up,
            towards,
        }
    }

    /// Turned by dragging, in radians: what is in front follows the pointer.
    #[must_use]
    pub fn turned(self, [yaw, pitch]: [f64; 2]) -> Self {
        let Self { right, up, towards } = self;
        let mix = |a: [f64; 3], b: [f64; 3], angle: f64| -> [f64; 3] {
            let (sin, cos) = angle.sin_cos();
            std::array::from_fn(|i| cos * a[i] + sin * b[i])
        };
        let (right, towards) = (mix(right, towards, yaw), mix(towards, right, -yaw));
        let (up, towards) = (mix(up, towards, -pitch), mix(towards, up, pitch));
        Self { right, up, towards }
    }

    /// To the right, upwards and towards the viewer.
    pub fn coordinates(&self, point: &[f64; 3]) -> [f64; 3] {
        [&self.right, &self.up, &self.towards].map(|axis| dot(axis, point))
    }
}

/// The outline of a piece of a plane: a square around the foot of `centre`, its lower edge first.
pub fn outline(plane: &Plane3, centre: &[f64; 3], half: f64) -> [[f64; 3]; 5] {
    let height = plane.height(centre);
    let normal = plane.normal();
    let corners = [
        (1.0, -1.0),
        (-1.0, -1.0),
        (-1.0, 1.0),
        (1.0, 1.0),
        (1.0, -1.0),
    ];
    let [right, up] = plane.sides;
    corners.map(|(a, b)| {
        let (a, b) = (a * half, b * half);
        std::array::from_fn(|i| centre[i] - height * normal[i] + a * right[i] + b * up[i])
    })
}

impl Plane3 {
    /// The direction that is orthogonal to it.
    pub fn normal(&self) -> [f64; 3] {
        cross(self.sides[0], self.sides[1])
    }

    /// How far a point is off it, positive on the side of the normal.
    pub fn height(&self, point: &[f64; 3]) -> f64 {
        let from: [f64; 3] = std::array::from_fn(|i| point[i] - self.through[i]);
        dot(&from, &self.normal())
    }
}

/// The same direction with length 1; `None` for what has none.
pub fn unit(a: [f64; 3]) -> Option<[f64; 3]> {
    let length = norm(&a);
    (length > 0.0 && length.is_finite()).then(|| a.map(|part| part / length))
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMMETRY: [f64; 3] = [1.0, -1.0, 0.0];
    const UP: [f64; 3] = [0.0, 0.0, 1.0];
    const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    const PLANE: Plane3 = Plane3 {
        name: "",
        through: [0.0; 3],
        sides: [[HALF, HALF, 0.0], UP],
        towards: SYMMETRY,
        up: UP,
        tinted: false,
    };

    fn near(a: [f64; 3], b: [f64; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn the_first_view_shows_the_plane_of_symmetry_face_on() {
        let camera = Camera::new(SYMMETRY, UP);
        let half = 0.5_f64.sqrt();
        // s = (β₁+β₂)/√2 to the right, β₃ upwards; on the plane there is no depth.
        assert!(near(
            camera.coordinates(&[1.0, 1.0, 0.0]),
            [2.0 * half, 0.0, 0.0]
        ));
        assert!(near(camera.coordinates(&[0.0, 0.0, 1.0]), [0.0, 1.0, 0.0]));
        assert!(near(
            camera.coordinates(&[1.0, 0.0, 0.0]),
            [half, 0.0, half]
        ));
        for corner in outline(&PLANE, &[3.0, 1.0, 2.0], 1.5) {
            assert!(camera.coordinates(&corner)[2].abs() < 1e-12);
        }
        // The foot of (3, 1, 2) is (2, 2, 2).
        let shifted = Plane3 {
            through: [0.5, 0.0, 7.0],
            ..PLANE
        };
        let height = shifted.height(&[3.0, 1.0, 2.0]);
        assert!((height - 1.5 * HALF).abs() < 1e-12);
        for corner in outline(&shifted, &[3.0, 1.0, 2.0], 1.5) {
            assert!(shifted.height(&corner).abs() < 1e-12);
        }
    }

    #[test]
    fn every_view_is_orthonormal() {
        for normal in [SYMMETRY, [0.0, 0.0, 1.0], [0.0; 3], [1.0, 2.0, 3.0]] {
            for turn in [[0.0, 0.0], [0.7, -0.4], [3.0, 1.5]] {
                let camera = Camera::new(normal, UP).turned(turn);
                let axes = [camera.right, camera.up, camera.towards];
                for (i, a) in axes.iter().enumerate() {
                    for (j, b) in axes.iter().enumerate() {
                        let expected = f64::from(u8::from(i == j));
                        assert!((dot(a, b) - expected).abs() < 1e-12, "{normal:?} {turn:?}");
                    }
                }
                assert!(near(cross(camera.right, camera.up), camera.towards));
            }
        }
    }

    #[test]
    fn what_is_in_front_follows_the_pointer() {
        let still = Camera::new(SYMMETRY, UP);
        let front = still.towards;
        let right = still.turned([0.3, 0.0]).coordinates(&front);
        assert!(right[0] > 0.0 && right[1].abs() < 1e-12);
        let down = still.turned([0.0, 0.3]).coordinates(&front);
        assert!(down[1] < 0.0 && down[0].abs() < 1e-12);
    }
}
