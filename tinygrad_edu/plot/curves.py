"""Numbers over the epochs of a training: its losses, and how large the gradients were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.plot.axes import as_it_is, axes_for, legend
from tinygrad_edu.plot.colours import DASHES, series_colours
from tinygrad_edu.tensor.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gradient_norms", "loss_curve"]


def loss_curve(
    history: Any, ax: Axes | None = None, *, log: bool = False, key: bool = True
) -> Axes:
    """Draw losses over the epochs.

    A loss that is not finite is a gap in its line, marked by a cross on the axis and told in the
    legend; so is one that is not positive, on a logarithmic scale.

    Parameters
    ----------
    history : History, mapping or sequence
        What `fit` gave; or sequences of losses by their names; or one sequence of losses, an epoch
        each.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a new figure without it.
    log : bool
        Whether the losses have a logarithmic scale: then each tenth is as large as the one before.
    key : bool
        Whether to show which line is which.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If there is no loss to draw, or it is no sequence of real numbers.

    Examples
    --------
    >>> from tinygrad_edu import plot
    >>> ax = plot.loss_curve({"training": [0.7, 0.4, 0.2], "validation": [0.8, 0.6, 0.5]})
    >>> [line.get_label() for line in ax.get_lines()]
    ['training', 'validation']
    """
    name = "plot.loss_curve"
    series = _series(name, _losses(history), log)
    own, ax = ax is None, axes_for(name, ax, (6.4, 4.0))
    styles = list(zip(series_colours(len(series)), _cycled(DASHES, len(series)), strict=True))
    _draw(ax, series, styles, log)
    ax.set(xlabel="epoch", ylabel="loss (logarithmic)" if log else "loss")
    if key and (len(series) > 1 or any(_reasons(values, log) for values in series.values())):
        legend(ax, own=own, place="upper right", columns=min(3, len(series)))
    return ax


def gradient_norms(
    history: Any, ax: Axes | None = None, *, log: bool = True, key: bool = True
) -> Axes:
    """Draw how large each parameter's gradient was, over the epochs of a training.

    The lines of a layer share a colour, and differ in their dashes. Lines far below the others are
    layers that hardly learn. A norm that is not finite, or is 0 on a logarithmic scale, is a gap in
    its line, marked by a cross on the axis and named in the legend.

    Parameters
    ----------
    history : History or mapping
        What ``fit(..., gradient_norms=True)`` gave; or sequences of norms by the names of the
        parameters, such as ``"hidden.weights"``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; on a new figure without it.
    log : bool
        Whether the norms have a logarithmic scale.
    key : bool
        Whether to show which line is which.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If there is no norm to draw, or it is no sequence of real numbers.

    Examples
    --------
    >>> from tinygrad_edu import plot
    >>> ax = plot.gradient_norms({"hidden.weights": [0.2, 0.1], "output.weights": [0.9, 0.3]})
    >>> ax.get_yscale()
    'log'
    """
    name = "plot.gradient_norms"
    norms = getattr(history, "gradient_norms", history)
    if not isinstance(norms, Mapping):
        raise ValueError(
            f"{name}: norms by the names of the parameters are needed, not a "
            f"{type(norms).__name__}; pass what fit(..., gradient_norms=True) gave"
        )
    if not norms:
        raise ValueError(
            f"{name}: the history has no gradient norms; train with fit(..., gradient_norms=True)"
        )
    series = _series(name, norms, log)
    own, ax = ax is None, axes_for(name, ax, (7.2, 4.0))
    _draw(ax, series, _styles_by_layer(list(series)), log)
    label = "norm of the gradient"
    ax.set(xlabel="epoch", ylabel=f"{label} (logarithmic)" if log else label)
    if key:
        legend(ax, own=own, place="right upper")
    return ax


def _losses(history: Any) -> Mapping[str, Any]:
    if isinstance(history, Mapping):
        return history
    if not hasattr(history, "validation_loss"):
        return {"loss": history}
    both = {"training": history.loss, "validation": history.validation_loss}
    return {name: values for name, values in both.items() if values}


def _series(name: str, given: Mapping[str, Any], log: bool) -> dict[str, Any]:
    """Arrays of floats, if there is anything in them to draw."""
    series = {str(label): _numbers(name, label, values) for label, values in given.items()}
    if not series:
        raise ValueError(f"{name}: there is nothing to draw: no epoch was finished")
    if all(_gaps(values, log).all() for values in series.values()):
        raise ValueError(
            f"{name}: there is nothing to draw: no value is finite{' and positive' * log}"
        )
    return series


def _numbers(name: str, label: Any, values: Any) -> Any:
    if isinstance(values, Sequence):  # of a loop written by hand: losses that are Tensors
        values = [value.data if isinstance(value, Tensor) else value for value in values]
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name}: {label!r} has shape {array.shape} and dtype {array.dtype}; a sequence of "
            "real numbers is needed, one an epoch, at least one"
        )
    return array.astype(float)


def _gaps(values: Any, log: bool) -> Any:
    """Where there is nothing to draw."""
    return ~np.isfinite(values) | (log & (values <= 0))


def _reasons(values: Any, log: bool) -> str:
    """Why there are gaps, and where: 'NaN in epoch 3, 0 in 2 epochs'."""
    kinds = {"NaN": np.isnan(values), "∞": values == np.inf, "−∞": values == -np.inf}
    if log:
        kinds |= {"0": values == 0, "negative": (values < 0) & np.isfinite(values)}
    told = []
    for kind, places in kinds.items():
        epochs = np.flatnonzero(places) + 1
        if len(epochs):
            where = f"epoch {epochs[0]}" if len(epochs) == 1 else f"{len(epochs)} epochs"
            told.append(f"{kind} in {where}")
    return ", ".join(told)


def _draw(ax: Axes, series: Mapping[str, Any], styles: list[tuple[Any, Any]], log: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    if log:
        _logarithmic(ax)
    for (label, values), (colour, dashes) in zip(series.items(), styles, strict=True):
        epochs, gaps = np.arange(1, len(values) + 1), _gaps(values, log)
        reasons = _reasons(values, log)
        ax.plot(
            epochs,
            np.where(gaps, np.nan, values),
            color=colour,
            linestyle=dashes,
            linewidth=1.8,
            **_dots(gaps),
            label=as_it_is(f"{label} ({reasons})" if reasons else label),
        )
        if reasons:
            # On the lower edge of the picture: x in epochs, y from 0 to 1.
            at_edge: Any = {"transform": ax.get_xaxis_transform(), "clip_on": False}
            ax.plot(epochs[gaps], np.zeros(gaps.sum()), "x", color=colour, **at_edge)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _logarithmic(ax: Axes) -> None:
    """A scale with plain numbers, 0.01 and not a power of ten, as losses are printed."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(Plain())
    ax.yaxis.set_minor_formatter(Plain(minor_thresholds=(2, 0.5)))


def _dots(gaps: Any) -> dict[str, Any]:
    """Dots for the points with no neighbour to draw a line to, which would not be seen."""
    around = np.concatenate([[True], gaps, [True]])
    places: list[int] = np.flatnonzero(~gaps & around[:-2] & around[2:]).tolist()
    return {"marker": "o", "markersize": 4, "markevery": places} if places else {}


def _styles_by_layer(names: list[str]) -> list[tuple[Any, Any]]:
    """A colour for each layer, and dashes for each of its parameters."""
    layers: dict[str, list[str]] = {}
    for name in names:
        layers.setdefault(name.rpartition(".")[0] or name, []).append(name)
    styles = {}
    for colour, members in zip(series_colours(len(layers)), layers.values(), strict=True):
        for member, dashes in zip(members, _cycled(DASHES, len(members)), strict=True):
            styles[member] = colour, dashes
    return [styles[name] for name in names]


def _cycled(things: Sequence[Any], count: int) -> list[Any]:
    return [things[k % len(things)] for k in range(count)]
