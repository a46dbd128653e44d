"""Printed source: it computes what the engine computes, and reads as if written by hand."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tinygrad_edu import (
    Tensor,
    custom,
    debug,
    grad,
    hessian,
    hvp,
    nn,
    relu,
    sigmoid,
    softmax,
    source,
    value_and_grad,
)
from tinygrad_edu.engine.rule import title
from tinygrad_edu.rules.activation import log_softmax, logsumexp
from tinygrad_edu.sourcing.known import INLINE, KNOWN

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))
W1, B1, W2, B2 = (RNG.normal(size=shape) for shape in [(3, 4), (4,), (4, 2), (2,)])
LABELS = np.array([0, 1, 1, 0, 1])
few = settings(max_examples=max(3, settings.default.max_examples // 10))

# These look at values in the course of what they compute: a function with them is refused, and of
# a graph that was recorded the choices that were made are printed.
LOOK_AT_VALUES = {
    *("np.average", "np.median", "np.nanmedian", "np.quantile", "np.nanquantile", "np.polymul"),
    *("np.percentile", "np.nanpercentile", "np.real_if_close", "np.geomspace"),
    *(title(getattr(np.emath, name)) for name in ("sqrt", "log", "log2", "log10", "logn", "power")),
    *(title(getattr(np.emath, name)) for name in ("arccos", "arcsin", "arctanh")),
    *("np.pad", "np.histogram", "np.histogram2d", "np.histogramdd", "np.polydiv", "np.trim_zeros"),
}
# The derivative depends on values, and is that of a complex result.
NOT_PRINTED = {"np.roots"}
if np.linalg.eigvals(np.eye(1)).dtype.kind == "c":  # whatever the matrix, from NumPy 2.5 on
    NOT_PRINTED |= {"eig", "np.linalg.eig", "np.linalg.eigvals"}


def compiled(text):
    """The function that the source defines, with NumPy alone."""
    namespace = {}
    exec(compile(text, "printed source", "exec"), namespace)
    return namespace[text.name]


def computed(text, *inputs):
    with np.errstate(all="ignore"):
        return compiled(text)(*inputs, **text.constants)


def assert_same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-11)


def eager(f, *arrays):
    """The value and the gradients by `backward`."""
    tensors = [Tensor(a) for a in arrays]
    loss = f(*tensors)
    loss.backward()
    gradients = (np.zeros(t.shape) if t.grad is None else t.grad for t in tensors)
    return [loss.data, *gradients]


def agrees(f, *arrays):
    """The source of f computes f and its gradients, at these arrays and at others."""
    text = source(f, *arrays)
    for scale in (1, 1 + 2**-6):
        others = [a * scale for a in arrays]
        assert_same(computed(text, *others), eager(f, *others))


def body(text):
    """The lines of the function behind its docstring."""
    return text.rpartition('"""\n\n')[2]


# ---- how it reads --------------------------------------------------------------------------------


def loss(weights1, bias1, weights2, bias2, x, y):
    layer1 = sigmoid(x @ weights1 + bias1)
    output = sigmoid(layer1 @ weights2 + bias2)
    return np.sum((output - y) ** 2)


def test_the_two_layer_network_reads_like_the_textbook():
    text = source(loss, W1, B1, W2, B2, X, Y, argnums=(0, 1, 2, 3))
    assert (
        text
        == '''\
import numpy as np


def sigmoid(x):
    """The logistic function; exp may overflow, and 1 / (1 + inf) is right."""
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))


def loss_and_gradients(weights1, bias1, weights2, bias2, x, y):
    """The value of loss, and its gradients.

    Parameters
    ----------
    weights1 : array, shape (3, 4)
    bias1 : array, shape (4,)
    weights2 : array, shape (4, 2)
    bias2 : array, shape (2,)
    x : array, shape (5, 3)
    y : array, shape (5, 2)

    Returns
    -------
    loss : number
    d_weights1 : array, shape (3, 4), ∂loss/∂weights1
    d_bias1 : array, shape (4,), ∂loss/∂bias1
    d_weights2 : array, shape (4, 2), ∂loss/∂weights2
    d_bias2 : array, shape (2,), ∂loss/∂bias2
    """

    # forward
    layer1 = sigmoid(x @ weights1 + bias1)
    output = sigmoid(layer1 @ weights2 + bias2)
    loss = np.sum((output - y) ** 2)

    # backward: ∂loss/∂weights2
    d_z2 = 2 * (output - y) * output * (1 - output)
    d_weights2 = layer1.T @ d_z2

    # backward: ∂loss/∂bias2
    d_bias2 = np.sum(d_z2, axis=0)

    # backward: ∂loss/∂weights1
    d_z1 = (d_z2 @ weights2.T) * layer1 * (1 - layer1)
    d_weights1 = x.T @ d_z1

    # backward: ∂loss/∂bias1
    d_bias1 = np.sum(d_z1, axis=0)

    return loss, d_weights1, d_bias1, d_weights2, d_bias2
'''
    )
    agrees(loss, W1, B1, W2, B2, X, Y)


def test_a_graph_is_printed_with_the_names_of_modules_and_data():
    network = nn.TwoLayerNetwork(3, 4, 2, bias=False, seed=0)
    value = nn.sum_of_squares(network(X), Y)
    text = source(value, wrt=network.parameters(), names={"X": X, "targets": Y})
    assert list(text.constants) == ["hidden_weights", "output_weights", "X", "targets"]
    assert (
        body(text)
        == """\
    # forward: hidden layer
    hidden = sigmoid(X @ hidden_weights)

    # forward: output layer
    output = sigmoid(hidden @ output_weights)

    # forward: loss
    loss = np.sum((output - targets) ** 2)

    # backward: ∂loss/∂output_weights
    d_z2 = 2 * (output - targets) * output * (1 - output)
    d_output_weights = hidden.T @ d_z2

    # backward: ∂loss/∂hidden_weights
    d_z1 = (d_z2 @ output_weights.T) * hidden * (1 - hidden)
    d_hidden_weights = X.T @ d_z1

    return loss, d_hidden_weights, d_output_weights
"""
    )
    value.backward()
    assert_same(computed(text), [value.data, *(p.grad for p in network.parameters())])


def test_a_notebook_shows_it_in_colour():
    text = source(np.sum, X)
    assert text._repr_markdown_() == f"```python\n{text}```\n"


def test_second_derivatives_are_printed():
    def f(x):
        return np.sum(np.sin(x) ** 2)

    text = source(grad(f), X, gradients=False)
    assert text.name == "gradient_of_f"
    assert (
        body(text)
        == """\
    value = 2 * np.sin(x) * np.cos(x)

    return value
"""
    )
    assert_same([computed(text, X)], [grad(f)(X)])
    agrees(lambda x: np.sum(grad(f)(x) ** 2), X)
    for derivative in (hessian(f), value_and_grad(f), lambda x: hvp(f)(x, X[0])):
        found = computed(source(derivative, X[0], gradients=False), X[0])
        expected = derivative(X[0])
        one = isinstance(expected, np.ndarray)
        assert_same([found] if one else found, [expected] if one else expected)


def test_products_are_written_with_their_number_in_front():
    text = source(lambda x: np.mean((x * 0.1 - 2.0) ** 2), X[0])
    assert (
        body(text)
        == """\
    # forward
    z1 = 0.1 * x - 2
    value = np.mean(z1**2)

    # backward: ∂value/∂x
    d_x = 0.1 * (2 * z1 / 3)

    return value, d_x
"""
    )


def test_one_of_two_terms_keeps_the_shape():
    for shape in ((1, 1), (1, 1, 1)):
        _, d_x = computed(source(lambda x: np.vdot(x, x), np.ones(shape)), np.ones(shape))
        assert d_x.shape == shape


def test_vectors_are_multiplied_as_vectors():
    def f(w, x, y):
        return np.sum(np.tanh(w @ x) * y)

    assert "d_w = np.outer(d_z1, x)\n" in source(f, W1, B1, X[0])
    assert "d_x = w.T @ d_z1\n" in source(f, W1, B1, X[0])
    agrees(f, W1, B1, X[0])


# ---- that it is right ----------------------------------------------------------------------------


def weighted(call, arrays):
    """The sum of the elements of a result, each with a weight of its own."""

    def f(*args):
        out = call(*args)
        return np.sum(out * np.sin(1 + np.arange(out.size)).reshape(out.shape))

    result = f(*map(Tensor, arrays))
    return f if isinstance(result, Tensor) and arrays else None  # else there is no gradient


def check(case, name):
    """Both ways of asking print what `backward` computes."""
    f = weighted(case.in_reals, case.arrays)
    if f is None:
        return
    expected = eager(f, *case.arrays)
    tensors = [Tensor(a) for a in case.arrays]
    leaves = [t for t, g in zip(tensors, expected[1:], strict=True) if np.any(g)]
    if not leaves:
        return
    try:
        text = source(f(*tensors), wrt=leaves)
    except TypeError:
        assert name in NOT_PRINTED
        return
    kept = [g for g in expected[1:] if np.any(g)]
    assert_same(computed(text), [expected[0], *kept])
    try:
        text = source(f, *case.arrays)
    except TypeError:
        assert name in LOOK_AT_VALUES
        return
    assert_same(computed(text, *case.arrays), expected)
    others = [a * (1 + 2**-10) for a in case.arrays]
    assert_same(computed(text, *others), eager(f, *others))


@pytest.mark.parametrize(
    "domain", [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in DOMAINS]
)
@few
@given(data=st.data())
def test_every_function_of_the_table(domain, data):
    check(data.draw(domain.cases(1)), title(domain.op))


@pytest.mark.filterwarnings("ignore:non-integer arg n:DeprecationWarning")
def test_special_functions_are_scipys():
    special = pytest.importorskip("scipy.special")
    from tests.domains.special import SPECIAL

    @settings(max_examples=1, database=None)
    @given(data=st.data())
    def every(data):
        for domain in SPECIAL:
            check(data.draw(domain.cases(1)), title(domain.op))

    every()
    text = source(lambda x: np.sum(special.erf(x)), X)
    assert text.startswith("import numpy as np\nfrom scipy import special\n")
    assert "np.sum(special.erf(x))" in text


class Recurrent(nn.Module):
    def __init__(self):
        self.inner, self.outer = Tensor(W1), Tensor(RNG.normal(size=(4, 4)))

    def feedforward(self, steps):
        state = np.zeros(4)
        for x in steps:
            state = np.tanh(x @ self.inner + state @ self.outer)
        return state


def test_networks():
    def attention(q, k, v):
        weights = softmax(q @ np.swapaxes(k, -1, -2) / np.sqrt(3))
        return np.sum((weights @ v) ** 2)

    agrees(attention, X, X + 1, 2 * X)
    agrees(attention, *(np.stack([a, a * a]) for a in (X, X + 1, 2 * X)))
    agrees(lambda w, b: nn.softmax_cross_entropy(relu(X @ w + b) @ W2, LABELS), W1, B1)
    network = Recurrent()
    value = np.sum(network(X) ** 2)
    value.backward()
    text = source(value, wrt=[network.inner, network.outer])
    assert_same(computed(text), [value.data, network.inner.grad, network.outer.grad])
    text = source(lambda model, x: np.sum(model(x) ** 2), network, X)
    found = computed(text, network.inner.data, network.outer.data, X)
    assert_same(found[:3], [value.data, network.inner.grad, network.outer.grad])


def test_labels_may_be_arguments():
    def f(w, labels):
        return nn.softmax_cross_entropy(np.tanh(X @ w), labels)

    text = source(f, W1, LABELS)
    assert "d_labels" not in text
    others = LABELS[::-1].copy()
    expected = eager(lambda w: f(w, others), W1)
    assert_same(compiled(text)(W1, others, **text.constants), expected)


def test_a_training_step():
    def step(w, x):
        t = Tensor(w)
        value = np.sum(relu(x @ t) ** 2)
        value.backward()
        return t.data - 0.1 * t.grad, value.data

    text = source(step, W1, X, gradients=False)
    assert_same(computed(text, W1, X), step(W1, X))


def test_complex_numbers():
    z = X[0] + 1j * X[1]

    def f(z):
        return np.sum(np.abs(np.exp(z) * z) ** 2)

    value, gradient = computed(source(f, z), z)
    np.testing.assert_allclose(value, f(z))
    np.testing.assert_allclose(gradient, grad(f)(z))


def test_single_precision_stays_single():
    x = X.astype(np.float32)

    def f(x):
        return np.mean(np.tanh(x * np.float32(0.1) + np.float64(0.5)) ** 2 + 0.25 * x)

    value, gradient = computed(source(f, x), x)
    assert gradient.dtype == np.float32
    assert value.dtype == f(x).dtype
    np.testing.assert_allclose(gradient, grad(f)(x), rtol=1e-6)


def test_the_helpers_that_are_printed_are_ours():
    x = np.array([[1000.0, -1000.0, 0.0], [1.0, np.inf, 2.0]])
    for function, (name, text) in KNOWN.items():
        if name == "scatter":
            continue
        namespace = {"np": np}
        exec(text, namespace)
        for axis in (None, 0, -1) if name != "sigmoid" else ((),):
            options = {} if axis == () else {"axis": axis}
            with np.errstate(all="raise"):
                found = namespace[name](x, **options)
            np.testing.assert_allclose(found, function(x, **options))
    assert set(INLINE) | set(KNOWN) >= {sigmoid, relu, softmax, log_softmax, logsumexp}


def test_a_function_with_a_gradient_of_the_users():
    @custom(lambda out, x: 3 * x**2)
    def cube(x):
        return x**3

    text = source(lambda x: np.sum(cube(x)), X)
    assert_same(computed(text, X), [np.sum(X**3), 3 * X**2])


# ---- text ----------------------------------------------------------------------------------------

HOSTILE = [
    *("class", "np", "sum", "2nd", "a b", "", "[0]", "d_x", "sigmoid", "loss", "match", "None"),
    *("loss_and_gradients", "__import__('os')", "a\nb", "x", "x", "z1", "🐍", "_", "ü", "λ", "ﬁ"),
    *("x" * 10_000, "x" * 10_001, '"""', "#", "\\"),
]


def test_any_names_become_valid_and_unique():
    tensors = [Tensor(float(k + 1), name=name) for k, name in enumerate(HOSTILE)]
    value = np.sum(np.stack([sigmoid(t) * t for t in tensors]))
    value.name = "import"
    text = source(value, wrt=tensors)
    value.backward()
    assert_same(computed(text), [value.data, *(t.grad for t in tensors)])
    assert len(set(text.constants)) == len(HOSTILE)
    assert max(map(len, text.splitlines())) <= 88


def printed():
    """Source of many kinds."""
    yield source(loss, W1, B1, W2, B2, X, Y)
    yield source(grad(lambda x: np.sum(np.sin(x) ** 3)), X, gradients=False)
    for op in (np.linalg.svd, np.linalg.eigh, np.interp, np.sinc, np.i0, np.linalg.det):
        for domain in DOMAINS:
            if domain.op is op:
                yield from _of_a_case(domain)
    many = [Tensor(float(k), name=f"a_parameter_with_a_name_{k}") for k in range(12)]
    yield source(np.sum(np.concatenate([np.stack(many), np.stack(many) ** 2])))
    yield source(np.prod(np.stack(many[1:])) / 3 - np.exp(-many[1]) * 1e300 * many[2])


def _of_a_case(domain):
    found = []

    @settings(max_examples=2, derandomize=True, database=None)
    @given(data=st.data())
    def draw(data):
        case = data.draw(domain.cases(1))
        f = weighted(case.in_reals, case.arrays)
        if f is not None:
            found.append(source(f(*map(Tensor, case.arrays))))

    draw()
    return found


def test_ruff_leaves_it_as_it_is(tmp_path):
    pytest.importorskip("ruff")
    for k, text in enumerate(printed()):
        (tmp_path / f"source{k}.py").write_text(text, "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    rules = ["--line-length=100", "--select=E,F,I,W,B"]
    for options in (["format", "--diff"], ["check", *rules]):
        done = subprocess.run(
            [*ruff, *options, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


PROGRAM = """
import numpy as np
from tinygrad_edu import nn, source
x, y = np.arange(15.0).reshape(5, 3), np.ones((5, 2))
network = nn.TwoLayerNetwork(3, 4, 2, seed=0)
print(source(lambda network, x, y: nn.sum_of_squares(network(x), y), network, x, y), end="")
"""


def test_the_text_is_the_same_in_every_process_and_runs_without_the_package(tmp_path):
    root = str(Path(__file__).parent.parent)
    texts = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"},
            capture_output=True, text=True, check=True, encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    (text,) = texts
    use = (
        "import sys; sys.modules['tinygrad_edu'] = None\n"
        f"{text}\n"
        "print(np.shape(value_and_gradients(np.ones((3, 4)), np.ones(4), np.ones((4, 2)), "
        "np.ones(2), np.ones((5, 3)), np.ones((5, 2)))[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=use.encode(), cwd=tmp_path, capture_output=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.decode().strip() == "(3, 4)"


def test_data_are_arguments_and_never_built_in():
    mask = X > 0
    rows = np.array([0, 2])

    def f(w):
        return np.sum(np.where(mask, X, 0.0)[rows] @ w)

    text = source(f, W1)
    assert_same(computed(text, W1), eager(f, W1))
    arrays = [each for each in text.constants.values() if np.ndim(each)]
    assert arrays
    assert "np.array(" not in text
    text = source(lambda w: np.sum(np.tanh(X @ w)[rows]), W1, names={"data": X, "rows": rows})
    assert {"X", "rows"} <= set(text.constants) or {"data", "rows"} <= set(text.constants)


def test_a_long_chain_is_printed():
    t = Tensor(0.5, name="x")
    out = t
    for _ in range(2000):
        out = np.sin(out)
    out.backward()
    assert_same(computed(source(out)), [out.data, t.grad])


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "inputs", "message"),
    [
        (lambda x: x if x.sum() > 0 else -x, (X,), r"np\.where\(condition, a, b\) for an if"),
        (lambda x: np.sum(x * x[0, 0].item()), (X,), "asks for the value"),
        (lambda x: x * 2, (X,), r"shape \(5, 3\), and only one number.*gradients=False"),
        (lambda x: (x, x), (X,), "gives 2 results"),
        (lambda x: np.sum(x * 1j), (X,), "np.real, np.imag or np.abs"),
        (lambda x: np.sum(x), (2,), r"no argument has floating-point.*np\.ones"),
        (lambda x, y: np.sum(x), (X, object()), "write np.asarray"),
        (3, (), "a int is neither a function nor a Tensor"),
        (lambda x: np.sum(np.where(x > 0, np.log(x), 0)), (np.zeros(2),), "NaN at these inputs"),
        (Tensor(1.0) * 2, (X,), r"takes no inputs or argnums; write wrt=\[\.\.\.\]"),
        (Tensor(X) * 2, (), "only one number"),
    ],
)
def test_what_has_no_source_is_refused(f, inputs, message):
    with pytest.raises((TypeError, ValueError), match=message):
        source(f, *inputs)


def test_other_refusals():
    with pytest.raises(TypeError, match=r"argnums=3 names an argument that is not there"):
        source(np.sum, X, argnums=3)
    with pytest.raises(TypeError, match=r"a function takes no wrt; write argnums="):
        source(np.sum, X, wrt=[Tensor(X)])
    with pytest.raises(ValueError, match=r"wrt\[0\] is no Tensor that the result was computed"):
        source(Tensor(1.0) * 2, wrt=[Tensor(1.0)])
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        source(lambda w, y: nn.binary_cross_entropy(sigmoid(X @ w), y), W1, W1[0] + X[:, :1] + 9)
    with debug(), pytest.raises(RuntimeError, match="call it outside"):
        source(np.sum, X)
