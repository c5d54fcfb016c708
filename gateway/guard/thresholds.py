"""Every number that the guard's conclusions hang on, with its reason. gateway/settings/flood.py is
the same for the configuration file; a test compares the two.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Levels:
    """Of the site's level. Times are seconds, which is one observation each."""

    drift: float = 1.0
    """CUSUM's allowance in standard deviations: half of the smallest shift worth seeing (two)."""
    threshold: float = 8.0
    """CUSUM's alarm. With drift 1 a false alarm each 1.4 years if errors were independent and
    normal (change.average_run_length); a shift of four deviations or more is seen in three
    seconds."""
    clip: float = 4.0
    """No one second counts for more deviations than this: three odd seconds, never one."""
    warm_up: int = 600
    """Before that nothing is compared with a forecast: ten minutes hold a page's whole life and the
    health checkers' and crawlers' periods."""
    request_floor: float = 50.0
    """Requests a second below which volume never alarms: two people opening pages make that many,
    and no platform feels it."""
    client_floor: float = 5.0
    """New clients a second below which their rate never alarms: one bus that leaves a tunnel."""
    volume_ratio: float = 2.0
    """Times the forecast that volume must reach: a busy minute of a busy day of a growing site is
    1.5 times a usual one."""
    opening_ratio: float = 3.0
    """The same within an opening: from one day to the next peaks differ by a factor of two."""
    share_difference: float = 0.05
    """That a share must be off its forecast: one in twenty requests is what an operator would
    see."""
    entropy_difference: float = 1.0
    """Bits: half as many, or twice as many, paths that matter."""
    latency_ratio: float = 2.0
    """Times the forecast that the platform's latency must reach: caches run cold each night."""
    latency_floor: float = 0.2
    """Seconds below which latency never alarms: nobody waits."""
    error_ceiling: float = 0.5
    """Share of errors that alarms even before anything is learned: every second answer is none."""
    latency_ceiling: float = 5.0
    """Seconds of latency that alarm even before anything is learned: people reload."""
    finding_share: float = 0.2
    """Of the traffic, that a kind of attack must make up to count for the level: a lone scanner is
    dealt with as one client."""
    quiet_after_attack: int = 120
    """Without evidence of an attack until UNDER_ATTACK becomes ELEVATED: floods pause for a minute
    to see whether one has gone to sleep."""
    quiet_after_elevated: int = 300
    """Without evidence until ELEVATED becomes CALM."""
    accept_after: int = 3600
    """Of being elevated, and not under attack, until what alarms is taken for the new usual: a new
    application, a slower platform, more people. An hour of it hurt nobody."""


@dataclass(frozen=True, slots=True)
class Learning:
    """Of the day's shape."""

    slot: int = 300
    """Seconds: five minutes have 300 samples for a median, and a working day's slope is
    straight."""
    opening_slot: int = 10
    """Seconds: an opening goes from nothing to its peak within half a minute."""
    openings_known: int = 2
    """Past openings until their shape is trusted; one could have been a broken day."""
    memory: float = 0.15
    """Weight of the newest day, at least: about six days, so that growth of 2 % a day stays within
    the ratios above."""
    bound: float = 3.0
    """Spreads that one day may pull a slot: a bad day that nobody noticed moves it once by less
    than half its own spread."""
    shift_half_life: float = 600.0
    """Seconds in which today's difference from the usual day is half learned: slower than any flood
    rises, faster than a day does."""
    recent_half_life: float = 300.0
    """Seconds; the forecast where a slot is not known yet."""
    least: float = 0.5
    """Of a slot's seconds, seen while calm, for it to be learned from: a median of half is still
    one."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Of the kinds of attack, in one window (ten seconds to a minute)."""

    volume_ratio: float = 2.0
    """Requests against the forecast that make a flood."""
    requests: int = 200
    """In the window, below which nothing is called a flood."""
    device_rate: float = 10.0
    """Requests a second of one device: a page with its 40 assets in four seconds, kept up all the
    window."""
    few_clients: int = 50
    """Clients are few: they fit into a list that a person can read."""
    few_share: float = 0.3
    """Of all requests that the few must make."""
    target_share: float = 0.5
    """Of all requests that go to one target when a flood aims at it."""
    target_growth: float = 2.0
    """Times its usual share that the target must have: the front page always has half of all."""
    without_assets: float = 0.5
    """Of the target's clients that fetch no assets: people's browsers do, with half their caches
    warm."""
    target_clients: int = 50
    """Distinct clients from which on a flood is distributed."""
    slow: int = 20
    """Connections a minute cut for slowness, below which it is a bad mobile network."""
    slow_share: float = 0.05
    """Of all connections that are cut for slowness: on a bad mobile network one or two in a
    hundred."""
    hoard_share: float = 0.5
    """Of the allowed connections that are open, from which on idle ones are hoarded."""
    hoard_idle: float = 0.8
    """Of the open ones that ask nothing: browsers keep idle ones too, but close them when told."""
    hoard_devices: float = 50.0
    """Connections of each device of one client: a browser opens six to a host."""
    scan_errors: int = 20
    """Errors of one device: a broken page makes a handful."""
    scan_share: float = 0.5
    """Of its requests that are errors."""
    scan_targets: int = 15
    """Different targets that erred: a broken page errs at the same ones for everybody."""
    login_failures: int = 30
    """A minute, below which people forget their passwords."""
    login_share: float = 0.6
    """Of all attempts that fail: of people's one in five, of stolen lists' 97 to 99 in a
    hundred."""
    login_accounts: int = 10
    """Accounts tried by one device: a family has five."""
    login_clients: int = 10
    """Clients that fail at one account: nobody has ten addresses."""
    malformed: int = 20
    """A minute, below which it is one broken application."""
    malformed_share: float = 0.02
    """Of all requests."""
    query_requests: int = 100
    """To one target, below which no cache is busted."""
    query_distinct: float = 0.8
    """Of a target's requests whose query is unlike all others."""
    query_clients: float = 20.0
    """Different queries of each client: a person types three searches in a minute."""
    query_growth: float = 3.0
    """Times the target's usual requests."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    levels: Levels = field(default_factory=Levels)
    learning: Learning = field(default_factory=Learning)
    kinds: Kinds = field(default_factory=Kinds)
