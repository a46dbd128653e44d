"""What `explain` gives: the terms that a gradient is the sum of, to read and to compute with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.explaining import layout
from tinygrad_edu.explaining.layout import Block

__all__ = ["Consumer", "Explanation", "Summand"]


@dataclass(frozen=True, eq=False)
class Summand:
    """One term of the sum that a gradient is.

    Attributes
    ----------
    symbols : tuple of str
        Its factors as derivatives: ``("∂L/∂y", "∂y/∂w")``.
    formula : str
        The same in names: ``"2(y − t) · x"``; "" where no formula says it, and of the many terms
        that are not listed.
    factors : tuple of float
        The numbers that the factors are; of arrays there are none.
    value : float or ndarray
        Their product: what the term adds to the gradient.
    through : tuple of Tensor
        The nodes on the way from the loss to the Tensor, these two left out.
    """

    symbols: tuple[str, ...]
    formula: str
    factors: tuple[float, ...]
    value: Any
    through: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Consumer:
    """One use of a Tensor by another one.

    Attributes
    ----------
    node : Tensor
        What was computed from it.
    argument : int
        Which of the arguments it was, counted from 0 among those that vary.
    paths : int
        Along how many ways the loss depends on `node`.
    contribution : ndarray
        What this use adds to the gradient.
    """

    node: Any
    argument: int
    paths: int
    contribution: Any
    _explain: Callable[[Any, Any], Explanation] = field(repr=False)

    def explain(self, index: int | tuple[int, ...] | None = None) -> Explanation:
        """The gradient of the loss in `node`, explained: the next step towards the loss."""
        return self._explain(self.node, index)


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The gradient of a loss in one Tensor, as the chain rule has it.

    Print it, or let a notebook show it. All that is said can be looked up here.

    Attributes
    ----------
    target, loss : Tensor
        What the gradient is taken in, and of what.
    index : tuple of int or None
        The element that is explained, if it is one.
    symbol : str
        ``"∂L/∂w"``.
    gradient : ndarray
        The gradient, by backpropagation.
    formula : str or None
        The whole chain in one formula, where it can be read; what would be long within it stands
        as ∂L/∂v. It was computed from what is written, and gives the gradient.
    terms : tuple of Summand
        What the gradient is the sum of; of one element, the largest ones.
    total : ndarray
        The sum of all terms.
    agrees : bool
        Whether `total` is `gradient`, up to rounding.
    paths : int
        Along how many ways the loss depends on the Tensor; 10³⁰ stands for all that is more.
    consumers : tuple of Consumer
        The uses of the Tensor, each of which can be explained in turn.
    definitions : dict of str to str
        What stands for what in the formulas.
    notes : tuple of str
        What should be known of the gradient.
    """

    target: Any
    loss: Any
    index: tuple[int, ...] | None
    symbol: str
    gradient: Any
    formula: str | None
    terms: tuple[Summand, ...]
    total: Any
    agrees: bool
    paths: int
    consumers: tuple[Consumer, ...]
    definitions: dict[str, str]
    notes: tuple[str, ...]
    _blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return layout.text(self._blocks)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return layout.html(self._blocks)

    def _repr_markdown_(self) -> str:
        return layout.markdown(self._blocks)

    def _repr_latex_(self) -> str:
        return layout.latex(self._blocks)


def agree(total: Any, gradient: Any, scale: Any, count: int) -> bool:
    """Whether a sum of `count` terms, of this size together, is the gradient, but for rounding.

    Where the engine and the sum both have no number, or the same infinity, they agree as well.
    """
    total, gradient = np.asarray(total), np.asarray(gradient)
    limits = np.finfo(gradient.dtype)
    with np.errstate(all="ignore"):
        allowed = 8 * (count + 8) * limits.eps * np.abs(scale) + 8 * limits.tiny
        close = np.abs(total - gradient) <= allowed
    same = (total == gradient) | (np.isnan(total) & np.isnan(gradient))
    return bool(np.all(close | same))
