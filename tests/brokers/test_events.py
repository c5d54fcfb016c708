"""An event comes back from its line as it was, and a half-true line does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.brokers.events import ATTEMPT, KEYS, KINDS, MOST_TEXT, Event, read, written

TEXTS = st.text(max_size=20)
COUNTS = st.none() | st.integers(0, 2**53)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from(KINDS), at=st.integers(0, 2**53), request=TEXTS, address=TEXTS,
    device=TEXTS, shape=TEXTS, status=COUNTS, ok=st.none() | st.booleans(), opening=TEXTS,
    number=COUNTS, person=TEXTS, phone=TEXTS, form_ms=COUNTS,
)  # fmt: skip


@given(EVENTS)
@settings(max_examples=40, deadline=None)
def test_a_line_tells_the_whole_event(event: Event) -> None:
    assert read(written(event)) == event


def test_what_is_unknown_is_not_written() -> None:
    assert written(Event(ATTEMPT, 5, ok=False, number=0)) == {
        "k": "attempt", "t": 5, "ok": False, "n": 0,
    }  # fmt: skip


def test_every_field_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(Event.__dataclass_fields__)
    assert len(set(KEYS.values())) == len(KEYS)


def test_a_key_of_a_newer_writer_is_passed_over() -> None:
    assert read({"k": "join", "t": 1, "later": [1]}) == Event("join", 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param({"t": 1}, "without 'k'", id="no kind"),
        pytest.param({"k": "join"}, "without 't'", id="no time"),
        pytest.param({"k": "jump", "t": 1}, "'jump' is no kind", id="unknown kind"),
        pytest.param({"k": "join", "t": -1}, "'t' is a whole number", id="before 1970"),
        pytest.param({"k": "join", "t": True}, "'t' is a whole number", id="a flag as a number"),
        pytest.param({"k": "join", "t": 1, "s": "200"}, "'s' is a whole", id="a text as a number"),
        pytest.param({"k": "join", "t": 1, "ok": 1}, "'ok' is true or", id="a number as a flag"),
        pytest.param({"k": "join", "t": 1, "a": None}, "'a' is a text", id="nothing as a text"),
        pytest.param({"k": "join", "t": 1, "a": "x" * (MOST_TEXT + 1)}, "'a' is a text", id="long"),
    ],
)
def test_a_wrong_line_is_told_by_its_key(line: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(line)


def test_the_longest_text_is_read() -> None:
    assert len(read({"k": "join", "t": 1, "a": "x" * MOST_TEXT}).address) == MOST_TEXT
