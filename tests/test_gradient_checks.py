"""The checker itself: what it accepts, what it catches, and what it says."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu import Tensor, testing
from tinygrad_edu.engine.rule import TABLE, local, operation, pullback
from tinygrad_edu.kit.extras import install
from tinygrad_edu.testing import check_gradients, numerical_derivative
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    axes,
    broadcastable_arrays,
    indices,
    layouts,
    matmul_operands,
)

# ---- the numerical derivative --------------------------------------------------------------------

SMOOTH = [
    (np.exp, np.exp, [-700, -30, -1, 0, 1e-3, 5, 700]),
    (np.log, lambda x: 1 / x, [1e-8, 1e-3, 1, 800, 1e10]),
    (np.sin, np.cos, [0, 1, 30, 800]),
    (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), [0.0, 0.3, 3.0]),
    (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-8, 1e-3, 1, 1e6]),
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2, [-3, 0, 1e-3, 3]),
    (lambda x: 1 / x, lambda x: -1 / x**2, [1e-3, -1, 800]),
    (lambda x: x**3, lambda x: 3 * x**2, [0, 1, -30, 1e10]),
    (lambda x: 1e-7 * np.sin(x), lambda x: 1e-7 * np.cos(x), [1.0]),
    (lambda x: 1e6 + np.sin(x), np.cos, [1.0]),
    (lambda x: 0 * x + 3, lambda x: 0 * x, [0.0, 5.0]),
    (np.abs, np.sign, [1e-3, -1e-3, 2.0]),
]


@pytest.mark.parametrize(("f", "derivative", "points"), SMOOTH)
def test_the_error_estimate_is_honest_and_small(f, derivative, points):
    for x in points:
        found, exact = numerical_derivative(f, x), derivative(np.float64(x))
        assert found.status == "smooth", x
        assert abs(found.value - exact) <= 8 * found.error + 1e-8 * abs(exact), x
        assert found.error <= 1e-6 * abs(exact) + 1e-6


@pytest.mark.parametrize(
    ("f", "x", "status"),
    [
        (np.abs, 0.0, "kink"), (te.relu, 0.0, "kink"),
        (lambda x: np.maximum(x, 2 * x), 0.0, "kink"),
        (np.sign, 0.0, "jump"), (np.floor, 2.0, "jump"), (lambda x: x == 0, 0.0, "jump"),
        (np.sqrt, 0.0, "boundary"), (np.log, 0.0, "boundary"), (np.arcsin, 1.0, "boundary"),
        (np.cbrt, 0.0, "inconclusive"),
    ],
)  # fmt: skip
def test_where_there_is_no_derivative_the_status_says_why(f, x, status):
    assert numerical_derivative(f, x).status == status


def test_the_slopes_on_the_two_sides_of_a_kink():
    found = numerical_derivative(lambda x: np.maximum(3 * x, -x), 0.0)
    np.testing.assert_allclose(found.slopes, [-1, 3], atol=1e-10)


def test_a_direction_and_an_output_with_axes():
    found = numerical_derivative(lambda x: np.outer(x, x), [1.0, 2.0], [1.0, -1.0])
    np.testing.assert_allclose(found.value, [[2, 1], [1, -4]], atol=1e-10)
    assert found.status.shape == (2, 2)


# ---- wrong gradients -----------------------------------------------------------------------------


@pytest.fixture
def op():
    """Register a function with a rule of one's own, for one test."""
    made = []

    def make(f, *derivatives, kind=local, **kwargs):
        function = operation(lambda *args: f(*args))
        kind(function, *derivatives, **kwargs)
        made.append(function)
        return function

    yield make
    for function in made:
        del TABLE[function]


X = np.array([0.5, 1.25, -2.0])


@pytest.mark.parametrize(
    ("f", "wrong"),
    [
        (np.sin, lambda out, x: -np.cos(x)),
        (np.sin, lambda out, x: 2 * np.cos(x)),
        (np.sin, lambda out, x: 1.0001 * np.cos(x)),
        (lambda x: 1e-7 * np.sin(x), lambda out, x: 2e-7 * np.cos(x)),
        (np.exp, lambda out, x: np.where(x < 0, 0, out)),
        (np.square, lambda out, x: x),
        (np.tanh, lambda out, x: 1 - out),
        (np.sin, lambda out, x: np.cos(x).astype(np.float32) * 1.0),
    ],
)  # fmt: skip
def test_a_wrong_derivative_is_caught(op, f, wrong):
    with pytest.raises(testing.MismatchError):
        check_gradients(op(f, wrong), X)


def test_one_wrong_entry_of_many_is_found_and_named(op):
    """By a random direction, halved until one input is left."""

    def rule(g, out, x):
        spoilt = np.zeros(x.shape)
        spoilt[37, 41] = 1e-3
        return g * np.cos(x) + spoilt * g

    f = op(np.sin, rule, kind=pullback)
    with pytest.raises(testing.MismatchError, match=r"\[37, 41\]"):
        check_gradients(f, np.linspace(-1, 1, 10_000).reshape(100, 100))


def test_a_wrong_second_derivative_is_caught_at_second_order_only(op):
    f = op(np.sin, lambda out, x: np.cos(x.data) if isinstance(x, Tensor) else np.cos(x))
    check_gradients(f, X)
    with pytest.raises(testing.MismatchError, match=r"in the gradient of argument 0"):
        check_gradients(f, X, order=2)


def test_an_axis_summed_without_being_kept_is_caught(op):
    f = op(
        lambda x: x - np.mean(x, axis=1, keepdims=True),
        lambda g, out, x: g - np.mean(g, axis=0, keepdims=True),
        kind=pullback,
    )
    with pytest.raises(testing.MismatchError):
        check_gradients(f, np.arange(9.0).reshape(3, 3))


def test_a_rule_that_ignores_its_cotangent_is_caught(op):
    f = op(np.sin, lambda g, out, x: np.cos(x), kind=pullback)
    with pytest.raises(testing.NonlinearError):
        check_gradients(f, X)


def test_a_rule_that_changes_its_cotangent_or_argument_is_caught(op):
    def spoil_argument(g, out, x):
        x[...] = 0
        return g

    f = op(lambda x: x * 1.0, spoil_argument, kind=pullback)
    with pytest.raises((testing.MutationError, testing.NondeterminismError)):
        check_gradients(f, X)


def test_a_function_that_changes_its_argument_is_caught():
    def f(x):
        if isinstance(x, np.ndarray):
            x += 1
        return x * 2

    with pytest.raises(testing.MutationError, match="changes its argument x"):
        check_gradients(f, X)


def test_randomness_is_caught(op):
    rng = np.random.default_rng(0)
    with pytest.raises(testing.NondeterminismError):
        check_gradients(lambda x: x * rng.uniform(), X)
    f = op(np.sin, lambda out, x: np.cos(x) * rng.uniform())
    with pytest.raises(testing.NondeterminismError):
        check_gradients(f, X)


def test_a_nan_where_the_derivative_is_finite_is_caught(op):
    f = op(np.sin, lambda out, x: np.where(x == 0.5, np.nan, np.cos(x)))
    with pytest.raises(testing.NonfiniteError, match=r"argument 0\[0\]"):
        check_gradients(f, X)


def test_a_gradient_that_is_no_subgradient_is_caught(op):
    f = op(np.abs, lambda out, x: np.where(x >= 0, 1.0, -1.0))
    check_gradients(f, np.array([0.0, 1.0]))
    f = op(np.abs, lambda out, x: np.where(x == 0, 1.5, np.sign(x)))
    with pytest.raises(testing.MismatchError):
        check_gradients(f, np.array([0.0, 1.0]))


def test_kinks_can_be_refused():
    with pytest.raises(testing.SmoothnessError, match="not smooth"):
        check_gradients(np.abs, 0.0, kinks="error")


def test_another_value_on_tensors_than_on_arrays_is_caught():
    with pytest.raises(testing.MismatchError, match="on Tensors"):
        check_gradients(lambda x: x * (2 if isinstance(x, Tensor) else 3), X)


def test_the_error_says_where_and_by_how_much(op):
    f = op(np.multiply, lambda out, x, y: y, lambda out, x, y: 2 * x)

    def product(x, y):
        return f(x, y)

    with pytest.raises(testing.MismatchError) as caught:
        check_gradients(product, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    message = str(caught.value)
    for part in (
        "product is wrong at 2 of 8 entries", "y[1] of output[1]: analytic 4", "numerical 2",
        "tolerance", "y[0] of output[0]", "x = np.array([1.0, 2.0])", "twice what it should",
    ):  # fmt: skip
        assert part in message, message
    worst = caught.value.entries[0]
    assert (worst.analytic, worst.difference) == (4, pytest.approx(2))


# ---- what is accepted, and the report ------------------------------------------------------------


def test_a_report():
    def loss(weights, target):
        return np.sum((te.sigmoid(weights) - target) ** 2)

    report = check_gradients(loss, np.array([0.5, -1.0]), 0.25, order=2)
    assert report.conclusive
    assert report.lower.entries == 6
    text = str(report)
    for part in (
        "first derivative of loss: 6 entries agree", "second derivative of loss", "worst",
        "weights (2,) float64, target () float64", "analytic", "numerical",
    ):  # fmt: skip
        assert part in text, text


def test_structures_constants_and_several_results():
    def f(params, scale, indices):
        return {"a": params["w"] * scale, "b": [np.sum(params["b"][indices])]}

    params = {"w": np.ones((2, 3)), "b": np.arange(3.0)}
    report = check_gradients(f, params, 2.5, np.array([0, 0, 2]))
    assert report.arguments == ("params['w'] (2, 3) float64", "params['b'] (3,) float64",
                                "scale () float64")  # fmt: skip
    assert check_gradients(f, params, 2.5, [0], argnums=1).arguments == ("scale () float64",)


def test_nothing_to_check_is_an_error():
    with pytest.raises(TypeError, match="no argument varies"):
        check_gradients(np.sin, 3)
    with pytest.raises(TypeError, match="argnums=2"):
        check_gradients(np.sin, 3.0, argnums=2)


def test_ties_of_three_are_no_mistake():
    check_gradients(np.max, np.array([2.0, 2.0, 2.0]))
    check_gradients(lambda x: np.max(x, axis=1), np.array([[2.0, 2.0, 2.0], [1.0, 0.0, 1.0]]))
    check_gradients(np.std, np.array([2.0, 2.0]))


def test_zero_size_and_constant_functions():
    assert check_gradients(np.sum, np.zeros((0, 2))).entries == 0
    assert check_gradients(np.exp, np.zeros((0, 2))).entries == 0
    assert check_gradients(lambda x: np.floor(x), X + 0.1).conclusive


def test_the_global_random_state_is_not_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check_gradients(np.sin, X)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_tie_missed_by_a_hair_is_no_mistake():
    report = check_gradients(np.max, np.array([5.80129993e-07, 5.62337419e-07, 1.28931166e-06]))
    assert report.conclusive


def test_rounding_of_what_cancels_leaves_no_doubt():
    """Along (1, 1) softmax does not change, but for rounding of what it is computed from."""
    x = np.array([-2.0, 2.625])
    assert check_gradients(te.softmax, x, order=2).conclusive


@given(st.floats(-700, 700))
def test_no_false_alarm_anywhere_on_the_line(x):
    for f in (
        np.sin,
        np.tanh,
        te.sigmoid,
        te.softplus,
        np.abs,
        np.square,
        np.arctan,
        te.relu,
        np.exp,
    ):
        check_gradients(f, x)


def test_numpy_alone_is_needed():
    """Neither Hypothesis nor pytest is loaded; the strategies name the extra that they need."""
    code = (
        "import sys; sys.modules['hypothesis'] = None; sys.modules['pytest'] = None\n"
        "import numpy as np, tinygrad_edu.testing as t\n"
        "print(t.check_gradients(np.sin, 1.0).entries)\n"
        "try: import tinygrad_edu.testing.strategies\n"
        "except ImportError as error: print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[0] == "1"
    assert install("test") in out.stdout


# ---- the strategies ------------------------------------------------------------------------------


@given(st.data())
def test_strategies_give_what_they_promise(data):
    a = data.draw(arrays_on_grid(-1, 2, avoid=(0,), step=1 / 4))
    assert np.all((a >= -1) & (a <= 2) & (a != 0) & (a * 4 == np.round(a * 4)))
    b = data.draw(arrays_on_grid(shape=(4,), distinct=True, dtype=np.float32))
    assert len(set(b.tolist())) == 4
    assert b.dtype == np.float32
    x, y = data.draw(broadcastable_arrays((-1, 1), (-1, 1), alias=True))
    np.broadcast_shapes(x.shape, y.shape)
    left, right = data.draw(matmul_operands())
    assert np.size(left @ right) > 0
    axis = data.draw(axes(a.ndim))
    np.sum(a, axis=axis)
    index = data.draw(indices(a.shape))
    np.asarray(a)[index]
    np.testing.assert_array_equal(data.draw(layouts())(a), a)
