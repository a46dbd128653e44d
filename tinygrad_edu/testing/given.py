"""A property test of a gradient from one line."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tinygrad_edu.kit.extras import install
from tinygrad_edu.testing.check import check_gradients
from tinygrad_edu.testing.domain import Domain
from tinygrad_edu.testing.kinks import Kinks
from tinygrad_edu.testing.options import CURRENT
from tinygrad_edu.testing.pairs import check_vjp

__all__ = ["check_any", "given_gradients"]


def given_gradients(
    *strategies: Any,
    vjp: Callable[..., Any] | None = None,
    order: int | None = None,
    argnums: int | tuple[int, ...] | None = None,
    kinks: Kinks = "subgradient",
    domain: Domain = None,
    seed: int | None = None,
) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Make a function a Hypothesis test of its gradient: arguments are drawn, and checked at.

    Needs Hypothesis. The result is an ordinary Hypothesis test, which `hypothesis.settings` and
    `hypothesis.seed` can decorate. It has no deadline, as a check takes many evaluations; settings
    of one's own replace that, as all of them: ``@settings(max_examples=5, deadline=None)``.

    Parameters
    ----------
    *strategies
        Hypothesis strategies, one for each argument; or a single one that draws tuples, such as
        `tinygrad_edu.testing.strategies.matmul_operands`, whose elements are the arguments.
        Without any, arrays between -3 and 3 that broadcast against one another are drawn.
    vjp : callable, optional
        A backward pass to be checked, by `check_vjp`, in place of the recorded one.
    order, argnums, kinks, domain, seed
        Those of `check_gradients`. Order and seed are by default those of the options
        ``--gradcheck-order`` and ``--gradcheck-seed`` of pytest, or 1 and 0; the number of
        examples is by default that of ``--gradcheck-examples``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.testing import given_gradients
    >>> from tinygrad_edu.testing.strategies import arrays_on_grid, matmul_operands
    >>> test_product = given_gradients(matmul_operands())(np.matmul)
    >>> test_product()
    >>> @given_gradients(arrays_on_grid(1 / 4, 3), order=2)
    ... def test_entropy(p):
    ...     return -np.sum(p * np.log(p))
    >>> test_entropy()
    """
    try:
        from hypothesis import given
    except ImportError as error:
        raise ImportError(
            f"given_gradients needs Hypothesis, which the extra brings: {install('test')}"
        ) from error

    how = {"argnums": argnums, "kinks": kinks, "domain": domain}

    def decorate(f: Callable[..., Any]) -> Callable[[], None]:
        with _settings(CURRENT.examples):

            @given(_arguments(f, strategies))
            def test(arguments: tuple[Any, ...]) -> None:
                check_any(f, *arguments, vjp=vjp, order=order, seed=seed, **how)

        result: Any = test
        named = getattr(f, "__name__", "") != "<lambda>"  # Hypothesis would look for its source
        for attribute in ("__name__", "__qualname__") * named + ("__module__", "__doc__"):
            if hasattr(f, attribute):
                setattr(result, attribute, getattr(f, attribute))
        return result  # type: ignore[no-any-return]

    return decorate


def check_any(
    f: Callable[..., Any],
    *args: Any,
    vjp: Callable[..., Any] | None = None,
    order: int | None = None,
    seed: int | None = None,
    **how: Any,
) -> Any:
    """`check_gradients`, or `check_vjp`; or, of strategies in place of arguments, their examples.

    This is what the fixture `gradcheck` gives.
    """
    hypothesis = sys.modules.get("hypothesis.strategies")
    if hypothesis is not None:
        drawn = [isinstance(arg, hypothesis.SearchStrategy) for arg in args]
        if any(drawn):
            pairs = zip(args, drawn, strict=True)
            strategies = [arg if is_drawn else hypothesis.just(arg) for arg, is_drawn in pairs]
            given_gradients(*strategies, vjp=vjp, order=order, seed=seed, **how)(f)()
            return None
    seed = CURRENT.seed if seed is None else seed
    if vjp is not None:
        return check_vjp(f, vjp, *args, seed=seed, **how)
    return check_gradients(f, *args, order=order or CURRENT.order, seed=seed, **how)


@contextmanager
def _settings(examples: int | None) -> Iterator[None]:
    """Within, tests are made that have no deadline, and draw so many examples."""
    from hypothesis import settings

    changed: dict[str, Any] = {"deadline": None}
    if examples is not None:
        changed["max_examples"] = examples
    settings.register_profile("before gradcheck", settings.default)
    settings.register_profile("gradcheck", settings.default, **changed)
    settings.load_profile("gradcheck")
    try:
        yield
    finally:
        settings.load_profile("before gradcheck")


def _arguments(f: Callable[..., Any], strategies: tuple[Any, ...]) -> Any:
    """A strategy for tuples of arguments."""
    from hypothesis import strategies as st

    from tinygrad_edu.testing.strategies import broadcastable_arrays

    if len(strategies) == 1:
        return strategies[0].map(lambda drawn: drawn if isinstance(drawn, tuple) else (drawn,))
    if strategies:
        return st.tuples(*strategies)
    return broadcastable_arrays(*[(-3.0, 3.0)] * _count(f), alias=True)


def _count(f: Callable[..., Any]) -> int:
    """How many arguments a function needs."""
    nin = getattr(f, "nin", None)  # of a ufunc
    if isinstance(nin, int):
        return nin
    needed = [
        p
        for p in inspect.signature(f).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed)
