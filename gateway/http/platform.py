"""The platform: all its backends, and which of them a request goes to.

One that may work on one more is preferred; one that is slow may work on fewer (concurrency.py), and
so gets less. While a backend is pressed nothing is tried a second time.
"""

from typing import Final

from gateway.clock import Clock
from gateway.http.backend import Backend
from gateway.http.exchange import Failure
from gateway.http.upstream import Sink
from gateway.pressure import Pressure

NONE_UP: Final = Failure("platform-down", 503, counts=False)


class Platform:
    """All backends. `least_outstanding`: to the one least busy for what it can do; else in turn.

    `pressure` is told how they are.
    """

    def __init__(
        self,
        backends: list[Backend],
        clock: Clock,
        *,
        least_outstanding: bool,
        retries: bool,
        pressure: Pressure | None = None,
    ) -> None:
        self.backends = backends
        self.pressure = pressure or Pressure()
        self.pressure.backends = sum([backend.up for backend in backends])
        self.pressure.room = sum([backend.room for backend in backends])
        self._retries = retries
        self._served: int = sum([backend.requests for backend in backends])
        self._shed: int = sum([sum(backend.shed) for backend in backends])
        self._clock = clock
        self._least_outstanding = least_outstanding
        self._turn: int = 0

    @property
    def retries(self) -> bool:
        """Whether a request may be tried a second time: not while that adds to an overload."""
        return self._retries and not any(backend.pressed for backend in self.backends)

    def assign(
        self, sink: Sink, now: int, *, avoid: Backend | None = None, fresh: bool = False
    ) -> Backend | Failure:
        """A backend for `sink`: the one that will serve it, or why none can."""
        backend = self.backends[0] if len(self.backends) == 1 else self._choose(now, avoid)
        if backend is None or not backend.up:
            return NONE_UP
        failure = backend.assign(sink, now, fresh=fresh)
        return backend if failure is None else failure

    def _choose(self, now: int, avoid: Backend | None) -> Backend | None:
        up = [backend for backend in self.backends if backend.up]
        fit = [b for b in up if b is not avoid and b.ejected_until <= now] or up
        if not fit:
            return None
        self._turn += 1
        first = self._turn % len(fit)
        best = fit[first]
        if not self._least_outstanding:
            for step in range(len(fit)):
                backend = fit[(first + step) % len(fit)]
                if backend.outstanding < backend.limit:
                    return backend
            return best
        for backend in fit:
            if backend.outstanding * best.limit < best.outstanding * backend.limit:
                best = backend
        return best

    def health(self, states: dict[str, bool]) -> None:
        """What the health checks found, by the backend's URL."""
        for backend in self.backends:
            backend.up = states.get(backend.origin.url, backend.up)
        self.pressure.backends = sum([backend.up for backend in self.backends])

    def sweep(self, now: int) -> None:
        for backend in self.backends:
            backend.sweep(now)
        served = sum([backend.requests for backend in self.backends])
        shed = sum([sum(backend.shed) for backend in self.backends]) + self.pressure.turned_away
        self.pressure.note(served - self._served, shed - self._shed)
        self._served, self._shed = served, shed

    def close(self) -> None:
        for backend in self.backends:
            backend.close()
