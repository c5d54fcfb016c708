"""The only place that puts concrete things together; each is built out of settings in building/."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.building.challenge import challenge
from gateway.building.checks import checkers
from gateway.building.filters import fixed_filters, overload, paths
from gateway.building.guard import block_filters
from gateway.building.limits import Counters, limits, limits_by_rules, logins
from gateway.building.places import place_of, places
from gateway.building.platform import origin, platform
from gateway.building.rooms import (
    desk_of,
    draw_files,
    room_filters,
    room_pages,
    rooms_of,
    sessions_of,
)
from gateway.building.rules import engine as rules_engine
from gateway.building.rules import rules_filter
from gateway.chain import Chain, Errors
from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.filters.base import PassCheck
from gateway.filters.block import BlockTable
from gateway.filters.flood import FloodState
from gateway.http.bounds import Bounds
from gateway.http.client_address import ClientAddresses
from gateway.http.devices import Devices
from gateway.http.framing import Answers, Requests
from gateway.http.plane import Plane, Upgrades
from gateway.http.responses import Responses
from gateway.http.target import Targets
from gateway.ledger.access_log import LogFile, combined_line, json_line
from gateway.ledger.journal import Journal
from gateway.ledger.records import Mask
from gateway.prefixes import PrefixTable
from gateway.rules.assembly import answers as rule_answers
from gateway.rules.engine import Counts as RuleCounts
from gateway.settings.models import Settings
from gateway.settings.network import ListenModel, networks
from gateway.waitingroom.room import Room

if TYPE_CHECKING:
    from gateway.http.tls import TlsContexts


class Built:
    """A configuration turned into parts, ready to be swapped in; nothing is in use before.

    `apply` is all that changes anything, and it cannot fail.
    """

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        settings = loaded.settings
        self.loaded = loaded
        self.places = places(loaded)
        self.tls = [_tls(one, loaded) for one in settings.listen]
        self.origins = [origin(url, loaded) for url in settings.platform.backends]
        self.errors = Errors(clock)
        self._fixed_filters = fixed_filters(loaded, self.places)
        self.rules = rules_engine(loaded, clock, place_of(self.places))
        self._pages = room_pages(loaded)
        self._checks = checkers(loaded)
        self._draw_files = draw_files(loaded)
        self.rooms: dict[str, Room] = {}

    def apply(
        self,
        plane: Plane,
        counters: Counters,
        answers: Answers,
        blocks: BlockTable,
        flood: FloodState,
        rule_counts: RuleCounts,
        rooms: Mapping[str, Room],
        *,
        secrets: list[bytes],
        workers: int,
        health: dict[str, bool],
    ) -> None:
        """Swap the parts in. `rooms` as they have been; `secrets` as `load_secrets` gives them."""
        settings = self.loaded.settings
        now = plane.clock.now()
        blocks.place = place_of(self.places)
        devices = _devices(settings, secrets, plane.clock)
        challenges = challenge(settings, secrets, devices, plane)
        passes = PassCheck() if challenges is None else challenges.passes
        backends = platform(self.loaded, self.origins, plane, answers)
        backends.health(health)
        if self.rules is not None:
            self.rules.counts = rule_counts
            self.rules.limits = limits_by_rules(settings, counters, passes, blocks.place, now)
        self.rooms = rooms_of(
            self.loaded,
            rooms,
            secrets=secrets,
            workers=workers,
            clock=plane.clock,
            place=blocks.place,
            flood=flood,
            spent=plane.spent,
            checks=self._checks,
        )
        filters = [
            *self._fixed_filters,
            *block_filters(settings, blocks, flood, passes),
            *limits(settings, counters, passes, blocks.place, now),
            *rules_filter(settings.rules, self.rules),
            *room_filters(self.rooms),
            *logins(settings, secrets),
            *overload(settings, backends.pressure),
        ]
        plane.configure(
            decider=Chain(filters, self.errors),
            requests=_requests(settings),
            clients=_clients(settings),
            responses=Responses(
                messages={"maintenance": _by_language(settings.maintenance.message)},
                contact=_by_language(settings.http.contact),
                blocked=rule_answers(self.loaded.ruleset),
            ),
            platform=backends,
            bounds=_bounds(settings, workers),
            upgrades=Upgrades(
                paths(settings.platform.upgrades.paths, settings),
                tuple(name.lower().encode() for name in settings.platform.upgrades.protocols),
            ),
            devices=devices,
            challenge=challenges,
            own={} if self._draw_files is None else {self._draw_files.name: self._draw_files},
            desk=desk_of(self.loaded, self.rooms, self._pages, devices),
            sessions=sessions_of(self.rooms),
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


def _by_language(texts: Mapping[Any, str]) -> dict[str, str]:
    return dict(texts)


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


def _devices(settings: Settings, secrets: list[bytes], clock: Clock) -> Devices | None:
    cookie = settings.device_cookie
    if cookie is None:
        return None
    return Devices(secrets, clock, name=cookie.name.encode(), max_age=cookie.max_age // SECOND)


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
