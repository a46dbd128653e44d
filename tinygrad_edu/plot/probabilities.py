"""What a classifier says of the points of a plane: the probability of each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.context import no_grad
from tinygrad_edu.nn import sigmoid, softmax
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Examples", "Grid", "checked_examples", "grid_around", "probabilities"]

_ROUNDING = 1e-5  # of probabilities in single precision
_MARGIN = 0.1  # on each side, as a part of what the inputs span


class Examples(NamedTuple):
    """Inputs, two numbers each, and the class of each, counted from 0."""

    inputs: Any
    labels: Any


class Grid(NamedTuple):
    """Points in rows and columns, in the middle of equal cells: first and second coordinate."""

    x: Any
    y: Any

    def points(self) -> Any:
        """All of them, as inputs of shape ``(rows · columns, 2)``, row by row."""
        return np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)

    def extent(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the cells begin and end, along x and along y."""
        halves = ((axis, (axis[1] - axis[0]) / 2) for axis in self)
        (x0, x1), (y0, y1) = ((axis[0] - half, axis[-1] + half) for axis, half in halves)
        return (float(x0), float(x1)), (float(y0), float(y1))


def checked_examples(name: str, inputs: Any, targets: Any) -> Examples:
    """The examples, if they are points of a plane with classes."""
    inputs, targets = _plain(inputs), _plain(targets)
    if inputs.ndim != 2 or inputs.shape[1] != 2 or len(inputs) == 0:
        raise ValueError(
            f"{name}: inputs have shape {inputs.shape}, and a plane is drawn: they need the shape "
            "(n, 2); of more inputs choose two, and let a function of them fill in the others"
        )
    if inputs.dtype.kind not in "biuf" or not np.isfinite(inputs).all():
        raise ValueError(f"{name}: inputs must be finite real numbers")
    return Examples(inputs.astype(float), _labels(name, targets, len(inputs)))


def grid_around(inputs: Any, resolution: int) -> Grid:
    """A grid over all the inputs and a margin, with `resolution` points along each side."""
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    span = high - low
    span = np.where(span > 0, span, np.maximum(1.0, np.abs(high)))
    low, high = low - _MARGIN * span, high + _MARGIN * span
    middles = (np.arange(resolution) + 0.5) / resolution
    return Grid(*(low + (high - low) * middles[:, None]).T)


def probabilities(
    name: str, model: Callable[[Any], Any], points: Any, labels: Any, logits: bool
) -> Any:
    """The probability of each class at each point, of shape ``(n, classes)``."""
    with no_grad():
        out = _outputs(name, _plain(model(points)), points)
    one = out.shape[1] == 1
    if logits:
        out = sigmoid(out) if one else softmax(out, axis=1)
    else:
        _refuse_others(name, out)
    out = np.clip(out, 0.0, 1.0)
    out = np.hstack([1 - out, out]) if one else out
    if labels.max() >= out.shape[1]:
        raise ValueError(
            f"{name}: target {labels.max()} is no class: the model's output tells "
            f"{out.shape[1]} classes, 0 to {out.shape[1] - 1}"
        )
    return out


def _plain(data: Any) -> Any:
    return data.data if isinstance(data, Tensor) else np.asarray(data)


def _labels(name: str, targets: Any, count: int) -> Any:
    """The class of each example, of labels or of rows with a single 1."""
    if targets.shape == (count, 1):
        targets = targets[:, 0]
    elif targets.ndim == 2 and len(targets) == count and targets.shape[1] > 1:
        if not (np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all()):
            raise ValueError(f"{name}: a row of targets of shape {targets.shape} has a single 1")
        targets = targets.argmax(axis=1)
    if targets.shape != (count,):
        raise ValueError(
            f"{name}: targets have shape {targets.shape}; {count} inputs need the shape "
            f"({count},), a class each, or ({count}, classes), a single 1 in each row"
        )
    whole = targets.dtype.kind in "biuf" and np.isfinite(targets).all()
    if not whole or (targets != np.floor(targets)).any() or targets.min() < 0:
        raise ValueError(
            f"{name}: targets are classes, whole numbers from 0; for names write "
            "np.unique(targets, return_inverse=True)[1]"
        )
    return targets.astype(int)


def _outputs(name: str, out: Any, points: Any) -> Any:
    """The model's outputs, of shape ``(n, 1)`` or ``(n, classes)``, if they are finite numbers."""
    if out.ndim not in (1, 2) or len(out) != len(points) or out.size == 0:
        raise ValueError(
            f"{name}: of {len(points)} points the model made an output of shape {out.shape}; it "
            "must be one row a point: one number, or one for each class"
        )
    if out.dtype.kind not in "biuf":
        raise ValueError(f"{name}: the model's outputs have dtype {out.dtype}, not real numbers")
    out = out.astype(float).reshape(len(points), -1)
    if not np.isfinite(out).all():
        row = int(np.argwhere(~np.isfinite(out))[0, 0])
        raise ValueError(f"{name}: the output is {out[row].tolist()} at {points[row].tolist()}")
    return out


def _refuse_others(name: str, out: Any) -> None:
    """Raise ValueError if these are no probabilities: a boundary of them would be a wrong one."""
    low, high = float(out.min()), float(out.max())
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise ValueError(
            f"{name}: the model's outputs go from {low:.3g} to {high:.3g}, so they are no "
            "probabilities; if it makes logits, say logits=True; else pass a function that makes "
            "probabilities of its outputs"
        )
    sums = out.sum(axis=1)
    farthest = float(sums[np.abs(sums - 1).argmax()])
    if out.shape[1] > 1 and abs(farthest - 1) > _ROUNDING:
        raise ValueError(
            f"{name}: the outputs for a point add up to {farthest:.3g}, and probabilities of "
            "classes to 1; if they are logits, say logits=True"
        )
