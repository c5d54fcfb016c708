"""The same for programs: places left, and booking, in JSON.

No session and no CSRF token here: a booking is made in nobody's name but the citizen's own, and a
page of another site cannot send application/json without asking first.
"""

from json import JSONDecodeError
from typing import Final

from aiohttp import web

from gateway.demo import bookings
from gateway.demo.bookings import Booking, Refusal
from gateway.demo.branches import BRANCHES
from gateway.demo.days import working_days
from gateway.demo.forms import Mistakes, read_wish
from gateway.demo.pages import SETTINGS, visit_of
from gateway.demo.store import STORE
from gateway.demo.views.booking import try_to_book

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def availability(request: web.Request) -> web.Response:
    """{"places_per_day", "dates": [ISO], "branches": [{"id", "name", "left": {ISO: n}}]}"""
    settings = request.app[SETTINGS]
    language = visit_of(request).texts.language
    days = working_days(settings.today())
    left = await request.app[STORE].read(bookings.places_left, days, settings.places)
    return _answer(
        {
            "places_per_day": settings.places,
            "dates": [day.isoformat() for day in days],
            "branches": [
                {"id": branch.id, "name": branch.name[language], "left": left[branch.id]}
                for branch in BRANCHES
            ],
        }
    )


async def book(request: web.Request) -> web.Response:
    """The form's fields as an object of texts: 201, 400, 409, 415 or 422."""
    if request.content_type != "application/json":
        return _answer({"error": "not-json"}, status=415)
    try:
        given = await request.json()
    except (JSONDecodeError, LookupError, UnicodeDecodeError, RecursionError):
        return _answer({"error": "bad-json"}, status=400)
    if not isinstance(given, dict):
        return _answer({"error": "bad-json"}, status=400)
    texts = visit_of(request).texts
    wish = read_wish(given, working_days(request.app[SETTINGS].today()))
    if isinstance(wish, Mistakes):
        fields = {field: texts(key) for field, key in wish.items()}
        return _answer({"error": "invalid", "fields": fields}, status=422)
    outcome = await try_to_book(request, wish, None)
    if isinstance(outcome, Refusal):
        return _answer({"error": outcome.value, "message": _why(request, outcome)}, status=409)
    return _answer(_booked(outcome), status=201)


def _booked(booking: Booking) -> dict[str, str]:
    wish = booking.wish
    return {
        "reference": booking.reference,
        "branch": wish.branch,
        "date": wish.day.isoformat(),
        "full_name": wish.full_name,
        "national_id": wish.national_id,
        "phone": wish.phone,
    }


def _why(request: web.Request, refusal: Refusal) -> str:
    texts = visit_of(request).texts
    return texts("full.title" if refusal is Refusal.FULL else "already.title")


def _answer(value: object, *, status: int = 200) -> web.Response:
    return web.json_response(value, status=status, headers=_HEADERS)


ROUTES: Final = [
    web.get("/api/availability", availability),
    web.post("/api/bookings", book),
]
