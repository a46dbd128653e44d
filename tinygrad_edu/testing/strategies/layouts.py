"""The same array, laid out otherwise in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

__all__ = ["layouts"]


def layouts() -> st.SearchStrategy[Callable[[Any], Any]]:
    """Functions that give an equal array laid out otherwise in memory.

    Transposed, with gaps, backwards, read-only, or repeated without being copied where the values
    allow it.
    """
    return st.sampled_from([_fortran, _gaps, _backwards, _readonly])


def _fortran(a: Any) -> Any:
    return np.asarray(a).T.copy().T


def _gaps(a: Any) -> Any:
    a = np.asarray(a)
    return np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a


def _backwards(a: Any) -> Any:
    a = np.asarray(a)
    flip = (slice(None, None, -1),) * a.ndim
    return a[flip].copy()[flip]


def _readonly(a: Any) -> Any:
    a = np.array(a)
    a.flags.writeable = False
    return a
