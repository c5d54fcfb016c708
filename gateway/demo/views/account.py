"""Sign in, sign up, sign out."""

import asyncio
import hmac
from typing import Final

from aiohttp import web

from gateway.demo import accounts
from gateway.demo.accounts import (
    DEMO_PASSWORD,
    DEMO_USERNAME,
    PASSWORD_LENGTHS,
    SESSION_DAYS,
    Account,
)
from gateway.demo.pages import (
    SESSION_COOKIE,
    SETTINGS,
    check_csrf,
    page,
    read_form,
    see_other,
)
from gateway.demo.store import STORE, Store

_AFTER: Final = "/booking/mine"
# Hashed against when there is no such account, so that an answer takes as long as for any other.
_NO_SALT: Final = bytes(16)


async def login_page(request: web.Request) -> web.Response:
    return _form(request, "login.html")


async def login(request: web.Request) -> web.Response:
    """POST /login: 303 and a session, or 401 without telling what of the two was wrong."""
    form = await read_form(request)
    username = accounts.plain_username(form.get("username", ""))
    found = await request.app[STORE].read(accounts.find, username)
    account, salt, expected = found or (None, _NO_SALT, b"")
    given = await asyncio.to_thread(accounts.hash_password, form.get("password", ""), salt)
    if account is None or not hmac.compare_digest(given, expected):
        return _form(request, "login.html", username, "login.wrong", status=401)
    return await _signed_in(request, account)


async def signup_page(request: web.Request) -> web.Response:
    return _form(request, "signup.html")


async def signup(request: web.Request) -> web.Response:
    """POST /signup: 303 and a session, 422 for what cannot be, 409 for a name that is taken."""
    form = await read_form(request)
    username = accounts.plain_username(form.get("username", ""))
    password = form.get("password", "")
    if not accounts.is_username(username):
        return _form(request, "signup.html", username, "signup.username", status=422)
    if len(password) not in PASSWORD_LENGTHS:
        return _form(request, "signup.html", username, "signup.password", status=422)
    account = await make_account(request.app[STORE], username, password)
    if account is None:
        return _form(request, "signup.html", username, "signup.taken", status=409)
    return await _signed_in(request, account)


async def logout(request: web.Request) -> web.Response:
    """POST /logout: the session ends here and in the browser."""
    form = await read_form(request)
    check_csrf(request, form.get("csrf"))
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await request.app[STORE].write(accounts.end_session, accounts.token_hash(token))
    response = see_other("/")
    response.del_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Lax")
    return response


async def no_logout_by_link(_: web.Request) -> web.Response:
    """A link must not sign anybody out: an image on another site could be that link."""
    return see_other("/")


async def make_account(store: Store, username: str, password: str) -> Account | None:
    """A new account; None when the name is taken or the house is full."""
    salt = accounts.new_salt()
    hashed = await asyncio.to_thread(accounts.hash_password, password, salt)
    return await store.write(accounts.create, username, salt, hashed)


def _form(
    request: web.Request, template: str, username: str = "", mistake: str = "", *, status: int = 200
) -> web.Response:
    response = page(
        request,
        template,
        status=status,
        username=username,
        mistake=mistake,
        demo={"username": DEMO_USERNAME, "password": DEMO_PASSWORD},
    )
    if status == 401:  # RFC 9110, 15.5.2: a 401 names a scheme; browsers ask nothing for this one
        response.headers["WWW-Authenticate"] = 'Cookie realm="passports"'
    return response


async def _signed_in(request: web.Request, account: Account) -> web.Response:
    token = accounts.new_token()
    await request.app[STORE].write(
        accounts.start_session,
        accounts.token_hash(token),
        account.id,
        request.app[SETTINGS].today(),
    )
    response = see_other(_AFTER)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=request.secure,
    )
    return response


ROUTES: Final = [
    web.get("/login", login_page),
    web.post("/login", login),
    web.get("/signup", signup_page),
    web.post("/signup", signup),
    web.post("/logout", logout),
    web.get("/logout", no_logout_by_link),
]
