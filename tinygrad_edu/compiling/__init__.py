"""Compiling: from a function to straight-line NumPy code that computes what it computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_edu.compiling.compiled import Compiled

__all__ = ["compile"]


def compile(f: Callable[..., Any], *, programs: int = 64, jit: bool = False) -> Compiled:
    """A function that computes what `f` computes, as straight-line NumPy code.

    `f` is run on stand-ins for its arguments, which note every call on arrays, also those of the
    backward passes within. What it comes down to is optimised, written as Python, and run on arrays
    from then on: there is no Tensor in it, no graph, and little memory that is not its own.

    Parameters
    ----------
    f : callable
        Of arrays, numbers, structures of these as in `grad`, and modules: ``value_and_grad(loss)``,
        say, or a whole training step that takes parameters and gives new ones. What it does may
        depend on shapes, and on Python's integers, text and functions, but not on values.
    programs : int
        How many are kept, one for each combination of structure, shapes, dtypes and settings.
    jit : bool
        Make machine code of it, by Numba: elementwise calls and sums become loops that go over the
        arrays once, and so does all of a small network with its products of matrices. That takes a
        second or so for each shape, in the first call. NumPy does what is left.

    Returns
    -------
    callable
        It takes the arguments of `f`, and gives its results: plain arrays and NumPy's numbers also
        where `f` gives Tensors, as it does where parameters of modules are involved. What it gives
        shares no memory with arguments, nor with what it gave before. ``print(compiled)`` says what
        each pass has done, ``compiled.source`` is the Python, and ``compiled.fallbacks`` counts the
        calls for which `f` itself had to be called.

    Raises
    ------
    TypeError
        If an argument is a Tensor, or a parameter that is part of a graph, as no gradient would
        flow; if what `f` does depends on values, or differs from call to call, as with random
        numbers; if it changes what it did not make: ``backward()`` on parameters that are
        arguments, ``t.data = ...``, ``x += 1``, a list outside.
    ImportError
        If `jit` is asked for, and there is no Numba: the extra ``jit`` brings it.
    RuntimeError
        If something that `f` takes from outside its arguments has changed since: a global, a cell,
        an attribute, a ``ContextVar``, the code of a function that it calls, the value of a Tensor.
        It is a constant of the program, to the bit. Also within `debug`,
        where no program is watched: call ``compiled.function``.

    Notes
    -----
    Results are those of `f` but for rounding: sums may be done in another order (``sum(x * x)`` by
    BLAS, sums over large arrays block by block), and a zero may have another sign, and so what is
    divided by it. With `jit`, exp,
    expm1, log and log1p are within 1.5 units in the last place, and tanh is within 2.5.

    `f` is called four times when a program is made: twice on stand-ins, to see that it does the
    same both times, once on the arrays, to see that it goes the same way and gives the same there,
    and once more where floating-point arguments are two to three per cent nearer to zero, as a
    branch may agree by chance; what it prints is printed then, and not afterwards. An error there
    is no verdict. It is called in place of the program where that
    raises an error, where a NaN comes out of a backward pass (the engine then looks for the pole
    that it came from), and where something has another shape than it had, as ``x[x > 0]`` may:
    the result is right, and no faster.

    Programs do not warn of overflow and the like, nor raise for it, whatever ``np.errstate`` says.
    Arrays outside the arguments are compared with what was in them, in each call, which takes the
    time of reading them: let large data be arguments. What can't be seen is a change of what is
    looked up by computed names or code (``eval``), of files, clocks and ``os.environ``, of settings
    of Python and of libraries, and of the hidden state of others' objects, such as random
    generators: the page on compiled functions has the list.

    What stands for an argument answers ``isinstance``, and so ``match`` and ``singledispatch``, as
    the argument would: an ndarray, a float, or the Tensor that it is where a transform
    differentiates. That a value was asked for is remembered, and refused, whatever becomes of the
    error, and so is an error on account of values (a singular matrix, a division by zero) that `f`
    catches. Only ``type(x)`` tells a stand-in from what it stands for; whether `f` goes another way
    by that is seen in its own code, which is compared instruction by instruction between stand-ins
    and arrays. It is not seen in the code of installed libraries, in an operation made by `custom`,
    or where a function is taken from a table by ``type(x)``, unless results differ at the arguments
    or near them. Which arguments are the same object, for ``x is y``, is part of what a program is
    made for. An error that `f` asks for with ``np.errstate(all="raise")`` is not raised by a
    program, so that ``except FloatingPointError`` is not entered.

    A program may be used in several threads at a time: each call has memory of its own, which is
    kept for the calls that follow.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import compile, value_and_grad
    >>> fast = compile(value_and_grad(lambda x: np.sum(x**2)))
    >>> fast(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    >>> fast
    <compile(<lambda>): 1 program>
    >>> [line.strip() for line in fast.source.splitlines() if "v0" in line]
    ['v0 = a1', 'v2 = vdot(v0, v0)', 'v4 = add(v0, v0)']
    """
    from tinygrad_edu.compiling.compiled import Compiled  # what is loaded only where it is used

    if not callable(f):
        raise TypeError(f"compile: {f!r} is not a function; give it a function of arrays")
    if programs < 1:
        raise ValueError(f"compile: programs={programs} keeps none; give 1 or more")
    if jit:
        from tinygrad_edu.jit.machine import require_numba

        require_numba("compile")
    return Compiled(f, programs, jit)
