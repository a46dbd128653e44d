"""Hypothesis profiles: `quick` while working, `thorough` and repeatable in CI.

`HYPOTHESIS_PROFILE=thorough pytest` chooses one by hand.
"""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile(
    "thorough", max_examples=100, deadline=None, derandomize=True, print_blob=True
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "thorough" if os.environ.get("CI") else "quick")
)

collect_ignore = ["domains"]  # tables, which pytest would import a second time to look for doctests
