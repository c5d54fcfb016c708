"""Offices of a generated month: one office each, by how they hide (bench/month.py)."""

from bench.crowds import HOUR, SECOND, START, World
from gateway.brokers.events import JOIN, Event
from gateway.brokers.links import DAY, HOME, HOSTING


class Office:
    """A month's work: customers by the week, and telephones of the office's."""

    def __init__(self, world: World, *, own: bool = False) -> None:
        self.world = world
        self.own = own
        self.week = world.random.choice((4, 7, 10, 12, 15, 20, 30, 45, 70))
        world.volume[world.kind] = self.week
        self._phone = ""
        self._left = 0

    def customers(self) -> list[tuple[str, str, list[int]]]:
        """Person, telephone, the openings tried."""
        world, found = self.world, []
        openings = list(world.openings.values())
        for _ in range(self.week * world.days // 7):
            who, phone = world.person(), self.phone()
            tries = sorted(world.random.sample(openings, world.random.choice((1, 1, 2, 3))))
            found.append((who, phone, tries))
            self._before(who, tries[0], phone)
        return found

    def phone(self) -> str:
        if self.own:
            return self.world.name("t")
        if not self._left:
            self._phone, self._left = self.world.name("t"), self.world.random.randint(6, 12)
        self._left -= 1
        return self._phone

    def _before(self, who: str, first: int, phone: str) -> None:
        """What some customers did by themselves."""
        world = self.world
        if world.random.random() > 1 / 7:
            return
        own, device, shape, line = world.name("t"), world.name("d"), world.shape(), world.line()
        at = max(START, first - int(world.random.uniform(1, 5) * DAY))
        world.attempt(at, who, phone if self.own else own, device, line, shape, world.form())
        if world.random.random() < 0.2:
            office, world.kind = world.kind, ("customer's family", world.made)
            for _ in range(world.random.randint(1, 3)):
                at += int(world.around_median(200) * SECOND)
                world.attempt(at, world.person(), own, device, line, shape, world.form())
            world.kind = office


def amateur(world: World) -> None:
    """At home, by hand, one browser; hides sometimes in a private window."""
    office, address, shape = Office(world), world.address(HOME), world.shape()
    device, hides = world.name("d"), world.random.random()
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.around_median(240, 0.9) * SECOND)
            shown = world.name("d") if world.random.random() < hides else device
            world.attempt(at, who, phone, shown, address, shape, world.around_median(32, 0.3), 0.5)


def room_of_clerks(world: World) -> None:
    """Several desks, their own devices, one line and some mobile ones."""
    office, address = Office(world), world.address(HOME)
    desks = [(world.name("d"), world.shape()) for _ in range(world.random.randint(3, 7))]
    for who, phone, tries in office.customers():
        device, shape = world.random.choice(desks)
        for opened in tries:
            at = opened + int(world.around_median(150, 0.9) * SECOND)
            line = world.random.choice(world.carriers) if world.random.random() < 0.3 else address
            world.attempt(at, who, phone, device, line, shape, world.around_median(35, 0.35), 0.5)


def script(world: World) -> None:
    """One server, no disguise; customers' own telephones."""
    office, address, shape = Office(world, own=True), world.address(HOSTING), world.name("tool")
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.random.uniform(0.5, 20) * SECOND)
            seconds = world.random.uniform(0.3, 2)
            world.attempt(at, who, phone, world.name("d"), address, shape, seconds, 0.9)


def professional(world: World) -> None:
    """Servers and VPN exits, a new cookie each time, a browser's shape, quick forms."""
    office, shape = Office(world), world.shape()
    addresses = [world.address(HOSTING) for _ in range(world.random.randint(10, 40))]
    addresses += world.random.sample(world.exits, 10)
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.random.uniform(1, 40) * SECOND)
            line, seconds = world.random.choice(addresses), world.random.uniform(1, 6)
            world.attempt(at, who, phone, world.name("d"), line, shape, seconds, 0.8)


def residential(world: World, *, own: bool = False) -> None:
    """Rented homes: one booking an address, a new device each, forms as slow as people's."""
    office = Office(world, own=own)
    shapes = [world.name("tool") if world.random.random() < 0.5 else world.shape()
              for _ in range(world.random.randint(1, 3))]  # fmt: skip
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.random.uniform(5, 120) * SECOND)
            line, seconds = world.address(HOME), world.random.uniform(12, 30)
            shape = world.random.choice(shapes)
            world.attempt(at, who, phone, world.name("d"), line, shape, seconds, 0.7)


def residential_own(world: World) -> None:
    """The same with the customers' own telephones: nothing is shared but the shape."""
    residential(world, own=True)


def modems(world: World) -> None:
    """SIM cards: addresses of carriers, where everybody is."""
    office, shape = Office(world), world.shape()
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.random.uniform(2, 60) * SECOND)
            line, seconds = world.random.choice(world.carriers), world.random.uniform(5, 15)
            world.attempt(at, who, phone, world.name("d"), line, shape, seconds, 0.7)


def solved_by_people(world: World) -> None:
    """A program, with challenges and forms solved by hired hands: human seconds, some homes."""
    office = Office(world)
    homes = [(world.address(HOME), world.shape()) for _ in range(world.random.randint(5, 15))]
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.around_median(60, 0.6) * SECOND)
            line, shape = world.random.choice(homes)
            seconds = world.around_median(28, 0.4)
            world.attempt(at, who, phone, world.name("d"), line, shape, seconds, 0.6)


def drip(world: World) -> None:
    """Never at the opening, a few a day at human pace, from a line and a telephone."""
    office, address = Office(world), world.address(HOME)
    devices = [(world.name("d"), world.shape()) for _ in range(2)]
    for who, phone, tries in office.customers():
        for opened in tries:
            at = opened + int(world.random.uniform(0.3, 9) * HOUR)
            device, shape = world.random.choice(devices)
            line = address if world.random.random() < 0.6 else world.random.choice(world.carriers)
            world.attempt(at, who, phone, device, line, shape, world.around_median(55, 0.5), 0.4)


def tickets_sold_own(world: World) -> None:
    """Draws by servers, sells the tickets; whoever bought books at home."""
    office, shape = Office(world, own=True), world.name("tool")
    servers = [world.address(HOSTING) for _ in range(world.random.randint(1, 5))]
    for who, phone, tries in office.customers():
        opened, ticket = tries[-1], world.name("k")
        world.events.append(
            Event(JOIN, opened - int(world.random.uniform(10, 1700) * SECOND),
                  request=world.name("r"), address=world.random.choice(servers),
                  device=world.name("d"), shape=shape, opening=f"day-{(opened - START) // DAY}",
                  ticket=ticket)
        )  # fmt: skip
        at = opened + int(world.around_median(600, 0.6) * SECOND)
        world.attempt(at, who, phone, world.name("d"), world.line(), world.shape(), world.form(),
                      0.9, ticket)  # fmt: skip
