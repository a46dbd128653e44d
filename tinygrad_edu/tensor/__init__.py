"""Tensor, which people hold: a node of the engine with operators, methods, messages and a display.

It imports the engine and `kit`. Begin with `tensor`.
"""

from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.tensor.tensor import _restore as _restore  # by which files of pickle call it

__all__ = ["Tensor"]
