"""The platform is asked how many places there are: what it answers, and when it does not."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from helpers import FakeClock

from gateway.control.quota import BODY_BYTES, PlatformQuota, number_in
from gateway.settings.quotas import QuotaSource

Serve = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("part", "headers", "body", "number"),
    [
        pytest.param("json.left", {}, b'{"left": 120}', 120, id="a field"),
        pytest.param("json.today.left", {}, b'{"today": {"left": 0}}', 0, id="a deep one"),
        pytest.param("json.left", {}, b'{"left": "120"}', 120, id="as a text"),
        pytest.param("header.X-Left", {"X-Left": " 7 "}, b"", 7, id="a header"),
        pytest.param("json.left", {}, b'{"left": true}', None, id="true"),
        pytest.param("json.left", {}, b'{"left": -1}', None, id="below none"),
        pytest.param("json.left", {}, b'{"left": 1.5}', None, id="a half"),
        pytest.param("json.left", {}, b'{"left": 1000001}', None, id="beyond belief"),
        pytest.param("json.left", {}, b"{}", None, id="no field"),
        pytest.param("json.left", {}, b"<html>", None, id="no JSON"),
        pytest.param("header.X-Left", {}, b"", None, id="no header"),
    ],
)
def test_the_number_in_an_answer(
    part: str, headers: dict[str, str], body: bytes, number: int | None
) -> None:
    if number is None:
        with pytest.raises(ValueError, match=r"no number of places|Expecting value"):
            number_in(part, headers, body)
    else:
        assert number_in(part, headers, body) == number


class Scene:
    """A platform that says what the test says, and who asks it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.taken = 0
        self.answer: Callable[[], web.Response] = lambda: web.json_response({"left": 10})
        self.asked: dict[str, str] = {}

    async def start(self, serve: Serve, **source: Any) -> PlatformQuota:
        app = web.Application()
        app.router.add_get("/places", self._said)
        server = await serve(app)
        model = QuotaSource.model_validate({"url": str(server.make_url("/places")), **source})
        return PlatformQuota("passports", model, self.clock, self._counted)

    async def _counted(self) -> int:
        return self.taken

    async def _said(self, request: web.Request) -> web.Response:
        self.asked = dict(request.headers)
        return self.answer()


async def ask(quota: PlatformQuota) -> None:
    async with aiohttp.ClientSession() as session:
        await quota.ask(session)


async def test_what_is_left_goes_on_top_of_what_was_taken_before(aiohttp_server: Serve) -> None:
    scene = Scene()
    quota = await scene.start(aiohttp_server, headers={"X-Key": "secret"})
    assert not quota.fresh
    scene.taken = 5

    def one_more_is_booked() -> web.Response:
        scene.taken = 6
        return web.json_response({"left": 9})

    scene.answer = one_more_is_booked
    await ask(quota)
    assert (quota.places, quota.fresh) == (14, True), "never more than there are"
    assert scene.asked["X-Key"] == "secret"
    await ask(quota)
    assert quota.places == 15


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: web.Response(status=500), id="an error"),
        pytest.param(lambda: web.Response(status=302, headers={"Location": "/"}), id="elsewhere"),
        pytest.param(lambda: web.json_response({"left": None}), id="no number"),
        pytest.param(lambda: web.Response(body=b"1" * (BODY_BYTES + 1)), id="too much"),
    ],
)
async def test_what_was_said_last_holds_for_a_while(
    aiohttp_server: Serve, answer: Callable[[], web.Response]
) -> None:
    scene = Scene()
    quota = await scene.start(aiohttp_server, says="all", holds="30s")
    scene.taken = 7
    await ask(quota)
    scene.answer = answer
    scene.clock.advance(30)
    await ask(quota)
    assert (quota.places, quota.fresh, quota.failures) == (10, True, 1)
    scene.clock.advance(0.001)
    assert (quota.places, quota.fresh) == (10, False)
    scene.answer = lambda: web.json_response({"left": 3})
    await ask(quota)
    assert (quota.places, quota.fresh) == (3, True)


async def test_another_opening_knows_nothing_of_the_last(aiohttp_server: Serve) -> None:
    scene = Scene()
    quota = await scene.start(aiohttp_server)
    await ask(quota)

    def meanwhile() -> web.Response:
        quota.begin()
        return web.json_response({"left": 10})

    scene.answer = meanwhile
    await ask(quota)
    assert quota.places is None, "it was asked for the opening before"
