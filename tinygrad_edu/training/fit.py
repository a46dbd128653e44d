"""Training: batches, epochs, a history; it stops cleanly when it is told to, or when it must."""

from __future__ import annotations

import math
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.context import no_grad
from tinygrad_edu.engine.values import refuse_masked
from tinygrad_edu.optim import Optimizer, advice, set_together
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.training.gradient_norms import distinct_names, norms

if TYPE_CHECKING:  # NumPy loads its random numbers, slowly, when they are first asked for
    Seed = int | np.random.Generator | None

__all__ = ["History", "fit"]

_GROWTH, _LITTLE = 1e6, 1e-6  # a loss that has grown so much diverges; from this on, if it was less


@dataclass(repr=False)
class History:
    """What happened in a training, epoch by epoch.

    Attributes
    ----------
    loss : list of float
        The mean of the losses of an epoch's batches, weighted by their sizes. Each was computed
        before the update that it led to.
    validation_loss : list of float
        The loss on the validation data after each epoch; empty without such data.
    gradient_norms : dict of str to list of float
        For each parameter, by its name, the norm ``‖g‖`` of its gradient in each epoch: the mean
        over the epoch's updates. Empty unless `fit` was asked for it.
    updates : int
        How many times the parameters were changed.
    interrupted : bool
        Whether Ctrl-C ended the training. The parameters are then those of the last update, also
        if it was in the middle of an epoch, which the lists leave out.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    gradient_norms: dict[str, list[float]] = field(default_factory=dict, kw_only=True)
    updates: int = 0
    interrupted: bool = False

    def __repr__(self) -> str:
        epochs = "1 epoch" if len(self.loss) == 1 else f"{len(self.loss)} epochs"
        curves = {"loss": self.loss, "validation loss": self.validation_loss}
        told = [
            f"{name} {values[0]:.4g} to {values[-1]:.4g}"
            for name, values in curves.items()
            if values
        ]
        ended = ["interrupted"] if self.interrupted else []
        return f"History({', '.join([epochs, f'{self.updates} updates', *told, *ended])})"

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses over the epochs with Matplotlib; gives the Axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on a new figure without it.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        ValueError
            If there is no loss: no epoch was finished.

        See Also
        --------
        plot.loss_curve : It has more options.
        """
        # Only here, as the pictures are no part of the training.
        from tinygrad_edu.plot import loss_curve

        return loss_curve(self, ax)


def fit(
    model: Callable[[Any], Any],
    x: Any,
    y: Any,
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int = 100,
    batch_size: int | None = 32,
    seed: Seed = None,
    validation: tuple[Any, Any] | None = None,
    gradient_norms: bool = False,
    progress: bool = True,
) -> History:
    """Make ``loss(model(x), y)`` small, a batch and an update at a time.

    Ctrl-C stops between two updates, and gives what was trained so far. An update happens whole or
    not at all, in the parameters, in the state of the optimiser and in the history, whatever is
    raised in the middle of it: training may go on from there.

    Parameters
    ----------
    model : callable
        A module, or any function of an array that gives Tensors.
    x, y : array_like
        Inputs and targets: rows that belong together.
    loss : callable
        A function of outputs and targets that gives one number, such as `nn.mean_squared_error`.
    optimizer : optim.Optimizer
        It holds the parameters that are trained.
    epochs : int
        How many times every row is used.
    batch_size : int or None
        How many rows make an update, in an order shuffled anew for every epoch; the last batch of
        an epoch may be smaller. None is all of them, as they stand.
    seed : int, numpy.random.Generator or None
        For shuffling: an int gives the same order every time.
    validation : tuple of array_like, optional
        Inputs and targets to compute the loss on after each epoch, without training on them.
    gradient_norms : bool
        Whether the history tells how large the gradients were.
    progress : bool
        Whether to show a progress bar.

    Warns
    -----
    RuntimeWarning
        If the loss has grown a million times, and so will not be finite for long.

    Raises
    ------
    TypeError
        If the model or the loss is no function, or the optimiser none that holds parameters.
    ValueError
        If there are no rows, x and y have different numbers of them, or a value is not finite.
    FloatingPointError
        If the loss or a parameter is no longer finite. The parameters, and the state of the
        optimiser, are then the last ones at which the loss was.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import fit, nn, optim
    >>> x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    >>> y = np.array([[0], [1], [1], [0]])
    >>> network = nn.TwoLayerNetwork(3, hidden=4, seed=0)
    >>> history = fit(
    ...     network,
    ...     x,
    ...     y,
    ...     loss=nn.sum_of_squares,
    ...     optimizer=optim.SGD(network.parameters(), lr=1),
    ...     epochs=1500,
    ...     progress=False,
    ... )
    >>> print(network(x).data.round().ravel())
    [0. 1. 1. 0.]
    """
    _require_parts(model, loss, optimizer)
    x, y = _rows("x", "y", x, y)
    if validation is not None:
        if len(validation) != 2:
            raise ValueError(f"fit: validation is (inputs, targets), not {len(validation)} arrays")
        validation = _rows("the validation's x", "its y", *validation)
    if not all(isinstance(n, int | np.integer) for n in (epochs, batch_size or 0)):
        raise TypeError(f"fit: epochs={epochs!r} and batch_size={batch_size!r} must be integers")
    if epochs < 0 or (batch_size is not None and batch_size < 1):
        raise ValueError(f"fit: can't do {epochs} epochs in batches of {batch_size}")
    history = History()
    trainer = _Trainer(model, loss, optimizer, history)
    if gradient_norms:
        history.gradient_norms = {name: [] for name in distinct_names(optimizer.parameters)}
    plan = _Plan(epochs, min(batch_size or len(x), len(x)), np.random.default_rng(seed), progress)
    try:
        # In a context of its own, as Ctrl-C may come where a `with` can no longer undo itself.
        copy_context().run(_train, trainer, x, y, validation, plan, history)
    except KeyboardInterrupt:
        history.interrupted = True
    trainer.check_parameters()
    return history


class _Plan(NamedTuple):
    epochs: int
    batch_size: int
    rng: np.random.Generator
    progress: bool


def _train(
    trainer: _Trainer, x: Any, y: Any, validation: Any, plan: _Plan, history: History
) -> None:
    """All the epochs, written down in `history` as they are done."""
    from tqdm import tqdm

    updates = plan.epochs * -(-len(x) // plan.batch_size)
    with tqdm(total=updates, desc="fit", unit="update", disable=not plan.progress) as bar:
        for epoch in range(1, plan.epochs + 1):
            total, sizes = 0.0, list[list[float]]()
            for rows in _batches(len(x), plan.batch_size, plan.rng):
                batch = x[rows]
                total += trainer.update(batch, y[rows], epoch) * len(batch)
                if history.gradient_norms:
                    sizes.append(norms(trainer.optimizer.parameters))
                bar.update()
            shown = {"epoch": epoch, "loss": total / len(x)}
            lists = [*history.gradient_norms.values(), history.loss]
            found = [*(np.mean(sizes, axis=0).tolist() if sizes else []), shown["loss"]]
            if validation is not None:
                shown["validation_loss"] = trainer.evaluate(*validation)
                lists.append(history.validation_loss)
                found.append(shown["validation_loss"])
            # All at once, as `set_together` does.
            deque(map(list.append, lists, found), maxlen=0)
            bar.set_postfix(shown, refresh=False)


class _Trainer:
    """A model in training, and all as it was when its loss was finite for the last time."""

    def __init__(self, model: Any, loss: Any, optimizer: Optimizer, history: History) -> None:
        self.model, self.loss, self.optimizer, self.history = model, loss, optimizer, history
        self.finite = self._state()
        self.limit: float | None = None  # a loss that says that it diverges

    def update(self, x: Any, y: Any, epoch: int) -> float:
        """The loss on a batch, and a step down its gradient: whole, or not at all."""
        before = self._state()
        try:
            # What is not finite is reported once, by its consequence, and not as many warnings.
            with np.errstate(all="ignore"):
                value = self._loss(x, y)
                number: float = value.item()
                if not np.isfinite(number):
                    before = self.finite
                    raise self._diverged(
                        f"the loss became {number} in epoch {epoch}; {advice(self.optimizer.lr)}"
                    )
                self.finite = before
                self._watch(number, epoch)
                self.optimizer.zero_grad()
                value.backward()
                try:
                    self.optimizer.step()
                except FloatingPointError as error:
                    raise self._diverged(f"in epoch {epoch}, {error}") from None
                self.history.updates += 1
        except BaseException:
            self._restore(before)
            raise
        return number

    def _watch(self, loss: float, epoch: int) -> None:
        """Say once that the loss grows without bounds, while it is finite yet."""
        if self.limit is None:
            self.limit = _GROWTH * max(abs(loss), _LITTLE)
        elif abs(loss) > self.limit:
            self.limit = math.inf
            warnings.warn(
                f"fit: the loss has grown to {loss:.3g} in epoch {epoch}, over a million times "
                f"what it was at first: it diverges; {advice(self.optimizer.lr)}",
                RuntimeWarning,
                stacklevel=_level(),
            )

    def evaluate(self, x: Any, y: Any) -> float:
        """The loss, with nothing recorded."""
        with no_grad(), np.errstate(all="ignore"):
            return float(self._loss(x, y).item())

    def check_parameters(self) -> None:
        """After the last update no loss is computed that would show whether it went well.

        A step of `Optimizer` gives finite parameters; another's may not.
        """
        if not all(np.isfinite(value).all() for value in self._state().values):
            lr = self.optimizer.lr
            self._restore(self.finite)
            raise self._diverged(
                f"a parameter was no longer finite after the last update; {advice(lr)}"
            )

    def _loss(self, x: Any, y: Any) -> Tensor:
        value = self.loss(self.model(x), y)
        if not isinstance(value, Tensor):
            raise TypeError(
                f"fit: the loss is {value!r}, not a Tensor, so it has no gradient; the model's "
                "parameters must be Tensors, and its functions NumPy's"
            )
        if value.size != 1:
            raise ValueError(
                f"fit: the loss has shape {value.shape}, and must be one number; reduce it, with "
                "np.mean or np.sum"
            )
        return value

    def _diverged(self, what: str) -> FloatingPointError:
        return FloatingPointError(
            f"fit: {what}. The parameters and the optimiser's state are the last ones at which the "
            "loss was finite"
        )

    def _state(self) -> _State:
        values = [parameter._value for parameter in self.optimizer.parameters]
        return _State(values, dict(vars(self.optimizer)), self.history.updates)

    def _restore(self, state: _State) -> None:
        names = [*["_value"] * len(state.values), "__dict__", "updates"]
        targets = [*self.optimizer.parameters, self.optimizer, self.history]
        set_together(targets, names, [*state.values, state.optimizer, state.updates])


def _level() -> int:
    """How far up the stack `fit` was called, for a warning: at the line of one's own."""
    frame: Any = sys._getframe(1)
    level = 1
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame, level = frame.f_back, level + 1
    return level


class _State(NamedTuple):
    """What an update changes."""

    values: list[Any]
    optimizer: dict[str, Any]
    updates: int


def _require_parts(model: Any, loss: Any, optimizer: Any) -> None:
    """Raise where another library takes a name or a class, ``loss="mse"``, ``optimizer=Adam``."""
    functions = {"model": (model, "nn.MLP((2, 3, 1))"), "loss": (loss, "nn.mean_squared_error")}
    for name, (given, example) in functions.items():
        if not callable(given):
            raise TypeError(f"fit: {name}={given!r} must be a function, such as {example}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"fit: optimizer={optimizer!r} must be an optimiser that holds the parameters: write "
            "optim.Adam(model.parameters(), lr=0.01)"
        )


def _rows(x_name: str, y_name: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Inputs and targets as arrays, if they can be trained on."""
    refuse_masked(x, f"fit: {x_name}")
    refuse_masked(y, f"fit: {y_name}")
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"fit: {x_name} has shape {x.shape} and {y_name} {y.shape}; both need the same number "
            "of rows, one or more"
        )
    for name, values in ((x_name, x), (y_name, y)):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            place = np.argwhere(~np.isfinite(values))[0].tolist()
            raise ValueError(
                f"fit: {name} is {values[tuple(place)]} at {place}; fill in or leave out such rows"
            )
    return x, y


def _batches(rows: int, size: int, rng: np.random.Generator) -> Iterator[Any]:
    """The indices of each batch of an epoch: every row once."""
    if size == rows:
        return iter([slice(None)])  # all of them, in no need of an order or a copy
    order = rng.permutation(rows)
    return (order[start : start + size] for start in range(0, rows, size))
