"""From a value to a request that carries it: places for values, and ways to write them."""

import json
import random
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

AGENTS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/128.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/127.0.0.0 Safari/537.36 Edg/127.0.2651.105",
    "Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6_1) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 "
    "Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/478.0.0.41.86;]",
    "Opera/9.80 (Android; Opera Mini/36.2/191.283; U; ar) Presto/2.12.423 Version/12.16",
)
PROGRAMS: Final = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "okhttp/4.12.0",
    "Dart/3.4 (dart:io)",
    "CFNetwork/1498.700.2 Darwin/23.6.0",
    "Apache-HttpClient/4.5.14 (Java/17.0.11)",
)
_SAFE: Final = "-._~"
_BOUNDARY: Final = "----WebKitFormBoundaryq7Vd2sT1kP0aXzYw"


class Sent:
    """A request as bytes. `about`: what it carries, for whoever reads a failure."""

    def __init__(
        self,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes = b"",
        about: str = "",
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.about = about

    def __repr__(self) -> str:
        return f"{self.method} {self.target!r} {self.about!r} {self.body[:120]!r}"


# Ways to write a value: each what a platform that decodes it makes the value of again.


def percent(text: str, _: random.Random) -> str:
    return quote(text, safe=_SAFE)


def loosely(text: str, _: random.Random) -> str:
    """As lazy tools do it: only what would end the value."""
    return quote(text, safe="-._~'\"()*;:@/?!$,<>[]{}|\\^`=").replace("%20", "+")


def everything(text: str, _: random.Random) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def some(text: str, dice: random.Random) -> str:
    made = ""
    for letter in text:
        escape = dice.random() < 0.3 or not (letter.isascii() and letter.isalnum())
        made += "".join(f"%{b:02x}" for b in letter.encode()) if escape else letter
    return made


def twice(text: str, _: random.Random) -> str:
    return quote(quote(text, safe=_SAFE), safe=_SAFE)


def iis(text: str, _: random.Random) -> str:
    return "".join(
        one
        if one.isascii() and one.isalnum()
        else f"%u{ord(one):04x}"
        if ord(one) < 0x10000
        else quote(one)
        for one in text
    )


def entities(text: str, dice: random.Random) -> str:
    made = "".join(
        one if one.isalnum() or dice.random() < 0.4 else f"&#{ord(one)};" for one in text
    )
    return quote(made, safe=_SAFE)


def full_width(text: str, _: random.Random) -> str:
    made = "".join(chr(ord(one) + 0xFEE0) if one in "'\"<>();=" else one for one in text)
    return quote(made, safe=_SAFE)


PLAINLY: Final = (percent, percent, loosely, everything, some)
SLYLY: Final = (twice, iis, entities, full_width)
Writing = Callable[[str, random.Random], str]


def browser(dice: random.Random, agent: str = "") -> list[tuple[bytes, bytes]]:
    language = dice.choice(
        ["ar,en-US;q=0.9,en;q=0.8", "en-US,en;q=0.5", "ckb,ar;q=0.8", "tr-TR,tr;q=0.9", "de"]
    )
    headers = {
        "host": "booking.example",
        "user-agent": agent or dice.choice(AGENTS),
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        "accept-language": language,
        "accept-encoding": "gzip, deflate, br, zstd",
        "connection": "keep-alive",
    }
    if dice.random() < 0.5:
        headers["sec-ch-ua"] = '"Chromium";v="128", "Not;A=Brand";v="24", "Google Chrome";v="128"'
        headers["sec-ch-ua-platform"] = '"Windows"'
        headers["sec-fetch-site"] = "same-origin"
        headers["upgrade-insecure-requests"] = "1"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


Pairs = list[tuple[str, str]]  # names and values, both written as they are sent


def by_query(dice: random.Random, path: str, pairs: Pairs, about: str) -> Sent:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return Sent("GET", f"{path}?{query}".encode(), browser(dice), about=about)


def by_form(dice: random.Random, path: str, pairs: Pairs, about: str) -> Sent:
    body = "&".join(f"{name}={value}" for name, value in pairs).encode()
    headers = [*browser(dice), (b"content-type", b"application/x-www-form-urlencoded")]
    return Sent("POST", path.encode(), headers, body, about)


def by_json(dice: random.Random, path: str, document: object, about: str) -> Sent:
    body = json.dumps(document, ensure_ascii=dice.random() < 0.5).encode()
    headers = [*browser(dice), (b"content-type", b"application/json")]
    return Sent("POST", path.encode(), headers, body, about)


def by_multipart(
    dice: random.Random,
    path: str,
    fields: Pairs,
    files: list[tuple[str, str, str, bytes]],
    about: str,
) -> Sent:
    """`files`: field, name, type, content."""
    pieces = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields
    ]
    for field, name, kind, content in files:
        head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        pieces.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content)
    mark = f"--{_BOUNDARY}".encode()
    body = b"".join(mark + b"\r\n" + piece + b"\r\n" for piece in pieces) + mark + b"--\r\n"
    kind = f"multipart/form-data; boundary={_BOUNDARY}".encode()
    return Sent("POST", path.encode(), [*browser(dice), (b"content-type", kind)], body, about)


def with_header(dice: random.Random, path: str, name: str, value: str, about: str) -> Sent:
    headers = [(own, old) for own, old in browser(dice) if own != name.encode()]
    return Sent("GET", path.encode(), [*headers, (name.encode(), value.encode())], about=about)
