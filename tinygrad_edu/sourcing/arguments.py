"""The arguments of a function that is to be printed: what they are called, what stands for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten, paths
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.traced import Checks, Traced
from tinygrad_edu.transforms.evaluation import check_argnums, places_of

__all__ = ["argument_names", "floating", "leaves", "places", "refuse_exceptions", "stand_in"]


def refuse_exceptions(checks: Checks, f: Callable[..., Any], args: Sequence[Any]) -> None:
    """Let the function itself raise what it has to say about its arguments."""
    if any(bool(check.value) for check in checks if check.dtype.kind == "b"):
        with np.errstate(all="ignore"):
            f(*args)


def places(title: str, argnums: Any, args: Sequence[Any]) -> list[int] | None:
    """The arguments to differentiate in, None for those that have floating-point numbers."""
    if argnums is None:
        return None
    check_argnums(title, argnums)
    return [place % len(args) for place in places_of(title, argnums, len(args))]


def leaves(title: str, args: Sequence[Any]) -> list[tuple[int, Any]]:
    """The leaves of all arguments, and in which argument each is."""
    return [(place, leaf) for place, arg in enumerate(args) for leaf in flatten(arg, title)]


def argument_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What the leaves of the arguments are called: by parameter, or by their place within it."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a function in C without a signature
        parameters = []
    named = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    found = []
    for place, arg in enumerate(args):
        name = named[place] if place < len(named) else f"x{place + 1}"
        for path in paths(arg):
            within = path.replace("'", "").replace("[", ".").replace("]", "").strip(".")
            found.append(name if not within else f"{name}{within}" if within.isdigit() else within)
    return found


def floating(leaf: Any) -> bool:
    """Whether it has floating-point or complex numbers."""
    kind = getattr(leaf, "dtype", None)
    return kind.kind in "fc" if kind is not None else isinstance(leaf, float | complex)


def stand_in(title: str, name: str, leaf: Any, varies: bool, checks: Checks) -> Any:
    """What stands for a leaf of the arguments: a Tensor where a gradient is asked for."""
    if isinstance(leaf, int) and not isinstance(leaf, np.generic) and not varies:
        return leaf
    if isinstance(leaf, Tensor):
        return Tensor(Traced(leaf._value, name, checks=checks), name=leaf.name)
    if isinstance(leaf, int | float | complex) and varies:
        leaf = np.asarray(leaf)[()]
    if isinstance(leaf, float | complex) or (
        isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind in "biufc"
    ):
        stand_in = Traced(leaf, name, checks=checks)
        return Tensor(stand_in) if varies else stand_in
    raise TypeError(
        f"{title}: the argument {name} has a {type(leaf).__name__} in it, and source is for arrays "
        "and numbers; write np.asarray(...)"
    )
