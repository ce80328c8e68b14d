//! How products are added, and elementary functions computed: whether a run has the same bits on every machine.
//!
//! Processors with fused multiply-adds round a·b + c once, and they are fast at it; a browser rounds twice, as it has
//! no other instruction. [`Arithmetic::Plain`] rounds twice everywhere, adds in the same order (the kernels have eight
//! lanes whatever the registers hold), and takes its elementary functions ([`Elementary`]) and its linear algebra
//! ([`dense`](super::dense)) from code that is compiled into the program, so that no library of the machine has a say.
//! [`Arithmetic::Fused`] is what recipes have meant since before there was a choice, with the platform's functions.
//!
//! The arithmetic is the scope that a thread is in ([`Arithmetic::run`]) and no argument. A dot product is asked for
//! in two hundred places, from data to theory, most of them many calls below whoever knows the recipe; each would have
//! to be told, and the one that is forgotten is a digit that differs on a machine that nobody here has. A scope is
//! entered in two places: where an experiment or an analyst is made and called (`labs/arithmetic.rs`), and on the
//! workers that one of them hands work to, which take the scope of their task with it ([`Arithmetic::here`]). It ends
//! with the call, panic or not: runs of both kinds share the threads of a pool without seeing each other. Every kernel
//! reads it once; while no scope of the program is plain, that is one number that is the same for all threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::kernels::power;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Arithmetic {
    /// Products are added unrounded wherever the processor can. Not in a browser, which cannot.
    #[default]
    Fused,
    /// Every product is rounded before it is added: the same bits on every machine.
    Plain,
}

thread_local! {
    /// The scope that this thread is in.
    static HERE: Cell<Arithmetic> = const { Cell::new(Arithmetic::Fused) };
}

/// How many scopes of all threads are plain.
///
/// A thread that is in one has counted it itself, so that one that reads 0 knows that it is in none. Where a thread's own
/// memory lies is asked by a call for which the compiler empties the registers, of which a kernel of 30 ns would lose a
/// tenth of its time.
static PLAIN_SCOPES: AtomicUsize = AtomicUsize::new(0);

/// A scope that a thread is in until this is dropped.
struct Scope {
    arithmetic: Arithmetic,
    around: Arithmetic,
}

impl Scope {
    fn enter(arithmetic: Arithmetic) -> Self {
        if arithmetic == Arithmetic::Plain {
            PLAIN_SCOPES.fetch_add(1, Ordering::Relaxed);
        }
        let around = HERE.replace(arithmetic);
        Self { arithmetic, around }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        HERE.set(self.around);
        if self.arithmetic == Arithmetic::Plain {
            PLAIN_SCOPES.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The scope of this thread, out of the way of those who need not ask.
#[cold]
#[inline(never)]
fn of_this_thread() -> Arithmetic {
    HERE.get()
}

impl Arithmetic {
    /// Whether this program can do no other arithmetic than [`Plain`](Self::Plain): in a browser, where a fused product
    /// would be a slow function call.
    pub const ALWAYS_PLAIN: bool = cfg!(target_arch = "wasm32");

    /// What new recipes have where this program runs.
    pub const OF_NEW_RECIPES: Self = if Self::ALWAYS_PLAIN {
        Self::Plain
    } else {
        Self::Fused
    };

    /// The arithmetic of the scope that the caller is in; without one, [`Fused`](Self::Fused) where there is a choice.
    #[inline(always)]
    pub fn here() -> Self {
        if Self::ALWAYS_PLAIN {
            Self::Plain
        } else if PLAIN_SCOPES.load(Ordering::Relaxed) == 0 {
            Self::Fused
        } else {
            of_this_thread()
        }
    }

    /// Whether the caller is to use nothing that depends on the machine.
    #[inline(always)]
    pub fn is_plain_here() -> bool {
        Self::here() == Self::Plain
    }

    /// Computes in a scope of this arithmetic. Other threads are in scopes of their own.
    #[inline]
    pub fn run<R>(self, compute: impl FnOnce() -> R) -> R {
        let _scope = Scope::enter(self);
        compute()
    }
}

/// Declares [`Elementary`], each function with the platform's and the one that is the same everywhere.
macro_rules! elementary {
    ($($(#[$about:meta])* $name:ident($($argument:ident),*) = $platform:ident, $portable:path;)+) => {
        /// Elementary functions, the same on every machine where that is asked for.
        ///
        /// They have names of their own, as the standard library's come from the machine's C library, which rounds the
        /// last digit as it likes. Under [`Arithmetic::Plain`] they come from the crate `libm`, whose code is
        /// the same everywhere. Whatever a run records is computed by these (a test of the sources looks).
        pub trait Elementary {
            $($(#[$about])* #[must_use] fn $name(self $(, $argument: f64)*) -> f64;)+

            /// xᵏ.
            #[must_use]
            fn to_the_whole(self, k: i32) -> f64;
        }

        impl Elementary for f64 {
            $(
                #[inline]
                fn $name(self $(, $argument: f64)*) -> f64 {
                    if Arithmetic::is_plain_here() {
                        $portable(self $(, $argument)*)
                    } else {
                        self.$platform($($argument),*)
                    }
                }
            )+

            #[inline]
            fn to_the_whole(self, k: i32) -> f64 {
                if Arithmetic::is_plain_here() {
                    let power = power(self, k.unsigned_abs());
                    if k < 0 { power.recip() } else { power }
                } else {
                    self.powi(k)
                }
            }
        }
    };
}

elementary! {
    /// eˣ.
    exponential() = exp, libm::exp;
    /// eˣ − 1, near 0 without cancellation.
    exponential_minus_one() = exp_m1, libm::expm1;
    /// ln x.
    logarithm() = ln, libm::log;
    /// ln (1 + x), near 0 without cancellation.
    logarithm_of_one_plus() = ln_1p, libm::log1p;
    /// log₂ x.
    logarithm_to_base_2() = log2, libm::log2;
    /// log₁₀ x.
    logarithm_to_base_10() = log10, libm::log10;
    /// xʸ.
    to_the(exponent) = powf, libm::pow;
    /// √(x² + y²) without overflow.
    hypotenuse(other) = hypot, libm::hypot;
    /// sin x.
    sine() = sin, libm::sin;
    /// cos x.
    cosine() = cos, libm::cos;
    /// arccos x.
    inverse_cosine() = acos, libm::acos;
    /// The angle of (y, x), x being the argument.
    angle_to(x) = atan2, libm::atan2;
    /// sinh x.
    hyperbolic_sine() = sinh, libm::sinh;
    /// cosh x.
    hyperbolic_cosine() = cosh, libm::cosh;
    /// tanh x.
    hyperbolic_tangent() = tanh, libm::tanh;
    /// arsinh x.
    inverse_hyperbolic_sine() = asinh, libm::asinh;
    /// artanh x.
    inverse_hyperbolic_tangent() = atanh, libm::atanh;
    /// ∛x.
    cube_root() = cbrt, libm::cbrt;
}
