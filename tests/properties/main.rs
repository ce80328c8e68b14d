//! What holds for every recipe and every data set, tried on ones that nobody has thought of.
//!
//! Recipes are drawn from the labs' own tables of settings, so that a new setting is tried by itself. The draws are
//! the same in every run: `PROPTEST_RNG_SEED=7 PROPTEST_CASES=2000 cargo test --test properties` makes others, and
//! more of them. What fails is made as small as it can be before it is shown.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod data;
mod interpolators;
mod recipes;
mod refusals;
mod scale;
mod settings;
mod symmetries;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Tries a property on `cases` draws, or on as many as the environment says.
fn check<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value)) {
    let given = |name| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let config = Config {
        cases: given("PROPTEST_CASES").map_or(cases, |cases| cases as u32),
        rng_seed: RngSeed::Fixed(given("PROPTEST_RNG_SEED").unwrap_or(0)),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let tried = TestRunner::new(config).run(strategy, |value| {
        property(value);
        Ok::<(), TestCaseError>(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}
