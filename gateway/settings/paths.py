"""Paths as an operator writes them: prefixes, normalised as those of requests are."""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.http.faults import Fault
from gateway.http.target import Targets

_TARGETS = Targets(keep_encoded_slash=True)


def _plain_path(text: str) -> str:
    """A path as requests' paths are matched: normalised in the same way."""
    read = _TARGETS.read(text.encode())
    if isinstance(read, Fault) or "?" in text:
        raise ValueError(f"{text!r} is no path; write for example /booking/")
    return read.path


PathPrefix = Annotated[
    str, Field(pattern=r"^/", examples=["/booking/"]), AfterValidator(_plain_path)
]
