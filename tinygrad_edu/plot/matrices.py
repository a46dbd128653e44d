"""Weights as heatmaps: orange where negative, pale at zero, blue where positive."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.kit.palette import LIGHT
from tinygrad_edu.nn import Module
from tinygrad_edu.plot.axes import as_it_is, axes_for
from tinygrad_edu.plot.colours import ink_on, value_scale
from tinygrad_edu.tensor.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["weights"]

_MOST_NUMBERS = 100  # cells that have room for a number
_MOST_SHAPES = 4096  # cells that are drawn one by one, so that they stay sharp at any size
_GAP = 0.5  # between two matrices, in cells

Placed = list[tuple[float, float, Any]]  # where a matrix begins: row, column


def weights(
    parameters: Any, ax: Axes | None = None, *, limit: float | None = None, key: bool = True
) -> Axes:
    """Draw a matrix, or all the parameters of a module, as cells coloured by their values.

    Blue is positive, orange negative, and zero is pale, on one scale for all. The modules within a
    module stand side by side, with the weights of each above its bias: of a layer, a column is a
    neuron, and a row an input. Where there are few cells, their values are written into them. A
    value that is not finite is marked with ?, + or −.

    Parameters
    ----------
    parameters : Tensor, array_like or Module
        Of at most two axes each.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a new figure without it.
    limit : float, optional
        The value with the deepest colour; the largest magnitude without it. Give the same one to
        pictures that are to be compared.
    key : bool
        Whether to show what the colours mean.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If there are no values, one has more than two axes, or the limit is not positive.
    TypeError
        If the values are not real numbers.

    Examples
    --------
    >>> from tinygrad_edu import nn, plot
    >>> ax = plot.weights(nn.TwoLayerNetwork(2, hidden=3, seed=0))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['hidden', 'output']
    """
    name = "plot.weights"
    placed, columns, rows = _table(name, parameters)
    values = np.concatenate([matrix.ravel() for _, _, matrix in placed])
    limit = _limit(name, values, limit)
    height = max(top + len(matrix) for top, _, matrix in placed)
    width = max(left + matrix.shape[1] for _, left, matrix in placed)
    cell = min(0.6, 10 / width, 8 / height)
    ax = axes_for(name, ax, (max(4.0, 2.4 + cell * width), max(2.4, 1.0 + cell * height)))
    _draw_cells(ax, placed, limit, len(values))
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    if max(width, height) <= 4 * min(width, height):
        ax.set_aspect("equal")
    _name_axes(ax, columns, rows)
    if key:
        _draw_key(ax, values, limit)
    return ax


def _table(name: str, parameters: Any) -> tuple[Placed, dict[str, float], dict[str, float]]:
    """Where each matrix stands; and the middles of the columns and the rows that have names."""
    if not isinstance(parameters, Module):
        return [(0.0, 0.0, _matrix(name, "the array", parameters))], {}, {}
    cells: dict[tuple[str, str], Any] = {}
    for path, parameter in parameters.named_parameters():
        module, _, word = path.rpartition(".")
        cells[word, module or type(parameters).__name__] = _matrix(name, path, parameter)
    if not cells:
        raise ValueError(f"{name}: the module has no parameters")
    words, modules = ({place[axis]: None for place in cells} for axis in (0, 1))
    heights = [max(len(m) for (w, _), m in cells.items() if w == word) for word in words]
    widths = [max(m.shape[1] for (_, g), m in cells.items() if g == group) for group in modules]
    tops, lefts = _starts(words, heights), _starts(modules, widths)
    bottoms = dict(zip(words, heights, strict=True))
    placed = [
        (tops[word] + bottoms[word] - len(matrix), lefts[module], matrix)
        for (word, module), matrix in cells.items()
    ]
    return placed, _middles(lefts, widths), _middles(tops, heights)


def _starts(names: Any, sizes: list[int]) -> dict[str, float]:
    ends = np.cumsum([size + _GAP for size in sizes])
    return dict(zip(names, [0.0, *ends[:-1].tolist()], strict=True))


def _middles(starts: dict[str, float], sizes: list[int]) -> dict[str, float]:
    pairs = zip(starts.items(), sizes, strict=True)
    return {name: start + (size - 1) / 2 for (name, start), size in pairs}


def _matrix(name: str, what: str, values: Any) -> Any:
    values = np.atleast_1d(values.data if isinstance(values, Tensor) else np.asarray(values))
    if values.ndim > 2 or values.size == 0:
        raise ValueError(
            f"{name}: {what} has shape {values.shape}; a matrix with elements is needed: choose "
            "one, as in w[0], or reshape it"
        )
    if values.dtype.kind not in "biuf":
        remedy = "; draw its .real, .imag or np.abs" if values.dtype.kind == "c" else ""
        raise TypeError(f"{name}: {what} has dtype {values.dtype}, not real numbers{remedy}")
    return np.atleast_2d(values).astype(float)


def _limit(name: str, values: Any, limit: float | None) -> float:
    if limit is None:
        return float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0)) or 1.0
    if not 0 < limit < math.inf:
        raise ValueError(f"{name}: limit={limit} is no positive number")
    return float(limit)


def _draw_cells(ax: Axes, placed: Placed, limit: float, count: int) -> None:
    few = count <= _MOST_NUMBERS
    for top, left, matrix in placed:
        (rows, columns), finite = matrix.shape, np.isfinite(matrix)
        mesh = ax.pcolormesh(
            left + np.arange(columns + 1) - 0.5,
            top + np.arange(rows + 1) - 0.5,
            np.where(finite, matrix, 0.0),
            cmap=value_scale(),
            vmin=-limit,
            vmax=limit,
            edgecolors=LIGHT["paper"] if few else "face",
            linewidth=0.8 if few else 0.4,
            rasterized=count > _MOST_SHAPES,
        )
        colours = mesh.to_rgba(np.where(finite, matrix, 0.0))
        for row, column in np.argwhere(few | ~finite).tolist():
            ax.text(
                left + column,
                top + row,
                _text(float(matrix[row, column])),
                color=ink_on(colours[row, column, :3]),
                fontsize=8,
                ha="center",
                va="center",
            )


def _text(value: float) -> str:
    """At most five characters, and a mark for what is not finite."""
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "+" if value > 0 else "−"
    size = abs(value)
    if value == 0:
        text = "0"
    elif 0.0095 <= size < 999.5:
        text = f"{value:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"
    else:
        mantissa, exponent = f"{value:.0e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def _name_axes(ax: Axes, columns: dict[str, float], rows: dict[str, float]) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    if columns:
        ax.set_xticks(list(columns.values()), [as_it_is(name) for name in columns])
        ax.set_yticks(list(rows.values()), [as_it_is(name) for name in rows])
        ax.xaxis.tick_top()
        return
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.set(xlabel="column", ylabel="row")


def _draw_key(ax: Axes, values: Any, limit: float) -> None:
    marks = {"NaN (?)": np.isnan(values), "∞ (+)": values == np.inf, "−∞ (−)": values == -np.inf}
    told = [f"{int(places.sum())} {mark}" for mark, places in marks.items() if places.any()]
    beyond = (np.isfinite(values) & (np.abs(values) > limit)).any()
    bar = ax.figure.colorbar(
        ax.collections[0],
        ax=ax,
        label="\n".join(["value", *told]),
        extend="both" if beyond else "neither",
        shrink=0.9,
    )
    bar.outline.set_visible(False)
