"""Products of matrices by loops, where these measure faster than the BLAS that NumPy has.

A BLAS is made for families of processors, and may not know the one that it runs on: then it leaves
half of what the vector units can do. The loops keep a tile of 3 rows in registers while they add 8
products to each of its elements, so that they compute more than they load.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np

from tinygrad_edu.jit.access import behind
from tinygrad_edu.jit.arithmetic import FLOATS
from tinygrad_edu.jit.machine import helpers, require_numba
from tinygrad_edu.trace.program import Call, Ref

__all__ = ["factors", "faster_product", "source_of_product"]

ROWS, TERMS = 3, 8  # of a tile, and how many products are added to its elements at a time
BLOCK = 24  # rows, which stay in the cache while all terms are added to them
_LEAST = 1 << 18  # multiplications: of fewer, the call costs too much of it
_GAIN = 0.9  # of the time that BLAS takes, at most
_ROUNDS = 9


def factors(call: Call, known: dict[int, Call]) -> tuple[int, bool, int] | None:
    """The arrays of a product that loops can do, and whether the first of them is transposed."""
    if call.function is not np.dot or call.kwargs or call.dtype not in FLOATS:
        return None
    if len(call.shape) != 2 or not all(isinstance(arg, Ref) for arg in call.args):
        return None
    (one, order), (other, plain) = (behind(arg.number, known) for arg in call.args)
    if any(known[n].dtype != call.dtype or len(known[n].shape) != 2 for n in (one, other)):
        return None
    return (one, order == (1, 0), other) if plain == (0, 1) and len(order) == 2 else None


@cache
def faster_product(
    shape: tuple[int, int, int], transposed: bool, dtype: Any
) -> Callable[[Any, Any, Any], None] | None:
    """The loops for a product of matrices (m, k) and (k, n), None if BLAS is faster."""
    m, k, n = shape
    if m * k * n < _LEAST:
        return None
    function = _compiled(transposed, np.dtype(dtype))
    rng = np.random.default_rng(0)
    a, b = (rng.random(size).astype(dtype) for size in ((m, k), (k, n)))
    base = np.ascontiguousarray(a.T) if transposed else a
    left, out = base.T if transposed else base, np.empty((m, n), dtype)
    ours, blas = [], []
    for _ in range(_ROUNDS):
        ours.append(_seconds(lambda: function(base, b, out)))
        blas.append(_seconds(lambda: np.dot(left, b, out)))
    return function if min(ours) < _GAIN * min(blas) else None


def _seconds(function: Callable[[], object]) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start


@cache
def _compiled(transposed: bool, dtype: Any) -> Any:
    numba = require_numba("compile")
    scope = dict(helpers())
    exec(source_of_product(transposed, dtype), scope)
    number = numba.from_dtype(dtype)
    given = numba.types.Array(number, 2, "C", readonly=True)
    signature = numba.void(given, given, numba.types.Array(number, 2, "C"))
    return numba.njit(signature, nogil=True, error_model="numpy")(scope["product"])


def source_of_product(transposed: bool, dtype: Any) -> str:
    """The Python of the loops: `a` is (m, k), or (k, m) where it is transposed."""
    rows, terms = range(ROWS), range(TERMS)

    def element(row: str, term: str) -> str:
        return f"a[{term}, {row}]" if transposed else f"a[{row}, {term}]"

    tile = [f"b{q} = b[l + {q}]" for q in terms]
    tile += [f"for i in range(start, stop - {ROWS - 1}, {ROWS}):"]
    inner = [f"c{r} = c[i + {r}]" for r in rows]
    inner += [f"a{r}_{q} = {element(f'i + {r}', f'l + {q}')}" for r in rows for q in terms]
    inner += ["for j in range(n):", *(f"    s{r} = c{r}[j]" for r in rows)]
    for q in terms:
        inner.append(f"    x = b{q}[j]")
        inner += [f"    s{r} = multiplied_and_added(s{r}, a{r}_{q}, x)" for r in rows]
    inner += [f"    c{r}[j] = s{r}" for r in rows]
    tile += _indented(inner)
    rest = _indented([
        "for j in range(n):",
        f"    c[i, j] = multiplied_and_added(c[i, j], {element('i', 'l')}, b[l, j])",
    ])  # fmt: skip
    block = [
        f"stop = min(start + {BLOCK}, m)",
        "c[start:stop] = 0.0",
        f"for l in range(0, k - {TERMS - 1}, {TERMS}):",
        *_indented(tile),
        f"for i in range(stop - (stop - start) % {ROWS}, stop):",
        f"    for l in range(k - k % {TERMS}):",
        *_indented(rest),
        "for i in range(start, stop):",
        f"    for l in range(k - k % {TERMS}, k):",
        *_indented(rest),
    ]
    lines = ["m, n = c.shape", "k = b.shape[0]", f"for start in range(0, m, {BLOCK}):"]
    return "\n".join(["def product(a, b, c):", *_indented([*lines, *_indented(block)])]) + "\n"


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
