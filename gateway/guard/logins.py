"""What a worker counts of logins: who tries how many accounts, and which accounts are tried by how
many.

Accounts are keyed hashes. Failures alone are told apart: who signs in rightly, however often and at
however many accounts, is not looked at.

Bounds: 2,000 clients and 2,000 accounts of which the different ones are counted (HyperLogLog of 64
registers, 13 % off and nearly right below twenty) in the last one to two minutes, the 512 with most
failures of each: at most some 1 MiB.
"""

from typing import Final, TypedDict

from gateway.clock import SECOND
from gateway.request import LOGIN_FAILED, Request
from gateway.state.distinct import Distinct, DistinctBy
from gateway.state.heavy_hitters import HeavyHitters

_KEYS: Final = 2_000
_SPAN: Final = 60 * SECOND
_HALF_LIFE: Final = 60 * SECOND
_TOP: Final = 50
_DENIED: Final = frozenset({401, 403})


class AccountFacts(TypedDict):
    """`clients`: registers of those that failed at it."""

    failures: float
    clients: bytes


class LoginClient(TypedDict):
    """Of one client: logins and failures of late, registers of the accounts it failed at."""

    logins: float
    failures: float
    accounts: bytes


class Logins:
    """One worker's. `named`: the settings say what a login is; else every POST is one, and nothing
    is known of accounts."""

    def __init__(self, *, seed: int) -> None:
        self.named: bool = False
        self._tried = HeavyHitters(512, half_life=_HALF_LIFE)
        self._failed = HeavyHitters(512, half_life=_HALF_LIFE)
        self._failed_at = HeavyHitters(512, half_life=_HALF_LIFE)
        self._accounts_of = DistinctBy(_KEYS, span=_SPAN, seed=seed)
        self._clients_of = DistinctBy(_KEYS, span=_SPAN, seed=seed)
        self._accounts = Distinct(8, span=_SPAN, seed=seed)
        self.tried: int = 0
        self.failed: int = 0

    def see(self, request: Request, client: int, status: int, now: int) -> None:
        """A request that the platform has answered."""
        if not self.named:
            if request.method == b"POST":
                self.tried += 1
                self.failed += status in _DENIED
            return
        if request.login == 0:
            return
        self.tried += 1
        self._tried.add(client, 1.0, now)
        if request.login != LOGIN_FAILED:
            return
        self.failed += 1
        self._failed.add(client, 1.0, now)
        account = request.account
        if account:
            self._failed_at.add(account, 1.0, now)
            self._accounts_of.add(client, account, now)
            self._clients_of.add(account, client, now)
            self._accounts.add(account, now)

    def take(self) -> tuple[int, int]:
        """Logins and failures since the last time."""
        found = self.tried, self.failed
        self.tried = self.failed = 0
        return found

    def accounts(self, now: int) -> bytes:
        """Registers of all accounts at which somebody failed."""
        return self._accounts.export(now)

    def clients(self, now: int) -> dict[int, LoginClient]:
        """Those that fail most."""
        tried = {key: count for key, count, _ in self._tried.top(512, now)}
        return {
            int(key): {
                "logins": max(count, tried.get(key, 0.0)),
                "failures": count,
                "accounts": self._accounts_of.export(key, now),
            }
            for key, count, _ in self._failed.top(_TOP, now)
        }

    def top_accounts(self, now: int) -> dict[int, AccountFacts]:
        """Those at which most failed."""
        return {
            int(key): {"failures": count, "clients": self._clients_of.export(key, now)}
            for key, count, _ in self._failed_at.top(_TOP, now)
        }
