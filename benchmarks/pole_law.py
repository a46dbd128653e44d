"""What the law costs by which a cotangent of exactly zero is not carried into a pole.

The step of the network, with the sweep as it is and with one that takes 0 * inf as the processor
does: one after the other in every round, the first one in turn; a figure is the median of their
ratio, in seconds of the processor. The last rows are a graph with a pole in it, for which the sweep
is done twice.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from benchmarks.contenders import Step, eager
from benchmarks.options import Options
from benchmarks.problems import NETWORKS, name_of, network
from benchmarks.tables import table
from tinygrad_edu import Tensor
from tinygrad_edu.engine import backward, fast
from tinygrad_edu.kit.quiet import quiet


def report(options: Options) -> str:
    """The table: a row for each network, and two for poles."""
    rounds, seconds = options.rounds_or(401), options.length(0.002)
    networks = NETWORKS[:1] if options.quick else NETWORKS
    graphs = {name_of(sizes): eager(network(sizes)) for sizes in networks}
    graphs |= {f"a pole among {size:,} numbers": pole(size) for size in (10, 10_000)}
    rows = [[name, _percent(step, rounds, seconds)] for name, step in graphs.items()]
    return table(["batch, inputs, hidden, outputs", "the law adds"], rows)


@quiet
def without_the_law(nodes: Any, seed: Any, record: bool, wanted: Any) -> Any:
    """The sweep alone: no NaN is looked for, nothing masked."""
    return fast.accumulate(nodes, seed, record, wanted, None)


def pole(size: int) -> Step:
    """The gradient of where(x > 0, log(x), 0), with a 0 among the x."""
    x = Tensor(np.linspace(0.0, 1.0, size))

    def step() -> Any:
        with np.errstate(divide="ignore"):
            y = np.sum(np.where(x > 0, np.log(x), 0.0))
        y.backward()

    return step


def _percent(step: Step, rounds: int, seconds: float) -> str:
    return f"{100 * (ratio(step, rounds, seconds) - 1):.1f} %"


def ratio(step: Step, rounds: int, seconds: float) -> float:
    """The median of the time with the law as a multiple of that without."""
    sweeps = {"with": backward._swept, "without": without_the_law}
    step()
    start = time.process_time()
    step()
    repeats = max(1, int(seconds / max(time.process_time() - start, 1e-9)))
    ratios = []
    for number in range(rounds):
        times = {}
        for name in sorted(sweeps, reverse=number % 2 == 0):
            backward._swept = sweeps[name]
            try:
                start = time.process_time()
                for _ in range(repeats):
                    step()
                times[name] = time.process_time() - start
            finally:
                backward._swept = sweeps["with"]
        ratios.append(times["with"] / times["without"])
    return statistics.median(ratios)
