"""Those that take part: each makes of a problem a step that gives its value and its gradients."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import tinygrad_edu
from benchmarks.measuring import Step, resident_peak, traced_peak
from benchmarks.problems import Problem

OURS = SimpleNamespace(exp=np.exp, tanh=np.tanh, sum=np.sum, sigmoid=tinygrad_edu.sigmoid)


def by_hand(problem: Problem) -> Step:
    """The derivatives written by hand, in NumPy."""
    return lambda: problem.by_hand(*problem.arguments)


def eager(problem: Problem) -> Step:
    """Autodiff on Tensors, recorded anew in every step."""
    tensors = [tinygrad_edu.Tensor(p) for p in problem.arguments[: problem.wanted]]
    rest, loss = problem.arguments[problem.wanted :], problem.loss(OURS)
    return _recorded(loss, tensors, rest)


def _recorded(loss: Any, tensors: list[Any], rest: Any) -> Step:
    """The step of a framework that records in every step, and adds to ``grad``."""

    def step() -> Any:
        value = loss(*tensors, *rest)
        value.backward()
        result = value.item(), *(tensor.grad for tensor in tensors)
        for tensor in tensors:
            tensor.grad = None  # the next step begins anew, and nothing is kept until then
        return result

    return step


def compiled(problem: Problem, **options: Any) -> Step:
    """The value and the gradients as a compiled function of arrays."""
    both = tinygrad_edu.value_and_grad(problem.loss(OURS), tuple(range(problem.wanted)))
    function = tinygrad_edu.compile(both, **options)

    def step() -> Any:
        value, gradients = function(*problem.arguments)
        return value, *gradients

    return step


def compiled_with_numba(problem: Problem) -> Step:
    """The same, its elementwise parts compiled to machine code."""
    return compiled(problem, jit=True)


def pytorch(problem: Problem) -> Step:
    """PyTorch, eager, on as many threads as NumPy."""
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    tensors = [torch.tensor(p, requires_grad=True) for p in problem.arguments[: problem.wanted]]
    rest = [torch.from_numpy(each) for each in problem.arguments[problem.wanted :]]
    loss = problem.loss(torch)
    return _recorded(loss, tensors, rest)


def jax(problem: Problem) -> Step:
    """JAX, compiled by XLA, in float64."""
    function, arguments = _in_jax(problem)

    def step() -> Any:
        value, gradients = function(*arguments)
        return value.block_until_ready(), *(each.block_until_ready() for each in gradients)

    return step


def jax_memory(problem: Problem) -> int:
    """The bytes for the results and what is between, which XLA plans ahead."""
    function, arguments = _in_jax(problem)
    plan = function.lower(*arguments).compile().memory_analysis()
    return int(plan.temp_size_in_bytes + plan.output_size_in_bytes)


def _in_jax(problem: Problem) -> tuple[Any, list[Any]]:
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    functions = SimpleNamespace(exp=jnp.exp, tanh=jnp.tanh, sum=jnp.sum, sigmoid=jax.nn.sigmoid)
    both = jax.value_and_grad(problem.loss(functions), tuple(range(problem.wanted)))
    return jax.jit(both), [jnp.asarray(each) for each in problem.arguments]


def autograd(problem: Problem) -> Step:
    """HIPS autograd, which has no sigmoid of its own."""
    from autograd import numpy as anp
    from autograd import value_and_grad

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + anp.exp(-x))

    functions = SimpleNamespace(exp=anp.exp, tanh=anp.tanh, sum=anp.sum, sigmoid=sigmoid)
    both = value_and_grad(problem.loss(functions), tuple(range(problem.wanted)))

    def step() -> Any:
        value, gradients = both(*problem.arguments)
        return value, *gradients

    return step


def mygrad(problem: Problem) -> Step:
    """MyGrad."""
    import mygrad as mg

    functions = SimpleNamespace(exp=mg.exp, tanh=mg.tanh, sum=mg.sum, sigmoid=mg.nnet.sigmoid)
    tensors = [mg.tensor(p) for p in problem.arguments[: problem.wanted]]
    rest, loss = problem.arguments[problem.wanted :], problem.loss(functions)

    def step() -> Any:
        value = loss(*tensors, *rest)
        value.backward()
        result = value.item(), *(tensor.grad for tensor in tensors)
        for tensor in tensors:
            tensor.null_grad()
        return result

    return step


class Contender(NamedTuple):
    """How one takes part, the package that it needs, and who else tells the memory of a step."""

    prepare: Callable[[Problem], Step]
    package: str = "numpy"
    memory: Callable[[Problem], int | None] | None = None

    def peak(self, problem: Problem) -> int | None:
        """The most bytes that a step has in use at once; None where that cannot be known."""
        return self.memory(problem) if self.memory else traced_peak(self.prepare(problem))


BY_HAND, EAGER, COMPILED, NUMBA = "NumPy by hand", "eager", "compiled", "compiled, Numba"

CONTENDERS = {
    BY_HAND: Contender(by_hand),
    EAGER: Contender(eager),
    COMPILED: Contender(compiled),
    NUMBA: Contender(compiled_with_numba, "numba"),
    "PyTorch": Contender(pytorch, "torch", lambda problem: resident_peak(pytorch(problem))),
    "JAX jit": Contender(jax, "jax", jax_memory),
    "HIPS autograd": Contender(autograd, "autograd"),
    "MyGrad": Contender(mygrad, "mygrad"),
}


def present() -> dict[str, Contender]:
    """Those whose packages are installed."""
    return {name: each for name, each in CONTENDERS.items() if find_spec(each.package)}


def steps(problem: Problem) -> dict[str, Step]:
    """A step of each that is present, by name; their results agree with those by hand."""
    made = {name: each.prepare(problem) for name, each in present().items()}
    expected = made[BY_HAND]()
    for name, step in made.items():
        agree(name, step(), expected)
    return made


def agree(name: str, found: Any, expected: Any) -> None:
    """Raise AssertionError if a value or a gradient differs in the first nine digits."""
    for one, other in zip(found, expected, strict=True):
        other = np.asarray(other)
        scale = float(np.max(np.abs(other), initial=0.0))
        one = np.asarray(one)
        assert one.dtype == other.dtype == float, f"{name}: {one.dtype}"
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12 * scale, err_msg=name)
