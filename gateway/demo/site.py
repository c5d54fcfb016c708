"""Build the site out of its settings."""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from gateway.demo import assets
from gateway.demo.accounts import DEMO_PASSWORD, DEMO_USERNAME
from gateway.demo.load import LOAD, Load
from gateway.demo.middlewares import MIDDLEWARES
from gateway.demo.pages import SETTINGS
from gateway.demo.settings import Settings
from gateway.demo.store import STORE, Store
from gateway.demo.views import account, api, booking, home, live, photo

# A form is a few hundred bytes. Photos have a bound of their own (photos.py).
_MAX_BODY: Final = 64 * 1024


def make_app(settings: Settings) -> web.Application:
    """The site, ready to be served; the database is opened when it starts.

    Starting raises StoreError when the database cannot be opened or written.
    """
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=_MAX_BODY)
    app[SETTINGS] = settings
    app[STORE] = Store(settings.database)
    app[LOAD] = Load(settings)
    app[live.SOCKETS] = set()
    for part in (assets, home, booking, account, photo, live, api):
        app.add_routes(part.ROUTES)
    app.cleanup_ctx.append(_database)
    app.on_shutdown.append(live.close_sockets)
    return app


async def _database(app: web.Application) -> AsyncIterator[None]:
    store = app[STORE]
    await store.open()
    try:
        await account.make_account(store, DEMO_USERNAME, DEMO_PASSWORD)
        yield
    finally:
        await store.close()
