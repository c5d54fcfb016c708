"""The booking form, its confirmation, "my booking" and cancelling."""

from typing import Final

from aiohttp import web

from gateway.demo import bookings
from gateway.demo.bookings import Booking, Refusal, Wish, new_reference
from gateway.demo.branches import BY_ID
from gateway.demo.days import working_days
from gateway.demo.forms import FIELDS, MAX_VALUE, Mistakes, read_wish
from gateway.demo.pages import SETTINGS, check_csrf, message, page, read_form, see_other, visit_of
from gateway.demo.store import STORE

_NOTHING: Final = Mistakes()


async def form(request: web.Request) -> web.Response:
    """GET /booking/: `branch` and `date` in the query choose beforehand."""
    given = {field: request.query.get(field, "")[:MAX_VALUE] for field in ("branch", "date")}
    return _form_page(request, given, _NOTHING)


async def confirm(request: web.Request) -> web.Response:
    """POST /booking/confirm: 201 booked, 409 full or already booked, 422 with what is wrong."""
    given = await read_form(request)
    check_csrf(request, given.get("csrf"))
    wish = read_wish(given, working_days(request.app[SETTINGS].today()))
    if isinstance(wish, Mistakes):
        return _form_page(request, given, wish, status=422)
    visit = visit_of(request)
    outcome = await try_to_book(request, wish, visit.account.id if visit.account else None)
    if isinstance(outcome, Booking):
        return page(request, "confirmed.html", status=201, booking=outcome, branch=_branch(outcome))
    if outcome is Refusal.ALREADY_BOOKED:
        return message(request, "already", status=409)
    return page(request, "full.html", status=409, branch=BY_ID[wish.branch], day=wish.day)


async def try_to_book(request: web.Request, wish: Wish, account: int | None) -> Booking | Refusal:
    settings = request.app[SETTINGS]
    return await request.app[STORE].write(
        bookings.book,
        wish,
        reference=new_reference(),
        places=settings.places,
        today=settings.today(),
        account=account,
    )


async def mine(request: web.Request) -> web.Response:
    """GET /booking/mine: the form, and below it what this account has booked."""
    account = visit_of(request).account
    found: list[Booking] = []
    if account is not None:
        found = await request.app[STORE].read(bookings.of_account, account.id)
    return page(request, "mine.html", found=found, given={}, missed=False, by_id=BY_ID)


async def look_up(request: web.Request) -> web.Response:
    """POST /booking/mine: 404 unless reference and national number belong together.

    A POST though it changes nothing: a national number has no place in an address or in its log.
    """
    given = await read_form(request)
    booking = await request.app[STORE].read(bookings.find, *_key(given))
    if booking is None:
        return page(
            request, "mine.html", status=404, found=[], given=given, missed=True, by_id=BY_ID
        )
    return page(request, "mine.html", found=[booking], given={}, missed=False, by_id=BY_ID)


async def cancel(request: web.Request) -> web.Response:
    """POST /booking/cancel: by reference and national number, signed in or not."""
    given = await read_form(request)
    check_csrf(request, given.get("csrf"))
    gone = await request.app[STORE].write(bookings.cancel, *_key(given))
    if gone:
        return message(request, "cancelled", status=200)
    return page(request, "mine.html", status=404, found=[], given=given, missed=True, by_id=BY_ID)


async def back_to_form(_: web.Request) -> web.Response:
    """The answer to a form has an address that somebody will open by itself."""
    return see_other("/booking/")


async def back_to_mine(_: web.Request) -> web.Response:
    return see_other("/booking/mine")


def _key(given: dict[str, str]) -> tuple[str, str]:
    return given.get("reference", "").strip().upper(), given.get("national_id", "")


def _branch(booking: Booking) -> object:
    return BY_ID[booking.wish.branch]


def _form_page(
    request: web.Request, given: dict[str, str], mistakes: Mistakes, *, status: int = 200
) -> web.Response:
    days = working_days(request.app[SETTINGS].today())
    values = {field: given.get(field, "") for field in FIELDS}
    return page(request, "booking.html", status=status, days=days, values=values, mistakes=mistakes)


ROUTES: Final = [
    web.get("/booking/", form),
    web.get("/booking", back_to_form),
    web.post("/booking/confirm", confirm),
    web.get("/booking/confirm", back_to_form),
    web.get("/booking/mine", mine),
    web.post("/booking/mine", look_up),
    web.post("/booking/cancel", cancel),
    web.get("/booking/cancel", back_to_mine),
]
