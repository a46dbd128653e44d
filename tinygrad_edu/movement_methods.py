"""The methods of ndarray that move elements or change their dtype, for a Tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tinygrad_edu.tensor import Tensor

__all__ = ["MovementMethods"]

Axis = int | tuple[int, ...] | None
_np: Any = np  # NumPy's own annotations know nothing of Tensors


class MovementMethods:
    """Each records what its function records; the elements stay what they are."""

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
