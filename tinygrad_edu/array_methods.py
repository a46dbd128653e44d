"""The methods that a Tensor shares with NumPy's ndarray: each records what its function records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_edu.movement_methods import MovementMethods

if TYPE_CHECKING:
    from tinygrad_edu.tensor import Tensor

__all__ = ["ArrayMethods"]

Axis = int | tuple[int, ...] | None
_np: Any = np  # NumPy's own annotations know nothing of Tensors
_IN_PLACE = (
    "t.{0}() would change in place what has been recorded; write np.{0}(t, {1}), which is a Tensor "
    "of its own"
)


def _given(**named: Any) -> dict[str, Any]:
    """The arguments that say anything: a call without any takes the short way."""
    return {
        name: value for name, value in named.items() if value is not None and value is not False
    }


class ArrayMethods(MovementMethods):
    """ndarray's methods; an argument that a function's rule does not know is refused by name."""

    __slots__ = ()

    def sum(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: Any = None,
        *,
        keepdims: bool = False,
        **others: Any,
    ) -> Tensor:
        """The sum of the elements, as `numpy.sum`."""
        result: Tensor = _np.sum(
            self, **_given(axis=axis, dtype=dtype, out=out, keepdims=keepdims), **others
        )
        return result

    def mean(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: Any = None,
        *,
        keepdims: bool = False,
        **others: Any,
    ) -> Tensor:
        """The mean of the elements, as `numpy.mean`."""
        result: Tensor = _np.mean(
            self, **_given(axis=axis, dtype=dtype, out=out, keepdims=keepdims), **others
        )
        return result

    def prod(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: Any = None,
        *,
        keepdims: bool = False,
        **others: Any,
    ) -> Tensor:
        """The product of the elements, as `numpy.prod`."""
        result: Tensor = _np.prod(
            self, **_given(axis=axis, dtype=dtype, out=out, keepdims=keepdims), **others
        )
        return result

    def max(
        self, axis: Axis = None, out: Any = None, *, keepdims: bool = False, **others: Any
    ) -> Tensor:
        """The largest element, as `numpy.max`."""
        result: Tensor = _np.max(self, **_given(axis=axis, out=out, keepdims=keepdims), **others)
        return result

    def min(
        self, axis: Axis = None, out: Any = None, *, keepdims: bool = False, **others: Any
    ) -> Tensor:
        """The smallest element, as `numpy.min`."""
        result: Tensor = _np.min(self, **_given(axis=axis, out=out, keepdims=keepdims), **others)
        return result

    def var(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        *,
        keepdims: bool = False,
        **others: Any,
    ) -> Tensor:
        """The variance, as `numpy.var`."""
        result: Tensor = _np.var(
            self,
            **_given(axis=axis, dtype=dtype, out=out, ddof=ddof or None, keepdims=keepdims),
            **others,
        )
        return result

    def std(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        *,
        keepdims: bool = False,
        **others: Any,
    ) -> Tensor:
        """The standard deviation, as `numpy.std`."""
        result: Tensor = _np.std(
            self,
            **_given(axis=axis, dtype=dtype, out=out, ddof=ddof or None, keepdims=keepdims),
            **others,
        )
        return result

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
        """The running sum, as `numpy.cumsum`."""
        result: Tensor = _np.cumsum(self, axis, dtype, out)
        return result

    def cumprod(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
        """The running product, as `numpy.cumprod`."""
        result: Tensor = _np.cumprod(self, axis, dtype, out)
        return result

    def sort(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: it would sort in place."""
        raise TypeError(_IN_PLACE.format("sort", "axis"))

    def partition(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: it would partition in place."""
        raise TypeError(_IN_PLACE.format("partition", "kth, axis"))

    def argsort(self, axis: int | None = -1, *others: Any, **named: Any) -> Any:
        """The positions that would sort the elements: plain integers, as `numpy.argsort`."""
        return _np.argsort(self, axis, *others, **named)

    def argpartition(self, kth: Any, axis: int | None = -1, *others: Any, **named: Any) -> Any:
        """The positions that would partition them: plain integers, as `numpy.argpartition`."""
        return _np.argpartition(self, kth, axis, *others, **named)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where `v` would keep the order: plain integers, as `numpy.searchsorted`."""
        return _np.searchsorted(self, v, side, sorter)

    def nonzero(self) -> Any:
        """The positions of elements that are not 0: plain integers, as `numpy.nonzero`."""
        return _np.nonzero(self)

    def round(self, decimals: int = 0, out: Any = None) -> Any:
        """The elements rounded: a plain array, as `numpy.round`."""
        return _np.round(self, decimals, out)

    def argmax(self, axis: int | None = None, **others: Any) -> Any:
        """The position of the largest element: plain integers, as `numpy.argmax`."""
        return _np.argmax(self, axis=axis, **others)

    def argmin(self, axis: int | None = None, **others: Any) -> Any:
        """The position of the smallest element: plain integers, as `numpy.argmin`."""
        return _np.argmin(self, axis=axis, **others)

    def all(self, axis: Axis = None, **others: Any) -> Any:
        """Whether all elements are non-zero: plain booleans, as `numpy.all`."""
        return _np.all(self, axis=axis, **others)

    def any(self, axis: Axis = None, **others: Any) -> Any:
        """Whether any element is non-zero: plain booleans, as `numpy.any`."""
        return _np.any(self, axis=axis, **others)

    def trace(
        self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None
    ) -> Tensor:
        """The sum along a diagonal, as `numpy.trace`."""
        result: Tensor = _np.trace(self, offset, axis1, axis2, dtype, out)
        return result

    def clip(self, min: Any = None, max: Any = None, **others: Any) -> Tensor:
        """The elements limited to an interval, as `numpy.clip`."""
        result: Tensor = _np.clip(self, min, max, **others)
        return result

    def dot(self, b: Any, **others: Any) -> Tensor:
        """The dot product, as `numpy.dot`."""
        result: Tensor = _np.dot(self, b, **others)
        return result

    def conj(self) -> Tensor:
        """The complex conjugate, as `numpy.conj`."""
        result: Tensor = _np.conj(self)
        return result

    def conjugate(self) -> Tensor:
        """The complex conjugate, as `numpy.conjugate`."""
        result: Tensor = _np.conjugate(self)
        return result

    @property
    def real(self) -> Tensor:
        """The real part, as `numpy.real`."""
        result: Tensor = _np.real(self)
        return result

    @property
    def imag(self) -> Tensor:
        """The imaginary part, as `numpy.imag`."""
        result: Tensor = _np.imag(self)
        return result
