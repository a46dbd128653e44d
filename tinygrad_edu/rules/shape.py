"""Functions that give the same elements another shape, order of axes or dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.creation import assembled


def _inverse(axes: Any, ndim: int) -> Any:
    """The order that undoes `axes`, which of a vector may be one number."""
    if axes is None or np.ndim(axes) == 0:
        return axes
    return np.argsort([axis % ndim for axis in axes]).tolist()


def _in_order(name: str, order: Any) -> Any:
    """The order, if it is one that does not ask how the elements lie in memory."""
    if order not in ("C", "F"):
        raise TypeError(f"{name} of a Tensor: order={order!r} depends on how the elements lie in "
                        "memory, which a Tensor does not promise; write order='C' or 'F'")
    return order


def _reshape(a: Any, shape: Any, order: Any = "C", copy: bool | None = None) -> Any:
    """np.reshape; that it copies matters only where it must not."""
    order = _in_order("np.reshape", order)
    if copy is False:
        return np.reshape(a, shape, order=order, copy=False)
    return a.reshape(shape, order=order)


pullback(np.reshape,      lambda g, out, a, shape, order="C", copy=None:
                          np.reshape(g, a.shape, order=order), None,
         compute=_reshape)
pullback(np.ravel,        lambda g, out, a, order="C": np.reshape(g, a.shape, order=order),
         compute=lambda a, order="C": a.ravel(_in_order("np.ravel", order)))
pullback(np.squeeze,      lambda g, out, a, axis=None: g.reshape(a.shape))
pullback(np.expand_dims,  lambda g, out, a, axis=0: g.reshape(a.shape))
pullback(np.broadcast_to, lambda g, out, array, shape=None: g)  # the engine sums what was repeated
pullback(np.transpose,    lambda g, out, a, axes=None: np.transpose(g, _inverse(axes, a.ndim)))
pullback(np.swapaxes,     lambda g, out, a, axis1=0, axis2=1: np.swapaxes(g, axis1, axis2))
pullback(np.moveaxis,     lambda g, out, a, source=0, destination=0:
                          np.moveaxis(g, destination, source))
pullback(np.matrix_transpose, lambda g, out, x: np.matrix_transpose(g))


# ---- dtypes --------------------------------------------------------------------------------------


@operation
def astype(x: Any, dtype: Any) -> Any:
    """The elements of `x` in another floating-point or complex dtype."""
    refuse_loss("np.astype", dtype, x)
    return x.astype(dtype)


pullback(astype, lambda g, out, x, dtype: g, None)  # the engine keeps dtypes


@composed(np.astype)
def _astype(x: Any, dtype: Any, copy: bool = True, device: Any = None) -> Any:
    """The elements in another dtype; integers and booleans are steps of `x`, hence plain arrays.

    A Tensor cannot be changed, so it does not matter whether it is copied.
    """
    dtype = np.dtype(dtype)
    np.empty(0, device=device)  # NumPy says what it thinks of the device
    if dtype.kind in "fc":
        return astype(x, dtype)
    if dtype.kind not in "biu":
        raise TypeError(f"np.astype of a Tensor: dtype {dtype} holds no numbers; write "
                        f"t.data.astype({str(dtype)!r})")
    refuse_loss("np.astype", dtype, x)
    return x != 0 if dtype.kind == "b" else np.trunc(x).astype(dtype)


def refuse_loss(name: str, dtype: Any, *arrays: Any) -> None:
    """Refuse to drop imaginary parts on the way to `dtype`, of which NumPy only warns."""
    if dtype is None or np.dtype(dtype).kind in "cOb":
        return
    if any(map(np.iscomplexobj, arrays)):
        raise TypeError(f"{name} of a complex Tensor: dtype={np.dtype(dtype)} would discard the "
                        "imaginary part; write np.real(t), or np.abs(t)")


@composed(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """The same elements in a Tensor of their own, which cannot be changed either."""
    return +a


# ---- axes ----------------------------------------------------------------------------------------


@composed(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis moved to before where axis `start` stands; np.moveaxis is the clearer function."""
    if not -a.ndim <= start <= a.ndim:
        raise np.exceptions.AxisError(f"'start' arg requires {-a.ndim} <= start < {a.ndim + 1}, "
                                      f"but {start} was passed in")
    start += a.ndim if start < 0 else 0
    return np.moveaxis(a, axis, start - (start > axis % max(a.ndim, 1)))


def _each(arrays: tuple[Any, ...], function: Any) -> Any:
    """The function of one array, or the tuple of it of several."""
    found = tuple(function(assembled(a)) for a in arrays)
    return found[0] if len(found) == 1 else found


@composed(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """At least one axis: a number becomes an array of one element."""
    return _each(arys, lambda a: a if a.ndim else a.reshape(1))


@composed(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """At least two axes: what has one becomes a row."""
    return _each(arys, lambda a: a if a.ndim > 1 else a.reshape(1, -1))


@composed(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """At least three axes: a row of shape (n,) becomes (1, n, 1), a matrix (m, n, 1)."""
    return _each(arys, lambda a: a if a.ndim > 2 else
                 a[..., None] if a.ndim == 2 else a.reshape(1, a.size, 1))


@composed(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> Any:
    """All arrays in the shape to which they broadcast together."""
    arrays = [assembled(a) for a in args]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


@composed(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """The coordinates of a grid: an axis for each of the vectors, along which it varies."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    axes = list(range(len(xi)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    grids = [np.reshape(assembled(x), (*[1] * k, -1, *[1] * (len(xi) - 1 - k)))
             for k, x in zip(axes, xi, strict=True)]
    return tuple(grids) if sparse else broadcast_arrays(*grids)


@composed(np.ix_)
def ix_(*args: Any) -> Any:
    """Vectors as an open mesh, each along an axis of its own; of a mask, where it is true."""
    arrays = [assembled(x) for x in args]
    if any(x.ndim != 1 for x in arrays):
        raise ValueError("Cross index must be 1 dimensional")
    vectors = [np.flatnonzero(x) if x.dtype == bool else x for x in arrays]
    return tuple(np.reshape(x, (*[1] * k, -1, *[1] * (len(args) - 1 - k)))
                 for k, x in enumerate(vectors))
