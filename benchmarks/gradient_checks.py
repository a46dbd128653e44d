"""How long a check of a gradient takes.

The checks of PyTorch, JAX and HIPS autograd take part where these are installed; each compares what
it compares, which differs: `torch.autograd.gradcheck` takes every entry with one step,
`jax.test_util.check_grads` one random direction.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.measuring import seconds, spread
from benchmarks.options import Options
from benchmarks.tables import duration, table
from tinygrad_edu import sigmoid
from tinygrad_edu.testing import check_adjoint, check_gradients, check_vjp

Check = Callable[[], Any]

MATRICES = ((3, 4, 2), (30, 30, 30), (100, 100, 100))


def report(options: Options) -> str:
    """The table: a row for each check, a column for each size of matrices."""
    rng = np.random.default_rng(0)
    columns, head = [], [""]
    for m, n, k in MATRICES[:1] if options.quick else MATRICES:
        a, b = rng.normal(size=(m, n)), rng.normal(size=(n, k))
        checks = ours(a, b) | theirs(a, b)
        columns.append({name: _median(c, options.rounds_or(9)) for name, c in checks.items()})
        head.append(f"{m} × {n} by {n} × {k}")
    rows = [[name, *(column.get(name, "") for column in columns)] for name in columns[0]]
    return table(head, rows)


def _median(check: Check, rounds: int) -> str:
    check()
    return duration(spread([seconds(check) for _ in range(rounds)]).median)


def product_backward(g: Any, a: Any, b: Any) -> Any:
    """The backward pass of a matrix product, by hand."""
    return g @ b.T, a.T @ g


def product_forward(v: Any, a: Any, b: Any) -> Any:
    """The forward pass of a matrix product's derivative, by hand."""
    return v[0] @ b + a @ v[1]


def ours(a: Any, b: Any) -> dict[str, Check]:
    """Our own checks of a matrix product."""
    checks: dict[str, Check] = {
        "`check_gradients`": lambda: check_gradients(np.matmul, a, b),
        "`check_vjp`": lambda: check_vjp(np.matmul, product_backward, a, b),
        "`check_adjoint`": lambda: check_adjoint(product_forward, product_backward, a, b),
    }
    if a.size < 100:
        checks["with the second derivative"] = lambda: check_gradients(np.matmul, a, b, order=2)
        checks["of a layer"] = lambda: check_gradients(lambda x, w: sigmoid(x @ w), a, b)
    return checks


def theirs(a: Any, b: Any) -> dict[str, Check]:
    """The checks of others, where they take less than minutes."""
    checks: dict[str, Check] = {}
    if a.size >= 100:
        return checks
    if find_spec("torch"):
        import torch

        tensors = [torch.tensor(x, requires_grad=True) for x in (a, b)]
        checks["PyTorch"] = lambda: torch.autograd.gradcheck(torch.matmul, tensors)
    if find_spec("jax"):
        import jax
        from jax.test_util import check_grads

        jax.config.update("jax_enable_x64", True)
        checks["JAX"] = lambda: check_grads(jax.numpy.matmul, (a, b), order=1)
    if find_spec("autograd"):
        import autograd.numpy as anp
        from autograd.test_util import check_grads as check

        checks["HIPS autograd"] = lambda: check(anp.matmul, modes=["rev"], order=1)(a, b)
    return checks
