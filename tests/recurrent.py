"""A recurrent cell, whose calls one after the other make a wide picture."""

import numpy as np

from tinygrad_edu import Tensor, nn


class Cell(nn.Module):
    """A recurrent cell."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.W = Tensor(rng.normal(size=(3, 2)) / 2, name="W")
        self.U = Tensor(rng.normal(size=(3, 3)) / 2, name="U")
        self.b = Tensor(np.zeros(3), name="b")

    def feedforward(self, x, h):
        return np.tanh(self.W @ x + self.U @ h + self.b)
