"""The page with the WebSocket."""

import pytest
from aiohttp import WSCloseCode, WSMsgType

from gateway.demo.views import live

BOOKING = {
    "branch": "homs",
    "date": "2026-11-26",
    "full_name": "Perlak Axel",
    "national_id": "01234567890",
    "phone": "0944123456",
}


async def test_pushes_what_is_left_as_it_changes(serve) -> None:
    client = await serve(places=5, live_seconds=0.001)
    async with client.ws_connect("/live/socket") as socket:
        first = await socket.receive_json()
        assert first["type"] == "places"
        assert first["left"]["homs"]["2026-11-26"] == 5
        await client.post("/api/bookings", json=BOOKING)
        while (await socket.receive_json())["left"]["homs"]["2026-11-26"] != 4:
            pass


async def test_answers_a_ping(serve) -> None:
    client = await serve(live_seconds=60)
    async with client.ws_connect("/live/socket") as socket:
        await socket.receive_json()
        await socket.send_str("what?")
        await socket.send_str("ping")
        assert await socket.receive_str() == "pong"


async def test_a_message_too_large_ends_it(serve) -> None:
    client = await serve(live_seconds=60)
    async with client.ws_connect("/live/socket") as socket:
        await socket.receive_json()
        await socket.send_str("x" * 5000)
        end = await socket.receive()
        assert (end.type, end.data) == (WSMsgType.CLOSE, WSCloseCode.MESSAGE_TOO_BIG)


async def test_is_closed_when_the_site_ends(serve) -> None:
    client = await serve(live_seconds=60)
    async with client.ws_connect("/live/socket") as socket:
        await socket.receive_json()
        await live.close_sockets(client.app)
        end = await socket.receive()
        assert (end.type, end.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)


async def test_sockets_are_bounded_and_forgotten(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_SOCKETS", 1)
    client = await serve(live_seconds=60)
    async with client.ws_connect("/live/socket") as socket:
        await socket.receive_json()
        assert (await client.get("/live/socket")).status == 503
    async with client.ws_connect("/live/socket") as socket:
        await socket.receive_json()


async def test_the_page_has_the_numbers_without_javascript(serve) -> None:
    client = await serve(places=321)
    page = await (await client.get("/live")).text()
    assert page.count(">321</strong>") == 4 * 5


async def test_the_socket_is_not_a_page(serve) -> None:
    client = await serve()
    assert (await client.get("/live/socket")).status == 400
