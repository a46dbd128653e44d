"""An exercise: five layers written by hand. Each backward pass is wrong: find out why, and mend it.

``layer_backward(g, *arguments)`` gets g, the gradient at the output of the layer, and returns the
gradients of its arguments. Run this file, and the referee says which layers are still wrong, and
where. With ``--hint`` it says all that it knows. The solutions are at the end of the page
docs/how-do-i-know-my-gradient-is-right.md.
"""

import sys

import numpy as np

from tinygrad_edu.testing import GradientError, check_vjp


def linear(X, W, b):
    """A layer of neurons without a curve; every row of X is an example."""
    return X @ W + b


def linear_backward(g, X, W, b):
    return g @ W.T, X.T @ g, np.mean(g, axis=0)


def softmax(x):
    """In every row, positive numbers that add up to 1."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_backward(g, x):
    s = softmax(x)
    return g * s * (1 - s)


def embedding(table, tokens):
    """For every token, which is the number of a row, that row of the table."""
    return table[tokens]


def embedding_backward(g, table, tokens):
    gradient = np.zeros_like(table)
    gradient[tokens] += g
    return gradient


def standardise(x):
    """The same numbers with the mean 0 and the standard deviation 1."""
    return (x - np.mean(x)) / np.std(x)


def standardise_backward(g, x):
    return (g - np.mean(g)) / np.std(x)


def leaky_relu(x):
    """A bent line: its slope is 1 to the right of 0, and 0.1 to the left."""
    return np.where(x > 0, x, 0.1 * x)


def leaky_relu_backward(g, x):
    g[x <= 0] *= 0.1
    return g


LAYERS = [linear, softmax, embedding, standardise, leaky_relu]


def arguments(layer, rng):
    """Arguments for a layer, drawn at random."""
    shapes = {linear: [(4, 3), (3, 2), (2,)], softmax: [(2, 3)], embedding: [(5, 2)]}
    arrays = [np.round(rng.normal(size=shape), 2) for shape in shapes.get(layer, [(6,)])]
    return [*arrays, rng.integers(0, 5, size=4)] if layer is embedding else arrays


def referee(layer, backward, rounds=20):
    """The first mistake found in a backward pass; None if there is none."""
    rng = np.random.default_rng(0)
    try:
        for _ in range(rounds):
            check_vjp(layer, backward, *arguments(layer, rng))
    except GradientError as error:
        return error


if __name__ == "__main__":
    for number, layer in enumerate(LAYERS, start=1):
        error = referee(layer, globals()[f"{layer.__name__}_backward"])
        print(f"{number}. {layer.__name__}:", type(error).__name__ if error else "right")
        said = str(error) if error else ""
        if "--hint" not in sys.argv:
            said = "\n".join(said.partition("\n  to repeat it")[0].splitlines()[:2])
        for line in said.splitlines():
            print("  ", line)
