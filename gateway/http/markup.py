"""What our pages have in common: escaping, and naming their own scripts to the policy (CSP)."""

import base64
import hashlib


def escaped(data: bytes) -> bytes:
    """For a place between double quotes, and for text."""
    return data.replace(b"&", b"&amp;").replace(b'"', b"&quot;").replace(b"<", b"&lt;")


def source_hash(text: str) -> str:
    """How the policy names a script or style that stands in the page."""
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
