"""An array as a small picture: blue where positive, orange where negative, its zero pale.

Of complex numbers it shows the moduli, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.kit.palette import HEAT_STEPS
from tinygrad_edu.kit.text import number

__all__ = ["Heatmap", "heatmap"]

MOST = 8  # cells along an axis
NAN, PLUS, MINUS = "?", "+", "−"  # the marks in cells that hold no finite number


@dataclass(frozen=True)
class Heatmap:
    """Rows of cells, each a level between -HEAT_STEPS and HEAT_STEPS or a mark; and captions."""

    rows: list[list[int | str]]
    caption: str  # the largest magnitude of a finite element, and whether it is a modulus
    warning: str  # how many elements are not finite


def heatmap(values: Any, most: int = MOST) -> Heatmap:
    """The heatmap of an array; of one with over two axes, its first ones are laid in one column.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.drawing.heatmap import heatmap
    >>> heatmap(np.array([[1.0, -0.5], [np.nan, 0.0]]))
    Heatmap(rows=[[6, -3], ['?', 0]], caption='±1', warning='1 NaN')
    >>> heatmap(np.array([3 + 4j, -2.5]))
    Heatmap(rows=[[6, 3]], caption='modulus ≤ 5', warning='')
    """
    values, sign = np.asarray(values), "±"
    if values.dtype.kind == "c":
        values, sign = _moduli(values), "modulus ≤ "
    values = values.astype(float)
    # Counted, as NumPy can't tell how many rows of no elements there are.
    many, columns = math.prod(values.shape[:-1]), values.shape[-1] if values.ndim else 1
    grid = values.reshape(many, columns)
    finite = np.isfinite(grid)
    largest = float(np.max(np.abs(grid), where=finite, initial=0.0))
    rows = [
        [_cell(cell, largest) for cell in _pieces(block, most, axis=1)]
        for block in _pieces(grid, most, axis=0)
    ]
    counts = (
        (int(np.isnan(grid).sum()), "NaN"),
        (int(np.isposinf(grid).sum()), "∞"),
        (int(np.isneginf(grid).sum()), "−∞"),
    )
    warning = ", ".join(f"{count} {name}" for count, name in counts if count)
    return Heatmap(rows, f"{sign}{number(largest)}" if finite.any() else "", warning)


def _moduli(values: Any) -> Any:
    """The absolute values, NaN wherever a part is NaN: numpy.abs(nan + inf j) is inf."""
    return np.where(np.isnan(values), np.nan, np.abs(values))


def _pieces(grid: Any, most: int, axis: int) -> list[Any]:
    return np.array_split(grid, min(most, grid.shape[axis]), axis=axis) if grid.size else []


def _cell(cell: Any, largest: float) -> int | str:
    """What a pooled cell shows: no finite number if there is one, else the largest magnitude."""
    if np.isnan(cell).any():
        return NAN
    if np.isinf(cell).any():
        return PLUS if np.isposinf(cell).any() else MINUS
    signed = cell.flat[np.argmax(np.abs(cell))]
    if signed == 0:
        return 0
    level = max(1, round(abs(float(signed)) / largest * HEAT_STEPS))  # only zero is pale
    return level if signed > 0 else -level
