"""The chain rule as source: a plain NumPy function that computes a value and its gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Source", "source"]


class Source(str):
    """Text that defines a function, and what that takes besides the inputs.

    Attributes
    ----------
    name : str
        Of the function.
    constants : dict
        Values by the name of the argument: of parameters and data that were not given as inputs.
        So ``function(*inputs, **text.constants)`` computes what was printed.
    """

    name: str
    constants: dict[str, Any]

    def __new__(cls, text: str, name: str, constants: dict[str, Any]) -> Source:
        """The text of a page."""
        made = super().__new__(cls, text)
        made.name, made.constants = name, constants
        return made

    def _repr_markdown_(self) -> str:
        """In a notebook: with the colours of code."""
        return f"```python\n{self}```\n"


def source(
    f: Callable[..., Any] | Tensor,
    *inputs: Any,
    argnums: int | tuple[int, ...] | None = None,
    wrt: Sequence[Tensor] | None = None,
    names: Mapping[str, Any] | None = None,
    gradients: bool = True,
    name: str | None = None,
) -> Source:
    """The chain rule of one computation as Python source: a NumPy function, as written by hand.

    It computes the value and the gradients, without a graph and without this package: what it needs
    besides NumPy is printed with it (of functions of SciPy's, SciPy is imported). Gradients come
    from the rules that `Tensor.backward` applies, so both are equal to rounding.

    Parameters
    ----------
    f : callable or Tensor
        A function of arrays, or structures of arrays, that gives one real number; or the result
        itself, a Tensor that was computed from others.
    *inputs
        Arguments of `f`, for the shapes and dtypes. Integers, text and functions among them are
        settings, and are built in.
    argnums : int or tuple of int, optional
        The arguments to differentiate in: by default all that have floating-point or complex
        numbers.
    wrt : sequence of Tensor, optional
        The same where `f` is a Tensor: by default all leaves that it was computed from.
    names : dict, optional
        Names of Tensors and of arrays, as in `draw`. Else a value is called after its Tensor, after
        the variable of `f` or the module that it is the result of, or by a number.
    gradients : bool
        If False, only the value is computed, which may be any array, or a structure of arrays: of
        a function such as ``grad(f)``, that is the derivative.
    name : str, optional
        Of the function that is printed.

    Returns
    -------
    Source
        The text: a str, with the ``name`` of the function and the ``constants`` that it takes
        besides the inputs, by name: arrays that `f` uses and parameters that are no inputs. No data
        are built in but for numbers.

    Raises
    ------
    TypeError
        If the course of `f` depends on values, or it has a derivative that can't be printed; if
        what is printed gives another result at the inputs than `f` does on arrays or on Tensors.
    ValueError
        If `f` gives more than one number while gradients are asked for; if one of them is NaN at
        the inputs; if squares of numbers in it leave the range of their dtype there.

    Notes
    -----
    The source is for inputs of the shapes and dtypes given. The arrays and numbers within
    structures, as a module's parameters, are arguments of their own, in order, and so are their
    gradients among the results. It has none of the errors that a function raises for values that it
    doesn't like, and products are plain: where a gradient of zero meets a pole it is NaN, and not 0
    as with `Tensor.backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import source
    >>> def loss(w, x, y):
    ...     return np.sum((np.tanh(x @ w) - y) ** 2)
    >>> text = source(loss, np.ones((3, 2)), np.ones((5, 3)), np.ones((5, 2)), argnums=0)
    >>> print(text[text.index("# forward") :])
    # forward
        z2 = np.tanh(x @ w)
        loss = np.sum((z2 - y) ** 2)
    <BLANKLINE>
        # backward: ∂loss/∂w
        d_z1 = 2 * (z2 - y) * (1 - z2**2)
        d_w = x.T @ d_z1
    <BLANKLINE>
        return loss, d_w
    <BLANKLINE>
    """
    from tinygrad_edu.kit.quoting import identifier  # what is loaded only where it is used
    from tinygrad_edu.sourcing.checking import require_same
    from tinygrad_edu.sourcing.page import Page
    from tinygrad_edu.sourcing.reading import of_function, of_tensor, refuse_watched

    refuse_watched("source")
    given = dict(names or {})
    if isinstance(f, Tensor):
        _refuse_both(
            "inputs or argnums", bool(inputs) or argnums is not None, "a Tensor", "wrt=[...]"
        )
        title, function = "source", None
        reading = of_tensor(title, f, wrt, given, gradients)
        own = result = f.name or "loss"
    elif callable(f):
        _refuse_both("wrt", wrt is not None, "a function", "argnums=")
        title, function = f"source of {getattr(f, '__name__', 'the function')}", f
        reading = of_function(title, f, inputs, argnums, given, gradients)
        own, result = _called(f)
    else:
        raise TypeError(
            f"source: a {type(f).__name__} is neither a function nor a Tensor; write "
            "source(f, *inputs), or source(loss, wrt=[...])"
        )
    called = name or (f"{own}_and_gradients" if gradients else own)
    page = Page(reading, identifier(called, 60) or "computed", own, result)
    require_same(title, page, reading, function, inputs)
    return Source(page.text, page.name, page.constants)


def _refuse_both(what: str, given: bool, kind: str, instead: str) -> None:
    if given:
        raise TypeError(f"source: {kind} takes no {what}; write {instead}")


def _called(f: Callable[..., Any]) -> tuple[str, str]:
    """The name of a function, and of its result; of a transformed one, what it is of which."""
    inner = inspect.unwrap(f)
    own = getattr(inner, "__name__", "")
    own = own if own.isidentifier() else ""
    code = getattr(f, "__code__", None)
    if inner is not f and code is not None:
        return f"{code.co_name}_of_{own}" if own else code.co_name, "value"
    return own or "value", own or "value"
