"""What limits share: which requests they count, under which key, what a refusal means to others.

A request that a limit refuses is counted by no other: those asked before it, which had granted it,
are given back what they took; those asked later never see it. So a client that runs into one limit
does not use up another. A limit in shadow refuses nothing, and takes part in none of this.
"""

from gateway.filters.base import BodyFilter, RequestKey
from gateway.request import Request
from gateway.verdict import Verdict

Field = tuple[bytes, bytes | None, bool]


class Match:
    """Which requests are counted: methods (empty: all), prefixes of paths (empty: all), headers:
    (name, value or None for any, whether it must be there)."""

    __slots__ = ("headers", "methods", "paths")

    def __init__(
        self,
        methods: frozenset[bytes] = frozenset(),
        paths: tuple[str, ...] = (),
        headers: tuple[Field, ...] = (),
    ) -> None:
        self.methods = methods
        self.paths = paths
        self.headers = headers

    def fits(self, request: Request) -> bool:
        return (
            (not self.methods or request.method in self.methods)
            and (not self.paths or request.path.startswith(self.paths))
            and (not self.headers or self._fit(request))
        )

    def _fit(self, request: Request) -> bool:
        for name, value, there in self.headers:
            found = request.header(name)
            same = found is not None and (value is None or found == value)
            if same is not there:
                return False
        return True


class Limit(BodyFilter):
    """`rule` is its name. `key` None: the client's address, read from no body."""

    def __init__(
        self,
        rule: str,
        *,
        key: RequestKey | None = None,
        match: Match | None = None,
        shadow: bool = False,
        fails_closed: bool = False,
    ) -> None:
        super().__init__("rate-limit", shadow=shadow, fails_closed=fails_closed)
        self.rule = rule
        self._key = key
        self._match = match
        self._peers: list[Limit] = []

    def stand_among(self, limits: "list[Limit]") -> None:
        """`limits`: all that are asked, itself among them, in their order."""
        self._peers = [] if self.shadow else [one for one in limits if not one.shadow]

    def check(self, request: Request) -> Verdict | None:
        if self._match is not None and not self._match.fits(request):
            return None
        if self._key is not None and self._key.wants_body(request):
            return None
        return self._judge(request, None, False)

    def wants_body(self, request: Request) -> int:
        if self._key is None or (self._match is not None and not self._match.fits(request)):
            return 0
        return self._key.wants_body(request)

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        return self._judge(request, body if whole else None, True)

    def _judge(self, request: Request, body: bytes | None, with_body: bool) -> Verdict | None:
        """Count a request that matches; `with_body`: those that wait for none were asked before."""
        raise NotImplementedError

    def _give_back(self, request: Request, body: bytes | None) -> None:
        """A request that this limit had granted was refused by another."""

    def _others_give_back(self, request: Request, body: bytes | None, with_body: bool) -> None:
        """This limit refuses a request: whoever granted it before is given back what it took."""
        asked_before = True
        for one in self._peers:
            if one is self:
                asked_before = False
            elif one._match is not None and not one._match.fits(request):
                continue
            elif one._key is not None and one._key.wants_body(request):
                if with_body and asked_before:
                    one._give_back(request, body)
            elif with_body or asked_before:
                one._give_back(request, None)

    def _key_of(self, request: Request, body: bytes | None) -> int:
        return request.client.key if self._key is None else self._key.of(request, body)
