//! Input that nobody would call well-behaved: a clear line and an honest picture, nothing frozen.

use std::fs;

use super::*;

/// Why an experiment is refused.
fn refusal(knobs: &Knobs) -> String {
    match LAB.experiment(knobs, false) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    }
}

fn remarks(knobs: &Knobs) -> String {
    let experiment = LAB.experiment(knobs, false).unwrap();
    experiment.setup().facts.remarks.join(" ")
}

/// A table in a folder of its own.
fn table(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn of_table(path: &str, loss: &str, running: &[&str]) -> Knobs {
    knobs(
        &[("data", "csv"), ("csv_path", path), ("loss", loss)],
        running,
    )
}

#[test]
fn one_sample_is_enough() {
    for data in ["sparse", "wedge", "blobs"] {
        for loss in ["square", "logistic"] {
            let settings = [
                ("data", data),
                ("loss", loss),
                ("n", "1"),
                ("class_distance", "8"),
            ];
            let end = Course::new(&knobs(&settings, &["gd", "sgd", "mirror"])).at(500);
            assert!(end.value("gd", "training_loss") < 0.1, "{data} {loss}");
        }
    }
}

#[test]
fn repeated_samples_are_told_and_count_once() {
    let (_folder, path) = table("1,2,0,1\n1,2,0,1\n0,1,1,2\n");
    let settings = of_table(&path, "square", &["gd", "heavy-ball"]);
    assert!(
        remarks(&settings).contains("the 3 rows of X have rank 2"),
        "{}",
        remarks(&settings)
    );
    let end = Course::new(&settings).at(20_000);
    let expected = least_norm(&[1.0, 2.0, 0.0, 0.0, 1.0, 1.0], 3, vec![1.0, 2.0]);
    assert!(distance(end.w("gd"), &expected) < 1e-9);
    assert!(end.value("gd", "theory_distance") < 1e-9);
}

#[test]
fn contradictory_labels_end_at_least_squares() {
    let (_folder, path) = table("1,2,0,1\n1,2,0,3\n");
    let settings = of_table(&path, "square", &["gd"]);
    assert!(remarks(&settings).contains("No w fits these labels"));
    let end = Course::new(&settings).at(20_000);
    let expected = least_norm(&[1.0, 2.0, 0.0], 3, vec![2.0]);
    assert!(distance(end.w("gd"), &expected) < 1e-9);
    assert!((end.value("gd", "training_loss") - 0.5).abs() < 1e-9);
}

#[test]
fn as_many_samples_as_coefficients_leave_no_choice() {
    let settings = knobs(
        &[("data", "sparse"), ("n", "40"), ("d", "20")],
        &["gd", "adam"],
    );
    assert!(
        remarks(&settings).contains("there is one solution"),
        "{}",
        remarks(&settings)
    );
}

#[test]
fn one_class_has_a_margin() {
    let (_folder, path) = table("1,2,1\n2,1,1\n");
    let settings = of_table(&path, "logistic", &["gd", "normalised"]);
    assert!(remarks(&settings).contains("one class"));
    let end = Course::new(&settings).at(1000);
    // By symmetry (1, 1)/3.
    assert!(end.value("normalised", "merit") < 1e-6);
}

/// There is no margin: the runs go on, to the minimum of the loss.
#[test]
fn what_cannot_be_separated_is_told_and_runs_on() {
    let settings = [
        ("data", "blobs"),
        ("loss", "logistic"),
        ("class_distance", "1"),
    ];
    let running = [
        "gd",
        "sgd",
        "normalised",
        "sign",
        "coordinate",
        "adam",
        "mirror",
        "preconditioned",
    ];
    let settings = knobs(&settings, &running);
    assert!(remarks(&settings).contains("no margin"));
    let mut course = Course::new(&settings);
    let end = course.at(5000);
    for name in running {
        assert!(
            end.value(name, "merit").is_nan() && end.value(name, "margin_ratio").is_nan(),
            "{name}"
        );
        assert!(end.value(name, "training_loss").is_finite(), "{name}");
    }
    // GD has found the minimum: nothing moves any more.
    let later = course.at(10_000);
    assert!(distance(end.w("gd"), later.w("gd")) < 1e-9);
}

#[test]
fn labels_without_classes_are_refused() {
    let (_folder, path) = table("1,2,-1\n2,1,0\n1,1,3\n");
    let message = refusal(&of_table(&path, "logistic", &["gd"]));
    assert!(message.contains("two classes"), "{message}");
    assert!(refusal(&of_table("", "square", &["gd"])).contains("`csv_path`"));
}

/// Beyond 2/λ_max GD diverges, and is stopped; what does not depend on γ goes on.
#[test]
fn a_step_size_beyond_the_edge_stops_the_run_alone() {
    let settings = knobs(&[("step_size", "100")], &["gd", "kaczmarz", "mirror"]);
    let mut course = Course::new(&settings);
    let end = course.at(2000);
    let gd = end.position("gd");
    assert!(end.sample.runs[gd].is_none());
    use implicit_bias_lab::sim::experiment::RunStatus;
    let RunStatus::Diverged { step } = course.session.experiment().status(gd) else {
        panic!("GD has diverged");
    };
    assert!((1..200).contains(&step), "{step}");
    assert!(end.value("kaczmarz", "training_loss") < 1e-20);
    // Mirror descent halves its steps.
    assert!(end.value("mirror", "training_loss") < 1e-20);
}

#[test]
fn starts_that_do_not_fit_are_refused() {
    let message = refusal(&knobs(&[("w0", "1,2")], &["gd"]));
    assert!(
        message.contains("`w0` has 2 entries but d = 3"),
        "{message}"
    );
    let message = refusal(&knobs(&[("potential", "entropy")], &["mirror"]));
    assert!(message.contains("positive"), "{message}");
    let message = refusal(&knobs(
        &[("data", "plane"), ("datum_x1", "0"), ("datum_x2", "0")],
        &["gd"],
    ));
    assert!(message.contains("`datum_x1`"), "{message}");
}

/// The same settings give the same bits, however the steps are cut.
#[test]
fn runs_repeat_bit_by_bit() {
    let all: Vec<&str> = METHODS.iter().map(|method| method.id).collect();
    for loss in ["square", "logistic"] {
        let settings = knobs(&[("loss", loss)], &all);
        let whole = Course::new(&settings).at(777).sample;
        let mut course = Course::new(&settings);
        for step in [1, 2, 100, 776] {
            course.at(step);
        }
        let pieces = course.at(777).sample;
        // Not a number is a value like any other here.
        assert_eq!(
            format!("{:?}", whole.runs),
            format!("{:?}", pieces.runs),
            "{loss}"
        );
    }
}
