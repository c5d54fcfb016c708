"""What can be promised, and what is refused of what is revealed."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from openings import (
    CLOSES,
    DAY,
    OPENING,
    QUICKNET,
    REVEAL,
    REVEALS,
    ROOM,
    SEEDS,
    VALUE,
    made,
)

from gateway.errors import OperatorError
from gateway.waitingroom.seeds import (
    CHAINS,
    OWN,
    Beacon,
    Opening,
    announce,
    check_reveal,
    combine,
    commitment,
    read_opening,
)


def test_what_was_announced_is_read_again() -> None:
    assert read_opening(announce(OPENING)) == OPENING
    without = replace(OPENING, witnesses=(), beacon=None)
    assert read_opening(announce(without)) == without


def test_the_seed_by_hand() -> None:
    text = b"dawr seed\n" + b"o" * 32 + b"+" + b"b" * 32 + b"+" + b"r" * 32 + b"+" + VALUE
    assert combine(OPENING, REVEALS).seed == sha256(text).digest()
    assert combine(OPENING, REVEALS).missing == ()


def test_who_does_not_reveal_is_named_and_left_out() -> None:
    late = replace(REVEALS, witnesses={"Radio": SEEDS["Radio"]})
    found = combine(OPENING, late)
    text = b"dawr seed\n" + b"o" * 32 + b"-+" + b"r" * 32 + b"+" + VALUE
    assert found.seed == sha256(text).digest()
    assert found.missing == ("bar association",)


def test_the_order_in_which_they_reveal_does_not_matter() -> None:
    backwards = dict(reversed(REVEALS.witnesses.items()))
    assert combine(OPENING, replace(REVEALS, witnesses=backwards)) == combine(OPENING, REVEALS)


PLAIN = replace(OPENING, beacon=None)


@pytest.mark.parametrize(
    ("opening", "changed", "sentence"),
    [
        pytest.param(OPENING, {"own": b"x" * 32}, "seed of the gateway is not the one", id="own"),
        pytest.param(OPENING, {"own": b"o" * 31}, "a seed has 32 bytes, this one 31", id="short"),
        pytest.param(OPENING, {"witnesses": {"Radio": b"x" * 32}},
                     'the seed of the witness "Radio" is not', id="another seed"),
        pytest.param(OPENING, {"witnesses": {"Radio": b"b" * 32}},
                     'the seed of the witness "Radio" is not', id="another's seed"),
        pytest.param(OPENING, {"witnesses": {"Stranger": b"x" * 32}},
                     '"Stranger" is no witness of this opening', id="a stranger"),
        pytest.param(OPENING, {"beacon": b""}, "value is missing", id="beacon left out"),
        pytest.param(OPENING, {"beacon": b"v" * 31}, "value is missing", id="a piece of it"),
        pytest.param(OPENING, {"beacon": b"v" * 32}, "not the SHA-256 of the", id="forged"),
        pytest.param(PLAIN, {}, "no beacon was announced", id="an unannounced beacon"),
        pytest.param(replace(OPENING, opening="2026-11-26"), {}, "not the one it committed to",
                     id="yesterday's commitments"),
    ],
)  # fmt: skip
def test_what_was_not_promised_is_refused(
    opening: Opening, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(OperatorError, match=sentence):
        combine(opening, replace(REVEALS, **changed))


def test_one_seed_is_checked_as_soon_as_it_comes() -> None:
    check_reveal(OPENING, "Radio", SEEDS["Radio"])
    check_reveal(OPENING, OWN, SEEDS[OWN])
    for name, seed in (("Radio", SEEDS[OWN]), (OWN, SEEDS["Radio"]), ("TV", SEEDS["Radio"])):
        with pytest.raises(OperatorError, match="committed to"):
            check_reveal(OPENING, name, seed)


def test_a_commitment_is_one_opening_s_and_one_maker_s() -> None:
    all_made = {
        made("Radio"),
        made("Radio", day="2026-11-26"),
        made("Radio", room="instant"),
        commitment(ROOM, DAY, "TV", SEEDS["Radio"]),
        commitment(ROOM, DAY, "Radio", b"x" * 32),
    }
    assert len(all_made) == 5


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"room": ""}, "no name", id="no room"),
        pytest.param({"opening": "a/b"}, "no name", id="a slash"),
        pytest.param({"witnesses": (("a\nb", b"c" * 32),)}, "no name", id="a line end"),
        pytest.param({"witnesses": (("a", b"c" * 32), ("a", b"d" * 32))}, "one name", id="twice"),
        pytest.param({"witnesses": (("a", b"c" * 32), ("b", b"c" * 32))}, "copied", id="copied"),
        pytest.param({"witnesses": (("a", made(OWN)),)}, "copied", id="copied from the gateway"),
        pytest.param({"commitment": b"c"}, "64 hex digits", id="a short commitment"),
        pytest.param({"most_weight": 0}, "from 1 to 16", id="no weight"),
        pytest.param({"most_weight": 17}, "from 1 to 16", id="too much weight"),
        pytest.param({"reveal_by": CLOSES - 1}, "too early", id="revealed before the close"),
        pytest.param({"beacon": Beacon(QUICKNET, QUICKNET.round_after(REVEAL) - 1)},
                     "public before seeds", id="a round too early"),
    ],
)  # fmt: skip
def test_what_cannot_be_promised(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        announce(replace(OPENING, **changed))


@pytest.mark.parametrize(
    ("chain", "time", "number"),
    [
        # https://api.drand.sh: quicknet's round 27946612 is of 2026-04-20 00:00:00 UTC
        pytest.param("quicknet", 1776643199, 27946612, id="a second before"),
        pytest.param("quicknet", 1776643200, 27946613, id="at the second: the next one"),
        pytest.param("quicknet", 0, 1, id="before the chain began"),
        pytest.param("default", 1595431050, 2, id="the chain's first round"),
    ],
)
def test_the_first_round_after_a_time(chain: str, time: int, number: int) -> None:
    assert CHAINS[chain].round_after(time) == number
    assert CHAINS[chain].time_of(number) > time


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", announce(OPENING).replace(b'"labels":"', b'"labels":"zz')]
)
def test_a_damaged_opening_is_told(raw: bytes) -> None:
    with pytest.raises(OperatorError, match="damaged"):
        read_opening(raw)


def test_another_version_is_told() -> None:
    with pytest.raises(OperatorError, match="version 2"):
        read_opening(announce(OPENING).replace(b'"version":1', b'"version":2'))
