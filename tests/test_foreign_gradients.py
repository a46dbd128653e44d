"""Derivatives given as functions of arrays: backward and forward passes written by hand."""

import numpy as np
import pytest

from tinygrad_edu import testing
from tinygrad_edu.testing import (
    check_adjoint,
    check_jvp,
    check_vjp,
    numerical_jacobian,
    taylor_test,
)

RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)
V = np.array([0.5, 1.25, -2.0])


def layer(x, w, b):
    return 1 / (1 + np.exp(-(x @ w + b)))


def layer_backward(g, x, w, b):
    out = layer(x, w, b)
    g = g * out * (1 - out)
    return g @ w.T, x.T @ g, np.sum(g, axis=0)


def layer_forward(v, x, w, b):
    out = layer(x, w, b)
    return (v[0] @ w + x @ v[1] + v[2]) * out * (1 - out)


def test_a_layer_written_by_hand_passes():
    report = check_vjp(layer, layer_backward, X, W, B)
    assert report.conclusive
    assert report.arguments == ("x (4, 3) float64", "w (3, 2) float64", "b (2,) float64")
    assert check_jvp(layer, layer_forward, X, W, B).entries == report.entries
    check_adjoint(layer_forward, layer_backward, X, W, B)
    large = RNG.normal(size=(50, 3))
    assert check_vjp(layer, layer_backward, large, W, B).conclusive
    assert check_jvp(layer, layer_forward, large, W, B).conclusive
    check_adjoint(layer_forward, layer_backward, large, W, B)


@pytest.mark.parametrize("check", [check_vjp, check_adjoint])
def test_a_wrong_layer_is_caught(check):
    def wrong(g, x, w, b):
        dx, dw, db = layer_backward(g, x, w, b)
        return dx, dw, db / len(x)

    functions = (layer_forward, wrong) if check is check_adjoint else (layer, wrong)
    with pytest.raises(testing.MismatchError) as caught:
        check(*functions, X, W, B)
    assert "b[" in str(caught.value)
    assert f"{check.__name__}({functions[0].__name__}, wrong, x, w, b)" in str(caught.value)


def test_gradients_may_come_in_several_forms():
    x, index = np.arange(3.0), np.array([0, 0, 2])

    def gather(x, index):
        return x[index]

    def scatter(g, x, index):
        out = np.zeros_like(x)
        np.add.at(out, index, g)
        return out

    check_vjp(gather, scatter, x, index)
    check_vjp(gather, lambda g, x, i: (scatter(g, x, i),), x, index)
    check_vjp(gather, lambda g, x, i: (scatter(g, x, i), None), x, index)
    check_vjp(lambda x, y: x * 1.0, lambda g, x, y: (g * 1.0, None), 2.0, 3.0)
    check_vjp(lambda x: 3 * x, lambda g, x: 3.0 * float(g), 2.0)
    check_vjp(lambda x: np.round(x), lambda g, x: 0 * g, 0.3)
    params = {"w": V, "b": [np.ones(2)]}
    check_vjp(
        lambda p: (np.sum(p["w"] ** 2), p["b"][0] * 2),
        lambda g, p: {"w": 2 * g[0] * p["w"], "b": [2 * g[1]]},
        params,
    )
    check_jvp(
        lambda p: (np.sum(p["w"] ** 2), p["b"][0] * 2),
        lambda v, p: (2 * v["w"] @ p["w"], 2 * v["b"][0]),
        params,
    )


def fails(error, vjp, f=np.sin, *args, **options):
    with pytest.raises(error) as caught:
        check_vjp(f, vjp, *(args or (V,)), **options)
    return str(caught.value)


def test_each_kind_of_mistake_has_its_error():
    store = RNG.normal(size=3)

    def changing_g(g, x):
        g *= np.cos(x)
        return g.copy()

    def changing_x(g, x):
        x += 1
        return g * np.cos(x - 1)

    fails(testing.ShapeError, lambda g, x: np.sum(g * np.cos(x)))
    fails(testing.ShapeError, lambda g, x: (g, g))
    fails(testing.DtypeError, lambda g, x: (g * np.cos(x)).astype(np.float32))
    fails(testing.MutationError, changing_g)
    fails(testing.MutationError, changing_x)
    fails(testing.AliasError, lambda g, x: g, lambda x: x * 1.0)
    check_vjp(lambda x: x * 1.0, lambda g, x: g, V, alias="allow")
    fails(testing.NonlinearError, lambda g, x: np.cos(x))
    fails(testing.NonlinearError, lambda g, x: g**2 * np.cos(x))
    fails(testing.NondeterminismError, lambda g, x: g * RNG.normal())
    fails(testing.NonfiniteError, lambda g, x: g * np.cos(x) * np.where(x < 0, np.nan, 1))
    fails(testing.MismatchError, lambda g, x: g * (np.cos(x) + 1e-6 * store))
    fails(testing.MismatchError, lambda g, x: None)
    with pytest.raises(testing.ShapeError, match="the tangent of sin has shape"):
        check_jvp(np.sin, lambda v, x: np.sum(v * np.cos(x)), V)


def test_functions_of_pythons_math_may_refuse_a_step():
    import math

    assert check_vjp(lambda x: math.log(x), lambda g, x: float(g) / x, 1e-3).conclusive


def test_single_precision_is_given_its_due_and_no_more():
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def backward(g, x):
        return g * sigmoid(x) * (1 - sigmoid(x))

    for x in (0.5, 6.5, 8.0, 12.0, 16.5, 40.0, -8.0, -16.0):
        check_vjp(sigmoid, backward, np.float32(x))
        check_vjp(sigmoid, backward, np.array([x, 0.1], np.float32))
    for factor in (2, 1.001):
        fails(
            testing.MismatchError, lambda g, x, k=factor: k * backward(g, x), sigmoid, np.float32(2)
        )  # fmt: skip
    # What rounding of the argument alone does to a derivative is allowed for as well.
    check_vjp(
        lambda x: np.sin(1000 * x), lambda g, x: g * 1000 * np.cos(1000 * x), np.float32(1.1)
    )  # fmt: skip
    fails(
        testing.MismatchError,
        lambda g, x: g * 2e-7 * np.cos(x), lambda x: 1e-7 * np.sin(x), np.float32(0.5),
    )  # fmt: skip


def test_numerical_jacobian():
    found = numerical_jacobian(lambda w: X @ w, W)
    assert found.value.shape == (4, 2, 3, 2)
    np.testing.assert_allclose(
        found.value, np.einsum("ik,jl->ijkl", X, np.eye(2)), atol=1e-10
    )  # fmt: skip
    assert np.all(found.status == "smooth")
    kinked = numerical_jacobian(np.abs, np.array([0.0, 1.0]))
    assert kinked.status.tolist() == [["kink", "smooth"], ["smooth", "smooth"]]
    assert kinked.slopes[:, 0, 0].tolist() == [-1, 1]


def test_the_taylor_rate_tells_right_from_wrong():
    def f(x):
        return np.sum(np.exp(x) * x)

    gradient = np.exp(V) * (1 + V)
    assert taylor_test(f, gradient, V).rate == pytest.approx(2, abs=0.05)
    assert taylor_test(f, gradient * 1.01, V).rate == pytest.approx(1, abs=0.1)
    assert taylor_test(np.sin, np.diag(np.cos(V)), V).rate == pytest.approx(2, abs=0.05)
    assert taylor_test(np.sum, np.ones(3), V).rate == np.inf
    with pytest.raises(ValueError, match=r"must be \(3, 3\)"):
        taylor_test(np.sin, np.cos(V), V)
