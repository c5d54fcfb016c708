"""Life as it is: what people, browsers and programs send that mean no harm.

Many of these are refused elsewhere: names with apostrophes, complaints with the words of SQL,
addresses with signs, tokens that look like code.
"""

import base64
import json
import random
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from corpus import sending
from corpus.sending import LIFE, Sent

NAMES: Final = LIFE["names"]
STREETS: Final = LIFE["streets"]
NOTES: Final = LIFE["notes"]
SEARCHES: Final = LIFE["searches"]
URLS: Final = LIFE["urls"]
PATHS: Final = LIFE["paths"]
FILES: Final = LIFE["files"]
_SYMBOLS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def benign(number: int, seed: int) -> list[Sent]:
    dice = random.Random(seed)
    weights = [weight for _, weight in _SHAPES]
    return [dice.choices(_SHAPES, weights)[0][0](dice) for _ in range(number)]


def password(dice: random.Random) -> str:
    size = dice.randrange(8, 18)
    return "".join(
        dice.choice(_SYMBOLS) if dice.random() < 0.2 else dice.choice(_LETTERS) for _ in range(size)
    )


def token(dice: random.Random) -> str:
    raw = dice.randbytes(dice.choice([16, 24, 32, 64]))
    draw = dice.randrange(4)
    if draw == 0:
        return raw.hex()
    if draw == 1:
        return base64.b64encode(raw).decode()
    if draw == 2:
        claims = base64.urlsafe_b64encode(b'{"sub":"7","iat":1760000000}').decode().rstrip("=")
        return f"eyJhbGciOiJIUzI1NiJ9.{claims}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _written(pairs: list[tuple[str, str]], dice: random.Random) -> list[tuple[str, str]]:
    """As browsers write forms."""
    return [
        (quote(name, safe="*-._[]"), quote(value, safe="*-._ ").replace(" ", "+"))
        for name, value in pairs
    ]


def _person(dice: random.Random) -> list[tuple[str, str]]:
    return [
        ("csrf_token", token(dice)),
        ("name", dice.choice(NAMES)),
        ("father_name", dice.choice(NAMES)),
        ("email", f"ali.o'neil+{dice.randrange(99)}@example.com"),
        (
            "phone",
            dice.choice(["+964 (770) 123-45 67", "07701234567", "٠٧٧٠١٢٣٤٥٦٧", "00964-770-1"]),
        ),
        ("address", dice.choice(STREETS)),
        ("birth", f"{dice.randrange(1940, 2020)}-{dice.randrange(1, 13):02d}-05"),
        ("from", "BGW"),
        (
            "price",
            dice.choice(["$1,200.50", "1.200,50 €", "IQD 25'000", "25٬000 د.ع", "<100", "10-20"]),
        ),
        ("seats[]", "12A"),
        ("seats[]", "12B"),
        ("note", dice.choice(NOTES)),
        ("return_to", dice.choice(URLS)),
        ("agree", "on"),
    ]


def _page(dice: random.Random) -> Sent:
    path = dice.choice(PATHS)
    agent = dice.choice(sending.PROGRAMS) if dice.random() < 0.2 else ""
    headers = sending.browser(dice, agent)
    if dice.random() < 0.5:
        headers.append((b"referer", dice.choice(URLS[:1] + URLS[3:]).encode()))
    if dice.random() < 0.5:
        headers.append((b"cookie", _cookies(dice).encode()))
    return Sent("GET", path.encode(), headers, about=path)


def _cookies(dice: random.Random) -> str:
    consent = quote(json.dumps({"ads": False, "v": "1.2", "at": "2026-11-20T10:10:10Z"}))
    return "; ".join(
        [
            f"session={token(dice)}",
            f"_ga=GA1.2.{dice.randrange(10**9)}.{dice.randrange(10**9)}",
            f"consent={consent}",
            (
                "OptanonConsent=isGpcEnabled=0&datestamp=Fri+Nov+20+2026+10:10:10+GMT+0300+(Arabian+Standard"
                "+Time)&version=202405.1.0&groups=C0001:1,C0002:0"
            ),
            f"last={quote(dice.choice(SEARCHES))}",
            'prefs="lang:ar|tz:+3"',
        ][: dice.randrange(1, 7)]
    )


def _search(dice: random.Random) -> Sent:
    words = dice.choice(SEARCHES + NAMES) if dice.random() < 0.8 else dice.choice(NOTES)
    pairs = [
        ("q", words),
        ("page", str(dice.randrange(9))),
        ("sort", "date,-price"),
        ("utm_source", "a|b"),
    ]
    if dice.random() < 0.2:
        pairs += [
            ("filter[price][from]", "10"),
            ("filter[price][to]", "<50"),
            ("fields", "id,name,date"),
        ]
    if dice.random() < 0.2:
        pairs += [("next", dice.choice(URLS)), ("fbclid", token(dice))]
    return sending.by_query(dice, "/search", _written(pairs[: dice.randrange(1, 9)], dice), words)


def _booking(dice: random.Random) -> Sent:
    pairs = _person(dice)
    return sending.by_form(dice, "/book", _written(pairs, dice), str(pairs))


def _complaint(dice: random.Random) -> Sent:
    text = " ".join(dice.choice(NOTES) for _ in range(dice.randrange(1, 4)))
    pairs = [("subject", dice.choice(SEARCHES)), ("text", text), ("name", dice.choice(NAMES))]
    return sending.by_form(dice, "/complaints", _written(pairs, dice), text)


def _login(dice: random.Random) -> Sent:
    secret = password(dice)
    pairs = [("username", dice.choice(NAMES)), ("password", secret), ("next", dice.choice(URLS))]
    return sending.by_form(dice, "/login", _written(pairs, dice), secret)


def _api(dice: random.Random) -> Sent:
    document = {
        "jsonrpc": "2.0",
        "id": dice.randrange(10**6),
        "token": token(dice),
        "passengers": [dict(_person(dice)[1:7]) for _ in range(dice.randrange(1, 5))],
        "note": dice.choice(NOTES),
        "nested": json.dumps({"a": [1, 2, {"b": "it's", "c": None}]}),
        "ok": True,
        "price": 12.5,
        "@type": "Person",
        "none": None,
        "url": dice.choice(URLS),
    }
    return sending.by_json(dice, "/api/v1/book", document, str(document))


def _graphql(dice: random.Random) -> Sent:
    query = "query Trip($id: ID!) { trip(id: $id) { id name stops { name at } __typename } }"
    return sending.by_json(dice, "/graphql", {"query": query, "variables": {"id": "7"}}, query)


def _photo(dice: random.Random) -> Sent:
    name = dice.choice(FILES)
    content = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + dice.randbytes(
        dice.choice([500, 5000, 20000])
    )
    fields = [("note", dice.choice(NOTES)), ("name", dice.choice(NAMES))]
    file = ("photo", name, dice.choice(["image/jpeg", "application/octet-stream"]), content)
    return sending.by_multipart(dice, "/upload", fields, [file], name)


def _data_url(dice: random.Random) -> Sent:
    picture = "data:image/png;base64," + base64.b64encode(dice.randbytes(3000)).decode()
    return sending.by_json(dice, "/api/photo", {"photo": picture, "raw": token(dice)}, "photo")


def _text(dice: random.Random) -> Sent:
    text = dice.choice(NOTES)
    headers = [*sending.browser(dice), (b"content-type", b"text/plain;charset=UTF-8")]
    return Sent("POST", b"/beacon", headers, text.encode(), text)


_SHAPES: Final[tuple[tuple[Callable[[random.Random], Sent], int], ...]] = (
    (_page, 22),
    (_search, 20),
    (_booking, 16),
    (_complaint, 12),
    (_login, 8),
    (_api, 10),
    (_graphql, 2),
    (_photo, 4),
    (_data_url, 2),
    (_text, 4),
)
