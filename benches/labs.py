"""The main loops of the further labs in the stacks that people would otherwise use: steps per second of one core.

    python3 benches/labs.py

Prints a JSON object per line for NumPy, and for JAX and PyTorch where they are installed. Beside it:
`cargo bench --bench stability`, `--bench minima` and `--bench linear`. All of them compute in f64, but for the MLP
of the bad minima (f32). JAX is timed with the whole loop compiled, its best case.
"""

import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

RANDOM = np.random.default_rng(0)


def report(work, stack, advance, steps):
    """Calls `advance(steps)` for a second or so, five times; prints the median rate."""
    advance(steps)
    rates = []
    for _ in range(5):
        begin, done = time.perf_counter(), 0
        while time.perf_counter() - begin < 1.0:
            advance(steps)
            done += steps
        rates.append(done / (time.perf_counter() - begin))
    rate = sorted(rates)[2]
    print(json.dumps({"work": work, "stack": stack, "steps_per_second": round(rate, 1)}), flush=True)


# GD on a ReLU network of one hidden layer in one input: n = 8, k = 60.
X1, Y1 = np.linspace(-1, 1, 8), RANDOM.normal(size=8)
RELU = [RANDOM.normal(size=60), RANDOM.normal(size=60), RANDOM.normal(size=60) / 8, np.zeros(1)]

# An epoch of SGD on an MLP 2-64-64-1 with the logistic loss: 60 points in batches of 10. A step is a batch.
X2 = RANDOM.uniform(-1, 1, (60, 2)).astype(np.float32)
Y2 = np.sign(0.75 - np.hypot(X2[:, 0], X2[:, 1])).astype(np.float32)
MLP = [
    part.astype(np.float32)
    for part in (
        RANDOM.normal(size=(64, 2)) * 2,
        RANDOM.normal(size=64) * 2,
        RANDOM.normal(size=(64, 64)) * np.sqrt(2 / 64),
        np.zeros(64),
        RANDOM.normal(size=64) / 8,
        np.zeros(1),
    )
]

# GD on least squares: n = 20, d = 100.
X3, Y3 = RANDOM.normal(size=(20, 100)), RANDOM.normal(size=20)


def numpy_relu():
    w1, b1, w2, b2 = [part.copy() for part in RELU]

    def advance(steps):
        nonlocal w1, b1, w2, b2
        for _ in range(steps):
            z = np.outer(X1, w1) + b1
            a = np.maximum(z, 0)
            e = (a @ w2 + b2 - Y1) / len(X1)
            hidden = np.outer(e, w2) * (z > 0)
            w2, b2 = w2 - 0.01 * (e @ a), b2 - 0.01 * e.sum()
            w1, b1 = w1 - 0.01 * (X1 @ hidden), b1 - 0.01 * hidden.sum(0)

    return advance


def numpy_mlp():
    w = [part.copy() for part in MLP]

    def advance(steps):
        for step in range(steps):
            rows = slice(10 * (step % 6), 10 * (step % 6) + 10)
            x, y = X2[rows], Y2[rows]
            z1 = x @ w[0].T + w[1]
            a1 = np.maximum(z1, 0)
            z2 = a1 @ w[2].T + w[3]
            a2 = np.maximum(z2, 0)
            d = -y / (1 + np.exp(y * (a2 @ w[4] + w[5]))) / 10
            d2 = np.outer(d, w[4]) * (z2 > 0)
            d1 = d2 @ w[2] * (z1 > 0)
            gradient = [d1.T @ x, d1.sum(0), d2.T @ a1, d2.sum(0), d @ a2, d.sum(keepdims=True)]
            for part, g in zip(w, gradient):
                part -= np.float32(0.01) * g

    return advance


def numpy_linear():
    w = np.zeros(100)

    def advance(steps):
        nonlocal w
        for _ in range(steps):
            w = w - 0.05 * (X3.T @ (X3 @ w - Y3)) / 20

    return advance


def with_jax():
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def relu_loss(w):
        f = jnp.maximum(jnp.outer(X1, w[0]) + w[1], 0) @ w[2] + w[3]
        return 0.5 * jnp.mean((f - Y1) ** 2)

    def mlp_loss(w, rows):
        x, y = jnp.asarray(X2)[rows], jnp.asarray(Y2)[rows]
        a = jnp.maximum(x @ w[0].T + w[1], 0)
        a = jnp.maximum(a @ w[2].T + w[3], 0)
        return jnp.mean(jnp.logaddexp(0.0, -y * (a @ w[4] + w[5])))

    def linear_loss(w):
        return 0.5 * jnp.mean((jnp.asarray(X3) @ w[0] - Y3) ** 2)

    def descend(w, gradient, size):
        return [part - jnp.asarray(size, part.dtype) * g for part, g in zip(w, gradient)]

    def compiled(start, step, steps):
        loop = jax.jit(lambda w: jax.lax.fori_loop(0, steps, step, w))
        state = [jnp.asarray(part) for part in start]

        def advance(_steps):
            nonlocal state
            state = jax.block_until_ready(loop(state))

        return advance

    relu = lambda _, w: descend(w, jax.grad(relu_loss)(w), 0.01)
    mlp = lambda i, w: descend(w, jax.grad(mlp_loss)(w, 10 * (i % 6) + jnp.arange(10)), 0.01)
    linear = lambda _, w: descend(w, jax.grad(linear_loss)(w), 0.05)
    report("relu n=8 k=60", "JAX", compiled(RELU, relu, 2000), 2000)
    report("mlp h=64 batch=10", "JAX", compiled(MLP, mlp, 600), 600)
    report("linear n=20 d=100", "JAX", compiled([np.zeros(100)], linear, 2000), 2000)


def with_torch():
    import torch

    torch.set_num_threads(1)

    def loop(start, loss, size):
        w = [torch.tensor(part, requires_grad=True) for part in start]
        optimiser = torch.optim.SGD(w, lr=size)

        def advance(steps):
            for step in range(steps):
                optimiser.zero_grad()
                loss(w, step).backward()
                optimiser.step()

        return advance

    x1, y1, x2, y2, x3, y3 = [torch.tensor(part) for part in (X1, Y1, X2, Y2, X3, Y3)]

    def relu(w, _):
        return 0.5 * ((torch.relu(torch.outer(x1, w[0]) + w[1]) @ w[2] + w[3] - y1) ** 2).mean()

    def mlp(w, step):
        rows = slice(10 * (step % 6), 10 * (step % 6) + 10)
        a = torch.relu(x2[rows] @ w[0].T + w[1])
        a = torch.relu(a @ w[2].T + w[3])
        return torch.nn.functional.softplus(-y2[rows] * (a @ w[4] + w[5])).mean()

    def linear(w, _):
        return 0.5 * ((x3 @ w[0] - y3) ** 2).mean()

    report("relu n=8 k=60", "PyTorch", loop(RELU, relu, 0.01), 200)
    report("mlp h=64 batch=10", "PyTorch", loop(MLP, mlp, 0.01), 200)
    report("linear n=20 d=100", "PyTorch", loop([np.zeros(100)], linear, 0.05), 200)


if __name__ == "__main__":
    report("relu n=8 k=60", "NumPy", numpy_relu(), 200)
    report("mlp h=64 batch=10", "NumPy", numpy_mlp(), 200)
    report("linear n=20 d=100", "NumPy", numpy_linear(), 200)
    for stack in (with_jax, with_torch):
        try:
            stack()
        except ImportError as error:
            print(json.dumps({"left out": str(error)}))
