"""An exchange as a record: what the access log holds and `explain` shows.

Never a body, never a cookie's value. Times are the wall clock's, durations milliseconds.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_plus

from gateway.http.exchange import Exchange
from gateway.ledger.tally import Outcome

Value = str | int | float | bool | list[str] | None
MASK: Final = "***"


class Mask:
    """Which values of a query are hidden: all, none, or those of `names`."""

    def __init__(self, *, everything: bool = True, names: frozenset[str] = frozenset()) -> None:
        self._everything = everything
        self._names = names

    @property
    def hides(self) -> bool:
        """Whether anything is hidden."""
        return self._everything or bool(self._names)

    def line(self, line: bytes) -> str:
        """The first line of what was no request, or was not read: it may hold a query, which then
        is hidden whole, because nobody knows its parts."""
        before, mark, _ = line.partition(b"?")
        return _text(before) + "?" + MASK if mark and self.hides else _text(line)

    def apply(self, query: bytes) -> str:
        """The query for the log: names and separators as sent, hidden values replaced."""
        text = query.decode("utf-8", "backslashreplace")
        if not text or not self.hides:
            return text
        parts: list[str] = []
        for part in text.split("&"):
            name, equals, _ = part.partition("=")
            if not equals:
                # A part without a name is all value.
                parts.append(MASK if self._everything and part else part)
            elif self._everything or unquote_plus(name).lower() in self._names:
                parts.append(name + "=" + MASK)
            else:
                parts.append(part)
        return "&".join(parts)


def record(
    exchange: Exchange,
    became: Outcome,
    ended_at: float,
    mask: Mask,
    place: Callable[[Exchange], tuple[str, int]] | None,
) -> dict[str, Value]:
    """The record of an exchange that became what `outcome` says of it and ended at `ended_at`
    (seconds since 1970, UTC).

    `place` finds the client's country and AS number, where there is a database.
    """
    decision, kind, rule = became
    request = exchange.request
    made: dict[str, Value] = {
        "time": int(ended_at * 1000) / 1000,
        "id": exchange.id.decode("latin-1"),
        "client": exchange.client.text,
        "status": exchange.status,
        "decision": decision,
    }
    if exchange.peer is not exchange.client:
        made["peer"] = exchange.peer.text
    if place is not None:
        made["country"], made["asn"] = place(exchange)
    if kind:
        made["filter"] = kind
    if rule:
        made["rule"] = rule
    verdict = None if exchange.decision is None else exchange.decision.verdict
    if verdict is not None and verdict.retry_after_seconds:
        made["retry_after"] = verdict.retry_after_seconds
    if verdict is not None and verdict.found_in:
        made["found_in"] = verdict.found_in
        made["found"] = verdict.found
    if exchange.decision is not None and exchange.decision.shadowed:
        made["shadow"] = [f"{name}:{v.rule}" for name, v in exchange.decision.shadowed]
    if exchange.fault is not None:
        made["fault"] = exchange.fault.name
    if request is None:
        made["line"] = mask.line(exchange.line)
    else:
        made["method"] = _text(request.method)
        made["host"] = _text(request.host)
        made["path"] = _text(request.target.partition(b"?")[0])
        if request.query:
            made["query"] = mask.apply(request.query)
        made["http"] = "1.1" if request.minor else "1.0"
        made["tls"] = request.secure
        made["agent"] = _text(request.header(b"user-agent") or b"")
        referer = request.header(b"referer")
        if referer:
            made["referer"] = _text(referer).partition("?")[0]
        made["received"] = exchange.body_received
        made["backend"] = exchange.backend
        made["retries"] = exchange.retries
        made["own_ms"] = _milliseconds(exchange.started, exchange.handed_over)
        made["platform_ms"] = _milliseconds(exchange.handed_over, exchange.answer_started)
    made["sent"] = exchange.body_sent
    made["total_ms"] = _milliseconds(exchange.started, exchange.ended)
    return made


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _milliseconds(start: int, end: int) -> float | None:
    # round() prints and parses; whole microseconds cost a tenth of that.
    return (end - start) // 1000 / 1000 if start and end else None
