"""Weight for who came and lost: lists of past days in, weights of tickets out."""

import pytest

from gateway.waitingroom.carry import packed, weights
from gateway.waitingroom.groups import NO_HOLDER

RANIA, SAMI, BOT = b"rania---", b"sami----", b"a bot---"
TICKETS = [(b"t1", RANIA), (b"t2", SAMI), (b"t3", NO_HOLDER)]


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        pytest.param([], {}, id="no day before"),
        pytest.param([([RANIA], [])], {b"t1": 2}, id="lost once"),
        pytest.param([([RANIA], [])] * 2, {b"t1": 3}, id="twice"),
        pytest.param([([RANIA], [])] * 3, {b"t1": 3}, id="and no more than is set"),
        pytest.param([([], [RANIA]), ([RANIA], [])], {}, id="has won since"),
        pytest.param([([RANIA], []), ([], [RANIA]), ([RANIA], [])], {b"t1": 2}, id="lost since"),
        pytest.param([([RANIA], [RANIA])], {}, id="with one ticket won, with another lost"),
        pytest.param([([RANIA, SAMI], [])], {b"t1": 2, b"t2": 2}, id="two people"),
        pytest.param([([BOT], [])], {}, id="somebody who does not come today"),
    ],
)
def test_who_lost_carries_weight(
    past: list[tuple[list[bytes], list[bytes]]], expected: dict[bytes, int]
) -> None:
    lists = [(packed(lost), packed(won)) for lost, won in past]
    assert weights(TICKETS, lists, each=1, most=3) == expected


def test_a_day_may_count_more() -> None:
    assert weights(TICKETS, [(packed([RANIA]), b"")], each=3, most=16) == {b"t1": 4}


def test_a_cookie_that_is_copied_to_forty_programs_is_worth_one() -> None:
    bots = [(b"%02d" % n, BOT) for n in range(39, -1, -1)]
    assert weights(bots, [(packed([BOT] * 40), b"")], each=1, most=4) == {b"00": 2}


def test_who_is_not_known_stands_in_no_list() -> None:
    assert packed([NO_HOLDER, SAMI, RANIA, SAMI]) == RANIA + SAMI
