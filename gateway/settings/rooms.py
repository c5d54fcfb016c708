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
from gateway.settings.units import Duration, DurationOrNone, RateText, Zone

ROOM_NAME: Final = "^[a-z0-9][a-z0-9-]{0,31}$"
CALLED: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_ADDED: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d?\d:\d\d)")
_SAID: Final = re.compile(r"header\.[A-Za-z0-9_-]+|json(\.[^.\s]+)+")
_ORIGIN: Final = re.compile(
    r"https?://[a-z0-9.-]+(:[1-9][0-9]{0,4})?|[a-z][a-z0-9+.-]*://localhost"
)
HEADER: Final = "^[A-Za-z0-9_-]{1,64}$"
WEBHOOK: Final = "^https?://[!-~]+$"
LUHN: Final = "luhn"
_FUNCTION: Final = re.compile(r"([A-Za-z_][\w.]*|[\w./-]+\.py):[A-Za-z_]\w*")
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
ADDRESS: Final = r"^https?://\S+$"
LANGUAGE: Final = "^[a-z]{2,3}$"
COLOUR: Final = "^#[0-9a-fA-F]{6}$"
Texts = dict[Annotated[str, Field(pattern=LANGUAGE)], str]


class OpensModel(Model):
    days: list[Day] = Field([], description="of the week; empty: only the days in `also`")
    at: Clock = Field(as_written("08:00"), description="the opening moment, by the room's clock")
    zone: Zone = Field("Asia/Damascus", description="whose clock; summer time is heeded")
    prequeue: DurationOrNone = Field(
        as_written("30min"),
        description="before it, in which one may come and take part in the draw; 0s: no draw, but "
        "first come, first served",
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


def _of_answer(text: str) -> str:
    if _SAID.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} is no part of an answer; write for example json.ok or header.x-booking"
        )
    return text


class MatchAnswer(Model):
    """Which answer of the platform is meant."""

    method: str = Field("POST", pattern=METHOD, description="of the request")
    path: PathPrefix = Field("/booking/confirm", description="the request's path begins so")
    status: Statuses = Field(as_written([201]), description="of the answer, such as 201 or 2xx")
    where: dict[Annotated[str, AfterValidator(_of_answer)], bool | int | str] = Field(
        {}, description="and what it says, such as {json.ok: true} or {header.x-booking: done}"
    )


class QuotaSource(Model):
    """Where the platform tells how many places there are."""

    url: str = Field(pattern=ADDRESS, description="what is asked, by GET")
    field: Annotated[str, AfterValidator(_of_answer)] = Field(
        "json.left", description="where the number stands: json.a.b or header.NAME"
    )
    says: Literal["left", "all"] = Field(
        "left", description="left: places that are left; all: of the whole opening"
    )
    every: Duration = Field(as_written("5s"), ge=SECOND, description="how often it is asked")
    timeout: Duration = Field(as_written("2s"), description="for an answer, at most")
    holds: Duration = Field(
        as_written("30s"), description="for how long a number holds while it cannot be had anew; "
        "then nobody is called until it can"
    )  # fmt: skip
    headers: dict[str, str] = Field({}, description="sent with it, such as a key")


class QuotaModel(Model):
    places: int = Field(
        2000, ge=1, le=_WHOLE, description="on each opening; with a source: at most"
    )
    source: QuotaSource | None = Field(
        None, description="where the platform tells how many there are; null: as many as places"
    )
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
    name: str | None = Field(
        None, pattern=CALLED, description="by which what is learned of them is kept; null: their "
        "place in this list"
    )  # fmt: skip
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
    most: int | None = Field(
        None, ge=1, le=_WHOLE, description="of auto: people behind all of them together, at most, "
        "whatever is learned; null: as many as come"
    )  # fmt: skip

    @model_validator(mode="after")
    def _one(self) -> "NetworkShare":
        if (self.file is not None) + bool(self.networks) + bool(self.asns) != 1:
            raise ValueError("say whose share it is: networks, a file or asns, one of them")
        if self.share != "auto" and not 1 <= self.share <= _WHOLE:
            raise ValueError(f"{self.share} is no share; write 1 or more, or auto")
        if self.together and self.share == "auto":
            raise ValueError("a share of all together is a number: auto is for all as it is")
        if self.most is not None and self.share != "auto":
            raise ValueError("most is for share: auto; leave one of them out")
        return self


class LearnModel(Model):
    keep: Duration = Field(
        as_written("28d"), le=180 * 86_400 * SECOND, description="for how long an opening teaches"
    )
    most: int = Field(
        4, ge=1, le=1000, description="people that an address which is not listed may be believed "
        "to be"
    )  # fmt: skip


class CarryModel(Model):
    each: int = Field(1, ge=1, le=15, description="more weight for each lost opening")
    most: int = Field(4, ge=2, le=16, description="weight of a ticket, at most")
    days: int = Field(7, ge=1, le=30, description="for how many days a lost opening counts")


class DrawModel(Model):
    shares: list[NetworkShare] = Field(
        [], description="networks that many people share; any other address has a share of 1"
    )
    learn: LearnModel | None = Field(
        LearnModel(), description="shares from past openings; null: auto has no cap"
    )
    carry: CarryModel | None = Field(
        None, description="more chance for who came and lost in the last days; null: none"
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

    @model_validator(mode="after")
    def _named_once(self) -> "DrawModel":
        names = [share_name(share, number) for number, share in enumerate(self.shares)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two shares are called {', '.join(twice)}: give each its own name")
        return self


def share_name(share: NetworkShare, number: int) -> str:
    """By which what is learned of it is kept. `number`: its place in the list."""
    return share.name or str(number)


def _field(text: str) -> str:
    part = read_part(text)
    if part.kind not in {"form", "json"}:
        raise ValueError(f"{text!r} is no field of a body; write for example form.national_id")
    return text


def _origin(text: str) -> str:
    if text == "*":
        raise ValueError(
            "* would let every site read a visitor's place: name the origins, for example "
            "https://app.example"
        )
    if _ORIGIN.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} is no origin; write scheme and host in small letters, and the port if it is "
            "not the usual one, for example https://app.example"
        )
    return text


def _check(text: str | None) -> str | None:
    if text is None or text == LUHN or _FUNCTION.fullmatch(text):
        return text
    raise ValueError(f"{text!r} is no check; write luhn, or for example checks.py:national_id")


def _regular(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


class ConfirmModel(Model):
    url: str = Field(
        pattern=WEBHOOK, description="of the SMS gateway: number and code are posted to it as JSON"
    )
    secret: str = Field(min_length=16, description="by which what is posted is signed (HMAC)")
    timeout: Duration = Field(
        as_written("5s"), description="until it has to have answered; later, the code is not sent"
    )

    @model_validator(mode="after")
    def _soon(self) -> "ConfirmModel":
        if self.timeout > 10 * SECOND:
            raise ValueError("somebody waits for it before a page: write 10s at most")
        return self


class SessionModel(Model):
    """Where the platform says whom its session is for."""

    header: str | None = Field(
        None, pattern=HEADER, description="of its answers, with the number; taken out of them"
    )
    cookie: str | None = Field(
        None, pattern=HEADER, description="or a cookie of its own: a JWT, signed with HS256"
    )
    secret: str | None = Field(None, min_length=32, description="by which that JWT is signed")
    claim: str = Field("sub", description="of the JWT, with the number")
    sign_in: PathPrefix = Field("/login", description="where who is not signed in is sent")

    @model_validator(mode="after")
    def _one(self) -> "SessionModel":
        if (self.header is None) == (self.cookie is None):
            raise ValueError(
                "say where the session's person is told: header or cookie, one of them"
            )
        if (self.cookie is None) != (self.secret is None):
            raise ValueError("secret is what the cookie is signed with: give both, or neither")
        return self


class IdentityModel(Model):
    field: Annotated[str, AfterValidator(_field)] = Field(
        "form.national_id", description="where the platform's booking carries the number"
    )
    check: Annotated[str | None, AfterValidator(_check)] = Field(
        None,
        description="a check of the number at joining: luhn, or a function of yours, written "
        "module:function or file.py:function, that gets the number and returns whether it may join",
    )
    session: SessionModel | None = Field(
        None, description="take the number from the platform's session; null: ask for it"
    )
    confirm: ConfirmModel | None = Field(
        None,
        description="another device of the same person gets its place by a code; null: by none",
    )
    matches: Annotated[str, AfterValidator(_regular)] = Field(
        "[0-9]{11}", description="what a number looks like, as a whole"
    )

    @model_validator(mode="after")
    def _once(self) -> "IdentityModel":
        if self.session is not None and (self.confirm is not None or self.check is not None):
            raise ValueError(
                "the platform's session says who somebody is: leave out check and confirm"
            )
        return self


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
    challenge: Literal["off", "flood", "always"] = Field(
        "flood",
        description="when joining costs a proof of work: never, while the guard's level is "
        "elevated, or always",
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
    cors: list[Annotated[str, AfterValidator(_origin)]] = Field(
        [], description="origins whose scripts may read the JSON, such as https://app.example"
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
        undrawn = self.opens is not None and not self.opens.prequeue
        if undrawn and (self.draw.witnesses or self.draw.beacon != "off"):
            raise ValueError(
                f"{self.name}: without a pre-queue no lots are drawn: give opens.prequeue some "
                "time, or leave out draw.witnesses and draw.beacon"
            )
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
