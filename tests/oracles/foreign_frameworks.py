"""Gradients written for other frameworks, through the adapters that the documentation shows.

The frameworks are no requirement of the tests, which take those that are installed. To see the
reports: ``python tests/oracles/foreign_frameworks.py``.
"""

import importlib.util

import numpy as np

from tinygrad_edu.testing import GradientError, check_vjp


def value_and_gradient_pair(function):
    """For ``function(x) -> value, gradient``, as SciPy takes it with ``jac=True``."""

    def value(x):
        return function(x)[0]

    def vjp(g, x):
        return g * function(x)[1]

    return value, vjp


def torch_pair(function):
    """For a function of torch tensors, such as ``MyFunction.apply``."""
    import torch

    def f(*arrays):
        return function(*map(torch.tensor, arrays)).numpy(force=True)

    def vjp(g, *arrays):
        leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
        gradients = torch.autograd.grad(function(*leaves), leaves, torch.tensor(g))
        return tuple(gradient.numpy() for gradient in gradients)

    return f, vjp


def jax_pair(function):
    """For a function of JAX arrays, with a ``jax.custom_vjp`` or without."""
    import jax

    jax.config.update("jax_enable_x64", True)  # finite differences need float64

    def f(*arrays):
        return np.array(function(*arrays))

    def vjp(g, *arrays):
        _, pullback = jax.vjp(function, *arrays)
        return tuple(map(np.array, pullback(g)))

    return f, vjp


def right(e):
    """The slope of softplus, given the exponential of the argument."""
    return e / (1 + e)


def wrong(e):
    """That of softplus at the negative argument."""
    return 1 / (1 + e)


def check_a_gaussian_process(factor=1):
    """The log-likelihood of a model of scikit-learn's, and `factor` times its gradient."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel

    inputs = np.linspace(0, 3, 8)[:, None]
    model = GaussianProcessRegressor(RBF() + WhiteKernel(), optimizer=None)
    model.fit(inputs, np.sin(inputs[:, 0]))

    def likelihood(theta):
        value, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
        return value, factor * gradient

    return check_vjp(*value_and_gradient_pair(likelihood), np.array([0.5, -1.0]))


def check_a_logistic_regression(factor=1):
    """The loss of another model, and `factor` times its gradient."""
    from sklearn._loss import HalfBinomialLoss

    loss, targets = HalfBinomialLoss(), np.array([0.0, 1.0, 1.0])

    def value_and_gradient(x):
        values, gradient = loss.loss_gradient(targets, x.copy())
        return np.sum(values), factor * gradient

    return check_vjp(*value_and_gradient_pair(value_and_gradient), np.array([0.5, -1.0, 2.0]))


def check_a_torch_function(slope=right):
    """A function with a backward pass of its own, in which `slope` is that of softplus."""
    import torch

    class Softplus(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.log1p(torch.exp(x))

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * slope(torch.exp(x))

    return check_vjp(*torch_pair(Softplus.apply), np.array([0.5, -1.0]))


def check_a_jax_function(slope=right):
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def softplus(x):
        return jnp.log1p(jnp.exp(x))

    softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (g * slope(jnp.exp(x)),))
    return check_vjp(*jax_pair(softplus), np.array([0.5, -1.0]))


CASES = [  # the module, a check that passes, and what makes its gradient wrong
    ("torch", check_a_torch_function, wrong),
    ("jax", check_a_jax_function, wrong),
    ("sklearn", check_a_gaussian_process, 2),
    ("sklearn", check_a_logistic_regression, 1.001),
]


def main():
    for module, check, mistake in CASES:
        if importlib.util.find_spec(module) is None:
            print(f"{module}: not installed\n")
            continue
        print(f"{module}: {check()}")
        try:
            check(mistake)
        except GradientError as error:
            print(f"and the wrong one is caught: {error}\n")
        else:
            raise SystemExit(f"{module}: a wrong gradient is not caught")


if __name__ == "__main__":
    main()
