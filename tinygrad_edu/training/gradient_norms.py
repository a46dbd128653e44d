"""How large the gradients of parameters are, by the names of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["distinct_names", "norms"]


def distinct_names(parameters: Sequence[Tensor]) -> list[str]:
    """A name for each: its own, if it has one that no other has; else with its position."""
    names = [parameter.name for parameter in parameters]
    return [
        name if name and names.count(name) == 1 else f"{name or 'parameter'} ({position})"
        for position, name in enumerate(names)
    ]


def norms(parameters: Sequence[Tensor]) -> list[float]:
    """``‖g‖ = sqrt(sum of |g|²)`` of the gradient g of each parameter.

    Examples
    --------
    >>> from tinygrad_edu import Tensor
    >>> from tinygrad_edu.training.gradient_norms import norms
    >>> w = Tensor([1.0, 1.0])
    >>> (w @ [3.0, 4.0]).backward()
    >>> norms([w])
    [5.0]
    """
    return [_norm(parameter.grad) for parameter in parameters]


def _norm(g: Any) -> float:
    sizes = np.abs(np.asarray(g.data if isinstance(g, Tensor) else g)).astype(float)
    largest = float(np.max(sizes, initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.sum(np.square(sizes / largest))))  # squares don't overflow
