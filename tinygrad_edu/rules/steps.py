"""Functions that take numbers apart at a grid: what is left over varies, the steps do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local, several


def truncated_quotient(out: Any, x: Any, y: Any) -> Any:
    """trunc(x / y), of ``out = fmod(x, y)``, which is exact where x / y is rounded up to it."""
    return np.rint((x - out) / y)


# remainder = x - y floor(x / y),  fmod = x - y trunc(x / y)
local(np.remainder,   1, lambda out, x, y: -np.floor_divide(x, y))
local(np.fmod,        1, lambda out, x, y: -truncated_quotient(out, x, y))
several(np.divmod,
        None,
        (lambda g, outs, x, y: g,
         lambda g, outs, x, y: g * -outs[0]))

# modf = (the fraction, the whole number),  frexp = (m, e) with x = m 2**e
several(np.modf,      lambda g, outs, x: g, None)
several(np.frexp,     lambda g, outs, x: np.ldexp(g, -outs[1]), None)
local(np.ldexp,       lambda out, x, i: np.ldexp(1.0, i), None)

local(np.heaviside,   None, lambda out, x, h: np.where(x == 0, 1.0, 0.0))
local(np.nextafter,   1, None)
