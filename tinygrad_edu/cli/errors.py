"""How the command line says that it cannot go on: what, where and what to do, in one line."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.kit.quoting import one_line, printable

__all__ = ["InputError", "lines", "one_line", "quoted"]


class InputError(ValueError):
    """What was given cannot be used; the message is one line for the person who gave it."""


def lines(text: Any) -> str:
    """The text on its lines, with nothing in them that a terminal would obey.

    Examples
    --------
    >>> print(lines("two\\nlines and a \\x1b[31mcolour"))
    two
    lines and a \\x1b[31mcolour
    """
    return "\n".join(map(printable, str(text).split("\n")))


def quoted(text: Any, limit: int = 60) -> str:
    """The text in quotation marks, on one line, cut in the middle where it is long.

    Examples
    --------
    >>> print(quoted("petal length"))
    "petal length"
    """
    line = one_line(text)
    if len(line) > limit:
        line = line[: limit - 20] + " ... " + line[-15:]
    return f'"{line}"'
