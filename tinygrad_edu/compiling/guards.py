"""Write the question whether arguments have the structure that a program was made for."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_edu.compiling.structure import Spec
from tinygrad_edu.kit.quoting import literal
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Guards", "UnwritableError"]


class UnwritableError(Exception):
    """A structure is such that it has to be taken apart by `describe`."""


class Guards:
    """Lines that leave with ``return MISS`` where the structure is another, and name the leaves."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.leaves: list[str] = []
        self.namespace: dict[str, Any] = {"Tensor": Tensor, "ndarray": np.ndarray}
        self._named: list[str] = []  # the leaves, as they were given
        self._alike: dict[Any, list[str]] = {}  # those that could be one and the same
        self._count = 0

    def arguments(self, spec: Spec) -> None:
        """The positional arguments, a tuple called args."""
        self._unless(f"len(args) != {len(spec.parts)}")
        self._unpacked(spec, "args")
        for names in self._alike.values():
            self._distinct(names)

    def _unless(self, *conditions: str) -> None:
        self.lines += [f"if {' or '.join(conditions)}: return MISS"]

    def _name(self) -> str:
        self._count += 1
        return f"a{self._count}"

    def _known(self, value: Any) -> str:
        name = f"g{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def _unpacked(self, spec: Spec, whole: str) -> None:
        if spec.parts and all(part.kind == "again" for part in spec.parts):
            raise UnwritableError  # whether it is another whole, of the same parts
        names = [self._name() for _ in spec.parts]
        if names:
            self.lines.append(f"{', '.join(names)}, = {whole}")
        for part, name in zip(spec.parts, names, strict=True):
            self._part(part, name)

    def _part(self, spec: Spec, name: str) -> None:
        write = getattr(self, f"_{spec.kind}", None)
        if write is None:
            raise UnwritableError(spec.kind)
        write(spec, name)

    def _array(self, spec: Spec, name: str) -> None:
        self._unless(f"type({name}) is not ndarray", *self._shaped(spec, name))
        self._leaf(spec, name, name)

    def _leaf(self, spec: Spec, name: str, value: str) -> None:
        self._named.append(name)
        self._alike.setdefault(spec, []).append(name)
        self.leaves.append(value)

    def _distinct(self, names: list[str]) -> None:
        """No two are one object: of what has one shape and dtype, as all else is another anyway."""
        pairs = [f"{one} is {other}" for one, other in itertools.combinations(names, 2)]
        if len(pairs) > 6:
            self._unless(f"len({{{', '.join(f'id({name})' for name in names)}}}) != {len(names)}")
        elif pairs:
            self._unless(*pairs)

    def _shaped(self, spec: Spec, name: str) -> list[str]:
        dtype, shape = spec.fixed
        known = self._known(dtype)
        return [
            f"{name}.shape != {shape!r}",
            f"{name}.dtype is not {known} and {name}.dtype != {known}",
        ]

    def _number(self, spec: Spec, name: str) -> None:
        self._unless(f"type({name}) is not {self._known(spec.fixed)}")
        self._leaf(spec, name, name)

    def _tensor(self, spec: Spec, name: str) -> None:
        self._unless(f"type({name}) is not Tensor or {name}.call.row is not None")
        value = self._name()
        self.lines.append(f"{value} = {name}._value")
        self._unless(*self._shaped(spec, value))
        self._leaf(spec, name, value)

    def _again(self, spec: Spec, name: str) -> None:
        if not isinstance(spec.fixed, int):
            raise UnwritableError
        self._unless(f"{name} is not {self._named[spec.fixed]}")

    def _setting(self, spec: Spec, name: str) -> None:
        kind, value = spec.fixed
        if kind in (bool, type(None)):
            self._unless(f"{name} is not {literal(value)}")
        elif kind in (int, str, bytes):
            self._unless(f"type({name}) is not {kind.__name__} or {name} != {literal(value)}")
        elif kind in (float, complex):
            self._unless(f"type({name}) is not {kind.__name__} or repr({name}) != {literal(value)}")
        else:
            raise UnwritableError

    def _thing(self, spec: Spec, name: str) -> None:
        self._unless(f"{name} is not {self._known(spec.fixed.thing)}")

    def _constant(self, spec: Spec, name: str) -> None:
        dtype, shape, strides, content = spec.fixed
        self._unless(
            f"not hasattr({name}, 'dtype')",
            *self._shaped(Spec("array", (dtype, shape)), name),
            f"{name}.strides != {strides!r} or {name}.tobytes() != {self._known(content)}",
        )

    def _list(self, spec: Spec, name: str) -> None:
        self._unless(f"type({name}) is not {spec.kind} or len({name}) != {spec.fixed}")
        self._unpacked(spec, name)

    _tuple = _list

    def _dict(self, spec: Spec, name: str) -> None:
        if not all(type(key) is str for key in spec.fixed):
            raise UnwritableError
        keys = self._known(list(spec.fixed))
        self._unless(f"type({name}) is not dict or list({name}) != {keys}")
        self._unpacked(spec, f"{name}.values()")

    def _object(self, spec: Spec, name: str) -> None:
        kind, attributes = spec.fixed
        self._unless(f"type({name}) is not {self._known(kind)}")
        own = self._name()
        self.lines.append(f"{own} = {name}.__dict__")
        self._unless(f"list({own}) != {self._known(list(attributes))}")
        self._unpacked(spec, f"{own}.values()")
