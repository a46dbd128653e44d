"""The functions that make a layer more than a matrix product, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.rules.activation import relu, sigmoid, softplus
from tinygrad_edu.tensor.signatures import like_its_argument

__all__ = ["ACTIVATIONS", "Activation", "activation_function", "identity"]

Activation = str | Callable[[Any], Any]


@like_its_argument
def identity(x: Any) -> Any:
    """``x`` itself: for the output layer of a regression, or of logits."""
    return x


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": identity,
    "relu": relu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "tanh": np.tanh,
}


def activation_function(activation: Activation) -> Callable[[Any], Any]:
    """The function itself, if it is given by name.

    Raises
    ------
    ValueError
        If no function has this name.
    TypeError
        If it is neither a name nor a function.

    Examples
    --------
    >>> from tinygrad_edu.nn.activations import activation_function
    >>> activation_function("tanh")
    <ufunc 'tanh'>
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"unknown activation {activation!r}; known: {', '.join(ACTIVATIONS)}; "
                "or pass a function of one array"
            )
        return ACTIVATIONS[activation]
    if not callable(activation):
        raise TypeError(f"an activation is a name or a function, not {activation!r}")
    return activation
