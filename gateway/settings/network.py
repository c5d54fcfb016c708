"""Addresses of listeners, of the control port and of backends."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.prefixes import Network, parse_network
from gateway.settings.model import Model, shown

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]*)):([0-9]{1,5})")


class Endpoint(Model):
    """A host and port; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_endpoint(value: Any) -> Any:
    if isinstance(value, Endpoint):
        return value
    match = _ADDRESS.fullmatch(str(value))
    if match is None or int(match[3]) > 65535:
        raise ValueError(
            f"{shown(value)} is no address; write HOST:PORT, for example 0.0.0.0:8080 or [::]:8080"
        )
    return Endpoint(host=match[1] or match[2] or "0.0.0.0", port=int(match[3]))  # noqa: S104


EndpointText = Annotated[
    Endpoint,
    BeforeValidator(parse_endpoint),
    WithJsonSchema(
        {"type": "string", "pattern": rf"^{_ADDRESS.pattern}$", "examples": ["0.0.0.0:8080"]}
    ),
]


def check_network(value: Any) -> Any:
    try:
        parse_network(str(value))
    except ValueError as error:
        raise ValueError(f"{error}; write for example 10.0.0.0/8 or 2001:db8::/32") from None
    return str(value)


NetworkText = Annotated[str, BeforeValidator(check_network)]


def networks(texts: list[str]) -> list[Network]:
    return [parse_network(text) for text in texts]


class Certificate(Model):
    """A certificate chain and its key, PEM files."""

    certificate: Path = Field(description="the certificate with its chain, a PEM file")
    key: Path = Field(description="its private key, a PEM file that only the gateway can read")


class Tls(Model):
    certificates: list[Certificate] = Field(
        min_length=1, description="the first is for clients that name no host (SNI)"
    )
    minimum: Literal["1.2", "1.3"] = Field("1.2", description="the oldest TLS version spoken")


def _listen(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else value


class ListenModel(Model):
    address: EndpointText = Field(description="HOST:PORT to listen on")
    tls: Tls | None = Field(None, description="terminate TLS with these certificates")
    redirect: Literal["https"] | None = Field(
        None, description="serve nothing here, send everybody to https"
    )
    redirect_port: int = Field(443, ge=1, le=65535, description="the port of https to send to")
    proxy_protocol: bool = Field(
        False, description="each connection begins with the PROXY protocol's header (v1 or v2)"
    )

    @model_validator(mode="after")
    def _fits(self) -> "ListenModel":
        if self.redirect and self.tls:
            raise ValueError("a listener either redirects to https or serves it: drop one of both")
        if self.proxy_protocol and self.tls:
            raise ValueError(
                "proxy_protocol and tls do not go together on one listener yet: let the load "
                "balancer in front terminate TLS, or pass TLS through without PROXY headers"
            )
        return self


Listen = Annotated[ListenModel, BeforeValidator(_listen, json_schema_input_type=str | ListenModel)]


def _backend(url: str) -> str:
    if url.startswith("unix:/"):
        return url
    parts = urlsplit(url)
    try:
        fits = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or parts.path not in {"", "/"} or parts.query or parts.username:
        raise ValueError(
            f"{url!r} is no backend; write http://HOST:PORT, https://HOST:PORT or unix:/PATH, "
            "without a path behind it"
        )
    return url.rstrip("/")


BackendUrl = Annotated[str, AfterValidator(_backend)]
