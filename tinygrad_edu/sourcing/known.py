"""The functions of neural networks in plain NumPy, as they are printed with source that needs them.

Each computes what ours of that name computes, as stably, of floating-point arrays. A test holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_edu.rules.activation import log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from tinygrad_edu.rules.indexing import scatter

__all__ = ["INLINE", "KNOWN"]

# In place of a call: the call of another function, with the text after the argument.
INLINE: dict[Callable[..., Any], tuple[str, str]] = {
    relu: ("np.maximum", ", 0"),
    softplus: ("np.logaddexp", ", 0"),
}

KNOWN: dict[Callable[..., Any], tuple[str, str]] = {
    sigmoid: (
        "sigmoid",
        '''
def sigmoid(x):
    """The logistic function; exp may overflow, and 1 / (1 + inf) is right."""
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))
''',
    ),
    softmax: (
        "softmax",
        '''
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis; the largest x is taken off first."""
    largest = np.max(x, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore", under="ignore"):
        powers = np.exp(np.where(x == largest, 0, x - largest))
    return powers / np.sum(powers, axis=axis, keepdims=True)
''',
    ),
    log_softmax: (
        "log_softmax",
        '''
def log_softmax(x, axis=-1):
    """The logarithm of softmax(x) along an axis; the largest x is taken off first."""
    largest = np.max(x, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore", under="ignore"):
        shifted = np.where(x == largest, 0, x - largest)
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
''',
    ),
    logsumexp: (
        "logsumexp",
        '''
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) along an axis; the largest x is taken off first."""
    largest = np.max(x, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore", under="ignore"):
        shifted = np.where(x == largest, 0, x - largest)
        total = np.sum(np.exp(shifted), axis=axis, keepdims=True)
    out = largest + np.log(total)
    return out if keepdims else np.squeeze(out, axis=axis)[()]
''',
    ),
    scatter: (
        "scatter",
        '''
def scatter(g, index, shape):
    """Zeros, with g added at index: what a[index] carries back to a."""
    out = np.zeros(shape, g.dtype)
    np.add.at(out, index, g)
    return out
''',
    ),
}
