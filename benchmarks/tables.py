"""Tables in Markdown that can also be read as they are, and quantities with their units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    """The first column to the left, the others to the right, all aligned."""
    cells = [[str(each) for each in row] for row in (head, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([lines[0], _line(rule, widths), *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return f"| {' | '.join([first, *rest])} |"


def duration(seconds: float) -> str:
    """Two digits or more, such as '32 µs'."""
    for factor, unit in ((1e6, "µs"), (1e3, "ms")):
        if seconds * factor < 1000:
            return _quantity(seconds * factor, unit)
    return _quantity(seconds, "s")


def size(count: float | None) -> str:
    """Of memory, such as '3.2 MB'; a dash where it is not known."""
    if count is None or math.isnan(count):
        return "—"
    for factor, unit in ((1, "B"), (1e3, "kB"), (1e6, "MB")):
        if count < 1000 * factor:
            return _quantity(count / factor, unit)
    return _quantity(count / 1e9, "GB")


def _quantity(value: float, unit: str) -> str:
    """With a space at which no line is broken, in a narrow column."""
    number = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
    return f"{number}\N{NO-BREAK SPACE}{unit}"
