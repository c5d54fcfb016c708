"""What was counted in one window of ten seconds to a minute: what kinds of attack are told from.

Of everything that a client can make grow only the greatest are here, as the bounded tables give
them (state/heavy_hitters, state/distinct).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """A path (without its query): its requests, from how many clients and with how many different
    queries. `usual_share`: of all requests on other days at this time, 0 where unknown;
    `without_assets`: share of its clients that fetch none, None where unknown."""

    name: str
    requests: int
    clients: int
    queries: int = 0
    usual_share: float = 0.0
    without_assets: float | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One address (or /64): `devices` is how many different ones are behind it, as far as can be
    told (cookies, user agents), at least 1. `errors` are the platform's 4xx, at `error_targets`
    different paths; of the last minute or two `logins`, those that failed, and `login_accounts`:
    the different accounts at which they failed."""

    key: str
    requests: int
    devices: int = 1
    errors: int = 0
    error_targets: int = 0
    connections: int = 0
    faults: int = 0
    logins: int = 0
    login_failures: int = 0
    login_accounts: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """An account (its keyed hash) at which logins failed, from how many clients."""

    key: str
    failures: int
    clients: int


@dataclass(frozen=True, slots=True)
class Window:
    """`expected`: requests that the forecast has for it, 0 where there is none. `opening`: it lies
    in a known opening. `bounds` and `faults`: hits by name, as gateway/http/faults.py names them.
    `connections`: accepted in it; `open`, `idle`: now, and of those that ask nothing; `allowed`:
    bounds.connections, of all workers. `login_accounts`: different accounts at which logins failed,
    0 where accounts are not told apart."""

    seconds: float
    requests: int
    clients: int
    expected: float = 0.0
    opening: bool = False
    targets: tuple[Target, ...] = ()
    top: tuple[Client, ...] = ()
    faults: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    logins: int = 0
    login_failures: int = 0
    login_accounts: int = 0
    accounts: tuple[Account, ...] = ()
    connections: int = 0
    open: int = 0
    idle: int = 0
    allowed: int = 0
