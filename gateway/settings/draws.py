"""The draw: for how many people a network stands, what lost draws weigh, who witnesses."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from gateway.clock import SECOND
from gateway.settings.model import Model, as_written
from gateway.settings.network import NetworkText
from gateway.settings.quotas import MOST
from gateway.settings.units import Duration

CALLED: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"


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
        None, ge=1, le=MOST, description="of auto: people behind all of them together, at most, "
        "whatever is learned; null: as many as come"
    )  # fmt: skip

    @model_validator(mode="after")
    def _one(self) -> "NetworkShare":
        if (self.file is not None) + bool(self.networks) + bool(self.asns) != 1:
            raise ValueError("say whose share it is: networks, a file or asns, one of them")
        if self.share != "auto" and not 1 <= self.share <= MOST:
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
