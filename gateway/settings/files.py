"""The files that the configuration names, where it names them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.settings.models import Settings
from gateway.state.url import FILES, parse_state_url

KeyPath = tuple[str | int, ...]


def named_files(settings: Settings) -> Iterator[tuple[KeyPath, Path]]:
    """All but the lists, whose lines are read too."""
    for index, listen in enumerate(settings.listen):
        for number, one in enumerate(listen.tls.certificates if listen.tls else []):
            at = ("listen", index, "tls", "certificates", number)
            yield (*at, "certificate"), one.certificate
            yield (*at, "key"), one.key
    for name in ("country", "asn"):
        if (database := getattr(settings.geo, name)) is not None:
            yield ("geo", name), database
    if settings.secret is not None:
        yield ("secret",), settings.secret
    if settings.platform.tls.ca is not None:
        yield ("platform", "tls", "ca"), settings.platform.tls.ca
    for index, room in enumerate(settings.rooms):
        if room.page.logo is not None:
            yield ("rooms", index, "page", "logo"), room.page.logo
        for language, file in room.page.languages.items():
            yield ("rooms", index, "page", "languages", language), file
    for index, feed in enumerate(settings.blocking.feeds):
        if feed.file is not None:
            yield ("blocking", "feeds", index, "file"), feed.file


def state_files(settings: Settings) -> list[Path]:
    """What `state.url` names: absolute, or from where the gateway runs."""
    if settings.state.url in {"embedded", "off"}:
        return []
    options = parse_state_url(settings.state.url).options
    return [Path(options[name]) for name in FILES if name in options]


def missing_variables(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Names in `state.url` of what the environment does not have."""
    if settings.state.url in {"embedded", "off"}:
        return []
    options = parse_state_url(settings.state.url).options
    wanted = [options.get(f"{prefix}password_env") for prefix in ("", "sentinel_")]
    return [name for name in wanted if name is not None and name not in environ]
