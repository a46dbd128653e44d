"""Every op of the table against JAX and PyTorch, on the very calls that the tests draw.

Values, gradients with random cotangents, and second derivatives, real and complex. The frameworks
are no requirement of the tests, so this is not part of them. Where there are some of jax and torch:

    python tests/oracles/numpy_functions.py [--examples 8] [--only PATTERN] [--oracle jax]

An op is looked up in the framework by its own name (``np.linalg.inv`` is ``jnp.linalg.inv``), and
called with the same arguments. What a framework lacks or does not take is counted, not hidden.
"""

import argparse
import functools
import importlib
import importlib.util
import operator
import re
import sys
import time
import types
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.domains import DOMAINS, Case
from tests.domains.cases import _varies
from tinygrad_edu import Tensor
from tinygrad_edu.engine.rule import TABLE, title
from tinygrad_edu.kit.pytree import flatten, unflatten

RTOL = 1e-7
OUR_NAMES = {  # ours and Python's, where a framework has them under another name
    "sigmoid": ("jax.nn.sigmoid", "torch.sigmoid"),
    "softplus": ("jax.nn.softplus", "torch.nn.functional.softplus"),
    "relu": ("jax.nn.relu", "torch.relu"),
    "softmax": ("jax.nn.softmax", "torch.softmax"),
    "log_softmax": ("jax.nn.log_softmax", "torch.log_softmax"),
    "logsumexp": ("jax.scipy.special.logsumexp", "torch.logsumexp"),
    "indexing": ("operator.getitem", "operator.getitem"),
    "np.amax": ("jax.numpy.max", "torch.amax"),
    "np.amin": ("jax.numpy.min", "torch.amin"),
    "np.max": ("jax.numpy.max", "torch.amax"),
    "np.min": ("jax.numpy.min", "torch.amin"),
    "np.power": ("jax.numpy.power", "torch.pow"),
    "np.conjugate": ("jax.numpy.conjugate", "torch.conj"),
    "np.linalg.norm": ("jax.numpy.linalg.norm", "torch.linalg.norm"),
}

TORCH_KEYWORDS = {
    "ddof": "correction", "axis": "dim", "keepdims": "keepdim", "axis1": "dim1", "axis2": "dim2",
}  # fmt: skip
TORCH_AXES = {"np.tensordot": "dims", "np.linalg.tensordot": "dims"}  # elsewhere "dim"
# They read one triangle of a matrix that is taken to be Hermitian, and frameworks differ in how the
# gradient is spread over the two: only what it says of Hermitian changes is the same.
HERMITIAN = {"np.linalg.cholesky", "np.linalg.eigh", "np.linalg.eigvalsh"}
KNOWN = {  # where a framework is wrong, as finite differences show
    ("torch", "np.power", "second derivative"): "of x**0 in base and exponent, 1 / x, it gives 0",
    ("torch", "np.float_power", "second derivative"): "the same",
    ("torch", "np.ldexp", "gradient"): "its slope 2**n is 0 for negative n, a power of integers",
    ("jax", "np.sign", "gradient"): "z / |z| is no constant, as the sign of real numbers is",
    ("jax", "np.sign", "second derivative"): "the same",
    ("jax", "np.linalg.lstsq", "value"): "it gives residuals where NumPy gives none",
    ("jax", "scipy.special.boxcox", "gradient"): "in the power 0 it gives 0, not log(x)**2 / 2",
    ("jax", "scipy.special.i0", "gradient"): "at 0 it gives 1, not i1(0) = 0",
    (
        "jax",
        "scipy.special.fresnel",
        "second derivative",
    ): "at 1 and -1, where it changes series, it gives 0",
    ("jax", "scipy.special.hyp2f1", "value"): "below -1 its series diverges",
}


# ---- the calls -----------------------------------------------------------------------------------


def drawn(domain, count):
    """Calls that the domain draws: the same ones in every run."""
    cases = []

    @seed(0)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(domain.cases())
    def collect(case):
        cases.append(case)

    collect()
    return cases


def made_complex(case, rng):
    """The arrays of the case with imaginary parts; None if NumPy takes no complex numbers here."""
    arrays = [a + 1j * rng.uniform(0.2, 1.5, a.shape) for a in case.arrays]
    try:
        with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
            case.call(*arrays)
    except Exception:
        return None
    return arrays


def results(case, arrays):
    """The results of a call, one or several, with these in place of the arrays that vary."""
    varying = iter(arrays)
    leaves = [next(varying) if _varies(leaf) else leaf for leaf in flatten(case.args)]
    out = case.op(*unflatten(case.args, leaves), **case.kwargs)
    parts = out if isinstance(out, tuple | list) else [out]
    return [part for part in parts if getattr(part, "dtype", None) is not None]


def hermitian(name, case, arrays):
    """The Hermitian parts of arrays, for the functions that take them to be so."""
    if name not in HERMITIAN and not case.kwargs.get("hermitian"):
        return arrays
    return [(a + np.conj(np.swapaxes(a, -1, -2))) / 2 for a in map(np.asarray, arrays)]


def respelled(function, np_):
    """A function of the tests' own, with another library in the place of NumPy."""
    where = dict(function.__globals__)
    for name, value in function.__globals__.items():
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            where[name] = types.FunctionType(
                value.__code__, where, name, value.__defaults__, value.__closure__
            )
    where["np"] = np_
    again = types.FunctionType(
        function.__code__, where, function.__name__, function.__defaults__, function.__closure__
    )
    again.__kwdefaults__ = function.__kwdefaults__
    return again


# ---- three who differentiate: the gradients of Re <conj g, out>, to the second order -------------


class Ours:
    """This package."""

    @staticmethod
    def value(case, arrays):
        return [
            (np.asarray(part.data), True) if isinstance(part, Tensor) else (np.asarray(part), False)
            for part in results(case, map(Tensor, arrays))
        ]

    @staticmethod
    def gradients(case, arrays, g, directions=None):
        """The gradients in the arrays; or, along directions, the gradients of their product."""
        variables = [Tensor(a) for a in arrays]
        outs = [part for part in results(case, variables) if isinstance(part, Tensor)]
        loss = total((out, weight) for out, weight in zip(outs, g, strict=True))
        loss.backward(create_graph=directions is not None)
        if directions is None:
            return [np.zeros(v.shape) if v.grad is None else v.grad for v in variables]
        first = [v.grad for v in variables]
        for v in variables:
            v.grad = None
        pairs = [
            (gradient, direction)
            for gradient, direction in zip(first, directions, strict=True)
            if isinstance(gradient, Tensor)
        ]
        if pairs:
            total(pairs).backward()
        return [np.zeros(v.shape) if v.grad is None else v.grad for v in variables]


def total(pairs):
    """The sum of Re(conj(weight) out) over the pairs."""
    return sum(np.sum(np.real(out * np.conj(weight))) for out, weight in pairs)


class Jax:
    """JAX, whose gradients in complex numbers are the conjugates of ours."""

    name = "jax"

    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_numpy_dtype_promotion", "standard")
        self.jax = jax

    def function(self, op):
        if op not in TABLE and isinstance(op, types.FunctionType):
            return respelled(op, self.jax.numpy)
        name = title(op)
        path = OUR_NAMES[name][0] if name in OUR_NAMES else None
        if path is None and name.startswith("np."):
            path = "jax.numpy." + name[3:]
        elif path is None and name.startswith("scipy."):
            path = "jax." + name
        return found(path)

    def value(self, case, arrays):
        return [np.asarray(part) for part in results(case, map(self._array, arrays))]

    def _array(self, a):
        return self.jax.numpy.asarray(a)

    def _first(self, case, g, kept, arrays):
        jnp = self.jax.numpy

        def loss(arrays):
            outs = results(case, arrays)
            pairs = [(outs[k], weight) for k, weight in zip(kept, g, strict=True)]
            return sum(jnp.sum(jnp.real(out * np.conj(weight))) for out, weight in pairs)

        return [jnp.conj(each) for each in self.jax.grad(loss)(arrays)]

    def gradients(self, case, arrays, g, kept, directions=None):
        jnp = self.jax.numpy
        arrays = [self._array(a) for a in arrays]
        if directions is None:
            return [np.asarray(each) for each in self._first(case, g, kept, arrays)]

        def product(arrays):
            first = self._first(case, g, kept, arrays)
            return sum(
                jnp.sum(jnp.real(gradient * np.conj(direction)))
                for gradient, direction in zip(first, directions, strict=True)
            )

        return [np.asarray(jnp.conj(each)) for each in self.jax.grad(product)(arrays)]


class Torch:
    """PyTorch, whose functions of NumPy's names are often not NumPy's: only equal values count."""

    name = "torch"

    def __init__(self):
        import torch

        self.torch = torch

    def function(self, op):
        name = title(op)
        if name in OUR_NAMES:
            return found(OUR_NAMES[name][1])
        if name.startswith("np."):
            return found("torch." + name[3:])
        return found("torch.special." + name.rpartition(".")[2])

    def _call(self, case, leaves):
        constants = [
            leaf
            if _varies(leaf) or not isinstance(leaf, np.ndarray | float)
            else self.torch.tensor(leaf)
            for leaf in flatten(case.args)
        ]
        names = TORCH_KEYWORDS | {"axes": TORCH_AXES.get(case.name, "dim")}
        kwargs = {names.get(name, name): value for name, value in case.kwargs.items()}
        return results(Case(case.op, unflatten(case.args, constants), kwargs), leaves)

    def value(self, case, arrays):
        return [p.numpy(force=True) for p in self._call(case, map(self.torch.tensor, arrays))]

    def gradients(self, case, arrays, g, kept, directions=None):
        torch = self.torch
        leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
        outs = self._call(case, leaves)

        def product(pairs):
            return sum(torch.sum(torch.real(o * torch.tensor(np.conj(w)))) for o, w in pairs)

        loss = product((outs[k], weight) for k, weight in zip(kept, g, strict=True))
        again = directions is not None
        first = torch.autograd.grad(loss, leaves, create_graph=again, allow_unused=True)
        if again:
            pairs = [
                (gradient, direction)
                for gradient, direction in zip(first, directions, strict=True)
                if gradient is not None and gradient.requires_grad
            ]
            if not pairs:
                return [np.zeros(a.shape) for a in arrays]
            first = torch.autograd.grad(product(pairs), leaves, allow_unused=True)
        return [
            np.zeros(a.shape) if gradient is None else gradient.numpy(force=True)
            for a, gradient in zip(arrays, first, strict=True)
        ]


@functools.cache
def found(path):
    """The object of that dotted name, None if there is none."""
    if path is None:
        return None
    root, *names = path.split(".")
    try:
        value = operator if root == "operator" else importlib.import_module(root)
        for name in names:
            try:
                value = getattr(value, name)
            except AttributeError:
                value = importlib.import_module(f"{value.__name__}.{name}")
    except (ImportError, AttributeError, TypeError):
        return None
    return value if callable(value) else None


# ---- comparing -----------------------------------------------------------------------------------


@dataclass
class Tally:
    """What became of the calls of one op."""

    counts: Counter = field(default_factory=Counter)
    notes: dict = field(default_factory=dict)

    def add(self, kind, note=""):
        self.counts[kind] += 1
        self.notes.setdefault(kind, note)


def differing(ours, theirs):
    """How two lists of arrays differ: None, or a kind and a note."""
    for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        one, other = np.asarray(one), np.asarray(other)
        if one.shape != other.shape:
            return "differs", f"shapes {one.shape} and {other.shape} of array {k}"
        finite = np.isfinite(one) & np.isfinite(other)
        scale = np.max(np.abs(other[finite]), initial=1e-3)
        off = finite & ~np.isclose(one, other, rtol=RTOL, atol=RTOL * scale)
        if np.any(off):
            at = tuple(int(i[0]) for i in np.nonzero(off)) if off.ndim else ()
            return "differs", f"array {k}{list(at)}: ours {one[at]:.10g}, theirs {other[at]:.10g}"
        lost = ~np.isfinite(one) & np.isfinite(other)
        if np.any(lost):
            return "ours not finite", f"array {k}: ours {one[lost][0]}, theirs {other[lost][0]}"
        if np.any(np.isfinite(one) & ~np.isfinite(other)):
            return "theirs not finite", f"array {k}"
    return None


def compare(oracle, name, case, arrays, tally, rng, label, second):
    """One call of the op of this name: value, gradient, and second derivative."""
    theirs = Case(oracle.function(case.op), case.args, case.kwargs)
    theirs.name = name
    arrays = hermitian(name, case, arrays)
    try:
        ours = Ours.value(case, arrays)
    except TypeError as error:
        tally.add(f"{label}: refused here", first_line(error))
        return
    kept = [k for k, (_, varies) in enumerate(ours) if varies]
    if not kept:
        return
    try:
        values = oracle.value(theirs, arrays)
    except Exception as error:
        tally.add(f"{label}: not taken there", first_line(error))
        return
    if len(values) != len(ours):
        tally.add(f"{label}: another function there")
        return
    kind = differing([value for value, _ in ours], values)
    if kind is not None and kind[0] != "theirs not finite":
        known = KNOWN.get((oracle.name, name, "value"))
        if known:
            tally.add(f"{label}: value known to be wrong there", known)
        elif oracle.name == "jax":
            tally.add(f"{label}: value {kind[0]}", kind[1])
        else:
            tally.add(f"{label}: another function there", kind[1])
        return
    tally.add(f"{label}: values")
    g = [weights(rng, ours[k][0]) for k in kept]
    directions = hermitian(name, case, [weights(rng, a) for a in arrays])
    for order, along in ((1, None), (2, directions))[: 2 if second else 1]:
        what = "gradient" if order == 1 else "second derivative"
        try:
            expected = oracle.gradients(theirs, arrays, g, kept, along)
        except Exception as error:
            tally.add(f"{label}: {what} not taken there", first_line(error))
            return
        try:
            with np.errstate(all="ignore"):
                got = Ours.gradients(case, arrays, g, along)
        except Exception as error:
            tally.add(f"{label}: {what} raises here", first_line(error))
            return
        kind = differing(hermitian(name, case, got), hermitian(name, case, expected))
        known = KNOWN.get((oracle.name, name, what))
        if kind is None:
            tally.add(f"{label}: {what}s")
        elif kind[0] == "differs" and known:
            tally.add(f"{label}: {what} known to be wrong there", known)
        else:
            shapes = [a.shape for a in arrays]
            tally.add(f"{label}: {what} {kind[0]}", f"{kind[1]}; shapes {shapes} {case.kwargs}")


def weights(rng, like):
    drawn = rng.uniform(-2, 2, like.shape)
    return drawn + 1j * rng.uniform(-2, 2, like.shape) if like.dtype.kind == "c" else drawn


def first_line(error):
    return (
        f"{type(error).__name__}: {str(error).strip().splitlines()[0][:110]}"
        if str(error).strip()
        else type(error).__name__
    )


# ---- the summary ---------------------------------------------------------------------------------

AGREE = ("values", "gradients", "second derivatives")
FINDINGS = ("differs", "ours not finite", "raises here")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=8, help="calls an op")
    parser.add_argument("--second", type=int, default=3, help="of these, to the second order")
    parser.add_argument("--only", default="", help="ops whose name matches this pattern")
    parser.add_argument("--oracle", choices=["jax", "torch"], action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    domains = list(DOMAINS)
    if importlib.util.find_spec("scipy"):
        from tests.domains.special import SPECIAL

        domains += SPECIAL
    domains = [d for d in domains if re.search(options.only, title(d.op))]
    bad = False
    for name, oracle_class in (("jax", Jax), ("torch", Torch)):
        if options.oracle and name not in options.oracle:
            continue
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed\n")
            continue
        bad |= run(oracle_class(), domains, options)
    raise SystemExit(bad)


def run(oracle, domains, options):
    """Compare all domains with one framework, print what came of it; whether anything differs."""
    started = time.perf_counter()
    tallies = defaultdict(Tally)
    lacking = set()
    for domain in domains:
        name = title(domain.op)
        if oracle.function(domain.call or domain.op) is None:
            lacking.add(name)
            continue
        rng = np.random.default_rng(0)
        for k, case in enumerate(drawn(domain, options.examples)):
            if not case.arrays:
                continue
            second = k >= options.examples - options.second
            compare(oracle, name, case, case.arrays, tallies[name], rng, "real", second)
            arrays = made_complex(case, rng)
            if arrays is not None:
                compare(oracle, name, case, arrays, tallies[name], rng, "complex", second)
    return report(oracle, tallies, lacking, time.perf_counter() - started)


def report(oracle, tallies, lacking, seconds):
    counts = sum((tally.counts for tally in tallies.values()), Counter())
    compared = [n for n, t in tallies.items() if any(k.endswith("gradients") for k in t.counts)]
    print(f"== {oracle.name}: {len(compared)} ops compared in {seconds:.0f} s")
    for label in ("real", "complex"):
        agreed = [f"{counts[f'{label}: {kind}']} {kind}" for kind in AGREE]
        print(f"{label}: equal {', '.join(agreed)}")
    kinds = sorted({k for k in counts if not k.endswith(AGREE)}, key=_severity)
    for kind in kinds:
        print(f"-- {kind}: {counts[kind]} calls")
        for name, tally in sorted(tallies.items()):
            if kind in tally.counts:
                print(f"   {name} ({tally.counts[kind]}): {tally.notes[kind]}")
    print(f"-- no such function there ({len(lacking)}): {', '.join(sorted(lacking))}\n")
    return any(kind.endswith(FINDINGS) for kind in kinds)


def _severity(kind):
    return (not kind.endswith(FINDINGS), kind)


if __name__ == "__main__":
    main()
