"""A request as rules see it: its values, each with the name of the field it stands in.

Everything is read when it is first asked for, and once. Bounds: ARGUMENTS values and DEPTH levels
of nesting; what goes beyond is `unreadable`, and its text is looked at as one value instead.
"""

import json
from typing import Final

from mypy_extensions import mypyc_attr

from gateway.body_fields import FORM, JSON, MULTIPART, kind_of, multipart_parts, unescaped
from gateway.request import NO_BODY, Request
from gateway.rules.fields import Field, Group
from gateway.rules.text import decoded, encoded

ARGUMENTS: Final = 1024
DEPTH: Final = 64
_START: Final = 4096  # bytes of an upload that are looked at
_OF_A_BODY: Final = frozenset({int(Group.ARGUMENTS), int(Group.UPLOADS), int(Group.BODY)})
_NOT_LOOKED_AT: Final = frozenset({b"cookie", b"content-length"})


def asked(request: Request) -> bytes:
    """The query; behind it the parameters of the path (`/a;b=c`), which no filter's path holds."""
    if b";" not in request.target:
        return request.query
    path = request.target.partition(b"?")[0]
    found = [piece for segment in path.split(b"/") for piece in segment.split(b";")[1:]]
    return b"&".join([*([request.query] if request.query else []), *found])


class Value:
    """`origin`: the field in full, such as query.q; `source`: query, form, json, name, …"""

    __slots__ = ("origin", "source", "text")

    def __init__(self, source: str, origin: str, text: str) -> None:
        self.source = source
        self.origin = origin
        self.text = text


class Subject:
    """`body`: its beginning, or None where it is not looked at; `whole`: that is all of it."""

    def __init__(self, request: Request, body: bytes | None = None, whole: bool = True) -> None:
        self.request = request
        self.unreadable: str = ""  # why the body could not be taken apart
        self.depth: int = 0  # of a JSON body
        self.upload_sizes: list[int] = []  # bytes, as far as they were read
        self._body = body
        self._whole = whole
        self._read: bool = False
        self._arguments: list[Value] = []
        self._text: list[Value] = []  # of a body that has no fields
        self._joined: dict[int, bytes] = {}
        self._of_uploads: list[Value] = []
        self._of_headers: list[Value] | None = None

    def values(self, group: int) -> list[Value]:
        """All values of `group`, as sent, decoded once."""
        if group == Group.ARGUMENTS:
            self._take_apart()
            return self._arguments
        if group == Group.PATH:
            return path_values(self.request.path)
        if group == Group.HEADERS:
            if self._of_headers is None:
                self._of_headers = self._headers()
            return self._of_headers
        if group == Group.HEADER_NAMES:
            return [
                Value("header name", "header." + name.decode("latin-1"), name.decode("latin-1"))
                for name, _ in self.request.headers
            ]
        if group == Group.COOKIES:
            return self._cookies()
        self._take_apart()
        if group == Group.UPLOADS:
            return self._of_uploads
        if group == Group.BODY:
            return self._text
        query = self.request.query
        return [Value("query", "query", decoded(unescaped(query)))] if query else []

    def of(self, field: Field) -> list[Value]:
        """The values of one field."""
        if field.word == "header.NAME":
            name = field.argument.encode("latin-1")
            return [
                Value("header", field.name, decoded(value))
                for own, value in self.request.headers
                if own == name and own not in _NOT_LOOKED_AT
            ]
        argument = field.argument
        if argument and field.group == Group.ARGUMENTS and not self._read:
            last = argument.rpartition(".")[2] if field.word == "json.PATH" else argument
            if encoded(last) not in self.joined(Group.ARGUMENTS):
                return []
        return [
            value for value in self.values(field.group) if accepts(field.word, field.name, value)
        ]

    def count(self, field: Field) -> int:
        """There are no more values of that field; nothing is taken apart to know."""
        argument = field.argument
        if not argument or field.group != Group.ARGUMENTS or field.word == "json.PATH":
            return ARGUMENTS * 2
        return self.joined(Group.ARGUMENTS).count(encoded(argument))

    def longest(self, group: int) -> int:
        """Bytes of the longest line of `joined`: no value has more characters."""
        return max(map(len, self.joined(group).split(b"\n")))

    def at_most(self, name: str) -> int:
        """No number of that field is larger; nothing is taken apart to know."""
        body = self._body or b""
        if name == "arguments.count":
            return (
                asked(self.request).count(b"&")
                + 1
                + (len(body) if not self._is_form() else body.count(b"&") + 1)
            )
        if name == "json.depth":
            is_json = kind_of(self.request.header(b"content-type")) == JSON
            return body.count(b"{") + body.count(b"[") if body and is_json else 0
        return max(len(body), self.request.content_length)

    def joined(self, group: int) -> bytes:
        """The texts of all values of `group`, a line each; a form need not be taken apart."""
        known = self._joined.get(group)
        if known is None:
            known = self._joined[group] = self._join(group)
        return known

    def _join(self, group: int) -> bytes:
        if not self._read and group in _OF_A_BODY and self._is_form():
            return self._lines() if group == Group.ARGUMENTS else b""
        return b"\n".join([encoded(value.text) for value in self.values(group)])

    def _is_form(self) -> bool:
        """Whether there is nothing but a query, and a form that can be taken apart."""
        request, body = self.request, self._body
        fields = asked(request).count(b"&")
        if body and request.body != NO_BODY:
            fields += body.count(b"&")
            if kind_of(request.header(b"content-type")) != FORM:
                return False
            if request.header(b"content-encoding") is not None:
                return False
        return fields < ARGUMENTS // 2

    def _lines(self) -> bytes:
        lines: list[bytes] = []
        for raw in (asked(self.request), self._body or b""):
            if raw:
                for part in raw.replace(b"+", b" ").split(b"&"):
                    lines += part.split(b"=", 1)
        return unescaped(b"\n".join(lines))

    def _headers(self) -> list[Value]:
        request = self.request
        found = [Value("host", "host", decoded(request.host))]
        for name, value in request.headers:
            if name not in _NOT_LOOKED_AT:
                found.append(Value("header", "header." + name.decode("latin-1"), decoded(value)))
        return found

    def _cookies(self) -> list[Value]:
        found: list[Value] = []
        for name, value in self.request.headers:
            if name == b"cookie":
                for pair in value.split(b";"):
                    own, _, text = pair.strip().partition(b"=")
                    origin = "cookie." + decoded(own)
                    found.append(Value("cookie", origin, decoded(unescaped(text))))
        return found

    # What a query and a body are made of.

    def _take_apart(self) -> None:
        if self._read:
            return
        self._read = True
        request = self.request
        if query := asked(request):
            self._pairs("query", query)
        body = self._body
        if not body or request.body == NO_BODY:
            return
        content_type = request.header(b"content-type")
        kind = kind_of(content_type)
        if request.header(b"content-encoding") is not None:
            self._unread("it is compressed", body)
        elif kind == FORM:
            self._pairs("form", body)
        elif kind == MULTIPART:
            self._multipart(content_type or b"", body)
        elif kind == JSON:
            self._json(body)
        else:
            self._text.append(Value("body", "body", decoded(body)))

    def _unread(self, why: str, body: bytes) -> None:
        self.unreadable = why
        self._text.append(Value("body", "body", decoded(body)))
        self._add("form", "form", decoded(unescaped(body.replace(b"+", b" "))))

    def _add(self, source: str, name: str, text: str) -> None:
        self._arguments.append(Value("name", name, name))
        self._arguments.append(Value(source, f"{source}.{name}", text))

    def _pairs(self, source: str, raw: bytes) -> None:
        parts = raw.replace(b"+", b" ").split(b"&")
        if len(parts) + len(self._arguments) // 2 > ARGUMENTS:
            self._unread("it has too many fields", raw)
            return
        for part in parts:
            if part:
                name, _, text = part.partition(b"=")
                self._add(source, decoded(unescaped(name)), decoded(unescaped(text)))

    def _multipart(self, content_type: bytes, body: bytes) -> None:
        parts = multipart_parts(content_type, body, whole=self._whole)
        if parts is None:
            self._unread("it is no multipart form", body)
            return
        for part in parts:
            name = decoded(part.name)
            if part.filename is None:
                self._add("form", name, decoded(part.content))
                continue
            filename, declared = decoded(part.filename), decoded(part.content_type)
            start = decoded(part.content[:_START])
            self.upload_sizes.append(len(part.content))
            self._arguments.append(Value("name", name, name))
            self._of_uploads += [
                Value("upload name", f"upload.{name}", filename),
                Value("upload type", f"upload.{name}", declared),
                Value("start", f"upload.{name}", start),
            ]

    def _json(self, body: bytes) -> None:
        if not self._whole:
            self._unread("it is longer than what is looked at", body)
            return
        try:
            document = json.loads(body, object_pairs_hook=_Members, parse_constant=str)
        except (ValueError, RecursionError):
            self._unread("it is no JSON", body)
            return
        if not self._walk(document):
            self._unread("it is nested too deep, or has too many values", body)

    def _walk(self, document: object) -> bool:
        ahead: list[tuple[str, object, int]] = [("", document, 0)]
        while ahead:
            path, value, depth = ahead.pop()
            self.depth = max(self.depth, depth)
            if depth > DEPTH or len(self._arguments) > 2 * ARGUMENTS:
                return False
            if isinstance(value, _Members):
                for name, inner in value:
                    self._arguments.append(Value("name", name, name))
                    ahead.append((f"{path}.{name}" if path else name, inner, depth + 1))
            elif isinstance(value, list):
                ahead += [(path, inner, depth + 1) for inner in value]
            elif value is not None:
                text = value if isinstance(value, str) else json.dumps(value)
                self._arguments.append(Value("json", f"json.{path}", text))
        return True


@mypyc_attr(native_class=False)
class _Members(list[tuple[str, object]]):
    """A JSON object with every key as often as it stands there."""


def path_values(path: str) -> list[Value]:
    """The path, its segments, and its extension."""
    found = [Value("path", "path", path)]
    segments = [one for one in path.split("/") if one]
    found += [Value("segments", "path", one) for one in segments]
    if segments and "." in segments[-1]:
        found.append(Value("extension", "path", segments[-1].rpartition(".")[2]))
    return found


def accepts(word: str, name: str, value: Value) -> bool:
    """Whether `value` belongs to the field of that table entry `word` and full `name`."""
    source = value.source
    if word == name:
        wanted = _SOURCES.get(word)
        return source in wanted if wanted is not None else source == word
    if word == "header.NAME":
        return value.origin == name or (name == "header.host" and source == "host")
    return value.origin == name


_SOURCES: Final[dict[str, frozenset[str]]] = {
    "any query value": frozenset({"query"}),
    "any form value": frozenset({"form"}),
    "any json value": frozenset({"json"}),
    "any argument": frozenset({"query", "form", "json"}),
    "any argument name": frozenset({"name"}),
    "any cookie": frozenset({"cookie"}),
    "any header": frozenset({"header", "host"}),
    "any header name": frozenset({"header name"}),
    "any upload name": frozenset({"upload name"}),
    "any upload type": frozenset({"upload type"}),
    "any upload start": frozenset({"start"}),
}
