"""A block: who is kept out, by what, why, until when, and what shows it.

Blocks travel as plain values: between processes, into the shared state, into files. `code` is what
the blocked person reads out and staff look up: eight letters and digits without those that are
mistaken for others (Crockford's base 32), of random bits: one does not lead to the next.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from gateway.address import parse_address
from gateway.prefixes import parse_network

Scope = Literal["device", "address", "prefix", "asn", "country"]  # the narrowest first
Measure = Literal["block", "challenge"]
SCOPES: Final[tuple[str, ...]] = get_args(Scope)
MEASURES: Final[tuple[str, ...]] = get_args(Measure)
# What is told to the blocked; never a threshold. The pages have a phrase for each.
REASONS: Final[tuple[str, ...]] = (
    "flood", "attack", "limits", "malformed", "honeypot", "broker", "by-hand", "feed",
)  # fmt: skip
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 8
_LATEST: Final = 4_102_444_800  # the beginning of 2100
_WIDEST: Final = {4: 8, 6: 16}  # prefixes
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


def new_code() -> str:
    return code_of(secrets.token_bytes(_CODE_LENGTH))  # 32 letters: each of a byte's values alike


def code_of(seed: bytes) -> str:
    """The code that always stands for `seed`, of eight bytes or more."""
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in seed[:_CODE_LENGTH])
    return f"{letters[:4]}-{letters[4:]}"


def read_code(text: str) -> str | None:
    """The code that a person wrote down: whatever case, dashes and look-alikes; None if none."""
    letters = text.strip().upper().translate(_READ_AS)
    if len(letters) != _CODE_LENGTH or any(one not in _ALPHABET for one in letters):
        return None
    return f"{letters[:4]}-{letters[4:]}"


class Block:
    """`key` is the device's number in hex, an address, a network, AS64496 or a country's code.

    `since` and `until` are seconds since 1970; `until` None: until it is lifted. `by` is `guard`,
    `hand:USER`, `feed:NAME` or `import:USER`. `offence` counts from 1. `evidence` is plain data.
    `shadow`: it is counted and logged, and not done.
    """

    __slots__ = (
        "by",
        "code",
        "evidence",
        "key",
        "measure",
        "note",
        "offence",
        "reason",
        "scope",
        "shadow",
        "since",
        "until",
    )

    def __init__(
        self,
        scope: str,
        key: str,
        *,
        reason: str,
        since: float,
        until: float | None,
        by: str,
        measure: str = "block",
        code: str = "",
        note: str = "",
        offence: int = 1,
        evidence: Mapping[str, Any] | None = None,
        shadow: bool = False,
    ) -> None:
        self.scope = scope
        self.key = key
        self.reason = reason
        self.since = since
        self.until = until
        self.by = by
        self.measure = measure
        self.code = code or new_code()
        self.note = note
        self.offence = offence
        self.evidence = dict(evidence or {})
        self.shadow = shadow

    @property
    def whom(self) -> tuple[str, str]:
        return self.scope, self.key

    def as_data(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Block) and self.as_data() == other.as_data()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Block({self.code} {self.scope} {self.key} {self.reason} until {self.until})"


def block_of(data: Any) -> Block:
    """A block out of plain data. Raises ValueError with a sentence that says what is wrong."""
    if not isinstance(data, dict):
        raise ValueError(f"a block is keys and values, not {data!r}")
    unknown = sorted(set(data) - set(Block.__slots__))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; there are {', '.join(Block.__slots__)}")
    scope, key = read_whom(str(data.get("key", "")), data.get("scope"))
    for name, allowed in (("reason", REASONS), ("measure", MEASURES)):
        value = data.get(name, allowed[0] if name == "measure" else "by-hand")
        if value not in allowed:
            raise ValueError(f"{name} {value!r} is not one of {', '.join(allowed)}")
    code = data.get("code", "")
    if code and read_code(str(code)) != code:
        raise ValueError(f"{code!r} is no code; leave it out to get a new one")
    for name in ("since", "until"):
        value = data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise ValueError(f"{name} must be seconds since 1970, not {value!r}")
        if value is not None and not 0 <= value < _LATEST:
            raise ValueError(f"{name}: {value!r} is no time before the year 2100")
    offence = data.get("offence", 1)
    if isinstance(offence, bool) or not isinstance(offence, int) or offence < 1:
        raise ValueError(f"offence counts from 1, and is not {offence!r}")
    if not isinstance(data.get("evidence"), dict | None):
        raise ValueError("evidence is keys and values")
    return Block(
        scope,
        key,
        reason=data.get("reason", "by-hand"),
        since=float(data.get("since") or 0),
        until=data.get("until"),
        by=str(data.get("by", "")),
        measure=data.get("measure", "block"),
        code=code,
        note=str(data.get("note", "")),
        offence=offence,
        evidence=data.get("evidence"),
        shadow=bool(data.get("shadow", False)),
    )


def read_whom(text: str, scope: str | None = None) -> tuple[str, str]:
    """Scope and key that `text` names, in their one spelling. Raises ValueError with a sentence.

    An address or network, `AS64496`, a country as two capital letters, `device:` and 16 hex digits.
    An IPv6 address is its subscriber's /64.
    """
    found = _whom(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is nobody that can be blocked: write an address (203.0.113.7), a network "
            "(203.0.113.0/24), AS64496, a country (XX), or device:0123456789abcdef"
        )
    if scope is not None and found[0] != scope:
        raise ValueError(f"{text!r} is no {scope} but a key of scope {found[0]}")
    return found


def _whom(text: str) -> tuple[str, str] | None:
    device = text.removeprefix("device:").lower()
    if len(device) == 16 and all(one in "0123456789abcdef" for one in device):
        return "device", device
    if text[:2].upper() == "AS" and text[2:].isdecimal() and 0 < int(text[2:]) < 2**32:
        return "asn", f"AS{int(text[2:])}"
    if len(text) == 2 and text.isascii() and text.isalpha() and text.isupper():
        return "country", text
    if "/" not in text:
        address = parse_address(text)
        if address is None:
            return None
        if address.version == 4:
            return "address", address.text
        return _network(6, address.value >> 64 << 64, 64)
    try:
        network = parse_network(text)
    except ValueError:
        return None
    return _network(network.version, network.first, network.length)


def _network(version: int, first: int, length: int) -> tuple[str, str]:
    from ipaddress import IPv4Address, IPv6Address  # noqa: PLC0415 - for people's spelling alone

    if version == 6 and length > 64:
        first, length = first >> 64 << 64, 64
    text = str(IPv4Address(first) if version == 4 else IPv6Address(first))
    if length == 32 and version == 4:
        return "address", text
    if length < _WIDEST[version]:
        raise ValueError(
            f"{text}/{length} is much of the internet: /{_WIDEST[version]} is the widest; to close "
            "for all, use maintenance"
        )
    return "prefix", f"{text}/{length}"
