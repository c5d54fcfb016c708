"""Who tries to sign in, at which account, and whether it failed: seen here, concluded by the guard.

This filter refuses nobody. It marks the requests that are logins, has their body held to read the
account out of it, and hears the platform's answer: a status that means failure, or a redirect back
to the login page. An account is kept as a keyed hash of 64 bits and never as its name; where it
cannot be read (a body too long, compressed, or with the field twice) the login counts without it.
"""

from typing import Final

from gateway.filters.base import BodyFilter, RequestKey
from gateway.request import LOGIN_FAILED, LOGIN_TRIED, Observer, Request
from gateway.verdict import Verdict

_LOCATION_BYTES: Final = 2048


class Outcome(Observer):
    """What answers mean: `failed` statuses; `back`: pages to which a redirect means failure, in
    lower case and without a slash at the end; without any, the login's own path."""

    def __init__(self, failed: frozenset[int], back: frozenset[str] = frozenset()) -> None:
        self._failed = failed
        self._back = back

    def answered(self, request: Request, status: int) -> None:
        if status in self._failed or (300 <= status < 400 and self._leads_back(request)):
            request.login = LOGIN_FAILED

    def _leads_back(self, request: Request) -> bool:
        path = where_to(request.redirected_to, request.path)
        own = _plain(request.path)
        return path in self._back if self._back else path == own


class Logins(BodyFilter):
    """POSTs to `paths` are logins. `account`: the key that reads the account, 0 where there is
    none."""

    def __init__(self, paths: tuple[str, ...], account: RequestKey, outcome: Outcome) -> None:
        super().__init__("login")
        self._paths = paths
        self._account = account
        self._outcome = outcome

    def check(self, request: Request) -> Verdict | None:
        if not request.login and self._fits(request):
            request.login = LOGIN_TRIED
            request.watch(self._outcome)
        return None

    def wants_body(self, request: Request) -> int:
        return self._account.wants_body(request) if self._fits(request) else 0

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        if whole and request.account == 0:
            request.account = self._account.of(request, body)
        return None

    def _fits(self, request: Request) -> bool:
        return request.method == b"POST" and request.path.startswith(self._paths)


def where_to(location: bytes, path: str) -> str:
    """The path that a Location leads to from `path`, in lower case, without a slash at the end;
    the host is not looked at. "" for none."""
    if not location:
        return ""
    text = location[:_LOCATION_BYTES].decode("latin-1").partition("#")[0]
    text, asks, _ = text.partition("?")
    scheme, authority, rest = text.partition("//")
    if authority and (scheme == "" or scheme.endswith(":")):
        text = "/" + rest.partition("/")[2]
    elif not text:
        text = path if asks else ""
    elif not text.startswith("/"):
        text = path[: path.rfind("/") + 1] + text.removeprefix("./")
    return _plain(text)


def _plain(path: str) -> str:
    return (path.rstrip("/") or "/").lower() if path else ""
