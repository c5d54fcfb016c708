"""The challenge out of settings."""

from gateway.clock import SECOND
from gateway.http.challenge import Challenge, Terms
from gateway.http.devices import Devices
from gateway.http.plane import Plane
from gateway.settings.models import Settings


def challenge(
    settings: Settings, secrets: list[bytes], devices: Devices | None, plane: Plane
) -> Challenge | None:
    """None where it is off, or there are no devices that a pass could belong to."""
    said = settings.challenge
    if said is None or devices is None:
        return None
    terms = Terms(
        pass_time=said.pass_time // SECOND,
        wait=said.wait // SECOND,
        waited_pass_time=said.waited_pass_time // SECOND,
        lifetime=said.lifetime // SECOND,
        elevated=said.difficulty.elevated,
        under_attack=said.difficulty.under_attack,
    )
    return Challenge(
        secrets,
        terms,
        devices=devices,
        clock=plane.clock,
        counts=plane.counts,
        spent=plane.spent,
        contact=dict(settings.http.contact),  # type: ignore[arg-type]
    )
