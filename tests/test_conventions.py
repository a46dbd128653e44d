"""The conventions: what the derivative is where calculus leaves a choice. One row a convention.

The documentation's page of conventions is made of the rows; the words of their names sort them.
"""

import warnings

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Tensor, grad

inf, nan = np.inf, np.nan


def pole(x):
    return np.sum(np.where(x > 0, np.log(x), 0))


def overflow(x):
    return np.sum(np.where(x < 1, np.exp(x), 1))


def missing(x):
    return np.sum(np.where(np.isnan(x), 0, x * x))


def broken_line(x):
    return np.interp(x, [0.0, 1, 2], [0.0, 1, 4])


# name, a function of arrays that gives a number, where, and the gradient in each argument there.
ROWS = [
    ("abs at 0", np.abs, [0.0], [0.0]),
    ("abs at -0.0", np.abs, [-0.0], [0.0]),
    ("fabs at 0", np.fabs, [0.0], [0.0]),
    ("max shares among ties", np.max, [[1, 2, 2]], [[0, 0.5, 0.5]]),
    ("max, all tied", np.max, [[3, 3, 3, 3]], [[0.25] * 4]),
    ("max of infinities", np.max, [[inf, inf]], [[0.5, 0.5]]),
    ("min shares among ties", np.min, [[1, 1, 2]], [[0.5, 0.5, 0]]),
    ("max with a NaN", np.max, [[1, nan, 2]], [[0, 1, 0]]),
    ("max with two NaNs", np.max, [[nan, nan, 2]], [[0.5, 0.5, 0]]),
    ("min with a NaN", np.min, [[1, nan, 2]], [[0, 1, 0]]),
    ("maximum of equals", np.maximum, [1, 1], [0.5, 0.5]),
    ("maximum of one with itself", lambda t: np.maximum(t, t), [1.0], [1.0]),
    ("minimum of equals", np.minimum, [1, 1], [0.5, 0.5]),
    ("minimum of one with itself", lambda t: np.minimum(t, t), [1.0], [1.0]),
    ("maximum of equal infinities", np.maximum, [inf, inf], [0.5, 0.5]),
    ("maximum with a NaN", np.maximum, [nan, 1], [1, 0]),
    ("maximum with a NaN second", np.maximum, [1, nan], [0, 1]),
    ("relu at 0", te.relu, [0.0], [0.0]),
    ("clip at its lower bound", lambda x: np.clip(x, 1, 2), [1.0], [1.0]),
    ("clip at its upper bound", lambda x: np.clip(x, 1, 2), [2.0], [1.0]),
    ("clip outside", lambda x: np.clip(x, 1, 2), [3.0], [0.0]),
    ("clip of a NaN", lambda x: np.clip(x, 1, 2), [nan], [1.0]),
    ("clip, the bounds at x", lambda x, lo, hi: np.clip(x, lo, hi), [1, 1, 2], [1, 0, 0]),
    ("sqrt at 0", np.sqrt, [0.0], [inf]),
    ("x**0 at 0", lambda x: x**0, [0.0], [0.0]),
    ("x**0.0 at 0", lambda x: x**0.0, [0.0], [0.0]),
    ("x**array(0) at 0", lambda x: x ** np.array(0), [0.0], [0.0]),
    ("x**1 at 0", lambda x: x**1, [0.0], [1.0]),
    ("x**2 at 0", lambda x: x**2, [0.0], [0.0]),
    ("x**y at (0, 0)", np.power, [0, 0], [0, 0]),
    ("x**y at (0, 1)", np.power, [0, 1], [1, 0]),
    ("x**y at (0, 2)", np.power, [0, 2], [0, 0]),
    ("x**y at (-2, 3)", np.power, [-2, 3], [12, nan]),
    ("0**t", lambda t: 0**t, [2.0], [0.0]),
    ("std at zero variance", np.std, [[2, 2, 2]], [[0, 0, 0]]),
    ("std of one number", np.std, [[2]], [[0]]),
    ("prod with one zero", np.prod, [[2, 0, 3]], [[0, 6, 0]]),
    ("prod with two zeros", np.prod, [[0, 0, 3]], [[0, 0, 0]]),
    ("prod of one number", np.prod, [[5]], [[1]]),
    ("norm at the zero vector", np.linalg.norm, [[0, 0]], [[0, 0]]),
    ("3-norm at the zero vector", lambda x: np.linalg.norm(x, 3), [[0, 0]], [[0, 0]]),
    ("1-norm at the zero vector", lambda x: np.linalg.norm(x, 1), [[0, 0]], [[0, 0]]),
    ("inf-norm at the zero vector", lambda x: np.linalg.norm(x, inf), [[0, 0]], [[0, 0]]),
    ("norms of vectors, one of them 0", lambda x: np.sum(np.linalg.norm(x, axis=1)),
     [[[0, 0], [3, 4]]], [[[0, 0], [0.6, 0.8]]]),
    ("inf-norm shares among ties", lambda x: np.linalg.norm(x, inf), [[2, -2, 1]],
     [[0.5, -0.5, 0]]),
    ("Frobenius norm at the zero matrix", np.linalg.norm, [[[0, 0], [0, 0]]], [[[0, 0], [0, 0]]]),
    ("2-norm at the zero matrix", lambda x: np.linalg.norm(x, 2), [[[0, 0], [0, 0]]],
     [[[0, 0], [0, 0]]]),
    ("nuclear norm of rank one", lambda x: np.linalg.norm(x, "nuc"), [[[1, 1], [1, 1]]],
     [[[0.5, 0.5], [0.5, 0.5]]]),
    ("2-norm shares among equals", lambda x: np.linalg.norm(x, 2), [[[2, 0], [0, 2]]],
     [[[0.5, 0], [0, 0.5]]]),
    ("det of a singular matrix", np.linalg.det, [[[1, 2], [2, 4]]], [[[4, -2], [-2, 1]]]),
    ("det of rank one", np.linalg.det, [[[1, 0, 0], [0, 0, 0], [0, 0, 0]]], [np.zeros((3, 3))]),
    ("sum of equal eigenvalues", lambda x: np.sum(np.linalg.eigvalsh(x)), [[[2, 0], [0, 2]]],
     [[[1, 0], [0, 1]]]),
    ("cumprod with one zero", lambda x: np.sum(np.cumprod(x)), [[2, 0, 3]], [[1, 8, 0]]),
    ("cumprod with two zeros", lambda x: np.sum(np.cumprod(x)), [[2, 0, 0]], [[1, 2, 0]]),
    ("cumprod of nothing", lambda x: np.sum(np.cumprod(x)), [[]], [[]]),
    ("max, the initial value tied", lambda x: np.max(x, initial=2), [[1, 2]], [[0, 0.5]]),
    ("max, the initial value larger", lambda x: np.max(x, initial=3), [[1, 2]], [[0, 0]]),
    ("max of some", lambda x: np.max(x, initial=0, where=[True, False]), [[1, 2]], [[1, 0]]),
    ("ptp of equals", np.ptp, [[2, 2]], [[0, 0]]),
    ("nanmax with a NaN", np.nanmax, [[nan, 2, 2]], [[0, 0.5, 0.5]]),
    ("median of an odd count", np.median, [[3, 1, 2]], [[0, 0, 1]]),
    ("median of an even count", np.median, [[4, 1, 2, 3]], [[0, 0, 0.5, 0.5]]),
    ("median of equals", np.median, [[1, 1, 1]], [[1 / 3] * 3]),
    ("median, ties in the middle", np.median, [[0, 1, 1, 2]], [[0, 0.5, 0.5, 0]]),
    ("median, a tie with one side", np.median, [[0, 1, 2, 2]], [[0, 0.5, 0.25, 0.25]]),
    ("median with a NaN", np.median, [[1, nan, 2]], [[0, 1, 0]]),
    ("nanmedian with a NaN", np.nanmedian, [[1, nan, 2]], [[0.5, 0, 0.5]]),
    ("quantile among ties", lambda x: np.quantile(x, 0.75), [[0, 1, 2, 2]], [[0, 0, 0.5, 0.5]]),
    ("quantile in q at an element", lambda q: np.quantile([0, 1, 4], q), [0.5], [4]),
    ("quantile in q at the end", lambda q: np.quantile([0, 1, 4], q), [1.0], [3]),
    ("quantile in q, a step", lambda x, q: np.quantile(x, q, method="lower"), [[0, 1], 0.5],
        [[1, 0], 0]),
    ("first of a sort among ties", lambda x: np.sort(x)[0], [[1, 1, 2]], [[0.5, 0.5, 0]]),
    ("sort of equals", lambda x: np.sort(x) @ [1, 2, 6], [[5, 5, 5]], [[3, 3, 3]]),
    ("sort with NaNs", lambda x: np.sort(x)[-1], [[nan, 1, nan]], [[0.5, 0, 0.5]]),
    ("partition among ties", lambda x: np.partition(x, 1)[1], [[2, 1, 1]], [[0, 0.5, 0.5]]),
    ("where keeps out of a pole", pole, [[0, 2]], [[0, 0.5]]),
    ("where keeps out of an overflow", overflow, [[0, 1e4]], [[1, 0]]),
    ("where keeps out of sqrt", lambda x: np.where(x > 0, np.sqrt(x), 0), [0.0], [0.0]),
    ("where keeps out a missing value", missing, [[nan, 2]], [[0, 4]]),
    ("the price: sqrt(x)**2 at 0", lambda x: np.sqrt(x) ** 2, [0.0], [0.0]),
    ("the price: log(exp(x)) at -1000", lambda x: np.log(np.exp(x)), [-1000.0], [0.0]),
    ("0 times log", lambda x: 0 * np.log(x), [0.0], [0.0]),
    ("sigmoid far out", lambda x: np.sum(te.sigmoid(x)), [[-1000, 0, 1000]], [[0, 0.25, 0]]),
    ("softplus far out", lambda x: np.sum(te.softplus(x)), [[-1000, 0, 1000]], [[0, 0.5, 1]]),
    ("logsumexp far out", te.logsumexp, [[-1000, 1000, 1000]], [[0, 0.5, 0.5]]),
    ("logsumexp far down", te.logsumexp, [[-1000, -1000]], [[0.5, 0.5]]),
    ("log_softmax far out", lambda x: te.log_softmax(x)[0], [[-1000, 1000]], [[1, -1]]),
    ("softmax far out", lambda x: te.softmax(x)[0], [[1000, -1000]], [[0, 0]]),
    ("logsumexp of all -inf", te.logsumexp, [[-inf, -inf]], [[0.5, 0.5]]),
    ("logsumexp with one -inf", te.logsumexp, [[-inf, 0]], [[0, 1]]),
    ("logsumexp with an inf", te.logsumexp, [[inf, 0]], [[1, 0]]),
    ("softplus at infinities", lambda x: np.sum(te.softplus(x)), [[-inf, inf]], [[0, 1]]),
    ("arcsin at 1", np.arcsin, [1.0], [inf]),
    ("arcsin at -1", np.arcsin, [-1.0], [inf]),
    ("arccos at 1", np.arccos, [1.0], [-inf]),
    ("arccosh at 1", np.arccosh, [1.0], [inf]),
    ("cbrt at 0", np.cbrt, [0.0], [inf]),
    ("copysign at 0", lambda x: np.copysign(x, -1), [0.0], [0.0]),
    ("copysign to the other sign", lambda x: np.copysign(x, -1), [2.0], [-1.0]),
    ("fmax of equals", np.fmax, [1, 1], [0.5, 0.5]),
    ("fmax with a NaN", np.fmax, [nan, 1], [0, 1]),
    ("fmin with a NaN second", np.fmin, [1, nan], [1, 0]),
    ("fmax of two NaNs", np.fmax, [nan, nan], [0.5, 0.5]),
    ("heaviside at 0", lambda h: np.heaviside(0.0, h), [0.5], [1.0]),
    ("hypot at (0, 0)", np.hypot, [0, 0], [0, 0]),
    ("hypot far out", np.hypot, [3e200, 4e200], [0.6, 0.8]),
    ("hypot at an infinity", np.hypot, [-inf, 1], [-1, 0]),
    ("arctan2 at (0, 0)", np.arctan2, [0, 0], [0, 0]),
    ("arctan2 at (0, -2), on its cut", np.arctan2, [0, -2], [-0.5, 0]),
    ("arctan2 far out", lambda y, x: 1e200 * np.arctan2(y, x), [0, 1e200], [1, 0]),
    ("arctan2 at an infinity", np.arctan2, [1, inf], [0, 0]),
    ("angle at 0", np.angle, [0.0], [0.0]),
    ("logaddexp of equals", np.logaddexp, [1, 1], [0.5, 0.5]),
    ("logaddexp(-inf, -inf)", np.logaddexp, [-inf, -inf], [0.5, 0.5]),
    ("logaddexp(inf, inf)", np.logaddexp, [inf, inf], [0.5, 0.5]),
    ("logaddexp(-inf, 0)", np.logaddexp, [-inf, 0], [0, 1]),
    ("logaddexp far out", np.logaddexp, [-1000, 1000], [0, 1]),
    ("logaddexp2(-inf, -inf)", np.logaddexp2, [-inf, -inf], [0.5, 0.5]),
    ("logaddexp2(0, 1)", np.logaddexp2, [0, 1], [1 / 3, 2 / 3]),
    ("mod in y", np.mod, [7, 2], [1, -3]),
    ("mod of a negative number", np.mod, [-7, 2], [1, 4]),
    ("mod where x / y is rounded up", np.mod, [1, 0.1], [1, -9]),
    ("fmod in y", np.fmod, [7, 2], [1, -3]),
    ("fmod of a negative number", np.fmod, [-7, 2], [1, 3]),
    ("fmod where x / y is rounded up", np.fmod, [1, 0.1], [1, -9]),
    ("divmod in y", lambda x, y: divmod(x, y)[1], [7, 2], [1, -3]),
    ("modf at a whole number", lambda x: np.modf(x)[0], [2.0], [1.0]),
    ("frexp", lambda x: np.frexp(x)[0], [6.0], [0.125]),
    ("frexp at 0", lambda x: np.frexp(x)[0], [0.0], [1.0]),
    ("sinc at 0", np.sinc, [0.0], [0.0]),
    ("i0 at 0", np.i0, [0.0], [0.0]),
    ("nan_to_num of a NaN", lambda x: np.nan_to_num(x, nan=1.0), [nan], [0.0]),
    ("nan_to_num of infinities", lambda x: np.sum(np.nan_to_num(x)), [[-inf, 1, inf]], [[0, 1, 0]]),
    ("repeated picks add", lambda x: np.sum(x[[0, 0, 1]]), [[5, 6, 7]], [[2, 1, 0]]),
    ("negative and positive picks add", lambda x: x[-1] + x[2], [[5, 6, 7]], [[0, 0, 2]]),
    ("interp at a sample: the slope after it", broken_line, [1.0], [3.0]),
    ("interp at the last sample: the slope before it", broken_line, [2.0], [3.0]),
    ("interp outside the samples", broken_line, [2.5], [0.0]),
    ("interp at a sample, in the samples", lambda xp, fp: np.interp(1, xp, fp),
     [[0, 1, 2], [0, 1, 4]], [[0, -3, 0], [0, 1, 0]]),
    ("unwrap at a jump", lambda p: np.unwrap(p)[1], [[0, 4]], [[0, 1]]),
    ("polyval at 0", np.polyval, [[2, 3, 4], 0.0], [[0, 0, 1], 3]),
    ("vander at 0", lambda x: np.sum(np.vander(x, 3)), [[0.0]], [[1.0]]),
    ("roots at 0", lambda p: np.roots(p)[0], [[2, 0]], [[0, -0.5]]),
    ("polymul with a leading 0, which it leaves out", lambda p: np.sum(np.polymul(p, [1, 2])),
     [[0, 5]], [[0, 3]]),
    ("sum of nothing", np.sum, [[]], [[]]),
    ("prod of nothing", np.prod, [[]], [[]]),
    ("log at 0", np.log, [0.0], [inf]),
    ("division by 0", lambda x: x / 0, [1.0], [inf]),
]  # fmt: skip

# Where NumPy itself warns in computing the value.
FORWARD_WARNS = {
    "where keeps out of a pole", "where keeps out of an overflow", "0 times log", "log at 0",
    "division by 0", "the price: log(exp(x)) at -1000",
}  # fmt: skip

every_row = pytest.mark.parametrize(
    ("name", "f", "args", "expected"), ROWS, ids=[row[0] for row in ROWS]
)


@every_row
def test_convention(name, f, args, expected):
    """No warning either, but for NumPy's own about the value."""
    quiet = "ignore" if name in FORWARD_WARNS else "warn"
    variables = [Tensor(a) for a in args]
    with np.errstate(all=quiet, under="ignore"):
        out = f(*variables)
    out.backward()
    for variable, gradient in zip(variables, expected, strict=True):
        found = np.zeros(variable.shape) if variable.grad is None else variable.grad
        np.testing.assert_allclose(found, np.array(gradient, float), rtol=1e-12, strict=True)


@every_row
def test_convention_holds_in_a_recorded_backward_pass(name, f, args, expected):
    variables = [Tensor(a) for a in args]
    with np.errstate(all="ignore"):
        out = f(*variables)
    out.backward(create_graph=True)
    for variable, gradient in zip(variables, expected, strict=True):
        found = np.zeros(variable.shape) if variable.grad is None else variable.grad.data
        np.testing.assert_allclose(found, np.array(gradient, float), rtol=1e-12)


SECOND = [
    ("x**2 at 0", lambda x: x**2, 0.0, 2.0),
    ("x**3 at 0", lambda x: x**3, 0.0, 0.0),
    ("x**y in both, at (3, 0)", lambda t: np.power(t, 0 * t), 3.0, 0.0),
    ("relu at 0", te.relu, 0.0, 0.0),
    ("abs at 0", np.abs, 0.0, 0.0),
    ("the square of |t| at 0", lambda t: np.abs(t) ** 2, 0.0, 0.0),
    ("the square of a norm at 0", lambda t: np.linalg.norm(np.stack([t, t])) ** 2, 0.0, 0.0),
    ("hypot at (0, 0)", lambda t: np.hypot(t, 2 * t), 0.0, 0.0),
    ("arctan2 at (0, 0)", lambda t: np.arctan2(t, t), 0.0, 0.0),
    ("logaddexp of one with itself", lambda t: np.logaddexp(t, 0), 0.0, 0.25),
    ("logaddexp(-inf, -inf)", lambda t: np.logaddexp(t, t), -inf, 0.0),
    ("sinc at 0", np.sinc, 0.0, -(np.pi**2) / 3),
    ("i0 at 0", np.i0, 0.0, 0.5),
    ("mod in y", lambda t: np.mod(7.0, t), 2.0, 0.0),
    ("softplus at 0", te.softplus, 0.0, 0.25),
    ("softplus at 1000", te.softplus, 1000.0, 0.0),
    ("softplus at -1000", te.softplus, -1000.0, 0.0),
    ("sigmoid at 0", te.sigmoid, 0.0, 0.0),
    ("sigmoid at 1000", te.sigmoid, 1000.0, 0.0),
    ("sigmoid at -1000", te.sigmoid, -1000.0, 0.0),
    ("prod with a zero", lambda t: np.prod(np.stack([t, t, 2.0 * t])), 0.0, 0.0),
    ("prod of two zeros", lambda t: np.prod(np.stack([t, t])), 0.0, 2.0),
    ("cumprod of two zeros", lambda t: np.sum(np.cumprod(np.stack([t, t, t]))), 0.0, 2.0),
    ("var of equals", lambda t: np.var(np.stack([t, 0 * t])), 0.0, 0.5),
    ("maximum of one with itself", lambda t: np.maximum(t, t) ** 2, 1.0, 2.0),
    ("det of t times the identity, at 0", lambda t: np.linalg.det(t * np.eye(2)), 0.0, 2.0),
    ("det of rank one", lambda t: np.linalg.det(t * np.eye(3) - np.diag([1, 1, 2])), 1.0, -2.0),
]


@pytest.mark.parametrize(("name", "f", "at", "expected"), SECOND, ids=[r[0] for r in SECOND])
def test_second_derivative(name, f, at, expected):
    np.testing.assert_allclose(grad(grad(f))(at), expected, rtol=1e-12)


@pytest.mark.parametrize("f", [te.sigmoid, te.softplus, te.softmax, te.log_softmax, te.logsumexp])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1000, 1e30])
def test_far_out_nothing_overflows_and_nothing_warns(f, dtype, size):
    x = np.array([-size, 0, size], dtype)
    with warnings.catch_warnings(), np.errstate(over="warn", invalid="warn", divide="warn"):
        warnings.simplefilter("error")
        t = Tensor(x)
        out = f(t)
        assert np.all(np.isfinite(f(x)))
        assert out.dtype == dtype
        np.sum(out * np.arange(1, 1 + out.size)).backward(create_graph=True)
        first = t.grad
        assert np.all(np.isfinite(first.data))
        assert first.dtype == dtype


def test_max_of_an_empty_array_raises_as_numpys_does():
    with pytest.raises(ValueError, match="zero-size array"):
        np.max(Tensor(np.zeros(0)))
    with pytest.raises(ValueError, match="zero-size array"):
        np.min(Tensor(np.zeros((0, 2))), axis=0)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_zero_size_arrays_have_zero_size_gradients(shape):
    t = Tensor(np.zeros(shape))
    np.sum(np.exp(t) * 2).backward()
    assert t.grad.shape == shape


@pytest.mark.parametrize(
    "f",
    [
        lambda t, a: t * a, lambda t, a: a / (t + 2), lambda t, a: np.maximum(t, a),
        lambda t, a: np.where(a > 0, t, a), lambda t, a: t @ a, lambda t, a: np.einsum("i,i", t, a),
        lambda t, a: np.concatenate([t, a]), lambda t, a: np.power(t, a),
        lambda t, a: np.clip(t, a, a + 1), lambda t, a: np.outer(a, t),
        lambda t, a: np.tensordot(t, a, 1), lambda t, a: np.stack([a, t]),
    ],
)  # fmt: skip
def test_a_float32_leaf_among_float64_arrays_has_a_float32_gradient(f):
    t, a = Tensor(np.array([1, 2], np.float32)), np.array([0.5, 1.5])
    np.sum(f(t, a)).backward()
    assert t.grad.dtype == np.float32
    t.grad = None
    np.sum(f(t, a)).backward(create_graph=True)
    assert t.grad.dtype == np.float32


COMPLEX = [  # a real loss, where, and dL / d Re z + i dL / d Im z
    (np.abs, 3 + 4j, 0.6 + 0.8j),
    (lambda z: np.abs(z) ** 2, 3 + 4j, 6 + 8j),
    (np.real, 3 + 4j, 1),
    (np.imag, 3 + 4j, 1j),
    (lambda z: np.real((1 + 2j) * z), 3 + 4j, 1 - 2j),
    (lambda z: np.real(z * z), 3 + 4j, 6 - 8j),
]


@pytest.mark.parametrize(("loss", "at", "expected"), COMPLEX)
def test_the_gradient_in_a_complex_number_points_uphill(loss, at, expected):
    np.testing.assert_allclose(grad(loss)(at), expected, rtol=1e-12)
    uphill = at + 1e-6 * grad(loss)(at)
    rise = 1e-6 * np.abs(expected) ** 2
    np.testing.assert_allclose(loss(uphill) - loss(at), rise, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_astype_changes_the_dtype_and_the_gradient_keeps_the_leafs(dtype):
    t = Tensor(np.array([1, 2], np.float32))
    for out in (np.astype(t, dtype), t.astype(dtype)):
        assert out.dtype == dtype
        t.grad = None
        np.sum(out * out).backward()
        assert t.grad.dtype == np.float32
        np.testing.assert_array_equal(t.grad, [2, 4])
