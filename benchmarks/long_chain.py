"""A chain of a million multiplications: built, swept backwards and freed.

    python benchmarks/long_chain.py [--length N]

Prints the seconds of each phase, for PyTorch too where it is installed, and the bytes a node.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import resource
import time
from typing import Any

from tinygrad_edu import Tensor


def resident_bytes() -> int:
    """The memory that the process now holds, from the kernel."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def ours(length: int) -> tuple[Any, Any]:
    """The leaf and the end of the chain."""
    x = y = Tensor(1.0)
    for _ in range(length):
        y = y * 1.0000001
    return x, y


def pytorch(length: int) -> tuple[Any, Any]:
    """The same in PyTorch."""
    import torch

    x = y = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    for _ in range(length):
        y = y * 1.0000001
    return x, y


def measure(name: str, build: Any, length: int) -> None:
    """Print one row: the seconds of each phase, and the memory."""
    build(10)[1].backward()
    gc.collect()
    before = resident_bytes()
    start = time.perf_counter()
    x, y = build(length)
    built = time.perf_counter()
    graph = resident_bytes() - before
    y.backward()
    swept = time.perf_counter()
    after = resident_bytes() - before
    gradient = float(x.grad)
    del x, y
    freed = time.perf_counter()
    assert abs(gradient - 1.0000001**length) < 1e-9 * gradient
    print(
        f"{name:14} build {built - start:5.2f} s   backward {swept - built:5.2f} s   "
        f"free {freed - swept:5.2f} s   total {freed - start:5.2f} s   "
        f"{graph / length:4.0f} bytes a node, {after / length:4.0f} after backward"
    )


def main() -> None:
    """Measure both, twice, in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=1_000_000)
    length = parser.parse_args().length
    for _ in range(2):
        measure("tinygrad_edu", ours, length)
        if importlib.util.find_spec("torch") is not None:
            measure("torch", pytorch, length)


if __name__ == "__main__":
    main()
