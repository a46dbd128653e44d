"""How often the gradient checker objects to a gradient that is right.

    python benchmarks/false_alarms.py [--checks N] [--seed S] [--jobs J] [--markdown FILE]

Every check is one call of `check_vjp` on a function and its exact derivative, at arguments that are
legal and, in most families, as awkward as can be: ties, kinks and places close to one, poles,
scales from 1e-12 to 1e12, fast oscillation, cancellation. Each check has a generator of its own, so
any number of processes gives the same figures.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.testing import GradientError, check_vjp

Rng = np.random.Generator


class Problem(NamedTuple):
    """A function, its backward pass ``vjp(g, *args)``, and where to check it."""

    name: str
    f: Callable[..., Any]
    vjp: Callable[..., Any]
    args: tuple[Any, ...]


def local(name: str, f: Callable[[Any], Any], df: Callable[[Any], Any], x: Any) -> Problem:
    """An elementwise function and its derivative."""
    return Problem(name, f, lambda g, x: g * df(x), (np.asarray(x),))


def pick(rng: Rng, choices: Any) -> Any:
    """One of several, of any kinds."""
    return choices[rng.integers(len(choices))]


def shape(rng: Rng) -> tuple[int, ...]:
    """Mostly small: what is awkward is seen in one element as well as in many."""
    return pick(rng, [(), (1,), (2,), (3,), (2, 2)])


def sigmoid(x: Any) -> Any:
    """The logistic function, without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1, e) / (1 + e)


def slope_of_sigmoid(x: Any) -> Any:
    """Its derivative, exact in the tails."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


SMOOTH = [
    ("exp", np.exp, np.exp), ("sin", np.sin, np.cos), ("cos", np.cos, lambda x: -np.sin(x)),
    ("tanh", np.tanh, lambda x: 1 / np.cosh(x) ** 2), ("sigmoid", sigmoid, slope_of_sigmoid),
    ("softplus", lambda x: np.logaddexp(0, x), sigmoid),
    ("square", np.square, lambda x: 2 * x), ("cube", lambda x: x**3, lambda x: 3 * x**2),
    ("arctan", np.arctan, lambda x: 1 / (1 + x**2)),
    ("arcsinh", np.arcsinh, lambda x: 1 / np.sqrt(1 + x**2)),
    ("gauss", lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2))),
    ("rational", lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    ("x exp(sin x)", lambda x: x * np.exp(np.sin(x)),
     lambda x: (1 + x * np.cos(x)) * np.exp(np.sin(x))),
    ("log(1 + x^2)", lambda x: np.log1p(x**2), lambda x: 2 * x / (1 + x**2)),
    ("polynomial", lambda x: x**5 - 3 * x**2 + x, lambda x: 5 * x**4 - 6 * x + 1),
    ("constant", lambda x: 0 * x + 3, lambda x: 0 * x),
]  # fmt: skip


def smooth(rng: Rng) -> Problem:
    """Elementwise functions without any trouble."""
    return local(*pick(rng, SMOOTH), rng.normal(0, 2, shape(rng)))


def scaled(problem: Problem, rng: Rng) -> Problem:
    """The same in other units: ``a f(b x, c y)`` at x / b and y / c, from 1e-300 to 1e300.

    Results and derivatives are normal numbers, and so are differences of results.
    """
    a = 10.0 ** rng.uniform(-285, 285)
    most = 285 - abs(np.log10(a)) if rng.integers(2) else 12
    units = [10.0 ** rng.uniform(-most, most) for _ in problem.args]

    def f(*args: Any) -> Any:
        return a * problem.f(*(unit * arg for unit, arg in zip(units, args, strict=True)))

    def vjp(g: Any, *args: Any) -> Any:
        found = problem.vjp(g, *(unit * arg for unit, arg in zip(units, args, strict=True)))
        grads = found if isinstance(found, tuple) else (found,)
        return tuple(grad * unit * a for grad, unit in zip(grads, units, strict=True))

    args = tuple(arg / unit for unit, arg in zip(units, problem.args, strict=True))
    name = f"{a:.3g} {problem.name}({', '.join(f'{unit:.3g} x' for unit in units)})"
    return Problem(name, f, vjp, args)


def scales(rng: Rng) -> Problem:
    """The smooth functions in other units."""
    return scaled(smooth(rng), rng)


def vectors_at_scales(rng: Rng) -> Problem:
    """Functions from arrays to arrays in other units, for each argument its own."""
    return scaled(vectors(rng), rng)


def saturated(rng: Rng) -> Problem:
    """Arguments from -700 to 700, and steep functions: flat, or growing without bounds."""
    name, f, df = pick(rng, [each for each in SMOOTH if each[0] != "tanh"])
    if rng.integers(2):
        return local(name, f, df, rng.uniform(-700, 700, shape(rng)))
    steep = pick(rng, [30.0, 100.0, 1000.0])
    x = rng.normal(0, 0.1, shape(rng))
    return local(f"sigmoid({steep} x)", lambda x: sigmoid(steep * x),
                 lambda x: steep * slope_of_sigmoid(steep * x), x)  # fmt: skip


def periodic(rng: Rng) -> Problem:
    """Sines of up to 10,000 radians a unit, and of a power of two of periods a unit."""
    w = pick(rng, [10 ** rng.uniform(0, 4), 2 * np.pi * 2.0 ** rng.integers(0, 10)])
    x = pick(rng, [rng.normal(0, 3, shape(rng)), rng.integers(-8, 9, shape(rng)) / 8])
    return local(f"sin({w} x)", lambda x: np.sin(w * x), lambda x: w * np.cos(w * x), x)


def cancellation(rng: Rng) -> Problem:
    """Small differences of large numbers: the value has few digits, the derivative many."""
    big = 10.0 ** rng.uniform(0, 8)
    x = rng.normal(0, 1, shape(rng)) * 10.0 ** rng.uniform(-6, 0)
    return local(*pick(rng, [
        ("x - sin x", lambda x: x - np.sin(x), lambda x: 2 * np.sin(x / 2) ** 2),
        ("1 - cos x", lambda x: 1 - np.cos(x), np.sin),
        ("exp(x) - 1 - x", lambda x: np.exp(x) - 1 - x, np.expm1),
        (f"{big} + sin x", lambda x: big + np.sin(x), np.cos),
        ("(1e8 + x) - 1e8", lambda x: (1e8 + x) - 1e8, np.ones_like),
        (f"(x + {big})^2 - {big}^2", lambda x: (x + big) ** 2 - big**2, lambda x: 2 * (x + big)),
        (f"sin(x + {big}) by parts", lambda x: np.sin(x + big) - np.sin(big),
         lambda x: np.cos(x + big)),
    ]), x)  # fmt: skip


def poles(rng: Rng) -> Problem:
    """From 1e-8 to 1 away from a pole, or from the end of the domain."""
    d = 10.0 ** rng.uniform(-8, 0, shape(rng))
    sign = pick(rng, [-1, 1])
    return local(*pick(rng, [
        ("1/x", lambda x: 1 / x, lambda x: -1 / x**2, sign * d),
        ("1/x^2", lambda x: x**-2.0, lambda x: -2 * x**-3.0, sign * d),
        ("log", np.log, lambda x: 1 / x, d), ("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), d),
        ("cbrt", np.cbrt, lambda x: np.cbrt(x) / x / 3, sign * d),
        ("x log x", lambda x: x * np.log(x), lambda x: 1 + np.log(x), d),
        ("x^0.3", lambda x: x**0.3, lambda x: 0.3 * x**-0.7, d),
        ("arcsin", np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)), sign * (1 - d)),
        ("arctanh", np.arctanh, lambda x: 1 / ((1 - x) * (1 + x)), sign * (1 - d * 0.999)),
        ("arccosh", np.arccosh, lambda x: 1 / np.sqrt((x - 1) * (x + 1)), 1 + d),
        ("tan", np.tan, lambda x: 1 / np.cos(x) ** 2, sign * (np.pi / 2 - d)),
    ]))  # fmt: skip


def kinks(rng: Rng) -> Problem:
    """On a kink, or from 1e-12 to 1 away from one."""
    size = shape(rng)
    distance = rng.choice([-1, 1], size) * 10.0 ** rng.uniform(-12, 0, size)
    x = np.where(rng.integers(0, 3, size) == 0, 0.0, distance)
    share = rng.uniform()  # any number between the slopes of the two sides is a subgradient
    name, f, df, at = pick(rng, [
        ("abs", np.abs, lambda x: np.sign(x) + (2 * share - 1) * (x == 0), 0),
        ("relu", lambda x: np.maximum(x, 0), lambda x: (x > 0) + share * (x == 0), 0),
        ("leaky relu", lambda x: np.maximum(x, x / 8), lambda x: np.where(x > 0, 1, 1 / 8), 0),
        ("clip", lambda x: np.clip(x, -1, 1), lambda x: 1.0 * (np.abs(x) < 1), 1),
        ("x |x|", lambda x: x * np.abs(x), lambda x: 2 * np.abs(x), 0),
        ("huber", lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
         lambda x: np.clip(x, -1, 1), 1),
        ("|sin x|", lambda x: np.abs(np.sin(x)), lambda x: np.sign(np.sin(x)) * np.cos(x), 0),
        ("max(x, x^2)", lambda x: np.maximum(x, x**2), lambda x: np.where(x < x**2, 2 * x, 1), 1),
    ])  # fmt: skip
    return local(name, f, df, at + x)


def ties(rng: Rng) -> Problem:
    """Maxima, sorting, medians and spreads of numbers of which many are equal, or almost."""
    n = int(rng.integers(1, 6))
    x = rng.integers(-1, 2, n).astype(float)
    if rng.integers(3) == 0:
        x += rng.normal(0, 1, n) * 10.0 ** rng.uniform(-12, -1)
    y = rng.integers(-1, 2, n).astype(float)

    def to_sorted(g: Any, x: Any) -> Any:
        grad = np.empty_like(g)
        grad[np.argsort(x, kind="stable")] = g
        return grad

    def to_middle(g: Any, x: Any) -> Any:
        middle = np.sort(x)[[(n - 1) // 2, n // 2]]
        return g * sum((x == m) / np.count_nonzero(x == m) for m in middle) / 2

    def to_length(g: Any, x: Any) -> Any:
        length = np.sqrt(np.sum(x**2))
        return g * x / length if length else 0 * x

    return Problem(*pick(rng, [
        ("max", np.max, lambda g, x: g * (x == x.max()) / np.sum(x == x.max()), (x,)),
        ("min, first", np.min, lambda g, x: g * (np.arange(n) == np.argmin(x)), (x,)),
        ("sort", np.sort, to_sorted, (x,)), ("median", np.median, to_middle, (x,)),
        ("norm", lambda x: np.sqrt(np.sum(x**2)), to_length, (x,)),
        ("sum |x|", lambda x: np.sum(np.abs(x)), lambda g, x: g * np.sign(x), (x,)),
        ("maximum", np.maximum,
         lambda g, x, y: (g * ((x > y) + (x == y) / 2), g * ((y > x) + (x == y) / 2)), (x, y)),
        ("minimum, first", np.minimum, lambda g, x, y: (g * (x <= y), g * (y < x)), (x, y)),
        ("running maximum", np.maximum.accumulate, to_running, (x,)),
    ]))  # fmt: skip


def to_running(g: Any, x: Any) -> Any:
    """The gradient of the running maximum: to the first of the largest elements so far."""
    grad = np.zeros_like(x)
    for j, each in enumerate(g):
        grad[np.argmax(x[: j + 1])] += each
    return grad


def vectors(rng: Rng) -> Problem:
    """Functions from arrays to arrays, as networks are made of."""
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    batch = rng.normal(size=(2, 2, 2)), rng.normal(size=(2, 2))
    x, kernel = rng.normal(size=4), rng.normal(size=3)
    matrix = rng.normal(size=(3, 3)) + 4 * np.eye(3)

    def softmax(x: Any) -> Any:
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    def to_solve(g: Any, a: Any, b: Any) -> Any:
        back = np.linalg.solve(a.T, g)
        return -np.outer(back, np.linalg.solve(a, b)), back

    def to_normalized(g: Any, x: Any) -> Any:
        centred, deviation = x - np.mean(x), np.std(x)
        z = centred / deviation
        return (g - np.mean(g) - z * np.mean(g * z)) / deviation

    return Problem(*pick(rng, [
        ("matmul", np.matmul, lambda g, a, b: (g @ b.T, a.T @ g), (a, b)),
        ("batched matmul", np.matmul,
         lambda g, a, b: (g @ b.T, np.sum(a.swapaxes(1, 2) @ g, axis=0)), batch),
        ("softmax", softmax,
         lambda g, x: softmax(x) * (g - np.sum(g * softmax(x), axis=-1, keepdims=True)),
         (3 * a,)),
        ("logsumexp", lambda x: np.log(np.sum(np.exp(x))), lambda g, x: g * softmax(x), (x,)),
        ("solve", np.linalg.solve, to_solve, (matrix, b[:, 0])),
        ("inverse", np.linalg.inv,
         lambda g, a: -np.linalg.inv(a).T @ g @ np.linalg.inv(a).T, (matrix,)),
        ("determinant", np.linalg.det,
         lambda g, a: g * np.linalg.det(a) * np.linalg.inv(a).T, (matrix,)),
        ("cumsum", np.cumsum, lambda g, x: np.cumsum(g[::-1])[::-1].copy(), (x,)),
        ("convolution", lambda x, k: np.convolve(x, k, "valid"),
         lambda g, x, k: (np.convolve(g, k[::-1]), np.convolve(x, g[::-1], "valid")[::-1].copy()),
         (x, kernel)),
        ("outer", np.outer, lambda g, x, y: (g @ y, x @ g), (x, kernel)),
        ("norm", lambda x: np.sqrt(np.sum(x**2)), lambda g, x: g * x / np.sqrt(np.sum(x**2)), (x,)),
        ("normalized", lambda x: (x - np.mean(x)) / np.std(x), to_normalized, (x,)),
        ("variance", lambda x: np.var(x, ddof=1),
         lambda g, x: g * 2 * (x - np.mean(x)) / (x.size - 1), (a,)),
        ("layer", lambda x, w, b: np.tanh(x @ w + b), to_layer, (a, b, b[0])),
        ("power spectrum", lambda x: np.abs(np.fft.fft(x)) ** 2,
         lambda g, x: np.real(len(x) * np.fft.ifft(2 * g * np.fft.fft(x))), (x,)),
    ]))  # fmt: skip


def to_layer(g: Any, x: Any, w: Any, b: Any) -> Any:
    """The gradients of a layer of tanh."""
    g = g / np.cosh(x @ w + b) ** 2
    return g @ w.T, x.T @ g, np.sum(g, axis=0)


def single(rng: Rng) -> Problem:
    """The smooth functions on float32, with gradients computed in float32."""
    problem = smooth(rng)
    return problem._replace(args=tuple(a.astype(np.float32) for a in problem.args))


FAMILIES = {
    "smooth": smooth, "vector functions": vectors, "smooth, 1e-300 to 1e300": scales,
    "vectors, 1e-300 to 1e300": vectors_at_scales,
    "saturated and steep": saturated, "periodic": periodic, "cancellation": cancellation,
    "near poles and ends": poles, "at and near kinks": kinks, "ties": ties,
    "single precision": single,
}  # fmt: skip


class Count(NamedTuple):
    """What came of some checks."""

    alarms: list[str]
    inconclusive: int  #: checks in which some entry was left open
    open_entries: int
    entries: int
    seconds: float


def count(task: tuple[str, int, int, int]) -> Count:
    """Check the problems of one family with the numbers from first to last."""
    family, seed, first, last = task
    number = list(FAMILIES).index(family)
    alarms: list[str] = []
    inconclusive = left_open = entries = 0
    began = time.perf_counter()
    for k in range(first, last):
        with np.errstate(all="ignore"):
            problem = FAMILIES[family](np.random.default_rng([seed, number, k]))
            try:
                report = check_vjp(problem.f, problem.vjp, *problem.args, seed=k)
            except GradientError as error:
                alarms.append(f"{family} {k}, {problem.name} at {problem.args}: {error}")
            else:
                inconclusive += report.inconclusive > 0
                left_open += report.inconclusive
                entries += report.entries + report.inconclusive + report.nonsmooth
    return Count(alarms, inconclusive, left_open, entries, time.perf_counter() - began)


def table(counts: dict[str, tuple[int, Count]]) -> str:
    """A Markdown table, with a row for each family and one for all."""
    lines = [
        "| correct gradients | checks | entries | false alarms | inconclusive | open entries |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    everything = [0] * 5
    for family, (checks, c) in counts.items():
        row = [checks, c.entries, len(c.alarms), c.inconclusive, c.open_entries]
        everything = [a + b for a, b in zip(everything, row, strict=True)]
        lines.append(f"| {family} | " + " | ".join(f"{n:,}" for n in row) + " |")
    lines.append("| **all** | " + " | ".join(f"**{n:,}**" for n in everything) + " |")
    return "\n".join(lines)


LEGEND = """\
`python benchmarks/false_alarms.py --checks {} --seed {}` checks gradients that are right.
A false alarm is an error raised for one of them. A check is inconclusive if finite differences
could not settle every one of its entries; these are open then, neither passed nor failed.

"""


def main() -> None:
    """Count, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checks", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", help="a file for the table")
    options = parser.parse_args()
    checks = -(-options.checks // len(FAMILIES))
    counts = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for family in FAMILIES:
            ends = np.linspace(0, checks, 8 * options.jobs + 1).astype(int).tolist()
            tasks = [(family, options.seed, *pair) for pair in itertools.pairwise(ends)]
            parts = list(pool.map(count, tasks))
            total = Count(*(sum(column, type(column[0])()) for column in zip(*parts, strict=True)))
            counts[family] = checks, total
            milliseconds = 1e3 * total.seconds / checks
            print(f"{family}: {len(total.alarms)} false alarms, {total.inconclusive} inconclusive "
                  f"of {checks}, {milliseconds:.1f} ms a check", flush=True)  # fmt: skip
            for alarm in total.alarms[:5]:
                print("  " + alarm.replace("\n", "\n  "))
    text = LEGEND.format(options.checks, options.seed) + table(counts) + "\n"
    print("\n" + text)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
