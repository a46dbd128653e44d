"""compile(f, jit=True): kernels of loops compute what NumPy computes."""

import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tests.test_compile_registry import eagerly, value_and_pullback
from tinygrad_edu import Tensor, compile, grad, hvp, relu, sigmoid, softmax, value_and_grad, vjp
from tinygrad_edu.jit import functions
from tinygrad_edu.jit.grouping import WITH_KERNELS
from tinygrad_edu.jit.kernel import Kernel
from tinygrad_edu.jit.loops import loops_of
from tinygrad_edu.jit.machine import interpreted
from tinygrad_edu.programs.capture import capture
from tinygrad_edu.programs.passes.pipeline import optimised
from tinygrad_edu.programs.program import refs_in
from tinygrad_edu.pytree import flatten
from tinygrad_edu.registry import title

RNG = np.random.default_rng(0)
few = settings(max_examples=max(3, settings.default.max_examples // 10))


# ---- the loops, as Python runs them: no Numba is needed ------------------------------------------


def by_loops(kernel):
    """The kernel's function of its operands, by the loops that are written for it."""
    loops = loops_of(kernel.program)
    function = interpreted(loops)

    def run(*operands):
        given = [np.ascontiguousarray(a) if np.ndim(a) else a for a in operands]
        arrays = [np.full(c.shape, True if c.dtype == bool else np.nan, c.dtype) for c in loops.arrays]
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


def loops_agree(f, *args, rtol=1e-12):
    program, looped = program_with_kernels(f, *args)
    inputs = [a for a in flatten(args) if not isinstance(a, int)]
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
    arrays = [a for a in case.arrays]
    try:
        program, looped = program_with_kernels(value_and_pullback(case, g), *arrays)
    except TypeError:  # what depends on values isn't compiled, which others test
        return
    for found, expected in zip(looped.run(*arrays), program.run(*arrays), strict=True):
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
    assert {type(c.function) for c in small.calls if c.function} == {
        Kernel,
        type(small.run),
    } or sum(map(is_kernel, small.calls)) == 1
    large = loops_agree(step, *network(40, 32, 16, 10))
    assert sum(map(is_kernel, large.calls)) == 3
    assert sum(call.function is np.dot for call in large.calls) == 5


def test_sums_are_done_in_blocks():
    a, b, c = RNG.normal(size=(3, 10_001))
    (kernel,) = kernels_of(value_and_grad(chain, (0, 1, 2)), a, b, c)
    assert "for block in range(0, 10001, 4096)" in loops_of(kernel.program).source
    loops_agree(value_and_grad(chain, (0, 1, 2)), a, b, c)
