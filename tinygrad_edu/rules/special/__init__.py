"""Local derivatives of the functions of scipy.special, one file a chapter.

Not imported with the package: `engine.rule.lookup` does so when it first meets a function of SciPy.
The functions are elementwise, and their derivatives stand in Abramowitz and Stegun (1964) and in
the NIST Digital Library of Mathematical Functions. Where SciPy takes complex numbers, so do they.
"""

from __future__ import annotations

import numpy as np
from scipy.special import _ufuncs

from tinygrad_edu.engine.rule import TABLE, constant, refused
from tinygrad_edu.rules.special import bessel, gamma, integrals, polynomials, probability

__all__ = ["bessel", "gamma", "integrals", "polynomials", "probability"]

constant(_ufuncs.round, _ufuncs.gammasgn)

_REASON = (
    "no derivative here yet; give it one with `custom`, or pass the value, t.data, if it is a "
    "constant"
)
refused(
    _REASON,
    *{f for f in vars(_ufuncs).values() if isinstance(f, np.ufunc) and f not in TABLE},
)
