"""Paths in the configuration: normalised in the same way as those of requests."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from gateway.http.faults import Fault
from gateway.http.target import Targets

_TARGETS: Final = Targets(keep_encoded_slash=True)


def _plain_path(text: str) -> str:
    read = _TARGETS.read(text.encode())
    if isinstance(read, Fault) or "?" in text:
        raise ValueError(f"{text!r} is no path; write for example /booking/")
    return read.path


PathPrefix = Annotated[
    str, Field(pattern=r"^/", examples=["/booking/"]), AfterValidator(_plain_path)
]
