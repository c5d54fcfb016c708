"""Tables of what is SQL and script, and what is not; laws that hold of any text."""

import re

import pytest
import re2
from corpus.ordinary import NAMES, NOTES, SEARCHES, STREETS
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.rules.detectors import sqli, xss
from gateway.rules.patterns import check


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("' or 5=5 --", id="behind a quote"),
        pytest.param('" or "a"="a', id="behind a double quote"),
        pytest.param("') or ('a'='a", id="with brackets"),
        pytest.param("9 or 5=5", id="behind a number"),
        pytest.param("admin'--", id="the rest cut off"),
        pytest.param("admin'/*", id="the rest cut off by another comment"),
        pytest.param("9 union select 1,2", id="a second select"),
        pytest.param("9/**/union/**/all/**/select/**/1", id="comments for blanks"),
        pytest.param("9 /*!50000union*/ select 1,2", id="MySQL's conditional comment"),
        pytest.param("9#x\nunion#y\nselect 1,2", id="comments to the end of the line"),
        pytest.param("9'+union+select+1,2--", id="plus signs for blanks"),
        pytest.param("9;drop table a--", id="a second statement"),
        pytest.param("9;waitfor delay '0:0:5'", id="waiting"),
        pytest.param("9 and sleep(5)", id="a call that waits"),
        pytest.param("a'||pg_sleep(5)--", id="a call put together with a text"),
        pytest.param("9 and ascii(substr(user(),1,1))>64", id="letter by letter"),
        pytest.param("9 order by 4--", id="counting columns"),
        pytest.param("9 having 1=1", id="having"),
        pytest.param("' or ''-'", id="an empty string"),
        pytest.param("9 or a=a", id="the same name twice"),
        pytest.param("9 and 5 between 4 and 6", id="between"),
        pytest.param("9-(case when 1=1 then 1 else 0 end)", id="case"),
        pytest.param("1dunion select 1", id="a number that ends in a letter"),
        pytest.param("select * from users", id="a whole statement"),
    ],
)
def test_is_sql(text: str) -> None:
    assert sqli.found(text)


@pytest.mark.parametrize(
    "text",
    [
        *[pytest.param(text, id=text[:30]) for text in (*NAMES, *STREETS, *SEARCHES, *NOTES)],
        pytest.param("select a place and drop me a line; union of students", id="its words"),
        pytest.param("European Union (select countries)", id="select in brackets"),
        pytest.param("the boys' and girls' seats", id="apostrophes behind an s"),
        pytest.param("the dogs' --", id="an apostrophe and a dash"),
        pytest.param("coffee; select seat", id="a semicolon and select"),
        pytest.param("select-seats", id="no product"),
    ],
)
def test_is_no_sql(text: str) -> None:
    assert not sqli.found(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>alert(5)</script>", id="a tag"),
        pytest.param("<script src=//a.test>", id="a tag that is not closed"),
        pytest.param("<b onclick=f()>", id="a handler in a harmless tag"),
        pytest.param("<x/onclick=f()>", id="a tag that is none, slashes for blanks"),
        pytest.param("<a href='java script:f()'>", id="a URL with blanks"),
        pytest.param("<svg", id="cut off"),
        pytest.param('" onfocus=f() autofocus x="', id="out of an attribute"),
        pytest.param("x onerror=f()", id="within a tag"),
        pytest.param("javascript:f(1)", id="a URL"),
        pytest.param("data:text/html,x", id="a page as a URL"),
        pytest.param("';alert(5)//", id="out of a string"),
        pytest.param("{{constructor.constructor('f')()}}", id="a template of Angular"),
        pytest.param("document.cookie", id="the cookies"),
        pytest.param("<p style='x:expression(f())'>", id="a style that runs"),
    ],
)
def test_is_script(text: str) -> None:
    assert xss.found(text)


@pytest.mark.parametrize(
    "text",
    [
        *[pytest.param(text, id=text[:30]) for text in (*NAMES, *STREETS, *SEARCHES, *NOTES)],
        pytest.param("<3 a < b > c <- ->", id="signs"),
        pytest.param("<b>bold</b><br/><i class=x>", id="harmless tags"),
        pytest.param("Ali <ali@example.com>", id="a mail address"),
        pytest.param("JavaScript: The Good Parts", id="a book"),
        pytest.param("on sale = yes, online=yes, once=1", id="on"),
        pytest.param("alert (see below), confirm(ed)", id="brackets"),
        pytest.param("[our trip](https://example.com)", id="markdown"),
    ],
)
def test_is_no_script(text: str) -> None:
    assert not xss.found(text)


PIECES = st.sampled_from(
    [
        "'",
        "or",
        "and",
        "union",
        "select",
        "1",
        "=",
        "(",
        ")",
        "--",
        "#",
        "/*",
        "*/",
        ";",
        "a",
        ",",
        "from",
        "sleep(",
        "<",
        ">",
        "script",
        "img",
        "onerror",
        "=x",
        '"',
        "||",
        "&&",
        "javascript:",
        "alert(",
        "/",
        "case",
        "when",
        "drop",
        "table",
        "{{",
        "}}",
        "document.",
        "cookie",
        "+",
        "`",
        "@@version",
        "0x41",
        "not",
        "like",
        "having",
        "order",
        "by",
        "null",
        "true",
        "svg",
        "style",
    ]
)
TEXTS = st.lists(PIECES | st.sampled_from([" ", "\n"]) | st.text(max_size=3), max_size=14).map(
    "".join
)


@pytest.mark.parametrize("detector", [sqli, xss], ids=["sqli", "xss"])
def test_its_hint_is_a_pattern_for_rules(detector: object) -> None:
    check(detector.HINT)  # type: ignore[attr-defined]


@given(TEXTS)
@example("' or 1=1")
@example("<ſcript>alert(1)")
def test_the_hint_is_found_wherever_the_detector_holds(text: str) -> None:
    options = re2.Options()
    options.case_sensitive = False
    for detector in (sqli, xss):
        if detector.found(text):
            assert re2.search(f"(?is:{detector.HINT})", text)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "alert(document",
            "or ((((",
            "or w",
            "<a x='",
            '<a style="',
            "a.a",
            "'/*",
            "if(w",
            '"a"b',
        ),
        *(
            "or not ((",
            "on",
            '["',
            "({",
            "{{",
            "update ",
            "['a'",
            "document ",
            "case when ",
            "!+[]",
        ),
        *("javascript :", "\n", "data:", "((", "<a '<a \"", "select ", "`", "x\\", "<", "<!", "''"),
    ],
)
@pytest.mark.parametrize("detector", [sqli, xss], ids=["sqli", "xss"])
def test_it_ends_on_texts_that_make_patterns_try_again(detector: object, piece: str) -> None:
    """Milliseconds where work grows as the text does; minutes, were it to grow as its square."""
    long = "' or x" + piece * (120_000 // len(piece))
    assert detector.found(long) in {True, False}  # type: ignore[attr-defined]


def test_what_is_read_is_bounded() -> None:
    reading = sqli.Reading("1," * 10_000, 0, False)
    assert len(reading.kinds) == sqli.TOKENS
    assert re.fullmatch("(n,)+", reading.kinds)
