"""What `source` prints is run before it is given, and is the function: on arrays and on Tensors."""

import copy
import functools

import numpy as np
import pytest

from tests.test_source import assert_same, compiled
from tinygrad_edu import (
    Tensor,
    compile,
    grad,
    hvp,
    jacobian,
    jvp,
    no_grad,
    softmax,
    source,
    value_and_grad,
)
from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.sourcing import page
from tinygrad_edu.trace.agreement import close

X = np.array([1.0, -2.0, 3.0])
RNG = np.random.default_rng(0)


@functools.singledispatch
def dispatched(x):
    return np.sum(x * 3)


@dispatched.register
def _(x: np.ndarray):
    return np.sum(x * 2)


def matched(x):
    match x:
        case np.ndarray():
            return np.sum(x * 2)
        case _:
            return np.sum(x * 3)


# What asks for a kind that a stand-in can pass for, and what nobody can answer in its place.
KINDS = [
    (lambda x: np.sum(x * 2) if isinstance(x, np.ndarray) else np.sum(x * 3), X),
    (lambda x: x * 2 if np.isscalar(x) else x * 3, 0.5),
    (lambda x: x * 2 if isinstance(x, float) else x * 3, 0.5),
    (dispatched, X),
    (matched, X),
]
UNANSWERED = [
    (lambda x: np.sum(x * 2) if type(x) is np.ndarray else np.sum(x * 3), X),
    (lambda x: np.sum(x * 2) if hasattr(x, "tobytes") else np.sum(x * 3), X),
    (lambda x: np.sum(x * RNG.normal(size=3)), X),
]


@pytest.mark.parametrize(("f", "x"), KINDS + UNANSWERED)
def test_a_function_that_asks_what_it_is_given_is_refused(f, x):
    """Its gradient is that of what it does with a Tensor, its value that of what it does not."""
    with pytest.raises(TypeError, match=f"source of {f.__name__}: on arrays .* another result"):
        source(f, x)


@pytest.mark.parametrize(("f", "x"), KINDS)
def test_without_gradients_it_is_printed_as_it_goes_on_arrays(f, x):
    assert compiled(source(f, x, gradients=False))(x) == f(x)


@pytest.mark.parametrize(("f", "x"), UNANSWERED)
def test_or_refused_where_a_stand_in_cannot_answer(f, x):
    with pytest.raises(TypeError, match=f"source of {f.__name__}: "):
        source(f, x, gradients=False)


def test_whether_it_is_a_tensor_matters_where_there_are_gradients():
    def f(x):
        return np.sum(x * 3) if isinstance(x, Tensor) else np.sum(x * 2)

    with pytest.raises(TypeError, match=r"source of f: on arrays .* another result"):
        source(f, X)
    assert "f2 = np.sum(2 * x)" in source(f, X, gradients=False)


def test_also_one_that_asks_for_what_is_in_a_tensor():
    def f(x):
        inner = x.data if isinstance(x, Tensor) else x
        return np.sum(x * 2) if isinstance(inner, np.ndarray) else np.sum(x * 3)

    assert_same(compiled(source(f, X))(X), value_and_grad(f)(X))


def only_tensors(x):
    assert isinstance(x, Tensor)
    return np.sum(x**2)


def named(x):
    x.name = "speed"
    return np.sum(x**2)


@pytest.mark.parametrize("f", [only_tensors, named, lambda x: np.sum(x**2) if x.op is None else 0])
def test_a_function_that_takes_tensors_alone_is_printed(f):
    text = source(f, X)
    assert_same(compiled(text)(X), value_and_grad(f)(X))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(x - np.mean(x)), X),  # rounding alone
        (lambda x: np.sum(softmax(x)) * 1e-8, 300 * X),
        (lambda x: np.sum(np.log(np.exp(x)) - x), X),
        (lambda x: np.sum(1 / x), np.array([1.0, 0.0])),
        (lambda x: np.sum(np.exp(x)), np.array([1.0, 1000.0])),
        (lambda x: np.sum(np.where(x > 0, x, np.nan)[:1]), X),
    ],
)
def test_rounding_and_what_is_not_finite_are_no_verdict(f, x):
    assert "return value, d_x" in source(f, x)


def centred(v):
    v -= v.mean()
    return np.sum(v**2)


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (centred, [X]),
        (lambda v, k: k * centred(v), [X, 2.0]),
        (lambda pair: centred(pair[0]) * np.sum(pair[1]), [(X, np.ones(3))]),
        (lambda p: centred(p["v"]) * p["k"], [{"v": X, "k": 2.0}]),
    ],
)
def test_a_function_that_changes_what_it_is_given_changes_no_example(f, inputs):
    given = copy.deepcopy(inputs)
    text = source(f, *given)
    for one, other in zip(flatten(given), flatten(inputs), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(compiled(text)(*flatten(inputs))[0], f(*given))


def test_what_would_be_printed_wrongly_is_not_given(monkeypatch):
    """As if the printer had a bug: it drops a factor, and it writes what doesn't run."""
    whole = page.Page._text
    monkeypatch.setattr(page.Page, "_text", lambda self: whole(self).replace("3 * ", ""))
    with pytest.raises(TypeError, match=r"what is printed gives another result at these inputs"):
        source(lambda x: np.sum(3 * x), X)
    source(lambda x: np.sum(x), X)
    monkeypatch.setattr(page.Page, "_text", lambda self: whole(self).replace("np.sum", "np.some"))
    with pytest.raises(TypeError, match=r"what is printed raises AttributeError.*please report"):
        source(lambda x: np.sum(3 * x), X)
    with pytest.raises(TypeError, match=r"what is printed raises AttributeError.*please report"):
        source(np.sum(3 * Tensor(X)))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (grad(lambda x: np.sqrt(np.sum(x**2))), np.zeros(2)),
        (grad(lambda x: np.sum(np.where(x > 1, (x - 1) ** 0.5, x))), np.array([2.0, 1.0])),
        (lambda x: hvp(lambda y: np.sum(np.where(y > 1, (y - 1) ** 0.5, y)))(x, x), np.ones(2)),
        (lambda x: jvp(np.linalg.norm, (x,), (x,))[1], np.zeros(3)),
    ],
)
def test_nan_in_place_of_a_number_is_refused(f, x):
    """Also where it is the value that is a derivative."""
    assert np.all(np.isfinite(f(x)))
    with pytest.raises(ValueError, match="is NaN at these inputs as the formulas stand"):
        source(f, x, gradients=False)
    text = source(f, x + 3, gradients=False)
    np.testing.assert_allclose(compiled(text)(x + 3, **text.constants), f(x + 3))


def test_within_no_grad_the_gradients_are_those_of_the_function():
    """Where nothing was recorded, the gradients were printed as zeros."""
    with no_grad():
        text = source(lambda x: np.sum(x**2), X)
    assert_same(compiled(text)(X), (14.0, 2 * X))


def test_results_agree_or_not():
    assert close(X, X * (1 + 1e-7))
    assert not close(X, X * (1 + 1e-3))
    assert not close(X, X[:2])
    assert close(X.astype(np.float32), X * (1 + 1e-3))
    assert not close(np.float64(0.0), 1e-17)
    assert close(np.float64(0.0), 1e-17, noise=1e-16)
    assert close([1.0, np.inf], [1.0, 3.0])
    assert not close([2, 3], [2, 4])
    assert close([True], [True])


# ---- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.7, np.float64(0.7), np.array(0.7), 0.7 + 0.2j, np.array([0.7, 2])])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.real(x * 1j)[None]),
        lambda x: np.sum(np.real(np.real(0.7j) + 1j * x)[..., None] + np.real(x)),
        lambda x: np.real(np.complex128(0.7j) * np.sum(x))[None][0],
        lambda x: np.sum(np.real((x * 0.7 * 1j)[()])),
        lambda x: np.sum(np.real((x + 1)[..., None].T * 3)),
        lambda x: np.sum(np.abs(x * x).reshape(1, -1) * np.imag(2j * x).ravel()),
        lambda x: np.sum(np.real((x + 1).astype(np.complex64)) ** 2),
        lambda x: np.real(np.sum(np.where(~(np.real(x) > 0), x, 2 * x))),
        lambda x: np.sum(np.real(x) * np.where(np.real(x) > 0, 3, 4)),
        lambda x: np.sum(np.imag(x)[None] + np.real(-x)[None]),
        lambda x: np.sum(np.abs((x * np.sum(np.real(x)))[None]) ** 2),
    ],
)
def test_numbers_stay_what_numpy_makes_of_them(f, x):
    """Python's have no index, no method and no dtype, ~True is -2, and 1j * np.float64 is one."""
    text = source(f, x)
    for given in (x, np.asarray(x)):
        for found, expected in zip(compiled(text)(given), value_and_grad(f)(x), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-12)
            assert np.shape(found) == np.shape(expected)
            assert np.asarray(found).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize(
    "f",
    [
        lambda x, a: np.sum(x * (a * 2) ** 2),
        lambda x, a: np.sum(x * np.real(-a * 2j)),
        lambda x, a: np.sum(x * abs(a - 3) * a.conjugate() + 3 % a),
        lambda x, a: np.sum(x // +a - x / (1 + a)),
        lambda x, a: np.sum(x**2 * 3 ** (a + 1)) * (2 * a) ** 0.5,
    ],
)
def test_what_is_computed_of_numbers_that_are_constant_is_printed(f):
    text = source(f, X, 0.4, argnums=0)
    assert_same(compiled(text)(X, 0.5), value_and_grad(f)(X, 0.5))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x * np.float32(0.5) * 0.9),
        lambda x: np.sum((x * np.float32(0.5))[:1]) * np.float64(0.9),
        lambda x: np.sum(np.float32(0.5) - x * np.float32(3)),
        lambda x: np.mean(x**2 * np.array([1, 2, 3], np.float32)) * np.float32(0.3),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_dtypes_are_those_of_the_function(f, dtype):
    """np.float64(0.9) * np.float32(0.5) is another dtype than 0.9 * np.float32(0.5)."""
    x = X.astype(dtype)
    text = source(f, x)
    results = compiled(text)(x, **text.constants)
    for found, expected in zip(results, value_and_grad(f)(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3)
        assert found.dtype == expected.dtype


def test_a_constant_gradient_is_floating():
    """np.full((3,), 3) has integers."""
    _, gradient = compiled(source(lambda x: np.sum(3 * x), X))(X)
    assert gradient.dtype == np.float64
    x = X.astype(np.float32)
    _, gradient = compiled(source(lambda x: np.sum(3 * x), x))(x)
    assert gradient.dtype == np.float32


# ---- Jacobians of complex functions --------------------------------------------------------------
Z = np.array([1 + 2j, 2.0, -0.5j])


@pytest.mark.parametrize(
    "f",
    [
        lambda z: z[1:] ** 2,
        lambda z: np.exp(z) * z[0],
        lambda z: np.append(z[::-1], z[0] * z[2]),
        lambda z: np.sum(z[[0, 0, 1]] ** 3),
    ],
)
def test_a_jacobian_of_complex_numbers_is_printed_and_compiled(f):
    """Whether the function is holomorphic was asked of the values."""
    expected = jacobian(f)(Z)
    text = source(jacobian(f), Z, gradients=False)
    np.testing.assert_allclose(compiled(text)(Z, **text.constants), expected, atol=1e-14)
    np.testing.assert_allclose(compile(jacobian(f))(Z), expected, atol=1e-14)


@pytest.mark.parametrize(
    "transform", [lambda f: source(f, Z, gradients=False), lambda f: compile(f)(Z)]
)
@pytest.mark.parametrize("f", [np.conj, lambda z: np.abs(z) + 0j, lambda z: z * np.real(z[0])])
def test_and_refused_where_there_is_none(f, transform):
    with pytest.raises(TypeError, match="it is not holomorphic"):
        transform(jacobian(f))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.mean(-np.maximum(x, x)),
        lambda x: -np.sum(np.minimum(x, x) / 3),
        lambda x: np.mean(-((x > 0) / x)),
        lambda x: -np.sum((x > 0) * x / 3),
        lambda x: -np.max(x) / 5,
    ],
)
def test_a_minus_is_not_written_before_a_mask(f):
    text = source(f, X)
    assert_same(compiled(text)(X), value_and_grad(f)(X))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
@pytest.mark.parametrize(
    "f",
    [
        np.linalg.norm,
        np.std,
        lambda x: np.linalg.norm(x, 3) + np.sum(x),
        lambda x: np.sum(np.linalg.norm(np.outer(x, np.ones(2)), axis=0)),
        lambda x: np.sum(grad(np.linalg.norm)(x)),
    ],
)
def test_where_derivatives_go_another_way_there_is_no_source(f, scale):
    """What is printed would have an infinite slope there, or none."""
    with pytest.raises(ValueError, match="too large or too small for the dtype at these inputs"):
        source(f, X * scale)
    text = source(f, X)
    assert_same(compiled(text)(X, **text.constants), value_and_grad(f)(X))


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.norm,
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.sum(np.linalg.norm(np.reshape(x, (1, 3)), axis=0)),
        lambda x: np.linalg.norm(np.sin(x)) * np.float16(2),
    ],
)
def test_a_length_in_half_precision_is_no_constant_of_the_source(f):
    """Its value is computed apart from what its slope follows from."""
    x, other = X.astype(np.float16), np.array([0.5, 2, 1], np.float16)
    text = source(f(Tensor(x)))
    constants = {name: each for name, each in text.constants.items() if name != "x"}
    found = compiled(text)(other, **constants)
    for one, expected in zip(found, value_and_grad(f)(other), strict=True):
        np.testing.assert_allclose(one, expected, rtol=5e-3)


def test_a_length_out_of_range_is_no_constant_either():
    with pytest.raises(ValueError, match="printed source would give another value"):
        source(np.linalg.norm(Tensor(X * 1e-200)))
