"""Gradients of any size are checked alike: nothing in the checker has a size of its own."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import tinygrad_edu as te
from tests.test_wrong_gradients import CASES
from tinygrad_edu import Tensor, testing
from tinygrad_edu.testing import (
    check_adjoint,
    check_gradients,
    check_jvp,
    check_vjp,
    given_gradients,
    numerical_derivative,
    relations,
    taylor_test,
)

X = np.array([0.3, -1.7, 0.9])
SCALES = [
    (1e-300, 1.0), (1e300, 1e-12), (1e-12, 1e-280), (1e-150, 1e200), (1.0, 1e12), (1e280, 1e-300),
]  # fmt: skip


def verified(report):
    """Every entry was compared: none was left open or excused."""
    return report.conclusive and report.entries and not report.nonsmooth


# ---- what was certified once ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "wrong"),
    [
        (lambda E: 0.5 * 8.854e-12 * E * E, lambda g, E: -8.854e-12 * E * g),
        (lambda T: 1.380649e-23 * T * np.log(T + 3), lambda g, T: g * 1.380649e-23 * np.log(T + 3)),
        (lambda r: 6.674e-11 / (r + 4), lambda g, r: g * 6.674e-11 / (r + 4) ** 2),
        (lambda x: 1e-8 * np.sin(x), lambda g, x: g * 1.001e-8 * np.cos(x)),
        (lambda x: 1e-20 * np.exp(x), lambda g, x: 0 * g),
        (lambda nu: np.expm1(6.626e-34 * (nu + 9)), lambda g, nu: g * 6.626e-33 + 0 * nu),
    ],
)  # fmt: skip
def test_a_small_gradient_is_not_taken_for_any_other(f, wrong):
    with pytest.raises(testing.MismatchError):
        check_vjp(f, wrong, X)


# ---- the same in all units -----------------------------------------------------------------------


def wave(a, b, factor=1):
    """A sine in other units, and its backward pass, which is right if the factor is 1."""
    return lambda x: a * np.sin(b * x), lambda g, x: factor * g * a * b * np.cos(b * x)


@pytest.mark.parametrize(("a", "b"), SCALES)
def test_errors_are_found_in_all_units_and_nothing_else(a, b):
    assert verified(check_vjp(*wave(a, b), X / b))
    for factor in (-1, 2, 0.5, 1.001, 1.00001, 0, np.array([1, 1, 1.001])):
        with pytest.raises(testing.MismatchError):
            check_vjp(*wave(a, b, factor), X / b)


VALUES = [name for name, case in CASES.items() if case.ERROR is testing.MismatchError]
UNITS = [(1e-290, 1e-20, 1e200)[k % 3] for k in range(len(VALUES))]
ONCE = {
    "database": None,
    "phases": [Phase.generate],
    "deadline": None,
    "report_multiple_bugs": False,
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.parametrize(("name", "unit"), list(zip(VALUES, UNITS, strict=True)))
def test_every_kind_of_wrong_value_is_caught_in_other_units(name, unit):
    case = CASES[name]

    def check(vjp, args):
        check_vjp(lambda *xs: unit * case.forward(*xs), lambda g, *xs: vjp(unit * g, *xs), *args)

    @seed(0)
    @settings(max_examples=30, **ONCE)
    @given(case.ARGUMENTS)
    def wrong(args):
        check(case.wrong, args)

    @seed(0)
    @settings(max_examples=2, **ONCE)
    @given(case.ARGUMENTS)
    def right(args):
        check(case.right, args)

    with pytest.raises(testing.MismatchError):
        wrong()
    right()


@pytest.mark.parametrize("s", [1e-200, 1e-12, 1e12, 1e150])
def test_orders_complex_numbers_and_networks(s):
    def energy(x):
        return s * np.sum(np.tanh(x) * x)

    assert verified(check_gradients(energy, X[:2], order=2))
    assert verified(check_gradients(lambda x: np.sum(np.tanh(x / s) * x / s), X[:2] * s))
    z = np.array([0.3 + 0.2j, -0.2 - 1j])
    assert verified(check_gradients(lambda z: s * np.abs(z) ** 2, z))
    assert verified(check_gradients(lambda z: np.exp(z / s), z * s))
    a = np.linspace(-1, 1, 100).reshape(10, 10)
    assert verified(check_gradients(lambda a, b: s * (a @ b), a, a.T + 1))
    with pytest.raises(testing.MismatchError):
        check_vjp(*wave(s, 1, np.where(np.arange(100) == 50, -1, 1)), np.linspace(0.1, 1, 100))


def test_a_second_derivative_in_small_units():
    s = 1e-9
    report = check_gradients(lambda x: np.sum(np.tanh(x / s)), X * s, order=2)
    assert verified(report)
    assert verified(report.lower)


@pytest.mark.parametrize("s", [1e-30, 1e-12, 1e12, 1e30])
def test_single_precision(s):
    s, x = np.float32(s), X.astype(np.float32)
    assert verified(check_gradients(lambda x: s * np.sin(x), x))
    assert verified(check_gradients(lambda x: np.sin(x * (1 / s)), x * s))
    for factor in (-1, 2, 1.001):
        k = np.float32(factor)
        with pytest.raises(testing.MismatchError):
            check_vjp(lambda x: s * np.sin(x), lambda g, x, k=k: k * g * s * np.cos(x), x)
        with pytest.raises(testing.MismatchError):
            check_vjp(lambda x: np.sin(x / s), lambda g, x, k=k: k * g / s * np.cos(x / s), x * s)


@pytest.mark.parametrize("s", [1e-290, 1e-20, 1e20])
def test_the_other_checks(s):
    def tangent(v, x):
        return s * v * np.cos(x)

    def f(x):
        return s * np.sin(x)

    assert verified(check_jvp(f, tangent, X))
    check_adjoint(tangent, tangent, X)
    for k in (-1, 1.001):
        with pytest.raises(testing.MismatchError):
            check_jvp(f, lambda v, x, k=k: k * tangent(v, x), X)
        with pytest.raises(testing.MismatchError):
            check_adjoint(tangent, lambda g, x, k=k: k * tangent(g, x), X)
    for spoilt in (lambda g, x: g**2, lambda g, x: 1.0 + 0 * g, lambda g, x: np.abs(g)):
        with pytest.raises(testing.NonlinearError):
            check_vjp(f, lambda g, x, h=spoilt: h(g, x) * s * np.cos(x), X)
    assert taylor_test(f, np.diag(s * np.cos(X)), X).rate == pytest.approx(2, abs=0.1)
    assert taylor_test(f, np.diag(1.01 * s * np.cos(X)), X).rate == pytest.approx(1, abs=0.1)
    bent = taylor_test(lambda x: np.sin(x / s), np.diag(np.cos(X) / s), X * s)
    assert bent.rate == pytest.approx(2, abs=0.1)
    relations.check_same_argument(lambda x, y: s * x * np.sin(y), X)
    with pytest.raises(testing.MismatchError, match="on Tensors"):
        check_gradients(lambda x: s * x * (2 if isinstance(x, Tensor) else 3), X)
    with pytest.raises(AssertionError):
        given_gradients(st.just(X), vjp=lambda g, x: -tangent(g, x))(f)()


# ---- sizes that meet -----------------------------------------------------------------------------


def test_arguments_of_different_sizes():
    def f(x, y):
        return np.sin(x / 1e-200) * np.exp(y / 1e100)

    def vjp(g, x, y, k=1):
        u, e = x / 1e-200, np.exp(y / 1e100)
        return g * np.cos(u) * e / 1e-200, k * g * np.sin(u) * e / 1e100

    args = X * 1e-200, X * 1e100
    assert verified(check_vjp(f, vjp, *args))
    with pytest.raises(testing.MismatchError, match="only in y"):
        check_vjp(f, lambda g, x, y: vjp(g, x, y, 1.001), *args)


def test_what_is_drowned_is_left_open_and_never_passes():
    drowned = [
        (lambda x: 1e3 * np.sin(x[0]) + 1e-12 * np.sin(x[1]),
         lambda g, x: g * np.array([1e3, -1e-12]) * np.cos(x), X[:2]),
        (lambda x: 1e12 + np.sin(x), lambda g, x: -g * np.cos(x), 1.0),
        (lambda x: 1e20 + np.sin(x), lambda g, x: -g * np.cos(x), 1.0),
        (lambda x: (1e8 + x) - 1e8, lambda g, x: -g, 1e-12),
    ]  # fmt: skip
    for f, wrong, x in drowned:
        assert not check_vjp(f, wrong, x, alias="allow").conclusive


@pytest.mark.parametrize("s", [1e-200, 1.0, 1e200])
def test_a_derivative_of_zero_is_settled(s):
    assert verified(check_gradients(lambda x: s * np.cos(x), 0.0))
    assert verified(check_gradients(lambda x: s * (x * np.log(x)), 1 / np.e))
    assert verified(check_gradients(lambda x: 0 * x + 3 * s, X))
    assert verified(check_gradients(lambda x: s * te.softmax(x), X, order=2))
    for f in (lambda x: s * np.cos(x), lambda x: 0 * x + 3 * s):
        with pytest.raises(testing.MismatchError):
            check_vjp(f, lambda g, x: g * s * 1e-3, 0.0)


@pytest.mark.parametrize("s", [1e-200, 1e-12, 1e12])
def test_what_looks_like_a_kink_or_a_jump_from_afar(s):
    for f, df in [
        (np.tanh, lambda u: 1 / np.cosh(u) ** 2), (te.softplus, te.sigmoid),
        (lambda u: np.maximum(u, 0), lambda u: 1.0 * (u > 0)), (np.abs, np.sign),
        (lambda u: np.exp(-u * u), lambda u: -2 * u * np.exp(-u * u)),
    ]:  # fmt: skip
        check_vjp(lambda x, f=f: f(x / s), lambda g, x, df=df: g * df(x / s) / s, X * s)
        with pytest.raises(testing.MismatchError):
            check_vjp(
                lambda x, f=f: f(x / s), lambda g, x, df=df: g * (df(x / s) + (x < 0)) / s, X * s
            )
    assert numerical_derivative(np.abs, 0.0).status == "kink"


CANCELLING = {
    "(1e8 + x) - 1e8": (lambda x: (1e8 + x) - 1e8, np.ones_like),
    "(1e3 + x)^2 - 1e6": (lambda x: (1e3 + x) ** 2 - 1e6, lambda x: 2 * (1e3 + x)),
    "x - sin x": (lambda x: x - np.sin(x), lambda x: 2 * np.sin(x / 2) ** 2),
    "1 - cos x": (lambda x: 1 - np.cos(x), np.sin),
    "(x + 0.1) - x": (lambda x: (x + 0.1) - x, np.zeros_like),
}


@pytest.mark.parametrize("name", CANCELLING)
def test_correct_gradients_that_cancel_are_not_flagged(name):
    f, df = CANCELLING[name]
    for unit in (1, 1e-4, 1e-6, 1e-8, 1e-12, 1e-30):
        check_vjp(f, lambda g, x: g * df(x), X * unit)


@pytest.mark.parametrize("s", [1e-250, 1.0, 1e250])
def test_what_rounding_alone_changes_is_settled_where_the_gradient_is_zero(s):
    weights = np.array([1.5, 2.0, 1.5, 1.75, 1.125])
    a = np.array([[16.0], [3.0], [-12.0], [-3.0], [1.0]])  # the last one is at an extreme
    for f, x in [
        (lambda w: s * np.histogram([0, 1], [-2.0, 0, 1, 2.5], weights=w)[0], np.array([0.5, 0.5])),
        (lambda x: s * (x / x), X),
        (lambda x: s * (np.sin(x) ** 2 + np.cos(x) ** 2), np.pi / 4),
    ]:
        assert check_gradients(f, x).conclusive
    if s == 1:
        assert check_gradients(lambda a: np.cov(a.T, ddof=2, aweights=weights), a).conclusive
    with pytest.raises(testing.MismatchError):
        check_vjp(lambda x: s * (x / x), lambda g, x: g * s * 1e-6 * x, X)


def along_itself(x):
    """1 at all x, and a gradient that is rounding."""
    unit = x / np.sqrt(np.sum(x * x))
    return np.sum(unit * unit)


@pytest.mark.parametrize("s", [1e-250, 1.0, 1e250])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.linalg.qr, np.array([[8.05, 0.057], [0.0088, 17.95]])),
        (np.linalg.qr, np.array([[1.0, 2.0], [-0.5, 0.3], [0.25, 4.0]])),
        (np.corrcoef, np.array([[-8.0, -16.0, -7.0], [-12.0, 13.0, -11.0]])),
        (along_itself, np.array([0.3, -1.7, 0.9])),
        (lambda x: np.exp(np.log(x)) / x, np.array([0.3, 1.7, 0.9])),
    ],
)
def test_what_is_zero_but_for_rounding_is_settled_and_no_more_than_that(f, x, s):
    def parts(x):
        found = f(x)
        found = found if isinstance(found, tuple) else (found,)
        return np.concatenate([np.ravel(s * part) for part in found])

    assert check_gradients(parts, x).conclusive
    size = np.max(np.abs(parts(x)))

    def wrong(g, x):
        return te.vjp(parts, x)[1](g)[0] + 1e-8 * size * np.sum(g) * np.sign(x)

    with pytest.raises(testing.GradientError):
        check_vjp(parts, wrong, x)


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (np.linalg.cond, (1, 1)), (np.linalg.cond, (2, 1, 1)), (along_itself, (3,)),
        (np.corrcoef, (1, 4)), (lambda x: x / x, (2,)), (te.softmax, (1,)),
        (lambda x: x**3 / (x * x) - x, (3,)), (lambda x: np.exp(np.log(x)) - x, (3,)),
        (lambda x: np.linalg.inv(x) @ x, (2, 2)), (lambda x: np.linalg.solve(x, x), (3, 3)),
        (lambda x: np.linalg.solve(x, x)[0, 1], (3, 3)),
    ],
)  # fmt: skip
def test_derivatives_of_what_is_constant_but_for_rounding_raise_no_alarm(f, shape):
    rng = np.random.default_rng(0)
    for _ in range(4):
        check_gradients(f, rng.uniform(0.5, 9, shape), order=2)


def test_what_is_not_linear_is_found_where_it_is_odd():
    with pytest.raises(testing.NonlinearError):
        check_vjp(lambda x: x / x, lambda g, x: 1e-17 * np.median(g) + 0 * x, X)


FLAT = {
    "(1e20 + x) - 1e20": (lambda x: (1e20 + x) - 1e20, lambda x: 1 + 0 * x),
    "(1e18 - 3 x) - 1e18": (lambda x: (1e18 - 3 * x) - 1e18, lambda x: -3 + 0 * x),
    "1e5 ((1e30 + x) - 1e30)": (lambda x: 1e5 * ((1e30 + x) - 1e30), lambda x: 1e5 + 0 * x),
    "(1e300 + x / 7) - 1e300": (lambda x: (1e300 + x / 7) - 1e300, lambda x: 1 / 7 + 0 * x),
    "a product": (lambda x: (1e22 + np.prod(x)) - 1e22, lambda x: np.prod(x) / x),
}


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("x", [1.0, X, 1e-3 * X[:2]])
def test_what_is_rounded_away_wholly_is_left_open(name, x):
    f, df = FLAT[name]
    assert not check_vjp(f, lambda g, x: g * df(x), x, alias="allow").conclusive
    for k in (-1, 2, 0.5):
        with pytest.raises(testing.MismatchError):
            check_vjp(f, lambda g, x, k=k: k * g * df(x), x)


@pytest.mark.parametrize(
    "f", [np.floor, np.round, np.sign, lambda x: 3 + 0 * x, lambda x: np.maximum(x, 0) + 0 * x]
)
def test_a_slope_where_a_function_is_flat_is_wrong(f):
    for x in (-0.3, -X * X):
        with pytest.raises(testing.MismatchError):  # as if there were no stairs
            check_vjp(f, lambda g, x: g + 0 * x, x)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_gradient_of_rounding_alone_is_left_open(n):
    for k in range(8):
        rng = np.random.default_rng(k)
        a = np.multiply.outer(rng.normal(size=n), rng.normal(size=n))
        check_gradients(np.linalg.det, a)
        check_gradients(lambda a: 1e-200 * np.linalg.det(1e40 * a), a)
        if n < 4:  # of rank n - 1 it has a gradient, which is found right or wrong
            a[0, 0] += 1
            check_gradients(np.linalg.det, a)
    with pytest.raises(testing.GradientError):
        check_vjp(np.linalg.det, lambda g, a: g + 0 * a, a)


def test_steps_that_look_like_a_line_from_afar_are_not_flagged():
    check_vjp(lambda x: np.round(x * 1e12), lambda g, x: 0 * g, X * 1e-12)


def test_numbers_that_are_not_normal_raise_no_alarm():
    for a, b in [(1e-315, 1.0), (1e-310, 1e-5), (1e-300, 1e-20), (1e307, 1.0), (1e300, 1e20)]:
        check_vjp(*wave(a, b), X / b)
