"""What training makes small: functions of outputs and targets, on Tensors and arrays alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.stand_ins import StandIn, exceptional
from tinygrad_edu.rules.activation import log_softmax, softplus
from tinygrad_edu.tensor.signatures import like_its_argument
from tinygrad_edu.tensor.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "mean_squared_error",
    "softmax_cross_entropy",
    "sum_of_squares",
]


@like_its_argument
def sum_of_squares(output: Any, target: Any) -> Any:
    """``sum of (output - target)²``, over all elements.

    Parameters
    ----------
    output, target : Tensor or array_like, of the same shape

    Raises
    ------
    ValueError
        If the shapes differ, even if they would broadcast: then every output would be compared
        with every target.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> print(nn.sum_of_squares([1.0, 2.0], [0.0, 4.0]))
    5.0
    """
    output, target = _matched("sum_of_squares", output, target)
    return np.sum(np.square(output - target))


@like_its_argument
def mean_squared_error(output: Any, target: Any) -> Any:
    """``mean of (output - target)²``, over all elements.

    Parameters
    ----------
    output, target : Tensor or array_like, of the same shape

    Raises
    ------
    ValueError
        If the shapes differ, even if they would broadcast, or there are no elements.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> print(nn.mean_squared_error([1.0, 2.0], [0.0, 4.0]))
    2.5
    """
    output, target = _matched("mean_squared_error", output, target)
    return np.mean(np.square(output - target))


@like_its_argument
def binary_cross_entropy(output: Any, target: Any) -> Any:
    """``-mean of (t log p + (1 - t) log(1 - p))``, of probabilities p and targets t.

    A zero times log 0 is 0 here. A prediction that is certain and wrong has infinite loss, and only
    `binary_cross_entropy_with_logits` never gets there: prefer it for training.

    Parameters
    ----------
    output : Tensor or array_like
        Probabilities, between 0 and 1: what a sigmoid gives.
    target : array_like, of the same shape
        0 or 1, or a probability between.

    Raises
    ------
    ValueError
        If the shapes differ, there are no elements, or they are not between 0 and 1.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> print(nn.binary_cross_entropy([0.5, 1.0], [0.0, 1.0]))
    0.34657359027997264
    """
    name = "binary_cross_entropy"
    output, target = _matched(name, output, target)
    _check_probabilities(name, "output", output, f"; for logits use {name}_with_logits")
    _check_probabilities(name, "target", target, "")
    with np.errstate(divide="ignore"):
        hit = target * np.log(np.where(target == 0, 1, output))
        miss = (1 - target) * np.log(np.where(target == 1, 1, 1 - output))
    return -np.mean(hit + miss)


@like_its_argument
def binary_cross_entropy_with_logits(logits: Any, target: Any) -> Any:
    """``mean of (softplus(z) - t z)``: the cross-entropy of σ(z) and t, finite for any finite z.

    Parameters
    ----------
    logits : Tensor or array_like
        z: what goes into the sigmoid.
    target : array_like, of the same shape
        0 or 1, or a probability between.

    Raises
    ------
    ValueError
        If the shapes differ, there are no elements, or a target is not between 0 and 1.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> print(nn.binary_cross_entropy_with_logits([-1000.0, 1000.0], [1.0, 1.0]))
    500.0
    """
    name = "binary_cross_entropy_with_logits"
    logits, target = _matched(name, logits, target)
    _check_probabilities(name, "target", target, "")
    return np.mean(softplus(logits) - target * logits)


@like_its_argument
def softmax_cross_entropy(logits: Any, labels: Any) -> Any:
    """``mean over the examples of -log softmax(z)[label]``, finite for any finite logits z.

    Parameters
    ----------
    logits : Tensor or array_like, shape (n, classes)
        What goes into the softmax; or of one example, of shape ``(classes,)``.
    labels : array_like
        The class of each example, an integer from 0, of shape ``(n,)``; or the probability of each
        class, of shape ``(n, classes)``, which for a one-hot row is a single 1.

    Raises
    ------
    ValueError
        If the shapes don't belong together, a label is no class, or a row of probabilities does
        not add up to 1.
    TypeError
        If labels are not integers.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import nn
    >>> logits = np.array([[2.0, 0.0], [0.0, 0.0]])
    >>> print(nn.softmax_cross_entropy(logits, [0, 1]))
    0.41003759580145893
    >>> print(nn.softmax_cross_entropy(logits, [[1, 0], [0, 1]]))
    0.41003759580145893
    """
    name = "softmax_cross_entropy"
    logits, labels = _array(logits), _array(labels)
    if logits.ndim == 0 or logits.size == 0:
        raise ValueError(f"{name}: logits have shape {logits.shape}, not (n, classes)")
    if labels.shape == logits.shape:
        values = _value(labels)
        _check_probabilities(name, "labels", labels, "")
        if exceptional(np.any(np.abs(np.sum(values, axis=-1) - 1) > 1e-5)):
            raise ValueError(
                f"{name}: labels of the shape of the logits, {logits.shape}, are one-hot rows or "
                "probabilities, and each row must add up to 1"
            )
        logs = np.where(values == 0, 0, log_softmax(logits))
        return -np.mean(np.sum(labels * logs, axis=-1))
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"{name}: logits have shape {logits.shape}, so labels must have shape "
            f"{logits.shape[:-1]} (a class each) or {logits.shape} (one-hot), not {labels.shape}"
            f"{'; write labels.ravel()' if labels.shape == (*logits.shape[:-1], 1) else ''}"
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: labels are integers, the positions of the classes, not of dtype "
            f"{labels.dtype}; write labels.astype(int), or for names "
            "np.unique(labels, return_inverse=True)"
        )
    wrong = (labels < 0) | (labels >= logits.shape[-1])
    if exceptional(np.any(wrong)):
        raise ValueError(
            f"{name}: label {labels[wrong][0]} is no class; with logits of shape {logits.shape} "
            f"the classes are 0 to {logits.shape[-1] - 1}"
        )
    return -np.mean(np.take_along_axis(log_softmax(logits), labels[..., None], axis=-1))


_ARRAYS = (Tensor, StandIn, np.ndarray, np.generic)


def _array(data: Any) -> Any:
    return data if isinstance(data, _ARRAYS) else np.asarray(data)


def _value(data: Any) -> Any:
    return data.data if isinstance(data, Tensor) else data


def _matched(name: str, output: Any, target: Any) -> tuple[Any, Any]:
    """Output and target, if they have the same shape: broadcasting would pair the wrong ones."""
    output, target = _array(output), _array(target)
    if output.dtype.kind in "biu":
        output = output.astype(np.float64)  # small and unsigned integers would wrap around
    if output.shape != target.shape:
        if output.size == target.size:
            remedy = f"write target.reshape({output.shape})"
        else:
            remedy = "give one target for each output"
        raise ValueError(
            f"{name}: output has shape {output.shape} and target {target.shape}; broadcasting them "
            f"would compare outputs with the targets of others; {remedy}"
        )
    if output.size == 0 and name != "sum_of_squares":
        raise ValueError(f"{name}: output and target have shape {output.shape}: nothing to average")
    return output, target


def _check_probabilities(name: str, what: str, data: Any, remedy: str) -> None:
    values = _value(data)
    low, high = np.min(values), np.max(values)
    if exceptional((low < 0) | (high > 1)):
        raise ValueError(
            f"{name}: {what} must be between 0 and 1, and goes from {low} to {high}{remedy}"
        )
