"""The neuron, the layer, and networks of layers.

Examples are rows: x has shape ``(n, inputs)``, and the weights of a layer ``(inputs, outputs)``.
Each forward pass is one NumPy expression, which runs the same on arrays and on Tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.nn.activations import Activation, activation_function
from tinygrad_edu.nn.initialisers import initial_weights
from tinygrad_edu.nn.module import Module, name_parameters
from tinygrad_edu.tensor.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_edu.nn.initialisers import Initialiser, Seed

__all__ = ["MLP", "Layer", "Neuron", "TwoLayerNetwork"]


class Neuron(Module):
    """One neuron with given weights: ``f(w · x + b)``.

    Parameters
    ----------
    weights : array_like or Tensor, shape (inputs,)
    bias : number or Tensor
    activation : callable or str
        f: a function of one array, or the name of one (see `Layer`).

    Raises
    ------
    ValueError
        If the shapes don't fit, or the activation is unknown.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> neuron = nn.Neuron([0, 1], 4)
    >>> output = neuron([2, 3])  # 0 · 2 + 1 · 3 + 4 = 7
    >>> output.item()
    0.9990889488055994
    >>> output.backward()
    >>> print(neuron.weights.grad)
    [0.00182044 0.00273066]
    """

    def __init__(self, weights: Any, bias: Any, activation: Activation = "sigmoid") -> None:
        self.weights = weights if isinstance(weights, Tensor) else Tensor(weights)
        self.bias = bias if isinstance(bias, Tensor) else Tensor(bias)
        self.activation = activation_function(activation)
        if self.weights.ndim != 1 or self.bias.ndim != 0:
            raise ValueError(
                f"Neuron: weights have shape (inputs,) and the bias is one number, not "
                f"{self.weights.shape} and {self.bias.shape}; for several neurons make a Layer"
            )

    def feedforward(self, x: Any) -> Any:
        """The output for one input of shape ``(inputs,)``, or for rows of shape ``(n, inputs)``."""
        return self.activation(x @ self.weights + self.bias)


class Layer(Module):
    """Neurons side by side: ``f(x W + b)``.

    Parameters
    ----------
    inputs, outputs : int
        W has shape ``(inputs, outputs)``, b ``(outputs,)``.
    activation : callable or str
        f: a function of one array, or one of "identity", "relu", "sigmoid", "softplus", "tanh".
    bias : bool
        Whether there is a b. It starts at zero.
    init : str or callable
        How the weights start: "uniform", "glorot_uniform" ("xavier_uniform"), "glorot_normal",
        "he_uniform" ("kaiming_uniform"), "he_normal"; or a function of a `numpy.random.Generator`
        and a shape.
    seed : int, numpy.random.Generator or None
        An int gives the same weights every time.

    Raises
    ------
    ValueError
        If a size is not positive, or a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import nn
    >>> layer = nn.Layer(3, 2, "tanh", seed=0)
    >>> layer
    Layer(weights (3, 2), bias (2,), tanh), 8 parameters
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Activation = "sigmoid",
        *,
        bias: bool = True,
        init: Initialiser = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        self.weights = Tensor(initial_weights(init, seed, inputs, outputs))
        self.bias = Tensor(np.zeros(outputs, self.weights.dtype)) if bias else None
        self.activation = activation_function(activation)

    def feedforward(self, x: Any) -> Any:
        """The outputs, of shape ``(n, outputs)``, for rows x of shape ``(n, inputs)``."""
        if self.bias is None:
            return self.activation(x @ self.weights)
        return self.activation(x @ self.weights + self.bias)


class TwoLayerNetwork(Module):
    """A hidden layer and an output layer: ``ŷ = σ(σ(x W1 + b1) W2 + b2)``.

    Parameters
    ----------
    inputs, hidden, outputs : int
        W1 has shape ``(inputs, hidden)``, W2 ``(hidden, outputs)``.
    activation, output_activation : callable or str
        The σ of the hidden and of the output layer: a function or a name, as for `Layer`.
    bias : bool
        Whether there are b1 and b2.
    init : str or callable
        How the weights start, as for `Layer`.
    seed : int, numpy.random.Generator or None
        An int gives the same weights every time.

    Raises
    ------
    ValueError
        If a size is not positive, or a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import nn
    >>> network = nn.TwoLayerNetwork(3, seed=0)
    >>> network
    TwoLayerNetwork(
      hidden: Layer(weights (3, 4), bias (4,), sigmoid), 16 parameters
      output: Layer(weights (4, 1), bias (1,), sigmoid), 5 parameters
    ), 21 parameters
    >>> x, y = np.array([[0, 0, 1], [1, 0, 1]]), np.array([[0], [1]])
    >>> loss = nn.sum_of_squares(network(x), y)
    >>> loss.backward()
    >>> network.hidden.weights.grad.shape
    (3, 4)
    """

    def __init__(
        self,
        inputs: int,
        hidden: int = 4,
        outputs: int = 1,
        activation: Activation = "sigmoid",
        output_activation: Activation = "sigmoid",
        *,
        bias: bool = True,
        init: Initialiser = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.hidden = Layer(inputs, hidden, activation, bias=bias, init=init, seed=rng)
        self.output = Layer(hidden, outputs, output_activation, bias=bias, init=init, seed=rng)
        name_parameters(self)

    def feedforward(self, x: Any) -> Any:
        """The outputs, of shape ``(n, outputs)``, for rows x of shape ``(n, inputs)``."""
        return self.output(self.hidden(x))


class MLP(Module):
    """Any number of layers, one after the other: a multi-layer perceptron.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, of the neurons of each hidden layer, and of outputs.
    activation, output_activation : callable or str
        Of the hidden layers and of the last: a function or a name, as for `Layer`. The last gives
        numbers as they come, which are a regression's predictions or a classifier's logits.
    bias : bool
        Whether the layers have biases.
    init : str or callable
        How the weights start, as for `Layer`; "he_normal" suits relu.
    seed : int, numpy.random.Generator or None
        An int gives the same weights every time.

    Raises
    ------
    ValueError
        If there are fewer than two sizes, a size is not positive, or a name is unknown.

    Examples
    --------
    >>> from tinygrad_edu import nn
    >>> nn.MLP([4, 16, 3], "relu", init="he_normal", seed=0)
    MLP(
      layers.0: Layer(weights (4, 16), bias (16,), relu), 80 parameters
      layers.1: Layer(weights (16, 3), bias (3,), identity), 51 parameters
    ), 131 parameters
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation = "tanh",
        output_activation: Activation = "identity",
        *,
        bias: bool = True,
        init: Initialiser = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        if isinstance(sizes, int) or isinstance(activation, int):
            raise TypeError(
                "MLP: the sizes are one argument: write nn.MLP((2, 3, 1)), for 2 inputs, 3 hidden "
                "neurons and 1 output"
            )
        if np.ndim(sizes) != 1 or len(sizes) < 2:
            raise ValueError(f"MLP: sizes must be at least (inputs, outputs), not {sizes!r}")
        rng = np.random.default_rng(seed)
        functions = [activation] * (len(sizes) - 2) + [output_activation]
        self.layers = [
            Layer(inputs, outputs, function, bias=bias, init=init, seed=rng)
            for inputs, outputs, function in zip(sizes, sizes[1:], functions, strict=False)
        ]
        name_parameters(self)

    def feedforward(self, x: Any) -> Any:
        """The outputs, of shape ``(n, sizes[-1])``, for rows x of shape ``(n, sizes[0])``."""
        for layer in self.layers:
            x = layer(x)
        return x
