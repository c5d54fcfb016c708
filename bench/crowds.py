"""Honest people of a generated month: one household, café or street each (bench/month.py)."""

from dataclasses import dataclass, field
from math import log
from random import Random
from typing import Final

from gateway.brokers.events import ATTEMPT, Event
from gateway.brokers.features import Surroundings
from gateway.brokers.links import CARRIER, DAY, EDUCATION, HOME, UNKNOWN, VPN

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
START: Final = 20_755 * DAY  # a day in October 2026, 00:00 UTC
ZONE: Final = 3 * HOUR
DAYS: Final = 30
OPENS: Final = 8 * HOUR - ZONE
_COMMON: Final = 14
_RARE: Final = 400


@dataclass
class World:
    """Names, networks and the events so far. `truth`: of each person, the kind and which of it."""

    seed: int
    events: list[Event] = field(default_factory=list)
    truth: dict[str, tuple[str, int]] = field(default_factory=dict)
    volume: dict[tuple[str, int], float] = field(default_factory=dict)  # persons a week, of offices
    networks: dict[str, str] = field(default_factory=dict)
    kind: tuple[str, int] = ("", 0)
    made: int = 0
    days: int = DAYS

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.openings = {
            f"day-{day}": START + day * DAY + OPENS
            for day in range(self.days)
            if day % 7 not in {5, 6}
        }
        self.carriers = [self.address(CARRIER) for _ in range(240)]
        self.exits = [self.address(VPN) for _ in range(60)]

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            lambda address: self.networks.get(address, UNKNOWN),
            self.openings,
            lambda at: (at + ZONE) // HOUR % 24,
        )

    def name(self, sort: str) -> str:
        self.made += 1
        return f"{sort}{self.made:x}"

    def address(self, network: str) -> str:
        made = self.name(network)
        self.networks[made] = network
        return made

    def person(self) -> str:
        made = self.name("p")
        self.truth[made] = self.kind
        return made

    def shape(self) -> str:
        """A browser: most people have one of a few."""
        if self.random.random() < 0.93:
            return f"common-{int(self.random.paretovariate(1)) % _COMMON}"
        return f"rare-{self.random.randrange(_RARE)}"

    def line(self) -> str:
        """Where an honest person comes from."""
        chance = self.random.random()
        if chance < 0.55:
            return self.random.choice(self.carriers)
        if chance < 0.62:
            return self.random.choice(self.exits)
        return self.address(HOME if chance < 0.9 else UNKNOWN)

    def around_median(self, middle: float, spread: float = 0.5) -> float:
        return self.random.lognormvariate(log(middle), spread)

    def form(self) -> float:
        """Seconds an honest person takes: one of twelve has a browser that fills it in."""
        chance = self.random.random()
        if chance < 0.01:
            return self.random.uniform(1.5, 4)
        return self.around_median(9 if chance < 0.08 else 70)

    def opening(self) -> int:
        """The time of one of the openings."""
        return self.random.choice(list(self.openings.values()))

    def moment(self) -> int:
        """When somebody honest comes: most in the half-hour after an opening."""
        if self.random.random() < 0.6:
            return self.opening() + int(self.around_median(420, 1.0) * SECOND)
        return self.somewhen()

    def somewhen(self, day: int | None = None) -> int:
        chosen = self.random.randrange(self.days) if day is None else day
        hour = min(23.9, max(0.0, self.random.gauss(15, 4.5)))
        return START + chosen * DAY + int(hour * HOUR) - ZONE

    def attempt(self, at: int, person: str, phone: str, device: str, address: str, shape: str,
                seconds: float, won: float = 0.3, ticket: str = "") -> None:  # fmt: skip
        day = f"day-{(at - START) // DAY}"
        opened = self.openings.get(day, at + 1)
        ok = self.random.random() < won
        status = 201 if ok else 409 if self.random.random() < 0.9 else 422
        self.events.append(
            Event(
                ATTEMPT,
                at,
                request=self.name("r"),
                address=address,
                device=device,
                shape=shape,
                path="/booking/confirm",
                method="POST",
                status=status,
                ok=ok,
                opening=day if at >= opened else "",
                ticket=ticket,
                person=person,
                phone=phone,
                form_ms=int(seconds * 1000),
            )
        )


def alone(world: World) -> None:
    who, phone, device, shape = world.person(), world.name("t"), world.name("d"), world.shape()
    home = world.line()
    for _ in range(min(8, int(world.random.paretovariate(1.3)))):
        address = home
        if world.networks[home] == CARRIER or world.random.random() < 0.2:
            address = world.random.choice(world.carriers)
        world.attempt(world.moment(), who, phone, device, address, shape, world.form())


def ready(world: World) -> None:
    """Alone, with a browser that fills in forms and a finger on the button at the opening."""
    who, phone, device, shape = world.person(), world.name("t"), world.name("d"), world.shape()
    address = world.line()
    for _ in range(world.random.randint(1, 6)):
        at = world.opening() + int(world.random.uniform(4, 25) * SECOND)
        world.attempt(at, who, phone, device, address, shape, world.random.uniform(2, 7), 0.6)


def family(world: World, size: int = 0) -> None:
    size = size or world.random.choice((2, 3, 3, 4, 4, 5, 5, 6, 7))
    people = [world.person() for _ in range(size)]
    phones = [world.name("t") for _ in range(world.random.choice((1, 1, 2)))]
    devices = [(world.name("d"), world.shape()) for _ in range(world.random.choice((1, 1, 2)))]
    address = world.line()
    for _ in range(world.random.randint(1, 3)):
        at = world.moment()
        for who in people:
            at += int(world.around_median(150) * SECOND)
            device, shape = world.random.choice(devices)
            phone = world.random.choice(phones)
            world.attempt(at, who, phone, device, address, shape, world.form())


def volunteer(world: World) -> None:
    """Helps old people with forms once or twice a week, on a laptop, at the mosque's line."""
    phone, device, shape, address = (
        world.name("t"), world.name("d"), world.shape(), world.address(HOME),
    )  # fmt: skip
    week = world.random.randint(4, 12)
    lends = world.random.uniform(0, 0.5)  # to those who have no telephone
    for monday in range(0, world.days, 7):
        days = world.random.sample(range(7), world.random.choice((1, 2)))
        for day in days:
            at = world.somewhen(min(world.days - 1, monday + day))
            for _ in range(week // len(days)):
                at += int(world.around_median(600) * SECOND)
                own = phone if world.random.random() < lends else world.name("t")
                seconds = world.around_median(150)
                world.attempt(at, world.person(), own, device, address, shape, seconds)


def secretary(world: World) -> None:
    """A company's: enters five to nine colleagues in one week, and is called for all of them."""
    device, shape, address, phone = (
        world.name("d"), world.shape(), world.address(HOME), world.name("t"),
    )  # fmt: skip
    day = world.random.randrange(0, world.days - 4)
    for _ in range(world.random.randint(5, 9)):
        at = world.somewhen(day + world.random.randrange(4))
        own = phone if world.random.random() < 0.6 else world.name("t")
        world.attempt(at, world.person(), own, device, address, shape, world.around_median(60))


def cafe(world: World) -> None:
    """Seats of one make behind one line, cookies thrown away after each guest at some of them."""
    address, shape = world.address(HOME), world.shape()
    seats = [world.name("d") for _ in range(world.random.randint(4, 15))]
    guests, clears = world.random.randint(2, 14), world.random.random()
    for day in range(world.days):
        opened = world.openings.get(f"day-{day}")
        for _ in range(world.random.randint(1, guests)):
            at = world.somewhen(day)
            if opened and world.random.random() < 0.3:
                at = opened + int(world.around_median(300, 0.8) * SECOND)
            device = world.name("d") if world.random.random() < clears else seats[0]
            world.random.shuffle(seats)
            world.attempt(at, world.person(), world.name("t"), device, address, shape, world.form())


def university(world: World) -> None:
    address = world.address(EDUCATION)
    for _ in range(world.random.randint(60, 300)):
        _own(world, address)


def shared_line(world: World) -> None:
    """A provider that puts a street behind one address and stands in no list."""
    address = world.address(world.random.choice((HOME, UNKNOWN)))
    for _ in range(world.random.randint(20, 200)):
        _own(world, address)


def _own(world: World, address: str) -> None:
    who, phone, device, shape = world.person(), world.name("t"), world.name("d"), world.shape()
    for _ in range(world.random.randint(1, 3)):
        world.attempt(world.moment(), who, phone, device, address, shape, world.form())


def neighbour(world: World) -> None:
    """Twelve relatives in a year."""
    phone, device, shape, address = (
        world.name("t"), world.name("d"), world.shape(), world.line(),
    )  # fmt: skip
    for month in range(max(1, world.days // 30)):
        who = world.person()
        for _ in range(world.random.randint(1, 4)):
            at = world.somewhen(min(world.days - 1, month * 30 + world.random.randrange(30)))
            world.attempt(at, who, phone, device, address, shape, world.form())
