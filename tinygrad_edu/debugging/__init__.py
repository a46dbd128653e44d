"""Where the first NaN or infinity came from, and which arrays were changed under the graph.

It is switched on for a block by `debug`, and nothing else pays for it: what is recorded and swept
outside looks once whether anybody watches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tinygrad_edu.debugging.origin import warn_as_numpy_would
from tinygrad_edu.debugging.watch import Watch
from tinygrad_edu.engine.context import watched
from tinygrad_edu.kit.blocks import Block

__all__ = ["debug"]


def debug(*, infinities: bool = True) -> Block:
    """Stop at the first NaN or infinity, forward or backward, and say where it came from.

    The error names the operation, the line of your own code that called it, the index of the first
    bad element, the values that it was computed from, the likely cause and the way out. In the
    backward pass the line is that of the operation whose derivative failed. What was infinite
    already is passed on without a word, so that a mask of ``-np.inf`` is no mistake; a NaN is
    reported where it enters. Inside NumPy's composite functions (``np.std``) it is the result that
    counts. An array that was changed between the forward and the backward pass is reported before
    its gradient comes out wrong.

    A transform (`grad`, `value_and_grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`) runs its
    function on plain arrays as well, on copies, and compares the values: an augmented assignment
    (``v -= v.mean()``), which changes an array for all that hold it and gives one name a new
    Tensor, and a question of type (``isinstance(x, np.ndarray)``) make two functions of one. A
    function that fails on plain arrays, gives another value at every call, or is given Tensors by
    the user is not compared; nor are elements that are not finite. Whatever else
    the function does, such as printing, it does once more.

    It holds for the current thread or asyncio task, is a decorator too (as `no_grad` is), and costs
    time and memory: every value is looked at, and constant arrays are copied. NumPy's warnings
    about the values of Tensors are left out, as they would come first and say less.

    Parameters
    ----------
    infinities : bool
        Whether infinities are reported, or NaN alone.

    Raises
    ------
    FloatingPointError
        At the first NaN or infinity.
    RuntimeError
        In a backward pass through an operation whose arguments were changed since; or in a
        transform of a function that gives something else on plain arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import Tensor, debug
    >>> x = Tensor([1.0, 0.0], name="x")
    >>> with debug():  # doctest: +ELLIPSIS
    ...     np.sum(np.log(x))
    Traceback (most recent call last):
    FloatingPointError: np.log gave -inf at [1], the first infinity of the forward pass
      ...
      x[1] = 0.0: a leaf, of shape (2,)
    cause: the logarithm of 0 is infinite
    way out: ...
    """
    return Block(lambda: _debugging(infinities))


@contextmanager
def _debugging(infinities: bool) -> Iterator[None]:
    modes = np.geterr()
    with (
        np.errstate(divide="call", over="call", invalid="call", call=warn_as_numpy_would(modes)),
        watched(Watch(infinities)),
    ):
        yield
