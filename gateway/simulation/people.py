"""Who comes: each visitor as numbers in arrays, and where from.

Visitors are 0, 1, ...: citizens first, kind by kind, then bots. Visitors at one place have one
address. Memory: some 20 bytes a visitor, and 700 for each address of an own.
"""

from array import array
from typing import Final

from gateway.address import Address
from gateway.prefixes import Network
from gateway.simulation.scenario import BrokersModel, CitizensModel, Scenario
from gateway.waitingroom.draw import ONE
from gateway.waitingroom.share import AUTO, EACH, EVERYONE, Entry, key_of_entry

_OWN: Final = 16 << 24  # first addresses of citizens, shared networks, brokers
_SHARED: Final = 100 << 24
_BROKERS: Final = 150 << 24
_OWN6: Final = 0x2A00 << 112
_BROKERS6: Final = 0x2C00 << 112
CITIZEN: Final = -1


class People:
    """`kinds` by number; `kind`, `place` and `office` (CITIZEN: none) of each visitor; `where` and
    `size` of each place; `customers` of each office. `entries`: the table of listed networks."""

    def __init__(self, scenario: Scenario) -> None:
        self.kinds: list[CitizensModel | BrokersModel] = [*scenario.citizens, *scenario.brokers]
        self.citizen_kinds = len(scenario.citizens)
        self.kind = bytearray()
        self.place = array("I")
        self.office = array("i")
        self.person = array("i")  # of whom the ticket is, where it is a person's
        self.where: list[Address] = []
        self.customers: list[int] = []
        self.entries: list[tuple[Network, Entry]] = []
        self.known: dict[bytes, int] = {}  # shares from before the first day
        self._shared: dict[str, list[int]] = {}
        self._persons = 0
        for number, citizens in enumerate(scenario.citizens):
            self._add_citizens(number, citizens)
        self.citizens = len(self.kind)
        for number, brokers in enumerate(scenario.brokers, self.citizen_kinds):
            self._add_brokers(number, brokers)
        self.count = len(self.kind)

    def _visitors(self, kind: int, place: int, number: int, office: int = CITIZEN) -> None:
        self.kind.extend([kind] * number)
        self.place.extend([place] * number)
        self.office.extend([office] * number)

    def _at(self, version: int, value: int) -> int:
        self.where.append(Address(version, value, ""))
        return len(self.where) - 1

    def _add_citizens(self, kind: int, model: CitizensModel) -> None:
        if model.network == "shared":
            self._add_shared(kind, model)
        else:
            first = len(self.where)
            for number in range(model.people):
                if model.network == "own":
                    self._visitors(kind, self._at(4, _OWN + first + number), 1)
                    continue
                subnet, site = divmod(number, model.networks or model.people)
                value = _OWN6 + (((first + site) << 16 | subnet) << 64)
                self._visitors(kind, self._at(6, value), 1)
        self.person.extend(range(self._persons, self._persons + model.people))
        self._persons += model.people

    def _add_shared(self, kind: int, model: CitizensModel) -> None:
        places = []
        for number, size in enumerate(_sizes(model)):
            place = self._at(4, _SHARED + (kind << 18) + number)
            places.append(place)
            self._visitors(kind, place, size)
            if model.share == "unlisted":
                continue
            name = f"{model.name} {number}"
            entry = Entry(name, EVERYONE)
            if model.share == "auto":
                entry = Entry(name, AUTO)
                if model.known is not None:
                    self.known[key_of_entry(name)] = max(ONE, round(model.known * size * ONE))
            elif model.share != "all":
                entry = Entry(name, EACH, model.share * ONE)
            self.entries.append((Network(4, self.where[place].value, 32), entry))
        self._shared[model.name] = places

    def _add_brokers(self, kind: int, model: BrokersModel) -> None:
        for number in range(model.offices):
            office = len(self.customers)
            self.customers.append(model.customers)
            for address in range(model.addresses):
                if model.behind is not None:
                    places = self._shared[model.behind]
                    # All bots of an office sit behind one network, as in one building.
                    place = places[number % len(places)]
                elif model.network == "ipv6":
                    value = _BROKERS6 + ((office << 16 | address) << 64)
                    place = self._at(6, value)
                else:
                    place = self._at(4, _BROKERS + len(self.where))
                self._visitors(kind, place, model.bots, office)
            bots = model.addresses * model.bots
            self.person.extend([self._persons + bot % model.customers for bot in range(bots)])
            self._persons += model.customers


def _sizes(model: CitizensModel) -> list[int]:
    """How many people are behind each shared network."""
    count = model.networks or 1
    if model.sizes == "even":
        whole, over = divmod(model.people, count)
        return [whole + (number < over) for number in range(count)]
    weights = [1 / (0.1 * count + number) for number in range(count)]
    total = sum(weights)
    found = [max(1, round(model.people * weight / total)) for weight in weights]
    found[0] = max(1, found[0] + model.people - sum(found))
    surplus = sum(found) - model.people  # many networks of one, in a small model
    for number in range(count - 1, -1, -1):
        less = min(surplus, found[number] - 1)
        found[number] -= less
        surplus -= less
    return found
