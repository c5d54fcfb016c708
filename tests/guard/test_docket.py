"""From the workers' reports to blocks."""

from helpers import address

from gateway.clock import SECOND
from gateway.guard.block import Block
from gateway.guard.book import Book
from gateway.guard.docket import SharedList, conclude, reach, with_all_known
from gateway.guard.facts import Facts
from gateway.guard.judge import Thresholds
from gateway.guard.profiles import Profiles, Report

NOW = 1_000 * SECOND
WALL = 1_800_000_000.0
LIMITS = Thresholds(strikes=100, neighbours=4)


def a_report(strikes: dict[tuple[str, int], int], good: dict[tuple[str, int], int]) -> Report:
    """What a worker tells that saw so many strikes and good requests by address and device."""
    profiles = Profiles(seed=1)
    for (client, device), count in good.items():
        for _ in range(count):
            profiles.seen(address(client), device, NOW)
    for (client, device), count in strikes.items():
        for _ in range(count):
            profiles.strike(address(client), device, "limit", 1.0, NOW, b"request-1")
    return {
        "addresses": profiles.suspects(NOW, least=10, most=99),
        "devices": profiles.struck_devices(NOW, least=10, most=99),
    }


def concluded(reports: list[Report], book: Book | None = None) -> list[Block]:
    return conclude(reports, book or Book([60.0, 600.0], forgive=9e9), LIMITS, SharedList(), WALL)


def whom(blocks: list[Block]) -> list[tuple[str, str, str]]:
    return sorted((block.scope, block.key, block.measure) for block in blocks)


def test_what_two_workers_saw_is_one() -> None:
    half = a_report({("203.0.113.7", 0): 60}, {})
    [block] = concluded([half, half])
    assert whom([block]) == [("address", "203.0.113.7", "block")]
    assert (block.reason, block.by, block.offence) == ("limits", "guard", 1)
    assert (block.since, block.until) == (WALL, WALL + 60)
    assert block.evidence["score"] == 120
    assert block.evidence["request"] == "request-1"
    assert concluded([half]) == []


def test_behind_a_carrier_only_the_device_is_blocked() -> None:
    good = {("198.51.100.1", device): 3 for device in range(1, 41)}
    blocks = concluded([a_report({("198.51.100.1", 7): 150}, good)])
    assert whom(blocks) == [("device", f"{7:016x}", "block")]


def test_a_device_that_wanders_is_blocked_though_no_address_stands_out() -> None:
    report = a_report({(f"198.51.{n}.1", 7): 15 for n in range(8)}, {})
    assert whom(concluded([report])) == [("device", f"{7:016x}", "block")]


def test_nobody_is_blocked_twice_for_the_same() -> None:
    book = Book([60.0], forgive=9e9)
    report = a_report({("203.0.113.7", 0): 200}, {})
    for block in concluded([report], book):
        book.put(block)
    assert concluded([report], book) == []


def test_a_challenge_gives_way_to_a_block() -> None:
    book = Book([60.0], forgive=9e9)
    book.put(
        Block("address", "203.0.113.7", reason="limits", since=0, until=None, by="guard",
              measure="challenge")
    )  # fmt: skip
    report = a_report({("203.0.113.7", 0): 200}, {})
    assert whom(concluded([report], book)) == [("address", "203.0.113.7", "block")]


def test_a_whole_network_is_blocked_when_nearly_all_of_it_misbehaves() -> None:
    bad = {(f"203.0.113.{n}", 0): 120 for n in range(4)}
    blocks = concluded([a_report(bad, {})])
    assert ("prefix", "203.0.113.0/24", "block") in whom(blocks)
    neighbours = {(f"203.0.113.{n}", 0): 1 for n in range(100, 106)}
    blocks = concluded([a_report(bad, neighbours)])
    assert [block.scope for block in blocks] == ["address"] * 4


def test_those_blocked_before_count_with_those_of_now() -> None:
    book = Book([60.0], forgive=9e9)
    for n in range(3):
        book.put(
            Block("address", f"203.0.113.{n}", reason="limits", since=0, until=None, by="guard")
        )
    blocks = concluded([a_report({("203.0.113.9", 0): 120}, {})], book)
    assert ("prefix", "203.0.113.0/24", "block") in whom(blocks)


def test_the_good_that_another_worker_saw_is_heard_too() -> None:
    here = "198.51.100.1"
    struck = a_report({(here, 0): 150}, {})
    served = Profiles(seed=1)
    for device in range(1, 11):
        for _ in range(20):
            served.seen(address(here), device, NOW)
    silent: Report = {
        "addresses": served.suspects(NOW, least=1, most=9),
        "devices": [],
        "facts": Facts(seed=1).take(NOW),
        "clients": {},
    }
    assert silent["addresses"] == []  # it has nothing to tell of by itself
    reports = [struck, silent]
    assert whom(concluded(reports)) == [("address", here, "block")]
    accused = reach(reports, LIMITS)
    known = [struck["addresses"], served.about([address(here).key], NOW)]
    heard = with_all_known(reports, accused, known)
    assert whom(concluded(heard)) == [("address", here, "challenge")]
    assert concluded(heard)[0].evidence["devices"] in range(8, 13)
