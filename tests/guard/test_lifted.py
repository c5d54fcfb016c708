"""Who is held off from what feeds say, and until when."""

import pytest

from gateway.guard.lifted import FORGOTTEN, Lifted

A, B = ("address", "203.0.113.7"), ("prefix", "198.51.100.0/24")
NOW = 1_800_000_000.0


def test_a_feed_that_never_held_it_does_not_release_it() -> None:
    one = Lifted()
    one.hold(A, [], NOW)  # as another gateway said
    assert one.read("bad", [B], NOW) == []
    assert A in one
    assert one.read("bad", [A, B], NOW) == []
    assert one.feeds(A) == ["bad"]
    assert one.read("bad", [B], NOW) == [A]
    assert A not in one


@pytest.mark.parametrize(("later", "gone"), [(FORGOTTEN - 1, []), (FORGOTTEN, [A])])
def test_what_nobody_lists_is_forgotten_in_the_end(later: float, gone: list[object]) -> None:
    one = Lifted()
    one.hold(A, [], NOW)
    assert one.read("bad", [B], NOW + later) == gone


def test_what_is_listed_is_not_forgotten() -> None:
    one = Lifted()
    one.hold(A, ["bad"], NOW)
    assert one.read("bad", [A], NOW + 2 * FORGOTTEN) == []


def test_to_release_is_to_forget_who_listed_it() -> None:
    one = Lifted()
    one.hold(A, ["bad"], NOW)
    assert one.release(A)
    assert not one.release(A)
    assert one.feeds(A) == []
    assert A not in one
