"""What every page has: a language, headers, a look; static files; errors."""

import asyncio

import pytest

PAGES = [
    "/",
    "/booking/",
    "/booking/mine",
    "/live",
    "/photo",
    "/help",
    "/help/documents",
    "/search",
    "/search?q=جواز",
    "/login",
    "/signup",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
async def test_every_page_comes_in_every_language(serve, path, language, direction) -> None:
    client = await serve()
    answer = await client.get(path, headers={"Accept-Language": language})
    page = await answer.text()
    assert answer.status == 200
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert " style=" not in page, "the policy would forbid it"


async def test_a_chosen_language_is_remembered(serve) -> None:
    client = await serve()
    await client.get("/?lang=en")
    assert 'lang="en" dir="ltr"' in await (await client.get("/booking/")).text()
    await client.get("/?lang=klingon")
    assert 'lang="en" dir="ltr"' in await (await client.get("/booking/")).text()


async def test_the_other_language_is_one_click_away(serve) -> None:
    client = await serve()
    page = await (await client.get("/search?q=a%26b&lang=ar")).text()
    assert 'href="/search?q=a%26b&amp;lang=en"' in page


async def test_home_offers_what_is_left(serve) -> None:
    client = await serve(places=0)
    page = await (await client.get("/")).text()
    assert page.count("لا أماكن") == 4 * 5
    assert 'href="/booking/?branch=' not in page
    client = await serve(places=1)
    page = await (await client.get("/")).text()
    assert page.count('href="/booking/?branch=') == 4 * 5


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/help/nothing", 404),
        ("GET", "/photo/nothing", 404),
        ("GET", "/static/secret.txt", 404),
        ("GET", "/static/..%2fsite.py", 404),
        ("GET", "/%ff%00?lang=en&x=%ff", 404),
        ("DELETE", "/booking/", 405),
        ("PATCH", "/", 405),
    ],
)
async def test_errors_have_the_sites_own_look(serve, method, path, status) -> None:
    client = await serve()
    answer = await client.request(method, path)
    assert answer.status == status
    assert answer.content_type == "text/html"
    assert "<h1>" in await answer.text()
    assert ("Allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"a=\xff", "application/x-www-form-urlencoded", 400, id="not UTF-8"),
        pytest.param(b"a=%ff", "application/x-www-form-urlencoded", 422, id="escaped, not UTF-8"),
        pytest.param(
            b"a=b", "application/x-www-form-urlencoded; charset=klingon", 400, id="charset"
        ),
        pytest.param(b"x", "multipart/form-data; boundary=b", 400, id="broken multipart"),
        pytest.param(b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413, id="large"),
        pytest.param(b"a=b", "text/plain", 422, id="not a form"),
    ],
)
async def test_forms_survive_nonsense(serve, body, kind, status) -> None:
    client = await serve()
    answer = await client.post("/booking/confirm", data=body, headers={"Content-Type": kind})
    assert answer.status == status
    assert answer.content_type == "text/html"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("app.css", "text/css"), ("app.js", "text/javascript"), ("logo.svg", "image/svg+xml")],
)
async def test_static_files_may_be_kept(serve, name, kind) -> None:
    client = await serve()
    answer = await client.get(f"/static/{name}")
    assert (answer.status, answer.content_type) == (200, kind)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert (
        f"/static/{name}?v={answer.headers['ETag'].strip(chr(34))}"
        in await (await client.get("/live")).text()
    )
    tag = answer.headers["ETag"]
    again = await client.get(f"/static/{name}", headers={"If-None-Match": f'"old", W/{tag}'})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    changed = await client.get(f"/static/{name}", headers={"If-None-Match": '"old"'})
    assert changed.status == 200


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(b"GET /\xff\xfe?q=\xff HTTP/1.1", 400, id="in the address"),
        pytest.param(b"GET / HTTP/1.1\r\nCookie: session=\xff; lang=\xfe", 200, id="in a cookie"),
        pytest.param(b"GET / HTTP/1.1\r\nAccept-Language: \xff;q=\xff", 200, id="in a field"),
    ],
)
async def test_survives_bytes_that_are_no_text(serve, head, status) -> None:
    client = await serve()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert int(answer.split()[1]) == status


async def test_health_needs_no_page(serve) -> None:
    client = await serve()
    answer = await client.get("/health")
    assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_our_own_mistake_is_a_page_too(serve, monkeypatch, caplog) -> None:
    client = await serve()
    monkeypatch.setattr("gateway.demo.search.search", lambda _: 1 / 0)
    answer = await client.get("/search?lang=en")
    assert answer.status == 500
    assert "Something went wrong on our side" in await answer.text()
    assert "GET /search failed" in caplog.text


async def test_many_at_once_are_all_served(serve) -> None:
    client = await serve(base_seconds=0.001, capacity=1)
    answers = await asyncio.gather(*(client.get("/") for _ in range(30)))
    assert [answer.status for answer in answers] == [200] * 30
