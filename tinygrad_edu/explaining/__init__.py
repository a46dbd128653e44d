"""Why a gradient is what it is: the chain rule as terms, in symbols, then in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinygrad_edu.tensor.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_edu.explaining.explanation import Explanation

__all__ = ["explain"]


def explain(
    loss: Tensor,
    x: Tensor | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    index: int | tuple[int, ...] | None = None,
) -> Explanation:
    """Explain a gradient: the chain rule as terms, in symbols, then in numbers, then their sum.

    ``explain(x)`` explains the gradient of the last backward pass that reached x, ``explain(loss,
    x)`` that of the loss in x, which needs no backward pass and changes no ``grad``.

    dL/dx = sum over the consumers c of x of  dL/dc . dc/dx, and so on from there: in a graph of
    single numbers that is a sum over all paths from the loss to x, of the products of the local
    derivatives along them. Up to eight paths are listed, longer sums by consumer. Of arrays the
    rule of each step is shown, and the whole chain as one formula. The sum is checked against the
    gradient that backpropagation gives.

    Parameters
    ----------
    loss : Tensor
        One number. If it is the only argument, it is x: any Tensor that a backward pass reached.
    x : Tensor, optional
        What the loss was computed from: a leaf, or anything in between.
    names : mapping of str to Tensor or array, optional
        Names for those that have none; so ``names=locals()`` does, in which all else is ignored.
    index : int or tuple of int, optional
        One element of x, whose gradient is written out as a sum over the elements of the
        consumers that it flows through.

    Returns
    -------
    Explanation
        To be printed, or shown by a notebook; its attributes have all that is said.

    Raises
    ------
    TypeError
        If an argument is no Tensor, a Tensor on the way is complex, or `index` is no index.
    ValueError
        If the loss is not one number, or was not computed from x.
    RuntimeError
        If no backward pass has reached x, or the output from which it came is gone.
    IndexError
        If there is no such element.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, explain
    >>> x, w, t = Tensor(2.0, name="x"), Tensor(3.0, name="w"), Tensor(5.0, name="t")
    >>> loss = (w * x - t) ** 2
    >>> explain(loss, w)
    ∂L/∂w = ∂L/∂v₂ · ∂v₂/∂w
          = 2(w · x − t) · x
          = 2 × 2
          = 4
    where
      v₂ = w · x − t
      L  = v₂²
    The product is the gradient that backpropagation gives: checked.

    Source: the sum over paths is Bauer's (1974), "Computational graphs and rounding error".
    """
    from tinygrad_edu.explaining import asking  # what is loaded only where it is asked for
    from tinygrad_edu.explaining.answering import answer
    from tinygrad_edu.explaining.flow import Flow

    alone = x is None
    if x is None:
        x = loss
        asking.tensors(x)
        loss = asking.loss_of(x)
    asking.tensors(loss, x)
    asking.refuse_many(loss)
    asking.refuse_unrelated(loss, x)
    flow = Flow(loss, x)
    asking.refuse_complex(flow)
    flow.carry()
    chosen = None if index is None else asking.element(index, x)
    notes = asking.notes_on(x, flow.gradient(x)) if alone else []
    return answer(flow, names, chosen, notes)
