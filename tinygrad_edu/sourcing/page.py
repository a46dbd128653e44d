"""The whole text: helpers, signature, docstring, a block of lines for each thing computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.kit.quoting import docstring, identifier, one_line
from tinygrad_edu.sourcing.functions import Used
from tinygrad_edu.sourcing.identifiers import Identifiers
from tinygrad_edu.sourcing.known import INLINE
from tinygrad_edu.sourcing.labels import Labels
from tinygrad_edu.sourcing.lines import WIDTH, Lines, needed
from tinygrad_edu.sourcing.literals import is_small
from tinygrad_edu.sourcing.marks import MARKS
from tinygrad_edu.sourcing.reading import Reading
from tinygrad_edu.sourcing.values import Formulas, Value
from tinygrad_edu.sourcing.writing import Text

__all__ = ["Page"]


class Page:
    """A function as text.

    Attributes
    ----------
    text : str
    constants : dict
        The arrays, by name, that are arguments besides the inputs.
    """

    def __init__(self, reading: Reading, name: str, own: str, result: str) -> None:
        self.reading = reading
        self.name = Identifiers().new(name, "computed")
        self.own = docstring(own)
        self.formulas = Formulas(self._is_literal)
        inputs = [(label, self.formulas.input(t)) for label, t in reading.inputs]
        constants = [
            (label, array, self.formulas.input(t)) for label, array, t in reading.constants
        ]
        self.formulas.add([*reading.outputs, *reading.gradients, *reading.wanted])
        self.outputs = [self._output(each) for each in reading.outputs]
        self.gradients = [self._output(each) for each in reading.gradients]
        constants += [
            (reading.outside.get(id(array), ""), array, value)
            for array, value in self.formulas.lifted
        ]
        self.inputs: dict[Value, str] = {}
        self.constants: dict[str, Any] = {}
        self.identifiers = Identifiers({self.name, *self._functions()})
        for label, value in inputs:
            self._input(value, label, "x")
        for label, array, value in constants:
            self._constant(value, label, array)
        self.labels = Labels(reading, self.formulas)
        self._lay_out(result if identifier(result) else "value")
        self.text = self._text()

    def _functions(self) -> set[str]:
        """The names that are printed above the function, or imported: no variable may have one."""
        used = Used()
        for value in needed([*self.outputs, *self.gradients]):
            if value.function is not None and value.function not in (*MARKS, *INLINE):
                used.name(value.function)
        words = {word for line in used.imports for word in line.replace(".", " ").split()}
        return {*used.helpers, *words}

    def _is_literal(self, array: Any, number: int) -> bool:
        """Whether an array says how something is done, of these shapes: no data go into it."""
        return self.reading.is_of_rules(number) and is_small(array)

    def _input(self, value: Value, label: str, otherwise: str) -> str:
        self.inputs[value] = self.identifiers.new(label, otherwise)
        return self.inputs[value]

    def _constant(self, value: Value, label: str, array: Any) -> None:
        if not label:
            self.inputs[value] = label = self.identifiers.numbered("constant")
        else:
            label = self._input(value, label, "constant")
        self.constants[label] = array

    def _output(self, each: Any) -> Value:
        """A result as a value; of one that doesn't depend on the inputs, the constant."""
        found = self.formulas.part(each)
        if isinstance(found, Value):
            return found
        array = np.asarray(found)
        if array.ndim:
            value: Value = self.formulas.input_of(array)
            return value
        made: Value = self.formulas.number(array[()])
        return made

    # ---- names and lines -------------------------------------------------------------------------

    def _lay_out(self, result: str) -> None:
        """Names for what is given back, then lines for it."""
        named: dict[Value, str] = {}
        self.returned: list[str] = []
        self.aliases: dict[str, Value] = {}
        for value in self.outputs:
            many = f"{result}{len(self.returned) + 1}" if len(self.outputs) > 1 else result
            self._name(value, self.labels.own.get(value, many), named)
        given: list[Any] = [self.formulas.of.get(id(each)) for each in self.reading.wanted]
        wanted = [self.inputs.get(each) or self._own(each) for each in given]
        for value, of in zip(self.gradients, wanted, strict=True):
            self._name(value, f"d_{of}", named)
        self.wanted = wanted
        results = [*self.outputs, *self.gradients]
        self.lines = Lines(self.labels, self.inputs, results, named)

    def _own(self, value: Any) -> str:
        """What the user calls a value that is no input."""
        return identifier(self.labels.own.get(value, "")) or "x"

    def _name(self, value: Value, name: str, named: dict[Value, str]) -> None:
        name = self.identifiers.new(name)
        if value in named or value in self.inputs:
            self.aliases[name] = value
        else:
            named[value] = name
        self.returned.append(name)

    # ---- text ------------------------------------------------------------------------------------

    def _text(self) -> str:
        body = [_indented(line) for line in self._docstring()]
        for title, lines in self._blocks():
            body += ["", *([f"    # {one_line(title, 80)}"] if title else []), *lines]
        body += ["", *_statement("return ", self.returned)]
        function = "\n".join([*_signature(self.name, list(self.inputs.values())), *body])
        used = self.lines.used
        imports = [line for line in used.imports if line.split()[0] in ("import", "from")]
        constants = [line for line in used.imports if line not in imports]
        parts = [_import_block(imports)]
        if constants:
            parts[0] += "\n\n" + "\n".join(constants)
        parts += (
            each.text if each.formatted else f"# fmt: off\n{each.text}\n# fmt: on"
            for each in used.helpers.values()
        )
        return "\n\n\n".join([*parts, function]) + "\n"

    def _docstring(self) -> list[str]:
        lines = [f'"""{self._sentence()}', "", "Parameters", "----------"]
        lines += [f"{name} : {_shape(value)}" for value, name in self.inputs.items()]
        lines += ["", "Returns", "-------"]
        values = [*self.outputs, *self.gradients]
        of = [""] * len(self.outputs) + [f", ∂{self.returned[0]}/∂{x}" for x in self.wanted]
        for name, value, gradient in zip(self.returned, values, of, strict=True):
            lines.append(f"{name} : {_shape(value)}{gradient}")
        if not self.inputs:
            del lines[1:4]
        return [*lines, '"""']

    def _sentence(self) -> str:
        if not self.wanted:
            return f"The value of {self.own}."
        *most, last = self.wanted
        of = f"{', '.join(most)} and {last}" if most else last
        several = "gradients" if most else "gradient"
        sentence = f"The value of {self.own}, and its {several} with respect to {of}."
        short = len(sentence) + 7 <= WIDTH
        return sentence if short else f"The value of {self.own}, and its {several}."

    def _blocks(self) -> list[tuple[str, list[str]]]:
        """Titles and lines: the forward pass by modules, the backward pass by gradients."""
        done: set[Value] = set()
        blocks: list[tuple[str, list[str]]] = []
        first = self.returned[0]
        forward = self._fresh(self.outputs, done)
        titles = [self.labels.title(value) for value in forward]
        for k in reversed(range(len(titles) - 1)):  # what came about on the way to what follows
            if titles[k] is None:
                titles[k] = titles[k + 1]
        modules = any(titles)
        for k, value in enumerate(forward):
            title = titles[k] or ""
            if not title and modules:
                title = first if value in self.outputs or value is forward[-1] or blocks else ""
            shown = f"forward: {title}" if title else "forward"
            shown = shown if self.gradients or title else ""
            if not blocks or blocks[-1][0] != shown:
                blocks.append((shown, []))
            blocks[-1][1].extend(self._line(value))
        order = self._gradient_order()
        for k in order:
            lines: list[str] = []
            for value in self._fresh([self.gradients[k]], done):
                lines += self._line(value)
            name = self.returned[len(self.outputs) + k]
            if name in self.aliases:
                lines.append(f"    {name} = {self._alias(self.aliases[name])}")
            if lines:  # it may be what another one was computed from
                blocks.append((f"backward: ∂{first}/∂{self.wanted[k]}", lines))
        for name in self.returned[: len(self.outputs)]:
            if name in self.aliases:
                alias = f"    {name} = {self._alias(self.aliases[name])}"
                if not blocks:
                    blocks.append(("", []))
                blocks[max(0, len(blocks) - 1 - len(order))][1].append(alias)
        return blocks

    def _alias(self, value: Value) -> str:
        return self.lines.names[value]

    def _fresh(self, roots: Sequence[Value], done: set[Value]) -> list[Value]:
        found = self.lines.lines_of(v for v in needed(roots) if v not in done)
        done.update(found)
        return found

    def _gradient_order(self) -> list[int]:
        """Gradients that need less of the backward pass first, as it goes."""
        forward = set(needed(self.outputs))

        def steps(k: int) -> int:
            lines = self.lines.lines_of(needed([self.gradients[k]]))
            return sum(value not in forward and value is not self.gradients[k] for value in lines)

        return sorted(range(len(self.gradients)), key=steps)

    def _line(self, value: Value) -> list[str]:
        return _assignment(self.lines.names[value], self.lines.texts[value])


def _import_block(imports: list[str]) -> str:
    """Import statements as is customary: Python's own first, then the others, in order."""
    others = [line for line in imports if line.split()[1].partition(".")[0] in ("numpy", "scipy")]
    groups = [[line for line in imports if line not in others], others]
    blocks = [sorted(group, key=lambda line: (line.startswith("from"), line)) for group in groups]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _assignment(name: str, text: Text) -> list[str]:
    line = f"    {name} = {text.text}"
    if len(line) <= WIDTH or not text.parts:
        return [line]
    if text.head:
        inner = [line for part in text.parts for line in _argument(part)]
        return [f"    {name} = {text.head}(", *inner, "    )"]
    return [f"    {name} = (", *(f"        {part}" for part in text.parts), "    )"]


def _argument(part: tuple[str, ...]) -> list[str]:
    """An argument on lines of its own; a list that is too long for one has a line an element."""
    if len(part) == 1:
        return [f"        {part[0]},"]
    first, *words, last = part
    line = f"        {first}{', '.join(words)}{last},"
    if len(line) <= WIDTH:
        return [line]
    return [f"        {first}", *(f"            {word}," for word in words), f"        {last},"]


def _signature(name: str, arguments: list[str]) -> list[str]:
    line = f"def {name}({', '.join(arguments)}):"
    if len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *(f"    {argument}," for argument in arguments), "):"]


def _statement(head: str, words: list[str]) -> list[str]:
    line = f"    {head}{', '.join(words)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"    {head}(", *(f"        {word}," for word in words), "    )"]


def _shape(value: Value) -> str:
    kind = "" if value.dtype == np.float64 else f" of {value.dtype.name}"
    return f"array{kind}, shape {value.shape}" if value.shape else f"number{kind}"


def _indented(line: str) -> str:
    return f"    {line}" if line else ""
