"""A calm page for everyone while the platform is worked on, but for those who work on it."""

from gateway.filters.base import Filter
from gateway.prefixes import PrefixTable
from gateway.request import Request
from gateway.verdict import Verdict


class Maintenance(Filter):
    """Refuses requests under `paths` (prefixes of the normalised path) from all but `allowed`."""

    def __init__(
        self,
        verdict: Verdict,
        *,
        paths: tuple[str, ...],
        allowed: PrefixTable[bool],
        shadow: bool = False,
    ) -> None:
        super().__init__("maintenance", shadow=shadow)
        self._verdict = verdict
        self._paths = paths
        self._allowed = allowed

    def check(self, request: Request) -> Verdict | None:
        if not request.path.startswith(self._paths) or self._allowed.get(request.client):
            return None
        return self._verdict
