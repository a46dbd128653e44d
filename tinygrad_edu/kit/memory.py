"""Keep freed memory in the process, for the next step to use again.

A graph keeps every intermediate array alive, and all are freed together when it goes. The C
library (glibc) answers a large free at the top of its heap by handing the pages back to the kernel,
and the next step faults every one of them in again: that made a training step of a middling network
cost two and a half times the hand-written one. glibc stops doing so once the program has freed one
large block: it takes that as a sign of the sizes in use, and keeps up to twice as much (mallopt(3),
"M_TRIM_THRESHOLD", "dynamic mmap threshold"). So one large block is allocated and freed, untouched
and therefore free of charge. What is held on to is bounded by that rule, at 64 MiB. Where the C
library is another, or the user has set thresholds of their own, nothing changes.
"""

import numpy as np

_LARGEST = 32 * 2**20 - 2**16  # the rule looks at blocks of up to 32 MiB, header included


def keep_freed_memory() -> None:
    """Allocate and free one large block, so that the C library keeps what is freed later."""
    np.empty(_LARGEST, np.uint8)
