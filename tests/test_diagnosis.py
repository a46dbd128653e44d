"""What the checker says is the matter, and what it does at kinks."""

import re

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from tinygrad_edu import testing
from tinygrad_edu.testing import GradientError, check_gradients, check_vjp

V = np.array([0.5, 1.25, -2.0])
RNG = np.random.default_rng(0)
M, SQUARE, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=(4, 3, 3))


def spoilt_entry(g, x):
    out = g * np.cos(x)
    out[37, 41] *= 1.001
    return out


def assigned(g, x, index):
    out = np.zeros_like(x)
    out[index] = g
    return out


def centred(x):
    return x - np.mean(x, axis=1, keepdims=True)


WRONG = {
    "a sign": (np.cos, lambda g, x: g * np.sin(x), (V,), "a sign"),
    "twice": (np.sin, lambda g, x: 2 * g * np.cos(x), (V,), "twice"),
    "half": (np.square, lambda g, x: g * x, (V,), "half"),
    "mean for sum": (
        lambda x: np.sum(x**2), lambda g, x: g * 2 * x / 3, (V,), "1/3 of what .* axis 0 of x",
    ),
    "sum for mean": (np.mean, lambda g, x: g * np.ones(3), (V,), "3 times .* axis 0 of "),
    "constant": (np.sin, lambda g, x: 1.0001 * g * np.cos(x), (V,), r"1\.0001 times"),
    "transposed": (
        lambda a: a @ SQUARE, lambda g, a: (g @ SQUARE.T).T.copy(), (SQUARE,), "transpose",
    ),
    "transposed in a batch": (
        lambda a: np.tanh(a), lambda g, a: np.swapaxes(g / np.cosh(a) ** 2, 1, 2).copy(), (B,),
        "transpose",
    ),
    "transposed Jacobian": (
        lambda x: np.roll(x, 1), lambda g, x: np.roll(g, 1), (V,), "transposed Jacobian",
    ),
    "transposed Jacobian of a convolution": (
        lambda x: np.convolve(x, [1.0, 2.0, 4.0], "same"),
        lambda g, x: np.convolve(g, [1.0, 2.0, 4.0], "same"), (V,), "transposed Jacobian",
    ),
    "lost": (lambda x, y: x * y, lambda g, x, y: (g * y, 0 * g), (V, V + 1), "zero .* only in y"),
    "negatives": (
        np.exp, lambda g, x: g * np.where(x < 0, 0, np.exp(x)), (V,), "argument is negative",
    ),
    "zeros": (
        np.tanh, lambda g, x: g * np.where(x == 0, 3, 1 / np.cosh(x) ** 2),
        (np.array([0.0, 0.5]),), "is 0",
    ),
    "large": (
        lambda x: x**2, lambda g, x: g * 2 * np.minimum(x, 20), (np.array([1.0, 30.0]),), "large",
    ),
    "repeated": (
        lambda x, index: x[index], assigned, (V, np.array([0, 0, 2])), "np.add.at",
    ),
    "broadcast": (
        lambda x, y: x * y, lambda g, x, y: (g * y, np.sum(g * x, axis=0)[:1]), (M, M[0, :1]),
        "broadcast",
    ),
    "single precision": (
        np.sin, lambda g, x: (g * np.cos(x.astype(np.float32))).astype(np.float64), (V,), "float32",
    ),
    "one of many": (np.sin, spoilt_entry, (RNG.normal(size=(100, 100)),), None),
    "a tie": (
        np.max, lambda g, x: g * (x == np.max(x)), (np.array([2.0, 2.0, 1.0]),), "at a kink",
    ),
    "wrong axis": (
        centred, lambda g, x: g - np.mean(g, axis=0, keepdims=True), (SQUARE,), "transposed|",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_derivative_is_told_what_is_wrong_with_it(name):
    f, vjp, args, expected = WRONG[name]
    with pytest.raises(testing.MismatchError) as caught:
        check_vjp(f, vjp, *args)
    if expected is not None:
        assert re.search(expected, caught.value.diagnosis), str(caught.value)
        assert not expected or caught.value.diagnosis in str(caught.value)


def test_one_wrong_entry_of_many_is_named_with_its_output():
    f, vjp, args, _ = WRONG["one of many"]
    with pytest.raises(testing.MismatchError) as caught:
        check_vjp(f, vjp, *args)
    assert "[37, 41] of output[37, 41]: analytic" in str(caught.value)
    assert "error.arguments[0]  # (100, 100) float64" in str(caught.value)
    assert caught.value.arguments[0].shape == (100, 100)


def test_a_gradient_that_was_not_summed_is_told_over_which_axis():
    with pytest.raises(testing.ShapeError, match=r"y was broadcast: sum its gradient over axis 0"):
        check_vjp(lambda x, y: x * y, lambda g, x, y: (g * y, g * x), M, M[0])
    with pytest.raises(testing.ShapeError, match=r"over axis \(0, 1\) of"):
        check_vjp(lambda x, y: x * y, lambda g, x, y: (g * y, g * x), M, 2.0)


def test_a_cotangent_that_is_ignored_is_said_to_be():
    with pytest.raises(testing.NonlinearError, match="does not depend on the cotangent"):
        check_vjp(np.sin, lambda g, x: np.cos(x), V)


def test_the_picture_shows_where():
    with pytest.raises(testing.MismatchError, match=r"wrong in x of shape \(2, 3\), at x:  \. x"):
        check_vjp(
            lambda x: np.sin(x), lambda g, x: g * np.cos(x) * np.array([1, 2, 1]), M
        )  # fmt: skip


def test_the_lines_that_repeat_it_do():
    def scaled(x, p):
        return p[0] * x["a"] * p[1]

    def wrong(g, x, p):
        return {"a": 2 * g * p[0] * p[1]}, [np.sum(g * x["a"]) * p[1], np.sum(g * x["a"]) * p[0]]

    args = ({"a": np.array([1 / 3, np.pi], np.float32)}, [2.0, np.float64(0.1)])
    with pytest.raises(GradientError) as caught:
        check_vjp(scaled, wrong, *args, seed=3)
    lines = str(caught.value).partition("to repeat it:")[2]
    with pytest.raises(GradientError) as again:
        exec("\n".join(line.strip() for line in lines.splitlines()),
             {"scaled": scaled, "wrong": wrong})  # fmt: skip
    assert str(again.value) == str(caught.value)
    assert "check_vjp(scaled, wrong, x, p, seed=3)" in lines


# ---- kinks ---------------------------------------------------------------------------------------


def median_gradient(share):
    def vjp(g, x):
        tied = x == np.median(x)
        return g * tied * (share / np.sum(tied))

    return vjp


def test_a_share_of_a_tie_is_right_though_every_line_through_it_is_smooth():
    tied = np.array([2.0, 2.0, 2.0])
    check_vjp(np.median, median_gradient(1), tied)
    check_vjp(np.median, median_gradient(1), np.array([2.0, 2.0, 2.0, 2.0, 2.0]))
    with pytest.raises(testing.MismatchError, match="at a kink"):
        check_vjp(np.median, median_gradient(2), tied)
    with pytest.raises(testing.MismatchError, match="at a kink"):
        check_vjp(np.max, lambda g, x: g * (x == np.max(x)), tied)
    check_vjp(np.max, lambda g, x: g * np.array([0.2, 0.3, 0.5]), tied)
    with pytest.raises(testing.MismatchError):
        check_vjp(np.max, lambda g, x: g * np.array([1.5, -0.5, 0]), tied)


@pytest.mark.parametrize("sign", [-1.0, 0.0, 0.5, 1.0])
def test_every_subgradient_of_a_sum_of_absolute_values_is_right(sign):
    def vjp(g, x):
        return g * np.where(x == 0, sign, np.sign(x))

    check_vjp(lambda x: np.sum(np.abs(x)), vjp, np.zeros(10))
    check_vjp(lambda x: np.sum(np.abs(x)), vjp, np.zeros(40))


def test_kinks_among_many_outputs_are_judged_too():
    x = np.linspace(-1, 1, 51)
    x[25] = 0
    check_vjp(np.abs, lambda g, x: g * np.sign(x), x)
    with pytest.raises(testing.MismatchError, match="25"):
        check_vjp(np.abs, lambda g, x: g * np.where(x == 0, 2, np.sign(x)), x)


def test_smooth_outputs_beside_a_kink_are_judged_exactly():
    with pytest.raises(testing.MismatchError, match=r"\[1\]"):
        check_vjp(
            np.abs, lambda g, x: g * np.sign(x) * np.array([1, 1.001]), np.array([0.0, 1.0])
        )  # fmt: skip


def test_kinks_can_be_skipped():
    def wrong_at_0(g, x):
        return g * np.where(x == 0, 7, np.sign(x))

    report = check_vjp(np.abs, wrong_at_0, np.array([0.0, 1.0]), kinks="skip")
    assert report.nonsmooth > 0
    with pytest.raises(testing.SmoothnessError):
        check_gradients(np.abs, np.array([0.0, 1.0]), kinks="error")


def test_hypothesis_gives_up_an_example_at_a_kink():
    passed = []

    @settings(database=None)
    @given(st.sampled_from([0.0, 1.0]))
    def check(x):
        check_gradients(np.abs, x, kinks="skip")
        passed.append(x)

    check()
    assert set(passed) == {1.0}
    assert find(st.just(0.0), lambda x: True) == 0.0


# ---- domains -------------------------------------------------------------------------------------


def test_steps_stay_in_the_domain():
    seen = []

    def f(x, y):
        if isinstance(x, np.ndarray | float):
            seen.append((np.min(x), np.max(x)))
        return np.sqrt(x) * y

    x = np.array([0.01, 0.5, 0.999])
    for domain in ([(0, 1), None], lambda x, y: np.all((x >= 0) & (x <= 1))):
        assert check_gradients(f, x, 2.0, domain=domain, order=2).conclusive
        low, high = np.array(seen).T
        assert np.min(low) >= 0
        assert np.max(high) <= 1
    with pytest.raises(ValueError, match="outside of the domain"):
        check_gradients(f, x, 2.0, domain=(0, 1))
    with pytest.raises(TypeError, match="1 intervals"):
        check_gradients(f, x, 2.0, domain=[(0, 1)])
