"""What jvp, hvp and the other ways to them cost on the two-layer networks, as multiples of grad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.contenders import OURS
from benchmarks.measuring import interleaved, ratios, spread
from benchmarks.options import Options
from benchmarks.problems import NETWORKS, Sizes, name_of, network
from benchmarks.tables import duration, table
from tinygrad_edu import grad, hvp, jvp, vjp

ALL = (0, 1, 2, 3)


def report(options: Options) -> str:
    """The table: a row for each transform, a column for each network."""
    networks = NETWORKS[:1] if options.quick else NETWORKS
    columns, gradients = [], []
    for sizes in networks:
        times = interleaved(contenders(sizes), options.rounds_or(25), options.length(0.01))
        gradients.append(duration(spread(times["grad"]).median))
        columns.append(ratios(times, "grad"))
    rows = [[f"`{name}`", *(column[name] for column in columns)] for name in columns[0]]
    rows[0] = ["`grad`", *gradients]
    return table(["batch, inputs, hidden, outputs", *map(name_of, networks)], rows)


def contenders(sizes: Sizes) -> dict[str, Callable[[], Any]]:
    """The calls that are timed, by name."""
    problem = network(sizes)
    w, data = problem.arguments[:4], problem.arguments[4:]
    rng = np.random.default_rng(1)
    v = tuple(rng.normal(size=each.shape) for each in w)
    formula = problem.loss(OURS)

    def loss(*parameters: Any) -> Any:
        return formula(*parameters, *data)

    gradient, product = grad(loss, ALL), hvp(loss, ALL)
    return {
        "grad": lambda: gradient(*w),
        "the loss alone": lambda: loss(*w),
        "vjp": lambda: vjp(loss, *w)[1](1.0),
        "jvp": lambda: jvp(loss, w, v),
        "hvp": lambda: product(*w, v),
        "jvp of grad": lambda: jvp(gradient, w, v),
        "grad of jvp": lambda: grad(lambda *w: jvp(loss, w, v)[1], ALL)(*w),
    }
