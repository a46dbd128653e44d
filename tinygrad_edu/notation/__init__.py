"""Formulas as a reader writes them: a traced rule as text, as LaTeX, and as MathML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad_edu.notation.mathml import MathML
from tinygrad_edu.notation.reading import DEFAULT_NAMES, read, variables
from tinygrad_edu.notation.terms import Term, TooLongError, call, name, top
from tinygrad_edu.notation.typeset import Typeset
from tinygrad_edu.notation.writing import Plain

__all__ = [
    "LONGEST",
    "MathML",
    "Plain",
    "Term",
    "TooLongError",
    "Typeset",
    "latex",
    "read",
    "text",
]

LONGEST = 120


def text(
    formula: Any,
    names: Mapping[str, str | Term] | None = None,
    *,
    longest: int = LONGEST,
    otherwise: str | None = None,
) -> str:
    """A traced formula as text.

    Parameters
    ----------
    formula : Traced or number
        As `tinygrad_edu.trace.of_rules` gives it.
    names : mapping of str to str
        What its variables are called: ``{"out": "output", "a0": "W", "g": "G"}``.
    longest : int
        Characters that a formula may have.
    otherwise : str, optional
        What stands for a longer one; without, ``f(G, x)`` of what it depends on.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.trace import of_rules
    >>> from tinygrad_edu import Tensor, notation, sigmoid
    >>> x, w = Tensor([[1.0, 2.0]]), Tensor([[0.5], [0.25]])
    >>> y = sigmoid(x @ w)
    >>> notation.text(of_rules.local_derivative(y, 0), {"out": "y"})
    'y · (1 − y)'
    >>> notation.text(of_rules.pullbacks(y.parents[0], np.ones((1, 1)))[1], {"a0": "X"})
    'Xᵀ @ G'
    """
    return _written(Plain(), formula, names, longest, otherwise)


def latex(
    formula: Any,
    names: Mapping[str, str | Term] | None = None,
    *,
    longest: int = LONGEST,
    otherwise: str | None = None,
) -> str:
    r"""A traced formula as LaTeX, without dollar signs; as `text` in all else.

    A product of arrays, element by element, is ``\odot``; one of matrices has no sign.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.trace import of_rules
    >>> from tinygrad_edu import Tensor, notation
    >>> root = np.sqrt(Tensor(4.0))
    >>> print(notation.latex(of_rules.local_derivative(root, 0), {"a0": "w1"}))
    \frac{1}{2\,\sqrt{w_{1}}}
    """
    return _written(Typeset(), formula, names, longest, otherwise)


def _written(style: Plain, formula: Any, names: Any, longest: int, otherwise: str | None) -> str:
    """The formula in a style, if its text is not too long."""
    try:
        term = top(read(formula, names))
        if len(Plain().write(term)) <= longest:
            return style.write(term)
    except TooLongError:
        pass
    if otherwise is not None:
        return otherwise
    given = [(names or {}).get(each, DEFAULT_NAMES.get(each, each)) for each in variables(formula)]
    parts = [each if isinstance(each, Term) else name(each) for each in given]
    return style.write(call("f", parts))
