"""A site whose waiting page is shown as a test has it: every state, and what the visitor does."""

import asyncio
from typing import Any, Self
from urllib.parse import parse_qs

from aiohttp import web

from gateway.http.altcha import Altcha, Spent
from gateway.http.challenge_page import worker_script
from gateway.waitingroom.page import REFRESH, WaitingPage
from gateway.waitingroom.states import ANSWERED
from gateway.waitingroom.view import (
    ASKS,
    AWAY,
    BEYOND,
    CLOSED,
    DONE,
    DRAWING,
    LIKELY,
    OPEN,
    OVER,
    PAUSED,
    PREQUEUE,
    UNSURE,
    View,
)

ROOM = "/.dawr/rooms/passports"
TITLE = {"ar": "حجز مواعيد جوازات السفر", "en": "Passport appointments"}
CONTACT = {"ar": "للمساعدة: 011-000-0000", "en": "Help: 011-000-0000"}
TICKET = b"3f9a0c57e1b24d86a1f05c9be7d2640b"
SORRY = {
    "ar": "تأخر الافتتاح عشر دقائق بسبب عطل في الكهرباء.",
    "en": "The opening is ten minutes late, because of a power cut.",
}


LATER = ("asks", "challenge", "pause", "done")


def a_view(phase: int, **said: Any) -> View:
    """As most are: with a place that is kept."""
    later = {key: said.pop(key) for key in LATER if key in said}
    usual = {"kept": True, "ticket": TICKET, "opening": b"2026-11-25", "poll_after": 600}
    view = View(phase, **{**usual, **said})
    for key, value in later.items():
        setattr(view, key, value)
    return view


def altcha() -> Altcha:
    return Altcha([b"k" * 32], Spent(), lifetime=10**6)


WORK = altcha().make(3_000, 1_800_000_000, 7)


AT = b"2026-11-25 08:00"
VIEWS = {
    "closed": View(CLOSED, opens_in=138_000, opens_at=AT, poll_after=600, opening=b"2026-11-25"),
    "first": View(PREQUEUE, opens_in=1_432, opens_at=AT, poll_after=600, opening=b"2026-11-25"),
    "prequeue": a_view(PREQUEUE, opens_in=1_432, opens_at=AT, waiting=18_230),
    "drawing": a_view(DRAWING, waiting=20_011, message=SORRY),
    "nonumber": a_view(OPEN),
    "waiting": a_view(
        OPEN, number=1_234, before=812, low=1_500, high=2_400, places=640, reach=LIKELY
    ),
    "unsure": a_view(OPEN, number=2_211, before=1_640, places=103, reach=UNSURE, message=SORRY),
    "beyond": a_view(
        OPEN, number=15_107, before=13_001, low=6_000, high=21_000, places=12, reach=BEYOND
    ),
    "turn": a_view(OPEN, number=1_234, before=0, turn=True, enter_within=280),
    "over": a_view(OVER, number=15_107, opens_at=b"2026-11-26 08:00", opens_in=80_000),
    "gone": a_view(OVER, places=0),
    "paused": a_view(PAUSED, number=1_234, before=200),
    "away": a_view(AWAY, number=1_234, poll_after=30),
    "work": a_view(PREQUEUE, kept=False, opens_in=1_432, challenge=WORK, pause=15),
    **{
        name: a_view(PREQUEUE, kept=False, opens_in=1_432, opens_at=AT, asks=at)
        for at, name in enumerate(ASKS)
        if at
    },
    **{name: a_view(OPEN, number=1_234, done=at) for at, name in enumerate(DONE) if at},
}
del VIEWS["left"]  # it is told to who has just left, and to nobody who looks
# Which the script cannot come to by itself.
PAGES = [name for name in VIEWS if name in ANSWERED]


class Waiting:
    """`async with Waiting(page)`: serves at `url`; `view` is what the visitor is told next."""

    def __init__(self, page: WaitingPage | None = None) -> None:
        self.page = page or WaitingPage("passports", title=TITLE, contact=CONTACT)
        self.view = VIEWS["waiting"]
        self.polls = 0
        self.asked: list[str] = []  # all but polls
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self.fails = False
        self.hangs = False  # polls wait for an answer
        self._end = asyncio.Event()
        self._altcha = altcha()
        self.solved: View | None = None
        self.work: list[str] = []  # what became of solutions

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end.set()
        await self._runner.cleanup()

    def page_of(self, name: str, language: str = "en", to: str = "/booking/") -> str:
        """The address of the page in one of VIEWS' states."""
        self.view = VIEWS[name]
        return f"{self.url}{ROOM}?lang={language}&to={to}"

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path == ROOM and "application/json" in request.headers.get("Accept", ""):
            self.polls += 1
            if self.hangs:
                await self._end.wait()
            if self.fails:
                return web.Response(status=502, text="Bad Gateway")
            return web.Response(
                body=self.page.json(self.view), content_type="application/json", status=503
            )
        if request.path == ROOM + "/work":
            return web.Response(body=worker_script(), content_type="text/javascript")
        if request.path == "/favicon.ico":
            return web.Response(status=404)
        self.asked.append(f"{request.method} {request.path_qs}")
        if request.method == "POST":
            form = parse_qs((await request.read()).decode())
            self.forms.append((request.path.removeprefix(ROOM), form))
            if request.path.endswith("/join") and "json" in request.headers["Accept"]:
                return self._work_done(form["altcha"][0])
            if request.path.endswith("/enter"):
                return web.Response(status=303, headers={"Location": form["to"][0]})
            return self._html(request, left=True)
        if request.path == ROOM:
            return self._html(request)
        return web.Response(text="<h1>Welcome</h1>", content_type="text/html")

    def _work_done(self, payload: str) -> web.Response:
        """Joining by work; `solved` is what is told who has done it right."""
        why, made_for = self._altcha.check(payload.encode(), 1_800_000_000, 1)
        self.work.append(why or "right")
        if self.solved is not None and not why and made_for == 7:
            self.view = self.solved
        return web.Response(body=self.page.json(self.view), content_type="application/json")

    def _html(self, request: web.Request, *, left: bool = False) -> web.Response:
        auto = request.query.get("auto") == "1"
        language = self.page.language_of(
            request.headers.get("Accept-Language", "").encode(),
            request.query.get("lang", "").encode(),
        )
        body = self.page.gzipped(
            self.view,
            to=request.query.get("to", "/").encode(),
            language=language,
            request_id=b"6f1c2b7a9d3e",
            auto=auto,
            left=left,
        )
        lines = (self.page.policy + (REFRESH if auto else b"")).decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines if line)
        return web.Response(
            body=body,
            content_type="text/html",
            charset="utf-8",
            status=503,
            headers={**fields, "Content-Encoding": "gzip", "Cache-Control": "no-store"},
        )
