"""The `blocking:` part of the configuration: who is stopped by itself, for how long, and how."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.settings.model import Model, as_written
from gateway.settings.network import NetworkText
from gateway.settings.paths import PathPrefix
from gateway.settings.units import Duration


class Strikes(Model):
    limit: float = Field(1, ge=0, description="a request beyond a limit")
    rule: float = Field(20, ge=0, description="a request that a rule refused")
    malformed: float = Field(10, ge=0, description="bytes that are no proper request")
    oversized: float = Field(5, ge=0, description="a head or a body beyond its bound")
    slow: float = Field(10, ge=0, description="a head or a body that came too slowly")
    denied: float = Field(1, ge=0, description="the platform's 401 or 403")
    not_found: float = Field(0.5, ge=0, description="the platform's 404 or 410")
    honeypot: float = Field(100, ge=0, description="a path where nobody has business")
    flood: float = Field(10, ge=0, description="a second as part of a flood")


class Shared(Model):
    devices: int = Field(
        3, ge=1, description="behaving behind one address, from which it is shared"
    )
    good: float = Field(0.5, ge=0, le=1, description="of its requests, at least")
    networks: list[NetworkText] = Field(
        [], description="carriers, campuses, offices: never blocked whole"
    )


class Widen(Model):
    addresses: int = Field(16, ge=2, description="of a /24 or /48 that misbehave, at least")
    share: float = Field(0.8, gt=0, le=1, description="of those seen in it")


def _feed_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(
            f"{url!r} is no address of a feed; write https://HOST/PATH, or give a file"
        )
    return url


class Feed(Model):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="how log and pages call it")
    file: Path | None = Field(None, description="one network a line, # comments")
    url: Annotated[str, AfterValidator(_feed_url)] | None = Field(
        None, description="or where it is fetched"
    )
    every: Duration = Field(as_written("10min"), description="how often it is read again")
    measure: Literal["block", "challenge"] = Field("block", description="what its networks get")

    @model_validator(mode="after")
    def _one(self) -> "Feed":
        if (self.file is None) == (self.url is None):
            raise ValueError("a feed is either a file or a url: give one of both")
        return self


def _rising(ladder: list[int]) -> list[int]:
    if sorted(set(ladder)) != ladder:
        raise ValueError("each step must be longer than the one before: [1min, 10min, 1h, 24h]")
    return ladder


def _named_once(feeds: list[Feed]) -> list[Feed]:
    names = [feed.name for feed in feeds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two feeds are called {', '.join(twice)}: give each its own name")
    return feeds


def _not_everything(path: str) -> str:
    if path == "/":
        raise ValueError(
            "'/' is the beginning of every path: whoever asks for anything would be blocked; "
            "write for example /.env"
        )
    return path


class BlockingModel(Model):
    mode: Literal["enforce", "shadow", "off"] = Field(
        "enforce", description="enforce, shadow (count and log, do nothing), or off"
    )
    threshold: float = Field(100, gt=0, description="strikes at which one is stopped")
    half_life: Duration = Field(as_written("1min"), description="in which strikes fade to half")
    strikes: Strikes = Strikes()
    ladder: Annotated[list[Duration], AfterValidator(_rising)] = Field(
        as_written(["1min", "10min", "1h", "24h"]),
        min_length=1,
        description="how long, the first time, the second, …",
    )
    forgive: Duration = Field(
        as_written("7d"), description="without a block, after which the ladder begins anew"
    )
    honeypots: list[Annotated[PathPrefix, AfterValidator(_not_everything)]] = Field(
        ["/.env", "/.git/", "/wp-login.php", "/xmlrpc.php", "/phpmyadmin/", "/vendor/phpunit/"],
        description="paths by prefix that only scanners ask for",
    )
    shared: Shared = Shared()
    widen: Widen = Widen()
    feeds: Annotated[list[Feed], AfterValidator(_named_once)] = Field(
        [], description="lists of networks that others keep"
    )
    kernel: Literal["auto", "keep", "off"] = Field(
        "auto",
        description="drop in the kernel (nftables) who goes on while blocked, where that is "
        "permitted; keep: also when the gateway ends, until each block is over; off",
    )
