"""The site as it should not be, on purpose."""

from fractions import Fraction

import pytest
from aiohttp import ClientPayloadError, ClientTimeout

from gateway.demo.settings import Fail

SPARED = ["/health", "/static/app.css"]
BOOKING = {
    "branch": "homs",
    "date": "2026-11-26",
    "full_name": "Perlak Axel",
    "national_id": "01234567890",
    "phone": "0944123456",
}


async def test_errors(serve) -> None:
    client = await serve(fail=Fail.ERROR)
    assert (await client.get("/")).status == 500
    page = await (await client.get("/booking/?lang=en")).text()
    assert "Something went wrong on our side" in page
    answer = await client.post("/api/bookings", json=BOOKING)
    assert (answer.status, await answer.json()) == (500, {"error": "http-500"})


@pytest.mark.parametrize("fail", [Fail.ERROR, Fail.HANGUP])
@pytest.mark.parametrize("path", SPARED)
async def test_spares_health_and_static_files(serve, fail, path) -> None:
    client = await serve(fail=fail)
    answer = await client.get(path)
    assert answer.status == 200
    assert await answer.read()


async def test_hangs_up_in_the_middle_of_the_answer(serve) -> None:
    client = await serve(fail=Fail.HANGUP)
    answer = await client.get("/")
    assert answer.status == 200
    promised = int(answer.headers["Content-Length"])
    with pytest.raises(ClientPayloadError):
        await answer.read()
    assert 0 < answer.content.total_bytes < promised


@pytest.mark.parametrize("path", ["/booking", "/nowhere"])
async def test_hangs_up_on_every_answer(serve, path) -> None:
    client = await serve(fail=Fail.HANGUP)
    answer = await client.get(path, allow_redirects=False)
    with pytest.raises(ClientPayloadError):
        await answer.read()


async def test_what_was_done_before_hanging_up_stays_done(serve) -> None:
    client = await serve(fail=Fail.HANGUP, fail_share=Fraction(1, 2))
    await client.get("/")
    answer = await client.post("/api/bookings", json=BOOKING)
    assert answer.status == 201
    with pytest.raises(ClientPayloadError):
        await answer.read()
    again = await client.post("/api/bookings", json=BOOKING)
    assert (again.status, (await again.json())["error"]) == (409, "already-booked")


async def test_only_the_share_fails(serve) -> None:
    client = await serve(fail=Fail.ERROR, fail_share=Fraction(1, 4))
    statuses = []
    for _ in range(8):
        statuses.append((await client.get("/")).status)
        await client.get("/health")
    assert statuses == [200, 200, 200, 500] * 2


async def test_is_slow(serve) -> None:
    client = await serve(fail=Fail.SLOW, slow_seconds=3600)
    with pytest.raises(TimeoutError):
        await client.get("/", timeout=ClientTimeout(total=0.05))
    assert (await client.get("/health")).status == 200
