"""Who is told what became of requests: counts all, logs all, remembers refusals."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from gateway.clock import SECOND, Clock
from gateway.filters.geo import Places
from gateway.http.exchange import Exchange
from gateway.http.plane import Recorder
from gateway.ledger.access_log import LogFile
from gateway.ledger.records import Mask, Value, record
from gateway.ledger.tally import Tally

_REMEMBERED: Final = 2_000  # refusals, some 2 MiB: the access log has them all

Line = Callable[[dict[str, Value]], bytes]


class Journal(Recorder):
    """One a worker. `log` None: nothing is logged."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.tally = Tally()
        self._log: LogFile | None = None
        self._line: Line | None = None
        self._mask = Mask()
        self._places: Places | None = None
        self._refusals: OrderedDict[str, dict[str, Value]] = OrderedDict()

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
            self.tally.add(exchange)
            forwarded = exchange.answer_started != 0 and exchange.fault is None
            if forwarded and self._log is None:
                continue
            ended_at = wall - (now - exchange.ended) / SECOND
            made = record(exchange, ended_at, self._mask, place)
            if self._line is not None:
                lines.append(self._line(made))
            if not forwarded:
                self._remember(made)
        if self._log is not None:
            self._log.write(lines)

    def explain(self, request_id: str) -> dict[str, Value] | None:
        """The record of a refusal not long ago, by its request's id."""
        return self._refusals.get(request_id)

    def _remember(self, made: dict[str, Value]) -> None:
        self._refusals[str(made["id"])] = made
        if len(self._refusals) > _REMEMBERED:
            self._refusals.popitem(last=False)

    def _place(self, exchange: Exchange) -> tuple[str, int]:
        if self._places is None:
            return "", 0
        found = self._places.of(exchange.client)
        return found.country, found.asn
