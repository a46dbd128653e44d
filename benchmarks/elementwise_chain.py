"""Value and gradients of ``sum(tanh(a*b + c) * exp(-a))``: what costs here is memory."""

from __future__ import annotations

from benchmarks.contenders import BY_HAND, EAGER, present, steps
from benchmarks.goals import ELEMENTWISE, ELEMENTWISE_PEAK, hold
from benchmarks.measuring import interleaved, ratios, spread
from benchmarks.options import Options
from benchmarks.problems import elementwise
from benchmarks.tables import duration, size, table


def report(options: Options) -> str:
    """The table: the time as a multiple of that by hand, and the peak of memory."""
    problem = elementwise(1000 if options.quick else 1_000_000)
    times = interleaved(steps(problem), options.rounds_or(15), options.length(0.05))
    found = ratios(times, BY_HAND)
    peaks = {name: contender.peak(problem) for name, contender in present().items()}
    hold("elementwise", ELEMENTWISE, {name: each.median for name, each in found.items()})
    ours = {name: peaks[name] / peaks[EAGER] for name in ELEMENTWISE_PEAK if name in peaks}
    hold("elementwise, memory", ELEMENTWISE_PEAK, ours)
    rows = [[name, found[name], size(peak)] for name, peak in peaks.items()]
    rows[0][1] = duration(spread(times[BY_HAND]).median)
    return table(["", "time", "peak memory"], rows)
