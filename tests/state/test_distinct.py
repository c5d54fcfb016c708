"""The law: the standard error is 1.04 / sqrt(registers), joined or not, whatever is counted."""

import random
from collections.abc import Callable
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.state.distinct import Distinct, DistinctBy, Key, estimate, hashed, merge, note

SEEDS = 60
PLACES = 203 << 24


def counted(keys: list[Key], precision: int, seed: int) -> bytearray:
    registers = bytearray(1 << precision)
    for key in keys:
        note(registers, hashed(key, seed))
    return registers


KINDS: dict[str, Callable[[int], Key]] = {
    "neighbouring IPv4 addresses": lambda n: PLACES + n,
    "one IPv4 network each": lambda n: n << 8,
    "IPv6 networks of one carrier": lambda n: 1 << 64 | 0x20010DB8 << 32 | n,
    "paths": lambda n: b"/photo/%d" % n,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("precision", "number"), [(6, 10), (6, 150), (6, 3000), (8, 200), (8, 2000), (10, 500)]
)
def test_the_standard_error_is_the_papers(kind: str, precision: int, number: int) -> None:
    keys = [KINDS[kind](n) for n in range(number)]
    errors = [
        estimate(counted(keys, precision, random.Random(seed).getrandbits(64))) / number - 1
        for seed in range(SEEDS)
    ]
    promised = 1.04 / sqrt(1 << precision)
    spread = sqrt(sum(error * error for error in errors) / SEEDS)
    # The root mean square of 60 errors strays by 9 %, and the constant is 1.054 at 64 registers.
    assert spread < 1.35 * promised
    # It leans by 1.7 % at 64 registers: the estimator is that for many.
    assert abs(sum(errors) / SEEDS) < 3.5 * promised / sqrt(SEEDS) + 0.017


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_few_are_counted_all_but_exactly(number: int) -> None:
    assert estimate(counted(list(range(number)), 10, 7)) == pytest.approx(number, abs=0.05)


def test_a_full_sketch_says_infinitely_many_and_does_not_raise() -> None:
    assert estimate(bytes([51] * 1024)) > 1e15


@given(st.lists(st.integers(0, 2**66)), st.lists(st.integers(0, 2**66)), st.integers(0, 2**64 - 1))
def test_joining_is_counting_together(one: list[int], other: list[int], seed: int) -> None:
    joined = counted([*one], 6, seed)
    merge(joined, bytes(counted([*other], 6, seed)))
    assert joined == counted([*one, *other], 6, seed)


def test_sketches_of_other_sizes_are_not_joined() -> None:
    with pytest.raises(ValueError, match="one precision"):
        merge(bytearray(64), bytes(128))


@pytest.mark.parametrize("precision", [5, 11])
def test_other_precisions_are_refused(precision: int) -> None:
    with pytest.raises(ValueError, match="6 to 10"):
        Distinct(precision, span=SECOND, seed=1)
    with pytest.raises(ValueError, match="6 to 10"):
        DistinctBy(9, precision=precision, span=SECOND, seed=1)


@pytest.mark.parametrize("precision", [6, 10])
def test_precisions(precision: int) -> None:
    assert len(Distinct(precision, span=SECOND, seed=1).export(0)) == 1 << precision
    assert (
        len(DistinctBy(9, precision=precision, span=SECOND, seed=1).export(1, 0)) == 1 << precision
    )


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        pytest.param(9, 100, id="within the span"),
        pytest.param(10, 100, id="the generation after"),
        pytest.param(19, 100, id="its end"),
        pytest.param(20, 0, id="past it"),
        pytest.param(1000, 0, id="long past it"),
    ],
)
def test_what_is_old_is_forgotten(seconds: int, found: int) -> None:
    start = 100 * SECOND
    sketch = Distinct(10, span=10 * SECOND, seed=3)
    by = DistinctBy(10, precision=10, span=10 * SECOND, seed=3)
    for n in range(100):
        sketch.add(n, start)
        by.add(b"here", n, start)
    now = start + seconds * SECOND
    assert sketch.estimate(now) == pytest.approx(found, abs=9)
    assert by.estimate(b"here", now) == pytest.approx(found, abs=9)


def test_each_key_has_its_own() -> None:
    by = DistinctBy(100, span=SECOND, seed=3)
    for n in range(40):
        by.add(b"campus", n, 0)
        by.add(b"home", n % 2, 0)
    assert by.estimate(b"campus", 0) == pytest.approx(40, rel=0.3)
    assert by.estimate(b"home", 0) == pytest.approx(2, rel=0.1)
    assert by.estimate(b"nobody", 0) == 0


def test_keys_are_bounded_and_the_longest_silent_forgotten() -> None:
    by = DistinctBy(20, span=1000 * SECOND, seed=3)
    for n in range(1000):
        by.add(n, 1, SECOND)
        assert len(by) <= 20
    assert by.estimate(999, SECOND) == pytest.approx(1, abs=0.1)
    assert by.estimate(0, SECOND) == 0
    assert by.forgotten == 980
