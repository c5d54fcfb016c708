"""Requests as people have them at hand: curl's arguments, a browser's HAR file, a log's line.

curl's options are those that make a request (curl(1)); HAR is HTTP Archive 1.2.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import quote_plus, urlsplit

import orjson

from gateway.rules.line import LineError, Made, assembled, from_model
from gateway.rules.models import RequestModel

_COMBINED: Final = re.compile(
    r'^(?P<client>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<line>(?:[^"\\]|\\.)*)" '
    r'(?P<status>\d{3}) \S+(?: "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?'
)
_FORM: Final = "application/x-www-form-urlencoded"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LineError(f"curl: {message}")


def from_curl(arguments: list[str]) -> Made:
    """What `curl ARGUMENTS…` would send. Raises LineError."""
    parser = _Parser(prog="curl", add_help=False, allow_abbrev=False)
    parser.add_argument("-X", "--request")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data", "--data-raw", "--data-ascii", action="append", default=[])
    parser.add_argument("--data-urlencode", action="append", default=[], dest="encode")
    parser.add_argument("--json", action="append", default=[])
    parser.add_argument("-F", "--form", action="append", default=[])
    parser.add_argument("-A", "--user-agent", dest="agent")
    parser.add_argument("-e", "--referer")
    parser.add_argument("-b", "--cookie")
    parser.add_argument("-G", "--get", action="store_true")
    parser.add_argument("-I", "--head", action="store_true")
    parser.add_argument("url")
    found, unknown = parser.parse_known_args(arguments)
    strange = [one for one in unknown if one not in {"-s", "-i", "-v", "-k", "-L", "--compressed"}]
    if strange:
        raise LineError(f"curl: {strange[0]} is not understood here")
    return _of_curl(found)


def _of_curl(found: Any) -> Made:
    url = urlsplit(found.url if "//" in found.url else f"http://{found.url}")
    headers = dict(header.partition(": ")[::2] for header in found.header)
    headers = {"User-Agent": found.agent or "curl/8.0", "Accept": "*/*", **headers}
    if found.referer:
        headers["Referer"] = found.referer
    if found.cookie:
        headers["Cookie"] = found.cookie
    headers.setdefault("Host", url.netloc)
    path = url.path or "/"
    query = url.query
    pieces = [*found.data, *(_encoded(one) for one in found.encode)]
    body, kind = "&".join(pieces), _FORM if pieces else ""
    if found.json:
        body, kind = "".join(found.json), "application/json"
    if found.get:
        query, body, kind = "&".join(filter(None, [query, body])), "", ""
    if found.form:
        return _form_of_curl(found, path, query, headers)
    default = "HEAD" if found.head else "POST" if body else "GET"
    method = found.request or default
    target = f"{path}?{query}" if query else path
    return assembled(method, target, headers, body.encode(), kind, "198.51.100.7")


def _encoded(piece: str) -> str:
    name, equals, value = piece.partition("=")
    return f"{name}={quote_plus(value)}" if equals else quote_plus(piece)


def _form_of_curl(found: Any, path: str, query: str, headers: dict[str, str]) -> Made:
    form: dict[str, Any] = {}
    upload: dict[str, str] | None = None
    for piece in found.form:
        name, _, value = piece.partition("=")
        if not value.startswith("@"):
            form[name] = value
            continue
        file, *options = value[1:].split(";")
        kinds = dict(option.partition("=")[::2] for option in options)
        content = Path(file).read_bytes().decode("latin-1") if Path(file).is_file() else ""
        upload = {
            "field": name,
            "name": kinds.get("filename", Path(file).name),
            "type": kinds.get("type", "application/octet-stream"),
            "content": content,
        }
    target = f"{path}?{query}" if query else path
    model = RequestModel(
        method=found.request, path=target, headers=headers, form=form, upload=upload
    )
    return from_model(model)


def from_har(text: str, entry: int) -> Made:
    """Request number `entry`, from 1, of an HTTP Archive. Raises LineError."""
    try:
        entries = json.loads(text)["log"]["entries"]
        request = entries[entry - 1]["request"] if 0 < entry <= len(entries) else None
    except (ValueError, KeyError, TypeError):
        raise LineError("this is no HAR file: a browser's network panel saves one") from None
    if request is None:
        raise LineError(f"the file holds {len(entries)} requests; there is no number {entry}")
    url = urlsplit(request["url"])
    headers = {
        one["name"]: one["value"]
        for one in request.get("headers", [])
        if not one["name"].startswith(":") and one["name"].lower() != "content-length"
    }
    headers.setdefault("Host", url.netloc)
    posted = request.get("postData") or {}
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    body = str(posted.get("text") or "").encode()
    return assembled(
        request["method"], target, headers, body, posted.get("mimeType", ""), "198.51.100.7"
    )


class Logged:
    """A request as an access log has it: no body, and no headers but two."""

    __slots__ = ("client", "made", "method", "path", "status")

    def __init__(self, made: Made, method: str, path: str, client: str, status: int) -> None:
        self.made = made
        self.method = method
        self.path = path
        self.client = client
        self.status = status


def from_log(lines: Iterator[str]) -> Iterator[Logged | None]:
    """Each line of an access log, ours as JSON or anybody's in the combined format; None: a line
    that holds no request."""
    for line in lines:
        try:
            yield _of_json(line) if line.startswith("{") else _of_combined(line)
        except (ValueError, KeyError, TypeError):
            yield None


def _of_json(line: str) -> Logged:
    record = orjson.loads(line)
    query = record.get("query")
    target = f"{record['path']}?{query}" if query else str(record["path"])
    return _logged(
        record["method"], target, record.get("agent"), record.get("referer"), record["client"],
        int(record["status"]),
    )  # fmt: skip


def _of_combined(line: str) -> Logged | None:
    found = _COMBINED.match(line)
    if found is None:
        return None
    method, target, _ = found["line"].split(" ")
    return _logged(
        method, target, found["agent"], found["referer"], found["client"], int(found["status"])
    )


def _logged(
    method: str, target: str, agent: str | None, referer: str | None, client: str, status: int
) -> Logged:
    headers = {"User-Agent": agent or ""}
    if referer and referer != "-":
        headers["Referer"] = referer
    made = assembled(method, target, headers, b"", "", client)
    return Logged(made, method, made.request.path, client, status)
