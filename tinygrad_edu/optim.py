"""Optimisers: how parameters change, given their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor

__all__ = ["SGD", "Adam", "Optimizer"]


def __dir__() -> list[str]:
    return __all__


class Optimizer:
    """What optimisers share: the parameters, the learning rate, and the order of a step.

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

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: each ``grad`` becomes None."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Change every parameter once, by its gradient.

        Raises
        ------
        ValueError
            If a parameter has no gradient; then none is changed.
        """
        for p, change in zip(self.parameters, self.changes(self._gradients()), strict=True):
            p.data = p.data - change

    def changes(self, gradients: list[Any]) -> list[Any]:
        """What to subtract from each parameter, given the gradients, in the same order."""
        raise NotImplementedError(f"{type(self).__name__} defines no changes(gradients)")

    def _gradients(self) -> list[Any]:
        gradients = []
        for position, parameter in enumerate(self.parameters):
            g = parameter.grad
            if g is None:
                name = f" {parameter.name!r}" if parameter.name else ""
                raise ValueError(
                    f"{type(self).__name__}.step: parameter {position}{name}, of shape "
                    f"{parameter.shape}, has no gradient; call loss.backward() first, and leave "
                    "out the parameters that the loss does not depend on"
                )
            gradients.append(g.data if isinstance(g, Tensor) else g)
        return gradients


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
            (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(np.abs(g)))
            for (m, v), g in zip(self._moments, gradients, strict=True)
        ]
        self._steps += 1
        unbias1, unbias2 = 1 - b1**self._steps, 1 - b2**self._steps
        return [
            self.lr * (m / unbias1) / (np.sqrt(v / unbias2) + self.epsilon)
            for m, v in self._moments
        ]


def _leaves(name: str, parameters: Iterable[Any]) -> list[Tensor]:
    leaves: dict[Tensor, None] = {}  # each once: a shared parameter takes one step, not two
    for parameter in parameters:
        if not isinstance(parameter, Tensor) or parameter.op is not None:
            raise TypeError(f"{name}: a parameter is a leaf Tensor, not {parameter!r}")
        leaves[parameter] = None
    return list(leaves)


def _check(name: str, *, low: float, high: float, **argument: float) -> None:
    """Refuse a number outside of ``low <= number < high``."""
    ((word, number),) = argument.items()
    if not isinstance(number, (int, float, np.number)):
        raise TypeError(f"{name}: {word} is a number, not {number!r}")
    if not low <= number < high:
        raise ValueError(f"{name}: {word} must be at least {low} and below {high}, not {number!r}")
