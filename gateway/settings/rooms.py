"""The settings of the waiting rooms: what each guards, when it opens, how many it lets in."""

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import re2
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.clock import SECOND
from gateway.settings.flood import Day
from gateway.settings.limits import METHOD, Statuses, listed, read_part
from gateway.settings.model import Model, as_written, shown
from gateway.settings.network import NetworkText
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Duration, RateText, Zone

ROOM_NAME: Final = "^[a-z0-9][a-z0-9-]{0,31}$"
CALLED: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_ADDED: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d?\d:\d\d)")
_WHOLE: Final = 1_000_000  # places, people


def parse_clock(value: Any) -> time:
    """08:00, as somebody writes it. YAML may have read it as a number of minutes."""
    text = f"{value // 60:02}:{value % 60:02}" if type(value) is int else str(value)
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{shown(value)} is no time of the day; write for example "08:00"')
    return time(int(match[1]), int(match[2]))


def parse_day(value: Any) -> date:
    """2026-12-25, which YAML reads as a date by itself."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is no date; write for example 2026-12-25") from None


def parse_moment(value: Any) -> datetime:
    """2026-12-26 10:00, by the room's clock."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    match = _ADDED.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{shown(value)} is no day and time; write for example 2026-12-26 10:00")
    return datetime.combine(parse_day(match[1]), parse_clock(match[2]))


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Clock = Annotated[
    time, BeforeValidator(parse_clock), _text_schema(r"^([01]?\d|2[0-3]):[0-5]\d$", "08:00")
]
CalendarDay = Annotated[
    date, BeforeValidator(parse_day), _text_schema(r"^\d{4}-\d\d-\d\d$", "2026-12-25")
]
Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    _text_schema(r"^\d{4}-\d\d-\d\d[ T]\d?\d:\d\d$", "2026-12-26 10:00"),
]
LANGUAGE: Final = "^[a-z]{2,3}$"
COLOUR: Final = "^#[0-9a-fA-F]{6}$"
Texts = dict[Annotated[str, Field(pattern=LANGUAGE)], str]


class OpensModel(Model):
    days: list[Day] = Field([], description="of the week; empty: only the days in `also`")
    at: Clock = Field(as_written("08:00"), description="the opening moment, by the room's clock")
    zone: Zone = Field("Asia/Damascus", description="whose clock; summer time is heeded")
    prequeue: Duration = Field(
        as_written("30min"),
        description="before it, in which one may come and take part in the draw",
    )
    end: Clock = Field(as_written("14:00"), description="when it is over, whatever is left")
    closed: list[CalendarDay] = Field([], description="days on which it does not open")
    also: list[Moment] = Field([], description="other days and times on which it does")

    @model_validator(mode="after")
    def _sometime(self) -> "OpensModel":
        if not self.days and not self.also:
            raise ValueError("it never opens: give days, such as [sun, mon], or dates in also")
        if self.days and self.end <= self.at:
            raise ValueError(f"it ends at {self.end:%H:%M}, before it opens at {self.at:%H:%M}")
        for moment in self.also:
            if moment.time() >= self.end:
                raise ValueError(
                    f"{moment:%Y-%m-%d %H:%M} is no earlier than its end, {self.end:%H:%M}"
                )
        return self


class MatchAnswer(Model):
    """Which answer of the platform is meant."""

    method: str = Field("POST", pattern=METHOD, description="of the request")
    path: PathPrefix = Field("/booking/confirm", description="the request's path begins so")
    status: Statuses = Field(as_written([201]), description="of the answer, such as 201 or 2xx")


class QuotaModel(Model):
    places: int = Field(2000, ge=1, le=_WHOLE, description="on each opening")
    dates: dict[CalendarDay, Annotated[int, Field(ge=0, le=_WHOLE)]] = Field(
        {}, description="another number on some days"
    )
    booked_when: MatchAnswer = Field(
        MatchAnswer(), description="the answer that means: a place is taken"
    )
    cancelled_when: MatchAnswer | None = Field(
        None, description="the answer that means: a place is free again; null: none does"
    )
    overbooking: float = Field(
        1.25,
        ge=1,
        le=3,
        description="times the free places that may be called and inside, at most: as many as, by "
        "what is measured, will take all places; 1: nobody fills in a form in vain",
    )


class AdmitModel(Model):
    rate: RateText = Field(as_written("50/s"), description="how fast people are let in, at most")
    active: int = Field(500, ge=1, le=_WHOLE, description="how many may be inside at once")
    idle: Duration = Field(
        as_written("5min"), description="without a request until a place inside is given on"
    )
    total: Duration = Field(as_written("20min"), description="that one may be inside, at most")
    grace: Duration = Field(
        as_written("3min"), description="to come in when called; later: as soon as there is room"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "AdmitModel":
        if self.idle > self.total:
            raise ValueError("idle is longer than total: nobody could be idle for so long")
        return self


class NetworkShare(Model):
    networks: list[NetworkText] = Field([], description="the networks")
    file: Path | None = Field(None, description="or a file, one network a line")
    asns: list[Annotated[int, Field(ge=1, lt=2**32)]] = Field(
        [], description="or AS numbers, by geo.asn"
    )
    share: int | Literal["auto"] = Field(
        "auto", description="tickets of each address that are drawn with the first; auto: learned, "
        "and all of them until enough is known"
    )  # fmt: skip
    together: bool = Field(False, description="the share is for all these addresses together")

    @model_validator(mode="after")
    def _one(self) -> "NetworkShare":
        if (self.file is not None) + bool(self.networks) + bool(self.asns) != 1:
            raise ValueError("say whose share it is: networks, a file or asns, one of them")
        if self.share != "auto" and not 1 <= self.share <= _WHOLE:
            raise ValueError(f"{self.share} is no share; write 1 or more, or auto")
        if self.together and self.share == "auto":
            raise ValueError("a share of all together is a number: auto is for each address")
        return self


class DrawModel(Model):
    shares: list[NetworkShare] = Field(
        [], description="networks that many people share; any other address has a share of 1"
    )
    witnesses: list[Annotated[str, Field(pattern=CALLED)]] = Field(
        [], max_length=16, description="names of others whose seeds go into the draw"
    )
    witness_time: Duration = Field(
        as_written("1min"), description="that the draw waits for their seeds, if there are any"
    )
    beacon: Literal["off", "quicknet", "default"] = Field(
        "off", description="a chain of drand whose value goes in too, by its name"
    )
    beacon_url: str | None = Field(
        None, description="where its value is fetched, with {chain} and {round}; null: by hand"
    )


def _field(text: str) -> str:
    part = read_part(text)
    if part.kind not in {"form", "json"}:
        raise ValueError(f"{text!r} is no field of a body; write for example form.national_id")
    return text


def _regular(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


class IdentityModel(Model):
    field: Annotated[str, AfterValidator(_field)] = Field(
        "form.national_id", description="where the platform's booking carries the number"
    )
    matches: Annotated[str, AfterValidator(_regular)] = Field(
        "[0-9]{11}", description="what a number looks like, as a whole"
    )


class RoomPage(Model):
    title: Texts = Field({}, description="what people wait for, by language")
    colour: str = Field("#1f6f54", pattern=COLOUR, description="of buttons and links")
    logo: Path | None = Field(None, description="a small image (PNG, SVG, WebP)")
    digits: Literal["latn", "arab"] = Field("latn", description="in Arabic texts")
    texts: dict[str, Texts] = Field({}, description="your own words instead of ours, by their key")
    languages: dict[Annotated[str, Field(pattern=LANGUAGE)], Path] = Field(
        {}, description="files with further languages"
    )


class RoomModel(Model):
    name: str = Field(pattern=ROOM_NAME, description="in addresses, cookies, commands and metrics")
    paths: list[PathPrefix] = Field(
        as_written(["/"]), min_length=1, description="what it guards; / is everything"
    )
    besides: list[PathPrefix] = Field([], description="paths below those that it does not guard")
    methods: Annotated[
        list[Annotated[str, Field(pattern=METHOD)]],
        BeforeValidator(listed, json_schema_input_type=str | list[str]),
    ] = Field([], description="empty: all")
    mode: Literal["schedule", "always", "load"] = Field(
        "schedule",
        description="schedule: by opens; always: all day; load: while the platform is full",
    )
    opens: OpensModel | None = Field(None, description="when it opens, for mode: schedule")
    outside: Literal["closed", "open"] = Field(
        "closed", description="what the paths are while there is no opening"
    )
    quota: QuotaModel | None = Field(None, description="how many places there are; null: no end")
    admit: AdmitModel = AdmitModel()
    draw: DrawModel = DrawModel()
    identity: IdentityModel | None = Field(
        None, description="ask whom a ticket is for, and let only that person book with it"
    )
    polls: int = Field(
        1000, ge=10, le=_WHOLE, description="requests a second that all who wait may make together"
    )
    status: int = Field(
        503, description="of the page and of the answer to an application: 503, 429, 403 or 200"
    )
    books: Literal["once", "often"] = Field(
        "once", description="whether a booking ends the right to be inside"
    )
    leave_paths: list[PathPrefix] = Field(
        [], description="pages of the platform at which one is done, such as /logout"
    )
    bypass: dict[str, str] = Field(
        {}, description="headers by which staff passes, with their exact values"
    )
    page: RoomPage = RoomPage()

    @model_validator(mode="after")
    def _whole(self) -> "RoomModel":
        if self.mode == "schedule" and self.opens is None:
            raise ValueError(f"{self.name}: say when it opens (opens:), or write mode: always")
        if self.mode != "schedule" and self.opens is not None:
            raise ValueError(f"{self.name}: opens is for mode: schedule; leave one of them out")
        if self.status not in {200, 202, 403, 429, 503}:
            raise ValueError(f"{self.name}: {self.status} is no status for who waits; write 503")
        if self.identity is not None and self.quota is None:
            raise ValueError(f"{self.name}: identity needs quota.booked_when: what is a booking?")
        if self.identity is not None and self.books != "once":
            raise ValueError(f"{self.name}: one person books once: write books: once")
        if self.admit.grace < SECOND:
            raise ValueError(f"{self.name}: nobody can come within less than a second")
        return self


def named_once(value: list[RoomModel]) -> list[RoomModel]:
    names = [room.name for room in value]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two rooms are called {', '.join(twice)}: give each its own name")
    return value


Rooms = Annotated[list[RoomModel], AfterValidator(named_once)]
