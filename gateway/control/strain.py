"""How the platform is, for who decides how many people are let in: out of the workers' numbers."""

from typing import Final

from gateway.ledger.snapshot import Snapshot
from gateway.waitingroom.conductor import Platform

_SPAN: Final = 5  # seconds over which failures are counted
_FEW: Final = 20  # answers, below which a share says nothing


class Strain:
    """Fed once a second."""

    def __init__(self) -> None:
        self._past: list[tuple[int, int, int]] = []  # answers, failures, shed
        self._platform = Platform()

    def platform(self) -> Platform:
        return self._platform

    def note(self, workers: list[Snapshot], *, up: bool) -> None:
        """`up`: at least one backend is."""
        backends = [backend for worker in workers for backend in worker["backends"]]
        answers = sum(backend["requests"] for backend in backends)
        failures = sum(backend["failures"] for backend in backends) + _errors(workers)
        shed = sum(sum(backend["shed"].values()) for backend in backends)
        self._past.append((answers, failures, shed))
        self._past = self._past[-_SPAN:]
        first = self._past[0]
        if answers < first[0]:  # a worker began anew
            self._past = [self._past[-1]]
            first = self._past[0]
        asked = answers - first[0]
        failing = (failures - first[1]) / asked if asked >= _FEW else 0.0
        # Waiting for a connection for a moment is no strain; being sent away is.
        pressed = shed > first[2] or any(backend["pressed"] for backend in backends)
        self._platform = Platform(up=up, failing=max(0.0, failing), pressed=pressed)


def _errors(workers: list[Snapshot]) -> int:
    """Answers of the platform that were errors of its own."""
    return sum(
        count
        for worker in workers
        for (decision, _, _, status), count in worker["requests"].items()
        if decision == "forward" and status == "5xx"
    )
