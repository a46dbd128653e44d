"""New arrays: from nested lists of numbers and Tensors, and after the pattern of another.

``like=t`` calls these for the sake of a Tensor that they need not contain. What contains no Tensor
is a constant, hence a plain array, as everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, constant, refused

# Of shapes and constants alone.
constant("empty", "zeros", "ones", "eye", "identity", "tri", "fromfunction")
refused(
    "how many numbers there are would depend on its value; write start + step * np.arange(n)",
    "arange",
)


def assembled(nested: Any) -> Any:
    """Nested lists of numbers, arrays and Tensors as one: a Tensor if there is one among them."""
    if not _holds_tensor(nested):
        return np.asarray(nested)
    return np.stack([assembled(each) for each in nested]) if _is_list(nested) else nested


def _is_list(nested: Any) -> bool:
    return isinstance(nested, list | tuple)


def _holds_tensor(nested: Any) -> bool:
    if _is_list(nested):
        return any(map(_holds_tensor, nested))
    return hasattr(nested, "__tensor_function__")


def _made(nested: Any, dtype: Any, device: Any = None, ndmin: int = 0) -> Any:
    """What np.array makes of it; order and copying say nothing of a Tensor."""
    np.empty(0, device=device)  # NumPy says what it thinks of the device
    array = assembled(nested)
    if dtype is not None:
        array = np.astype(array, dtype)
    missing = ndmin - array.ndim
    return array.reshape((1,) * missing + array.shape) if missing > 0 else array


@composed(np.array)
def array(object: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K",
          subok: bool = False, ndmin: int = 0) -> Any:
    """One Tensor of nested lists of numbers and Tensors."""
    return _made(object, dtype, ndmin=ndmin)


@composed(np.asarray)
def asarray(a: Any, dtype: Any = None, order: Any = None, *, device: Any = None,
            copy: Any = None) -> Any:
    """One Tensor of nested lists of numbers and Tensors."""
    return _made(a, dtype, device)


@composed(np.asanyarray)
def asanyarray(a: Any, dtype: Any = None, order: Any = None, *, device: Any = None,
               copy: Any = None) -> Any:
    """As np.asarray."""
    return _made(a, dtype, device)


@composed(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """As np.asarray, with at least one axis."""
    return _made(a, dtype, ndmin=1)


@composed(np.asfortranarray)
def asfortranarray(a: Any, dtype: Any = None) -> Any:
    """As np.asarray, with at least one axis."""
    return _made(a, dtype, ndmin=1)


@composed(np.require)
def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """As np.asarray: a Tensor lies in memory as it likes, and cannot be written to."""
    wanted = [requirements] if isinstance(requirements, str) else requirements or ()
    if any(each.upper() in ("W", "WRITEABLE") for each in wanted):
        raise TypeError("np.require of a Tensor: nothing can be written into a Tensor; write "
                        "np.require(t.data, requirements='W') for an array of its value")
    return _made(a, dtype)


@composed(np.full)
def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *,
         device: Any = None) -> Any:
    """One value, or what broadcasts, everywhere."""
    return _spread(_made(fill_value, dtype, device), shape)


@composed(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True,
              shape: Any = None, *, device: Any = None) -> Any:
    """One value, or what broadcasts, everywhere in the shape and dtype of another array."""
    dtype = np.result_type(a) if dtype is None else dtype
    return _spread(_made(fill_value, dtype, device), np.shape(a) if shape is None else shape)


def _spread(value: Any, shape: Any) -> Any:
    full = np.broadcast_to(value, shape)
    return full if _holds_tensor(full) else full.copy()
