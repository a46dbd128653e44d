"""SciPy's functions, and rows of those whose derivative is known in some arguments only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# The ufuncs themselves: scipy.special hides some behind Python functions of the same name.
from scipy.special import _ufuncs as sp

from tinygrad_edu.engine.rule import local, title

__all__ = ["partly", "real_only", "sp"]

Derivative = Callable[..., Any] | complex | str


def partly(op: Any, *derivatives: Derivative) -> None:
    """Register local derivatives, where a name stands for an argument in which there is none.

    A Tensor is refused in such an argument: without a derivative it would count as a constant,
    and its gradient would be wrong without a word.
    """
    missing = {place: name for place, name in enumerate(derivatives) if isinstance(name, str)}

    def arguments(*operands: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for place, name in missing.items():
            if place < len(operands) and hasattr(operands[place], "__tensor_function__"):
                raise TypeError(
                    f"{title(op)} of a Tensor in its argument {name}: no derivative here in "
                    f"{name}; pass its value, t.data, if it is a constant, or give the function a "
                    "derivative with `custom`"
                )
        return tuple(
            np.asarray(operand) if isinstance(operand, list | tuple) else operand
            for operand in operands
        ), {}

    arguments.missing = missing  # type: ignore[attr-defined]  # for who prints the row
    local(op, *(None if isinstance(d, str) else d for d in derivatives), arguments=arguments)


def real_only(name: str, x: Any) -> Any:
    """`x`, of a function that is no differentiable function of complex numbers."""
    if np.iscomplexobj(x):
        raise TypeError(
            f"scipy.special.{name} of a complex Tensor: its scale is an absolute value, so it has "
            "no complex derivative; scale the function without the e yourself"
        )
    return x
