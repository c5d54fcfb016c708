"""The platform, a second at a time: so many requests, so long a queue, down for a while.

What those inside ask for comes evenly over their time; what it cannot answer waits. It is pressed
when they wait for over a second (as the overload guard would see), and is seen to be down two
looks of the health check after it is.
"""

from typing import Final

from gateway.clock import SECOND
from gateway.simulation.scenario import PlatformModel
from gateway.waitingroom.conductor import Platform

_PRESSED: Final = 1.0  # seconds that a request waits
_TIMEOUT: Final = 30.0  # seconds, after which it is a failure
_NOTICED: Final = 2  # seconds until the gateway knows that it is down, or up again


class PlatformDay:
    """`opens`: the second of the opening."""

    def __init__(self, model: PlatformModel, opens: int) -> None:
        self._capacity = model.capacity.events * SECOND / model.capacity.per
        self._errors = model.errors
        self._backlog = 0.0
        self._demand = 0.0  # requests a second
        outage = model.outage
        begins = opens + (0 if outage is None else outage.after // SECOND)
        self._down = range(begins, begins + (0 if outage is None else outage.lasts // SECOND))
        self.up = True
        self.delay = 0.0  # seconds that a request waits now

    def asks(self, more: float) -> None:
        """The demand has changed by so many requests a second."""
        self._demand = max(0.0, self._demand + more)

    def step(self, second: int) -> Platform:
        """One second; how the gateway sees it."""
        self.up = second not in self._down
        if self.up:
            self._backlog = max(0.0, self._backlog + self._demand - self._capacity)
            self.delay = self._backlog / self._capacity
        else:
            self._backlog = 0.0  # refused at once
        failing = self._errors if self.delay < _TIMEOUT else 1.0
        return Platform(
            up=(second - _NOTICED) not in self._down,
            failing=failing if self.up else 1.0,
            pressed=self.delay > _PRESSED,
        )
