"""Formulas typed by a person, evaluated on Tensors, and never by Python.

The text is parsed into Python's syntax tree, and the tree is walked: a node of any kind that is not
in the short list here, and any name that is neither given nor in `FUNCTIONS`, is an error. Nothing
is compiled, no attribute is read, and text, depth, nodes and arrays are bounded. All numbers are
floating-point, so a tower of exponents becomes infinite instead of filling the memory.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import operator
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import tinygrad_edu
from tinygrad_edu.cli.errors import InputError, one_line, quoted

__all__ = ["FUNCTIONS", "Expression", "assignments"]

MAX_CHARACTERS = 1000
MAX_DEPTH = 40
MAX_NODES = 400
MAX_ELEMENTS = 400

# By name: the function and how many arguments it takes. What makes arrays larger (outer, repeat,
# kron) is not here: a short formula could fill any memory with them.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    **{
        name: (getattr(tinygrad_edu, name), 1)
        for name in ("sigmoid", "softplus", "relu", "softmax", "log_softmax", "logsumexp")
    },
    **{
        name: (getattr(np, name), 1)
        for name in (
            *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "abs"),
            *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
            *("arcsinh", "arccosh", "arctanh", "sum", "mean", "prod", "max", "min", "var", "std"),
            "transpose",
        )
    },
    **{name: (getattr(np, name), 2) for name in ("maximum", "minimum", "dot", "matmul")},
    "clip": (np.clip, 3),
}
CONSTANTS = {"pi": np.float64(np.pi)}

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
# What people write from habit, and what to write here.
_ADVICE: dict[type[ast.AST], str] = {
    ast.BitXor: "^ is not a power here; write x**2",
    ast.FloorDiv: "// has no gradient; write /",
    ast.Mod: "% is not supported; use + - * / ** @",
    ast.Compare: "comparisons have no gradient; use maximum(x, y), minimum(x, y) or relu(x)",
    ast.BoolOp: "'and' and 'or' have no gradient; use maximum(x, y) or minimum(x, y)",
    ast.Attribute: "a dot between names is not supported; write sum(x), not x.sum() or np.sum(x)",
    ast.Subscript: "indexing with [...] is not supported; give the elements names of their own",
    ast.List: "lists are given by --set, as in --set w=[0,1]",
    ast.Tuple: "a comma stands only between the arguments of a function",
    ast.NamedExpr: "values are given by --set, as in --set x=2",
}


class Expression:
    """A formula of named variables.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / ** @``, parentheses and the functions of `FUNCTIONS`.

    Raises
    ------
    InputError
        If the text is anything else; the message says where, and what to write instead.

    Examples
    --------
    >>> from tinygrad_edu import Tensor
    >>> neuron = Expression("sigmoid(w*x + b)")
    >>> neuron.names
    ('w', 'x', 'b')
    >>> neuron.evaluate({"w": Tensor(0.0), "x": Tensor(2.0), "b": Tensor(0.0)})
    Tensor(0.5, op=sigmoid)
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree = _parsed(text, "the expression")
        _check(self._tree, text)
        found = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        names = [node.id for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]
        self.names = tuple(
            name for name in dict.fromkeys(names) if name not in FUNCTIONS and name not in CONSTANTS
        )

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """The value of the formula with the variables of these names.

        Raises
        ------
        InputError
            If a variable is missing or is not used, or if the shapes do not fit.
        """
        for name in self.names:
            if name not in variables:
                known = [*FUNCTIONS, *variables]
                similar = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
                hint = f" (or did you mean {similar[0]}?)" if similar else ""
                raise InputError(
                    f"{name} has no value in {quoted(self.text)}; add --set {name}=NUMBER{hint}"
                )
        used = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        for name in variables:
            if name not in used:
                raise InputError(
                    f"--set {name}=... is not used: {quoted(self.text)} has no {name}; "
                    "leave it out, or check the spelling"
                )
        with np.errstate(all="ignore"):
            return _value(self._tree, variables, self.text)


def assignments(texts: Iterable[str]) -> dict[str, Any]:
    """The arrays of assignments such as ``x=2`` and ``w=[0, 1]``, by name.

    Examples
    --------
    >>> assignments(["x=2", "w=[0, 1.5]"])
    {'x': array(2.), 'w': array([0. , 1.5])}
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise InputError(f"--set {quoted(text)} is not NAME=VALUE; write, say, --set x=2")
        name = unicodedata.normalize("NFKC", name)  # as Python's parser does with names
        if not name.isidentifier() or keyword.iskeyword(name):
            raise InputError(
                f"--set {quoted(text)}: {quoted(name)} can't be a name; use letters, digits and _"
            )
        if name in FUNCTIONS:
            raise InputError(f"--set {quoted(text)}: {name} is a function; choose another name")
        if name in found:
            raise InputError(f"--set {name}=... is given twice; leave one out")
        found[name] = _literal(value, text)
    return found


def _literal(value: str, text: str) -> Any:
    """A number, a vector or a matrix."""
    shown = f"--set {quoted(text)}"
    array = np.array(_numbers(_parsed(value, shown), shown, depth=0), dtype=np.float64)
    if not np.all(np.isfinite(array)):
        raise InputError(f"{shown}: a number is too large for floating point")
    if array.size > MAX_ELEMENTS:
        raise InputError(
            f"{shown}: {array.size} elements are too many to draw; at most {MAX_ELEMENTS}"
        )
    return array


def _numbers(node: ast.AST, shown: str, depth: int) -> Any:
    match node:
        case ast.List(elts=elements) if depth < 2:
            values = [_numbers(element, shown, depth + 1) for element in elements]
            shapes = {np.shape(value) for value in values}
            if not values or len(shapes) > 1:
                raise InputError(
                    f"{shown}: the rows of a matrix must be of one length, and not empty"
                )
            return values
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as op, operand=operand) if depth < 9:
            value = _numbers(operand, shown, depth=9)
            return _UNARY[type(op)](value)
        case ast.Constant(value=value) if type(value) in (int, float):
            return _number(value)
    raise InputError(
        f"{shown} is not a number; write x=2, w=[0,1] for a vector, w=[[0,1],[2,3]] for a matrix"
    )


def _number(value: Any) -> np.float64:
    try:
        return np.float64(value)
    except OverflowError:  # an integer of over 308 digits
        return np.float64(np.inf)


def _parsed(text: str, what: str) -> ast.AST:
    if not text.strip():
        raise InputError(f'{what} is empty; write, say, "sigmoid(w*x + b)"')
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{what} has {len(text)} characters; at most {MAX_CHARACTERS} can be read and drawn"
        )
    try:
        with warnings.catch_warnings():  # Python's, about literals such as 1if: an error below
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        place = f" at character {error.offset}" if error.offset else ""
        reason = one_line(error.msg).partition(". Perhaps")[0]
        advice = "; write 2*x, not 2x" if "literal" in reason else ""
        raise InputError(f"{quoted(text)} is not a formula{place}: {reason}{advice}") from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise InputError(f"{quoted(text)} is not a formula that can be read") from None


def _check(tree: ast.AST, text: str) -> None:
    """Raise if there is anything in the tree that `_value` does not evaluate, or too much of it."""
    shown = quoted(text)
    waiting = [(tree, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise InputError(f"{shown} is nested too deeply or too long to be drawn; shorten it")
        match node:
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
                waiting += [(left, depth + 1), (right, depth + 1)]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                waiting.append((operand, depth + 1))
            case ast.Call(func=ast.Name(id=name), args=args):
                _check_call(node, name, shown)
                waiting += [(arg, depth + 1) for arg in args]
            case ast.Call(func=ast.Constant() | ast.BinOp() | ast.Call()):
                raise InputError(f"{shown}: a product needs its sign; write 2*(x), not 2(x)")
            case ast.Constant(value=value) if type(value) in (int, float):
                pass
            case ast.Name(id=name):
                if name in FUNCTIONS:
                    raise InputError(f"{shown}: {name} is a function; write {name}(...)")
            case _:
                kinds = [
                    type(node),
                    type(getattr(node, "op", None)),
                    type(getattr(node, "func", None)),
                ]
                advice = next((_ADVICE[kind] for kind in kinds if kind in _ADVICE), None)
                advice = (
                    advice or "only numbers, names, + - * / ** @, ( ) and functions can be used"
                )
                raise InputError(f"{shown}: {advice}")


def _check_call(call: ast.Call, name: str, shown: str) -> None:
    if name not in FUNCTIONS:
        similar = difflib.get_close_matches(name, FUNCTIONS, n=1)
        hint = f"did you mean {similar[0]}?" if similar else "there are: " + " ".join(FUNCTIONS)
        raise InputError(f"{shown}: {name} is not a function known here; {hint}")
    needed = FUNCTIONS[name][1]
    if call.keywords or len(call.args) != needed or any(type(a) is ast.Starred for a in call.args):
        pair = {"max": "; of two, maximum(x, y)", "min": "; of two, minimum(x, y)"}.get(name, "")
        wanted = ", ".join("xyz"[:needed])
        raise InputError(f"{shown}: {name} is written {name}({wanted}){pair}")


def _value(node: Any, variables: Mapping[str, Any], text: str) -> Any:
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return variables[name] if name in variables else CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_value(operand, variables, text))
        case ast.BinOp(op=op, left=left, right=right):
            function: Callable[..., Any] = _BINARY[type(op)]
            parts = [left, right]
        case ast.Call(func=ast.Name(id=name), args=parts):
            function = FUNCTIONS[name][0]
    values = [_value(part, variables, text) for part in parts]
    try:
        return function(*values)
    except (ValueError, TypeError, IndexError) as error:
        where = ast.get_source_segment(text.strip(), node) or text
        raise InputError(f"{quoted(where)} can't be computed: {one_line(error)}") from None
