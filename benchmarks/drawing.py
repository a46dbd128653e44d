"""Pictures of large graphs: the time of each phase, from the graph to the finished SVG."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measuring import spread
from benchmarks.options import Options
from benchmarks.tables import duration, size, table
from tinygrad_edu import Tensor, nn
from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import NoEngineError, command, render
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.drawing.svg import polish


def chain(nodes: int) -> Tensor:
    """One operation after another."""
    y = Tensor(0.5, name="x")
    for _ in range(nodes - 1):
        y = np.sin(y)
    y.backward()
    return y


def web(nodes: int) -> Tensor:
    """Every second node joins two of those before: the last, and one a little further back."""
    rng = np.random.default_rng(0)
    made = [Tensor(float(value)) for value in rng.uniform(0.5, 1.0, 10)]
    for _ in range((nodes - len(made)) // 2):
        other = made[-int(rng.integers(2, 10))]
        made.append(np.sin(made[-1] * other) if len(made) % 2 else np.tanh(made[-1] + other))
    made[-1].backward()
    return made[-1]


def unrolled(steps: int) -> Tensor:
    """A recurrent network of one unit, three weights shared by all steps: six nodes a step."""
    h, w, u, b = (Tensor(v, name=n) for n, v in {"h": 0.0, "w": 0.5, "u": 0.3, "b": 0.1}.items())
    for step in range(steps):
        x = Tensor(step % 3, name=f"x{step}")
        h = np.tanh(w * h + u * x + b)
    h.backward()
    return h


class Wide(nn.Module):
    """Neurons side by side, each a module, and one that reads them all."""

    def __init__(self, neurons: int) -> None:
        rng = np.random.default_rng(0)
        self.hidden = [nn.Neuron(rng.normal(size=2), 0.0) for _ in range(neurons)]
        self.output = nn.Neuron(rng.normal(size=neurons), 0.0)

    def feedforward(self, x: Any) -> Any:
        """One number."""
        return self.output(np.stack([neuron(x) for neuron in self.hidden]))


def neurons(count: int) -> Tensor:
    """The output of that many."""
    y = Wide(count)(Tensor([2.0, 3.0], name="x"))
    y.backward()
    return y  # type: ignore[no-any-return]


CASES: list[tuple[str, Callable[[int], Tensor], int]] = [
    *((f"chain of {n}", chain, n) for n in (100, 200, 500, 1000, 2000)),
    *((f"web of {n}", web, n) for n in (100, 200, 500, 1000, 2000)),
    ("RNN of 68 steps", unrolled, 68),
    ("RNN of 330 steps", unrolled, 330),
    ("100 neurons", neurons, 100),
    ("1000 neurons", neurons, 1000),
]


def report(options: Options) -> str:
    """The table: a row for each graph, a column for each phase. Empty where there's no Graphviz."""
    try:
        command()
    except NoEngineError:
        return ""
    rounds = options.rounds_or(3)
    rows = [
        [name, *measure(build(count), rounds)]
        for name, build, count in (CASES[:1] if options.quick else CASES)
    ]
    return table(["graph", "cards", "before", "Graphviz", "after", "all", "SVG"], rows)


def measure(t: Tensor, rounds: int) -> list[Any]:
    """The cells of one row."""
    before, (planned, text) = timed(lambda: laid_out(t), rounds)
    within, raw = timed(lambda: render(text, "svg", None, 120), rounds)
    after, svg = timed(lambda: polish(raw, planned, text), rounds)
    phases = map(duration, (before, within, after, before + within + after))
    return [f"{len(planned.cards):,}", *phases, size(len(svg.encode()))]


def laid_out(t: Tensor) -> tuple[Any, str]:
    """What is to be drawn, and the same in Graphviz's language."""
    planned = plan(t)
    return planned, source(planned, False)


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The median of the seconds, and what came out."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return spread(times).median, result
