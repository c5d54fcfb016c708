"""Upload a photo and look at it."""

from typing import Final

from aiohttp import BodyPartReader, web

from gateway.demo import photos
from gateway.demo.pages import check_csrf, page
from gateway.demo.photos import MAX_PHOTO_BYTES, Photo, kind_of
from gateway.demo.store import STORE

_MAX_TEXT: Final = 1024
_MAX_PARTS: Final = 8


async def upload_page(request: web.Request) -> web.Response:
    return _form(request)


async def upload(request: web.Request) -> web.Response:
    """POST /photo: 201 with the photo, 413 too large, 415 neither JPEG nor PNG, 422 none."""
    if request.content_type != "multipart/form-data":
        return _form(request, "photo.missing", status=422)
    try:
        parts = await _read_parts(request)
    except ValueError as error:  # what aiohttp raises for a body that is not what it says
        raise web.HTTPBadRequest from error
    check_csrf(request, parts.get("csrf", b"").decode("utf-8", "replace"))
    image = parts.get("photo", b"")
    if not image:
        return _form(request, "photo.missing", status=422)
    if len(image) > MAX_PHOTO_BYTES:
        return _form(request, "photo.large", status=413)
    if (kind := kind_of(image)) is None:
        return _form(request, "photo.kind", status=415)
    photo_id = photos.new_id()
    await request.app[STORE].write(photos.keep, photo_id, Photo(kind, image))
    response = page(request, "photo.html", status=201, mistake="", photo_id=photo_id)
    response.headers["Location"] = f"/photo/{photo_id}"
    return response


async def show(request: web.Request) -> web.Response:
    """GET /photo/ID: the image as it came."""
    photo = await request.app[STORE].read(photos.find, request.match_info["id"])
    if photo is None:
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": "private, max-age=300",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Type": photo.kind,
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=photo.image, headers=headers)


async def _read_parts(request: web.Request) -> dict[str, bytes]:
    """The parts by name, each cut one byte past its bound; what is beyond is not read."""
    parts: dict[str, bytes] = {}
    reader = await request.multipart()
    for _ in range(_MAX_PARTS):
        part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise web.HTTPBadRequest
        bound = MAX_PHOTO_BYTES if part.name == "photo" else _MAX_TEXT
        parts[part.name] = await _read_part(part, bound)
        if len(parts[part.name]) > bound:
            break
    return parts


async def _read_part(part: BodyPartReader, bound: int) -> bytes:
    content = bytearray()
    while len(content) <= bound and (chunk := await part.read_chunk(64 * 1024)):
        content += chunk
    return bytes(content)


def _form(request: web.Request, mistake: str = "", *, status: int = 200) -> web.Response:
    return page(request, "photo.html", status=status, mistake=mistake, photo_id="")


ROUTES: Final = [
    web.get("/photo", upload_page),
    web.post("/photo", upload),
    web.get("/photo/{id}", show),
]
