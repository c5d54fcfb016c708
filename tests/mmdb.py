"""Writes small MaxMind databases (MaxMind DB file format, version 2.0): IPv4, 24-bit records."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

_EMPTY = None


class _Uint16(int):
    pass


class _Uint64(int):
    pass


def write_database(path: Path, kind: str, networks: dict[str, dict[str, Any]]) -> Path:
    """`networks`: what the database says of each."""
    data = b""
    tree: list[list[Any]] = [[_EMPTY, _EMPTY]]
    for text, value in networks.items():
        network = IPv4Network(text)
        node = 0
        for depth in range(network.prefixlen):
            bit = int(network.network_address) >> (31 - depth) & 1
            if depth == network.prefixlen - 1:
                tree[node][bit] = ("data", len(data))
            else:
                if not isinstance(tree[node][bit], int):
                    tree.append([_EMPTY, _EMPTY])
                    tree[node][bit] = len(tree) - 1
                node = tree[node][bit]
        data += _encoded(value)
    metadata = {
        "binary_format_major_version": _Uint16(2),
        "binary_format_minor_version": _Uint16(0),
        "build_epoch": _Uint64(1),
        "database_type": kind,
        "description": {"en": "made by a test"},
        "ip_version": _Uint16(4),
        "languages": ["en"],
        "node_count": len(tree),
        "record_size": _Uint16(24),
    }
    records = b"".join(
        _record(side, len(tree)).to_bytes(3, "big") for node in tree for side in node
    )
    path.write_bytes(records + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encoded(metadata))
    return path


def _record(side: Any, nodes: int) -> int:
    if side is _EMPTY:
        return nodes
    return side if isinstance(side, int) else nodes + 16 + int(side[1])


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = b"".join(_encoded(key) + _encoded(inner) for key, inner in value.items())
        return bytes([7 << 5 | len(value)]) + pairs
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_encoded, value))
    if isinstance(value, int):
        packed = value.to_bytes(8, "big").lstrip(b"\0")
        if isinstance(value, _Uint64):
            return bytes([len(packed), 9 - 7]) + packed
        return bytes([(5 if isinstance(value, _Uint16) else 6) << 5 | len(packed)]) + packed
    encoded = value.encode()
    assert len(encoded) < 29
    return bytes([2 << 5 | len(encoded)]) + encoded
