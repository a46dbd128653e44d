"""The elements that a nest of loops reads and writes: how each is written."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from tinygrad_edu.jit.access import Axes, behind, blocks, view_shape
from tinygrad_edu.jit.kernel import is_dot, reduced_axes
from tinygrad_edu.jit.nests import Nest
from tinygrad_edu.trace.program import Call

__all__ = ["INNER", "Elements"]

LONG = 1 << 9  # elements of a row, to which shorter rows are put together
INNER = "l"  # the axis that a product of matrices sums over


class Elements:
    """The loops of a nest, and for every array that is read or written which element they are at.

    Uses are told apart by the number of the array that is read, by ("to", number) for one that is
    written, and by ("left", number) and ("right", number) for the factors of a product of matrices.
    """

    def __init__(
        self,
        nest: Nest,
        known: dict[int, Call],
        stored: list[int],
        view: Callable[[int, tuple[int, ...]], str],
    ) -> None:
        self.nest, self.known, self.stored, self.view = nest, known, stored, view
        self.own = {call.number for call in nest.calls}
        self.axes: dict[Any, Axes] = {}
        self._find_axes()
        self.apart = any(is_dot(call, known) for call in nest.calls)
        accesses = [axes for axes in self.axes.values() if INNER not in axes]
        self.loops = blocks(nest.shape, accesses, apart=self.apart)
        self.extents: dict[Any, int] = dict(enumerate(nest.shape))
        self.indices = {loop[0]: f"i{k}" for k, loop in enumerate(self.loops)}
        self.copies = self._copies()

    def is_inner(self, number: int) -> bool:
        """Whether a sum goes along the innermost loop."""
        return bool(self.loops) and self.loops[-1][-1] not in self.axes["to", number]

    def _find_axes(self) -> None:
        for call in self.nest.calls:
            if is_dot(call, self.known):
                self._axes_of_dot(call)
            else:
                for n in call.refs:
                    if n not in self.own and self.known[n].shape != ():
                        self.axes[n] = self._axes_of(n)
            reduced = reduced_axes(call, self.known)
            if reduced is not None or call.number in self.stored:
                long = [k for k, n in enumerate(self.nest.shape) if n != 1]
                self.axes["to", call.number] = tuple(k for k in long if k not in (reduced or ()))

    def _axes_of(self, number: int) -> Axes:
        more = len(self.nest.shape) - len(self.known[number].shape)
        return tuple(axis + more for axis in behind(number, self.known)[1])

    def _axes_of_dot(self, call: Call) -> None:
        one, other = (arg.number for arg in call.args)
        rows, columns = len(self.known[one].shape) == 2, len(self.known[other].shape) == 2
        first = (0, INNER) if rows else (INNER,)
        second = (INNER, int(rows)) if columns else (INNER,)
        for side, n, axes in (("left", one, first), ("right", other, second)):
            self.axes[side, call.number] = tuple(axes[k] for k in behind(n, self.known)[1])

    def element(self, number: int, key: Any = None) -> str:
        """The element of an array, as it is written; `key` says of several uses which."""
        axes = self.axes[number if key is None else key]
        if self.is_row(number if key is None else key):
            return f"t{number}[i1]"
        if self.copies > 1 and axes:
            shape = self.extent(0), self.extent(1)
            return f"{self.view(behind(number, self.known)[0], shape)}[i0, i1]"
        return self._plain(number, axes)

    def _plain(self, number: int, axes: Axes) -> str:
        shape = view_shape(axes, self.loops, self.extents)
        indices = [self.indices.get(axis, axis) for axis in axes]
        words = [str(word) for word in indices if isinstance(word, str)]
        base, _ = behind(number, self.known)
        return f"{self.view(base, shape)}[{', '.join(words) or '0'}]"

    # ---- short rows -----------------------------------------------------------------------------

    def _copies(self) -> int:
        """How many rows are done as one long one, so that the innermost loop is not a short one.

        What is the same for every row is then copied so often.
        """
        if len(self.loops) != 2 or self.apart:
            return 1
        (first, *_), (second, *_) = self.loops
        for axes in self.axes.values():
            if axes != tuple(sorted(axes)) or (first in axes and second not in axes):
                return 1
        height, width = (prod(self.extents[axis] for axis in loop) for loop in self.loops)
        fitting = [m for m in range(1, height + 1) if height % m == 0 and m * width <= LONG]
        return max(fitting, default=1) if height > 1 else 1

    def extent(self, k: int) -> int:
        """How far the loop number `k` goes."""
        extent = prod(self.extents[axis] for axis in self.loops[k])
        if self.copies == 1:
            return extent
        return extent * self.copies if k else extent // self.copies

    def is_row(self, key: Any) -> bool:
        """Whether there are copies of what is the same for every row."""
        axes = self.axes[key]
        return self.copies > 1 and self.loops[0][0] not in axes and bool(axes)

    def repeated(self, number: int) -> list[str]:
        """Copies of a row, one behind the other."""
        row, width = self._plain(number, self.axes[number]), self.extent(1) // self.copies
        dtype = self.known[number].dtype.name.replace("bool", "bool_")
        return [
            f"t{number} = np.empty({self.extent(1)}, np.{dtype})",
            f"for copy in range({self.copies}):",
            f"    for i1 in range({width}):",
            f"        t{number}[copy * {width} + i1] = {row}",
        ]

    def folded(self, call: Call) -> list[str]:
        """The sum over rows, from the sums for each of the copies."""
        total = self._plain(call.number, self.axes["to", call.number])
        width = self.extent(1) // self.copies
        return [
            f"for copy in range({self.copies}):",
            f"    for i1 in range({width}):",
            f"        {total} += t{call.number}[copy * {width} + i1]",
        ]
