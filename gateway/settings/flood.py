"""The settings of flood detection: `flood:`. What each number is for stands, with its reason, in
gateway/guard/thresholds.py; openings are those of the rooms.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.clock import SECOND
from gateway.settings.limits import Statuses, listed, read_part
from gateway.settings.model import Model, as_written, shown
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Duration, Size, Zone

Share = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(gt=1, le=1000)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


class LevelsModel(Model):
    drift: float = Field(1.0, gt=0, le=5, description="deviations a signal may stray for nothing")
    threshold: float = Field(8.0, ge=2, le=100, description="of the cumulative sum; lower: sooner")
    clip: float = Field(4.0, ge=2, le=20, description="deviations that one second may count")
    warm_up: Duration = Field(
        as_written("10min"), description="of watching before anything is compared with a forecast"
    )
    request_floor: float = Field(
        50.0, ge=0, description="requests a second below which volume never alarms"
    )
    client_floor: float = Field(
        5.0, ge=0, description="new clients a second below which their rate never alarms"
    )
    volume_ratio: Ratio = Field(2.0, description="times the forecast that volume must reach")
    opening_ratio: Ratio = Field(3.0, description="the same within an opening")
    share_difference: Share = Field(0.05, description="that a share must be above its forecast")
    entropy_difference: float = Field(
        1.0, gt=0, le=20, description="bits that the paths' entropy must be off its forecast"
    )
    latency_ratio: Ratio = Field(2.0, description="times the forecast that latency must reach")
    latency_floor: Duration = Field(
        as_written("200ms"), description="of latency below which it never alarms"
    )
    error_ceiling: Share = Field(0.5, description="share of errors that alarms whatever is usual")
    latency_ceiling: Duration = Field(
        as_written("5s"), description="of latency that alarms whatever is usual"
    )
    finding_share: Share = Field(
        0.2, description="of the traffic that a kind of attack must be to raise the level"
    )
    quiet_after_attack: Duration = Field(
        as_written("2min"), description="without evidence until under attack becomes elevated"
    )
    quiet_after_elevated: Duration = Field(
        as_written("5min"), description="without evidence until elevated becomes calm"
    )
    accept_after: Duration = Field(
        as_written("1h"),
        description="of being elevated, without an attack, until that is the new usual",
    )


class LearningModel(Model):
    slot: Duration = Field(as_written("5min"), description="of the day, that is learned as one")
    opening_slot: Duration = Field(as_written("10s"), description="the same within an opening")
    openings_known: int = Field(
        2, ge=1, le=100, description="past openings until their shape is trusted"
    )
    memory: Share = Field(0.15, description="weight of the newest day")
    bound: float = Field(3.0, gt=0, le=100, description="spreads that one day may pull")
    shift_half_life: Duration = Field(
        as_written("10min"), description="in which today's difference is half learned"
    )
    recent_half_life: Duration = Field(
        as_written("5min"), description="of the forecast where a slot is not known"
    )
    least: Share = Field(0.5, description="of a slot that must be calm to be learned from")


class KindsModel(Model):
    volume_ratio: Ratio = Field(2.0, description="times the forecast that make a flood")
    requests: int = Field(200, ge=1, description="in a window, below which nothing is a flood")
    device_rate: float = Field(10.0, gt=0, description="requests a second of one device")
    few_clients: int = Field(50, ge=1, description="clients, up to which they are few")
    few_share: Share = Field(0.3, description="of all requests that the few make")
    target_share: Share = Field(0.5, description="of all requests that go to one target")
    target_growth: Ratio = Field(2.0, description="times the target's usual share")
    without_assets: Share = Field(0.5, description="of a target's clients that fetch no assets")
    target_clients: int = Field(50, ge=1, description="clients from which a flood is distributed")
    slow: int = Field(20, ge=1, description="connections a minute cut for slowness")
    slow_share: Share = Field(0.05, description="of all connections that are cut for slowness")
    hoard_share: Share = Field(0.5, description="of bounds.connections that are open")
    hoard_idle: Share = Field(0.8, description="of the open ones that ask nothing")
    hoard_devices: float = Field(50.0, gt=0, description="connections of each device of a client")
    scan_errors: int = Field(20, ge=1, description="errors of one device in a window")
    scan_share: Share = Field(0.5, description="of its requests that are errors")
    scan_targets: int = Field(15, ge=1, description="different paths that erred")
    login_failures: int = Field(30, ge=1, description="failed logins a minute")
    login_share: Share = Field(0.6, description="of all logins that fail")
    login_accounts: int = Field(10, ge=1, description="accounts tried by one device")
    login_clients: int = Field(10, ge=1, description="clients that fail at one account")
    malformed: int = Field(20, ge=1, description="malformed or oversized requests a minute")
    malformed_share: Share = Field(0.02, description="of all requests")
    query_requests: int = Field(100, ge=1, description="to one target, below which nothing is said")
    query_distinct: Share = Field(0.8, description="of a target's requests with a query of its own")
    query_clients: float = Field(20.0, gt=0, description="queries of each client a minute")
    query_growth: Ratio = Field(3.0, description="times the target's usual requests")


def parse_time(value: Any) -> int:
    """Seconds since midnight of a time of day such as 08:00."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", str(value))
    if match is None:
        raise ValueError(
            f"{shown(value)} is no time of day; write it in quotes, for example '08:00'"
        )
    return int(match[1]) * 3600 + int(match[2]) * 60


TimeOfDay = Annotated[
    int,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}),
]


class OpeningModel(Model):
    """A crowd that is expected."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="how log and pages call it")
    days: list[Day] = Field(min_length=1, description="on which it comes")
    at: TimeOfDay = Field(description="when, by the clock of `zone`")
    lead: Duration = Field(as_written("10min"), description="that people come before")
    length: Duration = Field(as_written("30min"), description="until it is over")

    @model_validator(mode="after")
    def _within_a_day(self) -> "OpeningModel":
        if self.at - self.lead // SECOND < 0 or self.at + self.length // SECOND > 86_400:
            raise ValueError("an opening must lie within one day, its lead too")
        return self


def _short(size: int) -> int:
    if size > 1024 * 1024:
        raise ValueError("at most 1MiB of a body is read for its fields")
    return size


def _is_field(text: str) -> bool:
    try:
        return read_part(text).kind in {"form", "json"}
    except ValueError:
        return False


def _account(value: Any) -> Any:
    for text in value if isinstance(value, list) else []:
        if not isinstance(text, str) or not _is_field(text):
            raise ValueError(
                f"{shown(text)} names no account; write for example form.username or json.user.name"
            )
    return value


class LoginModel(Model):
    """Where people sign in."""

    paths: list[PathPrefix] = Field(min_length=1, description="to which they POST, by prefix")
    account: Annotated[
        list[str],
        BeforeValidator(_account),
        BeforeValidator(listed, json_schema_input_type=str | list[str]),
    ] = Field(
        min_length=1,
        max_length=8,
        description="the field that says who: form.NAME or json.a.b, or several, of which the "
        "first that is there counts",
    )
    failed: Statuses = Field(
        as_written([401, 403]),
        description="statuses that mean failure; 200 too where the form is shown again",
    )
    back: list[PathPrefix] = Field(
        [],
        description="pages to which a redirect means failure; empty: to the path that was asked",
    )
    body: Annotated[Size, AfterValidator(_short)] = Field(
        as_written("16KiB"), description="a longer body is not read: its account is not known"
    )


class FloodModel(Model):
    level: Annotated[
        Literal["calm", "elevated", "under_attack"] | None,
        BeforeValidator(_auto),
    ] = Field(None, description="auto, or one by hand: calm, elevated, under_attack")
    zone: Zone = Field("UTC", description="by whose clock people live")
    rest: list[Day] = Field(
        ["fri", "sat"], description="days of rest, which have a shape of their own"
    )
    openings: list[OpeningModel] = Field([], description="crowds that are expected, and no attack")
    logins: list[LoginModel] = Field(
        [],
        max_length=16,
        description="where people sign in, to tell accounts apart; empty: each POST may be a "
        "login, and a 401 or 403 its failure",
    )
    challenge: Literal["targets", "newcomers", "nobody"] = Field(
        "targets",
        description="under attack, who gets a challenge: who goes where the attack goes, whoever "
        "is new, or nobody",
    )
    lockout: Literal["warn", "auto"] = Field(
        "warn",
        description="should it look as if we were the outage: warn, or loosen for ten minutes too",
    )
    levels: LevelsModel = LevelsModel()
    learning: LearningModel = LearningModel()
    kinds: KindsModel = KindsModel()
