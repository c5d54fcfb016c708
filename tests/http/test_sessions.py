"""Whom the platform's session is for: as the platform says it, for the device it said it to."""

import base64
import hmac
import json
from hashlib import blake2b
from typing import Any

import pytest
from helpers import FakeClock, a_request

from gateway.http.framing import Answer
from gateway.http.sessions import PERSON, CookieSessions, HeaderSessions
from gateway.request import NO_BODY, Request

CLOCK = FakeClock(wall=1_800_000_000.0)
KEYS = [b"k" * 32]
SECRET = b"s" * 32


def hash_of(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=PERSON).digest() if text.isdigit() else b""


RANIA = hash_of("01234567890")


def sessions(keys: list[bytes] = KEYS) -> HeaderSessions:
    return HeaderSessions(hash_of, CLOCK, keys, header=b"x-person", name=b"session")


def answer(*headers: tuple[bytes, bytes]) -> Answer:
    pieces = [b"%b: %b\r\n" % (name.title(), value) for name, value in headers]
    return Answer(200, b"OK", list(headers), pieces, NO_BODY, 0, True, b"")


def request(device: int, cookie: bytes = b"", name: bytes = b"session") -> Request:
    made = a_request(headers=[(b"cookie", name + b"=" + cookie)] if cookie else [])
    made.device = device
    return made


def told(value: bytes, device: int = 7) -> tuple[bytes, Answer]:
    """The value of the cookie, and the answer as it goes on."""
    one = answer((b"content-type", b"text/html"), (b"x-person", value))
    line = sessions().told(request(device), one)
    return line.partition(b"=")[2].partition(b";")[0], one


def test_what_the_platform_says_is_kept_from_the_client_and_comes_back_as_a_hash() -> None:
    cookie, one = told(b"01234567890")
    assert one.pieces == [b"Content-Type: text/html\r\n"]
    assert b"01234567890" not in base64.urlsafe_b64decode(cookie[1:] + b"==")
    assert sessions().person(request(7, cookie)) == RANIA


@pytest.mark.parametrize(
    ("value", "device"),
    [(b"", 7), (b"nobody", 7), (b"\xff\xfe", 7), (b"01234567890", 0)],
    ids=["signed out", "no number", "no text", "without a device"],
)
def test_what_is_no_person_takes_the_cookie_away(value: bytes, device: int) -> None:
    assert told(value, device)[0] == b""


def test_an_answer_that_says_nothing_changes_nothing() -> None:
    one = answer((b"x-personal", b"1"))
    assert sessions().told(request(7), one) == b""
    assert len(one.pieces) == 1


@pytest.mark.parametrize("how", ["of another device", "of another key", "changed", "a day later"])
def test_a_cookie_that_is_not_ours_now_says_nothing(how: str) -> None:
    cookie, _ = told(b"01234567890")
    clock = FakeClock(wall=CLOCK.wall() + (86_400 + 60 if how == "a day later" else 0))
    keys = [b"x" * 32] if how == "of another key" else KEYS
    one = HeaderSessions(hash_of, clock, keys, header=b"x-person", name=b"session")
    if how == "changed":
        cookie = cookie[:-2] + (b"AA" if cookie[-2:] != b"AA" else b"BB")
    assert one.person(request(8 if how == "of another device" else 7, cookie)) == b""


def jwt(claims: Any, *, head: Any = None, secret: bytes = SECRET) -> bytes:
    def part(said: Any) -> bytes:
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    signed = part(head or {"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    return signed + b"." + part(hmac.digest(secret, signed, "sha256"))


GOOD = {"sub": "01234567890", "exp": 1_800_000_001}


@pytest.mark.parametrize(
    ("cookie", "person"),
    [
        pytest.param(jwt(GOOD), RANIA, id="signed"),
        pytest.param(jwt({**GOOD, "exp": 1_800_000_000}), b"", id="over"),
        pytest.param(jwt({"sub": "01234567890"}), b"", id="without an end"),
        pytest.param(jwt({**GOOD, "sub": 1234567890}), b"", id="a number is no text"),
        pytest.param(jwt({**GOOD, "sub": "x"}), b"", id="no number"),
        pytest.param(jwt(GOOD, secret=b"t" * 32), b"", id="another secret"),
        pytest.param(jwt(GOOD, head={"alg": "none"}), b"", id="it says: no algorithm"),
        pytest.param(jwt(GOOD).rpartition(b".")[0] + b".", b"", id="no signature"),
        pytest.param(jwt(b"[]"), b"", id="no claims"),
        pytest.param(jwt(b"{"), b"", id="no JSON"),
        pytest.param(b"..", b"", id="dots"),
        pytest.param(b"x" * 5000, b"", id="a flood"),
    ],
)
def test_a_jwt_counts_when_the_platform_has_signed_it(cookie: bytes, person: bytes) -> None:
    one = CookieSessions(hash_of, CLOCK, cookie=b"sid", secret=SECRET, claim="sub")
    assert one.person(request(7, cookie, b"sid")) == person
