"""What a cluster did, as numbers: tables of a few events each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.booking_offices import amateur
from bench.month import one_of
from gateway.brokers.events import ATTEMPT, JOIN, Event
from gateway.brokers.features import FEATURES, Feature, Surroundings, features
from gateway.brokers.links import CARRIER, DAY, HOSTING, SWIFT_MS, UNKNOWN

SECOND = 1_000_000
HOUR = 3600 * SECOND
AT = 1000 * 7 * DAY  # where a week begins
AROUND = Surroundings(
    lambda address: address.partition("-")[0] or UNKNOWN,
    {"o": AT},
    lambda at: at // HOUR % 24,
)


def tried(at: int = 0, person: str = "p", **more: object) -> Event:
    return Event(ATTEMPT, AT + at, person=person, **more)  # type: ignore[arg-type]


def seen(name: str, events: list[Event]) -> float | None:
    found = features(events, AROUND).get(name)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("last", "persons"),
    [
        pytest.param(7 * DAY - 1, 3, id="within seven days"),
        pytest.param(7 * DAY, 2, id="seven days after the first"),
        pytest.param(7 * DAY + 1, 2, id="seven days after the second"),
    ],
)
def test_persons_are_counted_by_the_week(last: int, persons: int) -> None:
    events = [tried(0, "a"), tried(0, "a"), tried(1, "b"), tried(last, "c")]
    assert seen("persons_a_week", events) == persons


@pytest.mark.parametrize(
    ("name", "events", "value"),
    [
        pytest.param("weeks", [tried(0), tried(7 * DAY - 1), tried(7 * DAY)], 2, id="weeks"),
        pytest.param("days_a_week", [tried(0), tried(DAY), tried(7 * DAY)], 1.5, id="days"),
        pytest.param(
            "persons_a_phone", [tried(0, p, phone="1") for p in "abca"], 3, id="a telephone"
        ),
        pytest.param("persons_a_phone", [tried(0, p) for p in "ab"], None, id="no telephone"),
        pytest.param(
            "devices_a_phone", [tried(0, device=d, phone="1") for d in "xyz"], 3, id="devices"
        ),
        pytest.param(
            "addresses_a_device",
            [tried(0, device="d", address=a) for a in ("home-1", "home-2", f"{CARRIER}-1")],
            2,
            id="a carrier's addresses change by themselves",
        ),
        pytest.param(
            "swift", [tried(n, form_ms=SWIFT_MS - n) for n in (0, 1, 2, 3)], 0.75, id="swift"
        ),
        pytest.param("swift", [tried(0, form_ms=1)] * 2, None, id="too few forms to say"),
        pytest.param(
            "prompt",
            [tried(s * SECOND, opening="o") for s in (-1, 0, 19, 20)],
            0.5,
            id="twenty seconds after the opening, and not before it",
        ),
        pytest.param("prompt", [tried(0, opening="?")] * 3, None, id="an opening nobody knows"),
        pytest.param("night", [tried(h * HOUR) for h in (0, 1, 5, 6)], 0.5, id="night"),
        pytest.param(
            "hosting", [tried(0, address=a) for a in (f"{HOSTING}-1", "home-1")], 0.5, id="hosting"
        ),
        pytest.param("form_spread", [tried(n, form_ms=900) for n in range(6)], 0, id="even"),
        pytest.param("form_spread", [tried(n, form_ms=900) for n in range(5)], None, id="few"),
        pytest.param("pace_spread", [tried(n * SECOND) for n in range(7)], 0, id="even pace"),
        pytest.param("pace_spread", [tried(n * HOUR) for n in range(7)], None, id="sittings"),
        pytest.param(
            "won", [tried(n, p, ok=n > 1) for n, p in enumerate("aab")], 0.5, id="by person"
        ),
        pytest.param("errors", [tried(0, status=s) for s in (201, 409, 422, 429)], 0.5, id="wrong"),
        pytest.param(
            "one_shape",
            [tried(0, address=f"home-{n}", shape="s" if n else "t") for n in range(6)],
            5 / 6,
            id="one program at many addresses",
        ),
    ],
)
def test_is_seen(name: str, events: list[Event], value: float | None) -> None:
    assert seen(name, events) == value


def test_a_ticket_used_elsewhere_is_moved() -> None:
    drawn = [Event(JOIN, AT, device="d", ticket=t) for t in "12"]
    used = [tried(1, "a", device="d", ticket="1"), tried(1, "b", device="e", ticket="2")]
    assert features([*drawn, *used], AROUND)["moved"] == Feature(0.5, 2)
    assert "moved" not in features(used, AROUND), "where nobody saw it drawn"


def test_without_an_attempt_there_is_nothing_to_say() -> None:
    assert features([Event(JOIN, AT, device="d")], AROUND) == {}


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_events_does_not_matter(random) -> None:
    world = one_of(amateur, 3, days=10)
    mixed = world.events[:]
    random.shuffle(mixed)
    found = features(world.events, world.around)
    assert features(mixed, world.around) == found
    assert set(found) <= set(FEATURES)
