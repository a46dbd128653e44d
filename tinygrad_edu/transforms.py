"""Functions in, functions out: the gradient of a function of arrays, as a function of arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import graph
from tinygrad_edu.context import STATE, recording
from tinygrad_edu.pytree import flatten, unflatten
from tinygrad_edu.tensor import Tensor

__all__ = ["grad", "value_and_grad"]

Argnums = int | tuple[int, ...]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a real-valued function, as a function of the same arguments.

    ``grad(f)(x)[i] = d f(x) / d x[i]``, by reverse-mode autodiff: one backward pass, whatever the
    size of x.

    Parameters
    ----------
    f : callable
        Gives one number, from arrays, numbers, or lists, tuples and dicts of these.
    argnums : int or tuple of int
        The position of the argument to differentiate in, or of several.

    Returns
    -------
    callable
        It takes the arguments of `f` and gives the gradient, of the shape and structure of the
        argument; a tuple of gradients if `argnums` is a tuple. Arrays in, arrays out; if the
        result depends on Tensors other than the arguments, it is a Tensor, so that no gradient
        with respect to these is lost. It can be differentiated again.

    Raises
    ------
    ValueError
        If `f` gives more than one number.
    TypeError
        If `f` gives something else than a number, or an argument is not numeric.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import grad
    >>> print(grad(np.tanh)(0.0), grad(grad(np.sin))(np.pi / 2))
    1.0 -1.0
    >>> grad(lambda p: np.sum(p["w"] ** 2) + p["b"])({"w": np.array([1.0, 2.0]), "b": 3.0})
    {'w': array([2., 4.]), 'b': np.float64(1.0)}
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """The value and the gradient of a real-valued function, from one evaluation of it.

    The parameters, the gradient and what is raised are those of `grad`. The result suits
    ``scipy.optimize.minimize(value_and_grad(f), x0, jac=True)``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import value_and_grad
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    places = argnums if isinstance(argnums, tuple) else (argnums,)
    name = getattr(f, "__name__", repr(f))
    if not all(isinstance(place, int | np.integer) for place in places):
        raise TypeError(f"grad of {name}: argnums is an int or a tuple of ints, not {argnums!r}")

    @functools.wraps(f, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        for place in places:
            if not -len(args) <= place < len(args):
                raise TypeError(
                    f"grad of {name}: argnums={argnums} names an argument that is not there; "
                    f"{len(args)} positional arguments were given"
                )
        if len({place % len(args) for place in places}) < len(places):
            raise ValueError(f"grad of {name}: argnums={argnums} names an argument twice")
        leaves = flatten([args[place] for place in places])
        recorded = STATE.get().recording
        with recording(True):
            variables = [_variable(leaf, name) for leaf in leaves]
            call = list(args)
            replaced = unflatten([args[place] for place in places], variables)
            for place, argument in zip(places, replaced, strict=True):
                call[place] = argument
            value, gradients = _differentiate(f(*call, **kwargs), variables, name, recorded)
        trees = unflatten([args[place] for place in places], gradients)
        return value, tuple(trees) if isinstance(argnums, tuple) else trees[0]

    return value_and_gradient


def _variable(leaf: Any, name: str) -> Tensor:
    """A new variable with the value of `leaf`; connected to it if that is a Tensor."""
    if isinstance(leaf, Tensor):
        return +leaf
    try:
        return Tensor(leaf)
    except TypeError as error:
        raise TypeError(f"grad of {name}: can't differentiate in {leaf!r}: {error}") from None


def _differentiate(
    value: Any, variables: list[Tensor], name: str, recorded: bool
) -> tuple[Any, list[Any]]:
    """The value as it is to be returned, and its gradient in each of the variables."""
    if not isinstance(value, Tensor):  # a constant: its gradient is zero
        if np.asarray(value).dtype.kind not in "biuf":
            raise TypeError(f"grad of {name}: it must give one real number, not {value!r}")
        value = Tensor(value)
    if value.size != 1:
        raise ValueError(
            f"grad of {name}: it must give one number, and its result has shape {value.shape}; "
            "reduce it, with np.sum or np.mean"
        )
    oldest = variables[0]._number if variables else value._number
    nodes = graph.ordered(value, oldest)
    # What was made before the variables comes from outside. In a nested call so do the variables.
    free = value._number < oldest or any(
        parent._number < oldest for node in nodes for parent in node.parents
    )
    connected = recorded and free
    found = graph.sweep(nodes, np.ones_like(value._value), record=connected, wanted=set(variables))
    gradients = [found.get(v, np.zeros_like(v._value)) for v in variables]
    if connected:
        return value, gradients
    return value._value, [np.array(g)[()] for g in gradients]  # several may be one array till here
