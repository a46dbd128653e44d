"""Value and gradients of ``sum(tanh(a*b + c) * exp(-a))``: what costs here is memory."""

from __future__ import annotations

from benchmarks.contenders import BY_HAND, present, steps
from benchmarks.measuring import interleaved, ratios, spread
from benchmarks.options import Options
from benchmarks.problems import elementwise
from benchmarks.tables import duration, size, table


def report(options: Options) -> str:
    """The table: the time as a multiple of that by hand, and the peak of memory."""
    problem = elementwise(1000 if options.quick else 1_000_000)
    times = interleaved(steps(problem), options.rounds_or(15), options.length(0.05))
    found = ratios(times, BY_HAND)
    rows = []
    for name, contender in present().items():
        by_hand = name == BY_HAND
        time = duration(spread(times[name]).median) if by_hand else found[name]
        rows.append([name, time, size(contender.peak(problem))])
    return table(["", "time", "peak memory"], rows)
