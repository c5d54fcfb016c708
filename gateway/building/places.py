"""The databases that tell where an address is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb

from gateway.address import Address
from gateway.config import ConfigError, Fault, Loaded
from gateway.filters.geo import Place, Places


def places(loaded: Loaded) -> Places | None:
    """The databases, in memory; None without one."""
    geo = loaded.settings.geo
    countries = _database(loaded, geo.country, "country")
    numbers = _database(loaded, geo.asn, "asn")
    if countries is None and numbers is None:
        return None

    def look_up(text: str) -> Place:
        country = countries(text) if countries else {}
        number = numbers(text) if numbers else {}
        code = (country.get("country") or country.get("registered_country") or {}).get("iso_code")
        return Place(code or "", int(number.get("autonomous_system_number") or 0))

    return Places(look_up)


def _database(
    loaded: Loaded, path: Path | None, key: str
) -> Callable[[str], dict[str, Any]] | None:
    if path is None:
        return None
    file = loaded.input(path)
    try:
        reader = maxminddb.open_database(str(file), maxminddb.MODE_AUTO)
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        message = f"{file} is no MaxMind database: {error}"
        raise ConfigError([Fault(str(loaded.path), 0, 0, f"geo.{key}", message)]) from None

    def look_up(text: str) -> dict[str, Any]:
        found = reader.get(text)
        return found if isinstance(found, dict) else {}

    return look_up


def place_of(places: Places | None) -> Callable[[Address], tuple[str, int]] | None:
    """The country and AS number of an address, as filters, limits and rules ask."""
    if places is None:
        return None

    def look_up(client: Address) -> tuple[str, int]:
        found = places.of(client)
        return found.country, found.asn

    return look_up
