"""A chain of a million multiplications: built, swept backwards and freed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from benchmarks.measuring import resident_bytes, spread
from benchmarks.options import Options
from benchmarks.problems import FACTOR
from benchmarks.tables import duration, size, table
from tinygrad_edu import Tensor


class Phases(NamedTuple):
    """The seconds of each, and the bytes that the graph takes for each of its nodes."""

    build: float
    backward: float
    free: float
    bytes_a_node: float


def report(options: Options) -> str:
    """The table: a row for us, and one for PyTorch, if it is there; each in turn."""
    length = 1000 if options.quick else 1_000_000
    leaves = {"here": ours} | ({"PyTorch": pytorch} if find_spec("torch") else {})
    found: dict[str, list[Phases]] = {name: [] for name in leaves}
    for _ in range(options.rounds_or(3)):
        for name, leaf in leaves.items():
            found[name].append(measure(leaf, length))
    rows = []
    for name, phases in found.items():
        medians = [spread(list(column)).median for column in zip(*phases, strict=True)]
        rows.append([name, *map(duration, medians[:3]), size(medians[3])])
    head = [f"{length:,} multiplications", "build", "backward", "free", "memory a node"]
    return table(head, rows)


def ours() -> Any:
    """The number that the chain begins with."""
    return Tensor(1.0)


def pytorch() -> Any:
    """The same in PyTorch."""
    import torch

    return torch.tensor(1.0, dtype=torch.float64, requires_grad=True)


def chain(x: Any, length: int) -> Any:
    """Its end."""
    for _ in range(length):
        x = x * FACTOR
    return x


def measure(leaf: Callable[[], Any], length: int) -> Phases:
    """Each phase once, after a short chain."""
    chain(leaf(), 10).backward()
    gc.collect()
    before = resident_bytes()
    start = time.perf_counter()
    x = leaf()
    y = chain(x, length)
    built = time.perf_counter()
    graph = resident_bytes() - before
    y.backward()
    swept = time.perf_counter()
    gradient = float(x.grad)
    del x, y
    freed = time.perf_counter()
    assert abs(gradient - FACTOR**length) < 1e-9 * gradient
    return Phases(built - start, swept - built, freed - swept, graph / length)
