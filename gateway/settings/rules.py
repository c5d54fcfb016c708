"""Settings of the rules: where they lie, how strict they are, how much of a body they look at."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.settings.limits import OnError
from gateway.settings.model import Model, as_written, off_is_none
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Size, Zone, show_size

_SMALLEST = 1 << 10
_LARGEST = 4 << 20


def _inspected(size: int) -> int:
    if not _SMALLEST <= size <= _LARGEST:
        raise ValueError(
            f"{show_size(size)} is no part of a body to look at; write "
            f"{show_size(_SMALLEST)} to {show_size(_LARGEST)}, for example 128KiB"
        )
    return size


class RulesBody(Model):
    inspect: Annotated[Size, AfterValidator(_inspected)] = Field(
        as_written("128KiB"), description="how much of a body the rules look at"
    )
    beyond: Literal["pass", "refuse"] = Field(
        "pass", description="what becomes of a longer one, whose beginning was found good"
    )
    unreadable: Literal["pass", "refuse"] = Field(
        "pass",
        description="what becomes of one that is not what it says: its text is looked at as it is",
    )


class LevelOfPath(Model):
    path: PathPrefix = Field(description="paths that begin so")
    level: int = Field(1, ge=1, le=4, description="rules up to this level are asked there")
    threshold: int = Field(5, ge=1, le=1000, description="from these points on it is blocked there")


class RulesModel(Model):
    path: Annotated[
        Path | None,
        BeforeValidator(off_is_none, json_schema_input_type=Path | Literal["off"] | None),
    ] = Field(None, description="the folder with the rules' files; null: no rules")
    level: int = Field(
        1, ge=1, le=4, description="1: what nearly never errs, to 4: what suspects much"
    )
    threshold: int = Field(
        5, ge=1, le=1000, description="from these points on, over all rules, a request is blocked"
    )
    paths: list[LevelOfPath] = Field([], description="other levels for some paths")
    body: RulesBody = RulesBody()
    zone: Zone = Field(
        "UTC", description="by whose clock `time` and `weekday` are, such as Asia/Damascus"
    )
    reload: bool = Field(True, description="take up a change of the files by itself")
    shadow: bool = Field(False, description="count and log, do nothing, whatever the rules say")
    on_error: OnError = Field("pass", description="should the filter fail")
