"""A language file that has a fault is refused at load, with every fault in it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.errors import OperatorError
from gateway.waitingroom.states import STATES
from gateway.waitingroom.texts import COUNTED, MARKED, PROVIDED, load, provided

Change = Callable[[dict[str, Any]], None]


def changed(change: Change, language: str = "en") -> str:
    said = json.loads(provided(language))
    change(said)
    return json.dumps(said, ensure_ascii=False)


def faults_of(text: str, **more: Any) -> list[str]:
    with pytest.raises(OperatorError) as caught:
        load(text, "ku.json", **more)
    lines = str(caught.value).split("\n")
    assert all(line.startswith("ku.json: ") for line in lines)
    return [line.removeprefix("ku.json: ") for line in lines]


@pytest.mark.parametrize("code", PROVIDED)
def test_ours_are_whole(code: str) -> None:
    language = load(provided(code), code)
    assert language.code == code
    keys = set(json.loads(provided("en"))["texts"])
    plain = {key for key in keys if not key.endswith(("_queue", "_always"))}
    assert set(language.texts) | set(language.counted) == plain
    assert {key.rpartition("_")[0] for key in keys - plain} <= plain
    assert {f"{state}_{part}" for state in STATES for part in ("head", "text")} <= keys
    assert set(COUNTED) | set(MARKED) <= keys


def set_text(key: str, text: object) -> Change:
    return lambda said: said["texts"].__setitem__(key, text)


def without(*keys: str) -> Change:
    def change(said: dict[str, Any]) -> None:
        for key in keys:
            (said if key in said else said["texts"]).pop(key)

    return change


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        pytest.param(without("name"), ["name: is missing"], id="no name"),
        pytest.param(without("plural", "days"), ["plural: is missing", "days: is missing"],
                     id="two are missing"),
        pytest.param(lambda s: s.update(langauge="ku"),
                     ['langauge: unknown key (did you mean "language"?)'], id="misspelt"),
        pytest.param(lambda s: s.update(language="Kurdish!"),
                     ["language: a code like \"ku\" or \"pt-BR\" (BCP 47), not 'Kurdish!'"],
                     id="no code"),
        pytest.param(lambda s: s.update(direction="left"),
                     ["direction: \"ltr\" or \"rtl\", not 'left'"], id="no direction"),
        pytest.param(lambda s: s.update(months=["January"]), ["months: a list of 12 names"],
                     id="one month"),
        pytest.param(lambda s: s.update(days=[*s["days"], "Doomsday"]),
                     ["days: a list of 7 names"], id="eight days"),
        pytest.param(lambda s: s.update(thousands="and"),
                     ['thousands: what stands between thousands, like "," (or "")'],
                     id="a word between thousands"),
        pytest.param(lambda s: s.update(numerals={"digits": "01234", "thousands": ","}),
                     ['numerals: {"digits": ten different characters from nought, "thousands": …}'],
                     id="five digits"),
        pytest.param(lambda s: s.update(plural={"one": 1}),
                     [("plural: a list of [form, modulus or 0, lowest, highest], like "
                      '[["one", 0, 1, 1]]')], id="no list of rules"),
        pytest.param(lambda s: s.update(plural=[["one", 0, 2, 1]]),
                     [("plural: a list of [form, modulus or 0, lowest, highest], like "
                      '[["one", 0, 1, 1]]')], id="an empty range"),
        pytest.param(without("turn_head"), ["texts.turn_head: is missing"], id="a text is missing"),
        pytest.param(set_text("turn_haed", "x"),
                     ['texts.turn_haed: unknown key (did you mean "turn_head"?)'],
                     id="one too many"),
        pytest.param(set_text("turn_head", " "),
                     ["texts.turn_head: a text of 1 to 1000 characters"], id="empty"),
        pytest.param(set_text("turn_head", "x" * 1001),
                     ["texts.turn_head: a text of 1 to 1000 characters"], id="too long"),
        pytest.param(set_text("turn_head", "x" * 1000 + "{"),
                     ["texts.turn_head: a text of 1 to 1000 characters"], id="one above"),
        pytest.param(set_text("turn_head", ["x"]),
                     ["texts.turn_head: a text of 1 to 1000 characters"], id="a list"),
        pytest.param(set_text("turn_head", "a\nb"),
                     ["texts.turn_head: control characters (line breaks too) cannot stand in it"],
                     id="a line break"),
        pytest.param(set_text("turn_head", "number {n}"),
                     ["texts.turn_head: unknown mark {n}; it may have: none"], id="no marks there"),
        pytest.param(set_text("within", "in {spam}"),
                     ["texts.within: unknown mark {spam}; it may have: {span}",
                      "texts.within: the mark {span} is missing"], id="a misspelt mark"),
        pytest.param(set_text("within", "in {span"),
                     ["texts.within: the mark {span} is missing",
                      "texts.within: a brace that opens or closes no mark"], id="half a mark"),
        pytest.param(set_text("people", "{n} people"),
                     ["texts.people: a text for each of zero, one, other"], id="no plural forms"),
        pytest.param(set_text("people", {"zero": "0", "other": "{n}"}),
                     ['texts.people: the form "one" is missing'], id="a form is missing"),
        pytest.param(set_text("people", {"zero": "0", "one": "1", "few": "{n}", "other": "{n}"}),
                     ['texts.people: no form "few" in this language; it has zero, one, other'],
                     id="a form it does not have"),
        pytest.param(set_text("people", {"zero": "0", "one": "1", "other": "people"}),
                     ["texts.people.other: the mark {n} is missing"], id="no number"),
        pytest.param(set_text("minutes_range", {"zero": "0", "one": "1", "other": "to {high}"}),
                     ["texts.minutes_range.other: the mark {low} is missing"], id="half a range"),
        pytest.param(lambda s: s.update(texts=[]), ["texts: an object of texts by key"],
                     id="texts are a list"),
    ],
)  # fmt: skip
def test_each_fault_is_named(change: Change, faults: list[str]) -> None:
    assert faults_of(changed(change)) == faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "not JSON: Expecting property name"),
        ("[]", "must be an object with the keys language, name"),
        ("", "not JSON: Expecting value"),
    ],
)
def test_what_is_no_language_file(text: str, fault: str) -> None:
    assert faults_of(text)[0].startswith(fault)


def test_own_texts_take_the_place_of_ours() -> None:
    own: dict[str, Any] = {
        "turn_head": "Come in!",
        "people": {"zero": "-", "one": "1", "other": "{n}"},
    }
    language = load(provided("en"), "en", own)
    assert language.texts["turn_head"] == "Come in!"
    assert language.counted["people"]["other"] == "{n}"
    assert language.texts["over_head"] == "Booking is over for today"


def test_own_texts_are_checked_as_well() -> None:
    found = faults_of(
        provided("en"), own={"turnhead": "x", "within": "soon", "people": {"one": "x"}}
    )
    assert found == [
        'own texts: texts.turnhead: unknown key (did you mean "turn_head"?)',
        "own texts: texts.within: the mark {span} is missing",
        'own texts: texts.people: the form "zero" is missing',
        'own texts: texts.people: the form "other" is missing',
    ]


def test_digits_are_latin_or_arabic() -> None:
    assert faults_of(provided("ar"), digits="roman") == ['digits: "latn" or "arab", not \'roman\'']
