"""A real browser before the waiting page: it tells the truth, shuts nobody out, lets people in."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe import axe
from browser import Browser
from waiting import PAGES, SORRY, VIEWS, Waiting, a_view

from gateway.waitingroom.page import WaitingPage
from gateway.waitingroom.view import OPEN, PREQUEUE, View

# One browser for all: to start it costs more than most of the tests.
pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

# The page's only timer and its clock, in the test's hands; and whether anybody looks at the page.
CLOCK = """
  var ahead = 0, ticks = [], real = Date.prototype.getTime, away = false, sounds = 0;
  Date.prototype.getTime = function () { return real.call(this) + ahead; };
  window.setInterval = function (tick) { ticks.push(tick); };
  window.later = function (seconds) {
    for (; seconds > 0; seconds--) { ahead += 1000; ticks.forEach(tick => tick()); }
  };
  window.sleep = function (seconds) { ahead += (seconds - 1) * 1000; later(1); };
  Object.defineProperty(Document.prototype, 'hidden', {get: () => away});
  window.hide = function (is) { away = is; document.dispatchEvent(new Event('visibilitychange')); };
  Math.random = () => 0.5;
  window.answers = window.sends = 0;
  var send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function () {
    sends += 1;
    this.addEventListener('loadend', () => { answers += 1; });
    return send.apply(this, arguments);
  };
  var start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { sounds += 1; return start.call(this, at); };
"""
# What the page says and whether it is shown, by what the server writes and the script rewrites.
OUTLINE = """(document => JSON.stringify(
  [...document.querySelectorAll('#room, #room [id], #steps li')]
  .filter(one => !/^(say|checked|clock|entering|notyet|pause|itself|sounds|net|do|room)$/
    .test(one.id))
  .map(one => [one.id, one.hidden, one.hidden ? '' : one.querySelector('[id]') ? '' :
    one.textContent.replace(/\\s+/g, ' ').trim(), one.getAttribute('aria-current'), one.className])
  .concat([['state', document.getElementById('room').getAttribute('data-state')],
    ['clock', document.getElementById('clock').hidden],
    ['draw', document.getElementById('draw').getAttribute('href')],
    ['numbers', document.querySelectorAll('#facts div:not([hidden]) bdi').length]])))"""


@pytest_asyncio.fixture(loop_scope="module")
async def site() -> AsyncIterator[Waiting]:
    async with Waiting() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with Browser(tmp_path_factory.mktemp("chromium")) as one:
        await one.do("Page.addScriptToEvaluateOnNewDocument", source=CLOCK)
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> Browser:
    await chromium.as_new()
    return chromium


async def shown(browser: Browser, url: str) -> None:
    await browser.open(url)
    await browser.until("document.readyState === 'complete' && !!document.getElementById('view')")


async def polled(site: Waiting, browser: Browser, view: View) -> None:
    """The page has asked again, and shows what it was told."""
    site.view = view
    before = await browser.value("answers")
    await browser.value("sleep(3600)")
    await browser.until(f"answers > {before}")


async def text(browser: Browser, selector: str = "body") -> str:
    """What is visible there."""
    said = await browser.value(f"document.querySelector('{selector}').innerText")
    return re.sub(r"\s+", " ", said)


# It shuts nobody out.


# Of the others one screen is enough, and of those the Arabic: what differs else is in the style and
# the words alone. Colours and their grounds are reckoned in tests/waitingroom/test_theme.py.
EVERY_SCREEN = ("waiting", "turn", "code")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_axe_finds_nothing_in_any_state(
    site: Waiting, browser: Browser, language: str
) -> None:
    await shown(browser, site.page_of("closed", language))
    for name in [name for name in VIEWS if name not in PAGES and name != "work"]:
        await polled(site, browser, VIEWS[name])
        await clean(browser, name, language)
    await polled(site, browser, VIEWS["first"])
    await polled(site, browser, VIEWS["first"])
    await clean(browser, "cookies", language)
    for name in [*PAGES, "work"]:
        await shown(browser, site.page_of(name, language))
        await clean(browser, name, language)
    await shown(browser, site.page_of("waiting", language))
    await browser.value(
        "document.querySelector('[name=sure]').checked = true,"
        "document.querySelector('#leave form').submit()"
    )
    await browser.until("document.getElementById('room').dataset.state === 'left'")
    await clean(browser, "left", language)
    assert {url.partition(site.url)[0] for url in browser.asked if url.startswith("http")} == {""}
    assert [one for one in browser.complaints if not re.search("favicon|status of 50", one)] == []


async def clean(browser: Browser, name: str, language: str) -> None:
    """Nobody is shut out of the page as it is, and nothing scrolls sideways."""
    state = "waiting" if name == "unsure" else name
    assert await browser.value("document.getElementById('room').dataset.state") == state
    await browser.value("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for width, dark in ((1280, True), (1280, False), (320, True), (320, False)):
        if width == 320 or name in EVERY_SCREEN:
            await browser.screen(width, 740, dark=dark)
        arabic = (width, dark, language) == (320, False, "ar")
        if name in EVERY_SCREEN or arabic:
            assert await axe(browser) == [], f"{name}, {width} px, {'dark' if dark else 'light'}"
        assert await browser.value("document.documentElement.scrollWidth") <= width, name


async def test_nothing_sticks_out_with_the_longest_words(browser: Browser) -> None:
    long = {"en": "Unaussprechlichkeitsgebietskörperschaft " * 3, "ar": "x" * 300}
    page = WaitingPage("passports", title=long, contact=long, digits="arab")
    async with Waiting(page) as site:
        for language in ("ar", "en"):
            url = site.page_of("waiting", language)
            site.view = a_view(
                OPEN, number=1_000_000, before=999_999, low=100_000, high=200_000, places=999_999,
                message=long,
            )  # fmt: skip
            await browser.screen(320, 740)
            await shown(browser, url)
            await browser.value("document.querySelector('#proof').open = true")
            assert await browser.value("document.documentElement.scrollWidth") <= 320


async def test_everything_can_be_reached_and_done_by_keyboard(
    site: Waiting, browser: Browser
) -> None:
    async def press(key: str, code: str, number: int, said: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            await browser.do(
                "Input.dispatchKeyEvent", type=kind, key=key, code=code,
                windowsVirtualKeyCode=number, text=said if kind == "keyDown" else "",
            )  # fmt: skip

    await shown(browser, site.page_of("waiting"))
    order = []
    for _ in range(7):
        await press("Tab", "Tab", 9)
        order.append(
            await browser.value("(document.activeElement.id || document.activeElement.tagName)")
        )
        seen = "getComputedStyle(document.activeElement).outlineStyle"
        assert await browser.value(seen) == "solid", order
        if await browser.value("document.activeElement.parentNode.id === 'leave'"):
            await press("Enter", "Enter", 13, "\r")
    assert order == ["A", "check", "sound", "SUMMARY", "SUMMARY", "INPUT", "BUTTON"]
    await press("Enter", "Enter", 13, "\r")
    assert site.forms == [], "not without having said so"
    await browser.value("document.querySelector('[name=sure]').focus()")
    await press(" ", "Space", 32, " ")
    await press("Tab", "Tab", 9)
    await press("Enter", "Enter", 13, "\r")
    await browser.until("document.getElementById('room').dataset.state === 'left'")
    assert site.forms == [("/leave", {"to": ["/booking/"], "sure": ["1"]})]
    assert "Join again" in await text(browser)


# It tells the truth.

# What the script does not change in a page that it begins with; each line of the page is in one.
AT_ONCE = ("closed", "first", "waiting", "beyond", "turn", "gone", "asks", "code", "revoked",
           "another language")  # fmt: skip


@pytest.mark.parametrize(("language", "digits"), [("ar", "latn"), ("ar", "arab"), ("en", "latn")])
async def test_what_the_script_writes_is_what_the_server_writes(
    browser: Browser, language: str, digits: str
) -> None:
    views = {
        **VIEWS,
        "nobody before": a_view(OPEN, number=1, before=0, places=0, low=0, high=0),
        "one": a_view(OPEN, number=2, before=1, places=1, low=60, high=120),
        "two": a_view(OPEN, number=3, before=2, places=2, low=180, high=180),
        "few": a_view(OPEN, number=1_105, before=1_104, places=3, low=59, high=541),
        "by fives": a_view(OPEN, number=4, before=3, places=11, low=301, high=601),
        "hours": a_view(OPEN, number=1_100, before=1_099, low=3_600, high=7_201),
        "about hours": a_view(OPEN, number=1_100, before=100, low=10_800, high=10_800),
        "no time": a_view(PREQUEUE, opens_in=59, opens_at=b"tomorrow", waiting=11),
        "a short turn": a_view(OPEN, number=5, turn=True, enter_within=59, message=SORRY),
        "another language": a_view(OPEN, number=5, message={"ku": "Silav"}),
        "always": a_view(OPEN, number=12_345_678, opening=b"always"),
    }
    async with Waiting(WaitingPage("passports", digits=digits)) as site:
        url = site.page_of("waiting", language)
        await shown(browser, url)
        wanted = {}
        for name, view in views.items():
            page = site.page.html(
                view, to=b"/booking/", language=language.encode(), request_id=b"6f1c2b7a9d3e"
            ).decode()
            # Parsed so, it runs no script.
            parsed = f"new DOMParser().parseFromString({json.dumps(page)}, 'text/html')"
            wanted[name] = await browser.value(f"{OUTLINE}({parsed})")
        there = f"{OUTLINE}(document)"
        for name in AT_ONCE if (language, digits) == ("ar", "latn") else ():
            site.view = views[name]
            await shown(browser, url)
            assert await browser.value(there) == wanted[name], f"{name}, at once"
        told = {name: view for name, view in views.items() if name not in {*PAGES, "work"}}
        for name, view in [*told.items(), *reversed(told.items())]:
            if view.kept or view.phase != PREQUEUE or view.asks:  # told twice: without cookies
                await polled(site, browser, view)
                assert await browser.value(there) == wanted[name], name


async def test_only_what_has_changed_is_said_aloud(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.value(
        "window.touched = 0; new MutationObserver(all => { touched += all.filter("
        "one => one.target.id !== 'checked').length; }).observe("
        "document.getElementById('room'), {subtree: true, childList: true, attributes: true,"
        "characterData: true}); 0"
    )
    said = "document.getElementById('say').textContent"
    await polled(site, browser, VIEWS["waiting"])
    assert await browser.value("touched") == 0, "but for the hour of the last check"
    assert await browser.value(said) == ""
    nearer = {"number": 1_234, "low": 1_500, "high": 2_400, "places": 640, "reach": 1}
    await polled(site, browser, a_view(OPEN, before=811, **nearer))
    assert "811 people" in await text(browser)
    assert await browser.value(said) == "", "one person fewer is nothing to be interrupted for"
    await polled(site, browser, a_view(OPEN, before=407, **nearer))
    assert await browser.value(said) == "", "one above a half"
    await polled(site, browser, a_view(OPEN, before=406, **nearer))
    assert await browser.value(said) == (
        "You are in the queue. Your number: 1,234. Before you: 406 people. Expected wait: 25 to 40 "
        "minutes. As it looks now, today’s places reach your number. It is certain only once you "
        "have booked. "
    )
    await polled(site, browser, a_view(OPEN, number=1_234, before=300, turn=True, enter_within=200))
    assert await browser.value(said) == (
        "It is your turn. Enter within 3 minutes. After that your turn goes to the next person. "
    )
    await polled(site, browser, VIEWS["over"])
    assert (await browser.value(said)).startswith("Booking is over for today. ")
    assert (
        await browser.value("document.title") == "Booking is over for today · Passport appointments"
    )


async def test_the_focus_stays_where_it_is(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.value("document.getElementById('sound').focus()")
    focus = "document.activeElement.id"
    for name in ("unsure", "beyond", "paused", "prequeue"):
        await polled(site, browser, VIEWS[name])
        assert await browser.value(focus) == "sound", name
    await polled(site, browser, VIEWS["over"])
    assert await browser.value(focus) == "head", "what had it is gone"


async def test_the_countdown_goes_by_the_servers_time(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("prequeue"))
    clock = "document.querySelector('#clock b').textContent"
    assert await browser.value(clock) in {"23:52", "23:51"}
    site.view = a_view(PREQUEUE, opens_in=59, poll_after=3_600)
    await browser.value("later(599)")
    assert await browser.value(clock) in {"13:53", "13:52"}
    await browser.value("later(2)")
    await browser.until(f"/^0:5[6-9]$/.test({clock})")
    await browser.value("later(70)")
    assert await browser.value(clock) == "a moment", "it does not count below nought"
    assert site.polls == 1


# It asks when it is told to.


async def test_it_asks_when_it_was_told_to_and_not_before(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.value("later(598)")
    assert site.polls == 0
    site.view = a_view(OPEN, number=1_234, before=20, poll_after=7)
    await browser.value("later(2)")
    await browser.until("answers === 1")
    await browser.value("later(6)")
    assert await browser.value("answers") == 1
    await browser.value("later(1)")
    await browser.until("answers === 2")


async def test_a_page_that_nobody_looks_at_asks_nothing_and_catches_up(
    site: Waiting, browser: Browser
) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.value("hide(true); later(900); sleep(36000)")
    await asyncio.sleep(0.2)
    assert site.polls == 0
    site.view = VIEWS["over"]
    await browser.value("hide(false)")
    await browser.until("answers === 1")
    assert "Booking is over" in await text(browser)
    await browser.value("hide(true); hide(false); hide(true); hide(false)")
    await asyncio.sleep(0.2)
    assert site.polls == 1, "it is not time yet"


async def test_a_clock_that_is_set_back_stops_nothing(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.value("sleep(-86400); later(598)")
    assert site.polls == 0
    await browser.value("later(3)")
    await browser.until("answers === 1")


async def test_an_answer_that_was_lost_in_sleep_is_asked_for_again(
    site: Waiting, browser: Browser
) -> None:
    await shown(browser, site.page_of("waiting"))
    site.hangs = True
    await browser.value("sleep(700)")
    await browser.value("later(20)")
    await asyncio.sleep(0.1)
    assert site.polls == 1, "one at a time"
    site.hangs = False
    site.view = VIEWS["beyond"]
    await browser.value("sleep(7200)")
    await browser.until("document.body.innerText.includes('15,107')")
    assert site.polls == 2


async def test_what_does_not_answer_is_asked_less_and_less(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("away"))
    site.fails = True
    site.view = VIEWS["waiting"]
    gaps = []
    await browser.value("later(31)")
    for times in range(1, 6):
        await browser.until(f"answers === {times}")
        gaps.append(
            await browser.value(
                "(before => { let n = 0; for (; sends === before && n < 200; n++) later(1);"
                "return n; })(sends)"
            )
        )
    wanted = [23, 45, 90, 90, 90]  # three quarters of 30, 60, 120, and of no more
    assert all(abs(one - other) <= 3 for one, other in zip(gaps, wanted, strict=True)), gaps
    assert "There is no answer right now" in await text(browser)
    assert "no answer" in await browser.value("document.getElementById('say').textContent")
    site.fails = False
    await browser.value("later(121)")
    await browser.until("document.getElementById('net').hidden")
    assert "Your number 1,234" in await text(browser)


async def test_offline_it_says_so_and_online_it_goes_on(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.online(False)
    await browser.until("!document.getElementById('net').hidden")
    assert "There is no answer right now" in await text(browser)
    assert "Your number 1,234" in await text(browser)
    site.view = VIEWS["beyond"]
    await browser.online(True)
    await browser.until("navigator.onLine")
    await browser.value("later(2)")
    await browser.until("document.getElementById('net').hidden")
    assert "beyond today" in await text(browser)


async def test_check_now_asks_at_once_and_stays_on_the_page(
    site: Waiting, browser: Browser
) -> None:
    await shown(browser, site.page_of("waiting"))
    pages = len(site.asked)
    site.view = VIEWS["beyond"]
    await browser.click("#check")
    await browser.until("answers === 1")
    assert "15,107" in await text(browser)
    assert re.search(r"Last checked: \d\d:\d\d:\d\d", await text(browser))
    await browser.click("#check")
    await browser.click("#check")
    await asyncio.sleep(0.2)
    assert site.polls == 1, "who hammers it is not served faster"
    assert len(site.asked) == pages


# The place, and the turn.


async def test_the_first_page_becomes_the_next_by_itself(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("first"))
    await polled(site, browser, VIEWS["prequeue"])
    assert "You are in the draw" in await text(browser)


async def test_who_keeps_no_cookies_is_told_kindly(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("closed"))
    await polled(site, browser, VIEWS["first"])
    assert "your place is being kept" in await text(browser), "it got its cookie only now"
    await polled(site, browser, VIEWS["first"])
    assert "Your browser does not keep your place" in await text(browser)
    await polled(site, browser, VIEWS["prequeue"])
    assert "You are in the draw" in await text(browser)


async def test_the_turn_is_taken_by_itself(site: Waiting, browser: Browser) -> None:
    url = site.page_of("waiting", to="/booking/?a=1%26b=%2F")
    await shown(browser, url)
    await polled(site, browser, VIEWS["turn"])
    assert "You will be taken in automatically in 10 seconds." in await text(browser)
    assert (await browser.value("document.title")).startswith("● It is your turn")
    await browser.value("later(9)")
    await asyncio.sleep(0.2)
    assert site.forms == []
    await browser.value("later(2)")
    await browser.until("document.body.innerText === 'Welcome'")
    assert site.forms == [("/enter", {"to": ["/booking/?a=1&b=/"]})]
    assert site.asked[-1] == "GET /booking/?a=1&b=/"


async def test_a_page_that_begins_with_the_turn_takes_it(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("turn"))
    await browser.value("later(12)")
    await browser.until("document.body.innerText === 'Welcome'")
    assert len(site.forms) == 1


async def test_the_turn_can_be_put_off_and_taken_by_hand(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("turn"))
    await browser.click("#notyet")
    assert await browser.value("document.activeElement.className") == "go"
    await browser.value("later(200)")
    assert "Enter within 1 minute." in await text(browser)
    assert "automatically" not in await text(browser)
    await polled(site, browser, VIEWS["turn"])
    await browser.value("later(20)")
    assert site.forms == []
    await browser.click("#enter .go")
    await browser.until("document.body.innerText === 'Welcome'")
    assert len(site.forms) == 1


async def test_nobody_is_taken_in_while_not_looking(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("turn"))
    await browser.value("hide(true); later(60)")
    await asyncio.sleep(0.2)
    assert site.forms == []
    await browser.value("hide(false); later(11)")
    await browser.until("document.body.innerText === 'Welcome'")


async def test_a_turn_that_is_over_is_asked_about(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("turn"))
    await browser.click("#notyet")
    site.view = VIEWS["waiting"]
    await browser.value("later(281)")
    await browser.until("answers === 1")
    assert "You are in the queue" in await text(browser)
    await polled(site, browser, VIEWS["turn"])
    assert "taken in automatically" in await text(browser), "another turn begins anew"


async def test_a_sound_is_made_when_it_was_asked_for(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await polled(site, browser, VIEWS["turn"])
    assert await browser.value("sounds") == 0
    await polled(site, browser, VIEWS["waiting"])
    await browser.click("#sound")
    assert (
        await browser.value("document.getElementById('sound').getAttribute('aria-pressed')")
        == "true"
    )
    heard = await browser.value("sounds")
    assert heard > 0, "as a sample"
    assert "You will hear a sound like this one" in await text(browser)
    await browser.value("hide(true)")
    await polled(site, browser, VIEWS["turn"])
    assert await browser.value("sounds") == 2 * heard, "it goes on asking while hidden"
    await polled(site, browser, VIEWS["turn"])
    assert await browser.value("sounds") == 2 * heard, "once a turn"


# The price of joining.


async def test_the_work_is_done_while_one_reads_and_the_place_is_kept(
    site: Waiting, browser: Browser
) -> None:
    site.solved = VIEWS["prequeue"]
    await shown(browser, site.page_of("work"))
    assert "small task" in await text(browser)
    assert "scripts" not in await text(browser), "what is for others is not shown"
    await browser.until("document.getElementById('room').dataset.state === 'prequeue'")
    assert site.work == ["right"]
    assert [one for one in browser.complaints if not re.search("favicon|status of 50", one)] == []


async def test_work_that_is_refused_is_not_done_again_before_the_next_look(
    site: Waiting, browser: Browser
) -> None:
    await shown(browser, site.page_of("work"))
    await browser.until("answers >= 2")  # the script, and what the solution came to
    await asyncio.sleep(0.3)
    assert site.work == ["right"]
    await polled(site, browser, VIEWS["work"])
    await browser.until("answers >= 5")
    assert len(site.work) == 2
    assert "small task" in await text(browser), "and nobody is told of missing cookies"


async def test_a_form_takes_the_work_along(site: Waiting, browser: Browser) -> None:
    view = a_view(PREQUEUE, kept=False, asks=1, challenge=VIEWS["work"].challenge)
    url = site.page_of("asks")
    site.view = view
    await shown(browser, url)
    await browser.until("document.getElementById('altcha').value")
    await browser.value("document.getElementById('said').value = '01234567890'")
    await browser.click("#join .go")
    await browser.until("document.getElementById('room').dataset.state === 'left'")
    [(path, form)] = site.forms
    assert (path, form["identity"]) == ("/join", ["01234567890"])
    assert site._altcha.check(form["altcha"][0].encode(), 1_800_000_000, 1) == ("", 7)


async def test_where_no_worker_can_be_had_one_waits(site: Waiting, browser: Browser) -> None:
    made = await browser.do(
        "Page.addScriptToEvaluateOnNewDocument", source="window.Worker = undefined;"
    )
    try:
        await shown(browser, site.page_of("work"))
        await browser.until("document.body.innerText.includes('wait 15 seconds')")
        site.view = VIEWS["prequeue"]
        await browser.click("#check")
        await browser.until("document.getElementById('room').dataset.state === 'prequeue'")
        assert "wait=1" in site.asked[-1]
    finally:
        await browser.do("Page.removeScriptToEvaluateOnNewDocument", **made)


# Without JavaScript.


async def test_without_javascript_it_works_by_links_and_forms(
    site: Waiting, browser: Browser
) -> None:
    await browser.do("Emulation.setScriptExecutionDisabled", value=True)
    await shown(browser, site.page_of("first", to="/booking/?a=1%26b=2"))
    said = await text(browser)
    assert "Press “Check now” once" in said
    assert "Sound alert" not in said
    assert "updates automatically" not in said
    site.view = VIEWS["waiting"]
    await browser.click("#check")
    await browser.until("document.body.innerText.includes('1,234')")
    assert site.asked[-1] == "GET /.dawr/rooms/passports?lang=en&to=/booking/?a=1%26b=2"
    await browser.click("#itself a")
    await browser.until("document.body.innerText.includes('checks automatically')")
    assert "auto=1" in site.asked[-1]
    assert [one for one in browser.events if one["method"] == "Page.frameScheduledNavigation"
            or one["method"] == "Page.frameRequestedNavigation"]  # fmt: skip
    await browser.click("#itself a")
    await browser.until("document.body.innerText.includes('does not change on its own')")
    assert "auto=1" not in site.asked[-1]
    await browser.click("nav a")
    await browser.until("document.documentElement.lang === 'ar'")
    site.view = VIEWS["turn"]
    await browser.click("#check")
    await browser.until("!document.getElementById('enter').hidden")
    await browser.click("#enter .go")
    await browser.until("document.body.innerText === 'Welcome'")
    assert site.asked[-1] == "GET /booking/?a=1&b=2"


async def test_who_has_left_is_not_brought_back(site: Waiting, browser: Browser) -> None:
    await shown(browser, site.page_of("waiting"))
    await browser.click("#leave summary")
    await browser.click("#leave button")
    await asyncio.sleep(0.2)
    assert site.forms == [], "the box is not ticked"
    await browser.click("[name=sure]")
    await browser.click("#leave button")
    await browser.until("document.getElementById('room').dataset.state === 'left'")
    await browser.value("later(4000)")
    await asyncio.sleep(0.2)
    assert site.polls == 0
    site.view = VIEWS["first"]
    await browser.click("#check")
    await browser.until("document.getElementById('room').dataset.state === 'first'")
