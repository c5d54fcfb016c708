"""The challenge: who sees what, how it is met, and every way not to meet it."""

import base64
import hashlib
import html
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from helpers import OK, Client, FakeClock, FakeDecider, Scene, a_refusal, a_request, read_answers
from hypothesis import given
from hypothesis import strategies as st

from gateway.filters.base import PassCheck
from gateway.http.altcha import Spent
from gateway.http.challenge import Challenge, Terms
from gateway.http.counts import Counts
from gateway.http.devices import Devices
from gateway.http.way_back import local
from gateway.request import Request
from gateway.verdict import Action, Decision

KEYS = [b"k" * 32]
TERMS = Terms(elevated=20, under_attack=40)
HTML, JSON = "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"
FORM = "application/x-www-form-urlencoded"
ASKED = Decision("flood", a_refusal(Action.CHALLENGE, "flood"))


class Gatekeeper(FakeDecider):
    """Challenges everybody who has no pass."""

    passes: PassCheck

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        self.decided.append(request)
        return None if self.passes.valid(request) else ASKED


class Site(Scene):
    """A site where everybody is challenged."""

    def __init__(self, **more: Any) -> None:
        decider = Gatekeeper()
        devices = Devices(KEYS, FakeClock(), name=b"dawr", max_age=60)
        super().__init__(decider=decider, devices=devices, **more)
        self.challenge = Challenge(
            KEYS,
            TERMS,
            devices=devices,
            clock=self.clock,
            counts=self.plane.counts,
            spent=self.plane.spent,
            contact={"ar": "اتصل: 011-000-0000", "en": "Call <us>"},
        )
        decider.passes = self.challenge.passes
        self.configure()

    @property
    def counted(self) -> dict[tuple[str, str], int]:
        return self.plane.counts.challenges


class Visitor:
    """Somebody who keeps cookies."""

    def __init__(self, site: Scene, accept: str = HTML) -> None:
        self.site = site
        self.accept = accept
        self.cookies: dict[str, str] = {}
        self.client: Client = site.client()

    def ask(
        self, target: str, method: str = "GET", body: str = "", media_type: str = FORM,
        **headers: str,
    ) -> tuple[int, dict[str, str], str]:  # fmt: skip
        lines = [f"{method} {target} HTTP/1.1", "Host: a.example", f"Accept: {self.accept}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines += [f"Content-Type: {media_type}", f"Content-Length: {len(body.encode())}"]
        self.client = self.site.client()
        self.client.send("\r\n".join([*lines, "", body]).encode())
        return self.answered(method)

    def answered(self, method: str = "GET") -> tuple[int, dict[str, str], str]:
        answers = read_answers(self.client.sent, method=method.encode(), ended=False)
        [(status, fields, data)] = answers
        for name, value in fields:
            if name == b"set-cookie":
                key, _, rest = value.decode().partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return status, {n.decode(): v.decode() for n, v in fields}, data.decode()

    def solve(self, challenge: dict[str, Any], **more: str) -> tuple[int, dict[str, str], str]:
        form = {"altcha": solution(challenge), **more}
        return self.ask("/.dawr/challenge", "POST", urlencode(form))

    def gets_through(self) -> bool:
        """Whether a page is passed on to the platform."""
        before = self.site.forwarded.count(b"GET /")
        status = 0
        try:
            status = self.ask("/page")[0]
        except ValueError:  # no answer yet: it is with the platform
            self.site.platform[-1].send(OK)
            status = self.answered()[0]
        return status == 200 and self.site.forwarded.count(b"GET /") == before + 1


def solution(challenge: dict[str, Any]) -> str:
    said = dict(challenge)
    said["number"] = next(
        n
        for n in range(said.pop("maxnumber") + 1)
        if hashlib.sha256(f"{said['salt']}{n}".encode()).hexdigest() == said["challenge"]
    )
    return base64.b64encode(json.dumps(said).encode()).decode()


def attribute(page: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def on_page(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(attribute(page, "challenge"))
    return found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


# The page.


def test_a_browser_gets_the_page_and_nothing_reaches_the_platform() -> None:
    site = Site()
    status, fields, page = Visitor(site).ask("/booking/?a=1")
    assert (status, site.forwarded) == (403, b"")
    assert fields["content-type"] == "text/html; charset=utf-8"
    assert fields["cache-control"] == "no-store"
    assert fields["set-cookie"].startswith("dawr=")
    assert set(on_page(page)) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    assert (attribute(page, "to"), attribute(page, "again")) == ("/booking/?a=1", "")
    assert page.count(fields["x-request-id"]) == 2
    assert '<bdi dir="ltr">011-000-0000</bdi>' in page
    assert "Call &lt;us&gt;" in page
    assert "\x00" not in page
    assert "${" not in page
    assert site.counted == {("issued", "page"): 1}
    assert [one.decision.action for one in site.ended if one.decision] == [Action.CHALLENGE]


def test_the_page_asks_nothing_of_any_other_host_and_allows_itself_alone() -> None:
    _, fields, page = Visitor(Site()).ask("/")
    assert not re.search(r"(?:src|href)\s*=", page)
    assert "http:" not in page
    assert "https:" not in page
    policy = dict(
        part.strip().split(" ", 1) for part in fields["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["worker-src"] == "blob:"
    for name in ("script", "style"):
        inside = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert policy[f"{name}-src"] == f"'sha256-{digest}'"
    assert " style=" not in page
    assert not re.search(r"\son[a-z]+=", page.partition("<script>")[0])


def test_the_page_is_small() -> None:
    import gzip

    assert len(gzip.compress(Visitor(Site()).ask("/")[2].encode())) < 14 * 1024


@pytest.mark.parametrize(
    ("referer", "to"),
    [
        ("http://a.example/booking/form?x=1#top", "/booking/form?x=1"),
        ("https://a.example/", "/"),
        ("https://A.EXAMPLE/form", "/form"),
        ("https://evil.example/form", "/"),
        ("https://a.example", "/"),
        ("https://a.example//evil.example/", "/"),
        ("", "/"),
        ("nonsense", "/"),
    ],
)
def test_a_form_is_to_be_sent_again_from_where_it_was(referer: str, to: str) -> None:
    site = Site()
    headers = {"Referer": referer} if referer else {}
    status, _, page = Visitor(site).ask("/booking/confirm", "POST", "a=b", **headers)
    assert (status, attribute(page, "again"), attribute(page, "to")) == (403, "1", to)


def test_nothing_in_the_target_gets_out_of_its_attribute() -> None:
    _, _, page = Visitor(Site()).ask("/a'b?q=%22%3E%3Cscript%3E&x='><script>")
    assert page.count("<script>") == 1
    assert attribute(page, "to").startswith("/a")


def test_head_gets_no_body() -> None:
    site = Site()
    visitor = Visitor(site)
    status, _, page = visitor.ask("/", "HEAD")
    assert (status, page) == (403, "")


def test_an_application_gets_the_challenge_as_json() -> None:
    site = Site()
    status, fields, body = Visitor(site, JSON).ask("/api")
    said = json.loads(body)
    assert status == 403
    assert fields["content-type"] == "application/json; charset=utf-8"
    assert (said["error"], said["verify"]) == ("challenge", "/.dawr/challenge")
    assert said["request_id"] == fields["x-request-id"]
    assert set(said["message"]) == {"ar", "en"}
    assert said["challenge"]["maxnumber"] == 20
    assert site.counted == {("issued", "application"): 1}


@pytest.mark.parametrize("accept", ["*/*", "image/png,*/*", "text/plain", ""])
def test_who_can_do_nothing_with_it_gets_a_line(accept: str) -> None:
    site = Site()
    status, fields, body = Visitor(site, accept).ask("/pixel.png")
    assert (status, fields["content-type"]) == (403, "text/plain; charset=utf-8")
    assert len(body) < 120
    assert site.counted == {("issued", "text"): 1}


def test_under_attack_more_is_asked_and_a_reload_forgets_neither_that_nor_what_was_spent() -> None:
    site = Site()
    visitor = Visitor(site, JSON)
    challenge = json.loads(visitor.ask("/.dawr/challenge")[2])
    assert challenge["maxnumber"] == 20
    assert visitor.solve(challenge)[0] == 204
    assert site.plane.challenge is not None
    site.plane.challenge.under_attack = True
    site.challenge = Challenge(
        KEYS, TERMS, devices=site.devices or Devices(KEYS, FakeClock(), name=b"dawr", max_age=60),
        clock=site.clock, counts=site.plane.counts, spent=site.plane.spent,
    )  # fmt: skip
    site.configure()
    assert json.loads(visitor.ask("/.dawr/challenge")[2])["maxnumber"] == 40
    assert json.loads(visitor.solve(challenge)[2])["error"] == "challenge-spent"


# Meeting it.


def test_a_browser_solves_it_and_is_let_pass() -> None:
    site = Site()
    visitor = Visitor(site)
    challenge = on_page(visitor.ask("/page")[2])
    visitor.accept = JSON  # the page's script
    status, fields, body = visitor.solve(challenge)
    assert (status, body) == (204, "")
    assert "content-length" not in fields
    assert set(visitor.cookies) == {"dawr", "dawr-pass"}
    visitor.accept = HTML
    assert visitor.gets_through()
    assert visitor.gets_through()
    assert site.counted == {
        ("issued", "page"): 1, ("passed", "solved"): 1, ("honoured", "solved"): 2,
    }  # fmt: skip


def test_the_pass_lasts_for_its_time() -> None:
    site = Site()
    visitor = Visitor(site)
    visitor.solve(on_page(visitor.ask("/page")[2]))
    site.clock.advance(3_600 - 1)
    assert visitor.gets_through()
    site.clock.advance(62)
    assert not visitor.gets_through()


def test_the_pass_needs_its_device() -> None:
    site = Site()
    visitor, other = Visitor(site), Visitor(site)
    visitor.solve(on_page(visitor.ask("/page")[2]))
    other.ask("/page")
    other.cookies["dawr-pass"] = visitor.cookies["dawr-pass"]
    assert not other.gets_through()
    del visitor.cookies["dawr"]
    assert not visitor.gets_through()


def test_an_application_without_a_device_is_given_one() -> None:
    site = Site()
    visitor = Visitor(site, JSON)
    challenge = json.loads(visitor.ask("/api")[2])["challenge"]
    body = json.dumps({"altcha": solution(challenge)})
    assert visitor.ask("/.dawr/challenge", "POST", body, "application/json")[0] == 204
    assert set(visitor.cookies) == {"dawr", "dawr-pass"}
    assert visitor.gets_through()


def device_of(visitor: Visitor) -> int:
    """The number in the device cookie that a visitor has by now."""
    devices = Devices(KEYS, FakeClock(), name=b"dawr", max_age=60)
    request = a_request(headers=[(b"cookie", f"dawr={visitor.cookies['dawr']}".encode())])
    devices.read(request)
    return request.device


def hands_in(visitor: Visitor, challenge: dict[str, Any]) -> int:
    return visitor.solve(challenge)[0]


def waits(visitor: Visitor, token: str) -> int:
    return visitor.ask(f"/.dawr/challenge?wait={token}&to=/")[0]


@pytest.mark.parametrize("kept", [True, False], ids=["with a device each", "without cookies"])
@pytest.mark.parametrize("waited", [False, True], ids=["solved", "waited for"])
def test_whatever_workers_it_is_spent_at_it_is_one_device(waited: bool, kept: bool) -> None:
    """Workers do not know what was spent at others; many who share one solution become one."""
    workers = [Site() for _ in range(4)]
    page = Visitor(workers[0]).ask("/page")[2]
    strangers = [Visitor(worker, JSON) for worker in workers]
    for one in strangers:
        if kept:
            one.accept = HTML
            one.ask("/page")
            one.accept = JSON
    for worker in workers:
        worker.clock.advance(15)
    statuses = [
        waits(one, hidden(page, "wait")) if waited else hands_in(one, on_page(page))
        for one in strangers
    ]
    assert statuses == [303 if waited else 204] * 4
    assert len({device_of(one) for one in strangers}) == 1
    assert all(one.gets_through() for one in strangers)
    again = Visitor(workers[0], JSON)
    assert (waits(again, hidden(page, "wait")) if waited else hands_in(again, on_page(page))) == 403


def test_two_pages_open_at_once_are_both_good() -> None:
    """Each came with a device of its own, of which the browser kept the later."""
    site = Site()
    one, two = Visitor(site), Visitor(site)
    first, second = on_page(one.ask("/a")[2]), on_page(two.ask("/b")[2])
    one.cookies = two.cookies  # one browser's
    assert one.solve(first)[0] == 204
    assert one.gets_through()
    assert one.solve(second)[0] == 204
    assert one.gets_through()


def test_who_has_a_device_keeps_it() -> None:
    site = Site()
    visitor = Visitor(site)
    visitor.ask("/page")
    device = device_of(visitor)
    status, fields, _ = visitor.solve(on_page(visitor.ask("/page")[2]))
    assert status == 204
    assert fields["set-cookie"].startswith("dawr-pass=")
    assert device_of(visitor) == device


def test_a_plain_form_goes_on_to_where_it_says() -> None:
    site = Site()
    visitor = Visitor(site)
    challenge = on_page(visitor.ask("/page")[2])
    status, fields, _ = visitor.solve(challenge, to="/page?a=b")
    assert (status, fields["location"]) == (303, "/page?a=b")
    assert visitor.gets_through()


def test_a_path_of_ours_is_never_challenged() -> None:
    site = Site()
    visitor = Visitor(site, JSON)
    status, fields, body = visitor.ask("/.dawr/challenge")
    assert (status, fields["cache-control"]) == (200, "no-store")
    assert set(json.loads(body)) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    assert visitor.ask("/.dawr/nothing")[0] == 404
    assert [one.decision for one in site.ended] == [None, None]
    assert site.forwarded == b""


def test_another_method_is_told_which_there_are() -> None:
    status, fields, _ = Visitor(Site()).ask("/.dawr/challenge", "DELETE")
    assert (status, fields["allow"]) == (405, "GET, HEAD, POST")


def test_an_address_that_is_challenged_is_understood_and_can_meet_it() -> None:
    """An address filter speaks before anything is read: not this time."""
    site = Site()
    site.decider.standing = ASKED  # type: ignore[attr-defined]
    visitor = Visitor(site)
    challenge = on_page(visitor.ask("/page")[2])
    assert visitor.solve(challenge)[0] == 204
    assert visitor.gets_through()


# Without JavaScript.


def test_who_waits_is_let_pass_for_a_shorter_time() -> None:
    site = Site()
    visitor = Visitor(site)
    page = visitor.ask("/page?a=1&b=2")[2]
    assert page.count("<noscript>") == 2
    query = urlencode({"wait": hidden(page, "wait"), "to": hidden(page, "to")})
    site.clock.advance(15)
    status, fields, _ = visitor.ask(f"/.dawr/challenge?{query}")
    assert (status, fields["location"]) == (303, "/page?a=1&b=2")
    assert visitor.gets_through()
    site.clock.advance(600 - 1)
    assert visitor.gets_through()
    site.clock.advance(62)
    assert not visitor.gets_through()
    assert site.counted["passed", "waited"] == 1
    assert site.counted["honoured", "waited"] == 2


@pytest.mark.parametrize(("waited", "left"), [(0, 15), (1, 14), (14, 1)])
def test_too_early_gets_the_page_again_with_the_time_that_is_left(waited: int, left: int) -> None:
    site = Site()
    visitor = Visitor(site)
    token = hidden(visitor.ask("/page")[2], "wait")
    site.clock.advance(waited)
    status, fields, page = visitor.ask(f"/.dawr/challenge?wait={token}&to=/page")
    assert (status, fields["retry-after"]) == (403, str(left))
    assert page.count(f"<b>{left}</b>") == 2
    assert hidden(page, "wait") == token, "the wait does not begin anew"
    assert (attribute(page, "to"), attribute(page, "back")) == ("/page", "1")
    assert site.counted["failed", "early"] == 1
    site.clock.advance(left)
    assert visitor.ask(f"/.dawr/challenge?wait={token}&to=/page")[0] == 303


def test_a_wait_counts_once_and_not_for_ever() -> None:
    site = Site()
    visitor = Visitor(site)
    token, other = (hidden(visitor.ask("/page")[2], "wait") for _ in range(2))
    site.clock.advance(15)
    assert visitor.ask(f"/.dawr/challenge?wait={token}&to=/")[0] == 303
    assert visitor.ask(f"/.dawr/challenge?wait={token}&to=/")[0] == 403
    site.clock.advance(601)
    assert visitor.ask(f"/.dawr/challenge?wait={other}&to=/")[0] == 403
    assert (site.counted["failed", "spent"], site.counted["failed", "expired"]) == (1, 1)


@pytest.mark.parametrize(
    "token",
    ["x", "AAAA", "A" * 38, "A" * 600, "%00", "%FF", "é", "0", "null"],
)
def test_a_wait_that_is_not_ours_gets_the_page_again(token: str) -> None:
    site = Site()
    visitor = Visitor(site)
    status, _, page = visitor.ask(f"/.dawr/challenge?wait={quote(token, safe='%')}&to=/page")
    assert (status, attribute(page, "to")) == (403, "/page")
    assert hidden(page, "wait") != token
    assert "dawr-pass" not in visitor.cookies
    assert site.counted["failed", "wrong"] == 1


def test_a_pass_or_a_device_is_no_wait() -> None:
    site = Site()
    visitor = Visitor(site)
    visitor.solve(on_page(visitor.ask("/page")[2]))
    for name in ("dawr", "dawr-pass"):
        assert visitor.ask(f"/.dawr/challenge?wait={visitor.cookies[name]}")[0] == 403


# Not meeting it.


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param("altcha=", FORM, id="an empty field"),
        pytest.param("altcha=%FF", FORM, id="a field that is no base64"),
        pytest.param("altcha=e30%3D", FORM, id="an empty object"),
        pytest.param("other=x", FORM, id="another field"),
        pytest.param("&".join(f"f{n}=1" for n in range(20)), FORM, id="too many fields"),
        pytest.param("é", FORM, id="a form that is not ASCII"),
        pytest.param("{", JSON, id="no JSON"),
        pytest.param("[" * 5000, JSON, id="JSON deeper than anybody nests"),
        pytest.param("[]", JSON, id="a list"),
        pytest.param("null", JSON, id="null"),
        pytest.param('{"altcha": null}', JSON, id="null in the field"),
        pytest.param('{"altcha": 1}', JSON, id="a number in the field"),
        pytest.param('{"altcha": {"number": 1}}', JSON, id="an object in the field"),
        pytest.param('{"altcha": "é"}', JSON, id="a field that is not ASCII"),
        pytest.param("--x\r\n", "multipart/form-data; boundary=x", id="a form of files"),
    ],
)
def test_what_cannot_be_read_is_told_so(body: str, media_type: str) -> None:
    site = Site()
    visitor = Visitor(site, JSON)
    status, _, said = visitor.ask("/.dawr/challenge", "POST", body, media_type)
    assert (status, json.loads(said)["error"]) == (400, "challenge-malformed")
    assert set(json.loads(said)["message"]) == {"ar", "en"}
    assert visitor.cookies == {}
    assert site.counted == {("failed", "malformed"): 1}


def test_no_body_at_all_is_told_so() -> None:
    visitor = Visitor(Site(), JSON)
    status, _, said = visitor.ask("/.dawr/challenge", "POST", **{"Content-Length": "0"})
    assert (status, json.loads(said)["error"]) == (400, "challenge-malformed")


def test_a_solution_counts_once_and_not_for_ever() -> None:
    site = Site()
    visitor = Visitor(site, JSON)
    first, second = (json.loads(visitor.ask("/.dawr/challenge")[2]) for _ in range(2))
    assert visitor.solve(first)[0] == 204
    status, _, said = visitor.solve(first)
    assert (status, json.loads(said)["error"]) == (403, "challenge-spent")
    site.clock.advance(601)
    status, _, said = visitor.solve(second)
    assert (status, json.loads(said)["error"]) == (403, "challenge-expired")


def test_a_wrong_solution_from_a_form_gets_the_page_again() -> None:
    site = Site()
    visitor = Visitor(site)
    challenge = on_page(visitor.ask("/page")[2])
    wrong = {**challenge, "signature": "0" * 64}
    status, _, page = visitor.solve(wrong, to="/page")
    assert (status, attribute(page, "to"), attribute(page, "back")) == (403, "/page", "1")
    assert on_page(page) != challenge
    assert "dawr-pass" not in visitor.cookies
    assert site.counted["failed", "wrong"] == 1


@pytest.mark.parametrize("accept", [HTML, JSON, "*/*"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_where_challenges_are_off_who_would_be_challenged_is_limited(
    accept: str, method: str
) -> None:
    site = Scene(decider=FakeDecider(decision=ASKED))
    status, fields, body = Visitor(site, accept).ask("/", method, "a=b" if method == "POST" else "")
    assert (status, fields["retry-after"]) == (429, "30")
    assert ("<b>30</b>" in body) or json.loads(body)["error"] == "limited"
    assert site.forwarded == b""


# The way back.


@pytest.mark.parametrize(
    ("to", "leads_to"),
    [
        ("/", "/"),
        ("/page?a=b&c=%D8%A7", "/page?a=b&c=%D8%A7"),
        ("/.//evil.example", "/.//evil.example"),
        ("", "/"),
        ("page", "/"),
        ("?a", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("/a\\b", "/"),
        ("/\t/evil.example/", "/"),
        ("/ /evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("/a\nb", "/"),
        ("/a\x00b", "/"),
        ("/é", "/"),
        ("/\x7f", "/"),
        ("/.dawr/challenge?wait=x", "/"),
        ("/" + "a" * 2047, "/" + "a" * 2047),
        ("/" + "a" * 2048, "/"),
    ],
)
def test_the_way_back_leads_to_the_platform_alone(to: str, leads_to: str) -> None:
    assert local(to.encode()) == leads_to.encode()
    site = Site()
    visitor = Visitor(site)
    challenge = on_page(visitor.ask("/page")[2])
    status, fields, _ = visitor.solve(challenge, to=to)
    if to:
        assert (status, fields["location"]) == (303, leads_to)


@given(st.binary(max_size=40))
def test_no_way_back_leaves_the_host_or_the_line(to: bytes) -> None:
    from urllib.parse import urljoin, urlsplit

    way = local(to)
    assert not re.search(rb"[\x00-\x20\x7f-\xff\\]", way)
    assert urlsplit(urljoin("https://a.example/x", way.decode())).netloc == "a.example"


def test_nothing_that_a_visitor_sends_breaks_it() -> None:
    """Whatever stands in the query and the body, there is an answer."""
    challenge = Challenge(
        KEYS, TERMS, devices=Devices(KEYS, FakeClock(), name=b"dawr", max_age=60),
        clock=Site().clock,
        counts=Counts(), spent=Spent(),
    )  # fmt: skip

    @given(
        st.binary(max_size=60), st.binary(max_size=100), st.sampled_from(["GET", "POST", "PUT"]),
        st.sampled_from([FORM, JSON, ""]), st.sampled_from([HTML, JSON, ""]),
    )  # fmt: skip
    def send(query: bytes, body: bytes, method: str, media_type: str, accept: str) -> None:
        headers = [(b"content-type", media_type.encode()), (b"accept", accept.encode())]
        request = a_request(method=method, path="/.dawr/challenge", query=query, headers=headers)
        answer = challenge.answer(request, body)
        assert answer.status in {200, 303, 400, 403, 405}
        assert b"dawr-pass" not in answer.fields

    send()
