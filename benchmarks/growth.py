"""How time and memory grow with a computation's depth, and with a network's width and batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.contenders import BY_HAND, EAGER, Contender, agree, present
from benchmarks.measuring import Step, interleaved, seconds, spread
from benchmarks.options import Options
from benchmarks.problems import Problem, chain, network
from benchmarks.tables import duration, size, table

PATIENCE = 5.0  # seconds: a curve ends where the next point's first call would take longer
UNTIL_THE_END = (BY_HAND, EAGER)  # but for these, which are compared at every point


class Axis(NamedTuple):
    """What grows, through which sizes, and with which power of them the cost grows in the end."""

    title: str
    problem: Callable[[int], Problem]
    sizes: tuple[int, ...]
    power: int


class Point(NamedTuple):
    """The seconds of a step, and the most bytes that it has in use."""

    seconds: float
    peak: int | None

    def __str__(self) -> str:
        return f"{duration(self.seconds)}, {size(self.peak)}"


Curves = dict[str, dict[int, Point]]

AXES = (
    Axis("depth", chain, (100, 1000, 10_000, 100_000, 1_000_000), 1),
    Axis("width", lambda n: network((64, n, n, 10)), (4, 16, 64, 256, 1024), 2),
    Axis("batch", lambda n: network((n, 64, 32, 10)), (4, 32, 256, 2048, 16_384), 1),
)


def report(options: Options) -> str:
    """A table an axis; and the plot, if it is asked for."""
    found = [(axis, curves(axis, options)) for axis in AXES]
    if options.plot is not None:
        from benchmarks.growth_plot import draw

        draw(found, options.plot)
    return "\n\n".join(_table(axis, lines) for axis, lines in found)


def curves(axis: Axis, options: Options) -> Curves:
    """The points of each contender, up to where it takes too long, or cannot go."""
    found: Curves = {}
    contenders = present()
    firsts: dict[str, list[float]] = {name: [] for name in contenders}
    for number in axis.sizes[: 2 if options.quick else None]:
        problem = axis.problem(number)
        steps = _started(contenders, firsts, problem)
        times = interleaved(steps, options.rounds_or(3), options.length(0.02))
        for name in steps:
            peak = contenders[name].peak(problem)
            found.setdefault(name, {})[number] = Point(spread(times[name]).median, peak)
    return found


def _started(
    contenders: dict[str, Contender], firsts: dict[str, list[float]], problem: Problem
) -> dict[str, Step]:
    """A step of each that can compute this, by its first call; whose curve ends leaves `firsts`."""
    expected = problem.by_hand(*problem.arguments)
    steps = {}
    for name, before in list(firsts.items()):
        step = contenders[name].prepare(problem)
        try:
            before.append(seconds(step))
        except RecursionError:
            del firsts[name]
            continue
        agree(name, step(), expected)
        steps[name] = step
        if name not in UNTIL_THE_END and _next(before) > PATIENCE:
            del firsts[name]
    return steps


def _next(firsts: list[float]) -> float:
    """How long the next first call may take: ten times as long, or as much more as the last one."""
    last, *others = reversed(firsts)
    return last * max(10.0, last / others[0] if others else 0.0)


def _table(axis: Axis, found: Curves) -> str:
    rows = [
        [f"{number:,}", *(line.get(number, "—") for line in found.values())]
        for number in found[BY_HAND]
    ]
    return table([axis.title, *found], rows)
