"""Optimisers: how parameters change, given their gradients."""

from __future__ import annotations

import copy
import math
import reprlib
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.stand_ins import is_traced
from tinygrad_edu.kit.quiet import quiet
from tinygrad_edu.tensor.elsewhere import OF_OPTIMIZERS as _OF_OPTIMIZERS
from tinygrad_edu.tensor.elsewhere import answering as _answering
from tinygrad_edu.tensor.tensor import Tensor, replacement

__all__ = ["SGD", "Adam", "Optimizer"]

_vdot: Any = getattr(np.vdot, "__wrapped__", np.vdot)


def __dir__() -> list[str]:
    return __all__


# Said so that type checkers don't see it: to them every name would be there.
globals()["__getattr__"] = _answering(__name__, _OF_OPTIMIZERS)


class Optimizer:
    """What optimisers share: the parameters, the learning rate, and the order of a step.

    A step happens whole or not at all: parameters and state change together, at its end, whatever
    is raised in the middle of it (also by Ctrl-C). What is float16 is computed with in float32,
    in which squares neither overflow nor vanish, and the new parameter is rounded to float16.

    A subclass defines `changes`. The learning rate, `lr`, may be set between steps.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        name = type(self).__name__
        if isinstance(parameters, Tensor) or not hasattr(parameters, "__iter__"):
            kind = type(parameters).__name__
            raise TypeError(f"{name}: pass a list of Tensors, model.parameters(), not a {kind}")
        self.parameters = _leaves(name, parameters)
        if not self.parameters:
            raise ValueError(f"{name}: there are no parameters to train")
        self.lr = lr
        _check(name, lr=lr, low=0, high=math.inf)

    def __repr__(self) -> str:
        words = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name != "parameters" and not name.startswith("_")
        ]
        count, size = len(self.parameters), sum(p.size for p in self.parameters)
        held = f"{count} parameter{'s' if count != 1 else ''} of {size:,} number{'s' * (size != 1)}"
        return f"{type(self).__name__}({', '.join([held, *words])})"

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: each ``grad`` becomes None."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Change every parameter once, by its gradient.

        Raises
        ------
        ValueError
            If a parameter has no gradient, or one of another shape.
        TypeError
            If a gradient does not consist of numbers.
        FloatingPointError
            If a parameter, or the state of the optimiser, would be finite no more.

        In any case of an error nothing is changed, neither the parameters nor the state.
        """
        values, state = self._tried()
        names = [*["_value"] * len(values), "__dict__"]
        set_together([*self.parameters, self], names, [*values, state])

    def changes(self, gradients: list[Any]) -> list[Any]:
        """What to subtract from each parameter, given the gradients, in the same order.

        It may set attributes to new objects (``self.v = [...]``), and writes into none that is
        there: so a step that fails leaves the state as it was.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no changes(gradients)")

    @quiet
    def _tried(self) -> tuple[list[Any], dict[str, Any]]:
        """The values and the state after a step, which is done on a copy of this optimiser."""
        trial = copy.copy(self)
        changes = list(trial.changes(self._gradients()))
        if len(changes) != len(self.parameters):
            raise ValueError(
                f"{type(self).__name__}.changes gave {len(changes)} changes, and there are "
                f"{len(self.parameters)} parameters: each needs one"
            )
        values = []
        for parameter, step in zip(self.parameters, changes, strict=True):
            before = parameter._value
            value = before - step
            kind = type(value) is type(before) and value.dtype is before.dtype
            if not kind or value.shape != before.shape:
                value = replacement(parameter, value)
            values.append(value)
        self._require_finite("", values, [parameter._value for parameter in self.parameters])
        return values, vars(trial)

    def _gradients(self) -> list[Any]:
        gradients = []
        for position, parameter in enumerate(self.parameters):
            g = parameter.grad
            if g is None:
                raise ValueError(
                    f"{self._called(position)} has no gradient; call loss.backward() first, and "
                    "leave out the parameters that the loss does not depend on"
                )
            if type(g) is not np.ndarray:
                g = g.data if isinstance(g, Tensor) else g if hasattr(g, "dtype") else np.asarray(g)
            if g.shape != parameter._value.shape:
                raise ValueError(f"{self._called(position)} has a gradient of shape {g.shape}")
            if g.dtype.kind not in "fciub":
                raise TypeError(f"{self._called(position)} has a gradient of dtype {g.dtype}")
            gradients.append(g.astype(np.float32) if g.dtype.char == "e" else g)
        return gradients

    def _require_finite(self, what: str, values: list[Any], before: list[Any]) -> None:
        """Raise if something that a parameter has is infinite or NaN, and was not before."""
        for position, value in enumerate(values):
            if _is_finite(value):
                continue
            bad = ~np.isfinite(value) & np.isfinite(before[position])
            if bad.any():
                index = tuple(int(i) for i in np.argwhere(bad)[0])
                at = f" at {list(index)}" if index else ""
                g = np.asarray(self._plain_gradient(position))[index]
                raise FloatingPointError(
                    f"{self._called(position, what)} would become {value[index]}{at}, where its "
                    f"gradient is {g}. Nothing was changed; {advice(self.lr)}"
                )

    def _plain_gradient(self, position: int) -> Any:
        g = self.parameters[position].grad
        return g.data if isinstance(g, Tensor) else g

    def _called(self, position: int, what: str = "") -> str:
        """What messages call a parameter in a step, or something that belongs to it."""
        parameter, title = self.parameters[position], f"{type(self).__name__}.step"
        name = f" {parameter.name!r}" if parameter.name else ""
        return f"{title}: {what}parameter {position}{name}, of shape {parameter.shape},"


def set_together(targets: Sequence[Any], names: Sequence[str], values: Sequence[Any]) -> None:
    """Set an attribute of each target, all at once.

    Python handles Ctrl-C between two of its own instructions, and this is one: a single call of
    what is written in C. The old values live until it is done, as they might have a word to say.
    """
    old = [getattr(target, name) for target, name in zip(targets, names, strict=True)]
    deque(map(object.__setattr__, targets, names, values), maxlen=0)
    del old


def advice(lr: float) -> str:
    """What to do where numbers are finite no more."""
    return (
        f"most likely the learning rate, {lr:g}, is too large: try a tenth of it. Else a "
        "derivative is infinite (log or sqrt at 0), or the data are huge: standardise them"
    )


class SGD(Optimizer):
    """Gradient descent: ``v <- momentum · v + g`` and ``p <- p - lr · v``.

    It is stochastic if the gradient is that of a batch.

    Parameters
    ----------
    parameters : iterable of Tensor
        Leaves, such as ``model.parameters()``.
    lr : float
        The learning rate.
    momentum : float
        From 0 (plain gradient descent) to less than 1: Polyak (1964), in the form of Sutskever et
        al. (2013).

    Raises
    ------
    TypeError
        If a parameter is not a leaf Tensor.
    ValueError
        If there are no parameters, or a number is out of its range.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, optim
    >>> w = Tensor(3.0)
    >>> optimizer = optim.SGD([w], lr=0.25)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (w * w).backward()
    ...     optimizer.step()
    >>> w.item()  # halved three times
    0.375
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        _check("SGD", momentum=momentum, low=0, high=1)
        self.momentum = momentum
        self._velocities: list[Any] = [0.0] * len(self.parameters)

    def changes(self, gradients: list[Any]) -> list[Any]:
        """``lr · v``, for each parameter."""
        if self.momentum:
            pairs = zip(self._velocities, gradients, strict=True)
            gradients = self._velocities = [self.momentum * v + g for v, g in pairs]
        return [self.lr * v for v in gradients]


class Adam(Optimizer):
    """Steps of about `lr` in each element, whatever the scale of the gradient.

    ``m <- beta1 · m + (1 - beta1) · g``, ``v <- beta2 · v + (1 - beta2) · g²`` and
    ``p <- p - lr · m̂ / (sqrt(v̂) + epsilon)``, where ``m̂ = m / (1 - beta1^t)`` and
    ``v̂ = v / (1 - beta2^t)`` at step t. Of a complex gradient, g² is ``|g|²``: the step has the
    direction of m̂, however the plane is turned.

    Parameters
    ----------
    parameters : iterable of Tensor
        Leaves, such as ``model.parameters()``.
    lr : float
        The learning rate.
    beta1, beta2 : float
        How slowly the running means of g and g² forget: from 0 to less than 1.
    epsilon : float
        Keeps the quotient finite.

    Raises
    ------
    TypeError
        If a parameter is not a leaf Tensor.
    ValueError
        If there are no parameters, or a number is out of its range.

    References
    ----------
    Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, optim
    >>> w = Tensor(3.0)
    >>> optimizer = optim.Adam([w], lr=0.5)
    >>> (1000 * w).backward()
    >>> optimizer.step()
    >>> print(f"{w.item():.6f}")
    2.500000
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        _check("Adam", beta1=beta1, low=0, high=1)
        _check("Adam", beta2=beta2, low=0, high=1)
        _check("Adam", epsilon=epsilon, low=0, high=math.inf)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self._moments: list[tuple[Any, Any]] = [(0.0, 0.0)] * len(self.parameters)
        self._steps = 0

    def changes(self, gradients: list[Any]) -> list[Any]:
        """``lr · m̂ / (sqrt(v̂) + epsilon)``, for each parameter."""
        b1, b2 = self.beta1, self.beta2
        self._moments = [
            (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * _squared(g))
            for (m, v), g in zip(self._moments, gradients, strict=True)
        ]
        squares = [v for _, v in self._moments]  # an infinite one would hide in m / sqrt(v)
        self._require_finite("the mean squared gradient of ", squares, [0.0] * len(squares))
        self._steps += 1
        unbias1, unbias2 = 1 - b1**self._steps, 1 - b2**self._steps
        return [
            self.lr * (m / unbias1) / (np.sqrt(v / unbias2) + self.epsilon)
            for m, v in self._moments
        ]


def _is_finite(value: Any) -> bool:
    """Whether all of it is finite, as far as the sum of its squares tells, which is cheapest."""
    if type(value) is np.ndarray:
        return bool(abs(_vdot(value, value)) < math.inf)
    return is_traced(value) or bool(np.all(np.isfinite(value)))


def _squared(g: Any) -> Any:
    size = np.abs(g) if g.dtype.kind == "c" else g
    return size * size


def _leaves(name: str, parameters: Iterable[Any]) -> list[Tensor]:
    leaves: dict[Tensor, None] = {}  # each once: a shared parameter takes one step, not two
    for parameter in parameters:
        if not isinstance(parameter, Tensor) or parameter.op is not None:
            raise TypeError(f"{name}: a parameter is a leaf Tensor, not {reprlib.repr(parameter)}")
        leaves[parameter] = None
    return list(leaves)


def _check(name: str, *, low: float, high: float, **argument: float) -> None:
    """Refuse a number outside of ``low <= number < high``."""
    ((word, number),) = argument.items()
    if not isinstance(number, (int, float, np.number)):
        raise TypeError(f"{name}: {word} is a number, not {number!r}")
    if not low <= number < high:
        raise ValueError(f"{name}: {word} must be at least {low} and below {high}, not {number!r}")
