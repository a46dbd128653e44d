"""Whether two results are the same numbers, computed in two ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.traced import Traced

__all__ = ["as_array", "close"]


def as_array(leaf: Any) -> Any:
    """The numbers of a leaf: of a Tensor or a stand-in its value."""
    leaf = leaf._value if isinstance(leaf, Tensor) else leaf
    return np.asarray(leaf.value if isinstance(leaf, Traced) else leaf)


def close(found: Any, expected: Any, noise: float = 0.0) -> bool:
    """Whether arrays have one shape, and the same numbers but for rounding.

    Where a number is not finite there is no verdict, as the engine may have been looking for a
    pole. Integers and booleans are the same or not.

    Parameters
    ----------
    noise : float
        What rounding on the way may have added, where it does not go with the size of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.trace.agreement import close
    >>> x = np.array([1.0, 2.0])
    >>> close(x, x + 1e-9), close(x, 2 * x), close(x, [1.0, np.nan]), close(x, [1.0])
    (True, False, True, False)
    """
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return False
    kinds = found.dtype.kind + expected.dtype.kind
    if not set(kinds) & set("fc"):
        return bool(np.array_equal(found, expected))
    finite = np.isfinite(found) & np.isfinite(expected)
    size = np.max(np.abs(expected), where=finite, initial=0)
    coarse = max(np.finfo(a.dtype).eps for a in (found, expected) if a.dtype.kind in "fc")
    rough = 1e-5 if coarse < 1e-10 else 1e-2
    return bool(np.all(np.abs(found - expected)[finite] <= rough * size + noise))
