"""Value and gradients of ``sum(tanh(a*b + c) * exp(-a))``, as a multiple of hand-written NumPy.

    OMP_NUM_THREADS=1 python benchmarks/elementwise_chain.py [--size N] [--rounds N]

What costs here is memory: every intermediate result is as large as the operands. Both contenders
run in the same process, in turn; a figure is the median over the rounds of one's time divided by
the other's, and the peak is what either allocates beyond its arguments and results.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import Tensor

Step = Callable[[], Any]


def hand_written(a: Any, b: Any, c: Any) -> Step:
    """The step as a careful person writes it: nothing is computed twice."""

    def step() -> Any:
        bend = np.tanh(a * b + c)
        decay = np.exp(-a)
        terms = bend * decay
        value = np.sum(terms)
        d_c = (1 - bend**2) * decay
        d_a = d_c * b - terms
        d_b = d_c * a
        return value, d_a, d_b, d_c

    return step


def ours(a: Any, b: Any, c: Any) -> Step:
    """The same by autodiff, on Tensors."""
    tensors = [Tensor(each) for each in (a, b, c)]
    a, b, c = tensors

    def step() -> Any:
        for tensor in tensors:
            tensor.grad = None
        value = np.sum(np.tanh(a * b + c) * np.exp(-a))
        value.backward()
        return value.item(), a.grad, b.grad, c.grad

    return step


def seconds(step: Step) -> float:
    """How long one step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def peak(step: Step) -> int:
    """The most bytes that are in use at once during a step."""
    tracemalloc.start()
    step()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    """Time both, and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    operands = [rng.normal(size=arguments.size) for _ in range(3)]
    by_hand, by_autodiff = hand_written(*operands), ours(*operands)
    for found, expected in zip(by_autodiff(), by_hand(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    times = [(seconds(by_hand), seconds(by_autodiff)) for _ in range(arguments.rounds)]
    ratio = statistics.median(found / expected for expected, found in times)
    least = 1e3 * min(expected for expected, _ in times)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {arguments.size} elements")
    print(f"by hand {least:.1f} ms, tinygrad_edu {ratio:.2f} of that (at most 1.1)")
    print(
        f"peak memory: by hand {peak(by_hand) / 1e6:.0f} MB, "
        f"tinygrad_edu {peak(by_autodiff) / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
