"""Matrices of derivatives: the Jacobian, the Hessian, and the Hessian times a vector."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.stand_ins import array, exceptional
from tinygrad_edu.kit.pytree import gradient_tree
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.transforms.evaluation import Argnums, Evaluation, check_argnums, places_of
from tinygrad_edu.transforms.reverse import (
    differentiated,
    name_of,
    of_arguments,
    require_real_number,
)

__all__ = ["hessian", "hvp", "jacobian"]


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """All derivatives of a function of arrays, as a function of the same arguments.

    ``jacobian(f)(x)[i, j] = d f(x)[i] / d x[j]``: the axes of the result come first, then those of
    x. By one evaluation, and then a backward pass for every element of the result or a forward
    pass for every element of the argument, whichever are fewer.

    Parameters
    ----------
    f : callable
        From arrays, or structures of arrays as in `grad`, to an array or a structure of arrays.
    argnums : int or tuple of int
        The position of the argument to differentiate in, or of several.

    Returns
    -------
    callable
        It takes the arguments of `f` and gives the Jacobian: in the structure of the result, and
        in place of each array there what has the structure of the argument. Of a holomorphic
        function of complex numbers, it is the complex derivative.

    Raises
    ------
    TypeError
        If an argument is complex and the function is not holomorphic there (as ``abs``, ``conj``
        and whatever gives real numbers are not), so that no complex number is its derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import jacobian
    >>> jacobian(lambda x: x[:2] * x[2])(np.array([1.0, 2.0, 5.0]))
    array([[5., 0., 1.],
           [0., 5., 2.]])
    >>> jacobian(lambda x, y: {"product": x * y}, argnums=(0, 1))(2.0, 3.0)
    {'product': (np.float64(3.0), np.float64(2.0))}
    """
    return _jacobian(f, argnums, f"jacobian of {name_of(f)}", f)


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The second derivatives of a real-valued function, as a function of the same arguments.

    ``hessian(f)(x)[i, j] = d^2 f(x) / d x[i] d x[j]``: the Jacobian of the gradient, with the axes
    of x twice. To multiply it by a vector, `hvp` is far cheaper.

    Parameters
    ----------
    f : callable
        As in `grad`; of real arguments.
    argnums : int or tuple of int
        The position of the argument to differentiate in, or of several.

    Returns
    -------
    callable
        It takes the arguments of `f` and gives the Hessian; in structures and tuples, the blocks
        of it: ``hessian(f, (0, 1))(x, y)[0][1]`` is ``d^2 f / dx dy``.

    Raises
    ------
    ValueError, TypeError
        Those of `grad`, and those of `jacobian` for complex arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    title = f"hessian of {name_of(f)}"
    both = differentiated(title, f, argnums)
    return _jacobian(lambda *args, **kwargs: both(*args, **kwargs)[1], argnums, title, f)


def hvp(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Hessian of a real-valued function times a vector, as a function of arguments and vector.

    ``hvp(f)(x, v) = d/dt grad(f)(x + t v)`` at t = 0, by a backward pass through a recorded
    backward pass: no Hessian is made, and the cost is a few gradients', whatever the size of x.
    In complex arguments too, t is real.

    Parameters
    ----------
    f : callable
        As in `grad`.
    argnums : int or tuple of int
        The position of the argument to differentiate in, or of several.

    Returns
    -------
    callable
        It takes the arguments of `f` and, behind them, the vector, which has the shape and
        structure of the argument (a tuple of these if `argnums` is a tuple), and gives what has
        these too. So it suits ``scipy.optimize.minimize(f, x0, jac=grad(f), hessp=hvp(f))``.

    Raises
    ------
    ValueError, TypeError
        Those of `grad`; and if the vector does not have the shape and structure of the argument.

    Source: Pearlmutter (1994), "Fast exact multiplication by the Hessian".

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import hvp
    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    array([10.,  6.])
    """
    title = f"hvp of {name_of(f)}"
    check_argnums(title, argnums)

    @functools.wraps(f, updated=())
    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise TypeError(f"{title}: it takes the arguments of the function, and then a vector")
        *args_of_f, v = args
        places = places_of(title, argnums, len(args_of_f))

        def slopes(*args: Any) -> Any:
            inner = Evaluation(title, f, args, kwargs, places)
            require_real_number(inner)
            return inner.pull([np.ones_like(inner.outputs[0]._value)])

        here = Evaluation(title, slopes, args_of_f, {}, places)
        # The Hessian is symmetric: to pull v back is to push it forward, and the cheaper of both.
        vector = here.tangents(v if isinstance(argnums, tuple) else (v,), "the vector")
        return of_arguments(here, here.pull(vector), argnums)

    return product


def _jacobian(
    function: Callable[..., Any], argnums: Argnums, title: str, named: Callable[..., Any]
) -> Callable[..., Any]:
    check_argnums(title, argnums)

    @functools.wraps(named, updated=())
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        here = Evaluation(title, function, args, kwargs, places_of(title, argnums, len(args)))
        _refuse_complex(here)
        blocks = (_by_rows if _rows_are_fewer(here) else _by_columns)(here)
        return gradient_tree(here.result, (of_arguments(here, row, argnums) for row in blocks))

    return jacobian


def _rows_are_fewer(here: Evaluation) -> bool:
    """Whether backward passes are cheaper: one for a row, two if it is complex and x real."""
    real = any(v.dtype.kind != "c" for v in here.variables)
    rows = sum(out.size * (2 if real and out.dtype.kind == "c" else 1) for out in here.outputs)
    return rows <= sum(v.size for v in here.variables)


def _by_rows(here: Evaluation) -> Iterator[list[Any]]:
    """For each output, the Jacobian in each variable: by backward passes."""
    count = len(here.outputs)
    for place, out in enumerate(here.outputs):  # by place: a function may give a Tensor twice
        nodes = backward.ordered(out, here.oldest)

        def pulled(unit: Any, place: int = place, nodes: list[Any] = nodes) -> list[Any]:
            return here.pull([unit if k == place else None for k in range(count)], nodes)

        units = _units(out)
        rows = [pulled(unit) for unit in units]
        if out.dtype.kind == "c":
            turned = [
                pulled(1j * unit) if _any_real(here.variables) else row
                for unit, row in zip(units, rows, strict=True)
            ]
            rows = [
                [
                    np.conj(one) if v.dtype.kind == "c" else one + 1j * other
                    for v, one, other in zip(here.variables, row, other, strict=True)
                ]
                for row, other in zip(rows, turned, strict=True)
            ]
        yield [_stacked([row[k] for row in rows], 0, out, v) for k, v in enumerate(here.variables)]


def _by_columns(here: Evaluation) -> Iterator[list[Any]]:
    """The same by forward passes, one for each element of the variables."""
    zeros = [np.zeros_like(v._value) for v in here.variables]
    columns = [
        [here.push([*zeros[:k], unit, *zeros[k + 1 :]]) for unit in _units(v)]
        for k, v in enumerate(here.variables)
    ]
    for i, out in enumerate(here.outputs):
        yield [
            _stacked([column[i] for column in columns[k]], -1, out, v)
            for k, v in enumerate(here.variables)
        ]


def _units(node: Tensor) -> list[Any]:
    """The arrays of the shape of `node` with a single 1."""
    return [row.reshape(node.shape) for row in np.eye(node.size, dtype=node.dtype)]


def _stacked(parts: list[Any], axis: int, out: Tensor, variable: Tensor) -> Any:
    """One array of the shape of the output, and then that of the variable."""
    shape = out.shape + variable.shape
    if not parts:
        return np.zeros(shape, np.result_type(out.dtype, variable.dtype))
    return np.reshape(np.stack(parts, axis), shape)[()]


def _any_real(variables: list[Tensor]) -> bool:
    return any(v.dtype.kind != "c" for v in variables)


def _refuse_complex(here: Evaluation) -> None:
    """Raise where a complex variable has no complex derivative.

    Of ``dw = A dz + B conj(dz)``, B must be 0. A cotangent u is pulled back to ``A^H u + B^T
    conj(u)``, so that B is 0 if i u is pulled back to i times that; for one random u, that is sure.
    """
    complex_ = [v.dtype.kind == "c" for v in here.variables]
    if not any(complex_):
        return
    way_out = (
        "give it real arguments and results (np.real(z) and np.imag(z), or x + 1j * y inside), or "
        "use vjp or jvp"
    )
    rng = np.random.default_rng(0)
    for out in here.outputs:
        if out.dtype.kind != "c":
            raise TypeError(
                f"{here.title}: it makes real numbers of complex ones, so that no complex number "
                f"is its derivative; use grad for one real number, or {way_out}"
            )
    u = [_random(rng, out) for out in here.outputs]
    one, turned = here.pull(u), here.pull([1j * each for each in u])
    for v, straight, round_ in zip(here.variables, one, turned, strict=True):
        if v.dtype.kind != "c":
            continue
        eps = float(np.finfo(v.dtype).eps)
        a, b = (array(getattr(each, "_value", each)) for each in (straight, round_))
        with np.errstate(all="ignore"):
            apart = np.abs(b - 1j * a)
            size = np.abs(a) + np.abs(b)
            largest = np.max(size, initial=0.0, where=np.isfinite(size))
            allowed = eps**0.5 * size + 1e3 * eps * largest
        if exceptional(np.any(apart > allowed)):
            raise TypeError(
                f"{here.title}: it is not holomorphic (the derivative along i v is not i times "
                f"that along v), so that no complex number is its derivative; {way_out}"
            )


def _random(rng: np.random.Generator, out: Tensor) -> Any:
    parts = rng.uniform(0.5, 1.5, (2, *out.shape))
    return (parts[0] + 1j * parts[1]).astype(out.dtype)
