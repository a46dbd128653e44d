"""How time and memory are measured."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import re
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Step = Callable[[], Any]
Times = dict[str, list[float]]


class Spread(NamedTuple):
    """The quartiles of what was measured; in a table, the median and the other two."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        digits = 2 if self.median < 10 else 1
        low, median, high = (f"{each:.{digits}f}" for each in self)
        return f"{median} ({low}–{high})"


def spread(values: list[float]) -> Spread:
    """Of one value, it is that one."""
    if len(values) == 1:
        return Spread(*values * 3)
    return Spread(*statistics.quantiles(values, n=4, method="inclusive"))


def seconds(step: Step) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def interleaved(steps: Mapping[str, Step], rounds: int, length: float) -> Times:
    """The seconds of each step, in every round, in which all take turns for `length` seconds.

    The turns begin with another one in every round, so that none always follows the same one; what
    the one before left in the caches is driven out by a step that isn't counted, unless one step
    is a whole turn.
    """
    names = list(steps)
    times: Times = {name: [] for name in names}
    repeats = {name: _repeats(step, length) for name, step in steps.items()}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            step, count = steps[name], repeats[name]
            if count > 1:
                step()
            start = time.perf_counter()
            for _ in range(count):
                step()
            times[name].append((time.perf_counter() - start) / count)
    return times


def _repeats(step: Step, length: float) -> int:
    if seconds(step) > length:
        return 1
    return max(1, int(length / max(seconds(step), 1e-9)))


def ratios(times: Times, reference: str) -> dict[str, Spread]:
    """The times as multiples of the reference's in the same round."""
    return {
        name: spread([t / r for t, r in zip(values, times[reference], strict=True)])
        for name, values in times.items()
    }


def traced_peak(step: Step) -> int:
    """The most bytes that a step has in use at once, with what it keeps for the next one.

    It is tracemalloc that tells, which knows Python's objects and NumPy's arrays.
    """
    gc.collect()
    tracemalloc.start()
    try:
        step()
        gc.collect()
        tracemalloc.reset_peak()
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def resident_peak(step: Step) -> int | None:
    """The same by the growth of the process, for arrays that tracemalloc doesn't know.

    This is coarser: it counts pages, and is known on Linux only; None elsewhere, and where it is
    below a megabyte.
    """
    step()
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what is free goes back, so that the step asks anew
        Path("/proc/self/clear_refs").write_text("5")  # the peak is that from now on
        before = _status("VmRSS")
        step()
        grown = _status("VmHWM") - before
    except (AttributeError, OSError, TypeError):
        return None
    return grown if grown > 1e6 else None


def _status(entry: str) -> int:
    """A line of what the kernel says about this process, in bytes."""
    text = Path("/proc/self/status").read_text()
    return 1024 * int(re.findall(rf"^{entry}:\s+(\d+) kB", text, re.M)[0])


def resident_bytes() -> float:
    """The memory that the process now holds, from the kernel of Linux; NaN elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return math.nan
    return pages * int(os.sysconf("SC_PAGE_SIZE"))
