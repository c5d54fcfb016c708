"""The home page, the help pages, the search and the health check."""

from typing import Final

from aiohttp import web

from gateway.demo import bookings, search
from gateway.demo.articles import ARTICLES, BY_ID
from gateway.demo.days import working_days
from gateway.demo.pages import SETTINGS, page
from gateway.demo.store import STORE


async def home(request: web.Request) -> web.Response:
    settings = request.app[SETTINGS]
    days = working_days(settings.today())
    left = await request.app[STORE].read(bookings.places_left, days, settings.places)
    return page(request, "home.html", days=days, left=left)


async def health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def help_index(request: web.Request) -> web.Response:
    return page(request, "help.html", articles=ARTICLES)


async def help_article(request: web.Request) -> web.Response:
    article = BY_ID.get(request.match_info["id"])
    if article is None:
        raise web.HTTPNotFound
    return page(request, "article.html", article=article)


async def find(request: web.Request) -> web.Response:
    query = request.query.get("q", "")[: search.MAX_QUERY]
    return page(request, "search.html", query=query, found=search.search(query))


ROUTES: Final = [
    web.get("/", home),
    web.get("/health", health),
    web.get("/help", help_index),
    web.get("/help/{id}", help_article),
    web.get("/search", find),
]
