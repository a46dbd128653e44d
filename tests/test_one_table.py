"""Every function that NumPy lets a class override stands in the table, once, and keeps its word."""

import importlib
import inspect
import operator

import numpy as np
import pytest
from numpy.testing import overrides

from tests.domains import CALLS, A
from tests.domains.cases import joined
from tests.domains.creation import BY_LIKE
from tinygrad_edu import Tensor
from tinygrad_edu.engine.rule import (
    TABLE,
    Composed,
    Constant,
    Local,
    Pullback,
    Refused,
    Several,
    constant,
    lookup,
    title,
)

for lazily_loaded in ("char", "fft", "lib.recfunctions", "ma", "polynomial", "rec", "strings"):
    importlib.import_module(f"numpy.{lazily_loaded}")  # or they are not in the count below
OVERRIDABLE = (
    overrides.get_overridable_numpy_ufuncs() | overrides.get_overridable_numpy_array_functions()
)
OURS = [op for op in TABLE if not title(op).startswith("scipy.")]  # those wait for SciPy
KINDS = (Local, Pullback, Several, Composed, Constant, Refused)


def names(function):
    return title(function)


def of_kind(*kinds):
    ops = sorted((op for op in OURS if isinstance(TABLE[op], kinds)), key=names)
    return pytest.mark.parametrize("op", ops, ids=names)


def test_every_overridable_function_has_a_row_of_one_of_the_five_kinds():
    rows = {title(op): lookup(op) for op in OVERRIDABLE}
    assert sorted(name for name, row in rows.items() if not isinstance(row, KINDS)) == []
    assert all(lookup(op).op in (op, getattr(np, op.__name__, op)) for op in OVERRIDABLE)


def test_a_function_cannot_have_two_rows():
    with pytest.raises(ValueError, match=r"np\.sum already has a row of kind Pullback"):
        constant("sum")


def test_rows_are_of_numpys_functions_or_our_own():
    others = {op for op in OURS if op not in OVERRIDABLE and not op.__module__.startswith("numpy")}
    assert {op.__module__.split(".")[0] for op in others} <= {"tinygrad_edu", "_operator"}


# ---- arguments: understood, or refused by name ---------------------------------------------------

VALUES = {  # for NumPy's optional arguments, something other than the default
    "where": np.array([[True, False], [True, True]]),
    "out": np.zeros((2, 2)), "dtype": np.float32, "order": "F", "casting": "unsafe",
    "subok": False, "initial": 7.0, "keepdims": True, "axis": 1, "ddof": 1, "correction": 1,
    "mean": np.array(9.0), "copy": False, "device": "cpu", "axes": (0, 1), "optimize": True,
    "min": 1.0, "max": 1.5, "signature": "dd->d", "shape": (4,),
}  # fmt: skip
UFUNC_OPTIONS = ("where", "out", "dtype", "order", "casting", "subok")


def arguments(op):
    return CALLS.get(op, (A,) * (op.nin if isinstance(op, np.ufunc) else 1))


def on_tensors(args):
    """The same arguments with Tensors for the arrays of numbers."""
    if isinstance(args, list | tuple):
        return type(args)(on_tensors(arg) for arg in args)
    return Tensor(args) if isinstance(args, np.ndarray) and args.dtype.kind == "f" else args


def options():
    rules = (op for op in OURS if isinstance(TABLE[op], Local | Pullback | Several | Composed))
    for op in sorted(rules, key=names):
        if op in BY_LIKE:
            continue  # test_creation.py has their arguments
        if isinstance(op, np.ufunc):
            found = UFUNC_OPTIONS
        elif op.__module__.startswith("numpy"):
            try:
                own = inspect.signature(op).parameters
            except ValueError:  # a C function without a text signature
                own = {}
            found = [name for name in (*own, "where", "out", "dtype", "order") if name in VALUES]
        else:
            continue
        for name in dict.fromkeys(found):
            yield pytest.param(op, name, id=f"{title(op)}-{name}")


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
@pytest.mark.filterwarnings("ignore:bias and ddof have no effect")  # NumPy 2.3 and older
@pytest.mark.parametrize(("op", "option"), list(options()))
def test_no_argument_is_swallowed(op, option):
    """An optional argument does what it does in NumPy, or is refused by its name."""
    given = {option: VALUES[option]}
    args = arguments(op)
    try:
        expected = op(*args, **given)
    except (TypeError, ValueError):
        expected = None  # NumPy itself has no such argument, or not besides the others
    try:
        found = op(*on_tensors(args), **given)
    except (TypeError, ValueError) as error:
        assert option in str(error)  # noqa: PT017
    else:
        assert expected is not None, f"{option}= was ignored"
        if isinstance(expected, list | tuple):
            assert type(found) is type(expected)
            expected, found = joined(expected), joined(found)
        np.testing.assert_allclose(found.data, expected)
        assert found.dtype == expected.dtype


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.sum(t, None, None, np.zeros(())), r"np\.sum: the argument out="),
        (lambda t: np.sum(t, where=t), r"np\.sum: the argument where= is a constant here.*t\.data"),
        (lambda t: np.max(t, initial=t[0, 0]), r"np\.max: the argument initial= is a constant"),
        (lambda t: t.sum(0, None, np.zeros(2)), r"np\.sum: the argument out="),
        (lambda t: np.median(t, overwrite_input=True), r"np\.median: .*overwrite_input="),
        (lambda t: np.sort(t, order="f"), r"np\.sort: the argument order='f'"),
        (lambda t: np.reshape(t, 4, order="A"), r"np\.reshape .*order='A' depends"),
        (lambda t: np.ravel(t, "K"), r"np\.ravel .*order='K' depends"),
        (lambda t: np.exp(t, where=A > 1), r"np\.exp: the argument where="),
        (lambda t: np.exp(t, out=np.zeros((2, 2))), "would write"),
        (lambda t: np.add(t, A, dtype=np.float32), r"np\.add: the argument dtype="),
        (lambda t: np.stack([t, t], dtype=int, casting="unsafe"), r"np\.stack gives .*dtype int"),
        (lambda t: np.einsum("ij->i", t, dtype=np.float32), r"np\.einsum: .*dtype"),
        (lambda t: np.clip(t, 0, 1, out=A), "out="),
        (lambda t: np.dot(t, t, out=np.zeros((2, 2))), r"np\.dot: the argument out="),
        (lambda t: t.reshape(4, order="A"), r"np\.reshape .*order='A' depends"),
        (lambda t: t.flatten("A"), r"np\.ravel .*order='A' depends"),
        (lambda t: t.ravel(order="K"), r"np\.ravel .*order='K' depends"),
        (lambda t: t.take([0], out=np.zeros(1)), r"np\.take: the argument out="),
    ],
)  # fmt: skip
def test_the_refusal_of_an_argument_names_function_and_argument(call, message):
    with pytest.raises(TypeError, match=message):
        call(Tensor(A))


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.sum(t, axis=None, dtype=None, out=None),
        lambda t: np.sum(t, None, None, None),
        lambda t: np.reshape(t, (4,), order="C"),
        lambda t: np.ravel(t, "C"),
        lambda t: np.mean(t, keepdims=False),
        lambda t: np.einsum("ij->i", t, out=None, optimize=False),
    ],
)
def test_numpys_defaults_may_be_written_out(call):
    np.testing.assert_array_equal(call(Tensor(A)).data, call(A))


# ---- constants -----------------------------------------------------------------------------------

CONSTANT_CALLS = {
    "np.isnat": None,  # only of dates
    "np.lexsort": ((A,),), "np.digitize": (A, np.array([0.0, 1.0, 2.0])),
    "np.searchsorted": (np.array([0.0, 1.0, 2.0]), A), "np.argpartition": (A, 1),
    "np.isin": (A, [1.25, 0.5]), "np.can_cast": None, "np.einsum_path": ("ij,jk->ik", A, A),
    "np.unravel_index": None, "np.ravel_multi_index": None,  # of integers
    "np.round": (A, 1), "np.around": (A, 1),
    **dict.fromkeys(  # called for the sake of `like`: test_creation.py
        ("np.empty", "np.zeros", "np.ones", "np.eye", "np.identity", "np.tri", "np.fromfunction")
    ),
    "lengths_outside": (A[0], (0.75, 2.0), A, 0, False),
    "spread_lost": (np.std(A, axis=0), A, np.mean(A, axis=0), 0, False, True),
    "size_of": None,  # it varies, and cancels: what is divided by it is multiplied by it as well
    "np.empty_like": None, "np.shares_memory": (A, A.copy()), "np.may_share_memory": (A, A.copy()),
}  # fmt: skip
PRINTED = ("array2string", "array_repr", "array_str", "einsum_path")  # text
PAIRS = ("isclose", "allclose", "array_equal", "array_equiv", "result_type")


@pytest.mark.filterwarnings("ignore:numpy.* is deprecated:DeprecationWarning")  # np.fix, by NumPy
@of_kind(Constant)
def test_a_constant_takes_tensors_and_gives_arrays_with_numpys_values(op):
    args = CONSTANT_CALLS.get(
        title(op), (A,) * (op.nin if isinstance(op, np.ufunc) else 2 if op.__name__ in PAIRS else 1)
    )
    if args is None:
        return
    expected, found = op(*args), op(*on_tensors(args))
    assert type(found) is type(expected)
    parts = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    for one, other in parts:
        assert not isinstance(one, Tensor)
        if isinstance(one, list):
            assert one == other
        else:
            np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:numpy.* is deprecated:DeprecationWarning")  # np.fix, by NumPy
@of_kind(Constant)
def test_a_constant_does_not_vary_when_its_arguments_do_a_little(op):
    args = CONSTANT_CALLS.get(
        title(op), (A,) * (op.nin if isinstance(op, np.ufunc) else 2 if op.__name__ in PAIRS else 1)
    )
    if args is None or op.__name__ in PRINTED:
        return
    before, after = (
        op(*(a + step if isinstance(a, np.ndarray) else a for a in args))
        for step in (1e-2, 1e-2 + 1e-9)  # away from the halves, where numbers are rounded
    )
    parts = zip(before, after, strict=True) if isinstance(before, tuple) else [(before, after)]
    for one, other in parts:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
)
def test_comparisons_give_plain_booleans(compare):
    t = Tensor(A)
    for other in (1.25, A, A.T, Tensor(A.T)):
        plain = other.data if isinstance(other, Tensor) else other
        assert isinstance(compare(t, other), np.ndarray)
        np.testing.assert_array_equal(compare(t, other), compare(A, plain))
        np.testing.assert_array_equal(compare(other, t), compare(plain, A))


def test_a_constant_has_no_gradient_and_the_rest_keeps_its_own():
    t = Tensor(A)
    np.sum(t * np.floor(t)).backward()
    np.testing.assert_array_equal(t.grad, np.floor(A))


# ---- refusals ------------------------------------------------------------------------------------


@of_kind(Refused)
def test_a_refused_function_names_itself_and_the_reason(op):
    t = Tensor(A)
    args = (t,) * op.nin if isinstance(op, np.ufunc) else (op, (Tensor,), (t,), {})
    with pytest.raises(TypeError) as error:
        (op if isinstance(op, np.ufunc) else t.__array_function__)(*args)
    assert str(error.value) == f"{title(op)} of a Tensor: {TABLE[op].reason}"


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda t: np.copyto(A.copy(), t), "np.where"),
        (lambda t: np.put(t, [0], 1.0), "np.concatenate"),
        (lambda t: np.gcd(t, 2), "t.data.astype"),
        (lambda t: np.unique(t), "t.data"),
        (lambda t: np.save("never.npy", t), "t.data"),
        (lambda t: np.char.equal(t, "a"), r"np\.char\.equal of a Tensor: it works on text"),
        (lambda t: np.add.at(A.copy(), [0], t), r"np\.add\.at of a Tensor: .* np\.where"),
        (lambda t: np.gcd.reduce(t), r"np\.gcd\.reduce of a Tensor: it works on integers"),
        (lambda t: np.arange(3, like=t), r"start \+ step \* np\.arange"),
        (lambda t: np.fill_diagonal(t, 1.0), r"np\.where\(np\.eye"),
    ],
)
def test_a_refusal_says_what_to_write_instead(call, remedy):
    with pytest.raises(TypeError, match=remedy):
        call(Tensor(A))


def test_records_are_refused_too():
    from numpy.lib import recfunctions

    with pytest.raises(TypeError, match="records"):
        recfunctions.drop_fields(Tensor(A), "a")


def test_an_unknown_function_is_refused():
    with pytest.raises(TypeError, match="unknown to this version"):
        Tensor(A).__array_function__(len, (Tensor,), (), {})
