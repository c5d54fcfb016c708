"""The database: SQLite, one connection in one thread of its own, so there is one writer.

Laws: a write is one transaction that takes the write lock at its start, so what it reads stays true
until it commits, whoever else has the file open. SQL is in bookings.py, accounts.py and photos.py.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, Final, ParamSpec, TypeVar

from aiohttp import web

P = ParamSpec("P")
T = TypeVar("T")

_VERSION: Final = 1
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE bookings (
    reference   TEXT PRIMARY KEY,
    branch      TEXT NOT NULL,
    day         TEXT NOT NULL,
    full_name   TEXT NOT NULL,
    national_id TEXT NOT NULL UNIQUE,
    phone       TEXT NOT NULL,
    account     INTEGER REFERENCES accounts (id)
);
CREATE INDEX bookings_of_day ON bookings (day, branch);
CREATE INDEX bookings_of_account ON bookings (account);
CREATE TABLE accounts (
    id       INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    salt     BLOB NOT NULL,
    password BLOB NOT NULL
);
CREATE TABLE sessions (
    token   BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id),
    since   TEXT NOT NULL
);
CREATE TABLE photos (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id     TEXT NOT NULL UNIQUE,
    kind   TEXT NOT NULL,
    image  BLOB NOT NULL
);
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class StoreError(Exception):
    """The database cannot be opened; the operator's to mend."""


class Store:
    """Runs functions of a connection; they are handed it as their first argument."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="demo-database")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, make the tables where there are none, and prove that it can be written."""
        try:
            self._connection = await self._in_thread(_open, self._path)
        except (sqlite3.Error, StoreError) as error:
            self._thread.shutdown()
            raise StoreError(f"{self._path}: {error}") from error

    async def close(self) -> None:
        if self._connection is not None:
            await self._in_thread(self._connection.close)
        self._thread.shutdown()

    async def read(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The answer of `query`, which must not write."""
        return await self._in_thread(partial(query, self._open_connection(), *args, **kwargs))

    async def write(
        self,
        change: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The answer of `change`, once it is committed; if it raises, nothing has happened."""
        connection = self._open_connection()
        return await self._in_thread(
            _in_transaction, connection, partial(change, connection, *args, **kwargs)
        )

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the store is not open")
        return self._connection

    async def _in_thread(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


STORE: Final = web.AppKey("store", Store)


def _open(path: str) -> sqlite3.Connection:
    # isolation_level None: transactions begin where we say so, not where the module guesses.
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _make_tables(connection)
        connection.execute(
            "BEGIN IMMEDIATE"
        )  # a file that is read-only fails here, not at a booking
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _VERSION:
        return
    if connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None:
        raise StoreError("not a database of this site, or of another version of it")
    connection.executescript(_SCHEMA)


def _in_transaction(connection: sqlite3.Connection, change: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        answer = change()
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return answer
