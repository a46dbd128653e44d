"""custom: operations with derivatives that a user wrote, and what is refused of these."""

import gc
import weakref

import numpy as np
import pytest

from tinygrad_edu import Tensor, custom, grad, hessian, hvp, jacobian, jvp, no_grad, to_dot, vjp
from tinygrad_edu.engine.rule import TABLE
from tinygrad_edu.testing import MismatchError, check_gradients

X = np.array([0.5, -1.25, 2.0])
A, B = np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]]), np.array([[2.0], [1.0], [-1.5]])


@custom(lambda out, x: 1 / (1 + x * x))
def my_arctan(x):
    """The arc tangent."""
    return np.arctan(x)


@custom(lambda out, x, y: y, lambda out, x, y: x)
def my_product(x, y):
    return x * y


@custom(pullback=(lambda g, out, a, b: g @ b.T, lambda g, out, a, b: a.T @ g))
def my_matmul(a, b):
    return a @ b


def roll_back(g, out, x, *, shift):
    return np.concatenate([g[shift:], g[:shift]])


@custom(pullback=roll_back)
def my_roll(x, *, shift=1):
    return np.roll(x, shift)


@custom(lambda out, z: 2 * z)
def my_square(z):
    return z * z


@custom(None, 2.0)
def doubled(words, x):
    return 2 * x


def test_it_is_checked_as_any_other_function():
    assert check_gradients(my_arctan, X, order=2).conclusive
    assert check_gradients(my_product, A, X, order=2).conclusive
    assert check_gradients(my_matmul, A, B, order=2).conclusive
    assert check_gradients(lambda x: my_roll(x, shift=2), X, order=2).conclusive
    assert check_gradients(lambda x: doubled("twice", x), X, order=2).conclusive
    check_gradients(my_arctan, X.astype(np.float32))


def test_all_transforms_go_through_it():
    t = 1.5
    first, second = 1 / (1 + t**2), -2 * t / (1 + t**2) ** 2
    assert jvp(my_arctan, (t,), (2.0,))[1] == 2 * first
    np.testing.assert_allclose(grad(grad(my_arctan))(t), second)
    np.testing.assert_allclose(jacobian(my_arctan)(t), first)
    np.testing.assert_allclose(hessian(my_arctan)(t), second)
    np.testing.assert_allclose(hvp(my_arctan)(t, 2.0), 2 * second)
    third = jvp(lambda x: jvp(grad(my_arctan), (x,), (1.0,))[1], (t,), (1.0,))[1]
    np.testing.assert_allclose(grad(grad(grad(my_arctan)))(t), third)
    tangents = np.ones((2, 3)), np.ones((3, 1))
    _, tangent = jvp(my_matmul, (A, B), tangents)
    np.testing.assert_allclose(tangent, tangents[0] @ B + A @ tangents[1])
    _, pullback = vjp(my_matmul, A, B)
    np.testing.assert_allclose(pullback(np.ones((2, 1)))[0], np.ones((2, 1)) @ B.T)
    np.testing.assert_array_equal(jvp(my_roll, (X,), (X,))[1], np.roll(X, 1))


def test_complex_numbers():
    z = np.array([1 + 2j, -0.5j])
    np.testing.assert_allclose(jacobian(my_square)(z), np.diag(2 * z))
    np.testing.assert_allclose(grad(lambda z: np.sum(np.real(my_square(z))))(z), np.conj(2 * z))
    np.testing.assert_allclose(jvp(my_square, (z,), (1j * z,))[1], 2j * z * z)


def test_it_is_a_node_as_any_other():
    t = my_arctan(Tensor(0.0))
    assert repr(t) == "Tensor(0., op=my_arctan)"
    assert t.op is my_arctan
    assert my_arctan.__doc__ == "The arc tangent."
    assert t.local_derivatives == (1.0,)
    (edge,) = t.edges
    t.backward()
    assert edge.contribution == 1.0
    assert "my_arctan" in to_dot(t)
    np.testing.assert_array_equal(my_matmul(Tensor(A), B).edges[0].jacobian()[0, 0, 0], B[:, 0])


def test_its_name_may_be_that_of_another():
    @custom(pullback=lambda g, out, a: 2 * g)
    def matmul(a):
        return 2 * a

    @custom(lambda out, a: 3.0)
    def getitem(a):
        return 3 * a

    assert "@" not in to_dot(matmul(Tensor(X, name="x")))
    assert "getitem" in to_dot(getitem(Tensor(1.0)))


def test_arguments_as_the_function_has_them():
    np.testing.assert_array_equal(my_roll(X, shift=2), np.roll(X, 2))
    assert type(my_roll(X)) is np.ndarray
    np.testing.assert_array_equal(my_roll(x=Tensor(X)).data, np.roll(X, 1))
    t = Tensor(X)
    np.sum(my_product(y=[1.0, 2.0, 3.0], x=t)).backward()
    np.testing.assert_array_equal(t.grad, [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"my_roll\(x, \*, shift=1\): got an unexpected.*'axis'"):
        my_roll(t, axis=0)
    with pytest.raises(TypeError, match=r"my_product\(x, y\): missing .*'y'"):
        my_product(t)
    with pytest.raises(TypeError, match="my_roll: shift is a setting without a derivative"):
        my_roll(t, shift=Tensor(1.0))
    with no_grad():
        assert my_arctan(t).parents == ()


def test_a_function_of_somebody_else():
    j = custom(lambda out, x: out)(np.exp)
    np.testing.assert_allclose(grad(j)(1.0), np.e)


def test_a_wrong_derivative_is_found():
    wrong = custom(lambda out, x: 1 / (1 + x))(lambda x: np.arctan(x))
    with pytest.raises(MismatchError):
        check_gradients(wrong, X)


# ---- refused when decorating ---------------------------------------------------------------------


def two(x, y):
    return x * y


def one(x):
    return x


def starred(*args):
    return args[0]


def with_setting(x, *, k=1):
    return k * x


@pytest.mark.parametrize(
    ("decorate", "message"),
    [
        (lambda: custom(), "give a local derivative for each argument"),
        (lambda: custom(1.0, pullback=lambda g, out, a: g), "not both"),
        (lambda: custom(one)(X), "it decorates a function, and was given a ndarray"),
        (lambda: custom(1.0)(two), r"custom two: it takes 2 arguments \(x, y\), and 1 local deriv"),
        (lambda: custom(1.0, 2.0)(one), r"custom one: it takes 1 arguments \(x\), and 2 local"),
        (lambda: custom(pullback=lambda g, out, a, b: g)(two), "1 pullback was given.*in a tuple"),
        (lambda: custom(lambda x: x)(one), r"for x takes \(x\), and must take \(out, x\)"),
        (lambda: custom(pullback=lambda g, x: g)(one), r"must take \(g, out, x\)"),
        (lambda: custom(pullback=lambda g, out, x: g)(with_setting), r"\(g, out, x, k=\)"),
        (lambda: custom(1.0)(with_setting), r"keyword-only parameters \(k\)"),
        (lambda: custom("x")(one), "the local derivative for x is 'x', not a function"),
        (lambda: custom(pullback=2.0)(one), r"the pullback for x is 2\.0, not a function"),
        (lambda: custom(None)(one), "no derivative is given"),
        (lambda: custom(1.0)(starred), r"custom starred: \*args"),
    ],
)
def test_what_cannot_be_right_is_refused_when_decorating(decorate, message):
    with pytest.raises(TypeError, match=message):
        decorate()


# ---- refused when called -------------------------------------------------------------------------


def test_what_the_function_gives_must_be_one_array_of_numbers():
    w = Tensor(2.0)
    for f, error, message in [
        (lambda x: w * x, TypeError, "it gave a Tensor, so it uses one"),
        (lambda x: (x, x), TypeError, "it must give one array, not a tuple"),
        (lambda x: x > 0, TypeError, "gives a result of dtype bool"),
        (lambda x: np.sum(x), ValueError, "it is not elementwise.*give pullback="),
    ]:
        with pytest.raises(error, match=message):
            custom(1.0)(f)(Tensor(X))


def test_the_function_cannot_write_into_what_the_graph_keeps():
    @custom(1.0)
    def shifted(x):
        x += 1
        return x

    with pytest.raises(ValueError, match="read-only"):
        shifted(Tensor(X))


# ---- refused in the backward pass ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (lambda out, x: None, TypeError, "local derivative of f for x: .*numbers, not None"),
        (lambda out, x: [1.0] * 3, TypeError, r"not \[1\.0"),
        (lambda out, x: np.array([None] * 3), TypeError, "dtype object"),
        (lambda out, x: np.array(["a"] * 3), TypeError, "dtype <U1"),
        (lambda out, x: np.ones(2), ValueError, r"gives shape \(2,\).*the result, \(2, 3\)"),
        (lambda out, x: np.sum(x, axis=0), ValueError, r"gives shape \(3,\)"),
        (lambda out, x: x * 1j, TypeError, "gives complex numbers"),
    ],
)
def test_a_local_derivative_that_cannot_be_right(rule, error, message):
    def f(x):
        return x

    out = custom(rule)(f)(Tensor(A))
    with pytest.raises(error, match=message):
        out.backward(A)


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (lambda g, out, a, b: None, TypeError, "pullback of f for a: .*numbers, not None"),
        (lambda g, out, a, b: b @ g.T, ValueError, r"shape \(3, 2\).*a transpose is missing"),
        (lambda g, out, a, b: np.sum(g), ValueError, r"gives shape \(\), .*\(2, 3\); spread it"),
        (lambda g, out, a, b: g, ValueError, r"gives shape \(2, 1\), and must have .*argument"),
        (lambda g, out, a, b: np.ones((4, 2, 3)), ValueError, "sum over what was broadcast"),
    ],
)
def test_a_pullback_that_cannot_be_right(rule, error, message):
    def f(a, b):
        return a @ b

    out = custom(pullback=(rule, None))(f)(Tensor(A), B)
    with pytest.raises(error, match=message):
        out.backward(np.ones((2, 1)))


@pytest.mark.parametrize(
    "rule",
    [
        lambda out, x: 1 / (1 + np.asarray(x.data) ** 2),
        lambda out, x: 1 / (1 + x.item() ** 2),
        lambda out, x: 1 / (1 + (x.numpy() if isinstance(x, Tensor) else x) ** 2),
        lambda out, x: 1 / (1 + np.asarray(x) ** 2),
        lambda out, x: 1 / (1 + float(x) ** 2),
    ],
)
def test_a_rule_that_takes_values_out_has_no_second_derivative(rule):
    f = custom(rule)(lambda x: np.arctan(x))
    np.testing.assert_allclose(grad(f)(2.0), 0.2)
    with pytest.raises(TypeError, match=r"lose the gradient|be lost|out of a backward"):
        grad(grad(f))(2.0)
    assert Tensor(1.0).data == 1.0  # outside of a rule that is allowed


def test_a_pullback_that_loses_the_gradient_it_is_given():
    f = custom(pullback=lambda g, out, x: 2 * np.array([each.item() for each in g]))(
        lambda x: 2 * x
    )
    lost = custom(pullback=lambda g, out, x: np.ones(3))(lambda x: 2 * x)
    np.testing.assert_array_equal(grad(lambda x: np.sum(f(x)))(X), [2.0, 2.0, 2.0])
    for each in (f, lost):
        with pytest.raises(TypeError, match=r"out of a backward pass|a plain array"):
            grad(grad(lambda x, op=each: op(x * np.ones(3))[0] ** 2))(1.5)


# ---- as long as it is used, and no longer --------------------------------------------------------


def test_an_operation_is_freed_when_nobody_uses_it():
    before = len(TABLE)

    def f(x):
        return 2 * x

    for _ in range(3):
        op = custom(2.0)(f)
        alive = weakref.ref(op)
        assert grad(op)(1.0) == 2.0
        assert grad(lambda x, op=op: op(x=x) ** 2)(1.0) == 8.0
    del op
    gc.collect()
    assert alive() is None
    assert len(TABLE) == before


def test_a_rule_may_not_write_into_what_others_use_too():
    def into_gradient(g, out, x):
        g *= 2 * x
        return g

    def into_argument(out, x):
        x *= 2
        return x

    for square in (custom(pullback=into_gradient)(np.square), custom(into_argument)(np.square)):
        with pytest.raises(ValueError, match="read-only"):
            grad(lambda x, f=square: np.sum((x**3 + f(x)) * np.ones(2)))(np.array([1.0, 2.0]))
