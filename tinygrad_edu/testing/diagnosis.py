"""What is likely the matter with a wrong derivative: what a colleague would look for first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.testing.problem import Problem

__all__ = ["KINK", "Evidence", "diagnose"]

KINK = (
    "at a kink, where it must be a mixture of the gradients around; where elements tie, their "
    "shares have to add up to that of one"
)
_SINGLE = float(np.finfo(np.float32).eps)


@dataclass
class Evidence:
    """The derivatives in single inputs: a row an input, a column a cotangent."""

    problem: Problem
    inputs: Any  #: the position of each row's input in the vector
    cotangents: Any
    mirrored: Any  #: by rule, the derivative in the transposed place; NaN where there is none
    analytic: Any
    numerical: Any
    tolerance: Any
    wrong: Any
    kinks: Any  #: where there is no derivative, only subgradients

    @property
    def bad(self) -> Any:
        """Which rows have a wrong derivative."""
        return np.any(self.wrong, axis=1)

    @property
    def x(self) -> Any:
        """The value of each row's input."""
        return self.problem.vector[self.inputs]

    @property
    def arrays(self) -> Any:
        """Which of the varying arrays each row's input belongs to."""
        return np.array([self.problem.place(int(k))[0] for k in self.inputs])


def diagnose(evidence: Evidence) -> str:
    """What is likely the matter, or nothing."""
    if not np.any(evidence.wrong):
        return ""
    found = [_first(_VALUES, evidence), _first(_PLACES, evidence)]
    return "; ".join(part for part in found if part)


def _first(rules: Sequence[Callable[[Evidence], str]], evidence: Evidence) -> str:
    return next((said for rule in rules if (said := rule(evidence))), "")


def _is(evidence: Evidence, expected: Any) -> bool:
    """Whether every wrong derivative is as expected instead."""
    w = evidence.wrong & ~evidence.kinks
    with np.errstate(all="ignore"):
        near = np.abs(evidence.analytic - expected) <= 2 * evidence.tolerance * np.maximum(
            1, np.abs(expected / evidence.numerical)
        ) + 1e-6 * np.abs(expected)
    return bool(np.all(near[w]) and np.any(expected[w] != evidence.numerical[w]))


def _nonzero(e: Evidence) -> Any:
    """Where there is a derivative other than 0, beyond doubt."""
    return np.abs(e.numerical) > e.tolerance


# ---- what the wrong values are like --------------------------------------------------------------


def _zero(e: Evidence) -> str:
    if np.any(e.analytic[e.wrong]):
        return ""
    return "zero where it should not be: a path from the input to the output is lost"


def _sign(e: Evidence) -> str:
    return "-1 times what it should be: a sign" if _is(e, -e.numerical) else ""


def _conjugate(e: Evidence) -> str:
    """A wrong sign, of complex numbers, and only where an imaginary part takes part."""
    right = ~e.wrong & _nonzero(e)
    if not any(leaf.dtype.kind == "c" for leaf in e.problem.leaves) or not np.any(right):
        return ""
    if not _is(e, -e.numerical):
        return ""
    return (
        "of the wrong sign where imaginary parts meet: a conjugate is missing, or one too many; "
        "the gradient in z is d / d Re z + i d / d Im z"
    )


def _float32(e: Evidence) -> str:
    size = np.empty(e.numerical.shape)
    for k in np.unique(e.arrays):  # other arguments may have other units
        size[e.arrays == k] = np.max(np.abs(e.numerical[e.arrays == k]), axis=0)
    near = np.abs(e.analytic - e.numerical) <= 64 * _SINGLE * size
    if not np.all(near[e.wrong]) or any(leaf.dtype.itemsize < 8 for leaf in e.problem.leaves):
        return ""
    return "off by as much as float32 rounds: something in the rule is computed in single precision"


def _length(e: Evidence) -> str:
    for length, name in _lengths(e):
        if length == 2 and _is(e, 2 * e.numerical):
            return f"twice what it should be: a path counted twice, or a sum for a mean over {name}"
        if length == 2 and _is(e, e.numerical / 2):
            return (
                "half of what it should be: one of two paths is not accumulated, or a mean for a "
                f"sum over {name}"
            )
        if _is(e, e.numerical / length):
            return f"1/{length} of what it should be, as a mean for a sum over {name}"
        if _is(e, e.numerical * length):
            return f"{length} times what it should be, as a sum for a mean over {name}"
    return ""


def _lengths(e: Evidence) -> Iterator[tuple[int, str]]:
    """The axes that a sum or a mean can have been taken over, and how long they are."""
    named = [(a, leaf.shape) for a, leaf in zip(e.problem.labels, e.problem.leaves, strict=True)]
    named.append(("the output", e.problem.output_shape))
    for label, shape in named:
        for axis, length in enumerate(shape):
            if length > 1:
                yield length, f"axis {axis} of {label}, which has that length"
    for label, shape in named:
        if len(shape) > 1 and math.prod(shape) > 1:
            yield math.prod(shape), f"all of {label}, which has that size"


def _twice(e: Evidence) -> str:
    if _is(e, 2 * e.numerical):
        return "twice what it should be: a factor 2, or a path counted twice"
    if _is(e, e.numerical / 2):
        return "half of what it should be: a factor 2, or one of two paths is not accumulated"
    return ""


def _factor(e: Evidence) -> str:
    with np.errstate(all="ignore"):
        ratios = (e.analytic / e.numerical)[e.wrong & (e.numerical != 0)]
    if len(ratios) > 1 and np.all(np.isfinite(ratios)) and np.ptp(e.numerical[e.wrong]) > 0:
        ratio = float(np.median(ratios))
        if ratio and _is(e, ratio * e.numerical):
            return f"{ratio:.6g} times what it should be, wherever it is wrong: a constant factor"
    return ""


def _transposed(e: Evidence) -> str:
    if _mirrors(e):
        return "that of the transposed place: a transpose is missing, or too many"
    if _is_transposed_jacobian(e):
        return "equal to the transposed Jacobian: J g where it should be Jᵀ g"
    return ""


def _is_transposed_jacobian(e: Evidence) -> bool:
    """Whether the rule's derivatives, all of them known, are the right ones transposed."""
    n = e.problem.size
    units = e.cotangents[:, :n]
    if not (np.array_equal(e.inputs, np.arange(n)) and np.array_equal(units, np.eye(n))):
        return False
    analytic, numerical, wrong = (part[:, :n] for part in (e.analytic, e.numerical, e.wrong))
    allowed = 4 * e.tolerance[:, :n]
    allowed = np.maximum(allowed, allowed.T) + 1e-6 * np.abs(numerical.T)
    swapped = np.abs(analytic - numerical.T) <= allowed
    symmetric = np.abs(numerical - numerical.T) <= allowed
    return bool(np.all(swapped) and np.any(wrong) and not np.any(symmetric[wrong]))


def _mirrors(e: Evidence) -> bool:
    """Whether what the rule gives at (j, i) is what it should give at (i, j), wherever known."""
    known = np.isfinite(e.mirrored)
    apart = np.abs(e.mirrored - e.numerical)[known]
    allowed = (4 * e.tolerance + 1e-6 * np.abs(e.numerical))[known]
    return bool(np.any(known & e.wrong) and np.all(known[e.bad]) and np.all(apart <= allowed))


# ---- where the wrong values are ------------------------------------------------------------------


def _signs(e: Evidence) -> str:
    alike = np.isin(e.arrays, e.arrays[e.bad])  # other arguments may have other units
    good, bad = e.x[~e.bad & alike], e.x[e.bad]
    if not len(good):
        return ""
    signs = {"negative": -1, "positive": 1, "0": 0}
    for name, sign in signs.items():
        if np.all(np.sign(bad) == sign) and not np.any(np.sign(good) == sign):
            return f"wrong only where the argument is {name}"
    if np.min(np.abs(bad)) > max(5.0, float(np.max(np.abs(good)))):
        return "wrong only where the argument is large: an overflow, or a loss of digits"
    return ""


def _broadcast(e: Evidence) -> str:
    arrays = e.arrays
    wrong = set(arrays[e.bad].tolist())
    shape = e.problem.output_shape
    stretched = {k for k in set(arrays.tolist()) if _stretched(e.problem.leaves[k].shape, shape)}
    if wrong <= stretched and set(arrays.tolist()) - wrong:
        names = ", ".join(
            f"{e.problem.labels[k]} {e.problem.leaves[k].shape}" for k in sorted(wrong)
        )
        return f"wrong only in {names}, which is broadcast to {shape}: sum over those axes"
    return ""


def _stretched(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return shape != to and np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _repeated(e: Evidence) -> str:
    if np.any(np.count_nonzero(e.cotangents, axis=1) != 1):
        return ""
    uses = np.count_nonzero(_nonzero(e), axis=1)
    if np.any(uses[~e.bad] > 1) or np.any(uses[e.bad] < 2) or np.any(e.analytic[e.wrong]):
        return ""
    return (
        "wrong only where an input is read more than once, as by a repeated index: add the "
        "contributions, with np.add.at, instead of assigning them"
    )


def _one_array(e: Evidence) -> str:
    wrong = set(e.arrays[e.bad].tolist())
    if len(wrong) == 1 and len(set(e.arrays.tolist())) > 1:
        return f"only in {e.problem.labels[wrong.pop()]}"
    return ""


_VALUES = [_zero, _conjugate, _transposed, _sign, _length, _twice, _float32, _factor]
_PLACES = [_broadcast, _repeated, _signs, _one_array]
