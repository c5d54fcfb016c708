"""The settings of the waiting rooms: what each guards, when it opens, how many it lets in."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.clock import SECOND
from gateway.settings.draws import DrawModel
from gateway.settings.identities import IdentityModel
from gateway.settings.limits import METHOD, listed
from gateway.settings.model import Model, as_written
from gateway.settings.opening_times import OpensModel
from gateway.settings.paths import PathPrefix
from gateway.settings.quotas import MOST, QuotaModel
from gateway.settings.units import Duration, RateText

ROOM_NAME: Final = "^[a-z0-9][a-z0-9-]{0,31}$"

_ORIGIN: Final = re.compile(
    r"https?://[a-z0-9.-]+(:[1-9][0-9]{0,4})?|[a-z][a-z0-9+.-]*://localhost"
)

LANGUAGE: Final = "^[a-z]{2,3}$"

COLOUR: Final = "^#[0-9a-fA-F]{6}$"

Texts = dict[Annotated[str, Field(pattern=LANGUAGE)], str]


class AdmitModel(Model):
    rate: RateText = Field(as_written("50/s"), description="how fast people are let in, at most")
    active: int = Field(500, ge=1, le=MOST, description="how many may be inside at once")
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
        1000, ge=10, le=MOST, description="requests a second that all who wait may make together"
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
