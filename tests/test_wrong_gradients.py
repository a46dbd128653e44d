"""Every kind of wrong gradient is caught, and diagnosed; its correct twin never is."""

import importlib
import pkgutil
import re

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import tests.wrong_gradients
from tinygrad_edu.testing import check_vjp

CASES = {
    name: importlib.import_module(f"tests.wrong_gradients.{name}")
    for _, name, _ in pkgutil.iter_modules(tests.wrong_gradients.__path__)
}
NO_SHRINKING = {
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow],
}


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("name", CASES)
def test_a_wrong_gradient_is_caught_within_100_examples(name, number):
    case = CASES[name]

    @seed(number)
    @settings(max_examples=100, report_multiple_bugs=False, **NO_SHRINKING)
    @given(case.ARGUMENTS)
    def check(args):
        check_vjp(case.forward, case.wrong, *args)

    with pytest.raises(case.ERROR) as caught:
        check()
    if case.DIAGNOSIS is not None:
        assert re.search(case.DIAGNOSIS, str(caught.value), re.DOTALL), str(caught.value)


@pytest.mark.parametrize("name", CASES)
def test_its_correct_twin_is_never_flagged(name):
    case = CASES[name]

    @seed(0)
    @settings(**NO_SHRINKING)
    @given(case.ARGUMENTS)
    def check(args):
        check_vjp(case.forward, case.right, *args)

    check()
