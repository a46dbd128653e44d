"""The functions of numbers that the page knows: under NumPy's names, but for a few."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.explorer.call import Call, UnknownError

__all__ = ["ELEMENTWISE", "elementwise", "is_truth"]

_BY_NAME: Any = (
    np.positive, np.negative, np.absolute, np.sign, np.signbit, np.reciprocal, np.square,
    np.sqrt, np.cbrt, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p,
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh,
    np.arcsinh, np.arccosh, np.arctanh, np.degrees, np.radians, np.sinc, np.floor, np.ceil,
    np.trunc, np.rint, np.isnan, np.isinf, np.isfinite, np.logical_not, np.add, np.subtract,
    np.multiply, np.divide, np.floor_divide, np.remainder, np.fmod, np.power, np.hypot,
    np.arctan2, np.copysign, np.nextafter, np.ldexp, np.logaddexp, np.logaddexp2,
    np.heaviside, np.maximum, np.minimum, np.fmax, np.fmin, np.equal, np.not_equal, np.less,
    np.less_equal, np.greater, np.greater_equal, np.logical_and, np.logical_or,
    np.logical_xor, np.where,
)  # fmt: skip
ELEMENTWISE: dict[Any, str] = {function: function.__name__ for function in _BY_NAME} | {
    np.float_power: "power",
    np.fabs: "absolute",
    np.conjugate: "positive",  # of real numbers
    np.real: "positive",
    np.rad2deg: "degrees",
    np.deg2rad: "radians",
}
_OF_TRUTH: dict[Any, str] = {  # what these do to truth values, which NumPy adds as such
    np.add: "logical_or",
    np.multiply: "logical_and",
    np.bitwise_or: "logical_or",
    np.bitwise_and: "logical_and",
    np.bitwise_xor: "logical_xor",
    np.invert: "logical_not",
}


def _kind(operand: Any) -> str:
    return str((operand.dtype if hasattr(operand, "dtype") else np.asarray(operand).dtype).kind)


def is_truth(array: Any) -> bool:
    """Whether an array holds truth values."""
    return _kind(array) == "b"


def elementwise(function: Any, args: Any, kwargs: Any) -> Call:
    """The call of a function of numbers.

    Raises
    ------
    UnknownError
        If the page does not know the function, or an option of it.
    """
    name = ELEMENTWISE.get(function)
    if all(map(is_truth, args)):
        name = _OF_TRUTH.get(function, name)
    if name is None or kwargs or any(_kind(each) not in "biuf" for each in args):
        raise UnknownError(function)
    return Call(name, list(args))
