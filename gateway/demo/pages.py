"""Pages: who is looking, in which language, and the templates they are made of.

On forged requests (CSRF). A form needs its token only from somebody who is signed in, and the token
is made from the session, so there is nothing to store. Anonymous forms carry no authority that
another site could borrow: a booking needs the citizen's own data, cancelling needs the reference.
The JSON interface does not look at the session at all.
"""

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from multidict import MultiDict

from gateway.demo.accounts import Account, csrf_of
from gateway.demo.assets import asset_address
from gateway.demo.branches import BRANCHES
from gateway.demo.forms import MAX_VALUE, text_of
from gateway.demo.settings import Settings
from gateway.demo.texts import LANGUAGES, TEXTS, Texts

SETTINGS: Final = web.AppKey("settings", Settings)
SESSION_COOKIE: Final = "session"
LANGUAGE_COOKIE: Final = "lang"

# Pages change with every booking and may show somebody's own data.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is looking and in which language."""

    texts: Texts
    token: str | None = None
    account: Account | None = None

    @property
    def csrf(self) -> str | None:
        """What this visitor's forms carry; None for those who need none."""
        return csrf_of(self.token) if self.account and self.token else None


VISIT: Final = web.RequestKey("visit", Visit)
_FIRST_VISIT: Final = Visit(TEXTS[LANGUAGES[0]])

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(asset=asset_address, branches=BRANCHES)


def visit_of(request: web.Request) -> Visit:
    """A request that failed before it was looked at is a first visit."""
    visit: Visit = request.get(VISIT, _FIRST_VISIT)
    return visit


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The template's page, in the visitor's language."""
    visit = visit_of(request)
    other = next(one for one in LANGUAGES if one != visit.texts.language)
    text = _templates.get_template(template).render(
        t=visit.texts,
        visit=visit,
        other=TEXTS[other],
        other_address=str(request.rel_url.update_query(lang=other)),
        path=request.path,
        **values,
    )
    headers = {**_HEADERS, "Content-Language": visit.texts.language}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def message(request: web.Request, key: str, *, status: int) -> web.Response:
    """A page that says one thing: a title and a text of the catalogue, under `key`."""
    return page(request, "message.html", status=status, key=key)


def see_other(address: str) -> web.Response:
    """After a form that worked: look there, and a reload does no harm."""
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


async def read_form(request: web.Request) -> dict[str, str]:
    """The form's texts by name, the first of each; HTTPBadRequest for one nobody can read."""
    try:
        form: MultiDict[object] = MultiDict(await request.post())
    except (LookupError, ValueError) as error:  # an unknown charset, bytes that are not in it
        raise web.HTTPBadRequest from error
    return {name: text_of(form[name])[:MAX_VALUE] for name in form}


def check_csrf(request: web.Request, given: str | None) -> None:
    """Raises HTTPForbidden when the form was not made by a page of this session."""
    expected = visit_of(request).csrf
    if expected is not None and not hmac.compare_digest(expected.encode(), (given or "").encode()):
        raise web.HTTPForbidden
