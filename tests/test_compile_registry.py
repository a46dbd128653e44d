"""compile(f): equal to the eager function, on every operation of the registry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tinygrad_edu import Tensor, compile, vjp
from tinygrad_edu.engine.rule import title
from tinygrad_edu.kit.pytree import flatten

# What they do depends on values, and which values it says when it refuses.
REFUSED = {
    *("np.median", "np.quantile", "np.percentile", "np.nanmedian", "np.nanquantile"),
    *("np.nanpercentile", "np.average", "np.geomspace", "np.polydiv", "np.polymul", "np.pad"),
    *("np.real_if_close", "np.lib.scimath.sqrt", "np.lib.scimath.log", "np.lib.scimath.log2"),
    *("np.lib.scimath.logn", "np.lib.scimath.log10", "np.lib.scimath.power"),
    *("np.lib.scimath.arccos", "np.lib.scimath.arcsin", "np.lib.scimath.arctanh"),
}

few = settings(max_examples=max(3, settings.default.max_examples // 10))


def value_and_pullback(case, g):
    """The result of a call of the case, and what its pullback gives for `g`."""

    def f(*arrays):
        value, pullback = vjp(case.call, *arrays)
        return value, pullback(g)

    return f


def eagerly(case, *arrays):
    """The result as an array; it says whether anything varies in it."""
    result = case.call(*(Tensor(a) for a in arrays))
    return result if isinstance(result, Tensor) else None


def is_refused(fast, arrays, words):
    """Some calls of these look at values, and some don't."""
    try:
        fast(*arrays)
    except TypeError as error:
        if words not in str(error):
            raise
        return True
    return False


@pytest.mark.parametrize(
    "domain", [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in DOMAINS]
)
@few
@given(data=st.data())
def test_every_operation_is_compiled_to_what_it_is(domain, data):
    case = data.draw(domain.cases())
    out = eagerly(case, *case.arrays)
    if out is None:
        return
    g = np.random.default_rng(0).uniform(-1, 1, out.shape).astype(out.dtype)
    f = value_and_pullback(case, g)
    fast = compile(f)
    course = f"in the course of {title(domain.op)}"
    if title(domain.op) in REFUSED and is_refused(fast, case.arrays, course):
        return
    for scale in (1, 1, 1 + 2**-10):
        arrays = [(a * scale).astype(a.dtype) for a in case.arrays]
        found, expected = flatten(fast(*arrays)), flatten(f(*arrays))
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert np.shape(one) == np.shape(other)
            assert np.asarray(one).dtype == np.asarray(other).dtype
            tolerance = 1e-9 if np.asarray(other).dtype.itemsize >= 8 else 1e-4
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=1e-12)
    assert fast.fallbacks == 0
