"""The only place that builds concrete things out of settings."""

import logging
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import maxminddb

from gateway.chain import Chain, Errors
from gateway.clock import SECOND, Clock
from gateway.config import ConfigError, Fault, Loaded
from gateway.filters.base import Filter
from gateway.filters.geo import Geo, Place, Places
from gateway.filters.lists import NetworkList
from gateway.filters.maintenance import Maintenance
from gateway.filters.rate_limit import Match, RateLimit
from gateway.http.bounds import Bounds
from gateway.http.client_address import ClientAddresses
from gateway.http.framing import Answers, Requests
from gateway.http.origin import Origin, PoolSettings
from gateway.http.plane import Plane, Upgrades
from gateway.http.platform import Backend, Platform
from gateway.http.responses import Responses
from gateway.http.target import Targets
from gateway.ledger.access_log import LogFile, combined_line, json_line
from gateway.ledger.journal import Journal
from gateway.ledger.records import Mask
from gateway.prefixes import PrefixTable
from gateway.settings.models import LimitModel, Settings
from gateway.settings.network import ListenModel, networks
from gateway.state.gcra import Gcra
from gateway.verdict import Action, Verdict

if TYPE_CHECKING:
    from gateway.http.tls import TlsContexts

_log: Final = logging.getLogger("dawr.app")


class Counters:
    """What outlives a reload: the counters of each limit, by its name."""

    def __init__(self) -> None:
        self.tables: dict[str, Gcra] = {}

    def of(self, limit: LimitModel, now: int) -> Gcra:
        """The counters of `limit`, with its present numbers; what was spent stays spent."""
        burst = burst_of(limit)
        table = self.tables.get(limit.name)
        if table is None:
            table = Gcra(events=limit.rate.events, per=limit.rate.per, burst=burst)
            self.tables[limit.name] = table
        else:
            table.configure(events=limit.rate.events, per=limit.rate.per, burst=burst, now=now)
        return table


def burst_of(limit: LimitModel) -> int:
    return limit.burst if limit.burst is not None else max(1, limit.rate.events)


class Built:
    """A configuration turned into parts, ready to be swapped in; nothing is in use before.

    `apply` is all that changes anything, and it cannot fail.
    """

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        settings = loaded.settings
        self.loaded = loaded
        self.places = _places(loaded)
        self.tls = [_tls(one, loaded) for one in settings.listen]
        self.origins = [_origin(url, loaded) for url in settings.platform.backends]
        self.errors = Errors(clock)
        self._fixed_filters = _fixed_filters(loaded, self.places)

    def apply(
        self,
        plane: Plane,
        counters: Counters,
        answers: Answers,
        *,
        workers: int,
        health: dict[str, bool],
    ) -> None:
        """Swap the parts in."""
        settings = self.loaded.settings
        now = plane.clock.now()
        limits = [
            _rate_limit(limit, counters.of(limit, now), settings) for limit in settings.limits
        ]
        counters.tables = {limit.name: counters.tables[limit.name] for limit in settings.limits}
        platform = _platform(self, plane, answers)
        platform.health(health)
        plane.configure(
            decider=Chain([*self._fixed_filters, *limits], self.errors),
            requests=_requests(settings),
            clients=_clients(settings),
            responses=Responses(
                messages={"maintenance": _by_language(settings.maintenance.message)},
                contact=_by_language(settings.http.contact),
            ),
            platform=platform,
            bounds=_bounds(settings, workers),
            upgrades=Upgrades(
                _paths(settings.platform.upgrades.paths, settings),
                tuple(name.lower().encode() for name in settings.platform.upgrades.protocols),
            ),
        )

    def journal(self, journal: Journal, log: LogFile | None) -> None:
        """Tell the journal where and how to write."""
        access = self.loaded.settings.access_log
        names = access.mask_query
        journal.configure(
            log=log,
            line=None if log is None else LINES[access.format],
            mask=Mask(
                everything=names == "all",
                names=frozenset(n.lower() for n in names)
                if isinstance(names, list)
                else frozenset(),
            ),
            places=self.places,
        )


LINES: Final = {"json": json_line, "combined": combined_line}


def log_path(loaded: Loaded) -> Path | None:
    """The access log's file; None for the standard output or no log."""
    path = loaded.settings.access_log.path
    return None if path in {None, "stdout"} else loaded.state_folder / str(path)


def _tls(listen: ListenModel, loaded: Loaded) -> "TlsContexts | None":
    if listen.tls is None:
        return None
    from gateway.http.tls import TlsContexts  # noqa: PLC0415 - 8 MiB that only TLS needs

    files = [(loaded.input(c.certificate), loaded.input(c.key)) for c in listen.tls.certificates]
    return TlsContexts(files, minimum=listen.tls.minimum)


def _fixed_filters(loaded: Loaded, places: Places | None) -> list[Filter]:
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
                paths=_paths(maintenance.paths, settings),
                allowed=PrefixTable((n, True) for n in networks(maintenance.allow)),
            )
        )
    return filters


def _by_language(texts: Mapping[Any, str]) -> dict[str, str]:
    return dict(texts)


def _paths(prefixes: list[str], settings: Settings) -> tuple[str, ...]:
    """Prefixes in the case in which paths are matched."""
    if settings.http.case_sensitive_paths:
        return tuple(prefixes)
    return tuple(prefix.casefold() for prefix in prefixes)


def _rate_limit(limit: LimitModel, table: Gcra, settings: Settings) -> RateLimit:
    burst = burst_of(limit)
    restored = burst * limit.rate.per / limit.rate.events / SECOND
    methods = frozenset(method.encode() for method in limit.match.methods)
    paths = _paths(limit.match.paths, settings)
    return RateLimit(
        limit.name,
        table,
        burst=burst,
        window=max(1, round(restored)),
        match=Match(methods, paths) if methods or paths else None,
        shadow=limit.shadow,
        fails_closed=limit.on_error == "refuse",
    )


def _requests(settings: Settings) -> Requests:
    return Requests(
        Targets(
            case_sensitive=settings.http.case_sensitive_paths,
            keep_encoded_slash=settings.http.encoded_slash == "keep",
        ),
        target_bytes=settings.bounds.target_bytes,
        header_count=settings.bounds.header_count,
        underscore=settings.http.underscore_headers,
    )


def _clients(settings: Settings) -> ClientAddresses:
    header = settings.client_address.header
    return ClientAddresses(
        PrefixTable((n, True) for n in networks(settings.client_address.trusted)),
        header=b"" if header == "none" else header.encode(),
        keep_id=settings.client_address.request_id,
    )


def _bounds(settings: Settings, workers: int) -> Bounds:
    values = settings.bounds.model_dump()
    values["connections"] = -(-values["connections"] // workers)
    return Bounds(**values)


def _platform(built: Built, plane: Plane, answers: Answers) -> Platform:
    """Backends that were there before go on with their connections and numbers."""
    settings = built.loaded.settings.platform
    pool = _pool(built.loaded.settings)
    old = {b.origin.url: b for b in plane.platform.backends} if plane.epoch else {}
    backends: list[Backend] = []
    for origin in built.origins:
        backend = old.pop(origin.url, None)
        if backend is None:
            backend = Backend(origin, pool, plane.clock, answers, plane.counts)
        else:
            backend.configure(origin, pool)
        backends.append(backend)
    for gone in old.values():
        gone.close()
    return Platform(
        backends,
        plane.clock,
        least_outstanding=settings.balance == "least_outstanding",
        retries=settings.retries,
    )


def _pool(settings: Settings) -> PoolSettings:
    platform = settings.platform
    return PoolSettings(
        connections=platform.pool.connections,
        waiting=platform.pool.waiting,
        pooled_idle=platform.pool.idle,
        connect=platform.timeouts.connect,
        first_byte=platform.timeouts.first_byte,
        body_idle=platform.timeouts.idle,
        ejection_failures=platform.ejection.failures if platform.ejection else 0,
        ejection_time=platform.ejection.time if platform.ejection else 0,
        response_header_bytes=settings.bounds.response_header_bytes,
    )


def _origin(url: str, loaded: Loaded) -> Origin:
    settings = loaded.settings.platform
    if url.startswith("unix:"):
        host = b"localhost" if settings.host in {"keep", "backend"} else settings.host.encode()
        return Origin(
            url, path=url.removeprefix("unix:"), host=b"" if settings.host == "keep" else host
        )
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        ca = settings.tls.ca
        tls = ssl.create_default_context(cafile=None if ca is None else str(loaded.input(ca)))
        if not settings.tls.verify:
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE
    hosts = {"keep": b"", "backend": parts.netloc.encode()}
    return Origin(
        url,
        address=parts.hostname or "",
        port=parts.port or (443 if tls else 80),
        host=hosts.get(settings.host, settings.host.encode()),
        tls=tls,
        server_name=settings.tls.server_name or parts.hostname,
    )


def _places(loaded: Loaded) -> Places | None:
    """The databases, in memory; None without one."""
    geo = loaded.settings.geo
    countries = _database(loaded, geo.country, "country")
    numbers = _database(loaded, geo.asn, "asn")
    if countries is None and numbers is None:
        return None

    def look_up(text: str) -> Place:
        country = countries(text) if countries else {}
        number = numbers(text) if numbers else {}
        code = (country.get("country") or country.get("registered_country") or {}).get("iso_code")
        return Place(code or "", int(number.get("autonomous_system_number") or 0))

    return Places(look_up)


def _database(
    loaded: Loaded, path: Path | None, key: str
) -> Callable[[str], dict[str, Any]] | None:
    if path is None:
        return None
    file = loaded.input(path)
    try:
        reader = maxminddb.open_database(str(file), maxminddb.MODE_AUTO)
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        message = f"{file} is no MaxMind database: {error}"
        raise ConfigError([Fault(str(loaded.path), 0, 0, f"geo.{key}", message)]) from None

    def look_up(text: str) -> dict[str, Any]:
        found = reader.get(text)
        return found if isinstance(found, dict) else {}

    return look_up
