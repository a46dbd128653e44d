"""What `explain` is asked for: of which loss, in which Tensor, in which element."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.rule import title
from tinygrad_edu.explaining.explanation import agree
from tinygrad_edu.explaining.flow import Flow
from tinygrad_edu.kit.text import number
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["element", "loss_of", "notes_on", "refuse_complex", "refuse_unrelated", "tensors"]


def tensors(*given: Any) -> None:
    """Refuse what is no Tensor."""
    for each in given:
        if not isinstance(each, Tensor):
            raise TypeError(
                f"explain: only the gradient in a Tensor can be explained, and of one; this is a "
                f"{type(each).__name__}; call explain(x) after loss.backward(), or explain(loss, x)"
            )


def loss_of(x: Any) -> Any:
    """The Tensor from which the last backward pass came that reached `x`.

    Raises
    ------
    RuntimeError
        If there was none, or the Tensor is gone.
    ValueError
        If it did not start from one number, with the gradient 1.
    """
    if x._pass is None:
        raise RuntimeError(
            f"explain: no backward pass has reached {_called(x)}; call loss.backward() first, or "
            "explain(loss, x), which needs none"
        )
    loss, seed = x._pass._root(), x._pass._seed
    if loss is None:
        raise RuntimeError(
            "explain: the output on which backward() was called no longer exists, and with it its "
            "graph; keep a reference to it, or compute it again and call explain(loss, x)"
        )
    refuse_many(loss)
    if np.any(np.asarray(seed) != 1):
        raise ValueError(
            f"explain: the last backward pass that reached {_called(x)} started from the gradient "
            f"{np.asarray(seed)}, not from 1; explain(loss, x) explains that of the output itself"
        )
    return loss


def _called(tensor: Any) -> str:
    """A Tensor in a message."""
    if tensor.name:
        return str(tensor.name)
    made = "a leaf" if tensor.op is None else f"the result of {title(tensor.op)}"
    return f"{made} of shape {tensor.shape}"


def refuse_many(loss: Any) -> None:
    """Refuse a loss that is not one real number."""
    if loss.size != 1:
        raise ValueError(
            f"explain: the loss has shape {loss.shape}, and only one number has a gradient; reduce "
            "it first (np.sum(t), np.mean(t)), or choose an element, t[0]"
        )


def refuse_unrelated(loss: Any, x: Any) -> None:
    """Refuse an x that the loss was not computed from."""
    if x in set(backward.ordered(loss)):
        return
    swapped = loss in set(backward.ordered(x))
    hint = (
        "it is the other way round: explain(loss, x) takes the loss first"
        if swapped
        else "the gradient is 0; look for t.data, or another Tensor of the same value, in between"
    )
    raise ValueError(f"explain: {_called(loss)} was not computed from {_called(x)}; {hint}")


def refuse_complex(flow: Flow) -> None:
    """Refuse complex numbers, in which the chain rule has conjugates."""
    for node in flow.nodes:
        if node.dtype.kind == "c":
            made = "a leaf" if node.op is None else f"a result of {title(node.op)}"
            raise TypeError(
                f"explain: {made} on the way from the loss is complex, and its gradient is no "
                "plain product of derivatives; make its real and imaginary parts Tensors of their "
                "own, or look at edge.contribution, which is right for complex numbers too"
            )


def element(index: Any, x: Any) -> tuple[int, ...]:
    """The index of one element of x, counted from 0."""
    given = index if isinstance(index, tuple) else (index,)
    whole = all(isinstance(each, int | np.integer) and not isinstance(each, bool) for each in given)
    if not whole:
        raise TypeError(f"explain: index is made of whole numbers, as (0, 1), not {index!r}")
    if len(given) != x.ndim:
        axes = "it has no axes, and needs no index" if not x.ndim else f"of shape {x.shape}"
        raise IndexError(
            f"explain: index={index!r} names {len(given)} axes, and x has {x.ndim}: {axes}"
        )
    for axis, (each, length) in enumerate(zip(given, x.shape, strict=True)):
        if not -length <= each < length:
            raise IndexError(
                f"explain: index={index!r} is out of bounds: axis {axis} of shape {x.shape} has "
                f"the elements 0 to {length - 1}"
            )
    return tuple(int(each) % length for each, length in zip(given, x.shape, strict=True))


def notes_on(x: Any, gradient: Any) -> list[str]:
    """What should be said of ``x.grad``, if it is not the gradient of this loss."""
    grad = x._grad
    if grad is None:
        return []
    values = np.asarray(getattr(grad, "_value", grad))
    if values.shape == gradient.shape and agree(values, gradient, gradient, 1):
        return []
    shown, name = "", f"{x.name or 'x'}.grad"
    if values.size == 1:
        shown = f", {number(values.reshape(()))},"
    return [
        f"{name}{shown} is not what the last backward pass gave, which is explained here: several "
        f"passes were added up in it, or it was changed since. Set {name} = None before backward() "
        "to have one alone."
    ]
