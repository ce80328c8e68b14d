"""Replays finished runs from what they recorded, in NumPy alone: no line is shared with the program.

    implicit-bias-lab run --preset NAME --record-noise --out FOLDER
    python3 tests/replay.py FOLDER [FOLDER ...]

Where settings change on the way, write every step (`--stride 1`): between two recorded steps the replay takes them as
they were at the first. Every run of a folder is stepped from its first state with the samples, labels, normals and orders on its
tapes; the largest difference from the recorded weights, relative to the largest weight, is printed and held
against what rounding leaves.
"""

import json
import pathlib
import sys
import tomllib

import numpy as np


def column(run, name, default=0.0):
    """A quantity that all runs share, at every step: what was recorded last."""
    if name not in run:
        return lambda step: default
    steps, values = run["step"], run[name]
    return lambda step: values[np.searchsorted(steps, step, side="right") - 1]


def batches(run, name):
    """The rows of a tape, one per step."""
    rows = run[name]
    return rows if rows.ndim == 2 else rows[:, None]


# The diagonal network: β = w₊ᵖ − w₋ᵖ.


def diagonal(recipe, data, run, info):
    x, y = data["x"], data["y"]
    n = len(y)
    depth = recipe["settings"]["depth"]
    w = [run["w_plus"][0].copy(), run["w_minus"][0].copy()]
    gamma, decay = column(run, "step_size"), column(run, "weight_decay")
    family = info["algorithm"]
    mean_square = (x**2).mean(axis=0)

    def descend(direction):
        return [
            w[0] - 0.5 * depth * w[0] ** (depth - 1) * direction,
            w[1] + 0.5 * depth * w[1] ** (depth - 1) * direction,
        ]

    def step(k):
        nonlocal w
        g = gamma(k)
        if family in ("gd", "fork"):
            r = x @ (w[0] ** depth - w[1] ** depth) - y
            w = descend(g / n * (x.T @ r))
        elif family == "sgd":
            rows, labels = batches(run, "sample")[k], batches(run, "label_noise")[k]
            r = x[rows] @ (w[0] ** depth - w[1] ** depth) - y[rows] + labels
            w = descend(g / len(rows) * (x[rows].T @ r))
        elif "substeps" in info:
            m = info["substeps"]
            dt = g / m
            for at in range(k * m, k * m + m):
                normals, delta = run["brownian"][at], run["delta"][at]
                r = x @ (w[0] ** depth - w[1] ** depth) - y
                gradient = x.T @ r / n
                noisy = r @ r / (4 * n) + delta**2
                if family == "langevin":
                    heat = np.sqrt(2 * info["temperature"] * dt)
                    sides = zip(descend(dt * gradient), np.split(normals, 2))
                    w = [moved + heat * normal for moved, normal in sides]
                    continue
                if family == "sgf-exact":
                    own, labels = np.split(normals, 2)
                    noise = r * (own - own.mean()) + 2 * delta * labels
                    z = x.T @ (dt / n * r - np.sqrt(g * dt / n) * noise)
                    q = 0.5 * g * dt * ((x**2).T @ (r**2 + 4 * delta**2) / n - gradient**2)
                elif family == "wrong-sde":
                    z = dt * gradient - 2 * np.sqrt(g * noisy * dt / n) * normals
                    q = 2 * g * noisy * dt / n
                else:
                    z = x.T @ (dt / n * r - 2 * np.sqrt(g * noisy / n * dt) * normals)
                    q = 2 * g * noisy * dt * mean_square
                if info["scheme"] == "euler-maruyama":
                    w = descend(z)
                else:
                    w = [w[0] * np.exp(-z - q), w[1] * np.exp(z - q)]
        else:
            return False
        factor = np.exp(-g * decay(k))
        w = [side * factor for side in w]
        return True

    return step, lambda: np.concatenate(w), ["w_plus", "w_minus"]


# The ReLU network: f(x) = Σ w2 relu(w1 x + b1) + b2.


def stability(recipe, data, run, info):
    x, y = data["x"], data["y"]
    w = {name: run[name][0].copy() for name in ("w1", "b1", "w2", "b2")}
    velocity = {name: np.zeros_like(part) for name, part in w.items()}
    eta = column(run, "step_size")
    momentum = recipe["settings"]["momentum"] if info["algorithm"] == "heavy-ball" else 0.0
    jitter = run["jitter"] if "jitter" in run else None

    def step(k):
        rows = batches(run, "sample")[k] if "sample" in run else np.arange(len(x))
        a, b = x[rows], y[rows]
        z = np.outer(a, w["w1"]) + w["b1"]
        active = z > 0
        e = (active * z) @ w["w2"] + w["b2"] - b
        hidden = (e[:, None] * active) * w["w2"]
        gradient = {
            "w1": a @ hidden / len(a),
            "b1": hidden.mean(axis=0),
            "w2": (e[:, None] * active * z).mean(axis=0),
            "b2": np.array([e.mean()]),
        }
        for at, name in enumerate(w):
            velocity[name] = momentum * velocity[name] - eta(k) * gradient[name]
            w[name] += velocity[name]
        if jitter is not None:
            at = 0
            for name, part in w.items():
                part += jitter[k, at : at + len(part)]
                at += len(part)
        return True

    return step, lambda: np.concatenate(list(w.values())), list(w)


# The linear models that take a gradient: f(x) = ⟨w, x⟩.


def linear(recipe, data, run, info):
    settings = recipe["settings"]
    x, y = data["x"], data["y"]
    family = info["algorithm"]
    logistic = settings["loss"] == "logistic"
    if family not in ("gd", "sgd", "label-noise", "langevin", "heavy-ball") or settings["labels"] != "true" or "change" in recipe:
        return None
    if logistic:
        middle = 0.5 * (y.min() + y.max()) if len(set(y)) == 2 else 0.0
        x, y = x * np.where(y > middle, 1.0, -1.0)[:, None], np.ones(len(y))
    w = run["weights"][0].copy()
    velocity = np.zeros_like(w)
    gamma, decay = column(run, "step_size"), column(run, "weight_decay")
    momentum = settings["momentum"] if family == "heavy-ball" else 0.0

    def step(k):
        nonlocal w, velocity
        rows = batches(run, "samples")[k] if "samples" in run else np.arange(len(y))
        labels = y[rows] + (batches(run, "label_noise")[k] if "label_noise" in run else 0.0)
        prediction = x[rows] @ w
        slope = -1.0 / (1.0 + np.exp(prediction)) if logistic else prediction - labels
        gradient = x[rows].T @ slope / len(rows) + decay(k) * w
        velocity = momentum * velocity - gamma(k) * gradient
        w = w + velocity
        if "brownian" in run:
            w = w + np.sqrt(2 * gamma(k) * settings["temperature"]) * run["brownian"][k]
        return True

    return step, lambda: w, ["weights"]


# The MLP of the bad minima, 2 – h – h – 1, logistic loss. The program computes in f32, which is not reproduced: the
# replay goes on from the recorded weights at every recorded step, so that each stretch in between is checked.


def bad_minima(recipe, data, run, info):
    names = ["w1", "b1", "w2", "b2", "w3", "b3"]
    settings = recipe["settings"]
    theta = [run[name][0].copy() for name in names]
    if not np.isfinite(theta[0]).all():
        return None
    h = len(theta[1])
    zeros = lambda: [np.zeros_like(w) for w in theta]
    pretraining, eta = column(run, "pretraining_on"), column(run, "step_size")
    momentum, decay = column(run, "momentum_in_force"), column(run, "l2_in_force")
    sigma = column(run, "augmentation_in_force")
    memorised = list(run["memorised_order"]) if "memorised_order" in run else []
    order = list(run["order"])
    noise = list(run["input_noise"]) if "input_noise" in run else []
    labels = data["y_copies_true"] if info["name"] == "control" else data["y_copies"]
    adam, velocity = {"m": zeros(), "v": zeros(), "t": 0}, zeros()

    def gradient(points, labels, decay):
        w1, b1, w2, b2, w3, b3 = theta
        w1, w2 = w1.reshape(h, 2), w2.reshape(h, h)
        z1 = points @ w1.T + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2 + b2
        a2 = np.maximum(z2, 0)
        d = -labels / (1 + np.exp(labels * (a2 @ w3 + b3[0]))) / len(labels)
        d2 = np.outer(d, w3) * (z2 > 0)
        d1 = d2 @ w2.T * (z1 > 0)
        parts = [(d1.T @ points).ravel(), d1.sum(0), (a1.T @ d2).ravel(), d2.sum(0), d @ a2, np.array([d.sum()])]
        return [part + decay * w for part, w in zip(parts, theta)]

    def memorise():
        for _ in range(min(20, len(memorised))):
            rows = memorised.pop(0)
            for first in range(0, len(rows), 50):
                batch = rows[first : first + 50]
                adam["t"] += 1
                for at, g in enumerate(gradient(data["x_copies"][batch], labels[batch], 0.0)):
                    m, v = adam["m"], adam["v"]
                    m[at] = 0.9 * m[at] + 0.1 * g
                    v[at] = 0.999 * v[at] + 0.001 * g * g
                    mean, square = m[at] / (1 - 0.9 ** adam["t"]), v[at] / (1 - 0.999 ** adam["t"])
                    theta[at] = theta[at] - settings["pretraining_step_size"] * mean / (np.sqrt(square) + 1e-8)

    def step(k):
        if pretraining(k):
            memorise()
            return True
        rows = order.pop(0)
        added = sigma(k) * noise.pop(0).reshape(-1, 2) if sigma(k) > 0 else np.zeros((len(rows), 2))
        for first in range(0, len(rows), settings["batch_size"]):
            batch = slice(first, first + settings["batch_size"])
            points = data["x"][rows[batch]] + added[batch]
            for at, g in enumerate(gradient(points, data["y"][rows[batch]], decay(k))):
                velocity[at] = momentum(k) * velocity[at] - eta(k) * g
                theta[at] = theta[at] + velocity[at]
        return True

    def go_on_from(row):
        for at, name in enumerate(names):
            theta[at] = run[name][row].copy()

    step.go_on_from = go_on_from
    return step, lambda: np.concatenate(theta), names


# What rounding may leave: relative to the largest weight, over the whole run; between two recorded steps for f32.
LABS = {
    "diagonal-network": (diagonal, 1e-6),
    "minima-stability": (stability, 1e-6),
    "linear-models": (linear, 1e-9),
    "bad-global-minima": (bad_minima, 1e-4),
}


def replay(folder):
    folder = pathlib.Path(folder)
    recipe = tomllib.loads((folder / "scenario.toml").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    data = np.load(folder / "dataset.npz")
    data = {name: data[name] for name in data.files}
    lab, allowed = LABS[recipe.get("lab", "diagonal-network")]
    good = True
    for info in summary["runs"]:
        run = np.load(folder / f"{info['name']}.npz")
        run = {name: run[name] for name in run.files}
        made = lab(recipe, data, run, info)
        if made is None:
            print(f"{folder.name}/{info['name']}: not replayed")
            continue
        step, weights, names = made
        worst, k = 0.0, 0
        for row, until in enumerate(run["step"]):
            while k < until and step(k):
                k += 1
            if k < until:
                break
            recorded = np.concatenate([run[name][row].ravel() for name in names])
            if not np.isfinite(recorded).all():
                break
            size = max(np.abs(recorded).max(), np.finfo(float).tiny)
            worst = max(worst, np.abs(weights() - recorded).max() / size)
            if hasattr(step, "go_on_from"):
                step.go_on_from(row)
        verdict = "not replayed" if k == 0 else "replays" if worst <= allowed else "DIFFERS"
        good &= verdict != "DIFFERS"
        print(f"{folder.name}/{info['name']}: {k} steps, largest difference {worst:.1e}, {verdict}")
    return good


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([replay(folder) for folder in sys.argv[1:]]) else 1)
