"""Whom a ticket is for: how a number looks, is checked, confirmed, or told by a session."""

import re
from typing import Annotated, Final

import re2
from pydantic import AfterValidator, Field, model_validator

from gateway.clock import SECOND
from gateway.settings.limits import read_part
from gateway.settings.model import Model, as_written
from gateway.settings.paths import PathPrefix
from gateway.settings.quotas import ADDRESS
from gateway.settings.units import Duration

HEADER: Final = "^[A-Za-z0-9_-]{1,64}$"


LUHN: Final = "luhn"

_FUNCTION: Final = re.compile(r"([A-Za-z_][\w.]*|[\w./-]+\.py):[A-Za-z_]\w*")


def _field(text: str) -> str:
    part = read_part(text)
    if part.kind not in {"form", "json"}:
        raise ValueError(f"{text!r} is no field of a body; write for example form.national_id")
    return text


def _check(text: str | None) -> str | None:
    if text is None or text == LUHN or _FUNCTION.fullmatch(text):
        return text
    raise ValueError(f"{text!r} is no check; write luhn, or for example checks.py:national_id")


def _regular(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


class ConfirmModel(Model):
    url: str = Field(
        pattern=ADDRESS, description="of the SMS gateway: number and code are posted to it as JSON"
    )
    secret: str = Field(min_length=16, description="by which what is posted is signed (HMAC)")
    timeout: Duration = Field(
        as_written("5s"), description="until it has to have answered; later, the code is not sent"
    )

    @model_validator(mode="after")
    def _soon(self) -> "ConfirmModel":
        if self.timeout > 10 * SECOND:
            raise ValueError("somebody waits for it before a page: write 10s at most")
        return self


class SessionModel(Model):
    """Where the platform says whom its session is for."""

    header: str | None = Field(
        None, pattern=HEADER, description="of its answers, with the number; taken out of them"
    )
    cookie: str | None = Field(
        None, pattern=HEADER, description="or a cookie of its own: a JWT, signed with HS256"
    )
    secret: str | None = Field(None, min_length=32, description="by which that JWT is signed")
    claim: str = Field("sub", description="of the JWT, with the number")
    sign_in: PathPrefix = Field("/login", description="where who is not signed in is sent")

    @model_validator(mode="after")
    def _one(self) -> "SessionModel":
        if (self.header is None) == (self.cookie is None):
            raise ValueError(
                "say where the session's person is told: header or cookie, one of them"
            )
        if (self.cookie is None) != (self.secret is None):
            raise ValueError("secret is what the cookie is signed with: give both, or neither")
        return self


class IdentityModel(Model):
    field: Annotated[str, AfterValidator(_field)] = Field(
        "form.national_id", description="where the platform's booking carries the number"
    )
    check: Annotated[str | None, AfterValidator(_check)] = Field(
        None,
        description="a check of the number at joining: luhn, or a function of yours, written "
        "module:function or file.py:function, that gets the number and returns whether it may join",
    )
    session: SessionModel | None = Field(
        None, description="take the number from the platform's session; null: ask for it"
    )
    confirm: ConfirmModel | None = Field(
        None,
        description="another device of the same person gets its place by a code; null: by none",
    )
    matches: Annotated[str, AfterValidator(_regular)] = Field(
        "[0-9]{11}", description="what a number looks like, as a whole"
    )

    @model_validator(mode="after")
    def _once(self) -> "IdentityModel":
        if self.session is not None and (self.confirm is not None or self.check is not None):
            raise ValueError(
                "the platform's session says who somebody is: leave out check and confirm"
            )
        return self
