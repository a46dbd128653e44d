"""Hypothesis profiles: `quick` while working, `thorough` and repeatable in CI.

`HYPOTHESIS_PROFILE=thorough pytest` chooses one by hand.
"""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# On a busy machine drawing may be slow, and that says nothing of the strategies.
anywhere = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", anywhere, max_examples=10, derandomize="CI" in os.environ)
settings.register_profile("thorough", anywhere, max_examples=20, derandomize=True, print_blob=True)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "thorough" if os.environ.get("CI") else "quick")
)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as where a shell started this with &
    signal.signal(signal.SIGINT, signal.default_int_handler)

collect_ignore = ["domains"]  # tables, which pytest would import a second time to look for doctests


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With -n: idle workers take tests from busy ones, as some take much longer than others."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
