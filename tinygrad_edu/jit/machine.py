"""From the Python of a kernel to machine code, by Numba."""

from __future__ import annotations

import types
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from math import prod
from threading import RLock
from typing import Any

import numpy as np

from tinygrad_edu.jit import functions
from tinygrad_edu.jit.loops import Loops
from tinygrad_edu.kit.extras import install

__all__ = ["compiled", "helpers", "interpreted", "require_numba"]

_KEPT = 256  # kernels
_LARGE = 1 << 14  # elements: while it goes over more, a kernel lets other threads of Python run
_known: OrderedDict[Any, Callable[..., None]] = OrderedDict()
_lock = RLock()


def require_numba(title: str) -> Any:
    """Numba, or an error that says how to get it."""
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            f"{title}: jit=True needs Numba, which the extra brings: {install('jit')}; or "
            "leave out jit=True: NumPy alone does it too"
        ) from error
    return numba


def compiled(loops: Loops) -> Callable[..., None]:
    """The kernel in machine code; one that has been compiled before is taken again."""
    numba = require_numba("compile")
    signature = _signature(numba, loops)
    nogil = any(prod(call.shape) > _LARGE for call in (*loops.given, *loops.arrays))
    key = loops.source, signature
    with _lock:
        if key not in _known:
            scope = dict(helpers())
            exec(compile(loops.source, "<kernel of tinygrad_edu>", "exec"), scope)
            jit = numba.njit(signature, nogil=nogil, error_model="numpy", no_cfunc_wrapper=True)
            _known[key] = jit(scope["kernel"])
            if len(_known) > _KEPT:
                _known.popitem(last=False)
        _known.move_to_end(key)
        return _known[key]


def interpreted(loops: Loops) -> Callable[..., None]:
    """The kernel as Python runs it: slow, and what the machine code is tested against."""
    scope: dict[str, Any] = {**vars(functions), "np": np}
    exec(compile(loops.source, "<kernel of tinygrad_edu>", "exec"), scope)
    return scope["kernel"]  # type: ignore[no-any-return]


def _signature(numba: Any, loops: Loops) -> Any:
    """Arrays are read in the order of C, and only those for the results are written into."""

    def array(dtype: Any, ndim: int, readonly: bool) -> Any:
        return numba.types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C", readonly=readonly)

    given = [
        array(call.dtype, len(call.shape), True) if call.shape else numba.from_dtype(call.dtype)
        for call in loops.given
    ]
    arrays = [array(call.dtype, len(call.shape), False) for call in loops.arrays]
    numbers = [array(dtype, 1, False) for dtype in loops.numbers]
    return numba.void(*given, *arrays, *numbers)


@cache
def helpers() -> dict[str, Any]:
    """The functions that kernels call, compiled into them.

    `fastmath` is given to these alone, so that kernels add and multiply as NumPy does.
    """
    numba = require_numba("compile")
    scope: dict[str, Any] = dict(vars(functions))
    allowed: dict[Any, str] = dict.fromkeys(functions.CONTRACTED, "contract")
    allowed.update(dict.fromkeys(functions.REASSOCIATED, "reassoc"))
    for function, fast in allowed.items():
        own = types.FunctionType(function.__code__, scope, function.__name__)
        jit = numba.njit(fastmath={fast}, error_model="numpy", forceinline=True)
        scope[function.__name__] = jit(own)
    return {"np": np, **{each.__name__: scope[each.__name__] for each in allowed}}
