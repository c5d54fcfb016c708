"""The JSON interface: the same rules as the form."""

import pytest

GOOD = {
    "branch": "damascus",
    "date": "2026-11-26",
    "full_name": "Perlak Axel",
    "national_id": "01234567890",
    "phone": "0944123456",
}


async def test_tells_what_is_left(serve) -> None:
    client = await serve(places=7)
    answer = await client.get("/api/availability?lang=en")
    told = await answer.json()
    days = ["2026-11-26", "2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"]
    assert told["places_per_day"] == 7
    assert told["dates"] == days
    assert [branch["id"] for branch in told["branches"]] == [
        "damascus",
        "aleppo",
        "homs",
        "latakia",
    ]
    assert told["branches"][0] == {
        "id": "damascus",
        "name": "Damascus branch",
        "left": dict.fromkeys(days, 7),
    }


async def test_books_once(serve) -> None:
    client = await serve(places=1)
    answer = await client.post("/api/bookings", json=GOOD)
    booked = await answer.json()
    assert answer.status == 201
    assert len(booked.pop("reference")) == 8
    assert booked == GOOD


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param(GOOD, 409, "already-booked", id="the same person"),
        pytest.param(GOOD | {"national_id": "1" * 11}, 409, "full", id="the day is full"),
        pytest.param(GOOD | {"phone": 944123456}, 422, "invalid", id="a number for a text"),
        pytest.param({}, 422, "invalid", id="nothing"),
        pytest.param([GOOD], 400, "bad-json", id="a list"),
        pytest.param("text", 400, "bad-json", id="a text"),
    ],
)
async def test_refuses(serve, body, status, error) -> None:
    client = await serve(places=1)
    await client.post("/api/bookings", json=GOOD)
    answer = await client.post("/api/bookings", json=body)
    assert (answer.status, (await answer.json())["error"]) == (status, error)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="cut off"),
        pytest.param(b"", "application/json", 400, id="empty"),
        pytest.param(b'{"a": "\xff"}', "application/json", 400, id="not UTF-8"),
        pytest.param(b"{}", "application/json; charset=klingon", 400, id="an unknown charset"),
        pytest.param(b"[" * 60_000, "application/json", 400, id="nested without end"),
        pytest.param(b"a=b", "application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param(b" " * 70_000, "application/json", 413, id="too large"),
    ],
)
async def test_survives_nonsense(serve, body, kind, status) -> None:
    client = await serve()
    answer = await client.post("/api/bookings", data=body, headers={"Content-Type": kind})
    assert answer.status == status
    assert answer.content_type == "application/json"
    assert "error" in await answer.json()


async def test_names_the_fields_in_the_callers_language(serve) -> None:
    client = await serve()
    answer = await client.post("/api/bookings?lang=en", json=GOOD | {"phone": "x"})
    assert (await answer.json())["fields"] == {"phone": "Write a phone number of 7 to 15 digits."}


async def test_unknown_addresses_are_refused_in_json(serve) -> None:
    client = await serve()
    answer = await client.get("/api/nothing")
    assert (answer.status, await answer.json()) == (404, {"error": "http-404"})
