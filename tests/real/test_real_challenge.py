"""A real browser before the challenge: solves it, or waits, or says what is wrong."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from browser import Browser
from in_process import InProcess

from gateway.clock import Clock
from gateway.decider import Decider
from gateway.filters.base import PassCheck
from gateway.request import Request
from gateway.verdict import Action, Decision, Verdict

pytestmark = pytest.mark.real

SETTINGS = """
platform: {{backends: ["{backend}"]}}
state: {{url: off}}
limits: []
challenge: {{wait: 5min}}
"""
FORM = (
    '<form method="post" action="/send"><input name="a" value="typed"><button>Send</button></form>'
)


class Gatekeeper(Decider):
    """Challenges everybody without a pass; `honours` False: with one as well."""

    def __init__(self, passes: PassCheck) -> None:
        self.passes = passes
        self.honours = True
        self.only = ""

    def admit(self, client: object) -> Decision | None:
        return None

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        if not request.path.startswith(self.only):
            return None
        if self.honours and self.passes.valid(request):
            return None
        return Decision("flood", Verdict(Action.CHALLENGE, "flood"))


class Later(Clock):
    """When the wait is over."""

    def wall(self) -> float:
        return super().wall() + 300


class Site:
    """A gateway that challenges everybody before a small platform."""

    def __init__(self, gateway: InProcess, got: list[str]) -> None:
        self.url = gateway.url
        self.got = got
        self.plane = gateway.worker._plane
        assert self.plane.challenge is not None
        self.challenge = self.plane.challenge
        self.gatekeeper = Gatekeeper(self.challenge.passes)
        self.plane.decider = self.gatekeeper

    @property
    def counted(self) -> dict[tuple[str, str], int]:
        return self.plane.counts.challenges


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    got: list[str] = []

    async def platform(request: web.Request) -> web.Response:
        got.append(f"{request.method} {request.path_qs}")
        body = FORM if request.path == "/form" else f"<h1>Welcome to {request.path_qs}</h1>"
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", platform)
    runner = web.AppRunner(app)
    await runner.setup()
    tcp = web.TCPSite(runner, "127.0.0.1", 0)
    await tcp.start()
    backend = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with InProcess(tmp_path, SETTINGS.format(backend=backend)) as gateway:
        yield Site(gateway, got)
    await runner.cleanup()


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with Browser(tmp_path) as one:
        yield one


async def test_the_page_solves_and_opens_what_was_asked_for(site: Site, browser: Browser) -> None:
    await browser.open(f"{site.url}/page?a=1#part")
    shown = await browser.until("document.body.innerText.startsWith('Welcome') && location.href")
    assert shown == f"{site.url}/page?a=1#part"
    assert "GET /page?a=1" in site.got
    assert site.counted["passed", "solved"] == 1
    assert ("passed", "waited") not in site.counted
    await browser.open(f"{site.url}/other")
    await browser.until("document.body.innerText === 'Welcome to /other'")
    assert site.counted["issued", "page"] == 1, "who has a pass is not challenged again"
    assert {url.partition(site.url)[0] for url in browser.asked if url.startswith("http")} == {""}
    assert not [one for one in browser.complaints if "favicon" not in one]


async def test_without_a_worker_the_page_solves_itself(site: Site, browser: Browser) -> None:
    await browser.do("Page.addScriptToEvaluateOnNewDocument", source="delete window.Worker")
    await browser.open(f"{site.url}/page")
    await browser.until("document.body.innerText === 'Welcome to /page'")
    assert site.counted["passed", "solved"] == 1


async def test_without_javascript_a_wait_and_a_button_open_it(site: Site, browser: Browser) -> None:
    await browser.do("Emulation.setScriptExecutionDisabled", value=True)
    await browser.open(f"{site.url}/page?a=1&b=2")
    await browser.until("document.querySelectorAll('noscript button').length === 2")
    await browser.click("noscript button")
    await browser.until("location.pathname === '/.dawr/challenge'")
    await browser.until("!!document.querySelector('noscript button')")
    assert (site.got, site.counted["failed", "early"]) == ([], 1)
    site.challenge._clock = Later()
    await browser.click("noscript button")
    await browser.until("document.body.innerText.startsWith('Welcome')")
    assert site.got[0] == "GET /page?a=1&b=2"
    assert site.counted["passed", "waited"] == 1
    assert ("passed", "solved") not in site.counted


async def test_a_form_is_asked_for_again_and_then_goes_through(
    site: Site, browser: Browser
) -> None:
    site.gatekeeper.only = "/send"
    await browser.open(f"{site.url}/form")
    await browser.until("!!document.querySelector('input')")
    await browser.click("button")
    label = "document.querySelector('button[data-language=en]:not([hidden])')"
    assert await browser.until(f"{label} && {label}.textContent") == "Go back"
    assert "send it again" in await browser.value("document.body.innerText")
    assert "POST /send" not in site.got
    await browser.click("button[data-language=en]")
    await browser.until("!!document.querySelector('input')")
    await browser.click("button")
    await browser.until("document.body.innerText === 'Welcome to /send'")
    assert site.got.count("POST /send") == 1


async def test_a_failure_is_tried_once_more_and_then_told(site: Site, browser: Browser) -> None:
    check = site.challenge._altcha.check
    calls: list[str] = []

    def never(payload: bytes, wall: int, now: int) -> tuple[str, int]:
        assert check(payload, wall, now)[0] == ""
        calls.append("")
        return "wrong", 0

    site.challenge._altcha.check = never  # type: ignore[method-assign]
    await browser.open(f"{site.url}/page")
    label = "document.querySelector('button[data-language=en]:not([hidden])')"
    assert await browser.until(f"{label} && {label}.textContent") == "Try again"
    assert "could not be completed" in await browser.value("document.body.innerText")
    assert len(calls) == 2
    site.challenge._altcha.check = check  # type: ignore[method-assign]
    await browser.click("button[data-language=en]")
    await browser.until("document.body.innerText === 'Welcome to /page'")


async def test_a_browser_without_cookies_is_told_so(site: Site, browser: Browser) -> None:
    await browser.do(
        "Page.addScriptToEvaluateOnNewDocument",
        source="Object.defineProperty(navigator, 'cookieEnabled', {value: false})",
    )
    await browser.open(f"{site.url}/page")
    await browser.until("document.body.innerText.includes('does not accept cookies')")
    assert ("passed", "solved") not in site.counted


async def test_a_site_that_keeps_asking_is_not_asked_for_ever(site: Site, browser: Browser) -> None:
    site.gatekeeper.honours = False
    await browser.open(f"{site.url}/page")
    await browser.until("document.body.innerText.includes('asks for it again')")
    assert site.counted["passed", "solved"] == 2


@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_nothing_sticks_out_of_a_narrow_screen(
    site: Site, browser: Browser, width: int
) -> None:
    await browser.do("Emulation.setScriptExecutionDisabled", value=True)
    await browser.screen(width, 740)
    await browser.open(f"{site.url}/page")
    await browser.until("!!document.querySelector('noscript button')")
    assert await browser.value("document.documentElement.scrollWidth") <= width


async def test_an_application_solves_it_as_well(site: Site) -> None:
    """With nothing but the protocol's words."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(
        cookie_jar=jar, headers={"Accept": "application/json"}
    ) as client:
        async with client.get(f"{site.url}/api") as answer:
            said: dict[str, Any] = await answer.json()
            assert (answer.status, said["error"]) == (403, "challenge")
        challenge = said["challenge"]
        number = next(
            n
            for n in range(challenge.pop("maxnumber") + 1)
            if hashlib.sha256(f"{challenge['salt']}{n}".encode()).hexdigest()
            == challenge["challenge"]
        )
        payload = base64.b64encode(json.dumps({**challenge, "number": number}).encode()).decode()
        async with client.post(site.url + said["verify"], json={"altcha": payload}) as answer:
            assert answer.status == 204
        async with client.get(f"{site.url}/api") as answer:
            assert answer.status == 200
            assert "Welcome to /api" in await answer.text()
