"""What jvp, hvp and the other ways to them cost on the two-layer networks, as multiples of grad.

    OMP_NUM_THREADS=1 python benchmarks/transforms.py [--rounds N]

Every contender runs in the same process, one after another in every round; a figure is the least
time of all rounds divided by the least time of the gradient.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import grad, hvp, jvp, sigmoid, vjp

NETWORKS = [(4, 3, 4, 1), (64, 64, 32, 10), (256, 64, 128, 10), (512, 784, 128, 10)]
ALL = (0, 1, 2, 3)


def contenders(sizes: tuple[int, int, int, int]) -> dict[str, Callable[[], Any]]:
    """The calls that are timed, by name."""
    samples, inputs, hidden, outputs = sizes
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(samples, inputs)), rng.uniform(size=(samples, outputs))
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    w = [rng.normal(scale=0.1, size=shape) for shape in shapes]
    v = tuple(rng.normal(size=shape) for shape in shapes)

    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        return np.sum((sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2) - y) ** 2)

    gradient, product = grad(loss, ALL), hvp(loss, ALL)
    return {
        "loss on arrays": lambda: loss(*w),
        "grad": lambda: gradient(*w),
        "vjp": lambda: vjp(loss, *w)[1](1.0),
        "jvp": lambda: jvp(loss, w, v),
        "hvp (reverse over reverse)": lambda: product(*w, v),
        "forward over reverse": lambda: jvp(gradient, w, v),
        "reverse over forward": lambda: grad(lambda *w: jvp(loss, w, v)[1], ALL)(*w),
    }


def main() -> None:
    """Time them all, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    for sizes in NETWORKS:
        calls = contenders(sizes)
        least = dict.fromkeys(calls, np.inf)
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.perf_counter()
                call()
                least[name] = min(least[name], time.perf_counter() - start)
        print(f"{sizes}: the gradient takes {1e6 * least['grad']:.0f} us")
        for name, seconds in least.items():
            print(f"  {name:28}{seconds / least['grad']:6.2f}")


if __name__ == "__main__":
    main()
