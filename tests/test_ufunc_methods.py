"""reduce, accumulate, reduceat and outer of every binary function of NumPy's."""

import functools
import re

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.engine.rule import TABLE, Constant, Refused, lookup
from tinygrad_edu.testing import check_gradients

A = np.array([[[1.3, 1.9], [0.7, 1.6], [1.1, 2.3]], [[2.1, 0.6], [1.7, 1.2], [0.9, 1.45]]])
B = np.array([0.8, 1.15])

PAIRS = sorted(
    (
        op
        for op in TABLE
        if isinstance(op, np.ufunc)
        and op.nin == 2
        and not op.signature
        and getattr(np, op.__name__, None) is op
    ),
    key=lambda op: op.__name__,
)
VARYING = [op for op in PAIRS if not isinstance(TABLE[op], Constant | Refused)]
CHAINS = [op for op in VARYING if op.nout == 1 and op is not np.ldexp]
REORDERABLE = [
    op for op in CHAINS
    if op.identity is not None or op in (np.maximum, np.minimum, np.fmax, np.fmin)
]  # fmt: skip
# Where NumPy uses AVX512, these forget all but the first and last elements (NumPy 2.4).
HALF = {np.copysign, np.nextafter, np.heaviside}  # they vary with one argument only
UNRELIABLE = {np.power, np.arctan2}


def of(ops):
    return pytest.mark.parametrize("ufunc", ops, ids=lambda op: op.__name__)


def in_a_loop(ufunc):
    """``ufunc.reduce``, on plain arrays in Python."""

    def reduce(a, axis=0, keepdims=False, initial=None):
        if isinstance(a, Tensor):
            return ufunc.reduce(a, axis=axis, keepdims=keepdims, initial=initial)
        items = list(np.moveaxis(a, axis, 0))
        out = functools.reduce(ufunc, items if initial is None else [initial, *items])
        return np.expand_dims(out, axis) if keepdims else out

    return reduce


def agrees(call, *arrays, constant_in_one=False, order=1):
    """Value, shape and dtype are NumPy's, and derivatives those of finite differences."""
    for dtype in (np.float32, np.float64):
        plain = [np.asarray(a, dtype) for a in arrays]
        out, numpys = call(*map(Tensor, plain)), np.asarray(call(*plain))
        if not isinstance(out, Tensor):
            np.testing.assert_array_equal(out, numpys)
            assert constant_in_one
            return
        assert out.shape == numpys.shape
        assert out.dtype == numpys.dtype
        np.testing.assert_allclose(out.data, numpys, rtol=20 * np.finfo(dtype).eps)
    check_gradients(call, *arrays, order=order, kinks="skip")


@of(CHAINS)
@pytest.mark.parametrize(
    "kwargs",
    [{}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": 2, "initial": 1.4}],
    ids=str,
)
def test_reduce(ufunc, kwargs):
    reduce = in_a_loop(ufunc) if ufunc in UNRELIABLE else ufunc.reduce
    order = 1 if kwargs else 2
    agrees(lambda a: reduce(a, **kwargs), A, constant_in_one=ufunc in HALF, order=order)


@of(REORDERABLE)
@pytest.mark.parametrize("axis", [None, (0, 2), (-1, 1), ()], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduce_over_several_axes(ufunc, axis, keepdims):
    agrees(lambda a: ufunc.reduce(a, axis=axis, keepdims=keepdims), A)


@of([op for op in CHAINS if op not in UNRELIABLE])
def test_reduce_where(ufunc):
    mask = np.array([[True, False], [True, True], [False, True]])

    def call(a):
        return ufunc.reduce(a, axis=1, initial=1.4, where=mask)

    agrees(call, A, constant_in_one=ufunc in HALF)


@of(CHAINS)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_accumulate(ufunc, axis):
    agrees(lambda a: ufunc.accumulate(a, axis=axis), A)


@of(CHAINS)
@pytest.mark.parametrize(("indices", "axis"), [([0, 1], 1), ([2, 0, 1, 1], -2), ([1], 0), ([], 2)])
def test_reduceat(ufunc, indices, axis):
    indices = np.array(indices, int)
    agrees(lambda a: ufunc.reduceat(a, indices, axis=axis), A)


@of([op for op in VARYING if op.nout == 1 and op is not np.ldexp])
def test_outer(ufunc):
    half = ufunc in HALF
    agrees(ufunc.outer, A[0], B, order=2)
    agrees(lambda b: ufunc.outer(A[0], b), B, constant_in_one=half)
    agrees(lambda a: ufunc.outer(a, [0.8, 1.15]), A[0], constant_in_one=half)
    agrees(lambda a: ufunc.outer(0.8, a), A[0], constant_in_one=half)


def test_outer_with_two_results_and_with_integers():
    quotient, remainder = np.divmod.outer(Tensor(A), B)
    assert isinstance(quotient, np.ndarray)
    np.testing.assert_array_equal(remainder.data, np.divmod.outer(A, B)[1])
    agrees(lambda a: np.ldexp.outer(a, [1, 2]), A)


@of(REORDERABLE)
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 2)])
def test_of_nothing(ufunc, shape):
    a = np.zeros(shape)
    try:
        expected = ufunc.reduce(a)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)):
            ufunc.reduce(Tensor(a))
    else:
        t = Tensor(a)
        out = ufunc.reduce(t)
        np.testing.assert_array_equal(out.data, expected)
        np.sum(out).backward()
        assert t.grad.shape == shape
    assert ufunc.accumulate(Tensor(a)).shape == shape


def test_of_a_number():
    for ufunc in (np.hypot, np.subtract, np.add, np.logaddexp, np.fmax):
        assert ufunc.reduce(Tensor(-3.0)).item() == ufunc.reduce(np.float64(-3))
    with pytest.raises(TypeError, match="cannot accumulate on a scalar"):
        np.add.accumulate(Tensor(3.0))


@pytest.mark.parametrize(
    ("ufunc", "function"),
    [(np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)],
)
def test_a_sum_is_recorded_as_a_sum(ufunc, function):
    t = Tensor(A)
    assert ufunc.reduce(t).op is function
    assert ufunc.reduce(t, initial=0.5).op is function
    assert ufunc.reduce(t, axis=None, initial=None, dtype=None).shape == ()


@pytest.mark.parametrize(
    ("ufunc", "function"),
    [(np.add, np.cumsum), (np.multiply, np.cumprod)],
    ids=lambda op: op.__name__,
)
def test_a_running_sum_is_recorded_as_one(ufunc, function):
    assert ufunc.accumulate(Tensor(A)).op is function


@pytest.mark.parametrize("ufunc", [np.hypot, np.add, np.fmax, np.logaddexp])
@pytest.mark.parametrize("method", ["reduce", "accumulate", "reduceat"])
def test_dtype(ufunc, method):
    args = ([0, 1],) if method == "reduceat" else ()
    t = Tensor(A)
    out = getattr(ufunc, method)(t, *args, dtype=np.float32)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.data, getattr(ufunc, method)(A, *args), rtol=1e-6)
    np.sum(out).backward()
    assert t.grad.dtype == np.float64


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.power], ids=str)
def test_of_complex_numbers(ufunc):
    for method in (ufunc.reduce, ufunc.accumulate, lambda z: ufunc.outer(z, z[0])):
        z = A + 0.5j
        expected = method(z)
        if ufunc is not np.power:  # as above
            np.testing.assert_allclose(method(Tensor(z)).data, expected, rtol=1e-13)

        def parts(x, y, method=method):
            out = method(x + 1j * y)
            return np.stack([np.real(out), np.imag(out)])

        check_gradients(parts, A[:, :2, 0], A[:, :2, 1])


@pytest.mark.parametrize("ufunc", [np.fmax, np.fmin])
def test_ties_share_evenly_and_nan_gives_way(ufunc):
    for values, expected in (
        ([1, 1, np.nan, 1], [1 / 3, 1 / 3, 0, 1 / 3]),
        ([np.nan, np.nan], [0.5, 0.5]),
        ([np.inf, np.nan], [1, 0]),
        ([-np.inf, np.nan], [1, 0]),
    ):
        t = Tensor(values)
        ufunc.reduce(t).backward()
        np.testing.assert_array_equal(t.grad, expected)


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
def test_a_logarithm_of_a_sum_is_stable(ufunc):
    for values, expected in (
        ([-1e4, 1e4, 1e4], [0, 0.5, 0.5]),
        ([-np.inf, -np.inf], [0.5, 0.5]),
        ([-np.inf], [1]),
    ):
        t = Tensor(values)
        ufunc.reduce(t).backward()
        np.testing.assert_allclose(t.grad, expected)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: np.subtract.reduce(t, axis=None), ValueError, "not reorderable"),
        (lambda t: np.hypot.reduce(t, axis=5), np.exceptions.AxisError, "axis 5"),
        (lambda t: np.subtract.reduce(t, where=A > 1), ValueError, "specify 'initial'"),
        (lambda t: np.add.reduceat(t, [0, 7]), IndexError, r"index 7 out-of-bounds"),
        (lambda t: np.sin.reduce(t), ValueError, "binary functions"),
        (lambda t: np.divmod.reduce(t), ValueError, "returning a single value"),
        (lambda t: np.matmul.reduce(t), RuntimeError, "not defined on ufunc with signature"),
        (lambda t: np.logaddexp.reduce(t * 1j), TypeError, "logaddexp"),
        (lambda t: np.add.reduce(t, out=A[0]), TypeError, "in-place"),
        (lambda t: np.add.outer(t, t, dtype=np.float32), TypeError, r"np\.add\.outer: .* dtype="),
        (lambda t: np.add.at(A.copy(), [0], t), TypeError, "in place"),
    ],
)
def test_errors_are_numpys_or_say_what_to_write(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(A))


@of([op for op in PAIRS if isinstance(TABLE[op], Constant) and "dd->d" not in op.types])
def test_methods_of_constants_give_plain_arrays(ufunc):
    for method in (ufunc.reduce, ufunc.accumulate, lambda a: ufunc.outer(a, B)):
        try:
            expected = method(A)
        except TypeError as error:  # comparisons of truth values with numbers
            with pytest.raises(TypeError, match=re.escape(str(error))):
                method(Tensor(A))
        else:
            found = method(Tensor(A))
            assert isinstance(found, np.ndarray)
            np.testing.assert_array_equal(found, expected)


def test_a_method_of_an_unknown_function_has_no_row():
    assert lookup(np.frompyfunc(max, 2, 1).reduce) is None
