"""Which answers of the platform mean what: by request, status, a header, or a field of JSON.

A field stands in the body, which is read as it goes by to the client (`request.Tap`): nothing waits
for it, and what the answer meant is known when it has ended. Only answers that have the status and
the headers are read, of requests that are asked for: at most `BODY_BYTES`, uncompressed, which the
platform is asked for by leaving Accept-Encoding out. A body that is no JSON does not say so; one
that is too long, compressed all the same or broken off leaves it UNKNOWN.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.request import Request, Tap

NO: Final = 0
YES: Final = 1
UNKNOWN: Final = 2
READ: Final = 3  # its body tells
BODY_BYTES: Final = 64 * 1024
_ENCODING: Final = b"accept-encoding:"

Value = str | int | float | bool | None


class Answers:
    """A method, a beginning of the path, statuses; `headers`, in lower case, with their values;
    `fields` of JSON, by the names on the way to them, with their values."""

    __slots__ = ("fields", "headers", "method", "path", "statuses")

    def __init__(
        self,
        method: bytes,
        path: str,
        statuses: frozenset[int],
        headers: Sequence[tuple[bytes, bytes]] = (),
        fields: Sequence[tuple[tuple[str, ...], Value]] = (),
    ) -> None:
        self.method = method
        self.path = path
        self.statuses = statuses
        self.headers = tuple(headers)
        self.fields = tuple(fields)

    def asked(self, request: Request) -> bool:
        return request.method == self.method and request.path.startswith(self.path)

    def prepare(self, request: Request) -> None:
        """Before the request goes to the platform: have an answer that can be read."""
        if self.fields:
            request.pieces = [
                line for line in request.pieces if not line.lower().startswith(_ENCODING)
            ]

    def judge(self, request: Request, status: int) -> int:
        """NO, YES or READ, of the answer to a request that was `asked`."""
        if status not in self.statuses:
            return NO
        for wanted in self.headers:
            if wanted not in request.answered:
                return NO
        return READ if self.fields else YES

    def means(self, body: bytes) -> int:
        """NO or YES, of a whole body."""
        try:
            said = json.loads(body)
        except ValueError:
            return NO
        for names, wanted in self.fields:
            found = field(said, names)
            if found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
                return NO
        return YES


class Reading(Tap):
    """An answer's body, kept until it tells. `settle` is told YES, NO or UNKNOWN, once."""

    def __init__(self, answers: Answers, request: Request, settle: Callable[[int], None]) -> None:
        self._answers = answers
        self._settle = settle
        self._body: bytes = b""
        self._settled: bool = False
        for name, value in request.answered:
            if name == b"content-encoding" and value.lower() != b"identity":
                self._tell(UNKNOWN)

    def feed(self, data: bytes) -> None:
        if self._settled:
            return
        if len(self._body) + len(data) > BODY_BYTES:
            self._body = b""
            self._tell(UNKNOWN)
            return
        self._body += data

    def end(self) -> None:
        if not self._settled:
            self._tell(self._answers.means(self._body))

    def _tell(self, outcome: int) -> None:
        self._settled = True
        self._settle(outcome)


def field(said: Any, names: Sequence[str]) -> Any:
    """The value of a field of JSON by the names on the way to it; None where there is none."""
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    return said
