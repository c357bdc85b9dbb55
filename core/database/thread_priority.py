"""The priority of threads on which queries run, below that of the event loop.

A query that takes milliseconds in a thread competes with the event loop for the processor, and so with all short
requests, which the loop answers by itself. The scheduler lets a thread of lower priority run as soon as the loop has
nothing to do.
"""

import os
import sys
import threading
from contextlib import suppress

_NICENESS = 10  # a tenth of the processor, while the event loop wants all of it


def lower_priority() -> None:
    """Lower the priority of the calling thread, where a thread has one of its own (Linux: setpriority(2))."""
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid it, and queries work at any priority
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
