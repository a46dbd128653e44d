"""Networks: modules with parameters, the neuron, the layer, networks of layers, and losses."""

from tinygrad_edu.nn.activations import identity
from tinygrad_edu.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    mean_squared_error,
    softmax_cross_entropy,
    sum_of_squares,
)
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.networks import MLP, Layer, Neuron, TwoLayerNetwork
from tinygrad_edu.rules.activation import (
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
)
from tinygrad_edu.tensor.elsewhere import OF_NETWORKS as _OF_NETWORKS
from tinygrad_edu.tensor.elsewhere import answering as _answering

__all__ = [
    "MLP",
    "Layer",
    "Module",
    "Neuron",
    "TwoLayerNetwork",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "identity",
    "log_softmax",
    "logsumexp",
    "mean_squared_error",
    "relu",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "sum_of_squares",
]


def __dir__() -> list[str]:
    return __all__


# Said so that type checkers don't see it: to them every name would be there.
globals()["__getattr__"] = _answering(__name__, _OF_NETWORKS)
