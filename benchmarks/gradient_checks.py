"""How long a check of a gradient takes, in milliseconds.

    OMP_NUM_THREADS=1 python benchmarks/gradient_checks.py [--rounds N]

A figure is the median over the rounds. The checks of PyTorch, JAX and HIPS autograd take part
where these are installed; each compares what it compares, which differs: `torch.autograd.gradcheck`
takes every entry with one step, `jax.test_util.check_grads` one random direction.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from tinygrad_edu import sigmoid
from tinygrad_edu.testing import check_adjoint, check_gradients, check_vjp

Check = Callable[[], Any]


def product_backward(g: Any, a: Any, b: Any) -> Any:
    """The backward pass of a matrix product, by hand."""
    return g @ b.T, a.T @ g


def product_forward(v: Any, a: Any, b: Any) -> Any:
    """The forward pass of a matrix product's derivative, by hand."""
    return v[0] @ b + a @ v[1]


def ours(a: Any, b: Any) -> dict[str, Check]:
    """Our own checks of a matrix product."""
    checks: dict[str, Check] = {
        "check_gradients": lambda: check_gradients(np.matmul, a, b),
        "check_vjp": lambda: check_vjp(np.matmul, product_backward, a, b),
        "check_adjoint": lambda: check_adjoint(product_forward, product_backward, a, b),
    }
    if a.size < 100:
        checks["order 2"] = lambda: check_gradients(np.matmul, a, b, order=2)
        checks["a layer"] = lambda: check_gradients(lambda x, w: sigmoid(x @ w), a, b)
    return checks


def theirs(a: Any, b: Any) -> dict[str, Check]:
    """The checks of others, where they take less than minutes."""
    checks: dict[str, Check] = {}
    if a.size >= 100:
        return checks
    if find_spec("torch"):
        import torch

        tensors = [torch.tensor(x, requires_grad=True) for x in (a, b)]
        checks["torch"] = lambda: torch.autograd.gradcheck(torch.matmul, tensors)
    if find_spec("jax"):
        import jax
        from jax.test_util import check_grads

        jax.config.update("jax_enable_x64", True)
        checks["jax"] = lambda: check_grads(jax.numpy.matmul, (a, b), order=1)
    if find_spec("autograd"):
        import autograd.numpy as anp
        from autograd.test_util import check_grads as check

        checks["autograd"] = lambda: check(anp.matmul, modes=["rev"], order=1)(a, b)
    return checks


def milliseconds(check: Check, rounds: int) -> float:
    """The median time of a check."""
    check()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        check()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.processor()}")
    rng = np.random.default_rng(0)
    for (m, n, k), at_most in (((3, 4, 2), 50), ((30, 30, 30), 500), ((100, 100, 100), 500)):
        a, b = rng.normal(size=(m, n)), rng.normal(size=(n, k))
        checks = ours(a, b) | theirs(a, b)
        row = "  ".join(f"{name} {milliseconds(c, rounds):.1f}" for name, c in checks.items())
        print(f"({m}, {n}) @ ({n}, {k})   (at most {at_most} ms)   {row}")


if __name__ == "__main__":
    main()
