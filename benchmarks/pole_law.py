"""What the law costs by which a cotangent of exactly zero is not carried into a pole.

    OMP_NUM_THREADS=1 python benchmarks/pole_law.py [--rounds N]

The networks of network_step.py, with the sweep as it is and with one that takes 0 * inf as the
processor does. Both run in the same process, one after the other in every round, the first one in
turn; the figure is the median over the rounds of their ratio, in seconds of the processor. The last
rows are a graph with a pole in it, for which the sweep is done twice.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from network_step import NETWORKS, Step, ours

from tinygrad_edu import Tensor, graph


def without_the_law(nodes: Any, seed: Any, record: bool, wanted: Any) -> Any:
    """The sweep alone: no NaN is looked for, nothing masked."""
    with np.errstate(all="ignore"):
        return graph._accumulate(nodes, seed, record, wanted, times=None)


def pole(size: int) -> Step:
    """The gradient of where(x > 0, log(x), 0), with a 0 among the x."""
    x = Tensor(np.linspace(0.0, 1.0, size))

    def step() -> Any:
        with np.errstate(divide="ignore"):
            y = np.sum(np.where(x > 0, np.log(x), 0.0))
        y.backward()

    return step


def ratio(step: Step, rounds: int, seconds: float) -> float:
    """The median of the time with the law as a multiple of that without."""
    sweeps = {"with": graph._swept, "without": without_the_law}
    step()
    start = time.process_time()
    step()
    repeats = max(1, int(seconds / (time.process_time() - start)))
    ratios = []
    for number in range(rounds):
        times = {}
        for name in sorted(sweeps, reverse=number % 2 == 0):
            graph._swept = sweeps[name]
            start = time.process_time()
            for _ in range(repeats):
                step()
            times[name] = time.process_time() - start
        graph._swept = sweeps["with"]
        ratios.append(times["with"] / times["without"])
    return statistics.median(ratios)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=401)
    parser.add_argument("--seconds", type=float, default=0.002, help="of each, in a round")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    for batch, inputs, hidden, outputs in NETWORKS:
        x, y = rng.random((batch, inputs)), rng.random((batch, outputs))
        shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
        parameters = [rng.normal(size=shape) / np.sqrt(inputs) for shape in shapes]
        found = ratio(ours(x, y, parameters), arguments.rounds, arguments.seconds)
        print(f"{batch:4}, {inputs:3}, {hidden:3}, {outputs:2}   {100 * (found - 1):+5.1f} %")
    for size in (10, 10_000):
        found = ratio(pole(size), arguments.rounds, arguments.seconds)
        print(f"a pole among {size:5} numbers   {100 * (found - 1):+5.1f} %")


if __name__ == "__main__":
    main()
