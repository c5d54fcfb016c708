"""The platform's backends out of settings."""

import ssl
from urllib.parse import urlsplit

from gateway.config import Loaded
from gateway.http.backend import Backend
from gateway.http.framing import Answers
from gateway.http.origin import Origin, PoolSettings
from gateway.http.plane import Plane
from gateway.http.platform import Platform
from gateway.pressure import Pressure
from gateway.settings.models import Settings


def platform(loaded: Loaded, origins: list[Origin], plane: Plane, answers: Answers) -> Platform:
    """Backends that were there before go on with their connections and numbers."""
    settings = loaded.settings.platform
    bounds = pool(loaded.settings)
    pressure = plane.platform.pressure if plane.epoch else Pressure()
    old = {b.origin.url: b for b in plane.platform.backends} if plane.epoch else {}
    backends: list[Backend] = []
    for origin in origins:
        backend = old.pop(origin.url, None)
        if backend is None:
            backend = Backend(origin, bounds, plane.clock, answers, plane.counts, pressure=pressure)
        else:
            backend.configure(origin, bounds)
        backends.append(backend)
    for gone in old.values():
        gone.close()
    return Platform(
        backends,
        plane.clock,
        least_outstanding=settings.balance == "least_outstanding",
        retries=settings.retries,
        pressure=pressure,
    )


def pool(settings: Settings) -> PoolSettings:
    platform = settings.platform
    overload = settings.overload
    shadow = overload is not None and overload.shadow
    return PoolSettings(
        connections=platform.pool.connections,
        waiting=platform.pool.waiting,
        pooled_idle=platform.pool.idle,
        connect=platform.timeouts.connect,
        first_byte=platform.timeouts.first_byte,
        body_idle=platform.timeouts.idle,
        ejection_failures=platform.ejection.failures if platform.ejection else 0,
        ejection_time=platform.ejection.time if platform.ejection else 0,
        response_header_bytes=settings.bounds.response_header_bytes,
        adaptive=overload is not None,
        shadow=shadow,
        floor=overload.least if overload else 1,
        tolerance=overload.tolerance if overload else 1.0,
        queue_target=overload.queue if overload else 0,
    )


def origin(url: str, loaded: Loaded) -> Origin:
    settings = loaded.settings.platform
    if url.startswith("unix:"):
        host = b"localhost" if settings.host in {"keep", "backend"} else settings.host.encode()
        return Origin(
            url, path=url.removeprefix("unix:"), host=b"" if settings.host == "keep" else host
        )
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        ca = settings.tls.ca
        tls = ssl.create_default_context(cafile=None if ca is None else str(loaded.input(ca)))
        if not settings.tls.verify:
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE
    hosts = {"keep": b"", "backend": parts.netloc.encode()}
    return Origin(
        url,
        address=parts.hostname or "",
        port=parts.port or (443 if tls else 80),
        host=hosts.get(settings.host, settings.host.encode()),
        tls=tls,
        server_name=settings.tls.server_name or parts.hostname,
    )
