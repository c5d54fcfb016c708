"""Who is stopped, situation by situation: always the narrowest that explains the evidence."""

import pytest

from gateway.guard.judge import Measure, Neighbourhood, Situation, Thresholds, judge, widen

LIMITS = Thresholds(strikes=100, devices=3, good=0.5, neighbours=16, misbehaving=0.8)
HERE = "198.51.100.7"
SITUATIONS: dict[str, tuple[Situation, set[tuple[str, str]]]] = {
    "nothing much": (Situation(HERE, 99.9), set()),
    "a bot without cookies, alone": (
        Situation(HERE, 100, good=50, bad=100, lone=150),
        {("address", "block")},
    ),
    "one bad phone among a carrier's thousands": (
        Situation(HERE, 180, good=9000, bad=180, devices=900, struck=1, by_device={"d1": 180}),
        {("device", "block")},
    ),
    "three bad phones there": (
        Situation(
            HERE, 450, good=9000, bad=450, devices=900, struck=3,
            by_device={"d1": 150, "d2": 150, "d3": 150},
        ),
        {("device", "block")},
    ),
    "a bot without cookies behind the carrier": (
        Situation(HERE, 500, good=9000, bad=500, lone=600, devices=900, struck=0),
        {("address", "challenge")},
    ),
    "a bad phone and a bot without cookies there": (
        Situation(HERE, 700, good=9000, bad=700, devices=900, struck=1, by_device={"d1": 200}),
        {("device", "block"), ("address", "challenge")},
    ),
    "a family of two on one address, one of them bad": (
        Situation(HERE, 120, good=40, bad=120, devices=2, struck=1, by_device={"d1": 120}),
        {("device", "block")},
    ),
    "a bot that takes a new cookie for each request": (
        Situation(
            HERE, 400, good=10, bad=400, devices=400, struck=399,
            by_device={f"d{n}": 1 for n in range(399)},
        ),
        {("address", "block")},
    ),
    "a bot that makes cookies without using them for harm": (
        # 400 pages for 400 cookies look like a good share: it gains a challenge.
        Situation(HERE, 150, good=400, bad=150, lone=550, devices=400, struck=0),
        {("address", "challenge")},
    ),
    "two devices behave: one below shared": (
        Situation(HERE, 100, good=100, bad=100, devices=3, struck=1),
        {("address", "block")},
    ),
    "three devices behave: just shared": (
        Situation(HERE, 100, good=100, bad=100, devices=4, struck=1),
        {("address", "challenge")},
    ),
    "many devices, but nearly all requests are bad": (
        Situation(HERE, 100, good=49, bad=51, devices=30, struck=2),
        {("address", "block")},
    ),
    "listed as shared, whatever it looks like": (
        Situation(HERE, 5000, good=0, bad=5000, lone=5000, listed_shared=True),
        {("address", "challenge")},
    ),
    "a device just below the threshold, and the rest too": (
        Situation(HERE, 150, good=10, bad=150, devices=1, struck=1, by_device={"d1": 99}),
        {("address", "block")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "wanted"), [pytest.param(*entry, id=name) for name, entry in SITUATIONS.items()]
)
def test_the_narrowest_is_stopped(situation: Situation, wanted: set[tuple[str, str]]) -> None:
    measures = judge(situation, LIMITS)
    assert {(measure.scope, measure.measure) for measure in measures} == wanted
    assert all(measure.why for measure in measures)


def test_every_bad_device_is_named_and_none_other() -> None:
    situation = SITUATIONS["three bad phones there"][0]
    assert [measure.key for measure in judge(situation, LIMITS)] == ["d1", "d2", "d3"]


@pytest.mark.parametrize(
    ("seen", "misbehaving", "shared", "wanted"),
    [
        pytest.param(16, 15, False, None, id="one address too few"),
        pytest.param(16, 16, False, "block", id="all of just enough"),
        pytest.param(20, 16, False, "block", id="just the share"),
        pytest.param(21, 16, False, None, id="one more behaves"),
        pytest.param(3, 16, False, "block", id="the estimate is below what is known"),
        pytest.param(16, 16, True, "challenge", id="a shared address among them"),
    ],
)
def test_a_network_needs_most_of_it_to_misbehave(
    seen: float, misbehaving: int, shared: bool, wanted: str | None
) -> None:
    found = widen(Neighbourhood("198.51.100.0/24", seen, misbehaving, shared), LIMITS)
    assert (found and found.measure) == wanted
    if found is not None:
        assert found == Measure("prefix", "198.51.100.0/24", found.measure, found.why)
