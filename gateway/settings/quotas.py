"""How many places there are, and which answers of the platform tell of them."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from gateway.clock import SECOND
from gateway.settings.limits import METHOD, Statuses
from gateway.settings.model import Model, as_written
from gateway.settings.opening_times import CalendarDay
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Duration

ADDRESS: Final = "^https?://[!-~]+$"

_SAID: Final = re.compile(r"header\.[A-Za-z0-9_-]+|json(\.[^.\s]+)+")

MOST: Final = 1_000_000  # places, people


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
    places: int = Field(2000, ge=1, le=MOST, description="on each opening; with a source: at most")
    source: QuotaSource | None = Field(
        None, description="where the platform tells how many there are; null: as many as places"
    )
    dates: dict[CalendarDay, Annotated[int, Field(ge=0, le=MOST)]] = Field(
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
