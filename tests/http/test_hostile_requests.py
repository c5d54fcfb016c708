"""What two parsers could read in two ways never reaches the platform.

Each entry goes through a real connection whole, byte by byte, and with a second request behind it.
The head's faults must leave the platform untouched; a body's fault may come when the head is on its
way, and then the platform must never have seen a complete request.
"""

from collections.abc import Callable

import pytest
from helpers import OK, Client, Scene, read_answers, read_requests

from gateway.http import faults
from gateway.http.bounds import Bounds

SECOND = b"GET /second HTTP/1.1\r\nHost: a.example\r\n\r\n"
STATUS = {
    fault.name: fault.status for fault in vars(faults).values() if isinstance(fault, faults.Fault)
}


def line(text: bytes) -> bytes:
    """A request with this request line."""
    return text + b"\r\nHost: a.example\r\n\r\n"


def target(text: bytes) -> bytes:
    return line(b"GET " + text + b" HTTP/1.1")


def get(*headers: bytes) -> bytes:
    """A GET with these header lines behind its Host."""
    return b"\r\n".join((b"GET / HTTP/1.1", b"Host: a.example", *headers)) + b"\r\n\r\n"


def hosts(*headers: bytes) -> bytes:
    """A GET with these header lines and no others."""
    return b"\r\n".join((b"GET / HTTP/1.1", *headers)) + b"\r\n\r\n"


def post(*headers: bytes, body: bytes = b"hello") -> bytes:
    head = b"\r\n".join((b"POST /form HTTP/1.1", b"Host: a.example", *headers))
    return head + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


END = b"0\r\n\r\n"

# id: (the fault's name, the bytes)
HEADS: dict[str, tuple[str, bytes]] = {
    # The request line.
    "HTTP/0.9: no version": ("request-line", line(b"GET /")),
    "no target": ("request-line", line(b"GET HTTP/1.1")),
    "only a method": ("request-line", line(b"GET")),
    "two spaces before the target": ("request-line", line(b"GET  / HTTP/1.1")),
    "two spaces before the version": ("request-line", line(b"GET /  HTTP/1.1")),
    "a space behind the version": ("request-line", line(b"GET / HTTP/1.1 ")),
    "a space before the method": ("request-line", line(b" GET / HTTP/1.1")),
    "a space in the target": ("request-line", line(b"GET /a b HTTP/1.1")),
    "a whole request within the line": ("request-line", line(b"GET / HTTP/1.1 GET / HTTP/1.1")),
    "a tab before the target": ("request-line", line(b"GET\t/ HTTP/1.1")),
    "tabs instead of spaces": ("request-line", line(b"GET\t/\tHTTP/1.1")),
    "a tab before the version": ("request-line", line(b"GET /\tHTTP/1.1")),
    "a tab behind the version": ("request-line", line(b"GET / HTTP/1.1\t")),
    "a tab in front of the method": ("method", line(b"\tGET / HTTP/1.1")),
    "a vertical tab between": ("request-line", line(b"GET\x0b/ HTTP/1.1")),
    "a form feed between": ("request-line", line(b"GET\x0c/ HTTP/1.1")),
    "two empty lines in front": ("request-line", b"\r\n\r\n" + get()),
    "a space on a line in front": ("request-line", b" \r\n" + get()),
    "a bare LF in front": ("line-end", b"\n" + get()),
    "a bare CR in front": ("line-end", b"\r" + get()),
    "a byte order mark in front": ("method", b"\xef\xbb\xbf" + get()),
    "NUL in front": ("method", b"\x00" + get()),
    "a bare LF behind the request line": (
        "line-end",
        b"GET / HTTP/1.1\nHost: a.example\r\n\r\n",
    ),
    "a bare CR behind the request line": (
        "line-end",
        b"GET / HTTP/1.1\rHost: a.example\r\n\r\n",
    ),
    "CR CR LF behind the request line": (
        "line-end",
        b"GET / HTTP/1.1\r\r\nHost: a.example\r\n\r\n",
    ),
    "LF CR behind the request line": ("line-end", b"GET / HTTP/1.1\n\rHost: a.example\r\n\r\n"),
    "nothing but bare LFs": ("line-end", b"GET / HTTP/1.1\nHost: a.example\n\n"),
    "nothing but bare CRs": ("line-end", b"GET / HTTP/1.1\rHost: a.example\r\r\r\n\r\n"),
    # Versions.
    "HTTP/1.2": ("version", line(b"GET / HTTP/1.2")),
    "HTTP/2.0": ("version", line(b"GET / HTTP/2.0")),
    "HTTP/0.9": ("version", line(b"GET / HTTP/0.9")),
    "HTTP/3.0": ("version", line(b"GET / HTTP/3.0")),
    "HTTP/2": ("request-line", line(b"GET / HTTP/2")),
    "HTTP/1": ("request-line", line(b"GET / HTTP/1")),
    "HTTP/1.": ("request-line", line(b"GET / HTTP/1.")),
    "HTTP/1.10": ("request-line", line(b"GET / HTTP/1.10")),
    "HTTP/01.1": ("request-line", line(b"GET / HTTP/01.1")),
    "HTTP/1.01": ("request-line", line(b"GET / HTTP/1.01")),
    "HTTP/+1.1": ("request-line", line(b"GET / HTTP/+1.1")),
    "HTTP/11": ("request-line", line(b"GET / HTTP/11")),
    "HTTP-1.1": ("request-line", line(b"GET / HTTP-1.1")),
    "http/1.1": ("request-line", line(b"GET / http/1.1")),
    "Http/1.1": ("request-line", line(b"GET / Http/1.1")),
    "HTTPS/1.1": ("request-line", line(b"GET / HTTPS/1.1")),
    "ICY/1.1": ("request-line", line(b"GET / ICY/1.1")),
    "NUL behind the version": ("request-line", line(b"GET / HTTP/1.1\x00")),
    "a comma in the version": ("request-line", line(b"GET / HTTP/1,1")),
    "the preface of HTTP/2": ("version", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "the first bytes of TLS": ("request-line", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"),
    # Methods.
    "get": ("method", line(b"get / HTTP/1.1")),
    "Post": ("method", line(b"Post / HTTP/1.1")),
    "gET": ("method", line(b"gET / HTTP/1.1")),
    "a method in lower case that nobody knows": ("method", line(b"purge / HTTP/1.1")),
    "a method with a colon": ("method", line(b"GET: / HTTP/1.1")),
    "a method with a slash": ("method", line(b"G/T / HTTP/1.1")),
    "a method in quotes": ("method", line(b'"GET" / HTTP/1.1')),
    "a method in brackets": ("method", line(b"[GET] / HTTP/1.1")),
    "a method with NUL": ("method", line(b"GE\x00T / HTTP/1.1")),
    "a method with a control byte": ("method", line(b"GET\x01 / HTTP/1.1")),
    "a method with high bytes": ("method", line("GÉT / HTTP/1.1".encode())),
    "a method with punctuation": ("method", line(b"G!ET / HTTP/1.1")),
    "a method that begins with a dash": ("method", line(b"-GET / HTTP/1.1")),
    "a method that is a digit": ("method", line(b"1 / HTTP/1.1")),
    "an empty method": ("method", line(b" / HTTP/1.1")),
    "a method of 33 bytes": ("method", line(b"A" * 33 + b" / HTTP/1.1")),
    "CONNECT": ("method-refused", line(b"CONNECT a.example:443 HTTP/1.1")),
    "TRACE": ("method-refused", line(b"TRACE / HTTP/1.1")),
    "TRACK": ("method-refused", line(b"TRACK / HTTP/1.1")),
    "TRACE with Max-Forwards": (
        "method-refused",
        b"TRACE / HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 0\r\n\r\n",
    ),
    "the preface's method in HTTP/1.1": ("method-refused", line(b"PRI / HTTP/1.1")),
    # Targets.
    "a target without a slash": ("target", target(b"index.html")),
    "an asterisk for GET": ("target", target(b"*")),
    "an asterisk with a query": ("target", line(b"OPTIONS *?a HTTP/1.1")),
    "an authority for GET": ("target", target(b"a.example:80")),
    "a fragment": ("target", target(b"/a#b")),
    "a fragment in the query": ("target", target(b"/a?b#c")),
    "a bare backslash": ("target", target(b"/a\\b")),
    "a backslash in front": ("target", target(b"\\a")),
    "dots and a backslash": ("target", target(b"/..\\a")),
    "NUL in the path": ("target", target(b"/a\x00b")),
    "NUL in the query": ("target", target(b"/a?b=\x00")),
    "a bare CR in the path": ("line-end", target(b"/a\rb")),
    "a bare CR in the query": ("line-end", target(b"/a?b\rc")),
    "a bare LF in the path": ("line-end", target(b"/a\nb")),
    "a vertical tab in the path": ("target", target(b"/a\x0bb")),
    "a form feed in the path": ("target", target(b"/a\x0cb")),
    "a tab in the path": ("target", target(b"/a\tb")),
    "an escape byte in the path": ("target", target(b"/\x1b[31m")),
    "DEL in the path": ("target", target(b"/a\x7f")),
    "a lone percent": ("target", target(b"/a%")),
    "a percent with one digit": ("target", target(b"/a%4")),
    "a percent with no hex": ("target", target(b"/a%zz")),
    "%u0041": ("target", target(b"/%u0041")),
    "a percent with a sign": ("target", target(b"/%+1")),
    "an escaped NUL": ("target-ambiguous", target(b"/a%00.html")),
    "an escaped CR LF": ("target-ambiguous", target(b"/a%0d%0aX:%201")),
    "an escaped LF": ("target-ambiguous", target(b"/a%0A")),
    "an escaped tab": ("target-ambiguous", target(b"/a%09")),
    "an escaped DEL": ("target-ambiguous", target(b"/a%7F")),
    "an escaped slash": ("target-ambiguous", target(b"/a%2Fb")),
    "an escaped slash in lower case": ("target-ambiguous", target(b"/a%2fb")),
    "an escaped backslash": ("target-ambiguous", target(b"/a%5Cb")),
    "dots and an escaped slash": ("target-ambiguous", target(b"/static/..%2fadmin")),
    "escaped dots above the root": ("target-ambiguous", target(b"/%2e%2e/admin")),
    "dots above the root": ("target-ambiguous", target(b"/../admin")),
    "dots above the root, later": ("target-ambiguous", target(b"/a/../../admin")),
    "dots at the end, above the root": ("target-ambiguous", target(b"/..")),
    "dots behind a parameter": ("target-ambiguous", target(b"/a/..;/admin")),
    "dots behind a parameter with a name": ("target-ambiguous", target(b"/a/..;x=1/admin")),
    "a dot behind a parameter": ("target-ambiguous", target(b"/a/.;/admin")),
    "dots behind an escaped parameter": ("target-ambiguous", target(b"/a/..%3Bx/admin")),
    "escaped dots behind a parameter": ("target-ambiguous", target(b"/a/%2e%2e;/admin")),
    "a nameless parameter between slashes": ("target-ambiguous", target(b"/;/admin")),
    "a parameter that hides a slash": ("target-ambiguous", target(b"/;x/admin")),
    "an escape of an escaped slash": ("target-ambiguous", target(b"/a%252fb")),
    "an escape of escaped dots": ("target-ambiguous", target(b"/%252e%252e/admin")),
    "an escape of an escaped NUL": ("target-ambiguous", target(b"/a%2500")),
    "an escape of an escaped CR LF": ("target-ambiguous", target(b"/a%250d%250a")),
    "an escape of an escape of a dot": ("target-ambiguous", target(b"/%25252e")),
    "an escape of a dot whose digits are escaped": (
        "target-ambiguous",
        target(b"/a/%25%32%65%25%32%65/admin"),
    ),
    "overlong dot": ("target-ambiguous", target(b"/%c0%ae%c0%ae/")),
    "overlong slash": ("target-ambiguous", target(b"/a%c0%afb")),
    "overlong slash of three bytes": ("target-ambiguous", target(b"/a%e0%80%afb")),
    "overlong NUL": ("target-ambiguous", target(b"/a%c0%80")),
    "half a character": ("target-ambiguous", target(b"/%D8")),
    "a surrogate": ("target-ambiguous", target(b"/%ED%A0%80")),
    "a raw byte that is no text": ("target-ambiguous", target(b"/\xff")),
    "Latin-1 instead of UTF-8": ("target-ambiguous", target(b"/caf\xe9")),
    # Absolute targets.
    "absolute: another host": ("host-disagrees", target(b"http://b.example/")),
    "absolute: another port": ("host-disagrees", target(b"http://a.example:81/")),
    "absolute: https and port 80": ("host-disagrees", target(b"https://a.example:80/")),
    "absolute: a dot more": ("host-disagrees", target(b"http://a.example./")),
    "absolute: no Host": ("host-missing", b"GET http://a.example/ HTTP/1.1\r\n\r\n"),
    "absolute: no authority": ("target", target(b"http:///a")),
    "absolute: one slash": ("target", target(b"http:/a.example/")),
    "absolute: userinfo": ("target", target(b"http://u@a.example/")),
    "absolute: userinfo that looks like a host": (
        "target",
        target(b"http://a.example@b.example/"),
    ),
    "absolute: a backslash in the authority": ("target", target(b"http://a.example\\b/")),
    "absolute: a port that is no number": ("target", target(b"http://a.example:x/")),
    "absolute: a port beyond 65535": ("target", target(b"http://a.example:65536/")),
    "absolute: ftp": ("target", target(b"ftp://a.example/")),
    "absolute: file": ("target", target(b"file:///etc/passwd")),
    "absolute: javascript": ("target", target(b"javascript:alert(1)")),
    "absolute: a fragment": ("target", target(b"http://a.example#/")),
    "absolute: dots above the root": ("target-ambiguous", target(b"http://a.example/../x")),
    "a network-path reference": ("target-ambiguous", target(b"//b.example/..%2f")),
    # Host.
    "no Host": ("host-missing", b"GET / HTTP/1.1\r\n\r\n"),
    "no Host among others": ("host-missing", hosts(b"Accept: */*")),
    "Host twice": ("host", hosts(b"Host: a.example", b"Host: b.example")),
    "the same Host twice": ("host", hosts(b"Host: a.example", b"Host: a.example")),
    "Host twice, in two cases": ("host", hosts(b"Host: a.example", b"hOST: a.example")),
    "an empty Host": ("host", hosts(b"Host:")),
    "Host: a space within": ("host", hosts(b"Host: a example")),
    "Host: a list": ("host", hosts(b"Host: a.example, b.example")),
    "Host: userinfo": ("host", hosts(b"Host: u@a.example")),
    "Host: a path": ("host", hosts(b"Host: a.example/x")),
    "Host: a scheme": ("host", hosts(b"Host: http://a.example")),
    "Host: a query": ("host", hosts(b"Host: a.example?x")),
    "Host: a fragment": ("host", hosts(b"Host: a.example#x")),
    "Host: a backslash": ("host", hosts(b"Host: a.example\\x")),
    "Host: a port that is no number": ("host", hosts(b"Host: a.example:x")),
    "Host: a port with a sign": ("host", hosts(b"Host: a.example:-1")),
    "Host: a port beyond 65535": ("host", hosts(b"Host: a.example:65536")),
    "Host: two ports": ("host", hosts(b"Host: a.example:80:80")),
    "Host: only a port": ("host", hosts(b"Host: :80")),
    "Host: an IPv6 address without brackets": ("host", hosts(b"Host: ::1")),
    "Host: a bracket that is not closed": ("host", hosts(b"Host: [::1")),
    "Host: brackets around no address": ("host", hosts(b"Host: [.:.]")),
    "Host: an address with too many groups": ("host", hosts(b"Host: [1:2:3:4:5:6:7:8:9]")),
    "Host: a zone": ("host", hosts(b"Host: [fe80::1%25eth0]")),
    "Host: high bytes": ("host", hosts("Host: مثال".encode())),
    "Host: a percent": ("host", hosts(b"Host: a%2eexample")),
    "Host: quotes": ("host", hosts(b'Host: "a.example"')),
    "Host: a semicolon": ("host", hosts(b"Host: a.example;b")),
    "Host: NUL": ("control-byte", hosts(b"Host: a.example\x00b")),
    "a space before Host's colon": ("field-name", hosts(b"Host : a.example")),
    "Host folded": ("folded-line", hosts(b"Host: a.example", b" b.example")),
    "Host in a folded line": ("folded-line", hosts(b"X: y", b" Host: a.example")),
    # Header lines.
    "a folded line": ("folded-line", get(b"X: a", b" b")),
    "a line folded by a tab": ("folded-line", get(b"X: a", b"\tb")),
    "a folded line that looks like a header": ("folded-line", get(b"X: a", b" Y: b")),
    "a folded first line": ("folded-line", hosts(b" X: a", b"Host: a.example")),
    "a first line with a tab": ("folded-line", hosts(b"\tHost: a.example")),
    "a line of one space": ("folded-line", get(b" ")),
    "a space before the colon": ("field-name", get(b"X : a")),
    "a tab before the colon": ("field-name", get(b"X\t: a")),
    "a space within a name": ("field-name", get(b"X Y: a")),
    "no colon": ("field-name", get(b"Nothing")),
    "no name": ("field-name", get(b": a")),
    "only a colon": ("field-name", get(b":")),
    "a name with NUL": ("control-byte", get(b"X\x00Y: a")),
    "a name with a slash": ("field-name", get(b"X/Y: a")),
    "a name in quotes": ("field-name", get(b'"X": a')),
    "a name with a bracket": ("field-name", get(b"X[0]: a")),
    "a name with an equals sign": ("field-name", get(b"X=Y: a")),
    "a name with a comma": ("field-name", get(b"X,Y: a")),
    "a name with high bytes": ("field-name", get("Ünï: a".encode())),
    "a name behind a byte order mark": ("field-name", get(b"\xef\xbb\xbfX: a")),
    "a name behind a no-break space": ("field-name", get(b"\xa0Content-Length: 5")),
    "a name behind a vertical tab": ("control-byte", get(b"\x0bContent-Length: 5")),
    "a value with NUL": ("control-byte", get(b"X: a\x00b")),
    "a value with a bare CR": ("line-end", get(b"X: a\rb")),
    "a value with a bare LF": ("line-end", get(b"X: a\nb")),
    "a header behind a bare LF": ("line-end", get(b"X: a\nContent-Length: 5")),
    "a header behind a bare CR": ("line-end", get(b"X: a\rContent-Length: 5")),
    "a value that ends in CR": ("line-end", get(b"X: a\r")),
    "a value with a vertical tab": ("control-byte", get(b"X: a\x0bb")),
    "a value with a form feed": ("control-byte", get(b"X: a\x0cb")),
    "a value with an escape byte": ("control-byte", get(b"X: \x1b[0m")),
    "a value with DEL": ("control-byte", get(b"X: a\x7f")),
    "a value with backspace": ("control-byte", get(b"X: a\x08")),
    # Content-Length.
    "lengths that differ": ("content-length", post(b"Content-Length: 5", b"Content-Length: 6")),
    "the same length twice": ("content-length", post(b"Content-Length: 5", b"Content-Length: 5")),
    "a length of 0 twice": ("content-length", post(b"Content-Length: 0", b"Content-Length: 0")),
    "a list of lengths": ("content-length", post(b"Content-Length: 5, 5")),
    "a list of lengths that differ": ("content-length", post(b"Content-Length: 5, 6")),
    "a length and a comma": ("content-length", post(b"Content-Length: 5,")),
    "a length with a plus": ("content-length", post(b"Content-Length: +5")),
    "a length with a minus": ("content-length", post(b"Content-Length: -5")),
    "a length of minus zero": ("content-length", post(b"Content-Length: -0")),
    "a length in hex": ("content-length", post(b"Content-Length: 0x5")),
    "a length with hex digits": ("content-length", post(b"Content-Length: 5a")),
    "a length with a fraction": ("content-length", post(b"Content-Length: 5.0")),
    "a length with an exponent": ("content-length", post(b"Content-Length: 5e0")),
    "a length with an underscore": ("content-length", post(b"Content-Length: 1_0")),
    "a length with a space within": ("content-length", post(b"Content-Length: 5 5")),
    "a length with a word": ("content-length", post(b"Content-Length: 5 bytes")),
    "a length in quotes": ("content-length", post(b'Content-Length: "5"')),
    "a length with a semicolon": ("content-length", post(b"Content-Length: 5;")),
    "a length in Arabic digits": ("content-length", post("Content-Length: ٥".encode())),
    "a length in Latin-1 superscript": ("content-length", post(b"Content-Length: \xb2")),
    "a length behind a no-break space": ("content-length", post(b"Content-Length: \xa05")),
    "a length behind a next-line byte": ("content-length", post(b"Content-Length: \x855")),
    "an empty length": ("content-length", post(b"Content-Length:")),
    "a length beyond 64 bits": ("content-length", post(b"Content-Length: 18446744073709551621")),
    "a length of 19 digits": ("content-length", post(b"Content-Length: 1000000000000000000")),
    "a length behind a vertical tab": ("control-byte", post(b"Content-Length: \x0b5")),
    "a length with NUL": ("control-byte", post(b"Content-Length: 5\x00")),
    "a space before the length's colon": ("field-name", post(b"Content-Length : 5")),
    "a folded length": ("folded-line", post(b"Content-Length: 5", b" 0")),
    "a length on a line folded at once": ("content-length", post(b"Content-Length:", b" 5")),
    "a length for GET, twice": ("content-length", get(b"Content-Length: 0", b"content-length: 5")),
    # Transfer-Encoding.
    "both lengths": (
        "length-and-chunked",
        post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=END),
    ),
    "both lengths, the other way round": (
        "length-and-chunked",
        post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=END),
    ),
    "chunked and a length of 0": (
        "length-and-chunked",
        post(b"Transfer-Encoding: chunked", b"Content-Length: 0", body=END),
    ),
    "chunked twice": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=END),
    ),
    "chunked twice in one line": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked, chunked", body=END),
    ),
    "chunked and identity on two lines": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=END),
    ),
    "identity and chunked on two lines": (
        "transfer-encoding",
        post(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=END),
    ),
    "identity": (
        "transfer-encoding",
        post(b"Transfer-Encoding: identity", b"Content-Length: 5"),
    ),
    "gzip, chunked": ("transfer-encoding", post(b"Transfer-Encoding: gzip, chunked", body=END)),
    "gzip": ("transfer-encoding", post(b"Transfer-Encoding: gzip", body=END)),
    "chunked, gzip": ("transfer-encoding", post(b"Transfer-Encoding: chunked, gzip", body=END)),
    "chunked and a comma": ("transfer-encoding", post(b"Transfer-Encoding: chunked,", body=END)),
    "a comma and chunked": ("transfer-encoding", post(b"Transfer-Encoding: ,chunked", body=END)),
    "chunked with a parameter": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked;a=b", body=END),
    ),
    "chunked and a semicolon": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked;", body=END),
    ),
    "chunked in quotes": ("transfer-encoding", post(b'Transfer-Encoding: "chunked"', body=END)),
    "chunked in single quotes": (
        "transfer-encoding",
        post(b"Transfer-Encoding: 'chunked'", body=END),
    ),
    "xchunked": ("transfer-encoding", post(b"Transfer-Encoding: xchunked", body=END)),
    "chunkedx": ("transfer-encoding", post(b"Transfer-Encoding: chunkedx", body=END)),
    "chunk": ("transfer-encoding", post(b"Transfer-Encoding: chunk", body=END)),
    "an empty coding": ("transfer-encoding", post(b"Transfer-Encoding:", body=END)),
    "an empty coding and a length": (
        "transfer-encoding",
        post(b"Transfer-Encoding:", b"Content-Length: 5"),
    ),
    "chunked behind a no-break space": (
        "transfer-encoding",
        post(b"Transfer-Encoding: \xa0chunked", body=END),
    ),
    "chunked before a next-line byte": (
        "transfer-encoding",
        post(b"Transfer-Encoding: chunked\x85", body=END),
    ),
    "chunked with a dotless i's cousin": (
        "transfer-encoding",
        post("Transfer-Encoding: chun\u212aed".encode(), body=END),
    ),
    "chunked behind a vertical tab": (
        "control-byte",
        post(b"Transfer-Encoding: \x0bchunked", body=END),
    ),
    "chunked before a form feed": (
        "control-byte",
        post(b"Transfer-Encoding: chunked\x0c", body=END),
    ),
    "chunked before NUL": ("control-byte", post(b"Transfer-Encoding: chunked\x00", body=END)),
    "chunked behind a bare CR": ("line-end", post(b"Transfer-Encoding:\rchunked", body=END)),
    "a coding behind a bare LF": (
        "line-end",
        post(b"X: y\nTransfer-Encoding: chunked", b"Content-Length: 5", body=END),
    ),
    "a space before the coding's colon": (
        "field-name",
        post(b"Transfer-Encoding : chunked", b"Content-Length: 5", body=END),
    ),
    "a coding folded": (
        "transfer-encoding",
        post(b"Transfer-Encoding:", b" chunked", b"Content-Length: 5", body=END),
    ),
    "a coding on a line with a space in front": (
        "folded-line",
        post(b"Content-Length: 5", b" Transfer-Encoding: chunked", body=END),
    ),
    "a coding whose name holds a space": (
        "field-name",
        post(b"Transfer Encoding: chunked", b"Content-Length: 5", body=END),
    ),
    "a coding in HTTP/1.0": (
        "coding-in-1.0",
        b"POST / HTTP/1.0\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n" + END,
    ),
    "a coding in HTTP/1.0, kept alive": (
        "coding-in-1.0",
        b"POST / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + END,
    ),
    "both lengths in HTTP/1.0": (
        "length-and-chunked",
        b"POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + END,
    ),
    # Connection, Expect, and headers that stand once.
    "Connection names Host": ("nominated-field", get(b"Connection: close, Host")),
    "Connection names Content-Length": (
        "nominated-field",
        post(b"Content-Length: 5", b"Connection: content-length"),
    ),
    "Connection names Transfer-Encoding": (
        "nominated-field",
        post(b"Transfer-Encoding: chunked", b"Connection: Transfer-Encoding", body=END),
    ),
    "Connection names Cookie": ("nominated-field", get(b"Connection: cookie", b"Cookie: a=b")),
    "Connection names X-Forwarded-For": ("nominated-field", get(b"Connection: x-forwarded-for")),
    "Connection names Authorization": ("nominated-field", get(b"Connection: Authorization")),
    "Connection names no token": ("nominated-field", get(b"Connection: close;x")),
    "Connection names it on a second line": (
        "nominated-field",
        get(b"Connection: close", b"Connection: host"),
    ),
    "Expect something else": ("expect", post(b"Content-Length: 5", b"Expect: 200-ok")),
    "Expect nothing": ("expect", post(b"Content-Length: 5", b"Expect:")),
    "Expect twice": (
        "expect",
        post(b"Content-Length: 5", b"Expect: 100-continue", b"Expect: 100-continue"),
    ),
    "Expect a list": (
        "expect",
        post(b"Content-Length: 5", b"Expect: 100-continue, 100-continue"),
    ),
    "Content-Type twice": (
        "repeated-field",
        post(b"Content-Length: 5", b"Content-Type: text/plain", b"Content-Type: text/html"),
    ),
    # Bounds.
    "101 headers": ("header-count", get(*[b"X: y"] * 100)),
    "a target of 8193 bytes": ("target-bytes", target(b"/" + b"a" * 8192)),
    "a head of more than 32 KiB": ("header-bytes", get(b"X: " + b"a" * 33_000)),
    "a head that does not end": ("header-bytes", b"GET / HTTP/1.1\r\nX: " + b"a" * 33_000),
    "a body beyond the bound": ("body-bytes", post(b"Content-Length: 104857601")),
}

# Here the head is well; it may be on its way to the platform when the body's fault comes.
BODIES: dict[str, tuple[str, bytes]] = {
    "a chunk size of nothing": ("chunk", chunked(b"\r\nhello\r\n" + END)),
    "a chunk size with 0x": ("chunk", chunked(b"0x5\r\nhello\r\n" + END)),
    "a chunk size with x5": ("chunk", chunked(b"x5\r\nhello\r\n" + END)),
    "a chunk size with a plus": ("chunk", chunked(b"+5\r\nhello\r\n" + END)),
    "a chunk size with a minus": ("chunk", chunked(b"-5\r\nhello\r\n" + END)),
    "a chunk size of minus zero": ("chunk", chunked(b"-0\r\n\r\n")),
    "a chunk size with an underscore": ("chunk", chunked(b"0_5\r\nhello\r\n" + END)),
    "a chunk size with a fraction": ("chunk", chunked(b"5.0\r\nhello\r\n" + END)),
    "a chunk size in Arabic digits": ("chunk", chunked("٥\r\nhello\r\n".encode() + END)),
    "a chunk size with a letter beyond f": ("chunk", chunked(b"5g\r\nhello\r\n" + END)),
    "a chunk size with h behind": ("chunk", chunked(b"5h\r\nhello\r\n" + END)),
    "a space before the chunk size": ("chunk", chunked(b" 5\r\nhello\r\n" + END)),
    "a tab before the chunk size": ("chunk", chunked(b"\t5\r\nhello\r\n" + END)),
    "a space behind the chunk size": ("chunk", chunked(b"5 \r\nhello\r\n" + END)),
    "a tab behind the chunk size": ("chunk", chunked(b"5\t\r\nhello\r\n" + END)),
    "a space within the chunk size": ("chunk", chunked(b"0 5\r\nhello\r\n" + END)),
    "a vertical tab behind the chunk size": ("chunk", chunked(b"5\x0b\r\nhello\r\n" + END)),
    "NUL behind the chunk size": ("chunk", chunked(b"5\x00\r\nhello\r\n" + END)),
    "a comma behind the chunk size": ("chunk", chunked(b"5,\r\nhello\r\n" + END)),
    "a chunk size of 16 digits": ("chunk", chunked(b"0000000000000005\r\nhello\r\n" + END)),
    "a chunk size beyond 64 bits": ("chunk", chunked(b"10000000000000005\r\nhello\r\n" + END)),
    "a chunk size line ended by LF": ("chunk", chunked(b"5\nhello\r\n" + END)),
    "a chunk size line ended by CR": ("chunk", chunked(b"5\rhello\r\n" + END)),
    "a chunk size line ended by CR CR LF": ("chunk", chunked(b"5\r\r\nhello\r\n" + END)),
    "a chunk size line ended by LF CR": ("chunk", chunked(b"5\n\rhello\r\n" + END)),
    "an extension ended by LF": ("chunk", chunked(b"5;a=b\nhello\r\n" + END)),
    "an extension with a bare CR": ("chunk", chunked(b"5;a=\rb\r\nhello\r\n" + END)),
    "an extension with a bare LF": ("chunk", chunked(b"5;a\nb\r\nhello\r\n" + END)),
    "an extension with NUL": ("chunk", chunked(b"5;a\x00\r\nhello\r\n" + END)),
    "an extension without a name": ("chunk", chunked(b"5;\r\nhello\r\n" + END)),
    "an extension that is only a value": ("chunk", chunked(b"5;=b\r\nhello\r\n" + END)),
    "an extension whose quotes stay open": ("chunk", chunked(b'5;a="\r\nhello\r\n' + END)),
    "an extension with CR LF in quotes": ("chunk", chunked(b'5;a="\r\n0\r\n\r\n"\r\n' + END)),
    "an extension that is too long": (
        "chunk",
        chunked(b"5;" + b"a" * 300 + b"\r\nhello\r\n" + END),
    ),
    "extensions that add up": ("chunk", chunked((b"1;" + b"a" * 200 + b"\r\nx\r\n") * 100 + END)),
    "chunk data longer than its size": ("chunk", chunked(b"4\r\nhello\r\n" + END)),
    "chunk data shorter than its size": ("chunk", chunked(b"6\r\nhello\r\n" + END)),
    "chunk data ended by LF": ("chunk", chunked(b"5\r\nhello\n" + END)),
    "chunk data ended by CR": ("chunk", chunked(b"5\r\nhello\r" + END)),
    "chunk data ended by LF CR": ("chunk", chunked(b"5\r\nhello\n\r" + END)),
    "chunk data ended by nothing": ("chunk", chunked(b"5\r\nhello" + END)),
    "chunk data ended by two other bytes": ("chunk", chunked(b"5\r\nhelloXX" + END)),
    "an empty line between chunks": ("chunk", chunked(b"5\r\nhello\r\n\r\n" + END)),
    "a request instead of the zero chunk": ("chunk", chunked(b"5\r\nhello\r\n" + SECOND)),
    "the zero chunk ended by LF": ("chunk", chunked(b"0\n\n")),
    "the zero chunk ended by CR": ("chunk", chunked(b"0\r\r\n\r\n")),
    "the end of the body is LF": ("trailer", chunked(b"0\r\n\n")),
    "the end of the body is CR": ("trailer", chunked(b"0\r\n\rX\r\n\r\n")),
    "a trailer with a space before the colon": ("trailer", chunked(b"0\r\nX : y\r\n\r\n")),
    "a trailer folded": ("trailer", chunked(b"0\r\nX: y\r\n z\r\n\r\n")),
    "a trailer without a colon": ("trailer", chunked(b"0\r\nnothing\r\n\r\n")),
    "a trailer without a name": ("trailer", chunked(b"0\r\n: y\r\n\r\n")),
    "a trailer with NUL": ("trailer", chunked(b"0\r\nX: \x00\r\n\r\n")),
    "a trailer with a bare CR": ("trailer", chunked(b"0\r\nX: a\rb\r\n\r\n")),
    "a trailer ended by LF": ("trailer", chunked(b"0\r\nX: y\n\r\n")),
    "a trailer that is too long": (
        "trailer",
        chunked(b"0\r\nX: " + b"a" * 9000 + b"\r\n\r\n"),
    ),
    "too many trailers": ("trailer", chunked(b"0\r\n" + b"X: y\r\n" * 33 + b"\r\n")),
    "a request line as a trailer": ("trailer", chunked(b"0\r\nGET / HTTP/1.1\r\n\r\n")),
}


def whole(client: Client, data: bytes) -> None:
    client.send(data)


def by_byte(client: Client, data: bytes) -> None:
    if len(data) > 40_000:  # as good as by byte, and sooner done
        for at in range(0, len(data), 32_003):
            client.send(data[at : at + 32_003])
    else:
        client.send_by_byte(data)


def with_more(client: Client, data: bytes) -> None:
    client.send(data + SECOND)


FED = pytest.mark.parametrize("feed", [whole, by_byte, with_more])
Feed = Callable[[Client, bytes], None]


def params(table: dict[str, tuple[str, bytes]]) -> list[object]:
    return [pytest.param(*entry, id=name) for name, entry in table.items()]


def assert_refused(scene: Scene, client: Client, fault: str) -> None:
    assert scene.faults == [fault]
    [exchange] = scene.ended
    assert exchange.fault is not None
    assert exchange.fault.name == fault
    assert [status for status, _, _ in read_answers(client.sent)] == [STATUS[fault]]
    assert b"\r\nConnection: close\r\n" in client.sent
    assert client.closed


@FED
@pytest.mark.parametrize(("fault", "data"), params(HEADS))
def test_a_head_that_reads_in_two_ways_reaches_nobody(feed: Feed, fault: str, data: bytes) -> None:
    scene = Scene()
    client = scene.client()
    feed(client, data)
    assert_refused(scene, client, fault)
    assert scene.platform == []


@FED
@pytest.mark.parametrize(("fault", "data"), params(BODIES))
def test_a_body_that_reads_in_two_ways_is_never_complete(
    feed: Feed, fault: str, data: bytes
) -> None:
    scene = Scene()
    client = scene.client()
    feed(client, data)
    assert_refused(scene, client, fault)
    for end in scene.platform:
        assert read_requests(end.got) == []
        assert end.transport.aborted


@pytest.mark.parametrize(("fault", "data"), params(BODIES))
def test_a_body_that_is_bad_from_the_start_reaches_nobody(fault: str, data: bytes) -> None:
    """It came in one piece with its head, and is read before anybody is asked."""
    scene = Scene()
    client = scene.client().send(data + SECOND)
    assert_refused(scene, client, fault)
    assert scene.platform == []


@pytest.mark.parametrize(("fault", "data"), params(HEADS))
def test_what_came_before_is_answered_first(fault: str, data: bytes) -> None:
    scene = Scene()
    client = scene.client().send(get() + data)
    end = scene.platform[0].send(OK)
    assert client.statuses == [200, STATUS[fault]]
    assert client.closed
    assert len(read_requests(end.got)) == 1
    assert len(scene.platform) == 1


@pytest.mark.parametrize("feed", [whole, by_byte])
def test_a_chunk_size_does_not_wrap_at_32_bits(feed: Feed) -> None:
    scene = Scene(bounds=Bounds(body_bytes=10))
    client = scene.client()
    feed(client, chunked(b"100000005\r\nhello\r\n" + END))
    assert_refused(scene, client, "body-bytes")
    assert read_requests(scene.forwarded) == []


def test_nothing_is_read_behind_a_refusal() -> None:
    scene = Scene()
    client = scene.client().send(get(b"X : y"))
    client.send(SECOND)
    assert client.statuses == [400]
    assert scene.platform == []


def test_the_tables_are_long_enough_and_name_every_fault_of_a_request() -> None:
    named = {fault for fault, _ in [*HEADS.values(), *BODIES.values()]}
    elsewhere = {  # in test_downstream.py, test_held_bodies.py
        "underscore", "head-time", "body-rate", "idle", "send-stall", "connections",
        "connections-per-client", "requests-per-connection", "proxy-protocol", "status-line",
        "unasked-answer", "early-end", "held-bodies",
    }  # fmt: skip
    assert named | elsewhere == set(STATUS)
    assert len(HEADS) + len(BODIES) >= 150
