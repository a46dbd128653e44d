"""What a check says of wrong derivatives: which, by how much, and what is likely the matter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.comparison import FEW, Comparison, tolerance
from tinygrad_edu.testing.diagnosis import KINK, Evidence, diagnose
from tinygrad_edu.testing.numerical import along
from tinygrad_edu.testing.report import Entry
from tinygrad_edu.testing.watched import product

__all__ = ["raise_if_wrong", "refuse_kinks"]


def refuse_kinks(comparison: Comparison) -> None:
    """Raise if there is a place without a derivative."""
    if np.any(comparison.nonsmooth):
        entry = comparison.entry(*map(int, np.argwhere(comparison.nonsmooth)[0]))
        raise errors.SmoothnessError(
            f"{comparison.problem.name} is not smooth here, in {entry.where}: check elsewhere, or "
            "allow subgradients with kinks='subgradient'"
        )


def raise_if_wrong(comparison: Comparison) -> None:
    """Raise if any entry is wrong, naming the worst; single inputs before combinations."""
    c, wrong = comparison, comparison.wrong
    if not np.any(wrong):
        return
    single = np.count_nonzero(comparison.directions, axis=1) == 1
    rows = single if np.any(wrong[single]) else ~single
    places = np.argwhere(wrong & rows[:, None])
    with np.errstate(all="ignore"):
        excess = np.nan_to_num(comparison.apart / comparison.tolerance, nan=np.inf)
    at = tuple(places.T)  # of those that are about as bad, the largest first
    with np.errstate(all="ignore"):
        places = places[np.lexsort((-comparison.apart[at], -np.floor(np.log10(excess[at]))))]
    entries = tuple(comparison.entry(row, column) for row, column in places.tolist())
    row, column = places[0].tolist()
    v, u = comparison.directions[row], comparison.cotangents[column]
    if np.count_nonzero(u) > 1 or (np.count_nonzero(v) > 1 and len(v) > FEW):
        v, u, worst = _narrowed(comparison, v, u)
        entries = (worst, *entries[1:])
    evidence = _evidence(comparison, v)
    finite = all(np.isfinite(entry.analytic) for entry in entries)
    at_kinks = np.all(c.nonsmooth[wrong & single[:, None]]) and np.all(c.kinked[places[:, 1]])
    diagnosis = KINK if at_kinks else diagnose(evidence)
    lines = [
        f"the {comparison.derivative.result} of {comparison.problem.name} is "
        f"{'wrong' if finite else 'not finite'} at {len(entries)} of "
        f"{int(np.sum(rows)) * wrong.shape[1]} entries checked. The worst:",
        f"  {entries[0]}",
        *_others(entries),
        *_positions(evidence),
    ]
    if diagnosis:
        lines.append(f"  diagnosis: {diagnosis}")
    message = "\n".join(lines)
    if finite:
        raise errors.MismatchError(message, entries, diagnosis)
    raise errors.NonfiniteError(message, entries, diagnosis)


def _evidence(comparison: Comparison, v: Any) -> Evidence:
    """What is known of single inputs: those that were checked, and the one at fault."""
    c, problem = comparison, comparison.problem
    rows = np.flatnonzero(np.count_nonzero(c.directions, axis=1) == 1)
    inputs = np.argmax(c.directions[rows], axis=1)
    parts = [part[rows] for part in (c.analytic, c.numerical, c.tolerance, c.wrong, c.nonsmooth)]
    if np.count_nonzero(v) == 1 and np.argmax(v) not in inputs:
        found = along(problem.stepped, problem.vector, v[None])
        by_rule = c.derivative.analytic(v[None], c.cotangents).value
        numerical = product(found.value, c.cotangents)
        allowed = tolerance(product(found.error, np.abs(c.cotangents)), np.abs(by_rule))
        if c.coarse:
            allowed = np.maximum(allowed, np.max(c.tolerance, axis=0))
        wrong = ~(np.abs(by_rule - numerical) <= allowed)
        extra = (by_rule, numerical, allowed, wrong, np.zeros(wrong.shape, bool))
        parts = [np.concatenate(pair) for pair in zip(parts, extra, strict=True)]
        inputs = np.append(inputs, np.argmax(v))
    transposed = [problem.mirror(int(k)) for k in inputs]
    swapped = np.zeros((len(inputs), len(v)))
    for row, k in enumerate(transposed):
        swapped[row, k] = 1
    mirrored = c.derivative.analytic(swapped, c.cotangents).value
    mirrored[np.array(transposed) < 0] = np.nan
    return Evidence(problem, inputs, c.cotangents, mirrored, *parts)


def _others(entries: tuple[Entry, ...]) -> Iterable[str]:
    others = [entry.where for entry in entries[1:6]]
    if others:
        more = f", and {len(entries) - 6} more" if len(entries) > 6 else ""
        yield f"  also: {'; '.join(others)}{more}"


def _positions(evidence: Evidence) -> Iterable[str]:
    """A picture of which elements of an argument have a wrong derivative."""
    problem = evidence.problem
    wrong = {problem.place(k) for k in evidence.inputs[evidence.bad].tolist()}
    if problem.size > FEW:
        return
    for number, (label, leaf) in enumerate(zip(problem.labels, problem.leaves, strict=True)):
        here = [(number, index) in wrong for index in np.ndindex(leaf.shape)]
        if any(here) and leaf.ndim in (1, 2) and leaf.size > 1:
            marks = np.where(np.reshape(here, leaf.shape), "x", ".").reshape(-1, leaf.shape[-1])
            rows = [" ".join(row) for row in marks]
            yield f"  wrong in {label} of shape {leaf.shape}, at x:  {'  /  '.join(rows)}"


def _narrowed(comparison: Comparison, v: Any, u: Any) -> tuple[Any, Any, Entry]:
    """One input and one output that are wrong, where a combination of them was found to be.

    Of a combination the half with the larger difference is followed, down to one input; then the
    same for the outputs.
    """
    problem, derivative, x = comparison.problem, comparison.derivative, comparison.problem.vector

    def larger(halves: Any, apart: Any) -> Any:
        return halves[int(np.argmax(np.nan_to_num(np.abs(apart), nan=np.inf)))]

    while np.count_nonzero(v) > 1:
        halves = _halves(v)
        slopes = product(along(problem.stepped, x, halves).value, u[None])
        v = larger(halves, (slopes - derivative.analytic(halves, u[None]).value)[:, 0])
    v = (v != 0).astype(float)
    found = along(problem.stepped, x, v[None])
    while np.count_nonzero(u) > 1:
        halves = _halves(u)
        slopes = product(found.value, halves)
        u = larger(halves, (slopes - derivative.analytic(v[None], halves).value)[0])
    u = (u != 0).astype(float)
    j = int(np.argmax(u))
    analytic = float(derivative.analytic(v[None], u[None]).value[0, 0])
    where = problem.coordinate(int(np.argmax(v))) + problem.output(j)
    error = float(found.error[0, j])
    allowed = tolerance(error, abs(analytic))
    return v, u, Entry(where, analytic, float(found.value[0, j]), error, allowed)


def _halves(weights: Any) -> Any:
    """Two vectors, with half of what is not zero in each."""
    halves = np.zeros((2, len(weights)))
    for part, where in zip(halves, np.array_split(np.flatnonzero(weights), 2), strict=True):
        part[where] = weights[where]
    return halves
