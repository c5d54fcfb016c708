"""A request's target, normalised once: what is matched is what the platform is sent.

The law: percent-encoding of unreserved characters is undone, other escapes are written in upper
case, bytes that need an escape get one, empty segments and dot segments go (RFC 3986, 6.2.2; empty
segments because servers differ in whether `//` is `/`). What two readers could decode in two ways
is refused: an escaped slash, backslash or NUL, an escape of an escape of these or of a dot, a dot
segment behind a path parameter (`..;x`), bytes that are not UTF-8 (overlong forms among them), and
a climb above the root.

Two forms come out: `sent`, percent-encoded, for the platform, and `path`, decoded and without path
parameters (`;jsessionid=1`), for everything that matches. In `path` an escaped slash that the
setting lets through stays the three characters %2F, so that it never passes for a slash; a dot
segment beside one is refused all the same.
"""

import re
from typing import Final

from gateway.http.faults import TARGET, TARGET_AMBIGUOUS, Fault

# Bytes a target may hold as they are. Browsers send "<>^`{|} raw; they are escaped on the way out.
_VISIBLE: Final = bytes(range(0x21, 0x7F)) + bytes(range(0x80, 0x100))
_QUERY_BYTES: Final = bytes(b for b in _VISIBLE if b != ord("#"))
_PATH_BYTES: Final = bytes(b for b in _QUERY_BYTES if b not in b"?\\")
_PLAIN: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,=:@"
_UNRESERVED: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
)
_SENT_RAW: Final = _UNRESERVED | frozenset(b"/!$&'()*+,=:@;")
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
# Escaped once more, these would change what the path means.
_TWICE: Final = re.compile(rb"%25(?:25)*[0-9a-fA-F]{2}")
# Where a path parameter begins, also to whoever decodes first.
_PARAMETER: Final = re.compile(rb";|%3B")
_HIGH: Final = re.compile(rb"[\x80-\xff]")


def _escape(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


class Target:
    """A normalised target: `path` for matching, `sent` for the platform, `query` raw."""

    __slots__ = ("path", "query", "sent")

    def __init__(self, path: str, sent: bytes, query: bytes) -> None:
        self.path = path
        self.sent = sent
        self.query = query


# Whatever closes or counts the whole site closes and counts this too.
ASTERISK: Final = Target("/", b"*", b"")


class Targets:
    """Normalises targets by the settings, and remembers the answers.

    At most `remembered` targets of 256 bytes and less (2 MiB with what they stand for); at the
    bound all are forgotten, which costs a flood of new targets nothing and others one parsing.
    """

    def __init__(
        self,
        *,
        case_sensitive: bool = True,
        keep_encoded_slash: bool = False,
        remembered: int = 4096,
    ) -> None:
        self._case_sensitive = case_sensitive
        self._keep_encoded_slash = keep_encoded_slash
        self._remembered = remembered
        self._known: dict[bytes, Target] = {}

    def read(self, target: bytes) -> Target | Fault:
        """The target in origin form ("/path?query") made plain, or what is wrong with it."""
        known = self._known.get(target)
        if known is not None:
            return known
        read = self._read(target)
        if isinstance(read, Target) and len(target) <= 256:
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[target] = read
        return read

    def _read(self, target: bytes) -> Target | Fault:
        path, mark, query = target.partition(b"?")
        if not path.startswith(b"/") or query.translate(None, _QUERY_BYTES):
            return TARGET
        if not path.translate(None, _PLAIN) and b"//" not in path and b"/." not in path:
            sent, text = path, path.decode("ascii")
        else:
            made = self._made_plain(path)
            if isinstance(made, Fault):
                return made
            sent, text = made
        if not self._case_sensitive:
            text = text.casefold()
        return Target(text, sent + mark + _HIGH.sub(_escape, query), query)

    def _made_plain(self, path: bytes) -> tuple[bytes, str] | Fault:
        if path.translate(None, _PATH_BYTES):
            return TARGET
        escaped = self._escaped(path)
        if isinstance(escaped, Fault):
            return escaped
        if _TWICE.search(escaped):
            return TARGET_AMBIGUOUS
        segments: list[bytes] = []
        parts = escaped.split(b"/")
        for index, part in enumerate(parts[1:], 1):
            if part == b"..":
                if not segments:
                    return TARGET_AMBIGUOUS
                segments.pop()
            elif part not in {b"", b"."}:
                if (b";" in part or b"%" in part) and _is_hidden(
                    part, last=index == len(parts) - 1
                ):
                    return TARGET_AMBIGUOUS
                segments.append(part)
        folder = parts[-1] in {b"", b".", b".."} and bool(segments)
        sent = b"/" + b"/".join(segments) + (b"/" if folder else b"")
        matched = b"/" + b"/".join([s.partition(b";")[0] for s in segments])
        return sent, _decoded(matched + (b"/" if folder else b""))

    def _escaped(self, path: bytes) -> bytes | Fault:
        """`path` with every byte raw or escaped as RFC 3986 would have it; checked to be UTF-8."""
        out = bytearray()
        octets = bytearray()  # fully decoded, to see whether it is text
        at = 0
        while at < len(path):
            byte = path[at]
            at += 1
            if byte == 0x25:
                if not (at + 1 < len(path) and path[at] in _HEX and path[at + 1] in _HEX):
                    return TARGET
                byte = int(path[at : at + 2], 16)
                at += 2
                if byte == 0x2F and self._keep_encoded_slash:
                    out += b"%2F"
                    octets.append(byte)
                    continue
                if byte < 0x20 or byte in b"/\\\x7f":
                    return TARGET_AMBIGUOUS
                raw = byte in _UNRESERVED
            else:
                raw = byte in _SENT_RAW
            octets.append(byte)
            if raw:
                out.append(byte)
            else:
                out += b"%%%02X" % byte
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError:
            return TARGET_AMBIGUOUS
        return bytes(out)


def _is_hidden(part: bytes, *, last: bool) -> bool:
    """Whether a segment is a dot segment, or an empty one within the path, to some readers.

    At the end a parameter may stand alone: servers of servlets write `/;jsessionid=1`.
    """
    names = [_PARAMETER.split(piece, maxsplit=1)[0] for piece in part.split(b"%2F")]
    return b"." in names or b".." in names or (names == [b""] and not last)


def _decoded(path: bytes) -> str:
    if b"%" not in path:
        return path.decode("ascii")
    pieces = path.split(b"%")
    out = bytearray(pieces[0])
    for piece in pieces[1:]:
        if piece[:2] == b"2F":
            out += b"%2F"
        else:
            out.append(int(piece[:2], 16))
        out += piece[2:]
    return out.decode("utf-8")
