"""The filters that keep no counters, out of settings."""

from collections.abc import Callable

from gateway.clock import SECOND
from gateway.config import Loaded
from gateway.filters.base import Filter
from gateway.filters.geo import Geo, Places
from gateway.filters.lists import NetworkList
from gateway.filters.maintenance import Maintenance
from gateway.filters.overload import Overload
from gateway.prefixes import PrefixTable
from gateway.pressure import Pressure
from gateway.settings.models import Settings
from gateway.settings.network import networks
from gateway.verdict import Action, Verdict

Fold = Callable[[str], str]


def fixed_filters(loaded: Loaded, places: Places | None) -> list[Filter]:
    """All filters but those that keep counters."""
    settings = loaded.settings
    filters: list[Filter] = []
    for kind, action in (("allow", Action.ALLOW), ("block", Action.BLOCK)):
        entries = getattr(settings.lists, kind)
        table = PrefixTable(
            (listed.network, verdict)
            for entry in entries
            for verdict in [Verdict(action, entry.name, shadow=entry.shadow)]
            for listed in loaded.lists[entry.name]
        )
        if table.size:
            filters.append(NetworkList(f"{kind}-list", table))
    geo = settings.geo
    if places is not None and (geo.block.countries or geo.block.asns or geo.only):
        filters.append(
            Geo(
                places,
                countries={code: Verdict(Action.BLOCK, code) for code in geo.block.countries},
                asns={number: Verdict(Action.BLOCK, f"AS{number}") for number in geo.block.asns},
                only=frozenset(geo.only),
                outside=Verdict(Action.BLOCK, "only") if geo.only else None,
                shadow=geo.shadow,
                fails_closed=geo.on_error == "refuse",
            )
        )
    maintenance = settings.maintenance
    if maintenance.active:
        filters.append(
            Maintenance(
                Verdict(Action.MAINTENANCE, "maintenance", maintenance.retry_after // SECOND),
                paths=paths(maintenance.paths, settings),
                allowed=PrefixTable((n, True) for n in networks(maintenance.allow)),
            )
        )
    return filters


def overload(settings: Settings, pressure: Pressure) -> list[Filter]:
    """The filter, where it is not off, which asks `pressure`."""
    found = settings.overload
    if found is None:
        return []
    return [
        Overload(
            pressure,
            crawlers=tuple(word.encode() for word in found.crawlers),
            lesser=paths(found.lesser, settings),
            shadow=found.shadow,
        )
    ]


def paths(prefixes: list[str], settings: Settings) -> tuple[str, ...]:
    """Prefixes in the case in which paths are matched."""
    return tuple(map(fold(settings), prefixes))


def fold(settings: Settings) -> Fold:
    """What brings a path into the case in which paths are matched."""
    return str if settings.http.case_sensitive_paths else str.casefold
