"""The gateway's secret: made at first start in the state folder, or given by the operator.

Gateways that stand before one platform need the same one, or a visitor is a stranger at each. The
file holds one secret a line, each of 32 characters at least; the first signs, all are known again,
so that a secret is changed by putting the new one on top and dropping the old one later.
"""

import hashlib
import secrets
from pathlib import Path
from typing import Final

from gateway.errors import OperatorError
from gateway.private_file import write_private

_FILE: Final = "secret"
_SHORTEST: Final = 32


def load_secrets(folder: Path, given: Path | None) -> list[bytes]:
    """The keys, 32 bytes each, first the one that signs. Raises OperatorError."""
    path = given or folder / _FILE
    if given is None and not path.exists():
        write_private(path, secrets.token_hex(32).encode() + b"\n", durable=True)
    return read_secrets(path)


def read_secrets(path: Path) -> list[bytes]:
    """The keys that a file holds. Raises OperatorError."""
    try:
        lines = path.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise OperatorError(f"the secret in {path} cannot be read: {reason}") from None
    short = [line for line in lines if len(line) < _SHORTEST]
    if short or not lines:
        raise OperatorError(
            f"{path} must hold one secret a line, each of {_SHORTEST} characters at least; "
            f"make one with: openssl rand -hex 32 > {path}"
        )
    return [hashlib.blake2b(line.encode(), digest_size=32).digest() for line in lines]
