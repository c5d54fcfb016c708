"""Fields of bodies: what they hold, and what can be read in two ways and so has no value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.body_fields import (
    FIELDS,
    FORM,
    JSON,
    MULTIPART,
    OTHER,
    BodyFields,
    form_pairs,
    json_document,
    kind_of,
    multipart_pairs,
    plain,
)

URLENCODED = b"application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        (None, OTHER),
        (b"", OTHER),
        (b"text/plain", OTHER),
        (URLENCODED, FORM),
        (b" Application/X-WWW-Form-Urlencoded ; charset=utf-8", FORM),
        (b"multipart/form-data; boundary=a", MULTIPART),
        (b"application/json", JSON),
        (b"application/json; charset=utf-8", JSON),
        (b"application/vnd.api+json", JSON),
        (b"application/jsonx", OTHER),
    ],
)
def test_the_kind_is_the_content_type_s(content_type: bytes | None, kind: int) -> None:
    assert kind_of(content_type) == kind


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b"username=admin", "admin", id="plain"),
        pytest.param(b"a=1&username=admin&b=2", "admin", id="among others"),
        pytest.param(b"%75sername=admin", "admin", id="its name encoded"),
        pytest.param(b"username=%41dmin+", "admin", id="another case, a space behind"),
        pytest.param("username=ＡＤＭＩＮ".encode(), "admin", id="full-width letters"),
        pytest.param(b"username=%D9%85%D9%86%D9%89", "منى", id="Arabic"),
        pytest.param(b"username=a&username=b", None, id="twice"),
        pytest.param(b"username=a&username=a", None, id="twice the same"),
        pytest.param(b"username=", None, id="empty"),
        pytest.param(b"username=++", None, id="only spaces"),
        pytest.param(b"username", None, id="without a value"),
        pytest.param(b"user=a", None, id="another name"),
        pytest.param(b"Username=a", None, id="its name in another case"),
        pytest.param(b"username[]=a", None, id="an array"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"username=%ff", "�", id="no UTF-8"),
        pytest.param(b"a&" * (FIELDS - 1) + b"username=a", "a", id="as many as are read"),
        pytest.param(b"a&" * FIELDS + b"username=a", None, id="one more"),
    ],
)
def test_a_field_of_a_form(body: bytes, value: str | None) -> None:
    assert BodyFields(URLENCODED, body).form("username") == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b'{"user": {"name": "Admin "}}', "admin", id="a text"),
        pytest.param(b'{"user": {"name": 17}}', "17", id="a number"),
        pytest.param(b'{"user": {"name": 1.50}}', "1.50", id="a number as written"),
        pytest.param(b'{"user": {"name": true}}', "true", id="a truth"),
        pytest.param(b'{"user": {"name": null}}', None, id="null"),
        pytest.param(b'{"user": {"name": ["a"]}}', None, id="a list"),
        pytest.param(b'{"user": {"name": {}}}', None, id="an object"),
        pytest.param(b'{"user": "name"}', None, id="not deep enough"),
        pytest.param(b'{"user": {}}', None, id="lacking"),
        pytest.param(b'{"user": {"name": "a", "name": "b"}}', None, id="a key twice"),
        pytest.param(b'{"user": {"name": "a"}, "x": 1, "x": 2}', None, id="any key twice"),
        pytest.param(b'{"user": {"n\\u0061me": "a"}}', "a", id="its name escaped"),
        pytest.param(b'{"user": {"name": "a"}', None, id="cut off"),
        pytest.param(b"[" * 16_000, None, id="far too deep"),
        pytest.param(b'{"user": {"name": ' + b"9" * 16_000 + b"}}", "9" * 16_000, id="long"),
        pytest.param(b"\xff\xfe{", None, id="no text"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_value_of_a_document(body: bytes, value: str | None) -> None:
    assert BodyFields(b"application/json", body).json(("user", "name")) == value


def multipart(*parts: tuple[str, str], boundary: str = "x") -> bytes:
    made = "".join(f"--{boundary}\r\n{head}\r\n\r\n{value}\r\n" for head, value in parts)
    return f"{made}--{boundary}--\r\n".encode()


NAME = 'Content-Disposition: form-data; name="username"'


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        pytest.param(b"boundary=x", multipart((NAME, "admin")), "admin", id="one"),
        pytest.param(b'boundary="x"', multipart((NAME, "admin")), "admin", id="quoted boundary"),
        pytest.param(
            b"charset=utf-8; boundary=x",
            multipart(("Content-Disposition: form-data; name=a", "1"), (NAME, "b\r\n--y")),
            "b\r\n--y",
            id="among others",
        ),
        pytest.param(
            b"boundary=x",
            multipart((f'{NAME}; filename="a"', "admin")),
            None,
            id="a file is no text",
        ),
        pytest.param(b"boundary=x", multipart((NAME, "a"), (NAME, "b")), None, id="twice"),
        pytest.param(b"boundary=x", multipart((NAME, "a"))[:-5], None, id="cut off"),
        pytest.param(b"boundary=x", multipart(("X: y", "a")), None, id="a part without a name"),
        pytest.param(b"", multipart((NAME, "a")), None, id="no boundary"),
        pytest.param(b"boundary=y", multipart((NAME, "a")), None, id="another boundary"),
    ],
)
def test_a_field_of_a_multipart_form(content_type: bytes, body: bytes, value: str | None) -> None:
    assert BodyFields(b"multipart/form-data; " + content_type, body).form("username") == value


def test_a_form_has_no_document_and_a_document_no_fields() -> None:
    assert BodyFields(URLENCODED, b"a=1").json(("a",)) is None
    assert BodyFields(b"application/json", b'{"a": 1}').form("a") is None
    assert BodyFields(None, b"a=1").form("a") is None


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_not(body: bytes) -> None:
    form_pairs(body)
    multipart_pairs(b"multipart/form-data; boundary=" + body[:5], body)
    json_document(body)
    BodyFields(b"application/json", body).json(("a",))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=5))
def test_a_document_is_read_as_it_was_meant(values: dict[str, str]) -> None:
    fields = BodyFields(b"application/json", json.dumps(values).encode())
    for name, value in values.items():
        assert fields.json((name,)) == (plain(value) or None)
