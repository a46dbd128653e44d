"""Python's operators and NumPy's two protocols (NEP 13, NEP 18) on Tensors."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_edu.engine.context import STATE, look_at
from tinygrad_edu.engine.node import NO_PARAMS, Node
from tinygrad_edu.engine.numpy_errors import explained
from tinygrad_edu.engine.record import FIRST, QUICK, apply, new_node
from tinygrad_edu.engine.rule import TABLE, title
from tinygrad_edu.engine.values import plain, plain_arguments
from tinygrad_edu.tensor.conversion import refuse_array, refuse_conversion

if TYPE_CHECKING:
    from tinygrad_edu.tensor.signatures import BinaryOperator
    from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Operators"]

_SECOND, _BOTH = (1,), (0, 1)
_OTHER = (list, tuple, float, int, complex)  # constants too, that take the longer way


def _refuse_step(kind: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(_self: Any, *_args: Any) -> NoReturn:  # round(t, 2) gives the digits
        raise TypeError(
            f"{kind}(t) gives a plain number, which has no gradient: write {instead} for the steps "
            f"as an array, or {kind}(t.item())"
        )

    return refuse


def _refuse_in_place(method: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(_self: Any, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(
            f"t.{method}(...) would change in place what has been recorded; write t = {instead}"
        )

    return refuse


def _operators(
    ufunc: np.ufunc, compute: Callable[[Any, Any], Any]
) -> tuple[BinaryOperator, BinaryOperator]:
    """An operator and its reflection: the short path to the node that `ufunc` records."""

    def forward(x: Any, y: Any, modulo: Any = None) -> Any:
        parents: tuple[Any, ...]
        places: tuple[int, ...]
        a, b = x._value, y
        if modulo is not None:
            raise TypeError("pow(t, n, modulo) is for integers; write np.remainder(t**n, modulo)")
        if isinstance(y, Node):
            b, parents, places = y._value, (x, y), _BOTH
        elif type(y) in QUICK:
            parents, places = (x,), FIRST
        else:
            return _with_another(ufunc, (x, y), y)
        try:
            return new_node(compute(a, b), TABLE[ufunc], (a, b), parents, places)
        except (ValueError, TypeError) as error:
            raise explained(ufunc, (a, b), NO_PARAMS, error) from None
        except AttributeError:
            plain_arguments(title(ufunc), (a, b), {})  # of Python objects, which have no dtype
            raise

    def reflected(y: Any, x: Any) -> Any:
        if type(x) not in QUICK:
            return _with_another(ufunc, (x, y), x)
        b = y._value  # once, as another thread may replace it
        try:
            return new_node(compute(x, b), TABLE[ufunc], (x, b), (y,), _SECOND)
        except (ValueError, TypeError) as error:
            raise explained(ufunc, (x, b), NO_PARAMS, error) from None
        except AttributeError:
            plain_arguments(title(ufunc), (x, b), {})
            raise

    _REFLECTED[ufunc] = reflected
    both: Any = (forward, reflected)
    return both  # type: ignore[no-any-return]


def _in_place(symbol: str, operate: Any) -> BinaryOperator:
    """An operator with =, which gives the name another Tensor; not to a leaf that is trained.

    That is what it looks like outside of a module's call, where the leaf has a gradient and what is
    taken from it has its shape: ``p -= rate * p.grad``.
    """

    def forward(x: Any, y: Any) -> Any:
        trained = x.call.row is None and x._grad is not None and STATE.get().scope is None
        if trained and not isinstance(y, Node) and np.shape(y) == x.shape:
            name = f" {x.name!r}" if x.name else ""
            raise TypeError(
                f"p {symbol}= ... gives the name p to a new Tensor, and the leaf{name} of shape "
                f"{x.shape}, which has a gradient, would not learn: write p.data = p.data {symbol} "
                f"..., or p = p {symbol} ... if a new Tensor is meant"
            )
        return operate(x, y)

    typed: Any = forward
    return typed  # type: ignore[no-any-return]


_REFLECTED: dict[Any, Any] = {}


def _in_numpy(frame: Any) -> str | None:
    """The public function of NumPy's, written in Python, that is at work; None if there is none."""
    name = None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        name, frame = frame.f_code.co_name, frame.f_back
    return name


def _with_another(ufunc: np.ufunc, args: tuple[Any, Any], other: Any) -> Any:
    """An operator of a Tensor and what is neither a Tensor nor NumPy's: a constant, if an array."""
    if isinstance(other, np.ndarray):
        plain(other, title(ufunc))
    if isinstance(other, _OTHER) or hasattr(other, "__array__"):
        return apply(ufunc, args, {})
    if isinstance(other, str | bytes) and ufunc not in (np.equal, np.not_equal):
        raise TypeError(  # a str would ask the Tensor how often it is to be repeated
            f"{title(ufunc)} of a Tensor and the text {other!r}: an operand is a Tensor, an array "
            "or a number"
        )
    return NotImplemented


def _comparison(ufunc: np.ufunc) -> Any:
    return _plain_operators(ufunc)[0]


def _plain_operators(ufunc: np.ufunc) -> tuple[Any, Any]:
    """An operator and its reflection for a function whose row is not recorded as it stands."""

    def forward(x: Any, y: Any) -> Any:
        known = isinstance(y, Node) or type(y) in QUICK
        return apply(ufunc, (x, y), {}) if known else _with_another(ufunc, (x, y), y)

    def reflected(y: Any, x: Any) -> Any:
        known = isinstance(x, Node) or type(x) in QUICK
        return apply(ufunc, (x, y), {}) if known else _with_another(ufunc, (x, y), x)

    return forward, reflected


class Operators:
    """What makes ``a * b``, ``np.exp(a)`` and ``a[0]`` work on Tensors.

    What would silently lose a gradient raises an error that says what to write instead.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        _value: Any

    # ---- NumPy's protocols ----------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            if ufunc in _REFLECTED and type(inputs[0]) is np.ndarray:  # a @ t, a + t ...
                return _REFLECTED[ufunc](self, inputs[0])
            return apply(ufunc, inputs, kwargs)
        if kwargs.get("out") is not None:
            if function := _in_numpy(sys._getframe(1)):
                raise TypeError(
                    f"np.{function}: an array is the first argument and a Tensor another, about "
                    "which NumPy does not ask the Tensor; make the array a Tensor too, "
                    f"np.{function}(Tensor(a), ...)"
                )
            raise TypeError(
                f"{title(ufunc)}(..., out=...) or an in-place operator (a += t) would write a "
                "Tensor's values into a plain array and lose the gradient; write a = a + t"
            )
        called = ufunc if method == "__call__" else getattr(ufunc, method)
        return apply(called, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        try:
            return apply(function, args, kwargs)
        except TypeError:
            caller = _in_numpy(sys._getframe(1)) if function is np.copyto else None
            if caller is None:
                raise
            raise TypeError(
                f"np.{caller} would write a Tensor's values into a plain array and lose their "
                "gradient; write np.ones(shape) * t, or np.where(mask, t, a)"
            ) from None

    def __tensor_function__(self, function: Any, args: Any, kwargs: Any) -> Any:
        return apply(function, args, kwargs)

    if not TYPE_CHECKING:  # to whom it would be an array

        def __array__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
            refuse_array(self)

    def __bool__(self) -> bool:
        if self._value.size != 1:
            raise ValueError(
                f"the truth of a Tensor of shape {self._value.shape} is ambiguous: np.any(t) or "
                "np.all(t) for one answer, np.where(t > 0, a, b) to choose by element, and "
                "`is` to find it in a list"
            )
        look_at(self)
        return bool(self._value)

    # ---- indexing -------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        result: Tensor = apply(operator.getitem, (self, index), {})
        return result

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "t[index] = value would change what has been recorded; write "
            "t = np.where(mask, value, t), or build the Tensor with np.concatenate or np.stack"
        )

    # ---- in place -------------------------------------------------------------------------------

    fill = _refuse_in_place("fill", "np.full_like(t, value)")
    itemset = _refuse_in_place("itemset", "np.where(mask, value, t)")
    put = _refuse_in_place("put", "np.where(mask, values, t)")
    resize = _refuse_in_place("resize", "np.resize(t, shape), or t.reshape(shape)")
    setfield = _refuse_in_place("setfield", "np.where(mask, value, t)")

    # ---- arithmetic and comparison --------------------------------------------------------------

    __add__, __radd__ = _operators(np.add, operator.add)
    __sub__, __rsub__ = _operators(np.subtract, operator.sub)
    __mul__, __rmul__ = _operators(np.multiply, operator.mul)
    __truediv__, __rtruediv__ = _operators(np.divide, operator.truediv)
    __pow__, __rpow__ = _operators(np.power, operator.pow)
    __matmul__, __rmatmul__ = _operators(np.matmul, operator.matmul)
    __floordiv__, __rfloordiv__ = _plain_operators(np.floor_divide)
    __mod__, __rmod__ = _plain_operators(np.remainder)
    __divmod__, __rdivmod__ = _plain_operators(np.divmod)
    __iadd__ = _in_place("+", __add__)
    __isub__ = _in_place("-", __sub__)
    __imul__ = _in_place("*", __mul__)
    __itruediv__ = _in_place("/", __truediv__)
    __lt__ = _comparison(np.less)
    __le__ = _comparison(np.less_equal)
    __gt__ = _comparison(np.greater)
    __ge__ = _comparison(np.greater_equal)
    __eq__ = _comparison(np.equal)
    __ne__ = _comparison(np.not_equal)
    __hash__ = object.__hash__

    def __neg__(self) -> Tensor:
        result: Tensor = new_node(-self._value, TABLE[np.negative], (self._value,), (self,), FIRST)
        return result

    def __pos__(self) -> Tensor:
        result: Tensor = new_node(+self._value, TABLE[np.positive], (self._value,), (self,), FIRST)
        return result

    def __abs__(self) -> Tensor:
        result: Tensor = new_node(
            abs(self._value), TABLE[np.absolute], (self._value,), (self,), FIRST
        )
        return result

    # ---- what would lose the gradient -----------------------------------------------------------

    if not TYPE_CHECKING:  # who object by themselves
        __float__ = refuse_conversion("float")
        __int__ = refuse_conversion("int")
        __complex__ = refuse_conversion("complex")
        __index__ = refuse_conversion("operator.index")
        __floor__ = _refuse_step("math.floor", "np.floor(t)")
        __ceil__ = _refuse_step("math.ceil", "np.ceil(t)")
        __trunc__ = _refuse_step("math.trunc", "np.trunc(t)")
        __round__ = _refuse_step("round", "np.round(t, decimals)")

    def choose(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: the positions of choices are integers."""
        raise TypeError(
            "t.choose(choices) takes the elements of t for the positions of choices, and a Tensor "
            "holds real numbers; write np.choose(t.astype(int), choices)"
        )
