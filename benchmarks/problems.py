"""What the contenders compute: a number and its gradients, by hand and as a function for autodiff.

A function is written once, with the functions that it calls as parameters, so that every framework
gets the same one with its own ``exp`` and ``sum``. All data are arguments, so that nothing can be
computed ahead of time. By hand means: as a careful person writes it, with nothing computed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

NETWORKS = ((4, 3, 4, 1), (64, 64, 32, 10), (256, 64, 128, 10), (512, 784, 128, 10))

Sizes = tuple[int, int, int, int]


class Problem(NamedTuple):
    """``loss(functions)`` gives a function of the arguments, differentiated by the first ones."""

    by_hand: Callable[..., tuple[Any, ...]]
    loss: Callable[[Any], Callable[..., Any]]
    arguments: tuple[Any, ...]
    wanted: int


def name_of(sizes: Sizes) -> str:
    """As the tables call a network."""
    return ", ".join(map(str, sizes))


def network(sizes: Sizes) -> Problem:
    """The squared error of the two-layer sigmoid network: batch, inputs, hidden, outputs."""
    batch, inputs, hidden, outputs = sizes
    rng = np.random.default_rng(0)
    x, y = rng.random((batch, inputs)), rng.random((batch, outputs))
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    parameters = [rng.normal(size=shape) / np.sqrt(inputs) for shape in shapes]
    return Problem(network_by_hand, network_loss, (*parameters, x, y), wanted=4)


def network_loss(functions: Any) -> Callable[..., Any]:
    """As a formula."""
    sigmoid, total = functions.sigmoid, functions.sum

    def loss(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
        return total((sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2) - y) ** 2)

    return loss


def network_by_hand(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> tuple[Any, ...]:
    """The step as the tutorial writes it."""
    layer1 = 1 / (1 + np.exp(-(x @ w1 + b1)))
    output = 1 / (1 + np.exp(-(layer1 @ w2 + b2)))
    error = output - y
    loss = np.sum(error**2)
    d_output = 2 * error * output * (1 - output)
    d_weights2 = layer1.T @ d_output
    d_bias2 = np.sum(d_output, axis=0)
    d_layer1 = d_output @ w2.T * layer1 * (1 - layer1)
    d_weights1 = x.T @ d_layer1
    d_bias1 = np.sum(d_layer1, axis=0)
    return loss, d_weights1, d_bias1, d_weights2, d_bias2


def elementwise(size: int) -> Problem:
    """``sum(tanh(a*b + c) * exp(-a))``: every intermediate result is as large as the operands."""
    rng = np.random.default_rng(0)
    operands = tuple(rng.normal(size=size) for _ in range(3))
    return Problem(elementwise_by_hand, elementwise_loss, operands, wanted=3)


def elementwise_loss(functions: Any) -> Callable[..., Any]:
    """As a formula."""
    tanh, exp, total = functions.tanh, functions.exp, functions.sum

    def loss(a: Any, b: Any, c: Any) -> Any:
        return total(tanh(a * b + c) * exp(-a))

    return loss


def elementwise_by_hand(a: Any, b: Any, c: Any) -> tuple[Any, ...]:
    """The step as a careful person writes it."""
    bend = np.tanh(a * b + c)
    decay = np.exp(-a)
    terms = bend * decay
    value = np.sum(terms)
    d_c = (1 - bend**2) * decay
    d_a = d_c * b - terms
    d_b = d_c * a
    return value, d_a, d_b, d_c


FACTOR = 1.0000001


def chain(depth: int) -> Problem:
    """One number, multiplied `depth` times by another, which is data like any other."""

    def loss(_functions: Any) -> Callable[..., Any]:
        def repeated(x: Any, factor: Any) -> Any:
            for _ in range(depth):
                x = x * factor
            return x

        return repeated

    def by_hand(x: Any, factor: Any) -> tuple[Any, ...]:
        slope = np.ones_like(x)
        for _ in range(depth):
            x = x * factor
        for _ in range(depth):
            slope = slope * factor
        return x, slope

    return Problem(by_hand, loss, (np.array(1.0), np.array(FACTOR)), wanted=1)
