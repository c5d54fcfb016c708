"""Refuse clients by country or autonomous system, from MaxMind databases the operator brings.

Without a database the filter is not there. An address the database does not know is of no country:
it passes `block`, and does not pass `only`. Answers are remembered for 65,536 clients (some 8 MiB);
then all are forgotten.
"""

from collections.abc import Callable
from typing import Final

from gateway.address import Address
from gateway.filters.base import AddressFilter
from gateway.verdict import Verdict

_REMEMBERED: Final = 65_536


class Place:
    """Where an address is: an ISO 3166 country code, "" if unknown, and its AS number, or 0."""

    __slots__ = ("asn", "country")

    def __init__(self, country: str, asn: int) -> None:
        self.country = country
        self.asn = asn


class Places:
    """Looks addresses up, once each; `look_up` raises nothing and reads from memory."""

    def __init__(self, look_up: Callable[[str], Place]) -> None:
        self._look_up = look_up
        self._known: dict[int, Place] = {}

    def of(self, client: Address) -> Place:
        place = self._known.get(client.key)
        if place is None:
            place = self._look_up(client.text)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[client.key] = place
        return place


class Geo(AddressFilter):
    """`countries` and `asns` hold a verdict for each that is blocked; where `outside` is given,
    it is the verdict for every country but those in `only`."""

    def __init__(
        self,
        places: Places,
        *,
        countries: dict[str, Verdict],
        asns: dict[int, Verdict],
        only: frozenset[str],
        outside: Verdict | None,
        shadow: bool = False,
        fails_closed: bool = False,
    ) -> None:
        super().__init__("geo", shadow=shadow, fails_closed=fails_closed)
        self._places = places
        self._countries = countries
        self._asns = asns
        self._only = only
        self._outside = outside

    def judge(self, client: Address) -> Verdict | None:
        place = self._places.of(client)
        blocked = self._countries.get(place.country) or self._asns.get(place.asn)
        if blocked is None and self._outside is not None and place.country not in self._only:
            return self._outside
        return blocked
