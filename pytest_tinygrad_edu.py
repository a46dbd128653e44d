"""The pytest plugin: the fixture `gradcheck`, and options for tests of gradients.

It stands beside the package, so that a run of pytest that checks no gradients does not load the
package, NumPy or Hypothesis.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any

import pytest

__all__ = ["gradcheck"]

_OPTIONS = ("examples", "seed", "order")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("gradcheck", "checks of gradients (tinygrad_edu)")
    group.addoption(
        "--gradcheck-examples",
        type=_at_least(1),
        metavar="N",
        help="how many examples Hypothesis draws in tests of gradients",
    )
    group.addoption(
        "--gradcheck-seed",
        type=_at_least(0),
        metavar="N",
        help="the seed of the random directions, where a test names none (0)",
    )
    group.addoption(
        "--gradcheck-order",
        type=_at_least(1),
        metavar="N",
        help="up to which derivative to check, where a test names none (1)",
    )


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise ValueError(text)
        return value

    number.__name__ = f"integer from {least} upwards"  # as argparse calls it
    return number


def pytest_configure(config: pytest.Config) -> None:
    """Take over the options; without any, nothing is loaded."""
    given = {name: config.getoption(f"gradcheck_{name}") for name in _OPTIONS}
    if any(value is not None for value in given.values()):
        from tinygrad_edu.testing.options import CURRENT

        for name, value in given.items():
            if value is not None:
                setattr(CURRENT, name, value)


@pytest.fixture
def gradcheck() -> Callable[..., Any]:
    """Check a gradient: ``gradcheck(f, *args, **options)``, as `check_gradients` does.

    With ``vjp=``, `check_vjp` is done. Where Hypothesis strategies stand in place of arguments,
    examples are drawn from them. Order and seed are those of the command line, unless they are
    given.
    """
    from tinygrad_edu.testing.given import check_any

    return check_any


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the report of a failed check, and of the traceback only what is not the checker's."""
    report = sys.modules.get("tinygrad_edu.testing.report")
    excinfo = call.excinfo
    if (
        report is not None
        and excinfo is not None
        and isinstance(excinfo.value, report.GradientError)
    ):
        shown = _without_the_checker(excinfo.tb)
        if shown is not None:
            excinfo.traceback = type(excinfo.traceback)(shown)
    return (yield)


def _without_the_checker(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames between a test and the error that it ends with."""
    entries = []
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if not name.startswith(("tinygrad_edu.testing.", "hypothesis.", "contextlib")):
            entries.append(traceback)
        traceback = traceback.tb_next
    shown = None
    for entry in reversed(entries):
        shown = TracebackType(shown, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return shown
