"""A request from a line such as `POST /login user=' or 1=1`: for tests in rules, and for explain.

    GET /search?q=two words           everything behind the path's blank is part of it
    POST /login user=a&password=b     a form; what is not an escape stands for itself
    POST /api {"name": "x"}           JSON
    GET /  User-Agent: sqlmap         headers, behind two blanks or more

A line is read as a person means it: a blank or a quote need not be escaped, and `&`, `=` and `+`
keep their meaning. Where that is not enough, a request is written by its fields.
"""

import json
import re
from typing import Any, Final
from urllib.parse import quote

from gateway.address import parse_address
from gateway.http.target import Targets
from gateway.request import NO_BODY, SIZED, Request
from gateway.rules.models import RequestModel

_METHOD: Final = re.compile(r"^([A-Z]{3,16}) +(?=/)")
_HEADERS: Final = re.compile(r" {2,}(?=[A-Za-z][A-Za-z0-9-]*: )")
_KEPT: Final = "/%?=&+#;:@!$'()*,~[]|\\<>\"{}^`-._"
_BOUNDARY: Final = "dawr-boundary-7MA4YWxkTrZu0gW"
_AS_IT_STANDS: Final = Targets()


class LineError(ValueError):
    """A line that is no request; the text says why."""


class Made:
    """A request, and its body."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.request = request
        self.body = body


def from_line(line: str) -> Made:
    """Raises LineError."""
    line, *headers = _HEADERS.split(line.strip())
    method, rest = "", line
    if found := _METHOD.match(line):
        method, rest = found[1], line[found.end() :]
    if not rest.startswith("/"):
        raise LineError(f"{line!r} is no request: write METHOD /path, such as GET /search?q=x")
    body = ""
    if method not in {"", "GET", "HEAD", "DELETE", "OPTIONS"}:
        rest, _, body = rest.partition(" ")
    fields = dict(header.partition(": ")[::2] for header in headers)
    kind = ""
    if body:
        kind = "application/json" if body[0] in "{[" else "application/x-www-form-urlencoded"
        if body[0] not in "{[":
            body = body.replace(" ", "+")
    return assembled(method or "GET", rest, fields, body.encode(), kind, "198.51.100.7")


def from_model(model: RequestModel) -> Made:
    """Raises LineError."""
    body, kind = b"", ""
    if model.upload is not None:
        body, kind = _multipart(model), f"multipart/form-data; boundary={_BOUNDARY}"
    elif model.form is not None:
        body, kind = _form(model.form), "application/x-www-form-urlencoded"
    elif model.json_ is not None:
        body, kind = json.dumps(model.json_, ensure_ascii=False).encode(), "application/json"
    elif model.body is not None:
        body, kind = model.body.encode(), "text/plain"
    method = model.method or ("POST" if body else "GET")
    return assembled(method, model.path, model.headers, body, kind, model.client)


def made(request: str | RequestModel) -> Made:
    """Raises LineError."""
    return from_line(request) if isinstance(request, str) else from_model(request)


def _form(fields: dict[str, Any]) -> bytes:
    pairs = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            pairs.append(f"{quote(name)}={quote(str(one), safe='')}")
    return "&".join(pairs).encode()


def _multipart(model: RequestModel) -> bytes:
    upload = model.upload or {}
    pieces = []
    for name, value in (model.form or {}).items():
        pieces.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}')
    pieces.append(
        f'Content-Disposition: form-data; name="{upload.get("field", "file")}"; '
        f'filename="{upload.get("name", "file")}"\r\n'
        f"Content-Type: {upload.get('type', 'application/octet-stream')}\r\n\r\n"
        f"{upload.get('content', '')}"
    )
    parts = "".join(f"--{_BOUNDARY}\r\n{piece}\r\n" for piece in pieces)
    return f"{parts}--{_BOUNDARY}--\r\n".encode()


def assembled(
    method: str, path: str, headers: dict[str, str], body: bytes, kind: str, client: str
) -> Made:
    """A request out of its pieces; `kind` of its body, unless a header says. Raises LineError."""
    path, _, query = path.partition("?")
    sent = quote(path, safe=_KEPT.replace("?", "")).encode()
    asked = quote(query.replace(" ", "+"), safe=_KEPT).encode()
    target = _AS_IT_STANDS.read(sent)
    address = parse_address(client)
    if address is None:
        raise LineError(f"{client!r} is no address")
    fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    names = {name for name, _ in fields}
    if b"user-agent" not in names:
        fields.append((b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"))
    if b"host" not in names:
        fields.append((b"host", b"booking.example"))
    if kind and b"content-type" not in names:
        fields.append((b"content-type", kind.encode()))
    plain = getattr(target, "path", None)
    request = Request(
        method.encode(),
        path if plain is None else plain,
        sent,
        asked,
        fields,
        [],
        dict(fields)[b"host"],
        1,
        SIZED if body else NO_BODY,
        len(body) if body else -1,
        True,
        False,
        b"",
    )
    request.peer = request.client = address
    request.id = b"-"
    return Made(request, body)
