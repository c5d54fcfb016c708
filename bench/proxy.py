"""A proxy as one writes it with aiohttp: its server before, its client behind, bodies streamed.

`python -m bench.proxy PORT ORIGIN LOG`. One session is shared; a line a request goes to LOG.
"""

import logging
import sys
from typing import Final

import uvloop
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_SESSION: Final = web.AppKey("session", ClientSession)


def _application(origin: str) -> web.Application:
    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP}
        headers["X-Forwarded-For"] = request.remote or ""
        headers["X-Forwarded-Proto"] = request.scheme
        async with request.app[_SESSION].request(
            request.method,
            origin + request.raw_path,
            headers=headers,
            data=request.content if request.body_exists else None,
            allow_redirects=False,
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response

    async def session(app: web.Application) -> None:
        app[_SESSION] = ClientSession(
            connector=TCPConnector(limit=256), cookie_jar=DummyCookieJar(), auto_decompress=False
        )

    async def close(app: web.Application) -> None:
        await app[_SESSION].close()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    app.on_startup.append(session)
    app.on_cleanup.append(close)
    return app


def main(port: int, origin: str, log: str) -> None:
    logger = logging.getLogger("access")
    logger.addHandler(logging.FileHandler(log))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    web.run_app(
        _application(origin),
        host="127.0.0.1",
        port=port,
        access_log=logger,
        loop=uvloop.new_event_loop(),
        print=None,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
