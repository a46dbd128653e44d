"""Loss and all gradients of the two-layer sigmoid network, as a multiple of hand-written NumPy."""

from __future__ import annotations

import sys

from benchmarks.contenders import BY_HAND, COMPILED, EAGER, NUMBA, steps
from benchmarks.measuring import Spread, interleaved, ratios, spread
from benchmarks.options import Options
from benchmarks.problems import NETWORKS, Sizes, name_of, network
from benchmarks.tables import duration, table

# What these are to stay below.
AT_MOST = {
    EAGER: dict(zip(NETWORKS, (2.0, 1.35, 1.1, 1.03), strict=True)),
    COMPILED: dict(zip(NETWORKS, (0.75, 0.8, 0.85, 0.95), strict=True)),
    NUMBA: dict(zip(NETWORKS, (0.3, 0.8, 0.8, 0.9), strict=True)),
}


def report(options: Options) -> str:
    """The table: a row for each contender, a column for each network."""
    networks = NETWORKS[:1] if options.quick else NETWORKS
    by_hand, columns = [], []
    for sizes in networks:
        made = steps(network(sizes))
        times = interleaved(made, options.rounds_or(15), options.length(0.05))
        by_hand.append(duration(spread(times[BY_HAND]).median))
        columns.append(ratios(times, BY_HAND))
        warn(sizes, columns[-1])
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    rows[0] = [BY_HAND, *by_hand]
    return table(["batch, inputs, hidden, outputs", *map(name_of, networks)], rows)


def warn(sizes: Sizes, found: dict[str, Spread]) -> None:
    """Say which of ours takes longer than it should."""
    for name, limits in AT_MOST.items():
        if name in found and found[name].median > limits[sizes]:
            print(f"{sizes}: {name} {found[name]}, at most {limits[sizes]}", file=sys.stderr)
