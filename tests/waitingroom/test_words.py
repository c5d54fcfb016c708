"""Numbers, spans and dates as people say them, in both languages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.texts import load, provided
from gateway.waitingroom.words import Phrase, Words

AR = Words(load(provided("ar"), "ar"))
EN = Words(load(provided("en"), "en"))
OWN = Words(load(provided("ar"), "ar", digits="arab"))


def plain(said: bytes) -> str:
    """Without the isolation of numbers."""
    return re.sub("</?bdi>", "", said.decode())


@pytest.mark.parametrize(
    ("number", "ar", "en"),
    [
        pytest.param(0, "لا أحد", "nobody", id="zero"),
        pytest.param(1, "شخص واحد", "1 person", id="one"),
        pytest.param(2, "شخصان", "2 people", id="two"),
        pytest.param(3, "3 أشخاص", "3 people", id="few begins"),
        pytest.param(10, "10 أشخاص", "10 people", id="few ends"),
        pytest.param(11, "11 شخصاً", "11 people", id="many begins"),
        pytest.param(99, "99 شخصاً", "99 people", id="many ends"),
        pytest.param(100, "100 شخص", "100 people", id="a hundred is other"),
        pytest.param(101, "101 شخص", "101 people", id="and so is one past it"),
        pytest.param(102, "102 شخص", "102 people", id="and two"),
        pytest.param(103, "103 أشخاص", "103 people", id="few again"),
        pytest.param(111, "111 شخصاً", "111 people", id="many again"),
        pytest.param(1_000, "1,000 شخص", "1,000 people", id="a thousand"),
        pytest.param(1_003, "1,003 أشخاص", "1,003 people", id="and three"),
        pytest.param(1_234_567, "1,234,567 شخصاً", "1,234,567 people", id="a million"),
    ],
)
def test_people_are_counted_as_the_language_counts(number: int, ar: str, en: str) -> None:
    assert plain(AR.counted("people", number)) == ar
    assert plain(EN.counted("people", number)) == en


@pytest.mark.parametrize(
    ("number", "ar", "en"),
    [
        (0, "لا توجد", "none"),
        (1, "مكان واحد", "1 place"),
        (2, "مكانان", "2 places"),
        (3, "3 أماكن", "3 places"),
        (11, "11 مكاناً", "11 places"),
        (100, "100 مكان", "100 places"),
    ],
)
def test_so_are_places(number: int, ar: str, en: str) -> None:
    assert plain(AR.counted("seats", number)) == ar
    assert plain(EN.counted("seats", number)) == en


@pytest.mark.parametrize(
    ("seconds", "ar", "en"),
    [
        pytest.param(0, "0 ثانية", "0 seconds", id="nothing"),
        pytest.param(1, "ثانية واحدة", "1 second", id="a second"),
        pytest.param(2, "ثانيتين", "2 seconds", id="two"),
        pytest.param(59, "59 ثانية", "59 seconds", id="one below a minute"),
        pytest.param(60, "دقيقة واحدة", "1 minute", id="a minute"),
        pytest.param(61, "دقيقتين", "2 minutes", id="one above is rounded up"),
        pytest.param(3_540, "59 دقيقة", "59 minutes", id="59 minutes"),
        pytest.param(3_541, "ساعة واحدة", "1 hour", id="one above is an hour"),
        pytest.param(3_600, "ساعة واحدة", "1 hour", id="an hour"),
        pytest.param(3_601, "ساعة واحدة ودقيقة واحدة", "1 hour and 1 minute", id="one above"),
        pytest.param(9_780, "ساعتين و43 دقيقة", "2 hours and 43 minutes", id="two units"),
        pytest.param(86_340, "23 ساعة و59 دقيقة", "23 hours and 59 minutes", id="below a day"),
        pytest.param(86_341, "يوم واحد", "1 day", id="one above is a day"),
        pytest.param(86_400, "يوم واحد", "1 day", id="a day"),
        pytest.param(86_401, "يوم واحد وساعة واحدة", "1 day and 1 hour", id="and a bit"),
        pytest.param(273_600, "3 أيام و4 ساعات", "3 days and 4 hours", id="three days"),
    ],
)
def test_spans_are_told_in_two_units_and_never_too_short(seconds: int, ar: str, en: str) -> None:
    assert plain(AR.span(seconds)) == ar
    assert plain(EN.span(seconds)) == en


@pytest.mark.parametrize(
    ("seconds", "en"),
    [(0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (119, "1 minute"), (120, "2 minutes")],
)
def test_a_time_to_do_something_in_is_never_told_too_long(seconds: int, en: str) -> None:
    assert plain(EN.time_left(seconds)) == en


@pytest.mark.parametrize(
    ("low", "high", "ar", "en"),
    [
        pytest.param(0, 0, "دقيقة على الأكثر", "1 minute at most", id="at once"),
        pytest.param(0, 60, "دقيقة على الأكثر", "1 minute at most", id="a minute"),
        pytest.param(0, 61, "دقيقتان على الأكثر", "2 minutes at most", id="one above"),
        pytest.param(59, 300, "5 دقائق على الأكثر", "5 minutes at most", id="low below a minute"),
        pytest.param(60, 120, "من دقيقة إلى دقيقتين", "1 to 2 minutes", id="one to two"),
        pytest.param(60, 300, "من 1 إلى 5 دقائق", "1 to 5 minutes", id="few"),
        pytest.param(179, 541, "من 2 إلى 10 دقائق", "2 to 10 minutes", id="outwards"),
        pytest.param(180, 180, "نحو 3 دقائق", "about 3 minutes", id="no range"),
        pytest.param(180, 600, "من 3 إلى 10 دقائق", "3 to 10 minutes", id="the finest still"),
        pytest.param(180, 601, "15 دقيقة على الأكثر", "15 minutes at most", id="then by fives"),
        pytest.param(1_500, 2_400, "من 25 إلى 40 دقيقة", "25 to 40 minutes", id="many"),
        pytest.param(5_400, 6_300, "من 90 إلى 105 دقائق", "90 to 105 minutes", id="few past 100"),
        pytest.param(5_400, 6_000, "من 90 إلى 100 دقيقة", "90 to 100 minutes", id="a hundred"),
        pytest.param(3_600, 7_200, "من 60 إلى 120 دقيقة", "60 to 120 minutes", id="two hours"),
        pytest.param(3_600, 7_201, "من 1 إلى 3 ساعات", "1 to 3 hours", id="one above: hours"),
        pytest.param(1_000, 7_201, "3 ساعات على الأكثر", "3 hours at most", id="hours at most"),
        pytest.param(10_800, 10_800, "نحو 3 ساعات", "about 3 hours", id="three hours"),
        pytest.param(39_600, 50_000, "من 11 إلى 14 ساعة", "11 to 14 hours", id="many hours"),
    ],
)
def test_a_wait_is_a_range_rounded_outwards(low: int, high: int, ar: str, en: str) -> None:
    assert plain(AR.wait(low, high)) == ar
    assert plain(EN.wait(low, high)) == en


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_no_wait_is_promised_shorter_or_longer_than_it_was_given(one: int, other: int) -> None:
    low, high = sorted((one, other))
    said = plain(EN.wait(low, high))
    numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", said)]
    unit = 3600 if "hour" in said else 60
    assert numbers[-1] * unit >= high
    assert (numbers[0] * unit if "to" in said.split() or "about" in said else 0) <= low


@pytest.mark.parametrize(
    ("at", "ar", "en"),
    [
        pytest.param(
            b"2026-11-25 08:00",
            "الأربعاء 25 تشرين الثاني، الساعة 08:00",
            "Wednesday 25 November, 08:00",
            id="a day",
        ),
        pytest.param(
            b"2027-01-03 09:30",
            "الأحد 3 كانون الثاني، الساعة 09:30",
            "Sunday 3 January, 09:30",
            id="without the nought",
        ),
        pytest.param(
            b"2028-02-29 23:59",
            "الثلاثاء 29 شباط، الساعة 23:59",
            "Tuesday 29 February, 23:59",
            id="a leap day",
        ),
        pytest.param(b"tomorrow <b>", "tomorrow &lt;b&gt;", "tomorrow &lt;b&gt;", id="no time"),
        pytest.param(b"2027-02-29 08:00", *["2027-02-29 08:00"] * 2, id="no such day"),
        pytest.param(b"2026-11-25", *["2026-11-25"] * 2, id="no hour"),
    ],
)
def test_a_moment_is_told_as_people_say_it(at: bytes, ar: str, en: str) -> None:
    for _ in range(2):
        assert AR.moment(at).decode() == ar
        assert EN.moment(at).decode() == en


def test_numerals_by_setting() -> None:
    assert OWN.number(1_234_567).decode() == "١٬٢٣٤٬٥٦٧"
    assert plain(OWN.wait(1_500, 2_400)) == "من ٢٥ إلى ٤٠ دقيقة"
    assert OWN.moment(b"2026-11-25 08:00").decode() == "الأربعاء ٢٥ تشرين الثاني، الساعة ٠٨:٠٠"
    assert AR.number(1_234_567) == EN.number(1_234_567) == b"1,234,567"
    assert Words(load(provided("en"), "en", digits="arab")).number(1_000) == b"1,000", "has none"


def test_numbers_are_isolated_and_texts_escaped() -> None:
    assert AR.counted("people", 12) == "<bdi>12</bdi> شخصاً".encode()
    assert AR.wait(1_500, 2_400).count(b"<bdi>") == 2
    phrase = Phrase("a <b> & {n}{n} {n}")
    assert phrase.one(b"7") == b"a &lt;b&gt; &amp; <bdi>7</bdi><bdi>7</bdi> <bdi>7</bdi>"
    assert Phrase("{b} then {a}").two("a", b"1", b"2") == b"2 then 1"
    assert Phrase("nothing").two("a", b"1", b"2") == Phrase("nothing").one(b"1") == b"nothing"


@pytest.mark.parametrize(
    ("rules", "forms"),
    [
        pytest.param(
            [["many", 100, 11, 14], ["one", 10, 1, 1], ["few", 10, 2, 4]],
            {1: "one", 2: "few", 5: "other", 11: "many", 12: "many", 21: "one", 111: "many",
             112: "many", 122: "few"},
            id="Russian, where the teens are like the rest",
        ),
        pytest.param([["one", 0, 0, 1]], {0: "one", 1: "one", 2: "other"}, id="French"),
        pytest.param([], {0: "other", 1: "other", 7: "other"}, id="a language that counts simply"),
    ],
)  # fmt: skip
def test_other_languages_count_by_their_own_rules(
    rules: list[list[object]], forms: dict[int, str]
) -> None:
    import json

    said = json.loads(provided("en"))
    said["plural"] = rules
    names = [str(rule[0]) for rule in rules] + ["other"]
    for key, text in said["texts"].items():
        if isinstance(text, dict):
            said["texts"][key] = dict.fromkeys(names, text["other"])
    words = Words(load(json.dumps(said), "xx"))
    assert {number: words.form(number) for number in forms} == forms
