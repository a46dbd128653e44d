"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`.

`tinygrad_edu.rules.special` waits until SciPy is there and one of its functions meets a Tensor.
"""

from tinygrad_edu.registry import optional_table
from tinygrad_edu.rules import (
    activation,
    constants,
    elementwise,
    indexing,
    products,
    reduction,
    refusals,
    shape,
)

__all__ = [
    "activation",
    "constants",
    "elementwise",
    "indexing",
    "products",
    "reduction",
    "refusals",
    "shape",
]

optional_table("scipy.special", "tinygrad_edu.rules.special")
