"""What rendering the waiting page costs: `python -m bench.page`. Compiled, where the gateway is.

The page, the page compressed, and a poll's JSON, in microseconds; the best of seven rounds, each
of views that differ as those of visitors do.
"""

import time
from collections.abc import Callable

import gateway.waitingroom.page
from gateway.waitingroom.page import WaitingPage
from gateway.waitingroom.view import LIKELY, OPEN, PREQUEUE, View

_VIEWS = 2_000
_ROUNDS = 7
_TO = b"/booking/new?branch=3"
_ID = b"6f1c2b7a9d3e5a10"


def main() -> None:
    page = WaitingPage("passports", title={"ar": "حجز جوازات السفر", "en": "Passport booking"})
    message = {"ar": "تأخر الافتتاح عشر دقائق.", "en": "The opening is ten minutes late."}
    compiled = not gateway.waitingroom.page.__file__.endswith(".py")
    print(f"the waiting page, {'compiled' if compiled else 'interpreted'}: microseconds and bytes")
    for name, views in (("waiting", _waiting(message)), ("prequeue", _prequeue())):
        for code in (b"ar", b"en"):

            def html(view: View, code: bytes = code) -> bytes:
                return page.html(view, to=_TO, language=code, request_id=_ID)

            def gzipped(view: View, code: bytes = code) -> bytes:
                return page.gzipped(view, to=_TO, language=code, request_id=_ID)

            for what, render in (("html", html), ("gzipped", gzipped), ("json", page.json)):
                cost, size = _measure(render, views)
                print(f"{name:10} {code.decode()}  {what:8} {cost:6.1f} µs {size:7,} bytes")


def _waiting(message: dict[str, str]) -> list[View]:
    return [
        View(
            OPEN, kept=True, ticket=b"%032x" % (n * 0x9E3779B97F4A7C15), number=1_000 + n,
            before=800 + n, waiting=20_000, low=60 * (n % 50), high=60 * (n % 50) + 900, places=640,
            reach=LIKELY, poll_after=20 + n % 9, opening=b"2026-11-25", message=message,
        )
        for n in range(_VIEWS)
    ]  # fmt: skip


def _prequeue() -> list[View]:
    return [
        View(
            PREQUEUE, kept=True, ticket=b"%032x" % (n * 0x9E3779B97F4A7C15), waiting=18_000 + n,
            opens_in=1_800 - n % 1_800, opens_at=b"2026-11-25 08:00", poll_after=20 + n % 9,
            opening=b"2026-11-25",
        )
        for n in range(_VIEWS)
    ]  # fmt: skip


def _measure(render: Callable[[View], bytes], views: list[View]) -> tuple[float, int]:
    """Microseconds of one, and its size."""
    best = float("inf")
    size = 0
    for _ in range(_ROUNDS):
        began = time.process_time()
        for view in views:
            size = len(render(view))
        best = min(best, time.process_time() - began)
    return best / len(views) * 1e6, size


if __name__ == "__main__":
    main()
