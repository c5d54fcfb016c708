"""Requests of the corpus, asked of an engine as the gateway would ask it."""

from typing import Final

from corpus.sending import Sent

from gateway.address import parse_address
from gateway.http.faults import Fault
from gateway.http.target import Targets
from gateway.request import NO_BODY, SIZED, Request
from gateway.rules.engine import Engine

MALFORMED: Final = "(malformed)"
_TARGETS: Final = Targets(remembered=0)
_CLIENT: Final = parse_address("198.51.100.7")


def refused_by(engine: Engine, sent: Sent) -> str:
    """The rule that refuses it, MALFORMED where the parser of targets does; "" if nothing."""
    target = _TARGETS.read(sent.target)
    if isinstance(target, Fault):
        return MALFORMED
    host = next(value for name, value in sent.headers if name == b"host")
    size = len(sent.body)
    request = Request(
        sent.method.encode(),
        target.path,
        target.sent,
        target.query,
        sent.headers,
        [],
        host,
        1,
        SIZED if size else NO_BODY,
        size or -1,
        True,
        False,
        b"",
    )
    assert _CLIENT is not None
    request.peer = request.client = _CLIENT
    verdict = engine.head(request)
    if verdict is None and engine.wants_body(request):
        verdict = engine.body(request, sent.body, True)
    return "" if verdict is None or verdict.shadow else verdict.rule
