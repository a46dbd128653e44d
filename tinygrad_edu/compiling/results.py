"""Write how the results of a program are given back: in their structure, and nobody else's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.compiling.storage import is_fresh, is_of_fused
from tinygrad_edu.compiling.writing import Writer
from tinygrad_edu.kit.pytree import flatten, unflatten
from tinygrad_edu.kit.quoting import literal
from tinygrad_edu.trace.program import Program, Ref

__all__ = ["Results"]


class Results:
    """The lines that name the results, and the expression that gives them in their structure."""

    def __init__(self, result: Any, program: Program, writer: Writer) -> None:
        self.program, self.writer = program, writer
        places = list(range(len(flatten(result))))
        self.template = unflatten(result, places)
        self.names: list[str] = []

    def lines(self) -> list[str]:
        """A name for each result, of an array that nobody else has."""
        given: set[int] = set()
        lines = []
        for place, part in enumerate(self.program.outputs):
            word = self._own(part, given)
            if word.isidentifier():
                self.names.append(word)
            else:
                self.names.append(f"o{place}")
                lines.append(f"o{place} = {word}")
        return lines

    def _own(self, part: Any, given: set[int]) -> str:
        word = self.writer.word(part)
        if not isinstance(part, Ref):
            return f"{word}.copy()" if isinstance(part, np.ndarray) else word
        call = self.writer.known[part.number]
        if call.weak:
            return word
        alone = part.number not in given and call.function is not None
        given.add(part.number)
        if alone and (is_fresh(call) or is_of_fused(call, self.writer.known)):
            return word
        if call.shape == () and call.function is not None:
            return f"{self.writer.function(_copied)}({word})"
        return f"{word}.copy()"

    def expression(self) -> str:
        """The results in their structure."""
        simple = self._simple(self.template)
        if simple is not None:
            return simple
        names = ", ".join(self.names)
        made = self.writer.constant(self._made)
        return f"{made}(({names}{',' if names else ''}))"

    def _made(self, leaves: Any) -> Any:
        return unflatten(self.template, leaves)

    def _simple(self, tree: Any) -> str | None:
        """The structure as Python writes it, where it is made of tuples, lists and dicts alone."""
        if type(tree) is int:
            return self.names[tree]
        if tree is None or type(tree) in (bool, str):
            return literal(tree)
        if type(tree) not in (tuple, list, dict):
            return None
        parts = [self._simple(each) for each in (tree.values() if type(tree) is dict else tree)]
        if any(part is None for part in parts):
            return None
        words = [str(part) for part in parts]
        if type(tree) is dict:
            if not all(type(key) in (str, int) for key in tree):
                return None
            return (
                f"{{{', '.join(f'{literal(k)}: {w}' for k, w in zip(tree, words, strict=True))}}}"
            )
        if type(tree) is list:
            return f"[{', '.join(words)}]"
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value
