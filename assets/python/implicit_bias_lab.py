"""Implicit Bias Lab from Python: runs and sweeps as tables, figures inline.

One file: copy it beside a notebook, or put its folder on PYTHONPATH. It starts the program `implicit-bias-lab`, which
it finds on PATH or where the environment variable IMPLICIT_BIAS_LAB says. Tables need pandas.

    import implicit_bias_lab as lab

    runs = lab.run("fig2", alpha=0.01, steps=20_000)       # a DataFrame: a row per run and recorded step
    runs.attrs["summary"]["facts"]["gamma_auto"]           # what summary.json says
    table = lab.sweep("fig2", over={"alpha": [0.01, 0.1]}, seeds=5)
    lab.figure("fig2")                                     # shown where it is the value of a cell
    lab.settings()                                         # what can be set, with ranges and defaults

What the program refuses is raised as LabError, in the program's own words. Interrupting a cell stops the program.
"""

import base64
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

__all__ = ["Figure", "LabError", "catalogue", "figure", "presets", "program", "run", "settings", "sweep"]

NAME = "implicit-bias-lab"

_NAME_ONE = "name a figure, a preset or a file, or give what `run` has returned"


class LabError(Exception):
    """What the program says of why it did not do what was asked."""


def program():
    """The path of the program."""
    named = os.environ.get("IMPLICIT_BIAS_LAB")
    if named:
        found = shutil.which(named)
        if found is None:
            raise LabError(f"IMPLICIT_BIAS_LAB is {named}, where there is no program: correct it, or unset it")
        return found
    found = shutil.which(NAME)
    if found is None:
        raise LabError(f"there is no {NAME} on PATH: install it, or set IMPLICIT_BIAS_LAB to where it is")
    return found


def run(what=None, *, stride=None, theory="auto", progress=True, quiet=False, **given):
    """Runs a recipe to its end; returns a DataFrame with a row per run and recorded step.

    what      A preset's name; a path of a recipe, of a run's folder or of a saved picture; or what `run` has returned.
    stride    Write every so many steps. Otherwise every early step, then about 300 per e-fold.
    theory    "on", "off" or "auto": whether columns of the theory are filled in.
    progress  Whether to show how far it is, or a function of the steps done and their number.
    quiet     Do not print the program's remarks.
    given     Settings by their names, such as alpha=0.01; `settings()` lists them.

    `attrs` of the DataFrame has the `summary` and the `recipe` that makes the same run again.
    """
    pandas = _pandas()
    with _Source(what) as source:
        arguments = ["run", *source.options(), "--out", "-", "--format", "json", "--theory", theory]
        arguments += ["--progress", "json", *_assignments(given)]
        if stride is not None:
            arguments += ["--stride", _text(stride)]
        told = json.loads(_call(arguments, progress))
    table = pandas.DataFrame(told["data"], columns=told["columns"])
    # A column of which nothing is known is one of numbers all the same.
    numbers = [name for name in told["columns"] if name not in ("run", "algorithm", "step")]
    table = table.astype({"step": "int64", **dict.fromkeys(numbers, "float64")})
    table.attrs = {"summary": told["summary"], "recipe": told["recipe"]}
    if not quiet:
        for remark in told["summary"]["remarks"]:
            print(remark, file=sys.stderr)
    return table


def sweep(what=None, over=None, *, seeds=10, vary="all", length=None, edge=False, progress=True, options=(), **given):
    """Runs a recipe at many values of one or more settings, with many seeds; returns a DataFrame with a row per run.

    what     As for `run`.
    over     Settings and their values: {"alpha": [0.01, 0.1]}, or as on the command line: {"alpha": "0.005:1:12"}.
    seeds    How many at every place.
    vary     "all", or "noise" for one data set.
    length   How long runs go on: "auto", "recipe", "t=1000" (flow time) or a number of steps.
    edge     Choose the step size anew for every cell, at the edge of stability.
    progress Whether to show how far it is, or a function of the cells done and their number.
    options  Further words for the command `sweep`, such as ["--shard", "1/4"].
    given    Settings by their names.

    `attrs` of the DataFrame has what the program writes beside the table, as `sweep`: the recipe, the axes and what is in
    every column.
    """
    # Before the work, which may be long.
    _pandas()
    with _Source(what) as source:
        out = source.folder / "table.csv"
        arguments = ["sweep", *source.options(), "--out", out, "--seeds", _text(seeds), "--vary", vary, "--yes"]
        arguments += ["--progress", "json"]
        for key, values in (over or {}).items():
            arguments += ["--over", f"{key}={_text(values)}"]
        if length is not None:
            arguments += ["--steps", _text(length)]
        if edge:
            arguments.append("--edge")
        _call([*arguments, *map(_text, options), *_assignments(given)], progress)
        table = _table(out)
        table.attrs = {"sweep": json.loads(out.with_name(out.name + ".json").read_text(encoding="utf-8"))}
        return table


def figure(what, *, format="svg", options=(), **given):
    """Makes a figure, which a notebook shows where it is the value of a cell.

    what     The name of a figure or of a preset; a path as for `run`; or what `run` has returned, which runs again.
    format   "svg", "png" or "pdf"; "csv" returns the numbers in it as a DataFrame.
    options  Further words for the command `figure`, such as ["--width", "3.25in", "--no-legend"].
    given    Settings by their names.
    """
    with _Source(what) as source:
        out = source.folder / f"figure.{format}"
        _call(["figure", source.name(), "--out", out, *map(_text, options), *_assignments(given)], False)
        if format == "csv":
            return _table(out)
        return Figure(out.read_bytes(), format)


class Figure:
    """A picture: its bytes in `data`, its `format`."""

    def __init__(self, data, format):
        self.data = data
        self.format = format

    def save(self, path):
        """Writes it to a file, whose name ends as the format says."""
        path = pathlib.Path(path)
        if path.suffix.lower() != f".{self.format}":
            raise LabError(f"this figure is {self.format}: name a file that ends in .{self.format}, or make it anew "
                           f"with format={path.suffix[1:]!r}")
        path.write_bytes(self.data)

    def __repr__(self):
        return f"<Figure: {self.format}, {len(self.data)} bytes>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = {"text/plain": repr(self)}
        if self.format == "svg":
            shown["image/svg+xml"] = self.data.decode()
        elif self.format == "png":
            shown["image/png"] = base64.b64encode(self.data).decode()
        elif self.format == "pdf":
            shown["application/pdf"] = base64.b64encode(self.data).decode()
        return shown


def catalogue():
    """What there is to run, as `list --json` prints it: labs with settings and presets, tours, figures."""
    return json.loads(_call(["list", "--json"], False))


def settings(lab=None):
    """The settings of a lab, or of all, as a DataFrame: what each takes, its default and what it does."""
    rows = [{"lab": known["id"], **{name: setting[name] for name in ("key", "default", "takes", "help")}}
            for known in catalogue()["labs"] if lab in (None, known["id"]) for setting in known["settings"]]
    return _pandas().DataFrame(rows)


def presets(lab=None):
    """The presets of a lab, or of all, as a DataFrame."""
    rows = [{"lab": known["id"], **{name: preset[name] for name in ("id", "title", "about")}}
            for known in catalogue()["labs"] if lab in (None, known["id"]) for preset in known["presets"]]
    return _pandas().DataFrame(rows)


def _pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError("tables need pandas: `pip install pandas`, which brings NumPy along") from error
    return pandas


def _table(path):
    pandas = _pandas()
    version = tuple(map(int, pandas.__version__.split(".")[:2]))
    # To the last bit, which newer ones do by themselves.
    exact = {} if version >= (3, 1) else {"float_precision": "round_trip"}
    return pandas.read_csv(path, **exact)


class _Source:
    """What a recipe is taken from, and a folder for what is written on the way."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="implicit-bias-lab-")
        self.folder = pathlib.Path(self.temporary.name)
        recipe = getattr(self.what, "attrs", {}).get("recipe")
        if recipe is not None:
            self.what = self.folder / "recipe.toml"
            self.what.write_text(recipe, encoding="utf-8")
        elif self.what is not None and not isinstance(self.what, (str, os.PathLike)):
            self.temporary.cleanup()
            raise LabError(_NAME_ONE)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def name(self):
        """For a command that takes names and paths alike."""
        if self.what is None:
            raise LabError(_NAME_ONE)
        return os.fspath(self.what)

    def options(self):
        if self.what is None:
            return []
        name = self.name()
        # A preset's name has neither; a path that is misspelt is reported as one.
        is_path = isinstance(self.what, os.PathLike) or os.sep in name or "." in name or os.path.exists(name)
        return ["--recipe" if is_path else "--preset", name]


def _assignments(given):
    words = []
    for key, value in given.items():
        words += ["--set", f"{key}={_text(value)}"]
    return words


def _text(value):
    """A value as the command line reads it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, (int, float)):
        return repr(value)
    try:
        entries = list(value)
    except TypeError:
        raise LabError(f"a setting is a number, a word, True or False, or a list of numbers, not {value!r}") from None
    pairs = [isinstance(entry, (list, tuple)) and len(entry) == 2 for entry in entries]
    if pairs and all(pairs):
        return ",".join(f"{_text(x)}:{_text(y)}" for x, y in entries)
    return ",".join(map(_text, entries))


def _call(arguments, progress):
    """Runs the program; returns what it prints."""
    command = [program(), *map(str, arguments)]
    # A session of its own: who is interrupted passes it on once, and the terminal does not as well.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8", errors="replace", start_new_session=True)
    printed = []
    reader = threading.Thread(target=lambda: printed.append(child.stdout.read()), daemon=True)
    reader.start()
    shown = _Shown(progress)
    said = []
    try:
        for line in child.stderr:
            if line.startswith("{"):
                shown.tell(json.loads(line))
            else:
                said.append(line)
        code = child.wait()
    except BaseException:
        _stop(child)
        raise
    finally:
        shown.end()
        child.stderr.close()
        # The reader is at the end of it now that the program has ended.
        reader.join()
        child.stdout.close()
    if code != 0:
        raise LabError(_complaint(said, code))
    return printed[0]


def _complaint(said, code):
    mark = f"{NAME}: "
    for at, line in enumerate(said):
        if line.startswith(mark):
            return "".join(said[at:]).removeprefix(mark).strip()
    return "".join(said).strip() or f"{NAME} ended with code {code}"


def _stop(child):
    """Asks it to end, as Ctrl-C does, and makes it if it does not."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class _Shown:
    """How far the program is, on a line that is written over; nothing for what takes a moment."""

    UNNOTICED = 2.0

    def __init__(self, progress):
        self.function = progress if callable(progress) else None
        # A notebook is no terminal and writes over its lines as well.
        self.on = bool(progress) and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self.begun = time.monotonic()
        self.width = 0

    def tell(self, line):
        if self.function:
            self.function(line["done"], line["of"])
        elif self.on and time.monotonic() - self.begun > self.UNNOTICED:
            text = f"{line['done']:,}/{line['of']:,} {line['unit']}, {line['seconds']:.0f} s"
            print("\r" + text.ljust(self.width), end="", file=sys.stderr, flush=True)
            self.width = len(text)

    def end(self):
        if self.width:
            print("\r" + " " * self.width + "\r", end="", file=sys.stderr, flush=True)
