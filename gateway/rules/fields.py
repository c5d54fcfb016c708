"""What a rule can look at: the fields of a request, by the names that stand in rules.

A field belongs to a *group*: the text of a whole group is searched at once for whatever rules look
for in any field of it (engine.py). Fields without a group are asked one by one, which is cheap: an
address, a number, a word.
"""

import re
from enum import IntEnum
from typing import Final

from gateway.settings.suggest import did_you_mean


class Group(IntEnum):
    NONE = 0
    PATH = 1
    ARGUMENTS = 2  # names and values of query, form and JSON
    HEADERS = 3  # all but cookies
    COOKIES = 4
    UPLOADS = 5  # names and types of uploaded files, and how they begin
    BODY = 6  # one that is neither form nor JSON
    QUERY = 7  # as a whole
    HEADER_NAMES = 8


class Kind(IntEnum):
    """What a field's values are, and so which operators fit."""

    TEXT = 0
    WORD = 1  # compared as a whole: a method, a country
    ADDRESS = 2
    NUMBER = 3
    TRUTH = 4
    TIME = 5  # of day


class Field:
    """`name` as written; `argument`: what stands in the place of NAME; `body`: reads the body;
    `single`: it seldom has more than one value."""

    __slots__ = ("argument", "body", "group", "kind", "name", "single", "word")

    def __init__(
        self, word: str, group: Group, kind: Kind, body: bool, name: str = "", argument: str = ""
    ) -> None:
        self.word = word
        self.group = group
        self.kind = kind
        self.body = body
        self.name = name or word
        self.argument = argument
        self.single = bool(argument) or word in {"path", "extension", "host", "query"}


# name, group, kind, whether it reads the body, one line for the reference
_TABLE: Final = (
    ("method", Group.NONE, Kind.WORD, False, "GET, POST, …"),
    ("path", Group.PATH, Kind.TEXT, False, "normalised and decoded, without the query"),
    ("segments", Group.PATH, Kind.TEXT, False, "each piece of the path between slashes"),
    ("extension", Group.PATH, Kind.TEXT, False, "what follows the last dot of the last segment"),
    ("host", Group.HEADERS, Kind.TEXT, False, "as asked for, with its port"),
    ("query", Group.QUERY, Kind.TEXT, False, "the whole query, decoded once"),
    ("query.NAME", Group.ARGUMENTS, Kind.TEXT, False, "the values of one field of the query"),
    ("form.NAME", Group.ARGUMENTS, Kind.TEXT, True, "the values of one field of a form"),
    ("json.PATH", Group.ARGUMENTS, Kind.TEXT, True, "a value of a JSON body: json.user.name"),
    ("cookie.NAME", Group.COOKIES, Kind.TEXT, False, "a cookie's value"),
    ("header.NAME", Group.HEADERS, Kind.TEXT, False, "a header's values"),
    ("user_agent", Group.HEADERS, Kind.TEXT, False, "the User-Agent header"),
    ("any query value", Group.ARGUMENTS, Kind.TEXT, False, "each value of the query"),
    ("any form value", Group.ARGUMENTS, Kind.TEXT, True, "each value of a form's text fields"),
    ("any json value", Group.ARGUMENTS, Kind.TEXT, True, "each text or number of a JSON body"),
    ("any argument", Group.ARGUMENTS, Kind.TEXT, True, "all three of these"),
    ("any argument name", Group.ARGUMENTS, Kind.TEXT, True, "names of query, form and JSON"),
    ("any cookie", Group.COOKIES, Kind.TEXT, False, "each cookie's value"),
    ("any header", Group.HEADERS, Kind.TEXT, False, "each header's value, cookies apart"),
    (
        "any header name",
        Group.HEADER_NAMES,
        Kind.TEXT,
        False,
        "each header's name, in small letters",
    ),
    ("any upload name", Group.UPLOADS, Kind.TEXT, True, "the file name of each upload"),
    ("any upload type", Group.UPLOADS, Kind.TEXT, True, "the declared type of each upload"),
    ("any upload start", Group.UPLOADS, Kind.TEXT, True, "the first 4 KiB of each upload"),
    ("upload.size", Group.NONE, Kind.NUMBER, True, "bytes of each upload, as far as it was read"),
    ("body", Group.BODY, Kind.TEXT, True, "the text of a body that is neither form nor JSON"),
    ("body.size", Group.NONE, Kind.NUMBER, False, "its announced bytes; 0 without one"),
    ("arguments.count", Group.NONE, Kind.NUMBER, True, "how many query, form and JSON values"),
    ("json.depth", Group.NONE, Kind.NUMBER, True, "how deep a JSON body is nested"),
    ("client.address", Group.NONE, Kind.ADDRESS, False, "whom the request is for"),
    ("client.country", Group.NONE, Kind.WORD, False, "two letters; needs geo.country"),
    ("client.asn", Group.NONE, Kind.NUMBER, False, "the network's number; needs geo.asn"),
    ("client.device", Group.NONE, Kind.TRUTH, False, "whether our device cookie came back"),
    ("tags", Group.NONE, Kind.WORD, False, "what rules before this one have tagged it"),
    ("tls", Group.NONE, Kind.TRUTH, False, "whether it came over TLS"),
    ("time", Group.NONE, Kind.TIME, False, "of day, in the zone of rules.zone"),
    ("weekday", Group.NONE, Kind.WORD, False, "mon, tue, wed, thu, fri, sat, sun"),
)
REFERENCE: Final = tuple((name, kind, told) for name, _, kind, _, told in _TABLE)
_EXACT: Final = {name: (group, kind, body) for name, group, kind, body, _ in _TABLE}
_WITH_NAME: Final = ("query.", "form.", "json.", "cookie.", "header.")
PATTERN: Final = (
    "^(?:"
    + "|".join(re.escape(name) for name in _EXACT if not name.endswith((".NAME", ".PATH")))
    + r"|(?:query|form|cookie|header|json)\..+)$"
)


def field(name: str) -> Field:
    """The field called `name`; raises ValueError with a suggestion."""
    if name == "user_agent":
        name = "header.user-agent"
    if name in _EXACT and not name.endswith((".NAME", ".PATH")):
        group, kind, body = _EXACT[name]
        return Field(name, group, kind, body)
    for prefix in _WITH_NAME:
        argument = name.removeprefix(prefix)
        if argument != name and argument:
            word = prefix + ("PATH" if prefix == "json." else "NAME")
            group, kind, body = _EXACT[word]
            if prefix == "header.":
                name, argument = name.lower(), argument.lower()
                if argument == "cookie":
                    raise ValueError('cookies are read by "any cookie" or cookie.NAME')
            return Field(word, group, kind, body, name, argument)
    raise ValueError(f"no field is called {name!r}{did_you_mean(name, _EXACT)}")
