"""What is written out in the folder golden: functions of every kind, and what they are called with.

All numbers that come out are exact on every machine, or short, or rounded by the test: inputs are
small fractions of two, and matrices that are decomposed are diagonal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu import (
    Tensor,
    custom,
    grad,
    hvp,
    jvp,
    log_softmax,
    logsumexp,
    nn,
    no_grad,
    relu,
    sigmoid,
    softmax,
    softplus,
)

try:
    from scipy import special
except ImportError:  # an extra
    special = None


@dataclass(frozen=True)
class Case:
    """A function that gives one number, and how to call it.

    Attributes
    ----------
    f : callable
    inputs : dict of str to object
        Arguments by name: arrays, integers, lists of lists; of modules a function that makes one.
    closer : bool
        Whether its picture is drawn a second time, with modules open and the flow of gradients.
    compiles : callable, optional
        What is compiled in place of the value and the gradients.
    """

    f: Callable[..., Any]
    inputs: dict[str, Any]
    closer: bool = False
    compiles: Callable[..., Any] | None = None

    def arguments(self) -> dict[str, Any]:
        """The arguments, new ones each time."""
        return {
            name: given() if callable(given) else np.array(given) if _is_data(given) else given
            for name, given in self.inputs.items()
        }

    def argnums(self) -> tuple[int, ...]:
        """The arguments that are differentiated in."""
        arguments = self.arguments().values()
        return tuple(k for k, each in enumerate(arguments) if _varies(each))


def _is_data(given: Any) -> bool:
    return isinstance(given, float | complex | list | np.ndarray)


def _varies(argument: Any) -> bool:
    if isinstance(argument, np.ndarray):
        return argument.dtype.kind in "fc"
    return isinstance(argument, nn.Module | dict | tuple)


CASES: dict[str, Case] = {}


def case(closer: bool = False, compiles: Callable[..., Any] | None = None, **inputs: Any) -> Any:
    """Add a function to the cases, by its name."""

    def added(f: Callable[..., Any]) -> Callable[..., Any]:
        CASES[f.__name__.replace("_", "-")] = Case(f, inputs, closer, compiles)
        return f

    return added


V, W = [1.0, -2.0, 0.5], [0.5, 4.0, -1.0]
M = [[1.0, 2.0, -1.0], [0.5, -4.0, 3.0]]
SQUARE = [[2.0, 1.0], [1.0, 1.0]]
DIAGONAL = [[4.0, 0.0], [0.0, 1.0]]


def half(numbers: Any) -> Any:
    return np.array(numbers, np.float16)


def single(numbers: Any) -> Any:
    return np.array(numbers, np.float32)


# ---- elementwise ---------------------------------------------------------------------------------


@case(x=[1.0, 4.0, 0.25])
def unary(x):
    root = np.sqrt(x)
    return np.sum(np.negative(root) * np.abs(x) + np.reciprocal(x) + np.square(x) + np.sign(x))


@case(closer=True, x=0.5, y=-2.0, z=4.0)
def single_numbers(x, y, z):
    a = x * y + z
    b = a / x - y**2
    return a * b


@case(x=M, y=V, z=2.0)
def broadcasting(x, y, z):
    return np.mean(x * y - z / y + x**2 * z)


@case(x=[0.5, 1.0, 2.0])
def transcendental(x):
    return np.sum(np.exp(x) * np.sin(x) + np.log(x) / np.tanh(x) + np.arctan2(x, 2.0) + np.cbrt(x))


@case(x=[1.0, 2.0, 0.0], y=[2.0, 2.0, 0.0])
def ties_of_two(x, y):
    return np.sum(np.maximum(x, y) * 2 + np.minimum(x, y) + np.fmax(x, 0.0) + np.hypot(x, y + 1))


@case(x=V)
def constants(x):
    """Of these no gradient flows back."""
    steps = np.floor(x) + np.sign(x) + np.argmax(x) + np.isnan(x) + np.count_nonzero(x)
    return np.sum(steps * x) + x.size + (x // 2.0).sum()


@case(x=[2.5, -1.5], y=[1.0, 2.0])
def remainders(x, y):
    fraction, whole = np.modf(x)
    quotient, rest = np.divmod(x, y)
    return np.sum(fraction * 4 + whole + quotient * rest + np.fmod(x, y) + x % y)


@case(x=2.0)
def operators(x):
    """Python's operators, from the left and the right."""
    y = 1 - x + 3 / x - 2**x + (-x) * abs(x) + +x
    return (y + x**3 + x**-1 + x**0.5) / 4


# ---- choice --------------------------------------------------------------------------------------


@case(x=M, y=V)
def masks(x, y):
    chosen = np.where(x > 0, x * y, -x)
    picked = np.select([x > 2, x < 0], [x**2, y], 0.5)
    return np.sum(chosen + picked + np.clip(x, -1, 1.5) + np.where(x > y, 0.0, y))


@case(x=[np.nan, 1.0, -np.inf])
def what_is_no_number(x):
    return np.sum(np.nan_to_num(x, neginf=2.0)) + np.nansum(np.where(np.isinf(x), 0.0, x) ** 2)


@case(x=[3.0, 1.0, 3.0, 2.0], w=[1.0, 2.0, 4.0, 8.0])
def sorting(x, w):
    order = np.argsort(x, kind="stable")
    return np.sum(np.sort(x) * w) + np.max(x) * 2 + np.take(x, order) @ w


@case(x=[[3.0, 1.0, 2.0], [4.0, 4.0, 0.5]])
def order_statistics(x):
    """They look at values."""
    return np.median(x) * 2 + np.sum(np.quantile(x, 0.75, axis=1)) + np.percentile(x, 50)


@case(x=V)
def course_by_value(x):
    return np.sum(x) if x[0] > 0 else np.sum(x**2)


@case(x=[[3.0, 1.0], [3.0, 2.0]])
def extremes(x):
    low, high = np.min(x, axis=0), np.max(x, axis=1, keepdims=True)
    return np.sum(high * low) + np.ptp(x) + np.sum(np.partition(x, 1, axis=1)[:, 0])


# ---- reductions ----------------------------------------------------------------------------------


@case(x=M)
def reductions(x):
    rows = np.sum(x, axis=1, keepdims=True)
    some = np.sum(x, axis=0, where=x > 0, initial=1.0)
    return np.sum(rows * some) + np.prod(x, axis=(0, 1)) + np.mean(x, axis=-1)[0] + x.sum()


@case(x=M)
def reductions_of_extremes(x):
    low = np.min(x, axis=1, where=x > -2, initial=8.0)
    return np.sum(low**2) + np.max(x, initial=2.5) + np.amax(x, axis=0, keepdims=True)[0, 1]


@case(x=[1.0, 3.0, 5.0, 7.0])
def statistics(x):
    return np.var(x) + np.std(x, ddof=1) * 2 + np.average(x, weights=[1, 1, 2, 4]) + np.trapezoid(x)


@case(x=[1.0, np.nan, 4.0])
def reductions_without_nan(x):
    return np.nansum(x) * np.nanmax(x) + np.nanmean(x) + np.nanprod(x)


@case(x=[1.0, 2.0, 4.0])
def cumulative(x):
    return np.sum(np.cumsum(x) * np.cumprod(x)) + np.sum(np.diff(x) ** 2) + np.gradient(x)[1]


@case(x=V, y=W, m=M)
def ufunc_methods(x, y, m):
    table = np.multiply.outer(x, y)
    running = np.multiply.accumulate(y)
    pieces = np.add.reduceat(m, [0, 2], axis=1)
    return np.add.reduce(table, axis=None) + np.sum(running) + np.sum(pieces**2)


# ---- movement ------------------------------------------------------------------------------------


@case(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
def getitem(x):
    row, element, part = x[1], x[2, 0], x[::-1, 1:]
    added = x[..., np.newaxis, 0]
    chosen, mixed = x[[0, 0, 2]], x[1:, [2, 1]]
    masked = x[np.array([True, False, True])]
    pairs = x[[0, 1], [1, 2]]
    total = np.sum(part**2) + np.sum(added) + np.sum(chosen * 2) + np.sum(mixed * mixed)
    return np.sum(row) * element + total + np.sum(masked) + np.sum(pairs * [1, 2])


@case(x=M, k=1)
def getitem_of_an_argument(x, k):
    """The index is a setting, and a mask that varies with the values."""
    return np.sum(x[:, k] ** 2) + np.sum(np.where(x > 0, x, 0.0)[k:])


@case(x=M, y=V)
def joining(x, y):
    joined = np.concatenate([x, y[np.newaxis], x])
    stacked = np.stack([y, y * 2, [1.0, 2.0, 3.0]], axis=1)
    beside = np.column_stack([y, y * x[0]])
    return np.sum(joined**2) + np.sum(stacked[0] * stacked[1]) + np.sum(beside) * y[0]


@case(x=M, y=V)
def blocks_and_parts(x, y):
    whole = np.block([[x], [y]])
    first, second = np.split(x, [1], axis=1)
    left, right = np.array_split(y, 2)
    return np.sum(whole**2) + np.sum(first * 2) + np.sum(second) * np.sum(left) + right[0]


@case(x=M)
def movement_in_the_order_of_columns(x):
    flat = np.ravel(x, order="F")
    again = np.reshape(flat * [1, 2, 3, 4, 5, 6], (3, 2), order="F")
    return np.sum(again**2) + flat[1] + np.reshape(x, (3, 2), order="F")[0, 1]


@case(x=M)
def movement(x):
    turned = np.swapaxes(np.rot90(x), 0, 1) + np.flip(x, 1)
    rolled = np.roll(np.transpose(x), 1, axis=0) * 2
    wide = np.tile(x[0], 2) * np.repeat(x[1], 2)
    return np.sum(turned**2) + np.sum(rolled) + np.sum(wide) + np.sum(np.pad(x, 1) ** 2)


@case(x=M)
def methods(x):
    y = x.T.reshape(2, -1).swapaxes(0, 1)
    return (y.sum(axis=0) ** 2).mean() + x.max() + x.flatten()[2] + x.clip(0, 1).sum() + y.std()


@case(x=[1.0, 2.0], m=M)
def axes(x, m):
    column = np.expand_dims(x, 1)
    spread = np.broadcast_to(column, (2, 3))
    return np.sum(spread * m) + np.squeeze(column)[0] + np.moveaxis(m, 0, 1)[2, 1] + np.trace(m)


@case(x=[1.0, 2.0, 4.0], m=SQUARE)
def taking(x, m):
    along = np.take_along_axis(m, np.array([[0], [1]]), axis=1)
    return np.sum(along**2) + np.sum(np.diag(x) @ x) + np.sum(np.triu(m) * m) + np.take(x, 1)


# ---- products and matrices -----------------------------------------------------------------------


@case(x=M, w=[[1.0, 0.5], [2.0, -1.0], [0.0, 4.0]], b=[1.0, -1.0])
def matrix_product(x, w, b):
    return np.sum((x @ w + b) ** 2)


@case(x=V, y=W, m=M)
def products(x, y, m):
    lever = np.cross(x, y)
    return np.dot(x, y) * np.vdot(lever, x + 1) + np.sum(np.outer(x, y)) + np.inner(m[0], x)


@case(x=M, y=SQUARE, z=V)
def einsum(x, y, z):
    whole = np.einsum("ij,ki,j->k", x, y, z)
    return np.sum(whole**2) + np.einsum("ii", y) + np.sum(np.einsum("ij->ji", x)[0])


@case(x=[[1.0, 2.0], [3.0, 4.0]], y=SQUARE)
def products_of_many_axes(x, y):
    both = np.tensordot(x, y, axes=1) + np.linalg.multi_dot([x, y, x])
    return np.sum(both) + np.sum(np.kron(x, y)) + np.sum(np.linalg.matrix_power(y, 2) * x)


@case(m=SQUARE, b=[1.0, 3.0])
def linear_algebra(m, b):
    found = np.linalg.solve(m, b)
    return np.sum(found**2) + np.linalg.det(m) + np.trace(np.linalg.inv(m)) + np.linalg.norm(b)


@case(m=DIAGONAL)
def svd(m):
    u, s, vh = np.linalg.svd(m)
    return np.sum(s**2) + np.sum(u * vh)


@case(m=DIAGONAL)
def eigh(m):
    values, vectors = np.linalg.eigh(m)
    return values[0] * values[1] ** 2 + np.sum(vectors**2)


@case(m=[[3.0, 5.0], [4.0, 10.0]])
def qr(m):
    q, r = np.linalg.qr(m)
    return np.sum(q * [[1.0, 2.0], [3.0, 5.0]]) + np.sum(r * [[1.0, 2.0], [0.0, 4.0]])


@case(m=DIAGONAL)
def cholesky(m):
    sign, logarithm = np.linalg.slogdet(m)
    return np.sum(np.linalg.cholesky(m)) + sign * logarithm


@case(x=[1.0, 2.0, 0.0, -1.0], k=[1.0, 0.5])
def signals(x, k):
    bent = np.convolve(x, k, "same")
    return np.sum(bent**2) + np.interp(0.5, [0.0, 1.0, 2.0, 3.0], x) + np.polyval(k, 2.0)


# ---- complex numbers -----------------------------------------------------------------------------


@case(z=[1.0 + 2.0j, -1.0j], w=[2.0 + 0.0j, 1.0 - 1.0j])
def complex_numbers(z, w):
    product = z * np.conj(w) + 1j
    return np.sum(np.real(product) ** 2 + np.imag(z * w)) + np.sum(np.abs(w[:1]))


@case(x=[1.0, 2.0, 0.0, -1.0])
def fourier(x):
    spectrum = np.fft.fft(x)
    return np.sum(np.abs(spectrum) ** 2 * [1.0, 2.0, 0.5, 1.0])


@case(x=[1.0, 2.0], z=[1.0 + 1.0j, 2.0j])
def complex_from_real(x, z):
    return np.real(np.vdot(x * z, z)) + np.sum((x * 1j).imag ** 2)


# ---- poles ---------------------------------------------------------------------------------------


@case(x=[0.0, 4.0], y=[0.0, 2.0])
def poles(x, y):
    """A gradient of zero meets an infinite derivative."""
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0)) + np.sum(np.sqrt(x) * y) * 0.5


@case(x=[0.0, 4.0])
def pole_kept_away_from(x):
    return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))


@case(x=[0.0, 4.0])
def infinite_gradient(x):
    return np.sum(np.sqrt(x)) + np.sum(np.abs(x))


# ---- functions of this package, and others -------------------------------------------------------


@case(x=[-1.0, 0.0, 2.0])
def activations(x):
    return np.sum(relu(x) * sigmoid(x) + softplus(x)) + logsumexp(x) + np.sum(softmax(x) ** 2)


@case(x=M, y=[1, 2])
def classes(x, y):
    scores = log_softmax(x, axis=1)
    return -np.mean(scores[np.arange(2), y])


if special is not None:

    @case(x=[0.5, 1.0, 2.0], y=[0.0, 1.0, 2.0])
    def scipy_special(x, y):
        smooth = special.expit(x) + special.erf(x)
        return np.sum(smooth + special.xlogy(y, x) + special.gammaln(x))


@custom(lambda out, x, y: 2 * x * y, lambda out, x, y: x**2)
def square_times(x, y):
    return x * x * y


@custom(pullback=lambda g, out, x: g[::-1])
def backwards(x):
    return x[::-1]


@case(x=V, y=W)
def custom_operations(x, y):
    return np.sum(square_times(x, y) * backwards(y))


# ---- networks ------------------------------------------------------------------------------------


def _whole(module):
    """A module of weights that are whole numbers."""
    for p in module.parameters():
        p.data = np.arange(p.size).reshape(p.shape) % 4 - 1.0
    return module


def neuron_of_two():
    return nn.Neuron([0.5, -2.0], 1.0, nn.relu)


def small_mlp():
    return _whole(nn.MLP([2, 3, 1], nn.relu, seed=0))


class Cell(nn.Module):
    """A recurrent cell."""

    def __init__(self):
        self.W = Tensor([[1.0, -0.5], [0.5, 2.0]], name="W")
        self.U = Tensor([[0.5, 0.0], [-1.0, 0.5]], name="U")

    def feedforward(self, x, h):
        return relu(self.W @ x + self.U @ h)


@case(closer=True, neuron=neuron_of_two, x=[3.0, 0.5])
def neuron(neuron, x):
    return neuron(x) ** 2


@case(closer=True, network=small_mlp, X=[[1.0, 2.0], [-1.0, 1.0]], y=[[1.0], [0.0]])
def mlp(network, X, y):
    return nn.mean_squared_error(network(X), y)


def many_layers():
    return _whole(nn.MLP([2] * 10, nn.relu, seed=0))


@case(closer=True, network=many_layers, x=[0.5, -1.0])
def equal_layers(network, x):
    """More than fit in a row: in the page they are closed."""
    return np.sum(network(x))


@case(closer=True, cell=Cell, x=[[1.0, 0.0], [0.5, 1.0], [-1.0, 2.0]])
def recurrent_loop(cell, x):
    h = np.zeros(2)
    for step in range(3):
        h = cell(x[step], h)
    return np.sum(h)


@case(x=M, y=[[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
def losses(x, y):
    return nn.softmax_cross_entropy(x, y) + nn.sum_of_squares(x[0], [1.0, 2.0, 0.0])


def _descent(w, X, y):
    for _ in range(2):
        gradient = grad(linear_loss)(w, X, y)
        w = w - 0.25 * gradient
    return w


@case(
    compiles=_descent,
    w=[1.0, -1.0],
    X=[[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]],
    y=[1.0, 0.0, 2.0],
)
def linear_loss(w, X, y):
    return np.sum((X @ w - y) ** 2)


# ---- the shape of the graph ----------------------------------------------------------------------


@case(closer=True, x=3.0)
def shared_leaf(x):
    y = x * x
    return y * x + y / 4 - x


@case(closer=True, x=[1.0, 2.0])
def shared_in_the_middle(x):
    y = x**2
    for _ in range(3):
        y = y * x + y
    return np.sum(y)


def _several(x, y):
    product = x * y
    return {"product": product, "total": np.sum(product), "parts": (x[0], [y.T, 3, None])}


@case(compiles=_several, x=V, y=W)
def several_outputs(x, y):
    outputs = _several(x, y)
    return outputs["total"] * outputs["parts"][0] + np.max(outputs["product"])


@case(parameters=lambda: {"w": np.array(V), "bias": [np.array(1.0)]}, x=W)
def structures(parameters, x):
    return np.sum(parameters["w"] * x + parameters["bias"][0]) ** 2


@case(x=V)
def parts_without_gradient(x):
    with no_grad():
        scale = np.sum(np.abs(x))
    return np.sum(x * x / scale)


@case(x=V)
def nothing_flows(x):
    return np.sum(np.floor(x))


@case(x=np.zeros((0, 3)), y=V)
def without_elements(x, y):
    return np.sum(x * y) + np.sum(y)


@case(x=np.arange(2.0**17) % 8, y=np.arange(2.0**17) % 4 + 1.5)
def large_arrays(x, y):
    """They are computed block by block, and the page does not compute with them."""
    return np.sum(np.maximum(x * y + x, 8.25) * y) - np.mean(np.abs(x - y))


@case(x=single([0.5, 1.5, -2.0]), w=single([[1.0, 2.0, 0.25]]))
def single_precision(x, w):
    return np.mean((w * x) ** 2) + np.sum(np.maximum(x, 0) / 2)


@case(x=half([0.5, 1.5, -2.0]), w=[1.0, 2.0, 0.25])
def half_precision(x, w):
    return np.sum(x * x) + np.sum(np.float16(2) * x) * np.sum(w)


@case(x=[1.0, 2.0, 3.0], n=np.array([1, 2, 0]))
def whole_numbers(x, n):
    return np.sum(x * n) + np.sum(x**2 * (n > 0)) + np.sum(x[n])


# ---- gradients of gradients ----------------------------------------------------------------------


def _cubic(x):
    return np.sum(x**3 + x * x[::-1])


@case(x=[1.0, 2.0])
def gradient_of_gradient(x):
    slopes = grad(_cubic)(x)
    return np.sum(slopes**2)


@case(x=[1.0, 2.0])
def recorded_backward_pass(x):
    """The pass is that of Tensors of its own."""
    t = x * 1.0
    np.sum(t**3).backward(create_graph=True)
    return np.sum(x.grad**2)


@case(x=[1.0, 2.0], v=[1.0, -1.0])
def products_with_derivatives(x, v):
    curved = hvp(_cubic)(x, v)
    value, tangent = jvp(_cubic, (x,), (v,))
    return np.sum(curved * v) + value * tangent
