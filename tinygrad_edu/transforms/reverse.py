"""Functions in, functions out: derivatives of a function of arrays, as functions of arrays.

What gives derivatives at any point is a function of the arguments of f: ``grad(f)``,
``value_and_grad(f)``, ``jacobian(f)``, ``hessian(f)``, and ``hvp(f)``, which takes a vector too.
What gives the value as well, and all of it at one point, takes the point at once:
``vjp(f, *primals)`` and ``jvp(f, primals, tangents)``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten, gradient_tree, is_leaf
from tinygrad_edu.transforms.evaluation import Argnums, Evaluation, check_argnums, places_of

__all__ = ["grad", "jvp", "value_and_grad", "vjp"]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a real-valued function, as a function of the same arguments.

    ``grad(f)(x)[i] = d f(x) / d x[i]``, by reverse-mode autodiff: one backward pass, whatever the
    size of x. In a complex x it is ``d f / d Re x + i d f / d Im x``: ``x - rate * gradient``
    descends.

    Parameters
    ----------
    f : callable
        Gives one real number, from arrays, numbers, or structures of these: lists, tuples, named
        tuples, dicts, dataclasses and modules, nested as you like. None, booleans, text and
        functions among them are settings: they stay as they are.
    argnums : int or tuple of int
        The position of the argument to differentiate in, or of several.

    Returns
    -------
    callable
        It takes the arguments of `f` and gives the gradient, of the shape and structure of the
        argument; a tuple of gradients if `argnums` is a tuple. A dataclass of gradients is made
        without its constructor; of a module there is a dict with the gradients of its parameters,
        by path. Arrays in, arrays out; if the result depends on Tensors other than the arguments
        (a module's parameters are Tensors), it is a Tensor, so that no gradient with respect to
        these is lost; within `no_grad` it is an array. It can be differentiated again.

    Raises
    ------
    ValueError
        If `f` gives more than one number.
    TypeError
        If `f` gives anything but a real number, or an argument is not numeric.

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
    return differentiated(f"grad of {name_of(f)}", f, argnums)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its pullback: vector-Jacobian products, by reverse mode.

    ``pullback(u) = J^T u``, where ``J = d f / d x``: what a gradient u with respect to the value
    is as a gradient with respect to x. Complex: the gradient of ``Re <f, u>``, the sum of
    ``Re f Re u + Im f Im u``, which is ``J^H u`` if f is holomorphic.

    Parameters
    ----------
    f : callable
        From arrays, or structures of arrays as in `grad`, to an array or a structure of arrays.
    *primals
        Its arguments, in all of which it is differentiated: keep others back with a ``lambda``.

    Returns
    -------
    value
        ``f(*primals)``.
    pullback : callable
        From a cotangent of the shape and structure of the value to a tuple with a cotangent for
        each primal. It may be called any number of times; each is one backward pass.

    Raises
    ------
    TypeError
        If an argument or a result is not numeric, or a cotangent has another structure.
    ValueError
        If a cotangent has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import vjp
    >>> value, pullback = vjp(np.multiply, np.array([1.0, 2.0]), 3.0)
    >>> value
    array([3., 6.])
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 30.]), np.float64(21.0))
    """
    title = f"vjp of {name_of(f)}"
    here = Evaluation(title, f, primals, {}, range(len(primals)))

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        return tuple(gradient_tree(here.trees, here.pull(here.cotangents(cotangent))))

    return here.value, pullback


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction, by forward mode.

    ``d/dt f(x + t v)`` at t = 0, which is ``J v``: the Jacobian-vector product, in one evaluation
    and one pass along what it recorded. Complex: t is real, so that f need not be holomorphic.

    Parameters
    ----------
    f : callable
        From arrays, or structures of arrays as in `grad`, to an array or a structure of arrays.
    primals : tuple or list
        Its arguments, in all of which it is differentiated.
    tangents : tuple or list
        The direction: for each argument, what has its shape and structure.

    Returns
    -------
    value, tangent
        ``f(*primals)``, and its derivative, of the same shape and structure.

    Raises
    ------
    TypeError
        If there is not one tangent for each primal, of its structure.
    ValueError
        If a tangent does not have the shape of its primal.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import jvp
    >>> jvp(np.multiply, (np.array([1.0, 2.0]), 3.0), (np.array([1.0, 0.0]), 1.0))
    (array([3., 6.]), array([4., 2.]))
    """
    title = f"jvp of {name_of(f)}"
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, list | tuple):
            raise TypeError(
                f"{title}: the {what} are a tuple with one for each argument, jvp(f, (x,), (v,)), "
                f"not {type(given).__name__}"
            )
    if len(primals) != len(tangents):
        raise TypeError(f"{title}: {len(primals)} primals and {len(tangents)} tangents were given")
    here = Evaluation(title, f, primals, {}, range(len(primals)))
    moved = here.push(here.tangents(tangents))
    return here.value, gradient_tree(here.result, moved)


def differentiated(
    title: str, f: Callable[..., Any], argnums: Argnums
) -> Callable[..., tuple[Any, Any]]:
    """The function that `value_and_grad` gives, which messages call `title`."""

    check_argnums(title, argnums)

    @functools.wraps(f, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        here = Evaluation(title, f, args, kwargs, places_of(title, argnums, len(args)))
        require_real_number(here)
        gradients = here.pull([np.ones_like(here.outputs[0]._value)])
        return here.value, of_arguments(here, gradients, argnums)

    return value_and_gradient


def name_of(f: Callable[..., Any]) -> str:
    """What messages call `f`, which is a function."""
    if not callable(f):
        raise TypeError(
            f"{f!r} is not a function: grad(f) and the other transforms take a function of arrays, "
            "and give one; of a Tensor, write t.backward()"
        )
    name: str = getattr(f, "__name__", repr(f))
    return name


def of_arguments(here: Evaluation, gradients: list[Any], argnums: Argnums) -> Any:
    """Gradients in the structure of the arguments, in a tuple if `argnums` is one."""
    trees = gradient_tree(here.trees, gradients)
    return tuple(trees) if isinstance(argnums, tuple) else trees[0]


def require_real_number(here: Evaluation) -> None:
    """Raise unless the result is one real number."""
    if not is_leaf(here.result) or not flatten(here.result):
        raise TypeError(f"{here.title}: it must give one real number, not {here.result!r}")
    out = here.outputs[0]
    if out.size != 1:
        raise ValueError(
            f"{here.title}: it must give one number, and its result has shape {out.shape}; "
            "reduce it, with np.sum or np.mean"
        )
    if out.dtype.kind == "c":
        raise TypeError(
            f"{here.title}: its result is complex, and only a real number can be large or small; "
            "take np.real, np.imag or np.abs of it, or use vjp or jacobian"
        )
