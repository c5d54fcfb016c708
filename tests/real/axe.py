"""axe-core in the browser: what in a page keeps people out."""

import json
from typing import Any, Final

from browser import Browser
from running import REPOSITORY

_SOURCE: Final = REPOSITORY / ".axe/axe_playwright_python/axe.min.js"
# Letters that join are no icons, as axe takes them for by their width, and leaves them out.
_JOINED: Final = (
    "CanvasRenderingContext2D.prototype.measureText = text => ({width: 10 * text.length});"
)
_RUN: Final = (
    "window.found = null;"
    "axe.run(document, {rules: {'target-size': {enabled: true}},"
    "preload: false, resultTypes: ['violations', 'incomplete']}).then(got => {"
    "window.found = got.violations.concat(got.incomplete)"
    ".map(one => [one.id, one.help, one.nodes.map(node => node.html.slice(0, 200) + ' ' +"
    "node.any.concat(node.all).map(check => check.message).join('; '))])"
    "})"
)


async def axe(browser: Browser) -> list[Any]:
    """Its findings on the page as it is, those too that it is not sure of: rule, what, where."""
    assert _SOURCE.exists(), "axe-core is missing: make test-packages lays it there"
    if not await browser.value("'axe' in window"):
        await browser.value(_SOURCE.read_text("utf-8") + ";" + _JOINED)
    await browser.value(_RUN)
    found: list[Any] = json.loads(await browser.until("window.found && JSON.stringify(found)"))
    return found
