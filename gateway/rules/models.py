"""The rule language as models: what a rules file may hold, and what each key means."""

import datetime
import re
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from gateway.prefixes import parse_network
from gateway.rules import fields, patterns
from gateway.rules.fields import Kind
from gateway.rules.text import TRANSFORMS
from gateway.settings.model import Model
from gateway.settings.suggest import did_you_mean

LEVELS: Final = 4
USUAL: Final = 403
ID: Final = r"^[a-z][a-z0-9-]{1,63}$"
_TIMES: Final = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


def _id(text: str) -> str:
    if not re.match(ID, text):
        raise ValueError(
            f"{text!r} is no name for a rule; write small letters, digits and dashes, for example "
            "no-crawlers"
        )
    return text


def _tag(text: str) -> str:
    if not re.match(r"^[a-z][a-z0-9_-]{0,31}$", text):
        raise ValueError(f"{text!r} is no tag; write small letters and dashes, such as crawler")
    return text


def _field(name: str) -> str:
    fields.field(name)
    return name


def _pattern(text: str) -> str:
    patterns.check(text)
    return text


def _network(text: str) -> str:
    parse_network(text)
    return text


def _transform(name: str) -> str:
    if name not in TRANSFORMS:
        raise ValueError(f"no transform is called {name!r}{did_you_mean(name, TRANSFORMS)}")
    return name


def _times(text: str) -> str:
    if not _TIMES.match(text):
        raise ValueError(f"{text!r} is no span of the day: write 08:00-16:00")
    return text


def as_list(value: Any) -> Any:
    """One text is a list of one."""
    return value if isinstance(value, list) or value is None else [value]


Text = Annotated[str, Field(min_length=1, max_length=2000)]


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError(f"a text, a number, true or false belongs here, not {value!r}")
    return str(value) if isinstance(value, float) else value


Scalar = Annotated[
    Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "integer", "boolean"]})
]
Texts = Annotated[list[Text], Field(min_length=1)]

# Which operators fit which kind of field.
OPERATORS: Final[dict[str, tuple[Kind, ...]]] = {
    "is": (Kind.TEXT, Kind.WORD, Kind.ADDRESS, Kind.NUMBER, Kind.TRUTH),
    "in": (Kind.TEXT, Kind.WORD, Kind.NUMBER),
    "in_file": (Kind.TEXT, Kind.WORD, Kind.ADDRESS),
    "in_network": (Kind.ADDRESS,),
    "contains": (Kind.TEXT,),
    "contains_any": (Kind.TEXT,),
    "starts_with": (Kind.TEXT,),
    "ends_with": (Kind.TEXT,),
    "matches": (Kind.TEXT,),
    "longer_than": (Kind.TEXT,),
    "greater_than": (Kind.NUMBER,),
    "less_than": (Kind.NUMBER,),
    "between": (Kind.TIME,),
    "is_sqli": (Kind.TEXT,),
    "is_xss": (Kind.TEXT,),
    "exists": (Kind.TEXT, Kind.NUMBER, Kind.WORD),
    "more_than": (Kind.TEXT,),
}


_FIELD_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "pattern": fields.PATTERN},
        {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": fields.PATTERN}},
    ]
}


class Check(Model):
    """A field, an operator, a value: exactly one operator."""

    model_config = ConfigDict(populate_by_name=False)

    field: Annotated[str, AfterValidator(_field), WithJsonSchema(_FIELD_SCHEMA)] = Field(
        description="what is looked at; of several in a list, one is enough"
    )
    is_: Scalar | None = Field(None, alias="is", description="equals, as a whole")
    in_: list[Scalar] | None = Field(None, alias="in", min_length=1, description="equals one")
    in_file: str | None = Field(
        None, description="equals a line of this file, which lies beside the rules; # comments"
    )
    in_network: list[Annotated[str, AfterValidator(_network)]] | None = Field(
        None, min_length=1, description="lies in one of these networks: 10.0.0.0/8"
    )
    contains: Text | None = Field(None, description="holds this text somewhere")
    contains_any: Texts | None = Field(None, description="holds one of these texts")
    starts_with: Texts | None = Field(None, description="begins with this text, or one of these")
    ends_with: Texts | None = Field(None, description="ends with this text, or one of these")
    matches: Annotated[Text, AfterValidator(_pattern)] | None = Field(
        None, description="this RE2 pattern is found somewhere; ^ and $ are the value's ends"
    )
    longer_than: int | None = Field(None, ge=0, description="more characters than this")
    greater_than: int | None = Field(None, description="a larger number")
    less_than: int | None = Field(None, description="a smaller number")
    between: Annotated[str, AfterValidator(_times)] | None = Field(
        None, description="a span of the day: 08:00-16:00; 22:00-05:00 goes over midnight"
    )
    is_sqli: Literal[True] | None = Field(None, description="reads as a piece of SQL put into it")
    is_xss: Literal[True] | None = Field(None, description="reads as script put into a page")
    exists: bool | None = Field(None, description="whether there is such a field at all")
    more_than: int | None = Field(None, ge=0, description="there are more such values than this")
    transform: list[Annotated[str, AfterValidator(_transform)]] | None = Field(
        None, description="what is made of the value before: the default is [deep]; [] for nothing"
    )
    case_sensitive: bool = Field(False, description="capital and small letters differ")

    @field_validator("starts_with", "ends_with", "in_network", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return as_list(value)

    @model_validator(mode="after")
    def _one_operator_that_fits(self) -> "Check":
        given = self.given()
        if not given:
            raise ValueError(f"what about {self.field}? Write one of {', '.join(OPERATORS)}")
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} stand in one condition: write a condition for each, "
                "under all or any"
            )
        kind = fields.field(self.field).kind
        if kind not in OPERATORS[given[0]]:
            fitting = [name for name, kinds in OPERATORS.items() if kind in kinds]
            raise ValueError(f"{given[0]} does not fit {self.field}; {', '.join(fitting)} do")
        if kind is not Kind.TEXT and (self.transform is not None or self.case_sensitive):
            raise ValueError(f"transform and case_sensitive do not fit {self.field}: it is no text")
        self._value_fits(given[0], kind)
        return self

    def given(self) -> list[str]:
        """The operators that are written."""
        return [name for name in OPERATORS if getattr(self, _attribute(name)) is not None]

    def operand(self) -> tuple[str, Any]:
        """The operator and its value."""
        name = self.given()[0]
        return name, getattr(self, _attribute(name))

    def _value_fits(self, operator: str, kind: Kind) -> None:
        if operator not in {"is", "in"}:
            return
        values = self.in_ if operator == "in" else [self.is_]
        for value in values or ():
            whole = isinstance(value, int) and not isinstance(value, bool)
            if kind is Kind.TRUTH and not isinstance(value, bool):
                raise ValueError(f"{self.field} is true or false, not {value!r}")
            if kind is Kind.NUMBER and not whole:
                raise ValueError(f"{self.field} is a number, not {value!r}")
            if kind in {Kind.WORD, Kind.TEXT, Kind.ADDRESS} and isinstance(value, bool):
                raise ValueError(f'{self.field} is a text: write "{str(value).lower()}" in quotes')
            if kind is Kind.ADDRESS:
                parse_network(str(value))


def _attribute(operator: str) -> str:
    return operator + "_" if operator in {"is", "in"} else operator


class AllOf(Model):
    all: list["Condition"] = Field(min_length=1, description="each of these holds")


class AnyOf(Model):
    any: list["Condition"] = Field(min_length=1, description="at least one of these holds")


class NotOf(Model):
    not_: "Condition" = Field(alias="not", description="this does not hold")


def _shape(value: Any) -> str | None:
    """Which of the four it is meant to be: by its first telling key."""
    if isinstance(value, dict):
        for name in ("all", "any", "not"):
            if name in value:
                return f"[{name}]"
        return "[check]"
    return next((tag for tag, model in TAGGED.items() if isinstance(value, model)), None)


def _each(value: Any) -> Any:
    """A check of several fields is one of each, of which any may hold."""
    if isinstance(value, dict) and isinstance(value.get("field"), list) and value["field"]:
        return {"any": [{**value, "field": name} for name in value["field"]]}
    return value


Condition = Annotated[
    Annotated[AllOf, Tag("[all]")]
    | Annotated[AnyOf, Tag("[any]")]
    | Annotated[NotOf, Tag("[not]")]
    | Annotated[Check, Tag("[check]")],
    Discriminator(
        _shape,
        custom_error_type="condition",
        custom_error_message="no condition",
    ),
    BeforeValidator(_each),
]
TAGGED: Final[dict[str, type[Model]]] = {
    "[all]": AllOf,
    "[any]": AnyOf,
    "[not]": NotOf,
    "[check]": Check,
}


def _word_or_keys(value: Any) -> str:
    return "[keys]" if isinstance(value, dict | Model) else "[word]"


AllOf.model_rebuild()
AnyOf.model_rebuild()
NotOf.model_rebuild()


class Then(Model):
    """What a hit leads to, where it is more than a word."""

    score: int | None = Field(None, ge=1, le=100, description="this many points for the request")
    tag: Annotated[str, AfterValidator(_tag)] | None = Field(
        None, description="a tag that later rules can ask for"
    )
    limit: str | None = Field(None, description="this limit of the configuration counts it")

    @model_validator(mode="after")
    def _one(self) -> "Then":
        given = [name for name in ("score", "tag", "limit") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("write one of: score: 5, tag: name, limit: name")
        return self


class ExceptionModel(Model):
    """Where a rule does not look: all that is given must fit."""

    path: Text | None = Field(None, description="paths that begin so")
    field: Annotated[str, AfterValidator(_field)] | None = Field(
        None, description="this one field: query.q, form.comment, cookie.session"
    )
    client: list[Annotated[str, AfterValidator(_network)]] | None = Field(
        None, description="clients of these networks"
    )
    why: str | None = Field(None, description="for those who read it later")

    @field_validator("client", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return as_list(value)

    @model_validator(mode="after")
    def _not_everything(self) -> "ExceptionModel":
        if self.path is None and self.field is None and self.client is None:
            raise ValueError("say where the rule does not look: path, field or client")
        return self


class ExceptionEntry(ExceptionModel):
    """An exception in the file of exceptions: of which rule, and a request that it spares."""

    rule: str = Field(description="the rule's id")
    miss: "Example | None" = Field(None, description="a request that the rule must now let pass")


class RequestModel(Model):
    """A request by its fields, where one line is not enough."""

    method: str | None = Field(None, description="GET, or POST where there is a body")
    path: str = Field("/", description="with the query, as one would type it")
    headers: dict[str, str] = Field(default_factory=dict, description="name: value")
    form: dict[str, Scalar | list[Scalar]] | None = Field(None, description="fields of a form")
    json_: Any = Field(None, alias="json", description="a JSON body")
    body: str | None = Field(None, description="any other body")
    upload: dict[str, str] | None = Field(
        None, description="a file: name, and optionally field, type and content"
    )
    client: str = Field("198.51.100.7", description="the client's address")

    @model_validator(mode="after")
    def _one_body(self) -> "RequestModel":
        bodies = [self.form, self.json_, self.body]
        if sum(one is not None for one in bodies) > 1 or (
            self.upload and (self.body or self.json_)
        ):
            raise ValueError("a request has one body: form (with upload), json or body")
        if self.upload is not None and not set(self.upload) <= {"name", "field", "type", "content"}:
            raise ValueError("an upload has name, field, type and content")
        return self


Example = Annotated[
    Annotated[str, Tag("[word]")] | Annotated[RequestModel, Tag("[keys]")],
    Discriminator(_word_or_keys),
]


ExceptionEntry.model_rebuild()


class TestsModel(Model):
    """Requests that the rule must catch, and requests that it must let pass."""

    hits: list[Example] = Field(default_factory=list, description="it catches these")
    misses: list[Example] = Field(default_factory=list, description="and not these")


class MessageModel(Model):
    ar: Text = Field(description="in Arabic")
    en: Text = Field(description="in English")


class RuleModel(Model):
    """One rule."""

    id: Annotated[str, AfterValidator(_id)] = Field(
        description="its lasting name, in log and metrics", json_schema_extra={"pattern": ID}
    )
    title: str = Field(min_length=3, max_length=120, description="what it is about, in one line")
    why: str = Field("", description="for whoever is asked why; shown by explain")
    when: Condition = Field(description="what must hold")
    then: Annotated[
        Annotated[Literal["block", "challenge", "allow", "log"], Tag("[word]")]
        | Annotated[Then, Tag("[keys]")],
        Discriminator(_word_or_keys),
    ] = Field(description="block, challenge, allow, log, score: n, tag: name or limit: name")
    status: int = Field(USUAL, description="of the answer to what is blocked: 400 to 599")
    message: (
        Annotated[
            Annotated[Text, Tag("[word]")] | Annotated[MessageModel, Tag("[keys]")],
            Discriminator(_word_or_keys),
        ]
        | None
    ) = Field(None, description="told to whoever is blocked; {ar: …, en: …} or one text")
    mode: str = Field(
        "enforce", description="off, shadow, enforce, or 10%: a share of clients; others in shadow"
    )
    level: int = Field(1, ge=1, le=LEVELS, description="asked from this level of rules.level on")
    severity: Literal["info", "low", "medium", "high", "critical"] = Field(
        "medium", description="for whoever reads the list"
    )
    owner: str = Field("", description="whom to ask about it")
    expires: datetime.date | None = Field(None, description="the first day it is off: 2027-01-31")
    refs: list[str] = Field(default_factory=list, description="CVE, CWE, CAPEC, links")
    except_: list[ExceptionModel] = Field(
        default_factory=list, alias="except", description="where it does not look"
    )
    tests: TestsModel = Field(default_factory=TestsModel, description="hits and misses")

    @field_validator("refs", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return as_list(value)

    @field_validator("status")
    @classmethod
    def _status(cls, status: int) -> int:
        if status not in {int(one) for one in HTTPStatus if one >= 400}:
            raise ValueError(
                f"{status} is no status of a refusal: write 403, 404, 410, 451 or such"
            )
        return status

    @field_validator("mode")
    @classmethod
    def _mode(cls, text: str) -> str:
        if text in {"off", "shadow", "enforce"}:
            return text
        share = text.removesuffix("%")
        if share == text or not share.isdecimal() or not 0 < int(share) <= 100:
            raise ValueError(f"{text!r} is no mode: write off, shadow, enforce, or 10%")
        return text

    @field_validator("expires", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        try:
            return datetime.date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError(f"{value!r} is no day: write 2027-01-31") from None

    def words(self) -> dict[str, str]:
        """The message by language; nothing where it has none."""
        if isinstance(self.message, str):
            return {"ar": self.message, "en": self.message}
        return {} if self.message is None else self.message.model_dump()
