"""The values that weights start from, by name.

An initialiser takes a `numpy.random.Generator` and the shape ``(inputs, outputs)`` of the weights.
Any function of these two may stand in for a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

__all__ = ["INITIALISERS", "initial_weights"]

Shape = tuple[int, int]
if TYPE_CHECKING:  # NumPy loads its random numbers, slowly, when they are first asked for
    Seed = int | np.random.Generator | None
    Initialiser = str | Callable[[np.random.Generator, Shape], Any]


def uniform(rng: np.random.Generator, shape: Shape) -> Any:
    """Uniform on ±1 / sqrt(inputs): Glorot & Bengio (2010), equation 1, "the common heuristic"."""
    limit = np.sqrt(1 / shape[0])
    return rng.uniform(-limit, limit, shape)


def glorot_uniform(rng: np.random.Generator, shape: Shape) -> Any:
    """Uniform on ±sqrt(6 / (inputs + outputs)): Glorot & Bengio (2010), equation 16."""
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng: np.random.Generator, shape: Shape) -> Any:
    """Normal, of variance 2 / (inputs + outputs): Glorot & Bengio (2010), equation 12."""
    return rng.normal(0, np.sqrt(2 / sum(shape)), shape)


def he_uniform(rng: np.random.Generator, shape: Shape) -> Any:
    """Uniform on ±sqrt(6 / inputs), of the variance that He et al. (2015) derive."""
    limit = np.sqrt(6 / shape[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(rng: np.random.Generator, shape: Shape) -> Any:
    """Normal, of variance 2 / inputs: He et al. (2015), equation 10; made for relu."""
    return rng.normal(0, np.sqrt(2 / shape[0]), shape)


INITIALISERS: dict[str, Callable[[Any, Shape], Any]] = {
    "uniform": uniform,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    # the same, by the authors' first names
    "xavier_uniform": glorot_uniform,
    "xavier_normal": glorot_normal,
    "kaiming_uniform": he_uniform,
    "kaiming_normal": he_normal,
}


def initial_weights(init: Initialiser, seed: Seed, inputs: int, outputs: int) -> Any:
    """Weights of shape ``(inputs, outputs)`` to start from.

    Parameters
    ----------
    init : str or callable
        The name of an initialiser, or a function of a Generator and the shape.
    seed : int, numpy.random.Generator or None
        An int gives the same values every time, None others every time. A Generator is drawn on.
    inputs, outputs : int

    Raises
    ------
    ValueError
        If no initialiser has this name, or the array that it gives has another shape.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010. He, Zhang, Ren & Sun, "Delving deep into rectifiers", ICCV 2015.

    Examples
    --------
    >>> from tinygrad_edu.nn.initialisers import initial_weights
    >>> initial_weights("he_normal", 0, 2, 3).shape
    (2, 3)
    """
    sizes: dict[str, Any] = {"inputs": inputs, "outputs": outputs}
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
            raise ValueError(f"the number of {name} of a layer is 1 or more, not {size!r}")
    if isinstance(init, str):
        if init not in INITIALISERS:
            raise ValueError(
                f"unknown initialiser {init!r}; known: {', '.join(INITIALISERS)}; "
                "or pass a function of a Generator and a shape"
            )
        init = INITIALISERS[init]
    values = init(np.random.default_rng(seed), (inputs, outputs))
    if np.shape(values) != (inputs, outputs):
        raise ValueError(
            f"the initialiser {getattr(init, '__name__', init)!r} gave weights of shape "
            f"{np.shape(values)}, and the layer needs {(inputs, outputs)}"
        )
    return values
