"""Who is told what became of requests: counts all, logs all, remembers refusals."""

from collections.abc import Callable
from typing import Final

import orjson

from gateway.clock import SECOND, Clock
from gateway.filters.geo import Places
from gateway.http.exchange import Exchange
from gateway.http.plane import Recorder
from gateway.ledger.access_log import LogFile, json_line
from gateway.ledger.records import Mask, Value, record
from gateway.ledger.tally import Tally, outcome

_REMEMBERED: Final = 2_000  # refusals, some 1.5 MiB: the access log has them all

Line = Callable[[dict[str, Value]], bytes]


class _Latest:
    """The latest lines, by request id. A ring beside a table: both hold bytes alone, which the
    garbage collector need not walk."""

    __slots__ = ("_at", "_lines", "_ring")

    def __init__(self, bound: int) -> None:
        self._ring: list[bytes] = [b""] * bound
        self._at: int = 0
        self._lines: dict[bytes, bytes] = {}

    def keep(self, request_id: bytes, line: bytes) -> None:
        self._lines.pop(self._ring[self._at], None)
        self._ring[self._at] = request_id
        self._lines[request_id] = line
        self._at = (self._at + 1) % len(self._ring)

    def get(self, request_id: bytes) -> bytes | None:
        return self._lines.get(request_id)


class Journal(Recorder):
    """One a worker. `log` None: nothing is logged."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.tally = Tally()
        self._log: LogFile | None = None
        self._line: Line | None = None
        self._mask = Mask()
        self._places: Places | None = None
        self._refusals = _Latest(_REMEMBERED)

    def configure(
        self, *, log: LogFile | None, line: Line | None, mask: Mask, places: Places | None
    ) -> None:
        self._log = log
        self._line = line
        self._mask = mask
        self._places = places

    @property
    def log(self) -> LogFile | None:
        return self._log

    def record(self, exchanges: list[Exchange]) -> None:
        now = self._clock.now()
        wall = self._clock.wall()
        place = self._place if self._places is not None else None
        lines: list[bytes] = []
        for exchange in exchanges:
            became = outcome(exchange)
            self.tally.add(exchange, became)
            forwarded = exchange.answer_started != 0 and exchange.fault is None
            if forwarded and self._log is None:
                continue
            ended_at = wall - (now - exchange.ended) / SECOND
            made = record(exchange, became, ended_at, self._mask, place)
            line = b"" if self._line is None else self._line(made)
            if line:
                lines.append(line)
            if not forwarded:
                kept = line if self._line is json_line else json_line(made)
                self._refusals.keep(exchange.id, kept)
        if self._log is not None:
            self._log.write(lines)

    def explain(self, request_id: str) -> dict[str, Value] | None:
        """The record of a refusal not long ago, by its request's id."""
        line = self._refusals.get(request_id.encode("latin-1", "replace"))
        return None if line is None else orjson.loads(line)

    def _place(self, exchange: Exchange) -> tuple[str, int]:
        if self._places is None:
            return "", 0
        found = self._places.of(exchange.client)
        return found.country, found.asn
