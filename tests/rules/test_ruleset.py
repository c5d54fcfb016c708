"""The shipped ruleset: its own tests, made-up life and made-up attacks, and lines that are known.

The corpus is made by `corpus`; what stands in corpus/*.txt, a line each, is refused (attacks) or
let pass (ordinary) wherever it is put.
"""

import base64
import json
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from asking import refused_by
from corpus import Sent, attacks, benign, sending
from rulesets import MONDAY_NOON, TODAY

from gateway.rules import loader, proof
from gateway.rules.assembly import assembled
from gateway.rules.engine import Engine, Levels
from gateway.rules.line import made
from gateway.rules.loader import Ruleset
from gateway.tokens import Signer

FOLDER = Path(__file__).parents[2] / "rules"
LINES = Path(__file__).parent / "corpus"
SIZE = 2500


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return loader.load(FOLDER, TODAY)


@pytest.fixture(scope="module")
def engine(shipped: Ruleset) -> Engine:
    return assembled(
        shipped, TODAY, levels=Levels(1, 5), inspect=1 << 20, place=None, now=lambda: MONDAY_NOON
    )


def test_a_cookie_of_ours_offends_no_rule(engine: Engine) -> None:
    """Its bytes are anything: also those with which a pickled or a Java object begins."""
    signer = Signer(b"ticket", [b"k" * 32])
    for beginning in (b"gAJKTBw2", b"gAN9AAAA", b"gASVAAAA", b"rO0ABXNy", b"AAEAAAD/"):
        token = signer.make(base64.b64decode(beginning) + bytes(34))
        cookie = b"dawr-ticket-passports=" + token
        headers = [(b"host", b"booking.example"), (b"cookie", cookie)]
        assert refused_by(engine, Sent("GET", b"/booking/", headers, b"")) == ""
        if beginning != b"AAEAAAD/":  # which is standard base64 in our URL-safe one
            bare = [headers[0], (b"cookie", cookie.replace(b"=1", b"="))]
            assert refused_by(engine, Sent("GET", b"/booking/", bare, b"")) == "serialised-object"


def test_every_rule_is_proved_by_its_tests(shipped: Ruleset) -> None:
    outcomes = proof.prove(shipped)
    assert [f"{one.rule}: {one.request}: {one.wrong}" for one in outcomes if one.wrong] == []
    assert len(outcomes) > 2 * len(shipped.rules)


def test_nothing_is_warned_of(shipped: Ruleset) -> None:
    assert shipped.warnings == []


def test_every_rule_has_what_people_need_to_read_it(shipped: Ruleset) -> None:
    for rule in shipped.rules:
        assert rule.title[0].isupper(), rule.id
        assert not rule.title.endswith("."), rule.id
        assert rule.tests.hits, rule.id
        assert rule.tests.misses, rule.id
    for path in FOLDER.glob("*.yaml"):
        assert path.read_text().startswith("# "), f"{path.name} does not say what it is about"


def test_attacks_are_refused(engine: Engine) -> None:
    missed = [sent for sent in attacks(SIZE, 20261125) if not refused_by(engine, sent)]
    assert len(missed) <= SIZE * 0.01, missed


def test_life_is_let_pass(engine: Engine) -> None:
    refused = [(refused_by(engine, sent), sent) for sent in benign(SIZE, 20261125)]
    refused = [one for one in refused if one[0]]
    assert len(refused) <= SIZE * 0.001, refused


def lines(name: str) -> list[str]:
    return [line for line in (LINES / name).read_text("utf-8").splitlines() if line]


def carried(text: str) -> list[Sent]:
    """In a query, a form and JSON; `CRLF:` begins lines in which \\r and \\n are meant."""
    if text.startswith("CRLF:"):
        text = text.removeprefix("CRLF:").replace("\\r", "\r").replace("\\n", "\n")
    dice = random.Random(text)
    pair = ("q", quote(text, safe=""))
    return [
        sending.by_query(dice, "/search", [pair], text),
        sending.by_form(dice, "/book", [("a", "1"), pair], text),
        sending.by_json(dice, "/api/v1/book", {"q": text}, text),
    ]


def visited(path: str) -> Sent:
    return Sent("GET", path.encode(), sending.browser(random.Random(path)), about=path)


def test_known_attacks_are_refused_wherever_they_stand(engine: Engine) -> None:
    sent = [one for line in lines("attacks.txt") for one in carried(line)]
    sent += [visited(path) for path in lines("attack_paths.txt")]
    assert [one for one in sent if not refused_by(engine, one)] == []


def test_ordinary_lines_are_let_pass_wherever_they_stand(engine: Engine) -> None:
    sent = [one for line in lines("ordinary.txt") for one in carried(line)]
    sent += [visited(path) for path in lines("ordinary_paths.txt")]
    refused = [(refused_by(engine, one), one) for one in sent]
    assert [one for one in refused if one[0]] == []


def test_no_random_bytes_are_an_upload_of_code(engine: Engine) -> None:
    dice = random.Random(7)
    for _ in range(300):
        photo = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + dice.randbytes(6000)
        file = ("photo", "photo.jpg", "image/jpeg", photo)
        sent = sending.by_multipart(dice, "/upload", [("trip", "7")], [file], "photo")
        assert refused_by(engine, sent) == ""


def test_the_corpus_holds_nothing_of_the_rules_own_tests(shipped: Ruleset) -> None:
    """Else a rule could be made for its test, and the corpus would prove nothing."""
    theirs: set[str] = set()
    for rule in shipped.rules:
        for hit in rule.tests.hits:
            example = made(hit)
            theirs.add(example.request.query.decode())
            theirs.add(example.body.decode("utf-8", "replace"))
            theirs.add(example.request.path if "kelb" in example.request.path else "")
    theirs.discard("")
    for sent in [*attacks(SIZE, 1), *benign(SIZE, 1)]:
        whole = sent.target.decode() + "\n" + sent.body.decode("utf-8", "replace")
        assert "kelb" not in whole
        assert sent.target.partition(b"?")[2].decode() not in theirs
        assert not sent.body or whole.split("\n", 1)[1] not in theirs


def test_the_corpus_is_the_same_for_the_same_seed() -> None:
    assert repr(attacks(50, 3)) == repr(attacks(50, 3))
    assert repr(benign(50, 3)) == repr(benign(50, 3))
    assert repr(attacks(50, 3)) != repr(attacks(50, 4))


@pytest.mark.parametrize("agent", sending.PROGRAMS)
def test_honest_programs_pass(engine: Engine, agent: str) -> None:
    sent = Sent("GET", b"/trips", sending.browser(random.Random(1), agent))
    assert refused_by(engine, sent) == ""


def test_an_attack_within_deep_json_is_refused(engine: Engine) -> None:
    document: object = "' or 5=5--"
    for _ in range(15):
        document = {"a": [document]}
    body = json.dumps(document).encode()
    headers = [*sending.browser(random.Random(1)), (b"content-type", b"application/json")]
    assert refused_by(engine, Sent("POST", b"/api", headers, body))
