"""Figures: medians of rounds, ratios within a round, goals, and the tables they stand in."""

from dataclasses import dataclass, field
from statistics import median
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, and how far they lay apart."""

    median: float
    low: float
    high: float


Value = Spread | float | str | None


def spread(values: list[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratios(values: list[float], base: list[float]) -> list[float]:
    """Round by round. What is slow for one round is slow for both."""
    return [value / other for value, other in zip(values, base, strict=True)]


def percentile(ordered: list[float], share: float) -> float:
    """The nearest rank. `ordered` is sorted and not empty."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Column:
    """`digits` behind the point."""

    key: str
    title: str
    digits: int = 1


@dataclass(frozen=True)
class Row:
    """One peer. `skipped` says why there are no values."""

    peer: str
    values: dict[str, Value] = field(default_factory=dict)
    skipped: str = ""


@dataclass(frozen=True)
class Goal:
    """`value` is to be at most `limit`; `what` is measured, `unit` stands behind both numbers."""

    what: str
    value: float
    limit: float
    unit: str
    digits: int = 2

    @property
    def reached(self) -> bool:
        return round(self.value, self.digits) <= self.limit

    def sentence(self) -> str:
        limit = f"{self.limit:.{self.digits}f}".rstrip("0").rstrip(".") if self.digits else ""
        return (
            f"{self.what}: {self.value:,.{self.digits}f}{self.unit}, "
            f"goal ≤ {limit or f'{self.limit:,.0f}'}{self.unit}: "
            f"{'reached' if self.reached else 'NOT reached'}"
        )


@dataclass
class Table:
    """What one scenario found. `how` is Markdown: what was done, for who wants to judge it."""

    name: str
    title: str
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    how: str = ""
    failed: str = ""  # why it could not be measured
    raw: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # peer → key → rounds
