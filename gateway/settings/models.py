"""The configuration file as models. Each key has its default and a line that says what it does."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gateway.http.fields import plain_host
from gateway.settings.blocking import BlockingModel
from gateway.settings.challenge import ChallengeModel
from gateway.settings.flood import FloodModel
from gateway.settings.limits import LimitModel, OnError, read_part
from gateway.settings.model import Model, as_written, off_is_none
from gateway.settings.network import BackendUrl, EndpointText, Listen, ListenModel, NetworkText
from gateway.settings.overload import Overload, OverloadModel
from gateway.settings.paths import PathPrefix
from gateway.settings.rooms import RoomModel, Rooms
from gateway.settings.rules import RulesModel
from gateway.settings.units import Duration, Size
from gateway.state.url import parse_state_url


def _host(text: str) -> str:
    if plain_host(text.lower().encode()) is None:
        raise ValueError(f"{text!r} is no host; write keep, backend, or a name such as a.example")
    return text


def _state_url(url: str) -> str:
    if url not in {"embedded", "off"}:
        parse_state_url(url)
    return url


class State(Model):
    url: Annotated[str, AfterValidator(_state_url)] = Field(
        "embedded",
        description="where counters are shared: embedded (a Valkey of our own), a server "
        "(redis://…, rediss://…, unix://…), redis+sentinel://…, redis+cluster://…, "
        "or off: each worker counts for itself",
    )
    folder: Path | None = Field(
        None, description="where the gateway keeps its files; else $DAWR_STATE, else ./var"
    )


class DeviceCookie(Model):
    name: str = Field(
        "dawr", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="how the cookie is called"
    )
    max_age: Duration = Field(as_written("180d"), description="how long a browser keeps it")


class Timeouts(Model):
    connect: Duration = Field(
        as_written("2s"), description="to connect to a backend; then the next is tried"
    )
    first_byte: Duration = Field(
        as_written("30s"), description="to the first byte of an answer; then 504"
    )
    idle: Duration = Field(
        as_written("60s"), description="between two pieces of an answer; then it is cut"
    )


class PoolModel(Model):
    connections: int = Field(256, ge=1, description="to each backend, of each worker, at most")
    waiting: int = Field(1024, ge=0, description="requests that wait for one; beyond, 503")
    idle: Duration = Field(
        as_written("30s"), description="how long an unused connection is kept open"
    )


class Health(Model):
    path: str = Field("/health", pattern=r"^/[!-~]*$", description="what is asked of each backend")
    every: Duration = Field(as_written("2s"), description="how often")
    timeout: Duration = Field(as_written("2s"), description="how long an answer may take")
    healthy_after: int = Field(2, ge=1, description="good answers in a row until it is up")
    unhealthy_after: int = Field(3, ge=1, description="bad ones in a row until it is down")


class Ejection(Model):
    failures: int = Field(5, ge=1, description="failures in a row until a backend is left alone")
    time: Duration = Field(as_written("10s"), description="for how long")


class BackendTls(Model):
    verify: bool = Field(True, description="check the certificates of https backends")
    ca: Path | None = Field(None, description="authorities to trust, a PEM file; else the system's")
    server_name: str | None = Field(None, description="the name to check; else the backend's host")


class UpgradesModel(Model):
    paths: list[PathPrefix] = Field([], description="where a client may switch protocols")
    protocols: list[str] = Field(["websocket"], description="to which")


class PlatformModel(Model):
    backends: list[BackendUrl] = Field(
        ["http://127.0.0.1:8000"], min_length=1, description="http://…, https://… or unix:/…"
    )
    balance: Literal["least_outstanding", "round_robin"] = Field(
        "least_outstanding", description="which backend is next"
    )
    host: Annotated[str, AfterValidator(_host)] = Field(
        "keep", description="Host to send: keep, backend, or a name"
    )
    tls: BackendTls = BackendTls()
    pool: PoolModel = PoolModel()
    timeouts: Timeouts = Timeouts()
    health: Annotated[
        Health | None,
        BeforeValidator(off_is_none, json_schema_input_type=Health | Literal["off"] | None),
    ] = Field(None, description="active health checks; off: every backend counts as up")
    ejection: Annotated[
        Ejection | None,
        BeforeValidator(off_is_none, json_schema_input_type=Ejection | Literal["off"] | None),
    ] = Field(Ejection(), description="leave a failing backend alone for a while; or off")
    retries: bool = Field(True, description="try once more where it is safe")
    upgrades: UpgradesModel = UpgradesModel()


class ClientAddress(Model):
    trusted: list[NetworkText] = Field([], description="hops in front of us, by network")
    header: Literal["x-forwarded-for", "forwarded", "none"] = Field(
        "x-forwarded-for", description="the one header in which they name the client"
    )
    request_id: bool = Field(True, description="keep X-Request-Id of a trusted hop")


class Http(Model):
    underscore_headers: Literal["drop", "refuse", "pass"] = Field(
        "drop", description="header names with an underscore, which some platforms read as a dash"
    )
    case_sensitive_paths: bool = Field(
        True, description="false: rules and limits match paths whatever their case"
    )
    encoded_slash: Literal["refuse", "keep"] = Field(
        "refuse", description="%2F in a path, which can be read in two ways"
    )
    contact: dict[Literal["ar", "en"], str] = Field(
        {}, description="a line on every page of ours: whom to ask"
    )


class BoundsModel(Model):
    header_bytes: Size = Field(as_written("32KiB"), description="a request's head; beyond, 431")
    header_count: int = Field(100, ge=1, description="headers of a request; beyond, 431")
    target_bytes: Size = Field(as_written("8KiB"), description="path and query; beyond, 414")
    body_bytes: Size = Field(as_written("100MiB"), description="a request's body; beyond, 413")
    head_time: Duration = Field(as_written("10s"), description="to send the head; then 408")
    body_rate: Size = Field(
        as_written("1KiB"), description="a second, at least, of a body; else 408"
    )
    body_grace: Duration = Field(as_written("10s"), description="over which body_rate is measured")
    idle: Duration = Field(as_written("75s"), description="between two requests; then closed")
    send_stall: Duration = Field(
        as_written("60s"), description="that a client may read nothing; then closed"
    )
    tunnel_idle: Duration = Field(as_written("10min"), description="of a WebSocket without a word")
    requests_per_connection: int = Field(10_000, ge=1, description="then closed, answered")
    connections_per_client: int = Field(
        2000, ge=1, description="open, of one address; beyond, 429. A carrier's address is one"
    )
    connections: int = Field(20_000, ge=1, description="open, in all; beyond, 503")
    response_header_bytes: Size = Field(
        as_written("64KiB"), description="an answer's head; beyond, 502"
    )
    held_bodies: Size = Field(
        as_written("64MiB"),
        description="of a worker, of bodies that a filter must see first; beyond, it sees less",
    )


class ListModel(Model):
    name: str = Field(pattern=r"^[A-Za-z0-9._/-]+$", description="how log and pages call it")
    file: Path | None = Field(None, description="one network or address a line, # comments")
    networks: list[NetworkText] = Field([], description="or the networks themselves")
    shadow: bool = Field(False, description="count and log, do nothing")

    @model_validator(mode="after")
    def _one(self) -> "ListModel":
        if (self.file is None) == (not self.networks):
            raise ValueError("a list is either a file or networks: give one of both")
        return self


def _list_entry(value: Any) -> Any:
    if isinstance(value, str):
        looks = value.replace(".", "").replace(":", "").replace("/", "")
        if looks and all(c in "0123456789abcdefABCDEF" for c in looks) and not value.endswith("/"):
            return {"name": value, "networks": [value]}
        return {"name": Path(value).name, "file": value}
    return value


ListEntry = Annotated[
    ListModel, BeforeValidator(_list_entry, json_schema_input_type=str | ListModel)
]


class Lists(Model):
    allow: list[ListEntry] = Field([], description="asked first, and always win")
    block: list[ListEntry] = Field([], description="refused before their requests are read")


class GeoBlock(Model):
    countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(
        [], description="ISO 3166 codes"
    )
    asns: list[Annotated[int, Field(ge=1, lt=2**32)]] = Field([], description="AS numbers")


class GeoModel(Model):
    country: Path | None = Field(None, description="a country database (MaxMind's format)")
    asn: Path | None = Field(None, description="an AS number database")
    block: GeoBlock = GeoBlock()
    only: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(
        [], description="countries that may come; empty: all"
    )
    shadow: bool = Field(False, description="count and log, do nothing")
    on_error: OnError = Field("pass", description="should the filter fail")

    @model_validator(mode="after")
    def _has_databases(self) -> "GeoModel":
        if (self.block.countries or self.only) and self.country is None:
            raise ValueError("countries need a database: give geo.country a file")
        if self.block.asns and self.asn is None:
            raise ValueError("AS numbers need a database: give geo.asn a file")
        return self


class MaintenanceModel(Model):
    active: bool = Field(False, description="show the page now")
    message: dict[Literal["ar", "en"], str] = Field({}, description="in your own words")
    retry_after: Duration = Field(as_written("10min"), description="when to come back")
    paths: list[PathPrefix] = Field(["/"], description="what is closed")
    allow: list[NetworkText] = Field([], description="who may come in all the same")


def _log_path(value: Any) -> Any:
    return None if value == "off" else value


class AccessLog(Model):
    path: Annotated[str | None, BeforeValidator(_log_path)] = Field(
        "access.log", description="a file (in the state folder unless absolute), stdout, or off"
    )
    format: Literal["json", "combined"] = Field("json", description="of its lines")
    mask_query: Literal["all", "none"] | list[str] = Field(
        "all", description="values of the query to hide: all, none, or a list of names"
    )


class Log(Model):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="of our log")


class Settings(Model):
    """The whole file."""

    listen: list[Listen] = Field(
        as_written(["0.0.0.0:8080"]),
        min_length=1,
        description="addresses, or entries with tls and so on",
    )
    control: EndpointText = Field(
        as_written("127.0.0.1:9090"), description="/metrics, /healthz, /readyz"
    )
    workers: int | Literal["auto"] = Field("auto", description="processes; auto: one a core")
    drain: Duration = Field(
        as_written("30s"), description="that open connections get to end when the gateway stops"
    )
    state: State = State()
    platform: PlatformModel = PlatformModel()
    client_address: ClientAddress = ClientAddress()
    http: Http = Http()
    bounds: BoundsModel = BoundsModel()
    secret: Path | None = Field(
        None,
        description="a file with the secret that signs our cookies, the same for all gateways "
        "before one platform; else made in the state folder",
    )
    device_cookie: Annotated[
        DeviceCookie | None,
        BeforeValidator(off_is_none, json_schema_input_type=DeviceCookie | Literal["off"] | None),
    ] = Field(
        DeviceCookie(),
        description="know a device again, whatever its address; off: all behind an address are one",
    )
    blocking: BlockingModel = BlockingModel()
    flood: FloodModel = FloodModel()
    challenge: Annotated[
        ChallengeModel | None,
        BeforeValidator(off_is_none, json_schema_input_type=ChallengeModel | Literal["off"] | None),
    ] = Field(
        ChallengeModel(),
        description="what filters may ask of a browser before it goes on; off: it is limited",
    )
    lists: Lists = Lists()
    geo: GeoModel = GeoModel()
    limits: list[LimitModel] = Field(
        as_written([{"name": "per-client", "rate": "50/s", "burst": 100}]),
        description="how fast one may ask",
    )
    rules: RulesModel = RulesModel()
    rooms: Rooms = Field([], description="waiting rooms: what is too sought after for all at once")
    overload: Overload = Field(
        OverloadModel(), description="what happens when the platform cannot keep up; or off"
    )
    maintenance: MaintenanceModel = MaintenanceModel()
    access_log: AccessLog = AccessLog()
    log: Log = Log()

    @field_validator("workers", mode="before")
    @classmethod
    def _some(cls, value: Any) -> Any:
        text = str(value)
        if value != "auto" and not (re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= 256):
            raise ValueError("workers is auto, or a number from 1 to 256")
        return value

    @field_validator("listen")
    @classmethod
    def _each_once(cls, value: list[ListenModel]) -> list[ListenModel]:
        addresses = [str(entry.address) for entry in value]
        twice = sorted({one for one in addresses if addresses.count(one) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands here twice: leave one")
        return value

    @field_validator("limits")
    @classmethod
    def _named_once(cls, value: list[LimitModel]) -> list[LimitModel]:
        names = [limit.name for limit in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two limits are called {', '.join(twice)}: give each its own name")
        return value

    @field_validator("limits")
    @classmethod
    def _keys_are_known(cls, value: list[LimitModel], info: ValidationInfo) -> list[LimitModel]:
        """What a key is made of must be there."""
        geo: GeoModel | None = info.data.get("geo")
        for limit in value:
            kinds = {read_part(text).kind for text in limit.key}
            for kind in sorted(kinds & {"asn", "country"}):
                if geo is not None and getattr(geo, kind) is None:
                    raise ValueError(
                        f"{limit.name}: {kind} in the key needs a database: give geo.{kind} a file"
                    )
            if "device" in kinds and info.data.get("device_cookie", True) is None:
                raise ValueError(
                    f"{limit.name}: device in the key needs device_cookie, which is off"
                )
        return value

    @field_validator("rooms")
    @classmethod
    def _rooms_are_shared(cls, value: list[RoomModel], info: ValidationInfo) -> list[RoomModel]:
        state: State | None = info.data.get("state")
        if value and state is not None and state.url == "off":
            raise ValueError("a waiting room needs the shared state, which is off (state.url)")
        geo: GeoModel | None = info.data.get("geo")
        by_asn = any(share.asns for room in value for share in room.draw.shares)
        if by_asn and geo is not None and geo.asn is None:
            raise ValueError("shares by AS number need a database: give geo.asn a file")
        return value

    @property
    def limits_of_rules(self) -> list[str]:
        """The names of the limits that rules may hand requests to."""
        return [limit.name for limit in self.limits if limit.by_rules]

    @property
    def worker_count(self) -> int:
        return len(os.sched_getaffinity(0)) if self.workers == "auto" else int(self.workers)
