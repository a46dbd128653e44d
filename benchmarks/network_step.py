"""Loss and all gradients of the two-layer sigmoid network, as a multiple of hand-written NumPy.

    OMP_NUM_THREADS=1 python benchmarks/network_step.py [--rounds N]

Every contender runs in the same process, one after another in every round, and a figure is the
median over the rounds of its time divided by that of the hand-written step. PyTorch, MyGrad and
HIPS autograd take part where they are installed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import Tensor, sigmoid

NETWORKS = [(4, 3, 4, 1), (64, 64, 32, 10), (256, 64, 128, 10), (512, 784, 128, 10)]
AT_MOST = [2.2, 1.5, 1.25, 1.05]

Step = Callable[[], Any]


def hand_written(x: Any, y: Any, parameters: list[Any]) -> Step:
    """The step as the tutorial writes it."""
    w1, b1, w2, b2 = parameters

    def activation(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def step() -> Any:
        layer1 = activation(x @ w1 + b1)
        output = activation(layer1 @ w2 + b2)
        error = output - y
        loss = np.sum(error**2)
        d_output = 2 * error * output * (1 - output)
        d_weights2 = layer1.T @ d_output
        d_bias2 = np.sum(d_output, axis=0)
        d_layer1 = d_output @ w2.T * layer1 * (1 - layer1)
        d_weights1 = x.T @ d_layer1
        d_bias1 = np.sum(d_layer1, axis=0)
        return loss, d_weights1, d_bias1, d_weights2, d_bias2

    return step


def ours(x: Any, y: Any, parameters: list[Any]) -> Step:
    """The same by autodiff, on Tensors."""
    tensors = [Tensor(p) for p in parameters]
    w1, b1, w2, b2 = tensors

    def step() -> Any:
        for tensor in tensors:
            tensor.grad = None
        output = sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2)
        loss = np.sum((output - y) ** 2)
        loss.backward()
        return loss.item(), w1.grad, b1.grad, w2.grad, b2.grad

    return step


def pytorch(x: Any, y: Any, parameters: list[Any]) -> Step:
    """PyTorch, eager, on the CPU."""
    import torch

    torch.set_num_threads(1)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    tensors = [torch.tensor(p, requires_grad=True) for p in parameters]
    w1, b1, w2, b2 = tensors

    def step() -> Any:
        for tensor in tensors:
            tensor.grad = None
        output = torch.sigmoid(torch.sigmoid(inputs @ w1 + b1) @ w2 + b2)
        loss = torch.sum((output - targets) ** 2)
        loss.backward()
        return loss.item(), w1.grad, b1.grad, w2.grad, b2.grad

    return step


def mygrad(x: Any, y: Any, parameters: list[Any]) -> Step:
    """MyGrad."""
    import mygrad as mg

    tensors = [mg.tensor(p) for p in parameters]
    w1, b1, w2, b2 = tensors

    def step() -> Any:
        for tensor in tensors:
            tensor.null_grad()
        output = mg.nnet.sigmoid(mg.nnet.sigmoid(x @ w1 + b1) @ w2 + b2)
        loss = mg.sum((output - y) ** 2)
        loss.backward()
        return loss.item(), w1.grad, b1.grad, w2.grad, b2.grad

    return step


def autograd(x: Any, y: Any, parameters: list[Any]) -> Step:
    """HIPS autograd."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(p: Any) -> Any:
        w1, b1, w2, b2 = p
        layer1 = 1 / (1 + anp.exp(-(anp.dot(x, w1) + b1)))
        output = 1 / (1 + anp.exp(-(anp.dot(layer1, w2) + b2)))
        return anp.sum((output - y) ** 2)

    both = value_and_grad(loss)

    def step() -> Any:
        value, gradients = both(parameters)
        return value, *gradients

    return step


CONTENDERS = {"tinygrad_edu": ours, "torch": pytorch, "mygrad": mygrad, "autograd": autograd}


def measure(steps: dict[str, Step], rounds: int, seconds: float) -> dict[str, float]:
    """The median over the rounds of each step's time as a multiple of the first one's."""
    reference = next(iter(steps))
    start = time.perf_counter()
    steps[reference]()
    repeats = max(1, int(seconds / (time.perf_counter() - start)))
    ratios: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        times = {}
        for name, step in steps.items():
            step()
            start = time.perf_counter()
            for _ in range(repeats):
                step()
            times[name] = (time.perf_counter() - start) / repeats
        for name in steps:
            ratios[name].append(times[name] / times[reference])
    return {name: statistics.median(values) for name, values in ratios.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.05, help="a contender, in a round")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.processor()}")
    rng = np.random.default_rng(0)
    for (batch, inputs, hidden, outputs), at_most in zip(NETWORKS, AT_MOST, strict=True):
        x, y = rng.random((batch, inputs)), rng.random((batch, outputs))
        shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
        parameters = [rng.normal(size=shape) / np.sqrt(inputs) for shape in shapes]
        steps = {"by hand": hand_written(x, y, parameters)}
        for name, contender in CONTENDERS.items():
            try:
                importlib.metadata.version(name.replace("_", "-"))
            except importlib.metadata.PackageNotFoundError:
                if name != "tinygrad_edu":
                    continue
            steps[name] = contender(x, y, parameters)
        expected = steps["by hand"]()
        for name, step in steps.items():
            for ours_, theirs in zip(step(), expected, strict=True):
                np.testing.assert_allclose(np.asarray(ours_), theirs, rtol=1e-9, err_msg=name)
        ratios = measure(steps, arguments.rounds, arguments.seconds)
        row = "  ".join(f"{name} {ratio:.2f}" for name, ratio in list(ratios.items())[1:])
        print(f"{batch:4}, {inputs:3}, {hidden:3}, {outputs:2}   (at most {at_most})   {row}")


if __name__ == "__main__":
    main()
