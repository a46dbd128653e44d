"""Legal but unusual arguments: values as NumPy's, gradients as finite differences have them."""

import itertools

import numpy as np
import pytest
from numpy.polynomial.polynomial import polyval2d

import tinygrad_edu as te
from tinygrad_edu import Tensor, grad, hessian, hvp, jacobian, nn, value_and_grad, vjp
from tinygrad_edu.engine.rule import TABLE, Local, title
from tinygrad_edu.rules.families import bessel_i, sinc_slope
from tinygrad_edu.testing import check_gradients

RNG = np.random.default_rng(0)
SQUARE, OBLONG, ROW = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3)), RNG.normal(size=(1, 3))
HALF = np.array([0.1, 3.3], np.float16)
PATH = ["einsum_path", (0, 1), (0, 1)]

CALLS = {
    "sum of a number, axis=0": (lambda x: np.sum(x, axis=0), 3.0),
    "prod of a number, axis=-1": (lambda x: np.prod(x, axis=-1), 3.0),
    "max of a number, keepdims": (lambda x: np.max(x, axis=0, keepdims=True), 3.0),
    "einsum, labels on both sides of 26": (lambda a: np.einsum(a, [0, 26]), OBLONG),
    "einsum, labels in descending order": (lambda a: np.einsum(a, [51, 2]), OBLONG),
    "einsum with a path, an index summed alone": (
        lambda a: np.einsum("ij,jk,kl->", a, SQUARE, SQUARE, optimize=PATH),
        OBLONG,
    ),
    "take_along_axis, the array repeated": (
        lambda a: np.take_along_axis(a, np.array([[0, -1], [2, 2]]), axis=1),
        ROW,
    ),
    "take_along_axis, the indices repeated": (
        lambda a: np.take_along_axis(a, np.array([[0, 0]]), axis=-1),
        OBLONG,
    ),
    "an unsigned exponent of 0": (lambda x: x ** np.array([0, 2, 3], np.uint8), [100.0, 2.0, 3.0]),
    "a base of small integers": (lambda x: np.array([1, 3, 4], np.uint8) ** x, [0.5, -1.0, 2.0]),
    "the angle towards a boolean": (lambda y: np.arctan2(y, [True, False]), [0.5, 2.0]),
    "the length of a number and a boolean": (lambda y: np.hypot(True, y), [0.5, 2.0]),
    "roll by a boolean": (lambda x: np.roll(x, True), [0.5, 2.0, 3.0]),
    "tile by booleans": (lambda x: np.tile(x, [True, 2]), [0.5, 2.0]),
    "repeat by a boolean": (lambda x: np.repeat(x, True, axis=0), [0.5, 2.0]),
    "repeat of a number, axis=0": (lambda x: np.repeat(x, 3, axis=0), 0.5),
    "ends of differences as a list": (lambda x: np.ediff1d(x, to_begin=[1.0, 2.0]), [0.5, 2.0]),
    "division by numbers of low precision": (lambda x: x / HALF, [0.5, 2.0]),
    "exponents of low precision": (lambda x: x**HALF, [0.5, 2.0]),
    "a base of low precision": (lambda x: HALF**x, [0.5, 2.0]),
    "interpolation of samples of low precision": (
        lambda x: np.interp(x, np.array([0.1, 1.3, 2.9], np.float32), np.float32([0.7, 0.2, 1.1])),
        [0.5, 2.0],
    ),
    "transpose of one axis, as a number": (lambda x: np.transpose(x, 0), [0.5, 2.0]),
    "a base of booleans": (lambda x: np.array([True, True]) ** x, [0.5, 2.0]),
}
if isinstance(polyval2d, type(np.sum)):  # NumPy hands it over from 2.4 on
    CALLS["polyval2d of one number, of one axis of coefficients"] = (
        lambda c: polyval2d(2.0, 3.0, c),
        [0.5, 2.0, 1.0],
    )


@pytest.mark.parametrize(("f", "x"), CALLS.values(), ids=CALLS)
def test_value_and_gradient(f, x):
    np.testing.assert_allclose(f(Tensor(x)).data, f(np.asarray(x)), rtol=1e-13, strict=True)
    check_gradients(f, np.asarray(x))


@pytest.mark.parametrize("f", [np.var, np.std])
def test_more_degrees_of_freedom_are_taken_than_there_are(f):
    with np.errstate(divide="ignore"), pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        assert f(Tensor([1.0, 2.0]), ddof=3).item() == np.inf


@pytest.mark.parametrize("axes", [3, ([5], [0]), ([0], [-3])])
def test_tensordot_refuses_an_axis_that_is_not_there(axes):
    with pytest.raises(IndexError, match=r"np\.tensordot: axis -?\d is out of bounds"):
        np.tensordot(Tensor(SQUARE), SQUARE, axes=axes)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda t: np.sum(SQUARE, where=t), "where"),
        (lambda t: np.nanmax(SQUARE, where=t), "where"),
        (lambda t: np.logaddexp.reduce(SQUARE, where=t), "where"),
        (lambda t: np.hypot.reduce(t, where=t), "where"),
        (lambda t: np.split(SQUARE, t), "indices_or_sections"),
        (lambda t: np.hsplit(t, t), "indices_or_sections"),
        (lambda t: np.delete(SQUARE, t), "obj"),
    ],
)
def test_a_tensor_where_only_a_constant_has_meaning_is_refused_by_name(call, name):
    with pytest.raises(TypeError, match=f"the argument {name}= is a constant here"):
        call(Tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.round(SQUARE, 1, t),
        lambda t: np.around(SQUARE, out=t),
        lambda t: np.fix(SQUARE, t),
        lambda t: np.isposinf(SQUARE, t),
        lambda t: np.all(SQUARE, out=t[0, 0]),
    ],
)
@pytest.mark.filterwarnings("ignore:numpy.* is deprecated:DeprecationWarning")  # np.fix, by NumPy
def test_a_constant_function_does_not_write_into_a_tensor(call):
    t = Tensor(OBLONG.T @ OBLONG)
    before = t.numpy()
    with pytest.raises(ValueError, match="read-only"):
        call(t)
    np.testing.assert_array_equal(t.data, before)


@pytest.mark.parametrize("f", [np.nanvar, np.nanstd])
def test_the_imaginary_part_of_a_given_mean_is_not_lost(f):
    with pytest.raises(TypeError, match="the imaginary part of a complex mean would be lost"):
        f(Tensor(SQUARE), mean=Tensor(1 + 2j))


def test_the_outer_product_of_linalg_is_of_vectors():
    with pytest.raises(ValueError, match=r"np\.linalg\.outer .*np\.outer takes any shape"):
        np.linalg.outer(Tensor(OBLONG), np.ones(2))


def test_dividing_by_minus_zero_goes_the_other_way():
    with np.errstate(divide="ignore"):
        assert value_and_grad(lambda x: x / -0.0)(1.0) == (-np.inf, -np.inf)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("product", [lambda t, m: t * m, lambda t, m: m * t, lambda t, m: t @ m])
def test_a_matrix_whose_operators_mean_something_else_is_refused(product):
    with pytest.raises(TypeError, match=r"write np\.asarray\(a\)"):
        product(Tensor(SQUARE), np.matrix(SQUARE))


# ---- poles ---------------------------------------------------------------------------------------

ELEMENTWISE = [
    row
    for op, row in TABLE.items()
    if type(row) is Local and row.arguments is None and not title(op).startswith("scipy.")
]
WHOLE = {np.ldexp, bessel_i, sinc_slope}  # their second argument is a whole number
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, np.inf, -np.inf]


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("row", ELEMENTWISE, ids=[title(row.op) for row in ELEMENTWISE])
def test_no_cotangent_no_gradient_wherever_the_function_fails(row, create_graph):
    """The gradient of ``where(False, f(x), 0)`` is 0, be f(x) infinite, NaN or undefined."""
    operands = len(row.derivatives)
    for values in itertools.product(SPECIAL, repeat=operands):
        if row.op in WHOLE and values[1] not in range(3):
            continue
        for place in range(operands):  # alone, among constants
            if row.derivatives[place] is None:
                continue
            args = [np.array([value]) for value in values]
            if row.op in WHOLE:
                args[1] = int(values[1])
            x = args[place] = Tensor(args[place])
            with np.errstate(all="ignore"):
                out = np.where([False], row.op(*args), 0.0)
            out.backward([1.0], create_graph=create_graph)
            assert np.equal(x.grad, 0).all(), (values, place, x.grad)


# ---- integers among the functions of networks ----------------------------------------------------

NETWORK_FUNCTIONS = [te.sigmoid, te.softplus, te.softmax, te.log_softmax, te.logsumexp]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int16, np.int64])
@pytest.mark.parametrize("f", NETWORK_FUNCTIONS)
def test_integers_neither_wrap_around_nor_lose_precision(f, dtype):
    x = np.array([1, 0, 3]).astype(dtype)
    np.testing.assert_array_equal(f(x), f(x.astype(float)), strict=True)


def test_logits_of_small_integers():
    logits = np.array([[3, 1], [1, 0]], np.uint8)
    expected = nn.softmax_cross_entropy(logits.astype(float), [1, 0])
    assert nn.softmax_cross_entropy(logits, [1, 0]) == expected


@pytest.mark.parametrize("f", [te.relu, *NETWORK_FUNCTIONS])
def test_nothing_is_raised_far_out_where_the_user_wants_every_error(f):
    x = Tensor([-1000.0, 0.0, 1000.0])
    with np.errstate(all="raise"):
        np.sum(f(x)).backward()


# ---- grad ----------------------------------------------------------------------------------------


def test_gradients_are_arrays_of_their_own():
    def f(x, y):
        return np.sum(np.sin(x + y))

    gx, gy = grad(f, (0, 1))(np.ones(3), np.ones(3))
    before = gy.copy()
    gx *= 2
    np.testing.assert_array_equal(gy, before)
    assert grad(np.sum)(np.ones(3)).flags.writeable


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1)])
def test_an_argument_is_named_once(argnums):
    with pytest.raises(ValueError, match="an argument twice"):
        grad(np.multiply, argnums)(2.0, 3.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, hvp])
@pytest.mark.parametrize("argnums", ["x", [0], 1.0])
def test_argnums_are_integers(transform, argnums):
    with pytest.raises(TypeError, match="argnums is an int or a tuple of ints"):
        transform(np.sin, argnums)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, hvp, vjp])
def test_a_transform_takes_a_function(transform):
    with pytest.raises(TypeError, match=r"not a function: .* t\.backward"):
        transform(Tensor(1.0))
