"""Signed cookies of ours: a payload of a fixed size and its signature, for this site alone."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from gateway.request import Request
from gateway.tokens import Signer

_REMEMBERED: Final = 65_536
T = TypeVar("T")


class SignedCookie:
    """`kind` and `keys` as for `Signer`; `name` of the cookie, `size` of its payload in bytes."""

    def __init__(self, kind: bytes, keys: Sequence[bytes], *, name: bytes, size: int) -> None:
        self.name = name
        self._signer = Signer(kind, keys)
        self._size = size

    def read(self, value: bytes) -> bytes | None:
        """The payload of a cookie's value; None of any that is none of ours."""
        payload = self._signer.read(value)
        return payload if payload is not None and len(payload) == self._size else None

    def line(self, request: Request, payload: bytes, seconds: int) -> bytes:
        """The Set-Cookie line, for so many seconds."""
        return self._line(request, self._signer.make(payload), max(0, seconds))

    def gone(self, request: Request) -> bytes:
        """The Set-Cookie line that takes it away."""
        return self._line(request, b"", 0)

    def _line(self, request: Request, value: bytes, seconds: int) -> bytes:
        return b"Set-Cookie: %b=%b; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b\r\n" % (
            self.name,
            value,
            seconds,
            b"; Secure" if request.secure else b"",
        )


class Checked(Generic[T]):
    """Cookies of one kind that were checked, by their values: who comes again costs no MAC. 65,536
    of them, some 12 to 20 MiB; then all are forgotten, and checked again."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, T] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, value: bytes) -> T | None:
        return self._known.get(value)

    def keep(self, value: bytes, found: T) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[value] = found
