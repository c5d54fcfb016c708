"""Sign up, sign in, sign out, and what a session is needed for."""

import re
from datetime import date

import pytest

from gateway.demo.accounts import DEMO_PASSWORD, DEMO_USERNAME, csrf_of, is_username

DEMO = {"username": DEMO_USERNAME, "password": DEMO_PASSWORD}
BOOKING = {
    "branch": "homs",
    "date": "2026-11-26",
    "full_name": "سارة محمود",
    "national_id": "01234567890",
    "phone": "0944123456",
}


async def csrf_on(client, path: str) -> str:
    page = await (await client.get(path)).text()
    return re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]


def session_of(client) -> str:
    cookies = client.session.cookie_jar.filter_cookies(client.make_url("/"))
    return cookies["session"].value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("someone@example.org", True),
        ("01234567890", True),
        ("0123456789", False),
        ("someone", False),
        ("@example.org", False),
        ("a b@example.org", False),
        ("a@" + "x" * 300 + ".org", False),
    ],
)
def test_a_user_name_is_an_address_or_a_national_number(name: str, expected: bool) -> None:
    assert is_username(name) is expected


async def test_signs_the_demonstration_account_in(serve) -> None:
    client = await serve()
    page = await (await client.get("/login")).text()
    assert DEMO_USERNAME in page
    assert DEMO_PASSWORD in page
    answer = await client.post("/login", data=DEMO, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/booking/mine")
    cookie = answer.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 'action="/logout"' in await (await client.get("/")).text()


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(DEMO | {"password": "jawaz-2027"}, id="a wrong password"),
        pytest.param(DEMO | {"username": "nobody@example.test"}, id="an unknown name"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_refuses_without_telling_what_was_wrong(serve, form) -> None:
    client = await serve()
    answer = await client.post("/login?lang=en", data=form)
    assert answer.status == 401
    assert "The user name or the password is wrong." in await answer.text()
    assert "session" not in answer.cookies


@pytest.mark.parametrize(
    ("form", "status"),
    [
        pytest.param({"username": " New@Example.org ", "password": "12345678"}, 303, id="new"),
        pytest.param({"username": "01234567890", "password": "x" * 128}, 303, id="by number"),
        pytest.param({"username": "a@b.org", "password": "1234567"}, 422, id="short password"),
        pytest.param({"username": "a@b.org", "password": "x" * 129}, 422, id="long password"),
        pytest.param({"username": "nobody", "password": "12345678"}, 422, id="not a name"),
        pytest.param({"username": "DEMO@example.test", "password": "12345678"}, 409, id="taken"),
    ],
)
async def test_signs_up(serve, form, status) -> None:
    client = await serve()
    answer = await client.post("/signup", data=form, allow_redirects=False)
    assert answer.status == status


async def test_a_new_account_can_sign_in_again(serve) -> None:
    client = await serve()
    form = {"username": "New@example.org", "password": "كلمة مرور طويلة"}
    await client.post("/signup", data=form)
    client.session.cookie_jar.clear()
    again = form | {"username": "new@example.org"}
    assert (await client.post("/login", data=again, allow_redirects=False)).status == 303


async def test_signing_out_ends_the_session_everywhere(serve) -> None:
    client = await serve()
    await client.post("/login", data=DEMO)
    stolen = {"Cookie": f"session={session_of(client)}"}
    token = await csrf_on(client, "/")
    answer = await client.post("/logout", data={"csrf": token}, allow_redirects=False)
    assert answer.status == 303
    client.session.cookie_jar.clear()
    page = await (await client.get("/", headers=stolen)).text()
    assert 'action="/logout"' not in page


@pytest.mark.parametrize(
    ("days", "signed_in"), [pytest.param(7, True, id="a week"), pytest.param(8, False, id="more")]
)
async def test_a_session_ends_after_a_week(serve, days, signed_in) -> None:
    today = [date(2026, 11, 1)]
    client = await serve(today=lambda: today[0])
    await client.post("/login", data=DEMO)
    today[0] = date(2026, 11, 1 + days)
    page = await (await client.get("/")).text()
    assert ('action="/logout"' in page) is signed_in


@pytest.mark.parametrize("path", ["/logout", "/booking/confirm", "/booking/cancel"])
@pytest.mark.parametrize("csrf", [{}, {"csrf": "0" * 64}, {"csrf": "رمز"}])
async def test_a_form_from_elsewhere_is_refused(serve, path, csrf) -> None:
    client = await serve()
    await client.post("/login", data=DEMO)
    assert (await client.post(path, data=BOOKING | csrf)).status == 403


async def test_shows_what_the_account_booked_and_nothing_else(serve) -> None:
    client = await serve()
    other = BOOKING | {"national_id": "1" * 11, "full_name": "Somebody Else"}
    await client.post("/booking/confirm", data=other)
    await client.post("/login", data=DEMO)
    form = BOOKING | {"csrf": csrf_of(session_of(client))}
    assert (await client.post("/booking/confirm", data=form)).status == 201
    page = await (await client.get("/booking/mine")).text()
    assert "سارة محمود" in page
    assert "Somebody Else" not in page


async def test_a_cookie_of_nonsense_is_nobody(serve) -> None:
    client = await serve()
    answer = await client.get("/booking/mine", headers={"Cookie": "session=\u00ff%00; lang=xx"})
    assert answer.status == 200
