"""The methods that a Tensor shares with NumPy's ndarray: each records what its function records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    from tinygrad_edu.tensor.tensor import Tensor

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


class ArrayMethods:
    """ndarray's methods; an argument that a function's rule does not know is refused by name."""

    __slots__ = ()

    if TYPE_CHECKING:
        dtype: Any

    def reshape(self, *shape: int | tuple[int, ...], **others: Any) -> Tensor:
        """The same elements in another shape, as `numpy.reshape`."""
        result: Tensor = _np.reshape(self, shape[0] if len(shape) == 1 else shape, **others)
        return result

    def ravel(self, order: str = "C") -> Tensor:
        """The elements in one axis, as `numpy.ravel`."""
        result: Tensor = _np.ravel(self) if order == "C" else _np.ravel(self, order)
        return result

    def flatten(self, order: str = "C") -> Tensor:
        """The elements in one axis, as `numpy.ravel`."""
        return self.ravel(order)

    @property
    def flat(self) -> Tensor:
        """The elements in one axis, to be iterated over or picked from, as `numpy.ravel`."""
        result: Tensor = _np.ravel(self)
        return result

    def transpose(self, *axes: Any) -> Tensor:
        """The axes permuted, as `numpy.transpose`; reversed without arguments."""
        order = None if not axes else axes[0] if len(axes) == 1 else axes
        result: Tensor = _np.transpose(self, order)
        return result

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Two axes exchanged, as `numpy.swapaxes`."""
        result: Tensor = _np.swapaxes(self, axis1, axis2)
        return result

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Axes of length one removed, as `numpy.squeeze`."""
        result: Tensor = _np.squeeze(self, axis=axis)
        return result

    @property
    def T(self) -> Tensor:  # noqa: N802 (NumPy's name)
        """The axes in reverse order."""
        result: Tensor = _np.transpose(self)
        return result

    @property
    def mT(self) -> Tensor:  # noqa: N802 (NumPy's name)
        """The last two axes exchanged."""
        result: Tensor = _np.matrix_transpose(self)
        return result

    def take(
        self, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise"
    ) -> Tensor:
        """The elements at these positions, as `numpy.take`."""
        result: Tensor = _np.take(self, indices, axis=axis, out=out, mode=mode)
        return result

    def compress(self, condition: Any, axis: int | None = None, out: None = None) -> Tensor:
        """The slices for which the condition holds, as `numpy.compress`."""
        result: Tensor = _np.compress(condition, self, axis=axis, out=out)
        return result

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        """Each element so many times, as `numpy.repeat`."""
        result: Tensor = _np.repeat(self, repeats, axis=axis)
        return result

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The elements on a diagonal, as `numpy.diagonal`."""
        result: Tensor = _np.diagonal(self, offset, axis1, axis2)
        return result

    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: Any = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Any:
        """The elements in another dtype, as `numpy.astype`; integers are plain arrays.

        Where `casting` forbids it, NumPy's error is raised.
        """
        if casting != "unsafe":
            np.empty(0, self.dtype).astype(dtype, casting=casting)
        return self if not copy and self.dtype == dtype else _np.astype(self, dtype)

    def copy(self, order: str = "C") -> Tensor:
        """The same elements in a Tensor of their own, as `numpy.copy`."""
        result: Tensor = _np.copy(self, order=order)
        return result

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
