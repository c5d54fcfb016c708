"""While the site is under attack: challenge who goes where the attack goes.

The guard says which targets are flooded (guard/kinds.py) and since when. Who has passed a challenge
goes on, and so does a device known from before the attack; all else gets the challenge, which a
browser solves by itself in a second or two. Calm, this filter costs one comparison.
"""

from gateway.filters.base import Filter, PassCheck
from gateway.request import OWN_PATHS, Request
from gateway.verdict import Verdict


class FloodState:
    """What the guard last said. `targets` are paths; `since` the minute since 1970 in which the
    attack began; `everywhere`: newcomers are challenged on all paths."""

    def __init__(self) -> None:
        self.targets: frozenset[str] = frozenset()
        self.everywhere: bool = False
        self.since: int = 0
        self.level: int = 0  # 0 calm, 1 elevated, 2 under attack

    def set(self, level: int, targets: frozenset[str], since: int, *, everywhere: bool) -> None:
        self.level = level
        self.targets = targets
        self.since = since
        self.everywhere = everywhere


class Flood(Filter):
    """`verdict` is the challenge."""

    def __init__(
        self, state: FloodState, passes: PassCheck, verdict: Verdict, *, shadow: bool = False
    ) -> None:
        super().__init__("flood", shadow=shadow)
        self._state = state
        self._passes = passes
        self._verdict = verdict

    def check(self, request: Request) -> Verdict | None:
        state = self._state
        if not state.everywhere and (not state.targets or request.path not in state.targets):
            return None
        if request.path.startswith(OWN_PATHS) or 0 < request.device_since < state.since:
            return None
        return None if self._passes.valid(request) else self._verdict
