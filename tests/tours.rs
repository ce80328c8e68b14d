//! What the shipped tours say has come true is what their runs do.

use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::recipe::preset;
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::tours::{Directive, tour};

fn run(name: &str, settings: &[(&str, &str)]) -> History {
    let mut recipe = preset(name).expect("a preset").recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).expect("a value");
    }
    let steps = recipe.knobs.length();
    simulate(&recipe, steps, false, &mut |_| {}).expect("a run")
}

/// The last validation losses of a family.
fn validation(history: &History, family: &str) -> Vec<f64> {
    let column = history.setup.column("validation_loss").expect("recorded");
    let runs = history.setup.runs.iter().zip(&history.runs);
    let runs = runs.filter(|(info, _)| info.family.id == family);
    let last: Vec<f64> = runs
        .map(|(_, run)| *run.values[column].last().expect("a row"))
        .collect();
    assert!(!last.is_empty(), "{family}");
    last
}

fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// The answers that a tour says came true, in words.
fn answers(name: &str) -> Vec<String> {
    let tour = tour(name).expect("a tour");
    let mut open = Vec::new();
    let mut said = Vec::new();
    for directive in tour.steps.iter().flat_map(|step| &step.directives) {
        match directive {
            Directive::Ask(question) => open.clone_from(&question.options),
            Directive::Reveal(answer) => said.push(open[answer.expect("an answer")].clone()),
            _ => {}
        }
    }
    said
}

#[test]
fn the_landing_points_of_the_toy_are_where_the_tour_says() {
    assert_eq!(
        answers("why"),
        ["where β₁ and β₂ share the work", "towards the axis"]
    );
    let end = |name: &str| {
        let history = run(name, &[]);
        let (_, weights) = history.runs[0].states().last().unwrap();
        let [plus, minus] = [&weights[0], &weights[1]];
        [0, 1].map(|at| plus[at].powi(2) - minus[at].powi(2))
    };
    let [large, medium] = ["toy-large", "toy-medium"].map(end);
    // On β₁ + 2β₂ = 2.
    for [first, second] in [large, medium] {
        assert!(
            (first + 2.0 * second - 2.0).abs() < 1e-5,
            "{first} {second}"
        );
    }
    assert!(large[0] > 0.3 && large[1] > 0.6, "{large:?}");
    assert!(medium[0] < large[0] && medium[0] > 0.0, "{medium:?}");
}

#[test]
fn from_a_large_start_nobody_comes_close() {
    assert_eq!(answers("kernel-to-rich"), ["nobody"]);
    let history = run("kernel", &[]);
    for family in ["gd", "sgd", "sgf"] {
        // ‖β*‖² = 5 is the distance of the start.
        let ends = validation(&history, family);
        assert!(lowest(&ends) > 0.25 * 5.0, "{family}: {ends:?}");
    }
}

#[test]
fn noise_ends_lower_and_label_noise_lower_still() {
    assert_eq!(answers("noise-and-sparsity"), ["lower than GD's"]);
    let history = run("fig2", &[]);
    let [gd, sgd] = ["gd", "sgd"].map(|family| validation(&history, family));
    assert!(highest(&sgd) < lowest(&gd), "{sgd:?} {gd:?}");
    assert_eq!(answers("label-noise"), ["better for it"]);
    let doped = validation(&run("fig5-label-noise", &[]), "sgd");
    let plain = validation(&run("fig5-label-noise", &[("label_noise", "none")]), "sgd");
    assert!(highest(&doped) < lowest(&plain), "{doped:?} {plain:?}");
}

#[test]
fn only_noise_of_the_right_shape_gains() {
    assert_eq!(answers("which-noise"), ["the two with SGD's shape"]);
    let history = run("other-noises", &[]);
    let gd = lowest(&validation(&history, "gd"));
    let families = history.setup.runs.iter().map(|info| info.family.id);
    for family in families.filter(|family| *family != "gd") {
        let end = highest(&validation(&history, family));
        let gains = end < 0.5 * gd;
        assert_eq!(gains, family.starts_with("sgf"), "{family}: {end} to {gd}");
    }
}

#[test]
fn the_line_from_the_predicted_start_ends_where_sgd_does() {
    assert_eq!(answers("theorem-live"), ["where SGD ends"]);
    let history = run("fig4", &[]);
    let column = history.setup.column("validation_loss").unwrap();
    let end = |label: &str| {
        let mut runs = history.setup.runs.iter().zip(&history.runs);
        let (_, run) = runs
            .find(|(info, _)| info.label.starts_with(label))
            .unwrap();
        *run.values[column].last().unwrap()
    };
    let [gd, sgd, forked] = ["GD", "SGD 1", "GD from"].map(end);
    // Nearer to SGD than to GD by far, as a ratio.
    assert!(
        (forked / sgd).ln().abs() < 0.3 * (forked / gd).ln().abs(),
        "{gd} {sgd} {forked}"
    );
}
