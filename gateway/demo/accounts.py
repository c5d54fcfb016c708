"""Accounts and the sessions of those who are signed in.

Passwords are kept as scrypt hashes, session tokens as SHA-256: who reads the file can sign in as
nobody. A session ends after a week.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.demo.forms import MAX_VALUE

# The demonstration account, shown on the sign-in page.
DEMO_USERNAME: Final = "demo@example.test"
DEMO_PASSWORD: Final = "jawaz-2026"  # noqa: S105 - it is public

SESSION_DAYS: Final = 7
# A session is about 100 bytes on disk; past the bound the oldest ends.
MAX_SESSIONS: Final = 100_000
# An account is about 150 bytes on disk; past the bound nobody new can sign up.
MAX_ACCOUNTS: Final = 100_000
PASSWORD_LENGTHS: Final = range(8, 129)

_USERNAME: Final = re.compile(
    r"[0-9]{11}|[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,180}\.[^@\s.]{2,}"
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is signed in."""

    id: int
    username: str


def is_username(text: str) -> bool:
    """An e-mail address or a national number."""
    return len(text) < MAX_VALUE and _USERNAME.fullmatch(text) is not None


def plain_username(text: str) -> str:
    """The one spelling under which an account is kept."""
    return text.strip().casefold()


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def hash_password(password: str, salt: bytes) -> bytes:
    """About 50 ms and 16 MiB: never on the event loop."""
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def csrf_of(token: str) -> str:
    """What a form has to bring along: only the pages of that session know it."""
    return hmac.digest(token.encode("utf-8", "replace"), b"csrf", "sha256").hex()


def create(db: sqlite3.Connection, username: str, salt: bytes, password: bytes) -> Account | None:
    """A new account; None when the name is taken or the house is full."""
    (count,) = db.execute("SELECT count(*) FROM accounts").fetchone()
    if count >= MAX_ACCOUNTS:
        return None
    made = db.execute(
        "INSERT OR IGNORE INTO accounts (username, salt, password) VALUES (?, ?, ?)",
        (username, salt, password),
    )
    return Account(made.lastrowid or 0, username) if made.rowcount == 1 else None


def find(db: sqlite3.Connection, username: str) -> tuple[Account, bytes, bytes] | None:
    """The account with its salt and hash."""
    row = db.execute(
        "SELECT id, username, salt, password FROM accounts WHERE username = ?", (username,)
    ).fetchone()
    return None if row is None else (Account(row[0], row[1]), row[2], row[3])


def start_session(db: sqlite3.Connection, token: bytes, account: int, today: date) -> None:
    """Remember the token; forget those that are too old or too many."""
    oldest = (today - timedelta(days=SESSION_DAYS)).isoformat()
    db.execute("DELETE FROM sessions WHERE since < ?", (oldest,))
    db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (token, account, today.isoformat()))
    # rowid grows with every insert, so the highest are the youngest.
    db.execute(
        "DELETE FROM sessions WHERE rowid <= (SELECT max(rowid) FROM sessions) - ?",
        (MAX_SESSIONS,),
    )


def end_session(db: sqlite3.Connection, token: bytes) -> None:
    db.execute("DELETE FROM sessions WHERE token = ?", (token,))


def of_session(db: sqlite3.Connection, token: bytes, today: date) -> Account | None:
    """Whose session it is, while it lasts."""
    oldest = (today - timedelta(days=SESSION_DAYS)).isoformat()
    row = db.execute(
        "SELECT accounts.id, accounts.username FROM sessions"
        " JOIN accounts ON accounts.id = sessions.account WHERE token = ? AND since >= ?",
        (token, oldest),
    ).fetchone()
    return None if row is None else Account(*row)
