"""Limits in the configuration: what is counted, under which key, and what follows."""

import difflib
import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.clock import SECOND
from gateway.settings.model import Model, as_written, shown
from gateway.settings.paths import PathPrefix
from gateway.settings.units import RateText, Size, show_duration

METHOD: Final = r"^[A-Z][A-Z-]*$"
NAME: Final = r"^[a-z0-9][a-z0-9-]*$"
OnError = Literal["pass", "refuse"]
_STATUSES_APART: Final = 16  # counters that a request asks, where each status has its own

# Parts of a key: those that stand alone, and those that name what they read.
_ALONE: Final = ("client", "prefix", "asn", "country", "device", "path", "status")
_NAMED: Final = {
    "header": r"[A-Za-z0-9!#$%&'*+.^_`|~-]+",
    "cookie": r"[A-Za-z0-9!#$%&'*+.^_`|~-]+",
    "query": r".+",
    "form": r".+",
    "json": r"[^.]+(\.[^.]+)*",
}
_PREFIX: Final = re.compile(r"prefix(?:/([0-9]{1,2})(?:/([0-9]{1,2}))?)?")


class KeyPartText:
    """One part as read: `kind`, and the `name` it reads or the prefix' lengths."""

    def __init__(self, kind: str, name: str = "", four: int = 24, six: int = 48) -> None:
        self.kind = kind
        self.name = name
        self.four = four
        self.six = six


def read_part(text: str) -> KeyPartText:
    """Raises ValueError with a sentence for the operator."""
    kind, dot, name = text.partition(".")
    if kind.startswith("prefix"):
        return _prefix(text)
    if kind in _NAMED:
        if not dot or re.fullmatch(_NAMED[kind], name) is None:
            example = {"json": "json.user.name", "header": "header.x-api-key"}
            wanted = example.get(kind, f"{kind}.name")
            raise ValueError(f"{text!r}: say which one is meant, for example {wanted}")
        return KeyPartText(kind, name)
    if text in _ALONE:
        return KeyPartText(text)
    known = [*_ALONE, *_NAMED]
    close = difflib.get_close_matches(kind, known, 1, 0.5)
    named = ", ".join([*_ALONE, *(f"{one}.NAME" for one in _NAMED)])
    guess = f" (did you mean {text.replace(kind, close[0], 1)!r}?)" if close else ""
    raise ValueError(f"{text!r} is no part of a key{guess}; there are {named}")


def _prefix(text: str) -> KeyPartText:
    match = _PREFIX.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is no prefix; write prefix (/24, of IPv6 /48), prefix/16, or prefix/24/56"
        )
    four, six = int(match[1] or 24), int(match[2] or 48)
    if not 8 <= four <= 32 or not 16 <= six <= 64:
        raise ValueError(
            f"{text!r}: of IPv4 8 to 32 bits, of IPv6 16 to 64, for example prefix/24/56"
        )
    return KeyPartText("prefix", "", four, six)


def listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _key(value: list[str]) -> list[str]:
    for text in value:
        read_part(text)
    twice = sorted({one for one in value if value.count(one) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands in the key twice: leave one")
    return value


def _statuses(value: Any) -> Any:
    """403, 4xx, or a list of such, as the statuses they mean."""
    found: list[int] = []
    for one in value if isinstance(value, list) else [value]:
        text = str(one)
        if re.fullmatch("[2-5]xx", text):
            found += range(int(text[0]) * 100, int(text[0]) * 100 + 100)
        elif re.fullmatch("[2-5][0-9][0-9]", text):
            found.append(int(text))
        else:
            raise ValueError(
                f"{shown(one)} is no status of an answer; write for example 401 or 4xx"
            )
    return found


def _header_names(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if re.fullmatch(_NAMED["header"], name) is None:
            raise ValueError(f"{name!r} is no header's name; write for example x-api-key")
    return {name.lower(): wanted for name, wanted in value.items()}


_StatusInput = int | str | list[int | str]
Statuses = Annotated[list[int], BeforeValidator(_statuses, json_schema_input_type=_StatusInput)]


class MatchModel(Model):
    methods: list[Annotated[str, Field(pattern=METHOD)]] = Field([], description="empty: all")
    paths: list[PathPrefix] = Field([], description="prefixes of the normalised path; empty: all")
    headers: Annotated[dict[str, bool | str], AfterValidator(_header_names)] = Field(
        {}, description="by name: true (it is there), false (it is not), or its exact value"
    )
    status: Statuses = Field(
        [],
        description="count only answers of the platform with these, such as [404] or 4xx, and "
        "refuse the next request; empty: requests are counted",
    )


class CostModel(Model):
    methods: list[Annotated[str, Field(pattern=METHOD)]] = Field([], description="of a request")
    paths: list[PathPrefix] = Field([], description="of a request, by prefix")
    status: Statuses = Field([], description="or of the platform's answer, such as [401, 403]")
    cost: int = Field(ge=0, le=10_000, description="what such an exchange costs, all in all")

    @model_validator(mode="after")
    def _one(self) -> "CostModel":
        if bool(self.status) == bool(self.methods or self.paths):
            raise ValueError(
                "a cost is of requests (methods, paths) or of answers (status): give one of both"
            )
        return self


class Tightened(Model):
    """Other numbers for a limit, while the site is alarmed."""

    rate: RateText | None = Field(None, description="instead of the limit's own")
    burst: int | None = Field(None, ge=1, description="at once; else as many as the rate names")
    concurrent: int | None = Field(None, ge=1, le=1_000_000, description="under way at once")

    @model_validator(mode="after")
    def _one(self) -> "Tightened":
        if (self.rate is None) == (self.concurrent is None):
            raise ValueError("give a rate, or concurrent: whichever the limit itself has")
        return self


class LimitModel(Model):
    name: str = Field(pattern=NAME, description="how log, metrics and pages call it")
    key: Annotated[
        list[str],
        BeforeValidator(listed, json_schema_input_type=str | list[str]),
        AfterValidator(_key),
    ] = Field(
        as_written("client"),
        min_length=1,
        max_length=6,
        description="who shares the limit: one or several of client (an address, a /64), prefix "
        "(a /24, a /48; prefix/16; prefix/24/56), asn, country, device, path (/a/17 and /a/18 are "
        "one), header.NAME, cookie.NAME, query.NAME, form.NAME, json.a.b, status. Who lacks a part "
        "is counted by address instead",
    )
    match: MatchModel = MatchModel()
    algorithm: Literal["gcra", "sliding_window"] = Field(
        "gcra",
        description="gcra: a burst, then evenly; sliding_window: so many in any window, "
        "whenever they come",
    )
    rate: RateText | None = Field(None, description="in the long run; or concurrent")
    burst: int | None = Field(None, ge=1, description="at once; else as many as the rate names")
    concurrent: int | None = Field(
        None, ge=1, le=1_000_000, description="how many may be under way at once, instead of a rate"
    )
    cost: int = Field(
        1, ge=0, le=10_000, description="of a request; 0: only answers cost, in costs"
    )
    costs: list[CostModel] = Field(
        [], max_length=64, description="other costs, the first that fits; an answer's last"
    )
    body: Size = Field(
        as_written("16KiB"),
        description="a longer body is not read for form.NAME and json.a.b: as if they lacked",
    )
    action: Literal["limit", "challenge", "block", "log"] = Field(
        "limit", description="limit (429), challenge, block (403), or log: as shadow"
    )
    by_rules: bool = Field(
        False, description="count only what a rule hands to it, by then: {limit: NAME}"
    )
    shadow: bool = Field(False, description="count and log, do nothing")
    on_error: OnError = Field("pass", description="should the filter fail")
    elevated: Tightened | None = Field(None, description="its numbers while elevated")
    under_attack: Tightened | None = Field(None, description="its numbers under attack")

    def at_level(self, level: int) -> "LimitModel":
        """The limit as it is while calm (0), elevated (1) or under attack (2); what a level does
        not name is as one level below."""
        found = self
        for number, other in ((1, self.elevated), (2, self.under_attack)):
            if level >= number and other is not None:
                found = found.model_copy(
                    update={
                        "rate": other.rate, "burst": other.burst, "concurrent": other.concurrent
                    }
                )  # fmt: skip
        return found

    @property
    def at_once(self) -> int:
        """What a rate grants at once."""
        if self.burst is not None:
            return self.burst
        return 1 if self.rate is None else self.rate.events

    @property
    def shadowed(self) -> bool:
        return self.shadow or self.action == "log"

    @property
    def told(self) -> str:
        """The limit in a few words."""
        if self.rate is None:
            return f"{self.name} {self.concurrent} at once"
        return f"{self.name} {self.rate}"

    @model_validator(mode="after")
    def _fits_together(self) -> "LimitModel":
        if self.body > 1024 * 1024:
            raise ValueError("body: at most 1MiB of a body is read for its fields")
        for level in ("elevated", "under_attack"):
            other = getattr(self, level)
            if other is not None and (other.rate is None) != (self.rate is None):
                own = "concurrent" if self.rate is None else "a rate"
                raise ValueError(f"{level}: the limit has {own}: give it another one of that")
        if self.concurrent is not None:
            self._only_concurrent()
        elif self.rate is None:
            raise ValueError("'rate' is missing here (or concurrent)")
        else:
            self._only_rate(show_duration(self.rate.per))
        return self

    def _only_concurrent(self) -> None:
        if self.rate is not None:
            raise ValueError(
                "concurrent counts what is under way, rate what comes: give each its own limit"
            )
        for name in ("burst", "costs", "cost", "algorithm"):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name} belongs to a rate: leave it out beside concurrent")
        if self.match.status or "status" in self.key:
            raise ValueError(
                "status is known when a request is nearly over: concurrent cannot go by it"
            )

    def _only_rate(self, per: str) -> None:
        if self.algorithm == "sliding_window" and self.burst is not None:
            raise ValueError(
                f"burst belongs to gcra: sliding_window grants what the rate names within {per}"
            )
        if self.algorithm == "sliding_window" and self.rate and self.rate.per < SECOND:
            raise ValueError("a window is a second at least: write for example 10/s")
        dearest = max([self.cost, *(one.cost for one in self.costs if not one.status)])
        if dearest > self.at_once:
            raise ValueError(
                f"a cost of {dearest} is never granted where {self.at_once} may be spent at once: "
                "raise burst (or the rate), or lower the cost"
            )
        if "status" in self.key and not 0 < len(self.match.status) <= _STATUSES_APART:
            raise ValueError(
                "status in the key counts answers, once they are known, and refuses the next "
                f"request: say which in match.status, at most {_STATUSES_APART}, each of which "
                "then has its own counter"
            )
        if self.match.status and any(not one.status for one in self.costs):
            raise ValueError(
                "with match.status only answers are counted: costs there go by status alone"
            )
        if self.cost == 0 and not self.costs:
            raise ValueError("a cost of 0 limits nothing: say in costs what does cost")
