"""The waiting page in every state and language, and the same as JSON."""

import gzip
import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import OperatorError
from gateway.waitingroom.page import MOST, WaitingPage
from gateway.waitingroom.states import STATES, state_of
from gateway.waitingroom.texts import WAYS, load, provided
from gateway.waitingroom.view import (
    ANOTHER,
    ASKS,
    AWAY,
    BEYOND,
    BOOKED,
    CLOSED,
    DONE,
    DRAWING,
    ELSEWHERE,
    EXPIRED,
    LIKELY,
    OPEN,
    OVER,
    PAUSED,
    PHASES,
    PREQUEUE,
    REVOKED,
    UNSURE,
    View,
)

TITLE = {"ar": "حجز الجوازات", "en": "Passports"}
PAGE = WaitingPage("passports", title=TITLE, contact={"ar": "011-000-0000", "en": "a@b <c>"})
TICKET = b"3f9a0c57e1b24d86a1f05c9be7d2640b"
LANGUAGES = ("ar", "en")
EVIL = "</script><script>alert(1)</script><b \"'&>"

LATER = ("asks", "challenge", "pause", "done")


def a_view(phase: int = OPEN, **said: Any) -> View:
    known: dict[str, Any] = {"kept": True, "ticket": TICKET, "opening": b"2026-11-25"}
    later = {key: said.pop(key) for key in LATER if key in said}
    view = View(phase, **{**known, **said})
    for key, value in later.items():
        setattr(view, key, value)
    return view


WAITING = a_view(
    number=1234, before=812, waiting=20_000, low=1_500, high=2_400, places=640, reach=LIKELY,
    poll_after=20,
)  # fmt: skip
VIEWS = {
    "closed": View(CLOSED, opens_in=138_000, opens_at=b"2026-11-25 08:00"),
    "first": View(PREQUEUE, opens_in=1_432, opens_at=b"2026-11-25 08:00"),
    "prequeue": a_view(PREQUEUE, opens_in=1_432, waiting=18_230),
    "drawing": a_view(DRAWING, message={"ar": "رسالة", "en": "A message"}),
    "nonumber": a_view(),
    "waiting": WAITING,
    "beyond": a_view(number=15_107, before=13_001, reach=BEYOND),
    "turn": a_view(number=1_234, turn=True, enter_within=280),
    "over": a_view(OVER, opens_at=b"2026-11-26 08:00"),
    "gone": a_view(OVER, places=0),
    "paused": a_view(PAUSED, number=1_234),
    "away": View(AWAY),
    "work": a_view(PREQUEUE, kept=False, challenge=b'{"algorithm":"SHA-256"}', pause=15),
    **{name: a_view(PREQUEUE, kept=False, asks=at) for at, name in enumerate(ASKS) if at},
    "elsewhere": a_view(number=1234, done=ELSEWHERE),
    "revoked": a_view(number=1234, done=REVOKED),
    "booked": a_view(number=1234, done=BOOKED),
    "expired": a_view(number=1234, done=EXPIRED),
    "another": a_view(number=1234, done=ANOTHER),
}


def html_of(view: View, language: str = "en", page: WaitingPage = PAGE, **more: Any) -> str:
    asked: dict[str, Any] = {"to": b"/booking/", "request_id": b"id-1", **more}
    return page.html(view, language=language.encode(), **asked).decode()


class Read(HTMLParser):
    """A page as a strict reader has it: elements by id, what is visible, all that opens closes."""

    VOID = frozenset({"meta", "img", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.ids: dict[str, dict[str, str | None]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self.data: dict[str, str] = {}
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute twice in {tag}: {names}"
        found = dict(attrs)
        assert "style" not in found, "the policy would forbid it"
        assert not any(name.startswith("on") for name in names), "and this"
        self.tags.append((tag, found))
        if (name := found.get("id")) is not None:
            assert name not in self.ids, f"{name} twice"
            self.ids[name] = found
        if tag not in self.VOID:
            self.open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in {"script", "style"}:
            self.data[self.open[-1][1].get("id") or self.open[-1][0]] = data
        elif not any("hidden" in found for _, found in self.open):
            self.shown.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.shown))

    @property
    def elements(self) -> list[str]:
        return [tag for tag, _ in self.tags if tag != "bdi"]

    def hidden(self, name: str) -> bool:
        return "hidden" in self.ids[name]


# What it says.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_every_state_is_told_in_every_language(name: str, language: str) -> None:
    texts = load(provided(language), language).texts
    page = html_of(VIEWS[name], language)
    assert not re.search(r"\x00|\$\{|\{[a-z]+\}", page.partition("<title>")[2]), "an unfilled mark"
    read = Read(page)
    assert read.tags[0] == ("html", {"lang": language, "dir": "rtl" if language == "ar" else "ltr"})
    assert state_of(VIEWS[name]) == name == read.ids["room"]["data-state"]
    assert f"{texts[name + '_head']} · {TITLE[language]}" in read.text
    assert texts[name + "_text"] in read.text
    assert "id-1" in read.text
    ready = PAGE._tongues[language].sheets[name].pieces[0].decode()
    assert page.startswith(ready)
    assert len(ready) > 0.7 * len(page), "nearly all of it is ready"


def test_the_states_are_those_that_have_texts() -> None:
    assert set(STATES) == {*VIEWS, *DONE[1:], "cookies"}
    assert {VIEWS[name].phase for name in VIEWS} == set(range(len(PHASES)))


def test_work_that_is_due_is_told() -> None:
    read = Read(html_of(VIEWS["work"]))
    assert "Instead, wait 15 seconds, then press" in read.text
    [check] = [found for tag, found in read.tags if found.get("id") == "check"]
    assert parse_qs(urlsplit(check["href"] or "").query)["wait"] == ["1"]
    assert json.loads(read.data["view"])["challenge"] == {"algorithm": "SHA-256"}
    [check] = [
        found for tag, found in Read(html_of(VIEWS["first"])).tags if found.get("id") == "check"
    ]
    assert "wait" not in (check["href"] or "")


@pytest.mark.parametrize(
    ("view", "says", "not_said"),
    [
        pytest.param(WAITING, ["Your number 1,234", "812 people", "25 to 40 minutes", "640 places",
                               "It is certain only once", TICKET.decode(), "Check the draw"],
                     ["Enter now", "Opens in", "20,000"], id="waiting"),
        pytest.param(a_view(number=1, before=0), ["1", "nobody", "cannot be told yet"],
                     ["places", "As it looks now"], id="little is known"),
        pytest.param(a_view(number=5, reach=UNSURE, places=0), ["It is not certain", "none"],
                     ["As it looks now"], id="unsure, none left"),
        pytest.param(VIEWS["turn"], ["Enter within 4 minutes", "Enter now"],
                     ["Check now", "1,234", "by itself"], id="the turn"),
        pytest.param(a_view(number=9, turn=True, enter_within=59), ["Enter within 59 seconds"], [],
                     id="a short turn"),
        pytest.param(a_view(number=9, turn=True), ["Enter now"], ["Enter within"],
                     id="a turn without an end"),
        pytest.param(VIEWS["closed"], ["Opens in 1 day and 15 hours",
                                       "Next opening: Wednesday 25 November, 08:00"],
                     ["Your number", "Leave"], id="closed"),
        pytest.param(View(CLOSED), ["Booking has not opened yet"], ["Opens in", "Next opening"],
                     id="closed, nobody knows until when"),
        pytest.param(VIEWS["first"], ["Opens in 24 minutes", "Press “Check now” once",
                                      "Opening: Wednesday"], ["Leave", "Your ticket"], id="first"),
        pytest.param(VIEWS["over"], ["Next opening: Thursday 26 November, 08:00"],
                     ["Sound", "Leave"], id="over"),
        pytest.param(VIEWS["drawing"], ["Message from the service A message"], [], id="a message"),
        pytest.param(VIEWS["paused"], ["Your number 1,234", "are kept"], ["Opens in"], id="paused"),
        pytest.param(a_view(number=3, opening=b"always"), ["Your number 3"], ["Check the draw"],
                     id="a room that is always open"),
    ],
)  # fmt: skip
def test_what_is_known_is_told_and_nothing_else(
    view: View, says: list[str], not_said: list[str]
) -> None:
    text = Read(html_of(view)).text
    assert [one for one in says if one not in text] == []
    assert [one for one in not_said if one in text] == []


def test_a_page_for_who_has_left_offers_to_come_back() -> None:
    read = Read(html_of(WAITING, left=True))
    assert "You have left the queue" in read.text
    assert "Join again" in read.text
    assert "1,234" not in read.text


def test_a_room_without_a_draw_does_not_speak_of_one() -> None:
    page = WaitingPage("passports", way="queue")
    read = Read(html_of(WAITING, page=page))
    assert read.hidden("steps")
    assert read.hidden("proof")
    assert json.loads(page.json(WAITING))["draw"] is None


@cache
def page_of(way: str) -> WaitingPage:
    return WaitingPage("passports", way=way)


def test_a_room_that_asks_nobody_has_no_form_for_it() -> None:
    page = WaitingPage("passports", asks=False)
    read = Read(html_of(VIEWS["turn"], page=page))
    forms = [found["action"] for tag, found in read.tags if tag == "form"]
    assert forms == ["/.dawr/rooms/passports/enter", "/.dawr/rooms/passports/leave"]
    assert not {"join", "here", "signin"} & set(read.ids)


# Words that are true only where lots are drawn, only on a day's opening, only where it has an hour.
OF_A_DRAW = {"en": ("draw", "lot", "early"), "ar": ("قرعة", "مبكر", "باكر")}
OF_A_DAY = {"en": ("today", "the day"), "ar": ("اليوم",)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", VIEWS)
def test_each_page_is_true_for_how_its_room_gives_numbers(
    name: str, way: str, language: str
) -> None:
    read = Read(html_of(VIEWS[name], language, page=page_of(way)))
    said = " ".join(read.shown).lower()
    draws = [one for one in OF_A_DRAW[language] if re.search(rf"\b{one}|{one}\b", said)]
    days = [one for one in OF_A_DAY[language] if one in said]
    if way == "draw":
        assert draws or name not in {"closed", "prequeue", "drawing"}, "the test sees such words"
    else:
        assert draws == []
    if way == "always":
        assert days == []
    else:
        assert days or name not in {"gone", "beyond", "over"}


def test_what_the_operator_wrote_is_said_in_every_way() -> None:
    for way in WAYS:
        page = WaitingPage("passports", way=way, texts={"en": {"keep": "Kept until two."}})
        assert "Kept until two." in Read(html_of(WAITING, page=page)).text
    own = {"keep": "Kept.", "keep_always": "Kept for a week."}
    page = WaitingPage("passports", way="always", texts={"en": own})
    assert "Kept for a week." in Read(html_of(WAITING, page=page)).text


@pytest.mark.parametrize(
    ("message", "language", "said", "spoken"),
    [
        ({"ar": "أهلاً", "en": "Hello"}, "en", "Hello", "en"),
        ({"ar": "أهلاً", "en": "Hello"}, "ar", "أهلاً", "ar"),
        ({"ar": "أهلاً"}, "en", "أهلاً", "ar"),
        ({"ku": "Silav"}, "ar", "Silav", "ku"),
        ({}, "en", "", None),
    ],
)
def test_a_message_is_told_in_the_language_it_has(
    message: dict[str, str], language: str, said: str, spoken: str | None
) -> None:
    for _ in range(2):
        read = Read(html_of(a_view(message=message), language))
        [tag] = [found for name, found in read.tags if name == "span" and "dir" in found]
        assert said in read.text
        assert (tag.get("lang"), tag["dir"]) == (spoken, "auto")
        assert read.hidden("message") == (not said)
        html_of(a_view(message={"en": "another"}), language)


# Where it leads.


@pytest.mark.parametrize("to", [b"/booking/", b"/a?b=c&d=%2F&e=1+1#x", b"/a'\"<>&amp;", b"/"])
def test_the_way_back_is_carried_unchanged(to: bytes) -> None:
    read = Read(html_of(WAITING, to=to))
    fields = [found["value"] for tag, found in read.tags if found.get("name") == "to"]
    assert fields == [to.decode()] * 4
    for tag, found in read.tags:
        href = found.get("href")
        if tag == "a" and href and "/draw/" not in href:
            parts = urlsplit(href)
            assert parts.path == "/.dawr/rooms/passports"
            assert parts.fragment == ""
            assert parse_qs(parts.query, strict_parsing=True)["to"] == [to.decode()]


@pytest.mark.parametrize(
    "to",
    [b"//evil.example/", b"https://evil.example/", b"javascript:alert(1)", b"/\\evil", b"/a\r\nb",
     b"/.dawr/rooms/passports/leave", b"/" + b"x" * 2048, b"", b"/\xff"],
)  # fmt: skip
def test_no_way_back_leaves_the_platform(to: bytes) -> None:
    read = Read(html_of(WAITING, to=to))
    assert [found["value"] for _, found in read.tags if found.get("name") == "to"] == ["/"] * 4


def test_entering_and_leaving_are_forms_and_leaving_is_confirmed() -> None:
    read = Read(html_of(VIEWS["turn"]))
    forms = [found for tag, found in read.tags if tag == "form"]
    assert [(one["method"], one["action"]) for one in forms] == [
        ("post", "/.dawr/rooms/passports/join"),
        ("post", "/.dawr/rooms/passports/here"),
        ("post", "/.dawr/rooms/passports/enter"),
        ("post", "/.dawr/rooms/passports/leave"),
    ]
    [box] = [found for _, found in read.tags if found.get("type") == "checkbox"]
    assert (box["name"], box["value"], "required" in box) == ("sure", "1", True)


def test_without_javascript_one_may_have_it_look_by_itself_and_stop_it() -> None:
    off, on = html_of(WAITING), html_of(WAITING, auto=True)
    assert "auto=1" in off
    assert "Check automatically every minute" in off
    assert "auto=1" not in on
    assert "Stop checking automatically" in on
    assert "http-equiv" not in off + on


def test_other_languages_are_a_link_away() -> None:
    read = Read(html_of(WAITING, "ar"))
    [link] = [found for tag, found in read.tags if found.get("hreflang")]
    assert (link["lang"], link["dir"]) == ("en", "ltr")
    assert link["href"] == "/.dawr/rooms/passports?lang=en&to=/booking/"
    assert "<nav" not in html_of(WAITING, page=WaitingPage("passports", languages=["en"]))


# Hostile words.


@given(
    st.text(max_size=60), st.binary(max_size=60), st.binary(max_size=30),
    st.sampled_from(sorted(VIEWS)), st.sampled_from(LANGUAGES),
)  # fmt: skip
def test_nothing_that_is_shown_becomes_markup(
    message: str, to: bytes, request_id: bytes, name: str, language: str
) -> None:
    plain = Read(html_of(VIEWS[name], language))
    view = VIEWS[name]
    changed = View(
        view.phase, kept=view.kept, ticket=view.ticket, number=view.number, turn=view.turn,
        reach=view.reach, message={language: message, "x": EVIL},
    )  # fmt: skip
    for key in LATER:
        setattr(changed, key, getattr(view, key))
    request_id = request_id.decode("latin-1").encode()
    read = Read(html_of(changed, language, to=to, request_id=request_id))
    assert read.elements == plain.elements
    assert json.loads(read.data["view"])["message"] == {language: message, "x": EVIL}


def test_what_the_operator_writes_is_text() -> None:
    page = WaitingPage(
        "passports", title={"en": EVIL}, contact={"en": EVIL}, texts={"en": {"waiting_head": EVIL}}
    )
    plain = Read(html_of(WAITING))
    read = Read(html_of(WAITING, page=page))
    assert read.elements == plain.elements
    assert read.text.count(EVIL) == 5, "title twice, headline twice, contact"
    assert json.loads(read.data["words"])["title"] == EVIL


# As bytes.


@given(st.sampled_from(sorted(VIEWS)), st.sampled_from(LANGUAGES), st.booleans(), st.binary())
def test_compressed_it_is_the_same(name: str, language: str, auto: bool, to: bytes) -> None:
    said = {"to": to, "language": language.encode(), "request_id": b"id-1", "auto": auto}
    packed = PAGE.gzipped(VIEWS[name], **said)  # type: ignore[arg-type]
    assert gzip.decompress(packed) == PAGE.html(VIEWS[name], **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_a_whole_answer_fits_the_first_flight(name: str, language: str) -> None:
    logo = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h9v9z'/></svg>"
    page = WaitingPage("passports", title=TITLE, logo=logo, digits="arab")
    said: dict[str, Any] = {"to": b"/booking/?a=b", "request_id": b"0123456789abcdef"}
    packed = page.gzipped(VIEWS[name], language=language.encode(), **said)
    assert len(packed) < MOST <= 13 * 1024, "with a kilobyte for the head, 14 KiB"


def test_what_would_not_fit_is_refused_at_load() -> None:
    import random

    large = b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(6_000)
    with pytest.raises(OperatorError) as caught:
        WaitingPage("passports", logo=large)
    assert re.fullmatch(
        r'the waiting page in "ar" has \d\d,\d{3} bytes \(compressed\), [\d,]+ too many: take a '
        r"smaller logo \(SVG, or fewer colours\), or shorter texts",
        str(caught.value),
    )


def test_its_policy_allows_its_own_script_and_style_and_nothing_else() -> None:
    import base64
    import hashlib

    read = Read(html_of(WAITING, "ar"))

    def named(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert PAGE.policy.decode().split("\r\n") == [
        (
            "Content-Security-Policy: default-src 'none'; "
            f"script-src 'sha256-{named(read.data['script'])}'; "
            f"style-src 'sha256-{named(read.data['style'])}'; "
            "worker-src blob:; img-src data:; connect-src 'self'; base-uri 'none'; "
            "frame-ancestors 'self'"
        ),
        "X-Content-Type-Options: nosniff",
        "",
    ]
    assert not re.search(r"https?://|src=|url\(", html_of(WAITING))


def test_its_script_and_style_are_those_of_old_telephones() -> None:
    """Nothing that a browser of 2013 would stumble over as a whole."""
    read = Read(html_of(WAITING))
    code = re.sub(r"'[^'\n]*'|/(?=[^/*\s])[^/\n]+/\w*", "''", read.data["script"])
    assert not re.search(r"=>|`|\?\.|\?\?|\.\.\.|\b(let|const|class|async|await|of|import)\b", code)
    assert not re.search(
        r"\b(fetch|Promise|Map|Set|Symbol)\b|\.(includes|closest|append|remove)\(", code
    )
    assert not re.search(r"var\(|inset|:is\(|:where\(|gap:|grid", read.data["style"])


def test_nothing_moves() -> None:
    assert not re.search("animation|transition|@keyframes", html_of(WAITING))


# As JSON.


def test_json_is_as_documented() -> None:
    assert json.loads(PAGE.json(WAITING)) == {
        "version": 1, "room": "passports", "opening": "2026-11-25", "phase": "open", "kept": True,
        "ticket": TICKET.decode(), "number": 1234, "before": 812, "waiting": 20_000,
        "wait": {"low": 1_500, "high": 2_400}, "places": 640, "reach": "likely", "opens_in": None,
        "opens_at": None, "turn": False, "enter_within": None, "asks": False,
        "asked": "no", "challenge": None, "done": "no", "poll_after": 20, "message": {},
        "draw": "/.dawr/draw/passports/2026-11-25/",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("closed", {"phase": "closed", "kept": False, "ticket": None, "number": None, "draw": None,
                    "opens_in": 138_000, "opens_at": "2026-11-25 08:00", "opening": ""}),
        ("first", {"phase": "prequeue", "kept": False, "ticket": None}),
        ("prequeue", {"phase": "prequeue", "kept": True, "number": None, "waiting": 18_230,
                      "wait": None, "before": None, "places": None, "reach": "unknown"}),
        ("drawing", {"phase": "drawing", "message": {"ar": "رسالة", "en": "A message"}}),
        ("nonumber", {"phase": "open", "number": None, "turn": False}),
        ("beyond", {"phase": "open", "reach": "beyond", "before": 13_001}),
        ("turn", {"phase": "open", "turn": True, "enter_within": 280}),
        ("over", {"phase": "over", "opens_at": "2026-11-26 08:00"}),
        ("paused", {"phase": "paused", "number": 1_234}),
        ("away", {"phase": "away", "ticket": None}),
    ],
)  # fmt: skip
def test_json_of_each_phase(name: str, said: dict[str, Any]) -> None:
    found = json.loads(PAGE.json(VIEWS[name]))
    assert list(found) == list(json.loads(PAGE.json(WAITING)))
    assert {key: found[key] for key in said} == said


def test_a_message_that_changes_is_told_at_once() -> None:
    for text in ("one", "two", "one"):
        view = a_view(message={"en": text})
        assert json.loads(PAGE.json(view))["message"] == {"en": text}
        assert text in html_of(view)


# Languages.


@pytest.mark.parametrize(
    ("accept", "asked", "spoken"),
    [
        pytest.param(b"", b"", b"ar", id="says nothing"),
        pytest.param(b"en", b"", b"en", id="English"),
        pytest.param(b"en-US,en;q=0.9,ar;q=0.8", b"", b"en", id="American"),
        pytest.param(b"ar-SY,ar;q=0.9,en;q=0.1", b"", b"ar", id="Syrian"),
        pytest.param(b"en;q=0.5,ar;q=0.9", b"", b"ar", id="in another order"),
        pytest.param(b"en;q=0,ar;q=0.1", b"", b"ar", id="no English"),
        pytest.param(b"tr,de;q=0.9", b"", b"ar", id="none of ours"),
        pytest.param(b"tr, en ; q=0.2", b"", b"en", id="with spaces"),
        pytest.param(b"*", b"", b"ar", id="any"),
        pytest.param(b"EN-gb", b"", b"en", id="capitals"),
        pytest.param(b"en;q=much", b"", b"ar", id="no weight"),
        pytest.param(b"\xff\xfe,en", b"", b"en", id="bytes that mean nothing"),
        pytest.param(b"de," * 5000 + b"en", b"", b"ar", id="too long to be read to its end"),
        pytest.param(b"ar", b"en", b"en", id="asked for"),
        pytest.param(b"en", b"tr", b"en", id="asked for another"),
        pytest.param(b"en", b"../x", b"en", id="asked for nonsense"),
        pytest.param(b"en", b"\xff", b"en", id="asked for bytes"),
    ],
)
def test_the_language_is_the_one_that_was_asked_for(
    accept: bytes, asked: bytes, spoken: bytes
) -> None:
    assert PAGE.language_of(accept, asked) == spoken


def test_a_third_language_is_a_file() -> None:
    said = json.loads(provided("en"))
    said.update(language="ku", name="Kurdî", thousands=".")
    said["texts"]["waiting_head"] = "Tu di rêzê de yî"
    page = WaitingPage("passports", languages=["ar", "en", "ku"], files={"ku": json.dumps(said)})
    read = Read(html_of(WAITING, "ku", page))
    assert read.tags[0] == ("html", {"lang": "ku", "dir": "ltr"})
    assert "Tu di rêzê de yî" in read.text
    assert "1.234" in read.text
    assert len([one for _, one in read.tags if one.get("hreflang")]) == 2
    assert page.language_of(b"ku-TR") == b"ku"


def test_numerals_are_a_setting() -> None:
    read = Read(html_of(WAITING, "ar", WaitingPage("passports", digits="arab")))
    assert "رقمك ١٬٢٣٤" in read.text
    assert "من ٢٥ إلى ٤٠ دقيقة" in read.text


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"languages": []}, "languages: at least one"),
        ({"languages": ["tr"]}, 'languages: "tr" is not one of ours; give its file'),
        ({"languages": ["tr"], "files": {"tr": provided("en")}},
         'language "tr": its file says it is "en"'),
        ({"title": {"fr": "Passeports"}}, 'title: "fr" is not among the languages'),
        ({"contact": {"fr": "x"}, "texts": {"de": {}}},
         'contact: "fr" is not among the languages'),
        ({"texts": {"de": {}}}, 'texts: "de" is not among the languages'),
        ({"texts": {"ar": {"turn": "x"}, "en": {"and": "x"}}},
         ('language "ar": own texts: texts.turn: unknown key (did you mean "turn_text"?)\n'
         'language "en": own texts: texts.and: the mark {a} is missing\n'
         'language "en": own texts: texts.and: the mark {b} is missing')),
        ({"digits": "roman"}, ('language "ar": digits: "latn" or "arab", not \'roman\'\n'
         'language "en": digits: "latn" or "arab", not \'roman\'')),
        ({"accent": "#eeeeee"}, None),
        ({"logo": b"BM"},
         "logo: not an image that browsers show: give PNG, SVG, WebP, GIF or JPEG"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_told(settings: dict[str, Any], fault: str | None) -> None:
    with pytest.raises(OperatorError) as caught:
        WaitingPage("passports", **settings)
    assert fault is None or str(caught.value) == fault
