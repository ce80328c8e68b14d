//! General code knows no lab: no name of a lab's settings, quantities, facts, families, presets or figures
//! is written there. It asks for roles instead.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::LABS;

/// Words of the file formats, which happen to be names of the first lab too, and settings that labs share.
const FORMATS: &[(&str, &[&str])] = &[
    (
        "src/labs/tables.rs",
        &[
            "csv_path",
            "csv_target",
            "csv_ignore",
            "csv_header",
            "csv_missing",
            "csv_checksum",
        ],
    ),
    ("src/labs/arithmetic.rs", &["arithmetic"]),
    ("src/model/data/csv/arrays.rs", &["beta_star"]),
    (
        "src/model/data/csv/columns.rs",
        &["csv_target", "csv_ignore"],
    ),
    ("src/archive.rs", &["steps"]),
    ("src/cli/run.rs", &["steps"]),
    ("src/export/record.rs", &["steps"]),
    ("src/cli/sweep.rs", &["steps"]),
    ("src/sweep/table/merge.rs", &["data"]),
    (
        "src/sweep/table/provenance.rs",
        &["data", "steps", "step_size"],
    ),
    ("src/sweep/read.rs", &["steps", "step_size"]),
];

/// Every name that the built-in labs give to something.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for lab in LABS {
        let setup = lab.experiment(&Knobs::new(lab.knobs()), false).unwrap();
        let setup = setup.setup();
        let own = [
            lab.knobs().iter().map(|knob| knob.key).collect::<Vec<_>>(),
            lab.families().iter().map(|family| family.id).collect(),
            setup.columns.iter().map(|column| column.id).collect(),
            setup.insights.iter().map(|column| column.id).collect(),
            setup.shared.to_vec(),
            setup.facts.scalars.keys().copied().collect(),
            setup.facts.vectors.keys().copied().collect(),
            lab.presets().iter().map(|preset| preset.id).collect(),
            lab.figures().iter().map(|figure| figure.id).collect(),
        ];
        names.extend(own.into_iter().flatten().map(str::to_owned));
        names.insert(lab.id().to_owned());
    }
    names
}

/// The files of general code.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_test = ["tests", "tests.rs", "testing.rs"].contains(&name);
        let is_lab = folder.ends_with("src/labs") && path.is_dir() && name != "declarations";
        if is_test || is_lab {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The whole string literals of a file, without its tests and comments.
fn literals(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .take_while(|line| !line.ends_with("mod tests {"));
    let lines = lines.map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//"));
    let mut found = Vec::new();
    for line in lines {
        let mut rest = line;
        while let Some(start) = rest.find('"') {
            let tail = &rest[start + 1..];
            let Some(end) = tail.find('"') else { break };
            found.push(tail[..end].to_owned());
            rest = &tail[end + 1..];
        }
    }
    found
}

#[test]
fn general_code_names_nothing_of_a_lab() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = names();
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    assert!(all.len() > 100, "the source is walked");
    let mut wrong = Vec::new();
    for path in all {
        let file = path.strip_prefix(root).unwrap().display().to_string();
        let allowed = FORMATS.iter().find(|(known, _)| *known == file);
        let allowed = allowed.map_or(&[][..], |(_, words)| words);
        for literal in literals(&fs::read_to_string(&path).unwrap()) {
            if names.contains(&literal) && !allowed.contains(&literal.as_str()) {
                wrong.push(format!("{file}: \"{literal}\""));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "ask for a role instead:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn what_a_lab_declares_is_what_its_experiments_say() {
    for lab in LABS {
        let knobs = Knobs::new(lab.knobs());
        let experiment = lab.experiment(&knobs, false).unwrap();
        let setup = experiment.setup();
        assert_eq!(setup.roles, lab.roles(), "{}", lab.id());
        assert_eq!(setup.clock, lab.clock(), "{}", lab.id());
        let families = lab.families();
        for run in &setup.runs {
            assert!(families.contains(&run.family), "{}", run.name);
        }
        let baseline = lab.baseline();
        assert!(baseline.is_none_or(|id| families.iter().any(|family| family.id == id)));
        let roles = setup.roles;
        let columns = [roles.loss, roles.merit, roles.predictor, roles.cost];
        for id in columns
            .into_iter()
            .flatten()
            .chain(roles.listed.iter().copied())
        {
            assert!(setup.find(id).is_some(), "{id}");
        }
        for id in [roles.first_step_size, roles.largest_step_size] {
            assert!(id.is_none() || setup.scalar(id).is_some(), "{id:?}");
        }
        for id in [roles.step_size, lab.strip().map(|strip| strip.shared)] {
            assert!(
                id.is_none_or(|id| setup.shared_position(id).is_some()),
                "{id:?}"
            );
        }
        for preset in lab.presets() {
            assert_eq!(preset.recipe().lab.id(), lab.id(), "{}", preset.id);
        }
    }
}
