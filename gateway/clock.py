"""The one module that reads the time; everything else is handed it.

`now()` is monotonic, in whole nanoseconds, so that intervals are exact integers and a stepped wall
clock gives nobody anything. `wall()` is for people: logs and pages.
"""

import time

from mypy_extensions import mypyc_attr

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


@mypyc_attr(allow_interpreted_subclasses=True)
class Clock:
    """The system's clocks."""

    def now(self) -> int:
        """Monotonic nanoseconds; only differences mean something."""
        return time.monotonic_ns()

    def wall(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()
