"""What the overload bench counts, and where it writes."""

import pytest

from bench.capacity import Servers
from bench.overload import CAPACITY, Phase


def test_each_server_has_one_request_at_a_time() -> None:
    servers = Servers(2, 0.5)
    assert [servers.take(now) for now in (0, 0, 0, 0.1, 9)] == [0.5, 0.5, 1.0, 1.0, 9.5]


def test_goodput_is_what_came_while_the_phase_lasted() -> None:
    found = [(0.0, 200, 0.1), (1.9, 200, 0.2), (0.5, 503, 0.0), (0.5, 0, 5.0)]
    phase = Phase(1000, 2, found)
    assert phase.goodput() == pytest.approx(1 / 2 / CAPACITY * 100)
    assert (phase.share(503), phase.share(0)) == (25, 25)
    assert phase.served() == [0.1, 0.2]
    assert phase.p99() == 200
    assert phase.share_served(1) == pytest.approx(100 / 3)


def test_without_a_page_served_there_is_no_p99() -> None:
    assert Phase(1000, 2, [(0.0, 503, 0.1)]).p99() == float("inf")
