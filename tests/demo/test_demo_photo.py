"""Upload a photo."""

import io
import re

import pytest
from aiohttp import FormData

from gateway.demo.accounts import DEMO_PASSWORD, DEMO_USERNAME
from gateway.demo.photos import MAX_PHOTO_BYTES, MAX_PHOTOS

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"


def form(image: bytes, *, name: str = "photo", filename: str = "me.jpg", **texts: str) -> FormData:
    data = FormData(texts)
    data.add_field(name, io.BytesIO(image), filename=filename, content_type="image/jpeg")
    return data


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        pytest.param(PNG + b"picture", "image/png", id="PNG, whatever its name says"),
        pytest.param(JPEG + b"picture", "image/jpeg", id="JPEG"),
        pytest.param(JPEG.ljust(MAX_PHOTO_BYTES, b"x"), "image/jpeg", id="as large as may be"),
    ],
)
async def test_keeps_and_shows_it(serve, image, kind) -> None:
    client = await serve()
    answer = await client.post("/photo", data=form(image))
    assert answer.status == 201
    shown = await client.get(answer.headers["Location"])
    assert (shown.status, shown.content_type, await shown.read()) == (200, kind, image)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(form(b"GIF89a"), 415, id="a GIF"),
        pytest.param(form(b"<html>"), 415, id="a page in a photo's clothes"),
        pytest.param(form(b""), 422, id="empty"),
        pytest.param(form(JPEG, name="other"), 422, id="in another field"),
        pytest.param(form(JPEG.ljust(MAX_PHOTO_BYTES + 1, b"x")), 413, id="a byte too large"),
        pytest.param({"photo": "text"}, 422, id="a form that is not multipart"),
    ],
)
async def test_refuses(serve, data, status) -> None:
    client = await serve()
    answer = await client.post("/photo", data=data)
    assert answer.status == status
    assert answer.content_type == "text/html"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"x", "multipart/form-data", id="no boundary"),
        pytest.param(b"x", "multipart/form-data; boundary=b", id="no such boundary"),
        pytest.param(b"--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", id="no name"),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="photo"\r\n\r\ncut',
            "multipart/form-data; boundary=b",
            id="cut off",
        ),
    ],
)
async def test_survives_nonsense(serve, body, kind) -> None:
    client = await serve()
    answer = await client.post("/photo", data=body, headers={"Content-Type": kind})
    assert answer.status == 400


async def test_forgets_the_oldest(serve) -> None:
    client = await serve()
    places = []
    for number in range(MAX_PHOTOS + 1):
        answer = await client.post("/photo", data=form(PNG + bytes([number])))
        places.append(answer.headers["Location"])
    statuses = [(await client.get(place)).status for place in places]
    assert statuses == [404] + [200] * MAX_PHOTOS


async def test_needs_the_token_when_signed_in(serve) -> None:
    client = await serve()
    await client.post("/login", data={"username": DEMO_USERNAME, "password": DEMO_PASSWORD})
    assert (await client.post("/photo", data=form(PNG))).status == 403
    page = await (await client.get("/photo")).text()
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
    assert (await client.post("/photo", data=form(PNG, csrf=token))).status == 201
