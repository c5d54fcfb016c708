"""Bookings in the database.

Law: in one branch on one day there are never more bookings than places. It holds because the count
and the insert are one statement in one transaction.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from gateway.demo.branches import BRANCHES

# Without the letters and digits that are taken for one another on paper.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for."""

    branch: str
    day: date
    full_name: str
    national_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A wish that was granted."""

    reference: str
    wish: Wish


class Refusal(Enum):
    """Why a wish that is well-formed was not granted."""

    FULL = "full"
    ALREADY_BOOKED = "already-booked"


def new_reference() -> str:
    """Eight characters out of thirty: some 6 x 10^11 references."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def book(
    db: sqlite3.Connection,
    wish: Wish,
    *,
    reference: str,
    places: int,
    today: date,
    account: int | None = None,
) -> Booking | Refusal:
    """Grant the wish if that branch has a place that day and the person has no other booking."""
    # One row a person: an appointment of the past makes way for the next.
    db.execute(
        "DELETE FROM bookings WHERE national_id = ? AND day < ?",
        (wish.national_id, today.isoformat()),
    )
    if db.execute("SELECT 1 FROM bookings WHERE national_id = ?", (wish.national_id,)).fetchone():
        return Refusal.ALREADY_BOOKED
    day = wish.day.isoformat()
    inserted = db.execute(
        "INSERT INTO bookings (reference, branch, day, full_name, national_id, phone, account)"
        " SELECT ?, ?, ?, ?, ?, ?, ?"
        " WHERE (SELECT count(*) FROM bookings WHERE day = ? AND branch = ?) < ?",
        (
            *(reference, wish.branch, day, wish.full_name, wish.national_id, wish.phone, account),
            *(day, wish.branch, places),
        ),
    )
    return Booking(reference, wish) if inserted.rowcount == 1 else Refusal.FULL


def find(db: sqlite3.Connection, reference: str, national_id: str) -> Booking | None:
    """The booking that carries both; who knows only one of them learns nothing."""
    row = db.execute(
        "SELECT reference, branch, day, full_name, national_id, phone FROM bookings"
        " WHERE reference = ? AND national_id = ?",
        (reference, national_id),
    ).fetchone()
    return None if row is None else _booking(row)


def of_account(db: sqlite3.Connection, account: int) -> list[Booking]:
    """All that was booked while signed in to that account, the nearest day first."""
    rows = db.execute(
        "SELECT reference, branch, day, full_name, national_id, phone FROM bookings"
        " WHERE account = ? ORDER BY day, reference LIMIT 100",
        (account,),
    )
    return [_booking(row) for row in rows]


def cancel(db: sqlite3.Connection, reference: str, national_id: str) -> bool:
    """Give the place back; False when there is no such booking."""
    gone = db.execute(
        "DELETE FROM bookings WHERE reference = ? AND national_id = ?", (reference, national_id)
    )
    return gone.rowcount == 1


def places_left(
    db: sqlite3.Connection, days: Sequence[date], places: int
) -> dict[str, dict[str, int]]:
    """By branch and ISO date. Never below 0, even if the site was restarted with fewer places."""
    taken = {
        (branch, day): count
        for branch, day, count in db.execute(
            "SELECT branch, day, count(*) FROM bookings WHERE day BETWEEN ? AND ?"
            " GROUP BY day, branch",
            (days[0].isoformat(), days[-1].isoformat()),
        )
    }
    return {
        branch.id: {
            day: max(0, places - taken.get((branch.id, day), 0))
            for day in (day.isoformat() for day in days)
        }
        for branch in BRANCHES
    }


def _booking(row: tuple[str, str, str, str, str, str]) -> Booking:
    reference, branch, day, full_name, national_id, phone = row
    return Booking(reference, Wish(branch, date.fromisoformat(day), full_name, national_id, phone))
