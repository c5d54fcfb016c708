"""What the blocked see, in every form it has."""

import json
import re
from importlib.resources import files

import pytest
from helpers import FakeDecider, Scene, a_refusal, read_answers

from gateway.clock import SECOND
from gateway.http.connection import seems_accepted
from gateway.http.responses import Responses
from gateway.verdict import Action, Decision, Verdict

CONTACT = {"ar": "للمساعدة: 011-000-0000", "en": "Help: help@a.example <b>"}
RESPONSES = Responses(contact=CONTACT)
NOW = 1_000 * SECOND
REASONS = json.loads((files("gateway.http") / "pages/blocked.json").read_text("utf-8"))["reasons"]
CODE = "K7M4-Q2"


def a_block(reason: str = "flood", seconds: float = 300, code: str = CODE) -> Verdict:
    until = NOW + round(seconds * SECOND) if seconds else 0
    return a_refusal(code=code, reason=reason, until=until)


def told(
    verdict: Verdict, accept: bytes, responses: Responses = RESPONSES, **more: bool
) -> tuple[dict[str, str], str]:
    status, data, size = responses.refusal(verdict, b"id-1", NOW, accept=accept, **more)
    [(got, headers, body)] = read_answers(data, ended=False)
    assert got == status == 403
    assert len(body) == size
    fields = {name.decode(): value.decode() for name, value in headers}
    assert fields["x-request-id"] == "id-1"
    assert fields["cache-control"] == "no-store"
    return fields, body.decode()


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_words_in_both_languages(reason: str) -> None:
    _, page = told(a_block(reason), b"text/html")
    _, said = told(a_block(reason), b"application/json")
    for language in ("ar", "en"):
        assert REASONS[reason][language] in page
        assert json.loads(said)["message"][language].startswith(REASONS[reason][language])
    assert json.loads(said)["reason"] == reason
    assert not re.search(r"\d", "".join(REASONS[reason].values())), "never a threshold"


def test_the_reasons_are_those_that_blocks_are_made_for() -> None:
    assert set(REASONS) == {
        "flood", "attack", "limits", "malformed", "honeypot", "broker", "by-hand", "feed", "geo",
        "other",
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["", "something", "<script>"])
def test_a_reason_that_nobody_knows_is_told_as_other(reason: str) -> None:
    assert REASONS["other"]["en"] in told(a_block(reason), b"text/html")[1]
    assert json.loads(told(a_block(reason), b"json")[1])["reason"] == "other"


def test_the_page_has_the_code_and_the_way_to_appeal() -> None:
    fields, page = told(a_block(), b"text/html,*/*")
    assert fields["content-type"] == "text/html; charset=utf-8"
    assert page.count(f">{CODE}</code>") == 2
    assert '<p>للمساعدة: <bdi dir="ltr">011-000-0000</bdi></p>' in page
    assert "Help: help@a.example &lt;b&gt;" in page
    assert page.count("id-1") == 2
    assert "<script" not in page
    assert "\x00" not in page
    assert "${" not in page


@pytest.mark.parametrize(
    ("seconds", "ar", "en", "retry_after"),
    [
        pytest.param(0.5, "الدقائق", "Minutes until it ends: <b>1</b>", "1", id="half a second"),
        pytest.param(60, "الدقائق", "Minutes until it ends: <b>1</b>", "60", id="a minute"),
        pytest.param(60.1, "الدقائق", "Minutes until it ends: <b>2</b>", "61", id="and a bit"),
        pytest.param(7200, "الدقائق", "Minutes until it ends: <b>120</b>", "7200", id="2 h"),
        pytest.param(7201, "الساعات", "Hours until it ends: <b>3</b>", "7201", id="past 2 h"),
        pytest.param(86_400, "الساعات", "Hours until it ends: <b>24</b>", "86400", id="a day"),
        pytest.param(172_800, "الساعات", "Hours until it ends: <b>48</b>", "172800", id="2 d"),
        pytest.param(172_801, "الأيام", "Days until it ends: <b>3</b>", "172801", id="past 2 d"),
        pytest.param(-60, "الدقائق", "Minutes until it ends: <b>1</b>", "1", id="just over"),
    ],
)
def test_how_long_it_lasts(seconds: float, ar: str, en: str, retry_after: str) -> None:
    fields, page = told(a_block(seconds=seconds), b"text/html")
    assert ar in page
    assert en in page
    assert fields["retry-after"] == retry_after
    said = json.loads(told(a_block(seconds=seconds), b"application/json")[1])
    assert said["until_seconds"] == int(retry_after)


def test_a_block_without_an_end_says_who_lifts_it() -> None:
    fields, page = told(a_block("by-hand", 0), b"text/html")
    assert "It lasts until the service lifts it." in page
    assert "ترفعه" in page
    assert "retry-after" not in fields
    fields, body = told(a_block("by-hand", 0), b"application/json")
    assert json.loads(body)["until_seconds"] is None
    assert "retry-after" not in fields


def test_an_application_is_told_the_same() -> None:
    fields, body = told(a_block(), b"application/json")
    assert fields["content-type"] == "application/json; charset=utf-8"
    said = json.loads(body)
    message = said.pop("message")
    assert said == {
        "error": "blocked", "code": CODE, "reason": "flood", "until_seconds": 300,
        "request_id": "id-1",
    }  # fmt: skip
    assert CONTACT["en"] in message["en"]
    assert CONTACT["ar"] in message["ar"]


@pytest.mark.parametrize("accept", [b"", b"*/*", b"image/png"])
def test_a_flood_gets_one_line(accept: bytes) -> None:
    fields, body = told(a_block(), accept)
    assert (fields["content-type"], fields["retry-after"]) == ("text/plain; charset=utf-8", "300")
    assert body == f"Blocked. Code: {CODE}\n"


@pytest.mark.parametrize("accept", [b"text/html", b"application/json", b""])
def test_head_and_the_end_of_a_connection(accept: bytes) -> None:
    _, whole, _ = RESPONSES.refusal(a_block(), b"id-1", NOW, accept=accept)
    _, head, size = RESPONSES.refusal(a_block(), b"id-1", NOW, accept=accept, head=True)
    assert size == 0
    assert head.endswith(b"\r\n\r\n")
    assert whole.startswith(head)
    assert told(a_block(), accept, close=True)[0]["connection"] == "close"


def test_a_block_without_a_code_is_told_as_before() -> None:
    _, data, _ = RESPONSES.refusal(a_refusal(), b"id-1", NOW)
    assert b"text/html" in data


def test_without_a_contact_the_page_says_whom_to_ask_all_the_same() -> None:
    _, page = told(a_block(), b"text/html", Responses())
    assert "contact the service and give them the code" in page
    assert json.loads(told(a_block(), b"json", Responses())[1])["message"]["en"].endswith("code.")


# A connection whose bytes nobody parses.

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\nAccept: %b\r\n\r\n"


@pytest.mark.parametrize(
    ("accept", "begins"),
    [
        (b"text/html,application/xhtml+xml,*/*;q=0.8", b"<!doctype html>"),
        (b"application/json", b'{"error": "blocked"'),
        (b"text/html,application/json", b"<!doctype html>"),
        (b"*/*", b"Blocked. Code: "),
    ],
)
def test_the_unread_get_what_they_seem_to_accept(accept: bytes, begins: bytes) -> None:
    scene = Scene(decider=FakeDecider(standing=Decision("block", a_block())))
    client = scene.client().send(GET % accept)
    [(status, _, body)] = read_answers(client.sent, ended=False)
    assert (status, body[: len(begins)]) == (403, begins)
    assert CODE.encode() in body
    assert scene.forwarded == b""


@pytest.mark.parametrize(
    ("before", "found"),
    [(0, b"text/html"), (4096 - 9, b"text/html"), (4096 - 8, b""), (60_000, b"")],
)
def test_only_the_beginning_is_looked_at(before: int, found: bytes) -> None:
    assert seems_accepted(b"x" * before + b"text/html" + b"x" * 100) == found


def test_who_is_blocked_after_all_is_told_so_as_well() -> None:
    scene = Scene(decider=FakeDecider(decision=Decision("block", a_block())))
    client = scene.client().send(GET % b"text/html")
    [(status, headers, body)] = read_answers(client.sent, ended=False)
    assert (status, dict(headers)[b"retry-after"]) == (403, b"300")
    assert CODE.encode() in body
    assert not client.closed
    assert a_block().action is Action.BLOCK
