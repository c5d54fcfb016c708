"""The guard's parts out of settings."""

from gateway.building.filters import paths
from gateway.clock import SECOND, Clock
from gateway.filters.base import Filter, PassCheck
from gateway.filters.block import Blocked, BlockedRequest, BlockTable, Entry
from gateway.filters.flood import Flood, FloodState
from gateway.guard.book import Told
from gateway.guard.watch import Watch
from gateway.prefixes import parse_network
from gateway.settings.models import Settings
from gateway.verdict import Action, Verdict

_ACTIONS = {"block": Action.BLOCK, "challenge": Action.CHALLENGE}


def block_filters(
    settings: Settings, table: BlockTable, flood: FloodState, passes: PassCheck
) -> list[Filter]:
    """Blocks by hand hold whatever the mode: that is about the guard's own."""
    challenge = Verdict(Action.CHALLENGE, "under-attack")
    return [
        Blocked(table),
        Blocked(table, dry=True),
        BlockedRequest(table, passes),
        Flood(flood, passes, challenge, shadow=settings.blocking.mode == "shadow"),
    ]


def configure_watch(watch: Watch, settings: Settings) -> None:
    blocking = settings.blocking
    weights = {} if blocking.mode == "off" else blocking.strikes.model_dump()
    watch.configure(weights, paths(blocking.honeypots, settings))
    watch.facts.logins.named = bool(settings.flood.logins)
    watch.profiles.half_life = blocking.half_life
    # Behind an address that is limited as a whole, whoever asks next is refused: one or two such
    # refusals say nothing of a device.
    watch.profiles.struck_from = blocking.threshold / 10


def entry_of(told: Told, clock: Clock) -> Entry:
    """A block as a worker holds it, of what it was told."""
    code, scope, key, measure, reason, until, since, shadow = told
    left = None if until is None else until - clock.wall()
    verdict = Verdict(
        _ACTIONS[measure],
        reason,
        0 if left is None else max(1, round(left)),
        code=code,
        reason=reason,
        shadow=shadow,
        until=0 if left is None else clock.now() + max(1, round(left * SECOND)),
    )
    minute = int(since // 60)
    if scope == "device":
        return Entry(scope, verdict, key=int(key, 16), since=minute)
    if scope == "asn":
        return Entry(scope, verdict, key=int(key.removeprefix("AS")), since=minute)
    if scope == "country":
        return Entry(scope, verdict, name=key, since=minute)
    network = parse_network(key)
    if scope == "address":
        key_ = network.first if network.version == 4 else 1 << 64 | network.first >> 64
        return Entry(scope, verdict, key=key_, since=minute)
    bits = 32 if network.version == 4 else 128
    first = network.first >> (bits - network.length)
    return Entry(
        scope, verdict, key=first, version=network.version, length=network.length, since=minute
    )
