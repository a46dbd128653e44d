"""The wrong gradients of `tests/wrong_gradients`, and what other gradient checkers say of them.

    python benchmarks/peer_checkers.py [--examples N] [--markdown FILE]

Every checker gets the same examples, up to the first that it objects to, first of the wrong
gradient and then of its correct twin; each has the settings that it has by default, in double
precision, but autograd's is told to vary every argument and not only the first.
PyTorch, JAX and autograd take part where they are installed. MyGrad's checker is no part of its
package but of its tests, so its procedure is repeated here: the complex step in every element,
with a random cotangent. Hypothesis draws the examples.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import pkgutil
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

import tests.wrong_gradients
from tinygrad_edu.testing import check_vjp

Checker = Callable[[Callable[..., Any], Callable[..., Any], tuple[Any, ...]], None]

LEGEND = """\
A number is that of the first of at most {} examples at which the checker raises an error; **no**
means that it passes them all; — that the framework cannot express this bug, or repairs it: arrays
of JAX cannot be written to, PyTorch sums a gradient to the shape of its argument. "Twin too" means
that the checker also raises an error for the correct gradient.

"""


class CannotBeExpressedError(Exception):
    """The framework has no way to write this function, or this bug."""


def tinygrad_edu(f: Callable[..., Any], vjp: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """`tinygrad_edu.testing.check_vjp`."""
    check_vjp(f, vjp, *args)


def pytorch(f: Callable[..., Any], vjp: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """`torch.autograd.gradcheck` of an `autograd.Function` that calls NumPy."""
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            return torch.from_numpy(np.array(f(*(t.detach().numpy() for t in tensors))))

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            grads = vjp(g.numpy(), *(t.detach().numpy() for t in ctx.saved_tensors))
            return tuple(torch.from_numpy(np.asarray(grad)) for grad in several(grads))

    tensors = [torch.from_numpy(np.array(a)).requires_grad_() for a in args]
    torch.autograd.gradcheck(Function.apply, tensors)


def jax(f: Callable[..., Any], vjp: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """`jax.test_util.check_grads` of a `custom_vjp` that calls NumPy."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def like(a: Any) -> Any:
        return jax.ShapeDtypeStruct(np.shape(a), np.float64)

    def plain(*arrays: Any) -> list[Any]:
        return [np.array(a) for a in arrays]

    def on_arrays(*arrays: Any) -> Any:
        return np.asarray(f(*plain(*arrays)), np.float64)

    impossible = []  # arrays cannot change or share memory, and a callback's dtypes are promised

    def backward_on_arrays(g: Any, *arrays: Any) -> Any:
        given = plain(g, *arrays)
        before = [a.copy() for a in given]
        grads = [np.asarray(grad) for grad in several(vjp(*given))]
        same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(given, before, strict=True))
        impossible.append(not same or shared(grads) or any(g.dtype != np.float64 for g in grads))
        return tuple(grad.astype(np.float64) for grad in grads)

    @jax.custom_vjp
    def function(*arrays: Any) -> Any:
        return jax.pure_callback(on_arrays, like(f(*args)), *arrays, vmap_method="sequential")

    def backward(arrays: Any, g: Any) -> Any:
        shapes = several(vjp(np.ones(np.shape(f(*args))), *plain(*args)))
        shapes = tuple(like(s) for s in shapes)
        return jax.pure_callback(backward_on_arrays, shapes, g, *arrays, vmap_method="sequential")

    function.defvjp(lambda *arrays: (function(*arrays), arrays), backward)
    try:
        check_grads(function, args, order=1, modes=["rev"])
    finally:
        if any(impossible):
            raise CannotBeExpressedError


def autograd(f: Callable[..., Any], vjp: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """`autograd.test_util.check_grads` of a `primitive`, in all of its arguments."""
    from autograd import extend
    from autograd.test_util import check_grads

    function = extend.primitive(f)

    def rule(k: int) -> Any:
        return lambda ans, *xs: lambda g: several(vjp(np.asarray(g), *map(np.asarray, xs)))[k]

    extend.defvjp(function, *(rule(k) for k in range(len(args))))
    every = tuple(range(len(args))) if len(args) > 1 else 0
    check_grads(function, every, modes=["rev"], order=1)(*args)


def mygrad(f: Callable[..., Any], vjp: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The procedure of MyGrad's tests: complex step, random cotangent, and no views of it."""
    g = np.random.default_rng(0).uniform(-10, 10, np.shape(f(*args)))
    given = [g.copy(), *(a.copy() for a in args)]
    grads = several(vjp(*given))
    for k, grad in enumerate(grads):
        numerical = np.empty(args[k].shape)
        for index in np.ndindex(args[k].shape):
            stepped = [a.astype(complex) for a in args]
            stepped[k][index] += 1e-20j
            try:
                slope = np.imag(f(*stepped)) / 1e-20
            except TypeError as error:
                raise CannotBeExpressedError from error
            numerical[index] = np.sum(slope * g)
        np.testing.assert_allclose(grad, numerical, rtol=1e-8, atol=1e-8)
    assert not shared([*map(np.asarray, grads), given[0]])
    assert all(map(np.array_equal, given, [g, *args]))


CHECKERS: dict[str, Checker] = {
    "tinygrad_edu": tinygrad_edu, "PyTorch": pytorch, "JAX": jax, "autograd": autograd,
    "complex step, as MyGrad": mygrad,
}  # fmt: skip
REPAIRED = {"PyTorch": ["no_unbroadcast"]}  # its engine sums such a gradient before it is seen
NEEDED = {"PyTorch": "torch", "JAX": "jax", "autograd": "autograd"}


def several(grads: Any) -> tuple[Any, ...]:
    """A gradient for each argument."""
    return grads if isinstance(grads, tuple) else (grads,)


def shared(arrays: Any) -> bool:
    """Whether any two share memory."""
    return any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])


def examples(case: ModuleType, count: int) -> list[tuple[Any, ...]]:
    """What Hypothesis draws, always the same."""
    drawn = []

    @seed(0)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case.ARGUMENTS)
    def draw(args: tuple[Any, ...]) -> None:
        drawn.append(args)

    draw()
    return drawn


def objects(check: Checker, f: Any, vjp: Any, drawn: list[tuple[Any, ...]]) -> int | None:
    """The number of the first example that the checker objects to, 0 for none, None for cannot."""
    for number, args in enumerate(drawn, start=1):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                check(f, vjp, tuple(np.array(a) for a in args))
        except CannotBeExpressedError:
            return None
        except Exception:  # whatever it raises, it does not let this pass
            return number
    return 0


def main() -> None:
    """Run all of them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=30)
    parser.add_argument("--markdown", help="a file for the table")
    options = parser.parse_args()
    checkers = {
        name: check
        for name, check in CHECKERS.items()
        if name not in NEEDED or importlib.util.find_spec(NEEDED[name])
    }
    caught, flagged = dict.fromkeys(checkers, 0), dict.fromkeys(checkers, 0)
    expressed = dict.fromkeys(checkers, 0)
    lines = [f"| wrong gradient | {' | '.join(checkers)} |", "|---|" + ":-:|" * len(checkers)]
    for _, name, _ in pkgutil.iter_modules(tests.wrong_gradients.__path__):
        case = importlib.import_module(f"tests.wrong_gradients.{name}")
        drawn = examples(case, 1 if name == "one_entry_of_many" else options.examples)
        cells = []
        for checker, check in checkers.items():
            impossible = name in REPAIRED.get(checker, ())
            found = None if impossible else objects(check, case.forward, case.wrong, drawn)
            alarm = found is not None and objects(check, case.forward, case.right, drawn)
            caught[checker] += bool(found)
            expressed[checker] += found is not None
            flagged[checker] += bool(alarm)
            verdict = "—" if found is None else str(found) if found else "**no**"
            cells.append(verdict + (" (twin too)" if alarm else ""))
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    totals = [f"{caught[c]} of {expressed[c]}" for c in checkers]
    lines.append("| **caught** | " + " | ".join(totals) + " |")
    totals = [f"{flagged[c]} of {expressed[c]}" for c in checkers]
    lines.append("| **correct twins flagged** | " + " | ".join(totals) + " |")
    text = LEGEND.format(options.examples) + "\n".join(lines) + "\n"
    print("\n" + text)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
