"""Durations, sizes and rates as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.settings.units import (
    parse_duration,
    parse_rate,
    parse_size,
    show_duration,
    show_size,
)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1ms", 1_000_000),
        ("30s", 30 * SECOND),
        ("1.5s", 1_500_000_000),
        ("10min", 600 * SECOND),
        ("2h", 7200 * SECOND),
        ("1d", 86_400 * SECOND),
        (" 5 s ", 5 * SECOND),
    ],
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("1B", 1), ("8KiB", 8192), ("8KB", 8000), ("1.5MiB", 1_572_864), ("2GB", 2_000_000_000)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "events", "per"),
    [
        ("30/s", 30, SECOND),
        ("5/min", 5, 60 * SECOND),
        ("1000 / h", 1000, 3600 * SECOND),
        ("3/10s", 3, 10 * SECOND),
        ("1/d", 1, 86_400 * SECOND),
        ("1/100ms", 1, SECOND // 10),
    ],
)
def test_rates(text: str, events: int, per: int) -> None:
    rate = parse_rate(text)
    assert (rate.events, rate.per) == (events, per)
    assert parse_rate(str(rate)) == rate
    assert parse_rate(rate) is rate


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (parse_duration, 30, "30 what? Give the unit, for example 30s"),
        (parse_duration, "30", "30 what? Give the unit, for example 30s"),
        (parse_duration, 1.5, "1.5 what? Give the unit, for example 30s"),
        (parse_duration, "30 m", "'m' is no unit of a duration; there are ms, s, min, h, d"),
        (parse_duration, "30S", "'S' is no unit of a duration; there are ms, s, min, h, d"),
        (parse_duration, "0s", "'0s' is no time at all; write for example 30s"),
        (parse_duration, "-5s", "'-5s' is no duration; write for example 30s"),
        (parse_duration, "1h30min", "'1h30min' is no duration; write for example 30s"),
        (parse_duration, "", "'' is no duration; write for example 30s"),
        (parse_duration, True, "true is no duration; write for example 30s"),
        (parse_duration, None, "nothing (null) is no duration; write for example 30s"),
        (parse_duration, ["30s"], "a list is no duration; write for example 30s"),
        (parse_size, 8, "8 what? Give the unit, for example 8KiB"),
        (
            parse_size,
            "8kb",
            "'kb' is no unit of a size; there are B, KB, MB, GB, KiB, MiB, GiB",
        ),
        (parse_size, "lots", "'lots' is no size; write for example 8KiB"),
        (parse_rate, 5, "5 is no rate; write for example 30/s, 5/min or 1000/h"),
        (parse_rate, "5/m", "'5/m' is no rate; write for example 30/s, 5/min or 1000/h"),
        (parse_rate, "1.5/s", "'1.5/s' is no rate; write for example 30/s, 5/min or 1000/h"),
        (
            parse_rate,
            "0/s",
            "'0/s': a rate of nothing; leave the limit out, or block instead",
        ),
        (
            parse_rate,
            "5/0s",
            "'5/0s': a rate of nothing; leave the limit out, or block instead",
        ),
    ],
)
def test_what_is_none_is_told(parse: object, value: object, message: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueError, match=r".") as caught:
        parse(value)
    assert str(caught.value) == message


@given(st.integers(1, 10**15))
def test_what_is_shown_reads_back(value: int) -> None:
    assert parse_size(show_size(value)) == value
    milliseconds = value * 1_000_000
    assert parse_duration(show_duration(milliseconds)) == milliseconds
