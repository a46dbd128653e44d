"""What rounding does to a comparison: what it excuses, what it leaves open, and what is 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.testing.comparison import FEW, Comparison
from tinygrad_edu.testing.numerical import along, settled, slopes_from_afar
from tinygrad_edu.testing.watched import close_by, product

__all__ = ["allow_for_rounding"]


def allow_for_rounding(comparison: Comparison) -> None:
    """Judge anew what is open, or seems to be wrong, in case it is so by rounding alone."""
    with np.errstate(all="ignore"):
        if np.any(comparison.wrong | comparison.doubtful):
            _settle_zeros(comparison)
        if np.any(comparison.wrong):
            _excuse(comparison)


def _settle_zeros(c: Comparison) -> None:
    """What is 0 but for rounding counts as 0, if its error is small beside the others'.

    Such is the derivative of what is always 1, as the diagonal of a table of correlations; or
    of the first column of Q in others of a matrix. A small one that is not that is about the
    same at points close by, and is left open.
    """
    size, moved = np.abs(c.analytic), np.zeros(c.analytic.shape)
    for k in range(8):  # rounding is a whole number of units: two may be the same
        there = c.derivative.moved(close_by(c.problem.vector, 2.0**-16, c.rng))
        if there is not None:
            found = there.analytic(c.directions, c.cotangents).value
            moved = np.fmax(moved, np.abs(found - c.analytic))
        if k >= 2 and not np.any((c.wrong | c.doubtful) & (moved < 0.1 * size)):
            break
    value = np.maximum(np.abs(c.problem(c.problem.vector)), c.problem.usual)
    value = value / c.found.span
    beside = np.fmax(c.by_rule.beside, product(value, c.weights))
    rounding = 2.0**12 * c.derivative.precision * beside
    other = moved >= 0.1 * size  # than close by
    alone = other & (size <= rounding)
    c.tolerance += np.where(alone, 8 * size, 0)
    c.doubtful &= ~(alone & (c.error <= 1e-10 * beside))
    # With nothing beside it but other outputs, or nothing at all, nobody knows.
    nothing = size <= np.max(rounding, initial=0.0)
    nothing |= _flat(c)
    c.doubtful |= (size > 0) & other & ~alone & nothing & ~c.nonsmooth
    c.judge()


def _flat(c: Comparison) -> Any:
    """Where no step changes anything."""
    return product((c.found.value != 0) | (c.found.change != 0), c.weights) == 0


def _excuse(c: Comparison) -> None:
    """Allow for what rounding does to the arguments, and leave open what is nothing else.

    The determinant of a matrix of rank 1 has a gradient of rounding alone, and ``(1e20 + x) -
    1e20`` is the same for all x that are not large.
    """
    flat = _flat(c)
    size = np.maximum(np.abs(c.analytic), np.abs(c.numerical))
    alarms, moved = c.wrong.copy(), np.zeros(c.found.value.shape)
    for k in range(4):
        moved = np.maximum(moved, _sensitivity(c))
        allowed = 2 * product(moved, c.weights)
        left = alarms & ~(c.apart <= c.tolerance + allowed)
        lost = allowed > 0.1 * np.maximum(c.apart, size)  # it is rounding, and little else
        unsettled = lost if c.coarse else ~settled(size, size, allowed, c.change)
        if k and not np.any(left & (flat | unsettled)):
            break
    left &= ~(unsettled & lost)
    c.doubtful |= alarms & ~left & unsettled
    c.tolerance += allowed
    if np.any(left & flat):
        far = slopes_from_afar(c.problem.stepped, c.problem.vector, c.directions)
        there = product(far, c.cotangents)
        lost = left & flat & (np.abs(c.analytic - there) <= 0.1 * np.abs(there))
        n = len(c.problem.vector)
        if 1 < n <= FEW:  # products go with the square of a step along a combination
            lost[n:] |= flat[n:] & np.all(lost[:n] | ~left[:n], axis=0)
        c.doubtful |= lost
    c.judge()


def _sensitivity(c: Comparison) -> Any:
    """How far the derivatives move when rounding moves the arguments, by 32 units or so.

    Infinitely far, where it makes noise of what was smooth.
    """
    x = close_by(c.problem.vector, 32 * c.derivative.precision, c.rng)
    there = along(c.problem.stepped, x, c.directions)
    change = np.abs(there.value - c.found.value) + there.error
    return np.where(np.isfinite(there.value), change, 0)
