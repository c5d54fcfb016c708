"""The gateway's own paths: what begins with /.dawr/ is ours to answer and never the platform's."""

from typing import Final
from urllib.parse import parse_qsl

from mypy_extensions import mypyc_attr

from gateway.request import Request
from gateway.verdict import Verdict

BODY_BYTES: Final = 16 * 1024  # of a request to a path of ours; beyond, 413


_FIELDS: Final = 16  # of a form, or of a query


def wants_html(request: Request) -> bool:
    """Whether it is a browser that asks for a page."""
    return b"text/html" in (request.header(b"accept") or b"")


def fields_sent(data: bytes) -> dict[str, str]:
    """The fields of a form or a query that one of our pages sent; none of what is malformed."""
    if not data:
        return {}
    try:
        return dict(parse_qsl(data.decode("ascii"), max_num_fields=_FIELDS))
    except ValueError:
        return {}


class OwnAnswer:
    """An answer of ours: `fields` are whole header lines, `media_type` b"" where it has no body."""

    __slots__ = ("body", "fields", "media_type", "status")

    def __init__(
        self, status: int, body: bytes = b"", media_type: bytes = b"", fields: bytes = b""
    ) -> None:
        self.status = status
        self.body = body
        self.media_type = media_type
        self.fields = fields


@mypyc_attr(allow_interpreted_subclasses=True)
class Asker:
    """Who waits for an answer of ours that has to be found out."""

    def told(self, request: Request, answer: OwnAnswer) -> None:
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Own:
    """Answers the requests for a path of ours; `name` stands for it in log and metrics."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        """At once and from memory; `body` is whole."""
        raise NotImplementedError

    def waits(self, request: Request) -> bool:
        """Whether the answer has to be found out first; then `find_out` is asked instead."""
        return False

    def find_out(self, request: Request, body: bytes, asker: Asker) -> None:
        """Find out, then tell `asker`, always, and within some seconds."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Desk(Own):
    """Answers for the waiting rooms, also in place of what was asked for."""

    def refusal(self, request: Request, verdict: Verdict) -> OwnAnswer:
        """What who has to wait is answered; the verdict's rule is the room."""
        raise NotImplementedError

    def learn(self, request: Request, verdict: Verdict, learned: "Learned") -> None:
        """Find out what a filter has to know before it decides; then tell `learned`, always, and
        within a second or so."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Learned:
    """Who waits for a decision that was deferred."""

    def learned(self, request: Request, verdict: Verdict | None) -> None:
        """None: it may go on."""
        raise NotImplementedError
