"""The Python module against the program, without a notebook: `python3 tests/notebook/test_module.py`.

Takes the program from IMPLICIT_BIAS_LAB, or from where `cargo build --release` puts it. What needs no table is tried
with the standard library alone; the rest is skipped, with what to install, where pandas is missing.
"""

import inspect
import io
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from contextlib import redirect_stderr

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "assets" / "python"))
sys.dont_write_bytecode = True
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
os.environ.setdefault("IMPLICIT_BIAS_LAB", str(target / "release" / "implicit-bias-lab"))

import implicit_bias_lab as lab  # noqa: E402

try:
    import numpy
    import pandas
except ImportError:
    pandas = None
needs_tables = unittest.skipIf(pandas is None, "needs tables: pip install numpy pandas")

# A problem that is stepped through in less than a second.
SMALL = {"n": 10, "d": 20, "sparsity": 3, "steps": 300}


class WithoutTables(unittest.TestCase):
    def test_values_are_written_as_the_program_reads_them(self):
        for value, text in [
            (True, "true"), (0.1, "0.1"), (1e-12, "1e-12"), (100_000, "100000"), ("csv", "csv"),
            (pathlib.Path("a/b.csv"), "a/b.csv"), ([1, 2.5], "1,2.5"), (range(3), "0,1,2"),
            ([[0, 1.0], [10, 0.0]], "0:1.0,10:0.0"), ({"x": 1}.keys(), "x"),
        ]:
            self.assertEqual(lab._text(value), text)
        with self.assertRaisesRegex(lab.LabError, "not None"):
            lab._text(None)

    def test_what_is_refused_is_said_in_the_programs_words(self):
        with self.assertRaises(lab.LabError) as refused:
            lab._call(["run", "--out", "-", *lab._assignments({"alhpa": 1})], False)
        self.assertEqual(str(refused.exception), "there is no setting `alhpa`; did you mean `alpha`?")
        with self.assertRaisesRegex(lab.LabError, "there is no preset `fig-2`"):
            with lab._Source("fig-2") as source:
                lab._call(["run", "--out", "-", *source.options()], False)
        with self.assertRaisesRegex(lab.LabError, "--strid"):
            lab._call(["run", "--strid", "1"], False)
        with self.assertRaisesRegex(lab.LabError, "name a figure"):
            lab.figure(None)

    def test_a_missing_program_is_named(self):
        kept = os.environ["IMPLICIT_BIAS_LAB"]
        try:
            os.environ["IMPLICIT_BIAS_LAB"] = "/nowhere/lab"
            with self.assertRaisesRegex(lab.LabError, "IMPLICIT_BIAS_LAB is /nowhere/lab"):
                lab.program()
        finally:
            os.environ["IMPLICIT_BIAS_LAB"] = kept

    def test_a_figure_is_a_picture_of_its_format(self):
        drawn = lab.figure("toy-small", steps=200)
        shown = drawn._repr_mimebundle_()
        self.assertIn("<svg", shown["image/svg+xml"])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.svg")
            drawn.save(path)
            self.assertEqual(path.read_bytes(), drawn.data)
            with self.assertRaisesRegex(lab.LabError, "format='png'"):
                drawn.save(pathlib.Path(folder, "a.png"))
        drawn = lab.figure("toy-small", format="png", steps=200, options=["--width", "3in"])
        self.assertTrue(drawn.data.startswith(b"\x89PNG"))

    def test_progress_is_heard(self):
        heard = []
        lab._call(["run", "--out", "-", "--progress", "json", *lab._assignments(SMALL)],
                  lambda done, of: heard.append((done, of)))
        self.assertEqual(heard[-1], (300, 300))

    def test_no_setting_has_the_name_of_an_argument(self):
        keys = {setting["key"] for known in lab.catalogue()["labs"] for setting in known["settings"]}
        for function in (lab.run, lab.sweep, lab.figure):
            taken = set(inspect.signature(function).parameters) - {"given"}
            self.assertFalse(taken & keys, function)

    @unittest.skipUnless(os.name == "posix", "signals")
    def test_an_interrupted_call_leaves_no_program_behind(self):
        script = (
            "import subprocess, sys, implicit_bias_lab as lab\n"
            "class Told(subprocess.Popen):\n"
            "    def __init__(self, *a, **k):\n"
            "        super().__init__(*a, **k)\n"
            "        print(self.pid, flush=True)\n"
            "subprocess.Popen = Told\n"
            "try:\n"
            "    lab._call(['run', '--out', '-', '--set', 'steps=1e10', '--stride', '1000000'], False)\n"
            "except KeyboardInterrupt:\n"
            "    print('interrupted')\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "assets" / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                              env=environment) as caller:
            pid = int(caller.stdout.readline())
            time.sleep(0.5)
            os.kill(pid, 0)
            caller.send_signal(signal.SIGINT)
            self.assertEqual(caller.stdout.read(), "interrupted\n")
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


@needs_tables
class WithTables(unittest.TestCase):
    def run_small(self, **more):
        with redirect_stderr(io.StringIO()):
            return lab.run(**{**SMALL, **more})

    def test_a_run_is_a_tidy_table(self):
        table = self.run_small(stride=100, replacement=True)
        self.assertEqual(list(table.columns[:4]), ["run", "algorithm", "step", "time"])
        for name, kind in table.dtypes.items():
            self.assertRegex(name, r"^[a-z][a-z0-9_]*$")
            expected = {"run": "str", "algorithm": "str", "step": "int64"}.get(name, "float64")
            self.assertIn(str(kind), {expected, "object" if expected == "str" else expected}, name)
        self.assertFalse(table.duplicated(["run", "step"]).any())
        runs = table.attrs["summary"]["runs"]
        self.assertEqual(len(table), 4 * len(runs))
        ends = table.groupby("run").training_loss.last()
        for run in runs:
            self.assertEqual(ends[run["name"]], run["training_loss"])

    def test_it_has_the_numbers_of_the_folder_to_the_last_bit(self):
        table = self.run_small()
        with tempfile.TemporaryDirectory() as folder:
            for at, more in enumerate([[], ["--no-weights", "--compress"]]):
                out = pathlib.Path(folder, str(at))
                lab._call(["run", "--out", out, *more, *lab._assignments(SMALL)], False)
                with numpy.load(out / "sgd-1.npz") as arrays:
                    self.assertEqual("w_plus" in arrays, not more)
                    rows = table[table.run == "sgd-1"]
                    for name in set(arrays) & set(table.columns):
                        self.assertTrue(numpy.array_equal(arrays[name], rows[name], equal_nan=True), name)
                method = zipfile.ZipFile(out / "sgd-1.npz").infolist()[0].compress_type
                self.assertEqual(method, zipfile.ZIP_DEFLATED if more else zipfile.ZIP_STORED)

    def test_what_run_has_returned_runs_and_draws_again(self):
        table = self.run_small(alpha=0.03)
        with redirect_stderr(io.StringIO()):
            again = lab.run(table)
        pandas.testing.assert_frame_equal(table, again)
        self.assertIn("<svg", lab.figure(table)._repr_mimebundle_()["image/svg+xml"])
        numbers = lab.figure(table, format="csv")
        self.assertGreater(len(numbers), 100)

    def test_a_sweep_is_a_table(self):
        heard = []
        table = lab.sweep(over={"alpha": numpy.array([0.05, 0.1])}, seeds=2, length="recipe",
                          progress=lambda done, of: heard.append((done, of)), **SMALL)
        self.assertEqual(heard[-1], (4, 4))
        self.assertIn("columns", table.attrs["sweep"])
        self.assertEqual(sorted(table.alpha.unique()), [0.05, 0.1])
        runs = len(lab.run(quiet=True, **SMALL).run.unique())
        self.assertEqual(len(table), 2 * 2 * runs)

    def test_numbers_are_read_as_they_are_written(self):
        numbers = [random.uniform(-1, 1) * 10.0 ** random.randrange(-300, 300) for _ in range(10_000)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "t.csv")
            path.write_text("x\n" + "".join(f"{number!r}\n" for number in numbers))
            self.assertEqual(lab._table(path).x.tolist(), numbers)

    def test_settings_and_presets_are_listed(self):
        settings = lab.settings("diagonal-network").set_index("key")
        self.assertEqual(settings.default["alpha"], 0.1)
        self.assertIn("fig2", set(lab.presets().id))


if __name__ == "__main__":
    unittest.main()
