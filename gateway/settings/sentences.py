"""What is wrong with a value, in plain words that say what to write instead.

pydantic finds the fault and names its kind; none of pydantic's own words reach the operator. A test
holds that every kind our models can produce, and every pattern in them, has its words here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.settings.draws import CALLED
from gateway.settings.identities import HEADER
from gateway.settings.limits import METHOD, NAME
from gateway.settings.model import shown
from gateway.settings.quotas import ADDRESS
from gateway.settings.rooms import COLOUR, LANGUAGE, ROOM_NAME

# What belongs there, where it is of the wrong kind.
_WANTED: Final = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number that has an end",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "path_type": "the path of a file",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "condition": "a condition (field: with an operator, or all, any, not)",
}
# Where it is of the right kind, but beyond what is possible; {got} and pydantic's own numbers.
_BEYOND: Final = {
    "greater_than": "{got} is too small: more than {gt}",
    "greater_than_equal": "{got} is too small: {ge} at least",
    "less_than": "{got} is too large: less than {lt}",
    "less_than_equal": "{got} is too large: {le} at most",
    "int_parsing_size": "{got} is too large",
    "string_too_short": "{got} is too short: {min_length} characters at least",
    "string_too_long": "this text is too long: {max_length} characters at most",
    "too_long": "this list is too long: {max_length} entries at most",
    "string_unicode": "this text holds half a character: write it in UTF-8",
}
KINDS: Final = frozenset(_WANTED) | frozenset(_BEYOND) | frozenset(
    ("value_error", "literal_error", "string_pattern_mismatch", "too_short")
)  # fmt: skip
PATTERNS: Final = {
    METHOD: "is no method; write it in capitals, for example POST",
    NAME: "is no name; write small letters, digits and dashes, for example per-client",
    ROOM_NAME: "is no name of a room; write up to 32 small letters, digits and dashes, for example "
    "passports",
    CALLED: "is no name of a witness or a share; write letters, digits, spaces, dots and dashes, "
    "for example Bar Association",
    ADDRESS: "is no address; write for example https://sms.example/send",
    LANGUAGE: "is no language; write its code in small letters, for example ar or en",
    HEADER: "is no name of a header or cookie; write letters, digits and dashes, for example "
    "X-Person",
    COLOUR: "is no colour; write it as six hexadecimal digits, for example #1f6f54",
    "^[A-Z]{2}$": "is no code of a country; write two capital letters, for example SY",
    "^/": "is no path; begin it with a slash, for example /booking/",
    "^/[!-~]*$": "is no path; begin it with a slash, without spaces, for example /health",
    "^[A-Za-z0-9._/-]+$": (
        "is no name; write letters, digits, dots, dashes and slashes, for example staff.txt"
    ),
    "^[A-Za-z0-9_-]{1,32}$": (
        "is no name of a cookie; write 1 to 32 letters, digits, dashes and underscores, "
        "for example dawr"
    ),
}

# What people write to switch a part off, and how each part is.
_OFF_WORDS: Final = frozenset({"off", "no", "none", "never", "false", "disabled", "disable"})
OFF: Final = {
    "access_log": "write access_log: {path: off}",
    "blocking": "write blocking: {mode: off}",
    "blocking.feeds": "write feeds: []",
    "blocking.honeypots": "write honeypots: []",
    "blocking.shared": "it spares the many behind one address, and stays on",
    "blocking.strikes": "write 0 for each kind that is to weigh nothing",
    "blocking.widen": "write widen: {share: 1}, for networks all of whose addresses misbehave",
    "bounds": "they hold always; raise those that are too narrow",
    "challenge": "write challenge: off",
    "client_address": "leave it out: then nobody is trusted to name another",
    "device_cookie": "write device_cookie: off",
    "flood": "write flood: {level: calm}, which holds the level whatever is seen",
    "flood.logins": "write logins: []",
    "geo": "leave it out: without a database nobody is refused by country",
    "limits": "write limits: []",
    "lists": "leave it out: then nobody is listed",
    "log": "write log: {level: error}",
    "maintenance": "write maintenance: {active: false}",
    "overload": "write overload: off",
    "platform.ejection": "write ejection: off",
    "platform.health": "write health: off",
    "platform.retries": "write retries: false",
    "platform.timeouts": "they hold always; write longer ones",
    "platform.tls": "write backends that begin with http://",
    "platform.upgrades": "write upgrades: {paths: []}",
    "rooms": "write rooms: []",
    "rules": "write rules: {path: null}",
    "state": "write state: {url: off}",
}


def sentence(errors: Sequence[Mapping[str, Any]], path: str) -> str:
    """For what pydantic found wrong with one value: one error, or one for each thing it might have
    been. `path` is that of the key, without the numbers of list entries."""
    off = _switched_off(errors, path)
    if off:
        return off
    wanted = [_wanted(error) for error in errors]
    if len(errors) > 1 and all(wanted):
        return _belongs(" or ".join(wanted), errors[0]["input"])
    return _one(errors[-1] if not wanted[-1] else errors[0])


def _switched_off(errors: Sequence[Mapping[str, Any]], path: str) -> str:
    kinds = {error["type"] for error in errors}
    got = errors[0]["input"]
    is_off = got is False or (isinstance(got, str) and got.lower() in _OFF_WORDS)
    if not is_off or not kinds & {"model_type", "list_type", "dict_type"}:
        return ""
    if path in OFF:
        return f"{shown(got)} does not go here: {OFF[path]}"
    if kinds == {"list_type"}:
        return f"{shown(got)} does not go here: write [] for none"
    return f"{shown(got)} does not go here: leave it out, and its defaults hold"


def _wanted(error: Mapping[str, Any]) -> str:
    if error["type"] == "literal_error":
        return f"one of {', '.join(allowed_words(error))}"
    return _WANTED.get(error["type"], "")


def _one(error: Mapping[str, Any]) -> str:
    kind, context, got = error["type"], error.get("ctx", {}), error["input"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return f"{shown(got)} {PATTERNS.get(context['pattern'], 'cannot stand here')}"
    if kind == "too_short":
        least = context["min_length"]
        return "this list must not be empty" if least == 1 else f"{least} entries at least"
    if kind == "literal_error":
        return f"{shown(got)} is not one of {', '.join(allowed_words(error))}"
    if kind in _WANTED:
        return _belongs(_WANTED[kind], got)
    if kind in _BEYOND:
        numbers = {name: _number(value) for name, value in context.items()}
        return _BEYOND[kind].format(got=shown(got), **numbers)
    return f"{shown(got)} cannot stand here"


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _belongs(wanted: str, got: Any) -> str:
    verb = "belong" if wanted.endswith("values") else "belongs"
    example = ": [one, two]" if wanted.endswith("a list") else ""
    return f"{wanted} {verb} here{example}, not {shown(got)}"


def allowed_words(error: Mapping[str, Any]) -> list[str]:
    """What a value of a few words may be."""
    expected: str = error["ctx"]["expected"]
    return [word.strip("' ") for word in expected.replace(" or ", ", ").split(", ")]
