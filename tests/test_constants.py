"""Constants that are arrays of other classes: plain ones, or refused; never another function."""

from fractions import Fraction

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, custom, fit, grad, jvp, nn, optim, vjp


class Tenfold(np.ndarray):
    """An array whose * multiplies by ten."""

    def __mul__(self, other):
        return np.multiply(np.asarray(self), other) * 10

    __rmul__ = __mul__


class Annotated(np.ndarray):
    """An array that says where it is from, and computes as arrays do."""

    source = "a file"


class Counting(np.ndarray):
    """An array that has its own say in NumPy's functions."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(each) if isinstance(each, Counting) else each for each in inputs]
        return getattr(ufunc, method)(*plain, **kwargs)


NUMBERS = np.array([2.0, 3.0])
MASKED = np.ma.array(NUMBERS, mask=[True, False])
tenfold, annotated = NUMBERS.view(Tenfold), NUMBERS.view(Annotated)
double = custom(lambda out, x, y: y, lambda out, x, y: x)(lambda x, y: x * y)

UFUNCS = {
    "multiply": lambda t, s: np.multiply(s, t),
    "multiply, after": lambda t, s: np.multiply(t, s),
    "divide": lambda t, s: np.divide(s, t),
    "power": lambda t, s: np.power(t, s),
    "arctan2": lambda t, s: np.arctan2(s, t),
    "hypot": lambda t, s: np.hypot(t, s),
}
FUNCTIONS = {
    "concatenate": lambda t, s: np.concatenate([t, s]) ** 2,
    "stack": lambda t, s: np.stack([t, s]) * t,
    "where": lambda t, s: np.where([True, False], t, s),
    "dot": lambda t, s: np.dot(s, t),
    "interp": lambda t, s: np.interp(t, [0.0, 5.0], s),
    "average": lambda t, s: np.average(t, weights=s),
    "sum where": lambda t, s: np.sum(t, where=s > 2),
    "mean where": lambda t, s: np.mean(t, where=s > 2),
    "cov": lambda t, s: np.cov(t, s),
    "einsum": lambda t, s: np.einsum("i,i->", t, s),
    "clip": lambda t, s: np.clip(t, s - 2, s),
    "polyval": lambda t, s: np.polyval(s, t),
    "custom": double,
    "loss": lambda t, s: nn.mean_squared_error(t, s),
}
OPERATORS = {
    "t * s": lambda t, s: t * s,
    "s * t": lambda t, s: s * t,
    "t / s": lambda t, s: t / s,
    "t ** s": lambda t, s: t**s,
    "s - t": lambda t, s: s - t,
    "t @ s": lambda t, s: t @ s,
    "t % s": lambda t, s: t % s,
}
EVERYWHERE = UFUNCS | FUNCTIONS | OPERATORS


def by_name(programs):
    return pytest.mark.parametrize("f", programs.values(), ids=programs.keys())


def total(f, s):
    return lambda x: np.sum(f(x, s))


@by_name(EVERYWHERE)
def test_a_class_without_operators_of_its_own_is_as_good_as_an_array(f):
    x = np.array([1.5, 2.5])
    for way in (lambda f: f, grad, lambda f: compile(grad(f))):
        found, expected = way(total(f, annotated))(x), way(total(f, NUMBERS))(x)
        np.testing.assert_array_equal(found, expected)


@by_name(UFUNCS)
def test_the_operators_of_a_class_play_no_role_in_a_ufunc(f):
    x = np.array([1.5, 2.5])
    np.testing.assert_array_equal(f(Tensor(x), tenfold).data, f(x, tenfold))
    np.testing.assert_array_equal(grad(total(f, tenfold))(x), grad(total(f, NUMBERS))(x))


@by_name({name: f for name, f in OPERATORS.items() if name not in ("s * t", "s - t")})
def test_operators_of_its_own_are_refused_where_they_would_be_called(f):
    with pytest.raises(TypeError, match=r"shape \(2,\) is of the class Tenfold.*np\.asarray"):
        f(Tensor([1.5, 2.5]), tenfold)


def test_an_operator_that_is_called_first_is_differentiated():
    x = np.array([1.5, 2.5])
    np.testing.assert_array_equal(grad(lambda x: np.sum(tenfold * x))(x), 10 * NUMBERS)


@by_name(EVERYWHERE)
def test_a_mask_is_never_lost(f):
    with pytest.raises(TypeError, match=r"mask|becomes an array only on request"):
        f(Tensor([1.5, 2.5]), MASKED)


@by_name({name: f for name, f in EVERYWHERE.items() if "where" not in name})
def test_arrays_of_objects_are_refused_on_entry(f):
    objects = np.array([2.0, 3.0], dtype=object)
    with pytest.raises(TypeError, match="dtype object"):
        f(Tensor([1.5, 2.5]), objects)


def test_objects_as_keyword_arguments_and_in_lists():
    t, mask = Tensor([1.5, 2.5]), np.array([True, False], dtype=object)
    for call in (
        lambda: np.sum(t, where=mask),
        lambda: np.max(t, where=mask, initial=0),
        lambda: np.average(t, weights=mask),
        lambda: np.hstack([t, mask]),
        lambda: np.where(mask, t, 0),
        lambda: np.dot(t, [1, Fraction(1, 2)]),
        lambda: [Fraction(1, 3), 2.0] @ t,
        lambda: np.vecdot(t, [Fraction(1, 3), 2.0]),
        lambda: np.convolve(t, (Fraction(1, 3), 2)),
        lambda: np.multiply(t, Fraction(1, 2)),
        lambda: np.concatenate([t, [Fraction(1, 2)]]),
        lambda: np.power([10**30, 1], t),
    ):
        with pytest.raises(TypeError, match="dtype object"):
            call()


OF_MATRICES = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")


@OF_MATRICES
@pytest.mark.parametrize(
    "f",
    [
        lambda t, m: np.linalg.lstsq(m, t)[0],
        lambda t, m: np.linalg.solve(m, t),
        lambda t, m: np.multiply(m, t),
        lambda t, m: t * m,
        lambda t, m: np.concatenate([t[None], m]),
        lambda t, m: np.kron(t, m),
        lambda t, m: np.average(t, weights=m),
    ],
)
def test_a_matrix_is_refused(f):
    with pytest.raises(TypeError, match=r"class matrix.*np\.asarray"):
        f(Tensor([1.0, 2.0]), np.matrix([[2.0, 1.0], [1.0, 3.0]]))


def test_a_class_with_a_say_in_functions_is_refused():
    t = Tensor([1.0, 2.0])
    for call in (lambda: t * NUMBERS.view(Counting), lambda: np.dot(t, NUMBERS.view(Counting))):
        with pytest.raises(TypeError, match=r"Counting, whose __array_ufunc__"):
            call()


def test_compiled_functions_compute_with_what_they_are_given():
    x = np.array([1.5, 2.5])
    with pytest.raises(TypeError, match="class Tenfold"):
        compile(lambda x: x * x)(tenfold)
    with pytest.raises(TypeError):
        compile(lambda x: x * tenfold)(x)
    np.testing.assert_array_equal(compile(lambda x: x * annotated)(x), x * NUMBERS)


@OF_MATRICES
def test_arguments_of_transforms_are_what_the_function_would_get():
    """A matrix as a variable would be an array, whose * is another."""
    for other in (np.matrix([[1.0, 2.0]]), tenfold):
        with pytest.raises(TypeError, match=r"grad of .*: can't differentiate in .*np\.asarray"):
            grad(lambda x: np.sum(x * x))(other)
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * x))(annotated), 2 * NUMBERS)


def test_masks_of_variables_cotangents_tangents_and_data_are_not_lost():
    t = Tensor([1.0, 2.0])
    _, pullback = vjp(np.square, NUMBERS)
    network = nn.MLP((2, 1))
    sgd = optim.SGD(network.parameters(), 0.1)
    calls = [
        lambda: Tensor(MASKED),
        lambda: Tensor([MASKED, NUMBERS]),
        lambda: Tensor([[NUMBERS], [MASKED]]),
        lambda: grad(np.sum)(MASKED),
        lambda: compile(np.sum)(MASKED),
        lambda: pullback(MASKED),
        lambda: jvp(np.square, (NUMBERS,), (MASKED,)),
        lambda: (t * 1).backward(MASKED),
        lambda: setattr(t, "data", MASKED),
        lambda: setattr(t, "grad", MASKED),
        lambda: t[MASKED > 2],
        lambda: t[(MASKED > 2,)],
        lambda: fit(network, MASKED[None], [[1.0]], loss=nn.mean_squared_error, optimizer=sgd),
        lambda: fit(network, [MASKED], [[1.0]], loss=nn.mean_squared_error, optimizer=sgd),
        lambda: fit(network, [NUMBERS], [MASKED[:1]], loss=nn.mean_squared_error, optimizer=sgd),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"mask|MaskedArray"):
            call()


def test_a_subclass_of_float_is_a_number():
    class Metres(float):
        pass

    t = Tensor([1.0, 2.0])
    np.testing.assert_array_equal((t * Metres(3)).data, (Metres(3) * t).data)
    (t * Metres(3)).backward([1, 1])
    np.testing.assert_array_equal(t.grad, [3, 3])


def test_a_file_that_is_mapped_into_memory_is_an_array(tmp_path):
    file = np.memmap(tmp_path / "numbers", dtype=float, mode="w+", shape=2)
    file[:] = NUMBERS
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * file))(np.ones(2)), NUMBERS)
    np.testing.assert_array_equal(grad(lambda x: np.dot(file, x))(np.ones(2)), NUMBERS)
