"""What every request goes through, outermost first: load, faults, visit, errors on purpose."""

import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.demo import accounts
from gateway.demo.load import LOAD, hang_up, is_dynamic
from gateway.demo.pages import LANGUAGE_COOKIE, SESSION_COOKIE, SETTINGS, VISIT, Visit, message
from gateway.demo.settings import Fail
from gateway.demo.store import STORE
from gateway.demo.texts import TEXTS, choose_language

_log: Final = logging.getLogger("dawr.demo")
_PAGES: Final = {400, 403, 404, 405, 413, 500, 503}
_YEAR: Final = 365 * 24 * 3600


_FAILURE: Final = web.RequestKey("failure", Fail)


@web.middleware
async def load(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the time a loaded server takes; be slow or hang up as told."""
    if not is_dynamic(request.path):
        return await handler(request)
    site = request.app[LOAD]
    failure = request[_FAILURE] = site.next_failure()
    async with site:
        if failure is Fail.SLOW:
            await site.wait_slow()
        response = await handler(request)
    return await hang_up(request, response) if failure is Fail.HANGUP else response


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into pages of the site's own look, or into JSON below /api/."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _fault(request, error.status, {"Allow": error.headers.get("Allow", "")})
    except Exception:
        _log.exception("%s %s failed", request.method, request.path)
        return _fault(request, 500, {})


def _fault(request: web.Request, status: int, headers: dict[str, str]) -> web.StreamResponse:
    answer: web.Response
    if request.path.startswith("/api/"):
        answer = web.json_response({"error": f"http-{status}"}, status=status)
    else:
        shown = status if status in _PAGES else (400 if status < 500 else 500)
        answer = message(request, f"fault.{shown}", status=status)
    answer.headers.update({name: value for name, value in headers.items() if value})
    return answer


@web.middleware
async def visit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Learn the language and who is signed in; remember a language that was chosen."""
    asked = request.query.get("lang")
    language = choose_language(
        asked, request.cookies.get(LANGUAGE_COOKIE), request.headers.get("Accept-Language")
    )
    token = request.cookies.get(SESSION_COOKIE)
    account = None
    if token:
        account = await request.app[STORE].read(
            accounts.of_session, accounts.token_hash(token), request.app[SETTINGS].today()
        )
    request[VISIT] = Visit(TEXTS[language], token, account)
    response = await handler(request)
    if asked == language and not response.prepared:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax")
    return response


@web.middleware
async def errors_on_purpose(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The innermost, so that the error page comes in the visitor's language."""
    if request.get(_FAILURE) is Fail.ERROR:
        raise web.HTTPInternalServerError
    return await handler(request)


MIDDLEWARES: Final = (load, faults, visit, errors_on_purpose)
