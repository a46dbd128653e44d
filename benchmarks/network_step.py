"""Loss and all gradients of the two-layer sigmoid network, as a multiple of hand-written NumPy."""

from __future__ import annotations

from benchmarks.contenders import BY_HAND, steps
from benchmarks.goals import NETWORK_STEP, hold
from benchmarks.measuring import interleaved, ratios, spread
from benchmarks.options import Options
from benchmarks.problems import NETWORKS, name_of, network
from benchmarks.tables import duration, table


def report(options: Options) -> str:
    """The table: a row for each contender, a column for each network."""
    networks = NETWORKS[:1] if options.quick else NETWORKS
    by_hand, columns = [], []
    for sizes in networks:
        made = steps(network(sizes))
        times = interleaved(made, options.rounds_or(15), options.length(0.05))
        by_hand.append(duration(spread(times[BY_HAND]).median))
        columns.append(ratios(times, BY_HAND))
        limits = {name: each[sizes] for name, each in NETWORK_STEP.items()}
        hold(name_of(sizes), limits, {name: each.median for name, each in columns[-1].items()})
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    rows[0] = [BY_HAND, *by_hand]
    return table(["batch, inputs, hidden, outputs", *map(name_of, networks)], rows)
