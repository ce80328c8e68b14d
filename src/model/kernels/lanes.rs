//! Eight lanes on every machine, in whichever registers the machine has.
//!
//! `pulp` compiles a loop once per instruction set and picks at run time. A [`Lanes`] is eight numbers
//! in one, two, four or eight registers, whichever the instruction set has, so sums are added in the
//! same order everywhere.
//!
//! Each loop is compiled for both kinds of [`Arithmetic`]. Under [`Arithmetic::Fused`] products are fused into
//! the sums wherever the hardware can, which is everywhere but on x86-64 from before 2013: AVX-512, AVX2 and
//! NEON give the same bits. Under [`Arithmetic::Plain`] they are rounded first, which every machine can, and
//! all of them give the same bits: also a browser, whose two lanes do not mean that it could fuse.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m512d;
use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};
#[cfg(target_arch = "x86_64")]
use pulp::{core_arch::x86::Avx512f, x86::V4};

use crate::model::arithmetic::Arithmetic;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// The instruction set that is used.
#[inline(always)]
fn arch() -> Arch {
    #[cfg(test)]
    if let Some(arch) = testing::FORCED.get() {
        return arch;
    }
    *ARCH
}

/// Numbers that are processed together.
pub(crate) const LANES: usize = 8;

/// An instruction set, and whether products are fused into sums with it.
pub(super) trait Machine: Copy {
    /// The instruction set.
    type Simd: Simd;
    /// Whether they are, where the hardware does it.
    const FUSED: bool;
    /// Numbers in a register.
    const F64_LANES: usize = <Self::Simd as Simd>::F64_LANES;
    /// Numbers of single precision in a register.
    const F32_LANES: usize = <Self::Simd as Simd>::F32_LANES;

    /// Its instructions.
    fn instructions(self) -> Self::Simd;
}

#[derive(Clone, Copy)]
struct Chosen<S, const FUSED: bool>(S);

impl<S: Simd, const FUSED: bool> Machine for Chosen<S, FUSED> {
    type Simd = S;
    const FUSED: bool = FUSED;

    #[inline(always)]
    fn instructions(self) -> S {
        self.0
    }
}

/// Eight numbers in registers; the first `LANES / S::F64_LANES` entries hold them.
pub(super) type Lanes<S> = [<<S as Machine>::Simd as Simd>::f64s; LANES];

/// A register of numbers of single precision.
pub(super) type Singles<S> = <<S as Machine>::Simd as Simd>::f32s;

/// An operation that is written in lanes.
pub(super) trait InLanes {
    /// What it returns.
    type Output;

    /// Runs it; `#[inline(always)]`.
    fn run<S: Machine>(self, simd: S) -> Self::Output;
}

/// Runs an operation that is written in lanes, in the arithmetic of the scope.
#[inline(always)]
pub(super) fn with_lanes<O: InLanes>(operation: O) -> O::Output {
    struct Run<O, const FUSED: bool>(O);

    impl<O: InLanes, const FUSED: bool> WithSimd for Run<O, FUSED> {
        type Output = O::Output;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> O::Output {
            self.0.run(Chosen::<S, FUSED>(simd))
        }
    }

    match Arithmetic::here() {
        Arithmetic::Fused => arch().dispatch(Run::<_, true>(operation)),
        Arithmetic::Plain => arch().dispatch(Run::<_, false>(operation)),
    }
}

/// Runs plain loops, which the compiler vectorises. The closure has to be `#[inline(always)]`.
pub(crate) fn vectorised<R>(loops: impl FnMut() -> R) -> R {
    /// By reference: a call that consumes the closure is not inlined.
    struct Loops<F>(F);

    impl<R, F: FnMut() -> R> WithSimd for Loops<F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: Simd>(mut self, _simd: S) -> R {
            (self.0)()
        }
    }

    arch().dispatch(Loops(loops))
}

/// Plain loops that are faster with fused multiply-adds.
pub(super) trait Fusible {
    /// What the loops return.
    type Output;

    /// Runs the loops, which have to use [`product_and_sum`]; `#[inline(always)]`.
    fn run<const FUSED: bool>(self) -> Self::Output;
}

/// Runs such loops, fused where the arithmetic of the scope is and the hardware does it.
pub(super) fn vectorised_and_fused<L: Fusible>(loops: L) -> L::Output {
    struct Loops<L>(L);

    impl<L: Fusible> InLanes for Loops<L> {
        type Output = L::Output;

        #[inline(always)]
        fn run<S: Machine>(self, _simd: S) -> L::Output {
            // One lane: nothing is known of the hardware, and a fused product may be a function call.
            if S::FUSED && S::F64_LANES > 1 {
                self.0.run::<true>()
            } else {
                self.0.run::<false>()
            }
        }
    }

    with_lanes(Loops(loops))
}

/// a·b + c, rounded once or twice.
#[inline(always)]
pub(super) fn product_and_sum<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The same number in every lane.
#[inline(always)]
pub(super) fn splat<S: Machine>(simd: S, x: f64) -> Lanes<S> {
    [simd.instructions().splat_f64s(x); LANES]
}

/// Eight numbers from memory.
#[inline(always)]
pub(super) fn load<S: Machine>(simd: S, numbers: &[f64; LANES]) -> Lanes<S> {
    let parts = S::Simd::as_simd_f64s(numbers).0;
    let mut lanes = splat(simd, 0.0);
    lanes[..parts.len()].copy_from_slice(parts);
    lanes
}

/// Fewer than eight numbers from memory, and zeros.
#[inline(always)]
pub(super) fn load_tail<S: Machine>(simd: S, numbers: &[f64]) -> Lanes<S> {
    if S::F64_LANES == LANES {
        return [simd.instructions().partial_load_f64s(numbers); LANES];
    }
    let mut padded = [0.0; LANES];
    padded[..numbers.len()].copy_from_slice(numbers);
    load(simd, &padded)
}

/// Eight numbers to memory.
#[inline(always)]
pub(super) fn store<S: Machine>(lanes: &Lanes<S>, numbers: &mut [f64; LANES]) {
    let parts = S::Simd::as_mut_simd_f64s(numbers).0;
    parts.copy_from_slice(&lanes[..parts.len()]);
}

/// The first of eight numbers to memory.
#[inline(always)]
pub(super) fn store_tail<S: Machine>(simd: S, lanes: &Lanes<S>, numbers: &mut [f64]) {
    if S::F64_LANES == LANES {
        simd.instructions().partial_store_f64s(numbers, lanes[0]);
        return;
    }
    let mut padded = [0.0; LANES];
    store::<S>(lanes, &mut padded);
    numbers.copy_from_slice(&padded[..numbers.len()]);
}

/// sum ← sum + a·b.
#[inline(always)]
pub(super) fn add_product<S: Machine>(simd: S, sum: &mut Lanes<S>, a: &Lanes<S>, b: &Lanes<S>) {
    let simd = simd.instructions();
    for part in 0..LANES / S::F64_LANES {
        sum[part] = if S::FUSED {
            simd.mul_add_e_f64s(a[part], b[part], sum[part])
        } else {
            simd.add_f64s(simd.mul_f64s(a[part], b[part]), sum[part])
        };
    }
}

/// a·b + c in single precision.
#[inline(always)]
pub(super) fn single_product_and_sum<S: Machine>(
    simd: S,
    a: Singles<S>,
    b: Singles<S>,
    c: Singles<S>,
) -> Singles<S> {
    let simd = simd.instructions();
    if S::FUSED {
        simd.mul_add_e_f32s(a, b, c)
    } else {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    }
}

/// a + b.
#[inline(always)]
pub(super) fn total<S: Machine>(simd: S, a: &Lanes<S>, b: &Lanes<S>) -> Lanes<S> {
    let mut lanes = *a;
    for part in 0..LANES / S::F64_LANES {
        lanes[part] = simd.instructions().add_f64s(a[part], b[part]);
    }
    lanes
}

/// a·b, entry by entry.
#[inline(always)]
pub(super) fn product<S: Machine>(simd: S, a: &Lanes<S>, b: &Lanes<S>) -> Lanes<S> {
    let mut lanes = *a;
    for part in 0..LANES / S::F64_LANES {
        lanes[part] = simd.instructions().mul_f64s(a[part], b[part]);
    }
    lanes
}

/// a − b.
#[inline(always)]
pub(super) fn difference<S: Machine>(simd: S, a: &Lanes<S>, b: &Lanes<S>) -> Lanes<S> {
    let mut lanes = *a;
    for part in 0..LANES / S::F64_LANES {
        lanes[part] = simd.instructions().sub_f64s(a[part], b[part]);
    }
    lanes
}

/// The sum of the eight as a balanced tree: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)).
#[inline(always)]
pub(super) fn sum<S: Machine>(simd: S, lanes: &Lanes<S>) -> f64 {
    let mut lanes = *lanes;
    let mut half = LANES / S::F64_LANES / 2;
    while half > 0 {
        for part in 0..half {
            lanes[part] = simd
                .instructions()
                .add_f64s(lanes[part], lanes[part + half]);
        }
        half /= 2;
    }
    simd.instructions().reduce_sum_f64s(lanes[0])
}

/// The sums of eight times eight numbers, each added as in [`sum`].
#[inline(always)]
pub(super) fn sums<S: Machine>(simd: S, rows: &[Lanes<S>; LANES]) -> [f64; LANES] {
    // One by one they cost more than the products in a row of a hundred.
    #[cfg(target_arch = "x86_64")]
    if S::F64_LANES == LANES
        && let Some(V4 { avx512f, .. }) = V4::try_new()
    {
        let mut registers = [avx512f._mm512_setzero_pd(); LANES];
        for (register, row) in registers.iter_mut().zip(rows) {
            let mut numbers = [0.0; LANES];
            store::<S>(row, &mut numbers);
            *register = pulp::cast(numbers);
        }
        return pulp::cast(folded(avx512f, &registers));
    }
    let mut sums = [0.0; LANES];
    for (total, row) in sums.iter_mut().zip(rows) {
        *total = sum(simd, row);
    }
    sums
}

/// The sums of eight registers, folded together: by halves, by quarters, then pairs.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn folded(simd: Avx512f, rows: &[__m512d; LANES]) -> __m512d {
    #[inline(always)]
    fn halves(simd: Avx512f, a: __m512d, b: __m512d) -> __m512d {
        let low = simd._mm512_shuffle_f64x2::<0x44>(a, b);
        simd._mm512_add_pd(low, simd._mm512_shuffle_f64x2::<0xEE>(a, b))
    }
    #[inline(always)]
    fn quarters(simd: Avx512f, a: __m512d, b: __m512d) -> __m512d {
        let even = simd._mm512_shuffle_f64x2::<0x88>(a, b);
        simd._mm512_add_pd(even, simd._mm512_shuffle_f64x2::<0xDD>(a, b))
    }
    let [a, b, c, d, e, f, g, h] = *rows;
    let even = quarters(simd, halves(simd, a, c), halves(simd, e, g));
    let odd = quarters(simd, halves(simd, b, d), halves(simd, f, h));
    let low = simd._mm512_unpacklo_pd(even, odd);
    simd._mm512_add_pd(low, simd._mm512_unpackhi_pd(even, odd))
}

#[cfg(test)]
pub(crate) mod testing {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// The instruction set that this thread uses instead of the best one.
        pub(super) static FORCED: Cell<Option<Arch>> = const { Cell::new(None) };
    }

    /// What `compute` returns under each instruction set that this machine has: those that fuse products for
    /// [`Arithmetic::Fused`], and for [`Arithmetic::Plain`] also the one that every machine has.
    pub(crate) fn under_each<R>(compute: impl Fn() -> R) -> Vec<R> {
        let mut sets = vec![Arch::new()];
        #[cfg(target_arch = "x86_64")]
        {
            sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
            sets.extend(V4::try_new().map(Arch::V4));
        }
        if Arithmetic::is_plain_here() {
            sets.push(Arch::Scalar);
        }
        let results = sets.into_iter().map(|arch| {
            FORCED.set(Some(arch));
            compute()
        });
        let results = results.collect();
        FORCED.set(None);
        results
    }
}
