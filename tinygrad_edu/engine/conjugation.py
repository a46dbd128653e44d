"""Complex results: what the backward pass has to do besides the transpose.

The gradient of a real loss L in a complex z is ``dL / d Re z + i dL / d Im z``, so that
``z - rate * gradient`` descends. If ``w = f(z)`` has the derivative ``J`` (``dw = J dz``), then the
gradient in z is ``J^H g``, the conjugate transpose. A rule knows the transpose, ``g -> J^T g``, and
``J^H g = conj(J^T conj(g))``: so the cotangent is conjugated before the rule, and after it what the
rule gives, and no rule has a conjugate of its own.

Source: Kreutz-Delgado (2009), "The complex gradient operator and the CR-calculus".
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_edu.engine.unbroadcast import times

__all__ = ["ConjugatedAround"]


class ConjugatedAround:
    """The rules of a row, by place, each conjugated around."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def __getitem__(self, place: int) -> Any:
        derivative = self.row.derivatives[place]
        return None if derivative is None else functools.partial(_around, self.row, derivative)

    def __len__(self) -> int:
        return len(self.row.derivatives)


def _around(row: Any, rule: Any, g: Any, out: Any, *args: Any, **params: Any) -> Any:
    if row.lead == 1:  # elementwise: a local derivative
        slope = rule(out, *args) if callable(rule) else rule
        return times(g, np.conj(slope))
    carried = rule(np.conj(g), out, *args, **params)
    return [np.conj(each) for each in carried] if row.sequence else np.conj(carried)
