"""Large step sizes against the published reproduction of Even et al. (2023), on its data: `python3 tests/large_steps.py`.

Needs NumPy. Takes the program from IMPLICIT_BIAS_LAB, or from where `cargo build --release` puts it. The data of
experiments 1 and 3 of github.com/alexandremr01/sgd-over-dlns are drawn as there (NumPy's generator, seeds 1234 and 42),
run with our `run`, and stepped once more here by the rule as that paper writes it, β = u⊙v from u = α√2, v = 0, which is
w± = α/√2. Compared are the test loss ‖y − Xβ‖/2n and the ℓ₁ norm of the gain −ln(|w₊w₋|/α²), and β step by step.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit("this needs NumPy: pip install numpy")

ROOT = pathlib.Path(__file__).resolve().parents[1]
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = os.environ.get("IMPLICIT_BIAS_LAB", str(target / "release" / "implicit-bias-lab"))
ALPHA = 0.1


def drawn(n, d, beta, rng):
    x = rng.multivariate_normal(np.zeros(d), cov=np.eye(d), size=n)
    return x, x @ beta


def stepped(x, y, step_size, steps):
    """β and ln|w₊w₋| after every step of GD, as the paper writes it."""
    n, d = x.shape
    u, v = np.full(d, ALPHA * np.sqrt(2)), np.zeros(d)
    betas, gain = [], np.zeros(d)
    for _ in range(steps):
        gradient = x.T @ (x @ (u * v) - y) / n
        gain -= np.log(np.abs(1 - (step_size * gradient) ** 2))
        u, v = u - step_size * gradient * v, v - step_size * gradient * u
        betas.append(u * v)
    return np.array(betas), gain


def ours(folder, x, y, step_size, steps, stride, runs):
    """The arrays of the runs that have not diverged."""
    np.savez(folder / "data.npz", x=x, y=y)
    out = folder / "run"
    settings = {
        "csv_path": folder / "data.npz", "holdout_fraction": 0, "alpha": repr(float(ALPHA / np.sqrt(2))),
        "step_size": repr(float(step_size)), "steps": steps, "tolerance": 1e-30, "sgf_runs": 0, **runs,
    }
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    command = [PROGRAM, "run", "--out", out, "--theory", "off", "--stride", str(stride), *words]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = [line.split()[0] for line in told.splitlines() if " at step " in line and " diverged " not in line]
    arrays = []
    for name in names:
        with np.load(out / f"{name}.npz") as file:
            arrays.append((file["w_plus"], file["w_minus"]))
    for path in out.iterdir():
        path.unlink()
    out.rmdir()
    return arrays


def end(w_plus, w_minus):
    gain = -np.log(np.abs(w_plus[-1] * w_minus[-1]) / (ALPHA**2 / 2))
    return w_plus[-1] ** 2 - w_minus[-1] ** 2, np.abs(gain).sum()


def experiment_1(folder):
    n, d = 20, 30
    rng = np.random.default_rng(seed=1234)
    beta = np.zeros(d)
    beta[:3] = rng.normal(0, 1, size=3)
    x, y = drawn(n, d, beta, rng)
    x_test, y_test = drawn(n, d, beta, rng)
    worst = 0.0
    print("experiment 1: γ, test loss here and there, gain here and there (GD); the same of 8 runs of SGD here")
    for step_size in np.power(10, np.linspace(-2, 1, 30)):
        test = lambda beta: np.linalg.norm(y_test - x_test @ beta) / (2 * n)
        with np.errstate(all="ignore"):
            betas, gain = stepped(x, y, step_size, 100_000)
        theirs = test(betas[-1]), np.abs(gain).sum()
        gd = ours(folder, x, y, step_size, 100_000, 100_000, {"sgd_runs": 0})
        assert bool(gd) == bool(np.isfinite(theirs[0])), step_size
        if not gd:
            print(f"{step_size:.4g}: diverges in both")
            continue
        found, gained = end(*gd[0])
        found = test(found)
        worst = max(worst, abs(found / theirs[0] - 1), abs(gained / theirs[1] - 1))
        sgd = [end(*run) for run in ours(folder, x, y, step_size, 100_000, 100_000, {"gd_runs": 0, "sgd_runs": 8})]
        told = [f"{min(of):.4g} to {max(of):.4g}" for of in ([test(b) for b, _ in sgd], [g for _, g in sgd]) if of]
        print(f"{step_size:.4g}: {found:.10g} {theirs[0]:.10g}, {gained:.10g} {theirs[1]:.10g}; {told or 'diverges'}", flush=True)
    print(f"largest relative difference of GD's numbers: {worst:.1e}")
    # A step rounds every weight four times or so: 1e5 steps leave at most 1e5 × 4 × 1.1e-16 in the gain of each of 30
    # coordinates, whose sum is at least 0.13.
    assert worst < 1e-8


def experiment_3(folder):
    rng = np.random.default_rng(seed=42)
    beta = np.zeros(100)
    beta[:2] = 100, -100
    x, y = drawn(50, 100, beta, rng)
    for name, step_size in [("small steps", 5e-3), ("edge of stability", 1.75e-2)]:
        theirs, _ = stepped(x, y, step_size, 10_000)
        [(w_plus, w_minus)] = ours(folder, x, y, step_size, 10_000, 1, {"sgd_runs": 0})
        distance = np.abs(w_plus[1:] ** 2 - w_minus[1:] ** 2 - theirs).max(axis=1) / np.abs(theirs).max(axis=1)
        told = ", ".join(f"{distance[step - 1]:.0e} at {step}" for step in (1, 10, 30, 100, 1000, 10_000))
        print(f"experiment 3, {name}: largest relative difference of β: {told}")
        # Small steps contract, and only rounding is left. At the edge differences grow about 2.5-fold a step for a
        # hundred steps, so that any two programs part: there the first ten count, 2.5^10 × 2e-16 and room.
        if step_size < 0.01:
            assert distance.max() < 1e-14
        else:
            assert distance[:10].max() < 1e-11


def main():
    with tempfile.TemporaryDirectory() as folder:
        experiment_3(pathlib.Path(folder))
        experiment_1(pathlib.Path(folder))


if __name__ == "__main__":
    main()
