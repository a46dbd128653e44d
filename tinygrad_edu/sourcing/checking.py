"""Whether what is printed is the function: both are run at the inputs that were given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.stand_ins import is_array
from tinygrad_edu.kit.pytree import flatten, substituted, unflatten
from tinygrad_edu.sourcing.page import Page
from tinygrad_edu.sourcing.reading import Reading, refuse_pole
from tinygrad_edu.trace.agreement import as_array, close
from tinygrad_edu.trace.of_rules import computed_from
from tinygrad_edu.transforms.evaluation import Evaluation

__all__ = ["require_same"]

_ROUNDINGS = 1e4  # of the largest number on the way: sums in another order
_OURS = (
    " at these inputs, unlike the calls that it is made of, so that there is no source for this "
    "function; please report it"
)
_THEIRS = (
    " than what is printed; it may ask what kind of value it has (isinstance, type, hasattr, "
    "np.isscalar), or use random numbers: let it ask for shapes and dtypes, and give what changes "
    "as arguments"
)


def require_same(
    title: str, page: Page, reading: Reading, f: Callable[..., Any] | None, args: Sequence[Any]
) -> None:
    """Compare what is printed with what it was read from, and with `f` on arrays and on Tensors.

    On arrays it is not compared if it takes none. A number that is not finite is no verdict.

    Raises
    ------
    TypeError
        If they differ.
    ValueError
        If there is NaN where the function gives a number.
    """
    read = [as_array(each) for each in (*reading.outputs, *reading.gradients)]
    noise = _ROUNDINGS * _rounding(reading)
    with np.errstate(all="ignore"):
        try:
            found = _printed(page, reading.given)
        except ArithmeticError:  # which Python's numbers raise, where NumPy's are not finite
            return
        except Exception as error:
            raise TypeError(f"{title}: what is printed raises {error!r}{_OURS}") from error
        if not _agree(found, read, noise):
            raise TypeError(f"{title}: what is printed gives another result{_OURS}")
        if f is None:
            return
        expected = {"arrays": _plain(f, args, reading), "Tensors": _eager(f, args, reading)}
        for kind, results in expected.items():
            if results is None:
                continue
            if not _agree(results, found[: len(results)], noise):
                raise TypeError(f"{title}: on {kind} the function gives another result{_THEIRS}")
            if any(map(_lacks, found, results)):
                refuse_pole(title)


def _agree(some: list[Any], others: list[Any], noise: float) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(close(*pair, noise) for pair in pairs)


def _lacks(found: Any, expected: Any) -> bool:
    """Whether there is no number where there should be one."""
    return bool(np.any(np.isnan(found) & np.isfinite(expected)))


def _printed(page: Page, given: Sequence[Any]) -> list[Any]:
    """The results of the function that is printed."""
    namespace: dict[str, Any] = {}
    exec(compile(page.text, "<source by tinygrad_edu>", "exec"), namespace)
    found = namespace[page.name](*given, **page.constants)
    return [np.asarray(each) for each in (found if len(page.returned) > 1 else (found,))]


def _plain(f: Callable[..., Any], args: Sequence[Any], reading: Reading) -> list[Any] | None:
    """The results on arrays, copies of those given; None if it takes Tensors alone."""
    leaves = flatten(tuple(args))
    others = {id(leaf): leaf.copy(order="K") if is_array(leaf) else leaf for leaf in leaves}
    for leaf in (leaves[place] for place in reading.varies):
        if isinstance(leaf, float | complex):  # what varies is NumPy's
            others[id(leaf)] = np.asarray(leaf)[()]
    try:
        result = f(*substituted(tuple(args), others))
        return [as_array(leaf) for leaf in flatten(result)]
    except Exception:  # whatever a function may raise that was given what it doesn't expect
        return None


def _eager(f: Callable[..., Any], args: Sequence[Any], reading: Reading) -> list[Any] | None:
    """The result and its gradients, as the engine has them; None where none are printed."""
    if not reading.varies:
        return None
    leaves = flatten(tuple(args))

    def of_varying(*variables: Any) -> Any:
        for place, variable in zip(reading.varies, variables, strict=True):
            leaves[place] = variable
        return f(*unflatten(tuple(args), leaves))

    varying = [leaves[place] for place in reading.varies]
    here = Evaluation("source", of_varying, varying, {}, range(len(varying)))
    gradients = here.pull([np.ones_like(here.outputs[0]._value)])
    return [as_array(each) for each in (*here.outputs, *gradients)]


def _rounding(reading: Reading) -> float:
    """The rounding of the largest finite number on the way."""
    largest = 0.0
    for each in computed_from([*reading.outputs, *reading.gradients], ()):
        value = each.value
        if each.dtype.kind in "fc" and np.size(value):
            sizes = np.abs(value)
            size = np.max(sizes, where=np.isfinite(sizes), initial=0)
            largest = max(largest, float(size * np.finfo(each.dtype).eps))
    return largest
