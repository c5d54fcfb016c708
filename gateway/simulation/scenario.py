"""What is played: who comes to a booking day, how they behave, and what the room and platform are.

A scenario is a YAML file, closed like the configuration: every fault is told with file, line and
column. The room's own settings are those of `rooms:` (settings/rooms.py), with their defaults.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from gateway.clock import SECOND
from gateway.settings.limits import NAME
from gateway.settings.model import Model, as_written
from gateway.settings.rooms import AdmitModel
from gateway.settings.source import ConfigError, Fault, Source
from gateway.settings.units import Duration, RateText
from gateway.settings.wording import faults as faults_of

MOST_PEOPLE: Final = 4_000_000  # in all; some 700 bytes each while a day is played
_SECONDS: Final = 86_400
Part = Annotated[float, Field(ge=0, le=1)]
Policy = Literal["draw", "shuffle", "first-come", "per-address"]
POLICIES: Final[tuple[Policy, ...]] = ("draw", "shuffle", "first-come", "per-address")


class CitizensModel(Model):
    name: str = Field(pattern=NAME, description="of this kind of people, in the tables")
    people: int = Field(ge=1, le=MOST_PEOPLE, description="how many come")
    network: Literal["own", "shared", "ipv6"] = Field(
        "own", description="own: an IPv4 address each; ipv6: a /64 each; shared: many behind one"
    )
    networks: int | None = Field(
        None, ge=1, description="shared: how many addresses; ipv6: how many /48s; null: each one"
    )
    sizes: Literal["even", "uneven"] = Field(
        "even", description="of shared networks; uneven: the largest has ten times the smallest"
    )
    share: int | Literal["auto", "all", "unlisted"] = Field(
        "unlisted", description="of each shared network, as in rooms.draw.shares"
    )
    known: float | None = Field(
        None, gt=0, le=100, description="for share: auto, what was learned before the first day, "
        "as a part of the people behind it; null: nothing"
    )  # fmt: skip

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.network == "shared" and self.networks is None:
            raise ValueError(f"{self.name}: say how many networks they share")
        if self.network == "own" and self.networks is not None:
            raise ValueError(f"{self.name}: an own address each: leave networks out")
        if self.networks is not None and self.networks > self.people:
            raise ValueError(f"{self.name}: {self.networks} networks for {self.people} people")
        if self.network != "shared" and self.share != "unlisted":
            raise ValueError(f"{self.name}: a share is for network: shared")
        if isinstance(self.share, int) and self.share < 1:
            raise ValueError(f"{self.name}: {self.share} is no share; write 1 or more, or auto")
        if self.known is not None and self.share != "auto":
            raise ValueError(f"{self.name}: known is for share: auto")
        return self


class BrokersModel(Model):
    name: str = Field(pattern=NAME, description="of this kind of brokers, in the tables")
    offices: int = Field(ge=1, le=100_000, description="how many of them")
    addresses: int = Field(3, ge=1, le=100_000, description="of each office")
    bots: int = Field(40, ge=1, le=100_000, description="at each address; each has a ticket")
    customers: int = Field(40, ge=1, le=100_000, description="of each office; each wants one place")
    network: Literal["own", "ipv6", "behind"] = Field(
        "own", description="own: IPv4; ipv6: /64s of one /48; behind: citizens' shared networks"
    )
    behind: str | None = Field(None, description="the name of those citizens")
    comes: Literal["first", "crowd"] = Field(
        "first", description="first: with the first second of the pre-queue; crowd: as citizens do"
    )
    takes: Duration = Field(as_written("10s"), description="of a bot, to book")
    sells: bool = Field(False, description="the called ticket is handed over to who pays for it")
    handover: Duration = Field(as_written("2min"), description="that this takes")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.network == "behind") != (self.behind is not None):
            raise ValueError(f"{self.name}: write network: behind and behind: NAME, or neither")
        return self


class ArrivalModel(Model):
    before: Part = Field(0.9, description="the part of the citizens that comes before the opening")
    curve: Literal["even", "rush"] = Field(
        "rush", description="over the pre-queue; rush: the more, the nearer the opening"
    )
    after: Duration = Field(as_written("20min"), description="within which the others come, mostly")


class MannersModel(Model):
    """Of citizens."""

    takes: Duration = Field(as_written("4min"), description="to book, the median")
    spread: float = Field(0.5, ge=0, le=2, description="of it (deviation of the logarithm)")
    reaction: Duration = Field(as_written("10s"), description="from the call to coming, the mean")
    absent: Part = Field(0.1, description="waits no longer, and does not come when called")
    abandons: Part = Field(0.05, description="comes in, and does not book")
    leaves: Part = Field(0.3, description="leaves, of those told that places will not reach them")
    retries: int = Field(3, ge=0, le=100, description="of a booking that the platform failed at")


class OutageModel(Model):
    after: Duration = Field(as_written("5min"), description="the opening")
    lasts: Duration = Field(as_written("1min"), description="how long")


class PlatformModel(Model):
    capacity: RateText = Field(as_written("200/s"), description="requests that it answers")
    requests: int = Field(6, ge=1, le=1000, description="of one who books")
    latency: Duration = Field(as_written("200ms"), description="of each, without load")
    errors: Part = Field(0.0, description="the part of its answers that are failures, always")
    outage: OutageModel | None = Field(None, description="it is down for a while; null: never")


class RoomModel(Model):
    prequeue: Duration = Field(as_written("30min"), description="as in rooms.opens")
    end: Duration = Field(as_written("6h"), description="after the opening")
    admit: AdmitModel = AdmitModel()
    overbooking: float = Field(1.25, ge=1, le=3, description="as in rooms.quota")
    polls: int = Field(1000, ge=10, le=1_000_000, description="as in rooms")
    draw: Duration = Field(as_written("5s"), description="from the opening to the ranks")

    @model_validator(mode="after")
    def _in_a_day(self) -> Self:
        if self.prequeue + self.end > _SECONDS * SECOND:
            raise ValueError("pre-queue and opening are longer than a day")
        return self


class Scenario(Model):
    about: str = Field("", description="a sentence for the head of the table")
    places: int = Field(2000, ge=1, le=1_000_000, description="on each day")
    policy: Policy = Field("draw", description="who is called first")
    per_address: int = Field(5, ge=1, description="for policy: per-address, a minute")
    identity: Literal["none", "bound"] = Field("none", description="bound: a ticket is a person's")
    seed: int = Field(1, ge=0, description="the same seed, the same days")
    days: int = Field(1, ge=1, le=1000, description="that are played and told of")
    warm_up: int = Field(0, ge=0, le=1000, description="days before: only drawn, to learn shares")
    citizens: list[CitizensModel] = Field(min_length=1, description="by kind of network")
    brokers: list[BrokersModel] = Field([], description="by kind")
    arrival: ArrivalModel = ArrivalModel()
    manners: MannersModel = MannersModel()
    platform: PlatformModel = PlatformModel()
    room: RoomModel = RoomModel()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [one.name for one in self.citizens] + [one.name for one in self.brokers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two kinds are called {', '.join(twice)}: give each its own name")
        shared = [one.name for one in self.citizens if one.network == "shared"]
        for broker in self.brokers:
            if broker.behind is not None and broker.behind not in shared:
                known = ", ".join(shared) or "none"
                raise ValueError(
                    f"{broker.name}: behind {broker.behind!r}, which is no kind of citizens with "
                    f"network: shared (there are: {known})"
                )
        if self.people > MOST_PEOPLE:
            raise ValueError(f"{self.people} visitors are too many: {MOST_PEOPLE} at most")
        return self

    @property
    def people(self) -> int:
        """Citizens and bots."""
        return sum(one.people for one in self.citizens) + sum(
            one.offices * one.addresses * one.bots for one in self.brokers
        )

    def scaled(self, citizens: int) -> "Scenario":
        """The same with so many citizens: networks, offices and places in proportion, the room and
        the platform as they are. Raises ValueError."""
        scale = citizens / sum(one.people for one in self.citizens)

        def part(number: int) -> int:
            return max(1, round(number * scale))

        kinds = [
            one.model_copy(
                update={
                    "people": part(one.people),
                    "networks": one.networks and min(part(one.networks), part(one.people)),
                }
            )
            for one in self.citizens
        ]
        brokers = [one.model_copy(update={"offices": part(one.offices)}) for one in self.brokers]
        found = self.model_copy(
            update={"places": part(self.places), "citizens": kinds, "brokers": brokers}
        )
        if found.people > MOST_PEOPLE:
            raise ValueError(f"{found.people} visitors are too many: {MOST_PEOPLE} at most")
        return found


def load(path: Path) -> Scenario:
    """The scenario in `path`. Raises ConfigError with every fault."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([Fault(str(path), 0, 0, "", f"cannot be read: {reason}")]) from None
    return loads(text, path)


def loads(text: str, path: Path) -> Scenario:
    """As `load`, with the text at hand."""
    source = Source(str(path), text, None)
    if source.faults and not source.data:
        raise ConfigError(source.faults)
    if not isinstance(source.data, dict):
        raise ConfigError([source.fault((), "a scenario is keys and values, like places: 2000")])
    try:
        scenario = Scenario.model_validate(source.data)
    except ValidationError as error:
        found = [dict(one) for one in error.errors(include_url=False)]
        faults = source.faults + faults_of(source, found, Scenario)
        faults.sort(key=lambda fault: (fault.line, fault.column))
        raise ConfigError(faults) from None
    if source.faults:
        raise ConfigError(source.faults)
    return scenario
