"""Rows that are added to every row of a matrix: a few copies of them make the loop a longer one.

NumPy's inner loop runs along the rows, so that short rows cost more for the loop around it than for
the numbers. The matrix in the shape (n / m, m k), and the row m times over, are the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinygrad_edu.compiling.storage import has_out
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["Rows", "rows_of"]

_LONGEST = 1 << 9  # elements of a row: longer ones are good as they are


@dataclass(frozen=True, slots=True)
class Rows:
    """A call of a row and a matrix, and how many copies of the row are made for it."""

    row: int
    matrix: int
    copies: int
    first: bool  # whether the row comes first
    direct: bool  # whether what computes the row can write the copies itself


def rows_of(program: Program) -> dict[int, Rows]:
    """The calls of a program that are done so, by number."""
    known = {call.number: call for call in program.calls}
    uses = program.uses()
    given = set(refs_in(program.outputs))
    found = {}
    for call in program.calls:
        pair = _pair(call, known)
        if pair is None or call.number in given:
            continue
        row, matrix = pair
        inside = has_out(known[matrix], known) and matrix not in given
        copies = _copies(*call.shape)
        if copies > 3 and inside and known[matrix].function is not None:
            made = known[row]
            direct = uses[row] == 1 and made.function is not None and is_elementwise(made)
            first = call.args[0] == Ref(row)
            found[call.number] = Rows(row, matrix, copies, first, direct and has_out(made, known))
    return found


def _pair(call: Call, known: dict[int, Call]) -> tuple[int, int] | None:
    """The numbers of the row and the matrix."""
    if len(call.shape) != 2 or 0 in call.shape or not is_elementwise(call):
        return None
    if len(call.args) != 2 or not all(isinstance(arg, Ref) for arg in call.args):
        return None
    one, other = (known[arg.number] for arg in call.args)
    if one.shape == call.shape:
        one, other = other, one
    width = call.shape[1]
    fits = one.shape in ((width,), (1, width)) and other.shape == call.shape
    same = one.dtype == other.dtype == call.dtype and call.dtype.kind in "fc" and not one.weak
    return (one.number, other.number) if fits and same and width <= _LONGEST else None


def _copies(height: int, width: int) -> int:
    """Of the divisors of the height, that for which there is least to loop over."""
    divisors = [m for m in range(1, height + 1) if height % m == 0 and m * width <= 1 << 14]
    return min(divisors, key=lambda m: m + height // m)
