"""Module: a function with parameters, which are found by attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tinygrad_edu.engine.context import STATE, scope
from tinygrad_edu.tensor.elsewhere import ElsewhereOfModules
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Module", "name_parameters"]


class Module(ElsewhereOfModules):
    """A function with parameters. A subclass sets attributes and defines ``feedforward(self, x)``.

    Every leaf Tensor among the attributes is a parameter, also in lists, tuples, dicts and other
    modules; a plain array is a constant. So ``layer.weights = layer.weights.data`` freezes them.

    Calling the module calls `feedforward`, and marks what is recorded within as made by this call.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import nn
    >>> class Network(nn.Module):
    ...     def __init__(self):
    ...         self.hidden = [nn.Neuron([0, 1], 0), nn.Neuron([0, 1], 0)]
    ...         self.output = nn.Neuron([0, 1], 0)
    ...
    ...     def feedforward(self, x):
    ...         return self.output(np.stack([neuron(x) for neuron in self.hidden], axis=-1))
    >>> network = Network()
    >>> network([2, 3]).item()
    0.7216325609518421
    >>> network
    Network(
      hidden.0: Neuron(weights (2,), bias (), sigmoid), 3 parameters
      hidden.1: Neuron(weights (2,), bias (), sigmoid), 3 parameters
      output: Neuron(weights (2,), bias (), sigmoid), 3 parameters
    ), 9 parameters
    """

    def _undefined(self, *_inputs: Any) -> Any:
        other = next((name for name in ("forward", "call") if hasattr(self, name)), "")
        told = f"; its {other}(self, x) is to be called so" if other else ""
        raise NotImplementedError(f"{type(self).__name__} defines no feedforward(self, x){told}")

    feedforward: Callable[..., Any] = _undefined

    def __call__(self, *inputs: Any, **options: Any) -> Tensor:
        """The output for these inputs: what `feedforward` gives."""
        try:
            with scope(self):
                result: Tensor = self.feedforward(*inputs, **options)
        except Exception as error:
            _tell_where(self, inputs, error)
            raise
        return result

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and value.op is not None and STATE.get().scope is None:
            _refuse_lost_parameter(self, name, value)
        super().__setattr__(name, value)

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module (its path is empty) and all within it, each once, with their paths."""
        return ((path, found) for path, found in _found(self) if isinstance(found, Module))

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The parameters, each once, with their paths.

        Examples
        --------
        >>> from tinygrad_edu import nn
        >>> [path for path, _ in nn.TwoLayerNetwork(3).named_parameters()]
        ['hidden.weights', 'hidden.bias', 'output.weights', 'output.bias']
        """
        return ((path, found) for path, found in _found(self) if isinstance(found, Tensor))

    def parameters(self) -> list[Tensor]:
        """The parameters, each once, in the order of the attributes."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: each ``grad`` becomes None."""
        for parameter in self.parameters():
            parameter.grad = None

    def state(self) -> dict[str, Any]:
        """The values of the parameters, by path: plain arrays, copied.

        Examples
        --------
        >>> import io
        >>> import numpy as np
        >>> from tinygrad_edu import nn
        >>> trained, fresh, file = nn.Layer(2, 1, seed=0), nn.Layer(2, 1, seed=1), io.BytesIO()
        >>> np.savez(file, **trained.state())
        >>> fresh.load_state(np.load(io.BytesIO(file.getvalue())))
        >>> print(np.array_equal(fresh.weights, trained.weights))
        True
        """
        return {path: parameter.numpy() for path, parameter in self.named_parameters()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Replace the values of all parameters: by all of those in `state`, or by none of them.

        Parameters
        ----------
        state : mapping
            Arrays by path, as `state` gave them, or as ``np.load`` reads them from a file.

        Raises
        ------
        ValueError
            If a parameter is missing, a name is unknown, or a shape is another.
        """
        parameters = dict(self.named_parameters())
        who = f"{type(self).__name__}.load_state"
        missing = [path for path in parameters if path not in state]
        unknown = [path for path in state if path not in parameters]
        if missing or unknown:
            raise ValueError(
                f"{who}: the state is that of another model; missing: "
                f"{', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}; "
                "make a model of the same classes and sizes first"
            )
        values = {path: np.asarray(state[path]) for path in parameters}
        for path, parameter in parameters.items():
            if values[path].shape != parameter.shape:
                raise ValueError(
                    f"{who}: {path} has shape {values[path].shape} in the state, and "
                    f"{parameter.shape} in the model; make a model of the same sizes first"
                )
            if values[path].dtype.kind not in "biuf":
                raise ValueError(f"{who}: {path} has dtype {values[path].dtype}, not real numbers")
        for path, parameter in parameters.items():
            parameter.data = values[path]

    def __repr__(self) -> str:
        return _described(self, "", set())


def name_parameters(module: Module) -> None:
    """Name the parameters by their paths, so that messages and drawings tell them apart."""
    for path, parameter in module.named_parameters():
        parameter.name = path


def _refuse_lost_parameter(module: Module, name: str, value: Tensor) -> None:
    """Raise if `value` is a parameter's own update, ``net.w = net.w - rate * net.w.grad``.

    A computed Tensor is no parameter: the module would have one less, and save one less. What was
    computed with other Tensors too, such as a recorded gradient, is meant to be computed.
    """
    old = vars(module).get(name)
    if not isinstance(old, Tensor) or old.op is not None or old.grad is None:
        return
    if value.shape == old.shape and all(parent is old for parent in value.parents):
        raise TypeError(
            f"{type(module).__name__}: {name} would be a computed Tensor and no parameter any "
            f"more, and not be saved: write model.{name}.data = model.{name}.data - ..., or set "
            "it to Tensor(...) for a new parameter"
        )


def _tell_where(module: Module, inputs: tuple[Any, ...], error: Any) -> None:
    """Let an error that came about within a network say in which of its modules that was."""
    if not hasattr(error, "raised_in"):  # the innermost module is told first
        shapes = [f"{np.shape(x)}" for x in inputs if hasattr(x, "shape")]
        error.raised_in = module, f", on an input of shape {' and '.join(shapes)}" if shapes else ""
    if STATE.get().scope is None:  # and the outermost knows the path to it
        inner, given = error.raised_in
        path = next((path for path, found in module.named_modules() if found is inner), "")
        name = _in_a_word(inner)
        error.add_note(f"(in {f'{path} ({name})' if path else name}{given})")


def _in_a_word(module: Module) -> str:
    name, weights = type(module).__name__, getattr(module, "weights", None)
    if np.ndim(getattr(weights, "data", 0)) != 2:
        return name
    inputs, outputs = weights.shape  # type: ignore[union-attr]
    return f"{name} {inputs} -> {outputs}"


def _found(module: Module) -> Iterator[tuple[str, Any]]:
    """The modules and leaf Tensors within `module`, each once: a depth-first walk."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", module)]
    while waiting:
        path, thing = waiting.pop()
        if isinstance(thing, Tensor) and thing.op is not None and not thing.stands_for_leaf:
            continue  # computed from others: a result that was kept, not a parameter
        branches = _branches(thing, path)
        if (branches or isinstance(thing, Tensor | Module)) and id(thing) not in seen:
            seen.add(id(thing))
            if isinstance(thing, Tensor | Module):
                yield path, thing
            waiting.extend(reversed(branches))


def _branches(thing: Any, path: str) -> list[tuple[str, Any]]:
    """What `thing` is made of, with paths, if it is a module, a list, a tuple or a dict."""
    if isinstance(thing, Module):
        thing = vars(thing)
    elif isinstance(thing, list | tuple):
        thing = dict(enumerate(thing))
    elif not isinstance(thing, dict):
        return []
    return [(f"{path}.{key}" if path else str(key), branch) for key, branch in thing.items()]


def _described(module: Module, indent: str, above: set[int]) -> str:
    """The modules within, one a line; of one with none, its attributes, in one line."""
    name = type(module).__name__
    if id(module) in above:
        return f"{name}(...)"
    facts, lines = [], []
    waiting = _branches(module, "")[::-1]
    while waiting:
        path, thing = waiting.pop()
        if isinstance(thing, Module):
            lines.append(f"{path}: {_described(thing, indent + '  ', above | {id(module)})}")
        elif isinstance(thing, Tensor):
            facts.extend([f"{path} {thing.shape}"] if thing.op is None else [])
        elif isinstance(thing, np.ndarray):
            facts.append(f"{path} {thing.shape} constant")
        elif callable(thing):
            facts.append(getattr(thing, "__name__", repr(thing)))
        else:
            waiting.extend(_branches(thing, path)[::-1])
    count = sum(parameter.size for parameter in module.parameters())
    total = f"{count:,} parameter{'s' if count != 1 else ''}"
    if not lines:
        return f"{name}({', '.join(facts)}), {total}"
    lines = [", ".join(facts), *lines] if facts else lines
    body = "".join(f"\n{indent}  {line}" for line in lines)
    return f"{name}({body}\n{indent}), {total}"
