"""How long it takes to begin: to trace and compile a function, and to import a package."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.contenders import COMPILED, NUMBA, present
from benchmarks.goals import FIRST_CALL, hold
from benchmarks.measuring import Step, interleaved, seconds, spread
from benchmarks.options import Options
from benchmarks.problems import NETWORKS, Sizes, name_of, network
from benchmarks.tables import duration, table

COMPILERS = (COMPILED, NUMBA, "JAX jit")


def report(options: Options) -> str:
    """Two tables."""
    return f"{first_calls(options)}\n\n{imports(options)}"


def first_calls(options: Options) -> str:
    """The first call of a function that was not compiled before, less a later call."""
    networks = NETWORKS[:1] if options.quick else NETWORKS
    names = [name for name in COMPILERS if name in present()]
    rows = [[name, *(_first_call(name, sizes, options) for sizes in networks)] for name in names]
    return table(["to trace and compile", *map(name_of, networks)], rows)


def _first_call(name: str, sizes: Sizes, options: Options) -> str:
    problem, prepare = network(sizes), present()[name].prepare
    prepare(problem)()  # what is imported or cached once, is
    found = []
    for _ in range(options.rounds_or(9)):
        step = prepare(problem)
        first = seconds(step)
        found.append(first - seconds(step))
    median = max(0.0, spread(found).median)
    hold(f"to compile {name_of(sizes)}", FIRST_CALL, {name: 1e3 * median})
    return duration(median)


def imports(options: Options) -> str:
    """What a package adds to the start of Python and NumPy, which all of them load."""
    packages = ["tinygrad_edu", *(each.package for each in present().values())]
    names = [name for name in dict.fromkeys(packages) if name not in ("numpy", "numba")]
    steps = {name: _import(name) for name in ("numpy", *names)}
    times = interleaved(steps, options.rounds_or(9), 0.0)
    rows = []
    for name in names:
        added = [t - n for t, n in zip(times[name], times["numpy"], strict=True)]
        rows.append([f"`import {name}`", duration(max(0.0, spread(added).median))])
    rows.insert(0, ["Python, `import numpy`", duration(spread(times["numpy"]).median)])
    return table(["to import", "time"], rows)


def _import(name: str) -> Step:
    """A process of its own that imports it, and NumPy."""
    command = [sys.executable, "-c", f"import numpy, {name}"]
    return lambda: subprocess.run(command, check=True)
