"""The plane as a classifier sees it: a region for each class, and the examples on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.plot.axes import as_it_is, axes_for, legend
from tinygrad_edu.plot.colours import MARKERS, SERIES, class_colours
from tinygrad_edu.plot.probabilities import (
    Examples,
    Grid,
    checked_examples,
    grid_around,
    probabilities,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_names", "decision_boundary", "heights", "leads", "refuse_threshold", "shading"]

_PALEST, _DEEPEST = 0.10, 0.62  # how opaque a region is where the model is unsure, and sure


def decision_boundary(
    model: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    ax: Axes | None = None,
    *,
    logits: bool = False,
    threshold: float = 0.5,
    classes: Sequence[str] | None = None,
    resolution: int = 200,
    key: bool = True,
) -> Axes:
    """Draw which class a model gives to each point of a plane, and how sure it is.

    A region is as deep in colour as the model is sure: pale where two classes are about as likely.
    A line runs where they are equally likely; with two classes, where the probability of class 1
    is `threshold`. The examples have the colour and the marker of their own class, so one in a
    region of another colour is one that the model gets wrong.

    Parameters
    ----------
    model : callable
        A module, or any function of rows of shape ``(n, 2)``. It gives one number a row, which is
        the probability of class 1; or one for each class.
    inputs : array_like, shape (n, 2)
        The examples; the plane is drawn around them.
    targets : array_like
        Their classes: whole numbers from 0, of shape ``(n,)`` or ``(n, 1)``; or rows with a single
        1, of shape ``(n, classes)``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a new figure without it.
    logits : bool
        Whether the model's outputs still have to go into a sigmoid, or a softmax, to be
        probabilities.
    threshold : float
        With two classes: from which probability on a point belongs to class 1. The probability is
        that after the sigmoid, also for logits.
    classes : sequence of str, optional
        Their names, for the key.
    resolution : int
        At how many points along each side the model is asked.
    key : bool
        Whether to show what the colours mean.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If a shape is another, the outputs are no probabilities, or a target is no class.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import nn, plot
    >>> inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> either = nn.Neuron([10, 10], -5)
    >>> ax = plot.decision_boundary(either, inputs, [0, 1, 1, 1])
    >>> ax.get_xlabel()
    'input 1'
    """
    name = "plot.decision_boundary"
    examples = checked_examples(name, inputs, targets)
    _refuse_resolution(name, resolution)
    grid = grid_around(examples.inputs, resolution)
    p = probabilities(name, model, grid.points(), examples.labels, logits)
    p = p.reshape(resolution, resolution, -1)
    count = p.shape[-1]
    names = class_names(name, classes, count)
    refuse_threshold(name, threshold, count)
    own, ax = ax is None, axes_for(name, ax, (6.2, 4.8))
    _draw_regions(ax, grid, p, threshold)
    _draw_points(ax, examples, names)
    ax.set(xlabel="input 1", ylabel="input 2")
    if key:
        title = "the deeper the colour, the surer the model"
        legend(ax, own=own, place="upper center", columns=min(count, 4), title=title)
    return ax


def leads(p: Any, threshold: float) -> Any:
    """How far each class is ahead of the best other one: from −1 to 1, and 0 at its boundary.

    Parameters
    ----------
    p : array, shape (..., classes)
        Probabilities.
    threshold : float
        With two classes, the probability of class 1 at which neither is ahead.
    """
    if p.shape[-1] == 2:
        ahead = p[..., 1] - threshold
        ahead = np.where(ahead >= 0, ahead / (1 - threshold), ahead / threshold)
        return np.stack([-ahead, ahead], axis=-1)
    ordered = np.sort(p, axis=-1)
    best, second = ordered[..., -1:], ordered[..., -2:-1]
    return p - np.where(p == best, second, best)


def heights(p: Any, threshold: float) -> list[Any]:
    """Functions that are 0 at the boundaries: one for each class, and of two classes only one."""
    if p.shape[-1] == 2:  # not the lead: it has a kink at the threshold, which would shift the line
        return [p[..., 1] - threshold]
    return list(np.moveaxis(leads(p, threshold), -1, 0))


def shading(lead: Any) -> Any:
    """The colour of each point, with red, green, blue and opacity from 0 to 1."""
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(colour) for colour in class_colours(lead.shape[-1])])
    # Of equals the last one: with two classes, class 1 begins at the threshold itself.
    winner = lead.shape[-1] - 1 - lead[..., ::-1].argmax(axis=-1)
    opacity = _PALEST + (_DEEPEST - _PALEST) * lead.max(axis=-1)
    return np.concatenate([colours[winner], opacity[..., None]], axis=-1)


def _draw_regions(ax: Axes, grid: Grid, p: Any, threshold: float) -> None:
    """Transparent colours, so that they suit a light page and a dark one; and the lines between."""
    (left, right), (bottom, top) = grid.extent()
    extent = (left, right, bottom, top)
    ax.imshow(shading(leads(p, threshold)), origin="lower", extent=extent, aspect="auto", zorder=0)
    for height in heights(p, threshold):
        if height.min() < 0 < height.max():
            line = ax.contour(grid.x, grid.y, height, levels=[0.0], linewidths=1.6, zorder=1)
            line.set_edgecolor(ax.xaxis.label.get_color())


def _draw_points(ax: Axes, examples: Examples, names: Sequence[str]) -> None:
    colours = class_colours(len(names))
    for k, label in enumerate(names):
        x, y = examples.inputs[examples.labels == k].T
        look: Any = {"s": 32, "edgecolors": "white", "linewidths": 0.8}
        ax.scatter(x, y, color=colours[k], marker=MARKERS[k], label=as_it_is(label), **look)


def class_names(name: str, classes: Sequence[str] | None, count: int) -> list[str]:
    """The names of the classes, if there is one for each, and a colour."""
    if count > len(SERIES):
        raise ValueError(f"{name}: there are colours for {len(SERIES)} classes, not for {count}")
    if classes is not None and len(classes) != count:
        raise ValueError(
            f"{name}: classes names {len(classes)}, and the model's output tells {count}"
        )
    return [f"class {k}" for k in range(count)] if classes is None else list(map(str, classes))


def _refuse_resolution(name: str, resolution: Any) -> None:
    if not isinstance(resolution, int | np.integer) or resolution < 2:
        raise ValueError(f"{name}: resolution={resolution!r} is no whole number of at least 2")


def refuse_threshold(name: str, threshold: float, count: int) -> None:
    """Raise ValueError if there is no probability, or no use, that the threshold could be."""
    if not 0 < threshold < 1:
        raise ValueError(
            f"{name}: threshold={threshold} is no probability between 0 and 1; for a threshold t "
            "of a logit z, where σ(z) is drawn, write nn.sigmoid(t)"
        )
    if count != 2 and threshold != 0.5:
        raise ValueError(f"{name}: threshold={threshold} is for two classes, not for {count}")
