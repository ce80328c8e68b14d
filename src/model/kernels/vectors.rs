//! Steps and differences entry by entry, and the sums of squares that come with them.

use super::lanes::{
    InLanes, LANES, Lanes, Machine, add_product, difference, load, load_tail, product, splat,
    store, store_tail, sum, total, with_lanes,
};

/// ‖a − b‖₂² of two slices of the same length.
pub fn distance_squared(a: &[f64], b: &[f64]) -> f64 {
    struct Distance<'a>(&'a [f64], &'a [f64]);

    impl InLanes for Distance<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) -> f64 {
            let (a, a_tail) = self.0.as_chunks::<LANES>();
            let (b, b_tail) = self.1[..self.0.len()].as_chunks::<LANES>();
            let b = &b[..a.len()];
            let mut squares = Squares::new(simd);
            for_each_in_turn(
                a.len(),
                #[inline(always)]
                |at, part| {
                    let gap = difference(simd, &load(simd, &a[at]), &load(simd, &b[at]));
                    squares.add(part, &gap);
                },
            );
            if !a_tail.is_empty() {
                let gap = difference(simd, &load_tail(simd, a_tail), &load_tail(simd, b_tail));
                squares.add(0, &gap);
            }
            squares.sum()
        }
    }

    with_lanes(Distance(a, b))
}

/// β = w₊² − w₋², as (w₊ − w₋)(w₊ + w₋) so that nothing cancels; returns ‖β − target‖₂².
pub fn squared_difference_and_distance(
    w_plus: &[f64],
    w_minus: &[f64],
    target: &[f64],
    beta: &mut [f64],
) -> f64 {
    struct Difference<'a> {
        w_plus: &'a [f64],
        w_minus: &'a [f64],
        target: &'a [f64],
        beta: &'a mut [f64],
    }

    impl InLanes for Difference<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) -> f64 {
            let len = self.beta.len();
            let (plus, plus_tail) = self.w_plus[..len].as_chunks::<LANES>();
            let (minus, minus_tail) = self.w_minus[..len].as_chunks::<LANES>();
            let (target, target_tail) = self.target[..len].as_chunks::<LANES>();
            let (beta, beta_tail) = self.beta.as_chunks_mut::<LANES>();
            let (minus, target) = (&minus[..plus.len()], &target[..plus.len()]);
            let beta = &mut beta[..plus.len()];
            let mut squares = Squares::new(simd);
            for_each_in_turn(
                plus.len(),
                #[inline(always)]
                |at, part| {
                    let now = coefficients(simd, &load(simd, &plus[at]), &load(simd, &minus[at]));
                    store::<S>(&now, &mut beta[at]);
                    squares.add(part, &difference(simd, &now, &load(simd, &target[at])));
                },
            );
            if !plus_tail.is_empty() {
                let plus_tail = load_tail(simd, plus_tail);
                let now = coefficients(simd, &plus_tail, &load_tail(simd, minus_tail));
                store_tail(simd, &now, beta_tail);
                let gap = difference(simd, &now, &load_tail(simd, target_tail));
                squares.add(0, &gap);
            }
            squares.sum()
        }
    }

    with_lanes(Difference {
        w_plus,
        w_minus,
        target,
        beta,
    })
}

/// β = (w₊ − w₋)(w₊ + w₋).
#[inline(always)]
fn coefficients<S: Machine>(simd: S, plus: &Lanes<S>, minus: &Lanes<S>) -> Lanes<S> {
    let gap = difference(simd, plus, minus);
    product(simd, &gap, &total(simd, plus, minus))
}

/// w ← w + c·g·w.
#[inline(always)]
fn moved<S: Machine>(simd: S, w: &Lanes<S>, c: &Lanes<S>, g: &Lanes<S>) -> Lanes<S> {
    let mut after = *w;
    add_product(simd, &mut after, &product(simd, c, g), w);
    after
}

/// [`multiplicative_step`] and the β that it leads to, in one pass; with a target, returns ‖β − target‖₂².
///
/// The bits are those of [`squared_difference_and_distance`]. All slices are whole lanes and as long as w₊, g
/// and the target at least.
#[inline(always)]
pub fn multiplicative_step_and_difference(
    w_plus: &mut [f64],
    w_minus: &mut [f64],
    c: f64,
    g: &[f64],
    target: Option<&[f64]>,
    beta: &mut [f64],
) -> Option<f64> {
    struct Step<'a> {
        w_plus: &'a mut [f64],
        w_minus: &'a mut [f64],
        c: f64,
        g: &'a [f64],
        target: Option<&'a [f64]>,
        beta: &'a mut [f64],
    }

    /// A chunk's step, and its β.
    #[inline(always)]
    fn step<S: Machine>(
        simd: S,
        [down, up]: &[Lanes<S>; 2],
        [plus, minus, beta]: [&mut [f64; LANES]; 3],
        g: &[f64; LANES],
    ) -> Lanes<S> {
        let g = load(simd, g);
        let after_plus = moved(simd, &load(simd, plus), down, &g);
        let after_minus = moved(simd, &load(simd, minus), up, &g);
        store::<S>(&after_plus, plus);
        store::<S>(&after_minus, minus);
        let now = coefficients(simd, &after_plus, &after_minus);
        store::<S>(&now, beta);
        now
    }

    impl InLanes for Step<'_> {
        type Output = Option<f64>;

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) -> Option<f64> {
            let plus = self.w_plus.as_chunks_mut::<LANES>().0;
            let len = plus.len();
            let minus = &mut self.w_minus.as_chunks_mut::<LANES>().0[..len];
            let g = &self.g.as_chunks::<LANES>().0[..len];
            let beta = &mut self.beta.as_chunks_mut::<LANES>().0[..len];
            let factors = [splat(simd, -self.c), splat(simd, self.c)];
            let Some(target) = self.target else {
                for at in 0..len {
                    let numbers = [&mut plus[at], &mut minus[at], &mut beta[at]];
                    step(simd, &factors, numbers, &g[at]);
                }
                return None;
            };
            let target = &target.as_chunks::<LANES>().0[..len];
            let mut squares = Squares::new(simd);
            for_each_in_turn(
                len,
                #[inline(always)]
                |at, part| {
                    let numbers = [&mut plus[at], &mut minus[at], &mut beta[at]];
                    let now = step(simd, &factors, numbers, &g[at]);
                    squares.add(part, &difference(simd, &now, &load(simd, &target[at])));
                },
            );
            Some(squares.sum())
        }
    }

    with_lanes(Step {
        w_plus,
        w_minus,
        c,
        g,
        target,
        beta,
    })
}

/// w₊ ← w₊ ⊙ (1 − c·g), w₋ ← w₋ ⊙ (1 + c·g): a Euler step of either sign (eq. 1, eq. 3). g may be longer
/// than w₊ and w₋.
pub fn multiplicative_step(w_plus: &mut [f64], w_minus: &mut [f64], c: f64, g: &[f64]) {
    struct Step<'a> {
        w_plus: &'a mut [f64],
        w_minus: &'a mut [f64],
        c: f64,
        g: &'a [f64],
    }

    impl InLanes for Step<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) {
            let (up, down) = (splat(simd, self.c), splat(simd, -self.c));
            let (g, g_tail) = self.g[..self.w_plus.len()].as_chunks::<LANES>();
            let (plus, plus_tail) = self.w_plus.as_chunks_mut::<LANES>();
            let (minus, minus_tail) = self.w_minus.as_chunks_mut::<LANES>();
            for ((plus, minus), g) in plus.iter_mut().zip(minus).zip(g) {
                let g = load(simd, g);
                store::<S>(&moved(simd, &load(simd, plus), &down, &g), plus);
                store::<S>(&moved(simd, &load(simd, minus), &up, &g), minus);
            }
            if !g_tail.is_empty() {
                let g = load_tail(simd, g_tail);
                let after = moved(simd, &load_tail(simd, plus_tail), &down, &g);
                store_tail(simd, &after, plus_tail);
                let after = moved(simd, &load_tail(simd, minus_tail), &up, &g);
                store_tail(simd, &after, minus_tail);
            }
        }
    }

    with_lanes(Step {
        w_plus,
        w_minus,
        c,
        g,
    });
}

/// Partial sums that are added to in turn, so that no addition waits for the one before.
const PARTS: usize = 4;

/// Calls `add` with every index below `len` and the part of a sum that it belongs to.
#[inline(always)]
fn for_each_in_turn(len: usize, mut add: impl FnMut(usize, usize)) {
    let whole = len - len % PARTS;
    for first in (0..whole).step_by(PARTS) {
        // Written out, so that the parts stay in registers.
        add(first, 0);
        add(first + 1, 1);
        add(first + 2, 2);
        add(first + 3, 3);
    }
    for at in whole..len {
        add(at, 0);
    }
}

/// A sum of squares.
struct Squares<S: Machine> {
    simd: S,
    parts: [Lanes<S>; PARTS],
}

impl<S: Machine> Squares<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        Self {
            simd,
            parts: [splat(simd, 0.0); PARTS],
        }
    }

    #[inline(always)]
    fn add(&mut self, part: usize, numbers: &Lanes<S>) {
        add_product(self.simd, &mut self.parts[part], numbers, numbers);
    }

    #[inline(always)]
    fn sum(&self) -> f64 {
        let [a, b, c, d] = &self.parts;
        let even = total(self.simd, a, c);
        sum(self.simd, &total(self.simd, &even, &total(self.simd, b, d)))
    }
}
