"""Settings of what happens when the platform cannot keep up."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.clock import MILLISECOND, SECOND
from gateway.settings.model import Model, as_written, off_is_none
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Duration, show_duration

_SHORTEST = 5 * MILLISECOND
_LONGEST = 5 * SECOND
# Found in what crawlers call themselves. Not "bot": there are telephones of that name.
_CRAWLERS = [
    "bot/", "bot;", "bot)", "-bot", "_bot", "crawler", "spider", "slurp", "archiver",
    "facebookexternalhit",
]  # fmt: skip


def _queue_time(value: int) -> int:
    if not _SHORTEST <= value <= _LONGEST:
        raise ValueError(
            f"{show_duration(value)} is no time to wait in a short queue; "
            f"write {show_duration(_SHORTEST)} to {show_duration(_LONGEST)}, for example 100ms"
        )
    return value


def _word(value: str) -> str:
    if not 3 <= len(value) <= 40 or not value.isascii():
        raise ValueError(f"{value!r} is no word to find a crawler by; write 3 to 40 ASCII letters")
    return value.lower()


class OverloadModel(Model):
    shadow: bool = Field(False, description="learn, count and tell, do nothing")
    least: int = Field(
        4, ge=1, le=1000, description="requests to each backend at once, of each worker, at least"
    )
    tolerance: float = Field(
        1.5,
        ge=1.1,
        le=10,
        description="how many times as long as unhurried an answer may take before a backend is "
        "given less",
    )
    queue: Annotated[Duration, AfterValidator(_queue_time)] = Field(
        as_written("100ms"),
        description="how long a request may wait for a backend, if that goes on; beyond twice "
        "that, 503",
    )
    crawlers: Annotated[
        list[Annotated[str, AfterValidator(_word)]], Field(max_length=64, min_length=0)
    ] = Field(
        _CRAWLERS,
        description="words in User-Agent, of whatever case, of whom is served last",
    )
    lesser: list[PathPrefix] = Field(
        [], description="paths that a page can do without for a while, served last but one"
    )


Overload = Annotated[
    OverloadModel | None,
    BeforeValidator(off_is_none, json_schema_input_type=OverloadModel | Literal["off"] | None),
]
