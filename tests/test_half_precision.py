"""Half precision: gradients are those of single precision, rounded, however many elements."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, grad, hvp, jvp, nn

MANY = 70_000  # which is no number in half precision
RANDOM = np.random.default_rng(0)
X = RANDOM.integers(-8, 9, MANY) / 8
WITH_NAN = np.where(X == 1, np.nan, X)
TARGET = RANDOM.integers(1, 9, MANY) / 16
LABELS = RANDOM.integers(0, 3, MANY)
LOGITS = np.stack([X, X / 2, -X], axis=1)


def like(x, constants):
    """Constants in the precision of x."""
    return constants.astype(x.dtype)


AVERAGES = {
    "mean": (np.mean, X),
    "mean of the chosen": (lambda x: np.mean(x, where=X > 0), X),
    "average": (np.average, X),
    "average with weights": (lambda x: np.average(x[:9000], weights=like(x, TARGET[:9000])), X),
    "var": (np.var, X),
    "var of ddof 1": (lambda x: np.var(x, ddof=1), X + 10),
    "std": (np.std, X),
    "method": (lambda x: x.mean() + x.var(), X),
    "nanmean": (np.nanmean, WITH_NAN),
    "nanvar": (np.nanvar, WITH_NAN),
    "nanstd": (np.nanstd, WITH_NAN),
    "mean of squares": (lambda x: np.sqrt(np.mean(x * x)), X),
    "mean_squared_error": (lambda x: nn.mean_squared_error(x, like(x, TARGET)), X),
    "binary_cross_entropy": (
        lambda p: nn.binary_cross_entropy(p, like(p, np.sign(X) ** 2)),
        TARGET,
    ),
    "with_logits": (lambda z: nn.binary_cross_entropy_with_logits(z, like(z, TARGET)), X),
    "softmax_cross_entropy": (lambda z: nn.softmax_cross_entropy(z, LABELS), LOGITS),
    "of one-hot rows": (lambda z: nn.softmax_cross_entropy(z, like(z, np.eye(3)[LABELS])), LOGITS),
    "median": (np.median, X),
    "cov": (lambda x: np.cov(x, TARGET)[0, 1], X),
    "corrcoef": (lambda x: np.corrcoef(x, TARGET)[0, 1], X),
}
SUMS = {
    "a bias of many rows": (lambda b: np.mean(like(b, LOGITS) + b), np.ones(3)),
    "one element picked often": (lambda x: np.mean(x[LABELS]), np.ones(3)),
    "taken often": (lambda x: np.mean(np.take(x, LABELS)), np.ones(3)),
    "repeated": (lambda x: np.sum(np.repeat(x, 10_000)), np.ones(2)),
    "broadcast": (lambda x: np.sum(np.broadcast_to(x, (10_000, 2))), np.ones(2)),
    "tiled": (lambda x: np.sum(np.tile(x, 10_000)), np.ones(2)),
    "padded": (lambda x: np.sum(np.pad(x, 9000, mode="edge")), np.ones(4)),
    "cumsum": (lambda x: np.mean(np.cumsum(x / 64)), np.ones(10_000)),
    "outer": (lambda x: np.mean(np.outer(x, like(x, TARGET))), np.ones(2)),
    "a scalar used often": (lambda x: np.mean(like(x, X) * x), np.float64(2.0)),
}
WAYS = {
    "reverse": grad,
    "compiled": lambda f: compile(grad(f)),
    "forward": lambda f: lambda x: jvp(f, (x,), (np.where(x > 0, 1, 2).astype(x.dtype),))[1],
    "forward over reverse": lambda f: lambda x: hvp(f)(x, np.ones_like(x)),
    "reverse over reverse": lambda f: grad(lambda x: np.sum(grad(f)(x).ravel()[:2])),
}
BEYOND_COMPILE = {"median"}  # it looks at values


def assert_same_but_for_rounding(found, expected):
    found, expected = np.asarray(found, float), np.asarray(expected)
    scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=0)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=4e-3 * scale + 2e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", AVERAGES | SUMS)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # in NumPy's values
def test_derivatives_are_those_of_double_precision(name, way):
    if way == "compiled" and name in BEYOND_COMPILE:
        return
    f, x = (AVERAGES | SUMS)[name]
    half = np.asarray(x, np.float16)
    found, expected = (WAYS[way](f)(x) for x in (half, half.astype(float)))
    assert way == "forward" or np.asarray(found).dtype == np.float16
    assert_same_but_for_rounding(found, expected)


def test_the_mean_of_more_elements_than_half_precision_can_count():
    np.testing.assert_allclose(grad(np.mean)(np.ones(MANY, np.float16)), 1 / MANY, rtol=2e-3)


def test_what_backward_leaves_and_what_edges_carry():
    x = Tensor(np.ones(MANY, np.float16))
    middle = x * 2
    out = np.mean(middle)
    out.backward()
    assert x.grad.dtype == middle.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad, 2 / MANY, rtol=2e-3)
    (edge,) = out.edges
    np.testing.assert_array_equal(edge.contribution, middle.grad)


def test_a_recorded_pass_gives_tensors_of_half_precision():
    x = Tensor(np.ones(MANY, np.float16))
    np.mean(x * x).backward(create_graph=True)
    assert isinstance(x.grad, Tensor)
    assert x.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad.data, 2 / MANY, rtol=2e-3)


def test_a_cotangent_that_is_added_up_at_a_node():
    """Many uses of a number that was computed, each with a cotangent of one."""

    def f(x):
        y = x * 1
        total = y
        for _ in range(2999):
            total = total + y
        return total / 64

    half = np.float16(0.5)
    np.testing.assert_allclose(grad(f)(half), 3000 / 64, rtol=1e-3)


FAR = np.array([300.0, 400.0, 1000.0])
FUNCTIONS_OF_LARGE_NUMBERS = [np.arctan, np.arcsinh, np.sinc, np.tanh, np.log1p, np.reciprocal]


@pytest.mark.parametrize("f", FUNCTIONS_OF_LARGE_NUMBERS, ids=lambda f: f.__name__)
def test_slopes_at_numbers_whose_squares_are_too_large(f):
    found, expected = (grad(lambda x: np.sum(f(x)))(FAR.astype(t)) for t in (np.float16, float))
    np.testing.assert_allclose(found, expected, rtol=5e-3, atol=2e-7)
