"""Pictures of large graphs: the seconds of each phase, from the graph to the finished SVG.

    python benchmarks/drawing.py [--repeat N]

Prints a table for each layout engine that is there. Every time is the best of N, in seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import Tensor, nn
from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import EMBEDDED, NoEngineError, command, render
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


def best(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The seconds of the fastest run, and what it gave."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def measure(name: str, t: Tensor, engine: str | None, repeat: int) -> None:
    """Print one row."""
    t_plan, planned = best(lambda: plan(t), repeat)
    t_dot, text = best(lambda: source(planned, False), repeat)
    t_lay, raw = best(lambda: render(text, "svg", engine, 120), repeat)
    t_polish, svg = best(lambda: polish(raw, planned, text), repeat)
    print(
        f"{name:16} {len(planned.cards):6} {len(planned.links):6} {t_plan:7.3f} {t_dot:7.3f} "
        f"{t_lay:7.3f} {t_polish:7.3f} {t_plan + t_dot + t_lay + t_polish:7.3f} "
        f"{len(svg.encode()) / 1000:8.0f}"
    )


def main() -> None:
    """Measure all cases, with the system's engine and with pygraphviz's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    graphs = [(name, build(size)) for name, build, size in CASES]
    for engine in ("dot", EMBEDDED):
        try:
            print(f"\n{engine}: {' '.join(command(engine)[-2:])}")
        except NoEngineError:
            continue
        print(f"{'':16}  cards  links    plan     DOT  layout  polish   total   SVG kB")
        for name, graph in graphs:
            measure(name, graph, engine, repeat)


if __name__ == "__main__":
    main()
