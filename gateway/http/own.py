"""The gateway's own paths: what begins with /.dawr/ is ours to answer and never the platform's."""

from typing import Final

from mypy_extensions import mypyc_attr

from gateway.request import Request

BODY_BYTES: Final = 16 * 1024  # of a request to a path of ours; beyond, 413


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
class Own:
    """Answers the requests for a path of ours; `name` stands for it in log and metrics."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        """At once and from memory; `body` is whole."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Desk(Own):
    """Answers for the waiting rooms, also in place of what was asked for."""

    def refusal(self, request: Request, room: str) -> OwnAnswer:
        """What who has to wait at that room is answered."""
        raise NotImplementedError
