"""Countries and autonomous systems."""

import pytest
from helpers import a_refusal, a_request, address

from gateway.filters.geo import Geo, Place, Places

WHERE = {"192.0.2.1": Place("SY", 1), "192.0.2.2": Place("XX", 2), "192.0.2.3": Place("", 3)}


def look_up(text: str) -> Place:
    return WHERE.get(text, Place("", 0))


def geo(**more: object) -> Geo:
    settings: dict[str, object] = {
        "countries": {}, "asns": {}, "only": frozenset(), "outside": None, **more,
    }  # fmt: skip
    return Geo(Places(look_up), **settings)  # type: ignore[arg-type]


BLOCKS = geo(countries={"XX": a_refusal(rule="XX")}, asns={3: a_refusal(rule="AS3")})
ONLY = geo(only=frozenset({"SY"}), outside=a_refusal(rule="only"))
BOTH = geo(asns={1: a_refusal(rule="AS1")}, only=frozenset({"SY"}), outside=a_refusal(rule="only"))


@pytest.mark.parametrize(
    ("filter_", "client", "rule"),
    [
        pytest.param(BLOCKS, "192.0.2.1", None, id="a country that is not blocked"),
        pytest.param(BLOCKS, "192.0.2.2", "XX", id="a blocked country"),
        pytest.param(BLOCKS, "192.0.2.3", "AS3", id="a blocked system"),
        pytest.param(BLOCKS, "192.0.2.4", None, id="nobody knows where: passes a block"),
        pytest.param(ONLY, "192.0.2.1", None, id="a country that may come"),
        pytest.param(ONLY, "192.0.2.2", "only", id="one that may not"),
        pytest.param(ONLY, "192.0.2.4", "only", id="nobody knows where: does not pass `only`"),
        pytest.param(BOTH, "192.0.2.1", "AS1", id="a blocked system of a country that may come"),
    ],
)
def test_places(filter_: Geo, client: str, rule: str | None) -> None:
    verdict = filter_.check(a_request(client=client))
    assert (verdict and verdict.rule) == rule


def test_a_client_is_looked_up_once_and_the_memory_is_bounded() -> None:
    asked: list[str] = []

    def noted(text: str) -> Place:
        asked.append(text)
        return Place("SY", 1)

    places = Places(noted)
    for text in ("192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"):
        places.of(address(text))
    assert asked == ["192.0.2.1", "2001:db8::1"]
    for n in range(66_000):
        places.of(address(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"))
    assert len(places._known) <= 65_536
