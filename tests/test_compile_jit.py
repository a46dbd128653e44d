"""compile(f, jit=True): kernels of loops compute what NumPy computes."""

import gc
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tests.test_compile_registry import eagerly, value_and_pullback
from tinygrad_edu import Tensor, compile, grad, hvp, relu, sigmoid, softmax, value_and_grad, vjp
from tinygrad_edu.engine.rule import title
from tinygrad_edu.jit import functions, machine, products
from tinygrad_edu.jit.arithmetic import _FAST, _SLOW, SMALL
from tinygrad_edu.jit.grouping import WITH_KERNELS
from tinygrad_edu.jit.kernel import Kernel
from tinygrad_edu.jit.loops import loops_of
from tinygrad_edu.jit.machine import interpreted
from tinygrad_edu.kit.extras import install
from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.trace.capture import capture
from tinygrad_edu.trace.facts import item
from tinygrad_edu.trace.passes.pipeline import optimised
from tinygrad_edu.trace.program import refs_in

RNG = np.random.default_rng(0)
few = settings(max_examples=max(3, settings.default.max_examples // 10))


# ---- the loops, as Python runs them: no Numba is needed ------------------------------------------


def by_loops(kernel):
    """The kernel's function of its operands, by the loops that are written for it."""
    loops = loops_of(kernel.program)
    function = interpreted(loops)

    def run(*operands):
        given = [np.ascontiguousarray(a) if np.ndim(a) else a for a in operands]
        arrays = [
            np.full(c.shape, True if c.dtype == bool else np.nan, c.dtype) for c in loops.arrays
        ]
        numbers = [np.zeros(len(each), dtype) for dtype, each in loops.numbers.items()]
        with np.errstate(all="ignore"):
            function(*given, *arrays, *numbers)
        values = {call.number: array for call, array in zip(loops.arrays, arrays, strict=True)}
        for array, each in zip(numbers, loops.numbers.values(), strict=True):
            values.update(zip(each, array, strict=True))
        return tuple(values[n] for n in refs_in(kernel.program.outputs))

    return run


def program_with_kernels(f, *args):
    """The optimised program of f, and the same with loops for its kernels."""
    program, _ = optimised(capture("f", f, args).program, WITH_KERNELS)
    calls = [
        replace(call, function=by_loops(call.function)) if is_kernel(call) else call
        for call in program.calls
    ]
    return program, replace(program, calls=tuple(calls))


def is_kernel(call):
    return isinstance(call.function, Kernel)


def kernels_of(f, *args):
    program, _ = optimised(capture("f", f, args).program, WITH_KERNELS)
    return [call.function for call in program.calls if is_kernel(call)]


def inputs_of(arrays):
    """What a program takes: one input for each object."""
    return list({id(each): each for each in arrays}.values())


def loops_agree(f, *args, rtol=1e-12):
    program, looped = program_with_kernels(f, *args)
    inputs = inputs_of(a for a in flatten(args) if not isinstance(a, int))
    with np.errstate(all="ignore"):
        pairs = zip(looped.run(*inputs), program.run(*inputs), strict=True)
    for found, expected in pairs:
        assert np.shape(found) == np.shape(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-13)
    return program


@pytest.mark.parametrize(
    "domain", [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in DOMAINS]
)
@few
@given(data=st.data())
def test_every_operation_in_loops(domain, data):
    case = data.draw(domain.cases())
    out = eagerly(case, *case.arrays)
    if out is None:
        return
    g = np.random.default_rng(0).uniform(-1, 1, out.shape).astype(out.dtype)
    arrays = case.arrays
    try:
        program, looped = program_with_kernels(value_and_pullback(case, g), *arrays)
    except TypeError:  # what depends on values isn't compiled, which others test
        return
    inputs = inputs_of(arrays)
    for found, expected in zip(looped.run(*inputs), program.run(*inputs), strict=True):
        assert np.shape(found) == np.shape(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        tolerance = 1e-9 if np.asarray(expected).dtype.itemsize >= 8 else 1e-4
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-12)


X = RNG.normal(size=(6, 5))
FUNCTIONS = [
    lambda x: np.sum(x, axis=1, keepdims=True) * x + np.sum(x, axis=0),
    lambda x: softmax(x) @ relu(x).T,
    lambda x: x * np.transpose(np.sum(x.T * 2, axis=1, keepdims=True)) + 1,
    lambda x: np.tanh(x.T + 1) * x.T @ x,
    lambda x: np.where((x > 0) & (np.abs(x) < 1), np.sqrt(np.abs(x)), -x) * np.sum(x * x),
    lambda x: np.logaddexp(x, 0.5) + np.log1p(np.exp(-x)) + np.expm1(x) * np.log(np.abs(x)),
    lambda x: (np.maximum(x, 0), np.minimum(x, x[0]), np.sign(x), np.floor(x), np.rint(3 * x)),
    lambda x: np.sin(x) ** 3 + np.arctan2(x, 2.0) + x**2.5,
    lambda x: np.isfinite(x) & ~np.isnan(x) | np.isinf(x) ^ (x >= 0),
    grad(lambda x: np.sum(np.mean(x, axis=0) ** 2 * np.std(x, axis=0))),
    grad(lambda x: np.sum(grad(lambda t: np.sum(np.sin(t) * t))(x) ** 2)),
    lambda x: hvp(lambda t: np.sum(np.tanh(t) ** 2))(x, x),
    lambda x: vjp(np.tanh, x)[1](x),
    lambda x: np.sum((x[:, :, None] * x[:, None, :]) * np.exp(x)[:, :, None], axis=(0, 2)),
    lambda x: (x > 0) * np.arange(5) + (np.arange(6) % 2 == 0)[:, None] * x,
    value_and_grad(lambda x: np.mean((sigmoid(x) - 0.5) ** 2)),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_functions_in_loops(f, dtype):
    loops_agree(f, X.astype(dtype), rtol=1e-12 if dtype == np.float64 else 2e-5)


def network_loss(w1, b1, w2, b2, x, y):
    return np.sum((sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2) - y) ** 2)


def chain(a, b, c):
    return np.sum(np.tanh(a * b + c) * np.exp(-a))


def network(batch, inputs, hidden, outputs):
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    parameters = [RNG.normal(size=shape) / np.sqrt(inputs) for shape in shapes]
    return *parameters, RNG.random((batch, inputs)), RNG.random((batch, outputs))


def test_a_small_network_is_one_kernel_and_a_larger_one_several():
    step = value_and_grad(network_loss, (0, 1, 2, 3))
    small = loops_agree(step, *network(4, 3, 4, 1))
    assert [call.function for call in small.calls if call.function not in (None, item)] == [
        next(call.function for call in small.calls if is_kernel(call))
    ]
    large = loops_agree(step, *network(40, 32, 16, 10))
    assert sum(map(is_kernel, large.calls)) == 3
    assert sum(call.function is np.dot for call in large.calls) == 5


def test_data_from_outside_belongs_to_the_kernel():
    *parameters, x, y = network(4, 3, 4, 1)
    step = value_and_grad(lambda *p: network_loss(*p, x, y), (0, 1, 2, 3))
    assert len(kernels_of(step, *parameters)) == 1
    loops_agree(step, *parameters)
    ones, row, zero = np.ones((3, 4)), np.arange(4)[::-1], np.array(0.5)
    loops_agree(
        lambda t: (t * ones + row.T, np.exp(t) * zero - row, t > row, x @ t),
        RNG.normal(size=(3, 4)),
    )


def test_sums_are_done_in_blocks():
    a, b, c = RNG.normal(size=(3, 10_001))
    (kernel,) = kernels_of(value_and_grad(chain, (0, 1, 2)), a, b, c)
    assert "for block in range(0, 10001, 4096)" in loops_of(kernel.program).source
    loops_agree(value_and_grad(chain, (0, 1, 2)), a, b, c)


# ---- machine code --------------------------------------------------------------------------------

needs_numba = pytest.mark.skipif(
    find_spec("numba") is None,
    reason="Numba is not installed: the extra `jit` brings it",
)


def plain(result):
    return [np.asarray(t.data if isinstance(t, Tensor) else t) for t in flatten(result)]


def agrees(f, *args, rtol=1e-12, atol=1e-14, others=()):
    """compile(f, jit=True) is f, at these arguments and others, and never has to call it."""
    fast = compile(f, jit=True)
    for each in (args, args, *others):
        with np.errstate(all="ignore"):
            expected = plain(f(*each))
        for one, other in zip(plain(fast(*each)), expected, strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)
    assert fast.fallbacks == 0
    return fast


@needs_numba
@pytest.mark.parametrize("sizes", [(4, 3, 4, 1), (40, 32, 16, 10)])
def test_networks(sizes):
    step, args = value_and_grad(network_loss, (0, 1, 2, 3)), network(*sizes)
    fast = agrees(step, *args, others=[network(*sizes)])
    value, gradients = fast(*args)
    assert type(value) is np.float64
    assert all(g.flags.owndata and g.flags.writeable for g in gradients)
    assert "def kernel_" in fast.source
    assert "one kernel" in fast.report()
    assert "compiled by Numba in" in fast.report()


@needs_numba
def test_a_network_with_data_from_outside():
    *parameters, x, y = network(4, 3, 4, 1)
    x = np.asfortranarray(x)
    agrees(value_and_grad(lambda *p: network_loss(*p, x, y), (0, 1, 2, 3)), *parameters)


@needs_numba
def test_large_chains():
    a, b, c = RNG.normal(size=(3, 100_003))
    # 1 - tanh(x)**2 loses digits where it is small
    agrees(value_and_grad(chain, (0, 1, 2)), a, b, c, atol=1e-10, others=[(a * 2, b, c)])


@needs_numba
@pytest.mark.parametrize("f", FUNCTIONS)
def test_functions_in_machine_code(f):
    agrees(f, X, rtol=1e-11)
    agrees(f, X.astype(np.float32), rtol=2e-5)


# ---- products of matrices ------------------------------------------------------------------------

SIZES = [(24, 16, 8), (3, 8, 1), (25, 17, 9), (1, 1, 1), (2, 7, 5), (50, 23, 16)]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_in_loops(transposed, dtype):
    scope = {**vars(functions), "np": np}
    exec(products.source_of_product(transposed, np.dtype(dtype)), scope)
    for m, k, n in SIZES:
        a, b = RNG.normal(size=(m, k)).astype(dtype), RNG.normal(size=(k, n)).astype(dtype)
        out = np.full((m, n), np.nan, dtype)
        scope["product"](a.T.copy() if transposed else a, b, out)
        rtol = 1e-12 if dtype == np.float64 else 1e-4
        np.testing.assert_allclose(out, a @ b, rtol=rtol, atol=rtol)


@pytest.fixture
def always_loops(monkeypatch):
    """Products by loops, whatever their size, and however fast BLAS is."""
    monkeypatch.setattr(products, "_LEAST", 0)
    monkeypatch.setattr(products, "_GAIN", np.inf)
    products.faster_product.cache_clear()
    yield
    products.faster_product.cache_clear()


@needs_numba
def test_products_in_machine_code(always_loops):
    step = value_and_grad(network_loss, (0, 1, 2, 3))
    args = network(40, 32, 16, 10)
    fast = agrees(step, *args, others=[network(40, 32, 16, 10)])
    assert "product_float64(" in fast.source
    assert "product_transposed_float64(" in fast.source
    agrees(step, *map(np.asfortranarray, args))
    agrees(
        lambda x, y: (x @ y, x.T @ y, x @ y.T, x @ y[0], y[1] @ y), *RNG.normal(size=(2, 30, 30))
    )
    hard = np.array([[np.inf, 1.0], [np.nan, -np.inf]]).repeat(20, 0).repeat(20, 1)
    agrees(lambda x, y: np.dot(x, y), hard, np.ones((40, 40)))


@needs_numba
def test_blas_stays_where_it_is_faster(monkeypatch):
    monkeypatch.setattr(products, "_GAIN", 0.0)
    products.faster_product.cache_clear()
    fast = agrees(lambda x: x @ x, RNG.normal(size=(60, 60)))
    products.faster_product.cache_clear()
    assert "product" not in fast.source


HARD = np.array(
    [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.3e-308, 1e308, -1e308, 0.5,
     709.7, 709.8, -745.0, -745.2, 710.0, 1e-20, -1e-20, 3e38, 1e-45, 88.7, 88.8, -103.9, -104.0]
)  # fmt: skip
UFUNCS = sorted(
    {*_FAST, *_SLOW} - {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert}, key=str
)


@needs_numba
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("half", [0, 1, 2, 3])
def test_hard_numbers(half, dtype):
    """NaN, infinities, subnormal numbers and the signs of zeros come out as NumPy has them."""
    ufuncs = UFUNCS[half::4]

    def f(x, y):
        return [u(x, y) if u.nin == 2 else u(x) for u in ufuncs]

    with np.errstate(all="ignore"):
        pairs = RNG.permutation(np.stack(np.meshgrid(HARD, HARD), axis=-1).reshape(-1, 2))
        x, y = pairs.astype(dtype)[:SMALL].T.copy()
        fast, expected = compile(f, jit=True)(x, y), f(x, y)
    for ufunc, found, wanted in zip(ufuncs, fast, expected, strict=True):
        assert found.dtype == wanted.dtype
        tiny = np.finfo(dtype).smallest_subnormal
        rtol = 8 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=2 * tiny, err_msg=str(ufunc))
        if found.dtype.kind == "f" and ufunc not in (np.maximum, np.minimum, np.fmax, np.fmin):
            number = ~np.isnan(wanted)
            np.testing.assert_array_equal(
                np.signbit(found)[number], np.signbit(wanted)[number], err_msg=str(ufunc)
            )


def exactly(name, x):
    """The function of NumPy in numbers of more digits, where the machine has them."""
    return getattr(np, name)(x.astype(np.longdouble))


WIDE = [RNG.uniform(-745, 710, 20_000), RNG.normal(size=20_000), RNG.normal(size=20_000) * 1e-3]
RANGES = {
    "exp": [*WIDE, RNG.uniform(-745.2, -700, 20_000)],
    "expm1": [*WIDE, 10.0 ** RNG.uniform(-320, 0, 20_000)],
    "tanh": [*WIDE, RNG.uniform(-25, 25, 20_000), 10.0 ** RNG.uniform(-320, 0, 20_000)],
    "log": [10.0 ** RNG.uniform(-323, 308, 20_000), RNG.uniform(0.5, 2, 20_000)],
    "log1p": [RNG.uniform(-1, 2, 20_000), 10.0 ** RNG.uniform(-323, 308, 20_000), WIDE[2]],
}


@needs_numba
@pytest.mark.parametrize("name", RANGES)
def test_functions_are_right_to_the_last_digits(name):
    function = getattr(np, name)
    for x in RANGES[name]:
        with np.errstate(all="ignore"):
            found, expected = compile(lambda t: (function(t), -t), jit=True)(x)[0], exactly(name, x)
            unit = np.spacing(np.abs(expected).astype(np.float64))
            error = np.where(
                np.isinf(unit) | np.isnan(unit), found != expected, (found - expected) / unit
            )
        assert np.max(np.abs(error)) < (2.5 if name == "tanh" else 1.5), name


@pytest.mark.parametrize("name", RANGES)
def test_functions_as_python(name):
    """What Numba compiles is right before it does."""
    function = getattr(functions, name)
    for x in [*(r[:50] for r in RANGES[name]), HARD]:
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(
                [function(each) for each in x], getattr(np, name)(x), rtol=1e-15, atol=5e-324
            )


@needs_numba
@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(RNG.normal(size=(6, 5))),
        RNG.normal(size=(12, 10))[::2, ::-2],
        np.broadcast_to(RNG.normal(size=5), (6, 5)),
        np.frombuffer(b"." + RNG.normal(size=30).tobytes(), np.uint8)[1:].view(np.float64),
        np.array(0.5),
        np.float64(0.5),
        np.float32(0.5),
        0.5,
        np.zeros((0, 3)),
        RNG.normal(size=(1, 1)),
        RNG.normal(size=(6, 5)).astype(np.float32),
        RNG.normal(size=(6, 5)).astype(np.float16),
        RNG.normal(size=(6, 5)).astype(">f8"),
        RNG.normal(size=(6, 5)) + 1j,
        RNG.normal(size=(6, 5)).astype(np.longdouble),
    ],
)
def test_layouts_and_dtypes(x):
    rtol = {2: 1e-2, 4: 2e-5}.get(np.asarray(x).dtype.itemsize, 1e-12)
    agrees(lambda t: sigmoid(t) * 2.5 + t, x, rtol=rtol)
    agrees(lambda t: (np.exp(t), np.sum(t * 2 + 1), np.tanh(t) * t), x, rtol=rtol)
    if np.asarray(x).dtype.kind == "f":
        agrees(value_and_grad(lambda t: np.sum(2 * np.tanh(t) ** 2 + t)), x, rtol=rtol)


@needs_numba
def test_masks_and_whole_numbers():
    x, mask, whole = RNG.normal(size=(3, 4)), RNG.random((3, 4)) > 0.5, np.arange(12).reshape(3, 4)

    def f(x, mask, whole):
        return np.where(mask & (whole > 3), x * whole, np.exp(x)), mask * x, whole + 2 * x, ~mask

    agrees(f, x, mask, whole)
    agrees(f, x.astype(np.float32), mask, whole.astype(np.int32), rtol=1e-5)


@needs_numba
def test_results_are_nobody_elses_and_arguments_stay():
    x = RNG.normal(size=(6, 5))
    before = x.copy()
    fast = compile(lambda x: (np.exp(x) * 2, x + 1, np.sum(x, axis=0) * 2), jit=True)
    first = fast(x)
    kept = [a.copy() for a in first]
    fast(x * 2)
    for one, other in zip(first, kept, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(x, before)
    assert not any(np.shares_memory(a, x) for a in first)


@needs_numba
def test_threads():
    step, args = value_and_grad(chain, (0, 1, 2)), RNG.normal(size=(3, 40_000))
    fast = compile(step, jit=True)
    expected = plain(fast(*args))
    wrong = []

    def work():
        for _ in range(20):
            found = plain(fast(*args))
            wrong.extend(
                1 for a, b in zip(found, expected, strict=True) if not np.array_equal(a, b)
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@needs_numba
def test_memory_does_not_grow():
    step, args = value_and_grad(network_loss, (0, 1, 2, 3)), network(4, 3, 4, 1)
    fast = compile(step, jit=True)
    for _ in range(10):
        fast(*args)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(5_000):
            fast(*args)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


@needs_numba
def test_nothing_warns_whatever_errstate_says():
    x = np.array([[0.0, -1.0, 1e308, np.inf]])
    with np.errstate(all="raise"):
        found = compile(lambda x: (np.log(x) + x * 10, 1 / x - np.exp(x)), jit=True)(x)
    assert np.isnan(found[0][0, 1])
    assert np.isinf(found[1][0, 2])


@needs_numba
def test_a_nan_in_a_gradient_leaves_it_to_the_function():
    f = value_and_grad(lambda x: np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0.0)))
    fast, x = compile(f, jit=True), np.array([4.0, 0.0, 1.0])
    fast(np.ones(3))
    assert fast.fallbacks == 0
    for found, expected in zip(plain(fast(x)), plain(f(x)), strict=True):
        np.testing.assert_array_equal(found, expected)


@needs_numba
def test_another_shape_than_it_had_leaves_it_to_the_function():
    f = lambda x: np.exp(x[x > 0] * 2) + 1
    fast, x = compile(f, jit=True), np.array([1.0, -1.0, 2.0, 3.0])
    for values in (x, -x, x + 5, x):
        np.testing.assert_allclose(fast(values), f(values), rtol=1e-14)


@needs_numba
def test_a_kernel_is_compiled_once():
    f, x = (lambda x: np.exp(x) * 3.25 + 17), RNG.normal(size=7)
    known = len(machine._known)
    for _ in range(3):
        compile(f, jit=True)(x)
    assert len(machine._known) == known + 1


def test_without_numba_it_says_how_to_get_it():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from tinygrad_edu import compile\n"
        "assert compile(lambda x: x + 1)(1.0) == 2\n"
        "try: compile(abs, jit=True)\n"
        "except ImportError as error: print(error)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert install("jit") in found.stdout


def test_numba_is_not_imported_unless_asked_for():
    program = (
        "import sys; from tinygrad_edu import compile; compile(lambda x: x + 1)(1.0)\n"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
