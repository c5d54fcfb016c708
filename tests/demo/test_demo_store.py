"""The database: transactions that happen whole or not at all."""

import sqlite3
from collections.abc import AsyncIterator

import pytest

from gateway.demo.store import Store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store(":memory:")
    await store.open()
    yield store
    await store.close()


def add(db: sqlite3.Connection, name: str, *, fail: bool = False) -> None:
    db.execute("INSERT INTO accounts (username, salt, password) VALUES (?, '', '')", (name,))
    if fail:
        raise ValueError(name)


def names(db: sqlite3.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT username FROM accounts")]


async def test_a_change_that_raises_has_not_happened(store: Store) -> None:
    await store.write(add, "kept")
    with pytest.raises(ValueError, match="undone"):
        await store.write(add, "undone", fail=True)
    await store.write(add, "kept too")
    assert await store.read(names) == ["kept", "kept too"]


async def test_a_store_that_is_not_open_says_so() -> None:
    store = Store(":memory:")
    with pytest.raises(RuntimeError, match="not open"):
        await store.read(names)
    await store.close()
