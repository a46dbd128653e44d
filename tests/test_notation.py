"""Formulas: what is printed is what the rule computes, in a textbook's signs."""

import re
import time
import unicodedata
from collections import Counter
from xml.etree import ElementTree

import numpy as np
import pytest

from tinygrad_edu import Tensor, log_softmax, logsumexp, notation, relu, sigmoid, softmax, softplus
from tinygrad_edu.engine.rule import Local, title
from tinygrad_edu.notation import algebra, reading, terms
from tinygrad_edu.trace.of_rules import Traced, local_derivative, pullbacks


def made(shape, seed=0):
    return Tensor(np.random.default_rng(seed).uniform(0.1, 0.9, shape))


X, Y, W, V, S = made((3, 4)), made((3, 4), 1), made((4, 2), 2), made(4, 3), made((), 4)


def formulas(node):
    """The traced rule of each edge of a node."""
    if type(node.call.row) is Local:
        return [local_derivative(node, k) for k in range(len(node.parents))]
    return pullbacks(node, made(node.shape, 9).data)


# What is computed, and how the rule of each of its edges is written.
WRITTEN = [
    (X * Y, ["y", "x"]),
    (X / Y, ["1 / y", "−x / y²"]),
    (X - Y, ["1", "−1"]),
    (X**2, ["2x"]),
    (X**3, ["3x²"]),
    (X**2.5, ["2.5x^1.5"]),
    (X**-1, ["−x⁻²"]),
    (X**Y, ["y · x^(y − 1)", "out · log(x)"]),
    (np.sqrt(X), ["1 / (2√x)"]),
    (np.abs(X), ["sign(x)"]),
    (np.exp(X), ["out"]),
    (np.exp2(X), ["out · ln 2"]),
    (np.log(X), ["1 / x"]),
    (np.log10(X), ["1 / (x · ln 10)"]),
    (np.tanh(X), ["1 − out²"]),
    (np.tan(X), ["1 / cos(x)²"]),
    (np.cos(X), ["−sin(x)"]),
    (np.arcsin(X), ["1 / √((1 − x) · (1 + x))"]),
    (np.arctan(X), ["1 / (1 + x²)"]),
    (np.logaddexp(X, Y), ["σ(x − y)", "σ(y − x)"]),
    (sigmoid(X), ["out · (1 − out)"]),
    (softplus(X), ["σ(x)"]),
    (relu(X), ["[x > 0]"]),
    (np.maximum(X, 0.5), ["[x = out]"]),
    (np.clip(X, 0.2, 0.7), ["[x ≥ 0.2 and x ≤ 0.7]"]),
    (np.where(X.data > 0.5, X, Y), ["[x]", "[not x]"]),
    (X @ W, ["G @ yᵀ", "xᵀ @ G"]),
    (X @ V, ["G ⊗ y", "G @ x"]),
    (V @ W, ["y @ G", "x ⊗ G"]),
    (V @ V, ["G · y", "x · G"]),
    (np.dot(X, W), ["G @ yᵀ", "xᵀ @ G"]),
    (np.sum(X), ["G"]),
    (np.sum(X, axis=0), ["G"]),
    (np.sum(X, axis=1), ["G[:, None]"]),
    (np.mean(X), ["G / 12"]),
    (np.mean(X, axis=1), ["G[:, None] / 4"]),
    (np.max(X), ["G · [x = out]"]),
    (np.var(X, axis=0), ["2G · (x − mean(x, axis 0)) / 3"]),
    (np.std(X), ["G · (x − mean(x)) / (12 · out)"]),
    (softmax(X), ["out · (G − Σ(G · out, axis −1))"]),
    (log_softmax(X), ["G − softmax(x, axis −1) · Σ(G, axis −1)"]),
    (logsumexp(X), ["G · softmax(x, all axes)"]),
    (X[0], ["scatter(G, [0])"]),
    (X[:, 1:3], ["scatter(G, [:, 1:3])"]),
    (X.T, ["Gᵀ"]),
    (np.moveaxis(X, 0, 0), ["G"]),
    (np.reshape(X, (4, 3)), ["reshape(G, 3×4)"]),
    (np.broadcast_to(V, (3, 4)), ["G"]),
    (np.concatenate([X, Y]), ["G[0:3]", "G[3:6]"]),
    (np.stack([X, Y]), ["G[0]", "G[1]"]),
    (np.linalg.inv(W.T @ W), ["−outᵀ @ G @ outᵀ"]),
    (np.prod(X), ["f(G, x)"]),
]  # fmt: skip


@pytest.mark.parametrize(("node", "expected"), WRITTEN, ids=[title(n.op) for n, _ in WRITTEN])
def test_a_rule_reads_as_in_a_textbook(node, expected):
    assert [notation.text(formula) for formula in formulas(node)] == expected


LATEX = [
    (X / Y, [r"\frac{1}{y}", r"-\frac{x}{{y}^{2}}"]),
    (np.sqrt(S), [r"\frac{1}{2\,\sqrt{x}}"]),
    (sigmoid(X), [r"\mathrm{out} \odot \left(1 - \mathrm{out}\right)"]),
    (sigmoid(S), [r"\mathrm{out} \cdot \left(1 - \mathrm{out}\right)"]),
    (X @ W, [r"G\,{y}^{\top}", r"{x}^{\top}\,G"]),
    (X @ V, [r"G \otimes y", r"G\,x"]),
    (relu(X), [r"\left[x > 0\right]"]),
    (np.clip(S, 0, 1), [r"\left[x \geq 0\text{ and }x \leq 1\right]"]),
    (logsumexp(X), [r"G \cdot \mathrm{softmax}\left(x, \text{all axes}\right)"]),
    (np.sum(X**2), [r"G"]),
    (np.mean(X, axis=1), [r"\frac{G[\text{:, None}]}{4}"]),
]


@pytest.mark.parametrize(("node", "expected"), LATEX, ids=[title(n.op) for n, _ in LATEX])
def test_a_rule_as_latex(node, expected):
    assert [notation.latex(formula) for formula in formulas(node)] == expected


def said(text):
    """How often each letter and digit stands in a formula, whatever is above, below or around."""
    text = re.sub("ᵀ|Σ", "", text.replace("exp(", "e(").replace("zeros", "0").replace("ones", "1"))
    return Counter(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


@pytest.mark.parametrize(
    "node", [node for node, _ in WRITTEN], ids=[title(n.op) for n, _ in WRITTEN]
)
def test_mathml_is_well_formed_and_says_what_the_text_says(node):
    for formula in formulas(node):
        try:
            term = terms.top(notation.read(formula))
        except notation.TooLongError:  # the slope of a product of many
            continue
        root = ElementTree.fromstring(f"<math>{notation.MathML().write(term)}</math>")
        assert said("".join(root.itertext())) == said(notation.Plain().write(term))


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (terms.name("w12"), "<msub><mi>w</mi><mrow><mn>12</mn></mrow></msub>"),
        (terms.name("<b>&x"), "<mi>&lt;b&gt;&amp;x</mi>"),
        (terms.name("σ"), "<mi>σ</mi>"),
        (terms.number(-3), '<mo form="prefix">−</mo><mn>3</mn>'),
        (
            terms.number(1.5e-7),
            "<mn>1.5</mn><mo>·</mo><msup><mrow><mn>10</mn></mrow>"
            '<mrow><mo form="prefix">−</mo><mn>7</mn></mrow></msup>',
        ),
        (
            algebra.total([terms.name("x"), terms.name("y")], (1, -1)),
            "<mi>x</mi><mo>−</mo><mi>y</mi>",
        ),
        (
            algebra.quotient(terms.name("x"), terms.name("y")),
            "<mfrac><mrow><mi>x</mi></mrow><mrow><mi>y</mi></mrow></mfrac>",
        ),
    ],
)
def test_a_term_as_mathml(term, expected):
    assert notation.MathML().write(term) == expected


def test_variables_have_the_names_that_are_given():
    names = {"out": "output", "a0": "layer1", "a1": "weights2", "g": "∂L/∂z"}
    node = made((3, 4)) @ made((4, 2))
    assert [notation.text(f, names) for f in formulas(node)] == [
        "∂L/∂z @ weights2ᵀ",
        "layer1ᵀ @ ∂L/∂z",
    ]
    slope = local_derivative(sigmoid(S), 0)
    assert notation.text(slope, names) == "output · (1 − output)"
    assert notation.latex(slope, names).startswith(r"\mathrm{output}")


def test_a_name_may_be_a_term_which_is_bracketed_where_it_must_be():
    difference = algebra.total([terms.name("output"), terms.name("y")], (1, -1))
    assert notation.text(local_derivative(S**2, 0), {"a0": difference}) == "2(output − y)"
    assert notation.text(local_derivative(S * S, 0), {"a1": difference}) == "output − y"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("w1", "w_{1}"),
        ("w₁", "w_{1}"),
        ("w_1", "w_{1}"),
        ("weights2", r"\mathrm{weights2}"),
        ("σ", r"\sigma"),
        ("a_b", r"\mathrm{a\_b}"),
        ("50% {x}\\", r"\text{50％ ｛x｝∖}"),
        ("$x^2$", r"\text{＄xˆ2＄}"),
    ],
)
def test_names_in_latex_can_do_nothing(name, expected):
    assert notation.latex(Traced(np.float64(1), "a0"), {"a0": name}) == expected


# ---- a formula is the rule -----------------------------------------------------------------------
FUNCTIONS = {
    "σ": sigmoid,
    "softmax": lambda x, axis: softmax(x, axis),
    "mean": lambda x, axis=None: np.mean(x, axis=axis, keepdims=axis is not None),
    "scatter": lambda g, where: pytest.skip("an index has no value"),
    "reshape": lambda x, shape: np.reshape(x, shape),
}
SIGNS = {
    "=": np.equal,
    "≠": np.not_equal,
    "<": np.less,
    "≤": np.less_equal,
    ">": np.greater,
    "≥": np.greater_equal,
}


def evaluated(term, values):
    """What a term is, by NumPy, of the values of its variables."""
    parts = [evaluated(part, values) for part in term.parts]
    match term.kind:
        case "call" if function := FUNCTIONS.get(term.word) or getattr(np, term.word, None):
            return function(*parts)
        case "name" | "setting":
            word = term.word.replace("−", "-")
            if word.startswith("axis "):
                return int(word.removeprefix("axis "))
            if word == "all axes":
                return None
            if "×" in word:
                return tuple(map(int, word.split("×")))
            return word if word.startswith("[") else values[word]
        case "number":
            return complex(term.value) if isinstance(term.value, complex) else float(term.value)
        case "sum":
            return sum(sign * part for sign, part in zip(term.value, parts, strict=True))
        case "product":
            return np.prod(np.broadcast_arrays(*parts), axis=0)
        case "quotient":
            return parts[0] / parts[1]
        case "negative":
            return -parts[0]
        case "power":
            return parts[0] ** parts[1]
        case "matmul":
            return parts[0] @ parts[1]
        case "outer":
            return np.outer(*parts)
        case "transpose":
            return parts[0].mT
        case "lift":
            return np.expand_dims(parts[0], term.value)
        case "repeat":
            return np.broadcast_to(parts[0], term.shape)
        case "iverson":
            return np.multiply(parts[0], 1.0)
        case "relation":
            return SIGNS[term.word](*parts)
        case "logic" if len(parts) == 1:
            return np.logical_not(parts[0])
        case "logic":
            return {"and": np.logical_and, "or": np.logical_or}[term.word](*parts)
        case "total":
            return np.sum(parts[0], axis=term.value, keepdims=np.ndim(parts[0]) == len(term.shape))
    pytest.skip(f"not evaluated: {term.kind} {term.word}")


@pytest.mark.parametrize("node", [n for n, _ in WRITTEN], ids=[title(n.op) for n, _ in WRITTEN])
def test_a_formula_computes_what_the_rule_does(node):
    values = {"out": node.data, "G": made(node.shape, 9).data}
    values |= {"ln 2": np.log(2), "ln 10": np.log(10)}
    values |= dict(zip("xyz", node.call.args, strict=False))
    for formula in formulas(node):
        if not isinstance(formula, Traced):
            continue
        try:
            term = terms.top(reading.read(formula))
        except terms.TooLongError:
            pytest.skip("too long")
        found = np.broadcast_to(evaluated(term, values), formula.shape)
        np.testing.assert_allclose(found, formula.value, rtol=1e-13)


# ---- guards --------------------------------------------------------------------------------------
def test_a_guard_that_is_met_is_printed():
    """At a tie, or at 0 to the 0, the short formula would not be what was computed."""
    tie = np.maximum(Tensor([1.0, 2.0]), np.array([1.0, 0.0]))
    assert notation.text(local_derivative(tie, 0)) == "[x = out] / ([x = out] + [y = out])"
    zero = Tensor([0.0, 2.0]) ** Tensor([0.0, 2.0])
    assert "where" in notation.text(local_derivative(zero, 0))
    assert notation.text(local_derivative(relu(Tensor(np.nan)), 0)) == "[not x ≤ 0]"


# ---- limits --------------------------------------------------------------------------------------
def test_a_long_formula_gives_way_to_what_is_said_instead():
    (formula,) = formulas(np.prod(X))
    assert notation.text(formula, {"a0": "W"}) == "f(G, W)"
    assert notation.latex(formula, {"a0": "W"}) == r"f\left(G, W\right)"
    assert notation.text(formula, otherwise="prod_slope(G, x)") == "prod_slope(G, x)"
    assert notation.text(local_derivative(sigmoid(S), 0), longest=5) == "f(out)"


def test_what_is_used_twice_again_and_again_takes_no_time():
    """The tree of this graph has 2⁴⁰ leaves."""
    formula = Traced(np.float64(1), "a0")
    for _ in range(40):
        formula = np.sin(formula) * np.cos(formula)
    started = time.perf_counter()
    assert notation.text(formula) == "f(x)"
    for _ in range(3000):
        formula = np.sin(formula)
    assert notation.text(formula) == "f(x)"
    assert time.perf_counter() - started < 20
