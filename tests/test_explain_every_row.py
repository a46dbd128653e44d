"""Every row of the table can be explained: the terms add up, whatever the rule looks like."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tinygrad_edu import Tensor, explain
from tinygrad_edu.engine.backward import ordered
from tinygrad_edu.engine.rule import title

ROWS = [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in DOMAINS]


@pytest.mark.parametrize("domain", ROWS)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_terms_add_up(domain, data):
    case = data.draw(domain.cases())
    variables = [Tensor(a, name=f"a{k}") for k, a in enumerate(map(np.asarray, case.arrays))]
    out = case.call(*variables)
    if not isinstance(out, Tensor) or out.size == 0:
        return
    if any(node.dtype.kind == "c" for node in ordered(out)):  # refused, as a test of its own says
        return
    weights = np.random.default_rng(0).uniform(0.5, 1.5, out.shape)
    loss = np.sum(out * weights)
    loss.backward()
    for variable in variables:
        if variable.grad is None or variable.size == 0:
            continue
        explanation = explain(variable)
        assert explanation.agrees, str(explanation)
        np.testing.assert_array_equal(explanation.gradient, variable.grad)
        assert explanation._repr_latex_().startswith("$$")
        index = tuple(n // 2 for n in variable.shape)
        try:
            element = explain(variable, index=index)
        except np.linalg.LinAlgError:  # it flows into columns that have no derivative
            continue
        assert element.agrees, str(element)
        assert element.gradient == variable.grad[index]
