"""What each client did of late: strikes with their evidence, and the good beside them.

A strike is a weighted mark against a client's address and, where it showed one, its device. Scores
halve each `half_life`; what counts as habit (good and bad requests, those without a device, the
devices seen) halves five times slower, in steps of a second at least.

Devices of an address are counted by HyperLogLog of 64 registers: 13 % off, and nearly right below
twenty. Memory: some 350 bytes an address with devices, 200 without; at most 65,536 addresses and
16,384 struck devices are kept, 26 MiB in all. At the bound, and each ten minutes, the generations
turn: who was silent through two of them is forgotten.
"""

from typing import Final, TypedDict

from gateway.address import Address
from gateway.clock import SECOND
from gateway.guard.facts import SecondFacts
from gateway.state.distinct import DistinctBy, hashed, note

ADDRESSES: Final = 65_536
DEVICES: Final = 16_384
_GENERATION: Final = 600 * SECOND
_HABIT: Final = 5  # how much slower habits fade than scores
_REGISTERS: Final = 64


class Suspect(TypedDict):
    """A client with strikes, as plain data. `key` is the address' text or the device's number in
    hex; `devices` and `struck` are HyperLogLog registers; `prefix` is the network around it, in
    which some `neighbours` addresses were seen."""

    key: str
    score: float
    good: float
    bad: float
    lone: float
    devices: bytes
    struck: bytes
    kinds: dict[str, float]
    sample: str
    address: str
    prefix: str
    neighbours: float


class Report(TypedDict):
    """What a worker tells each second. `clients`: the busiest, by key: address and registers of
    their devices."""

    addresses: list[Suspect]
    devices: list[Suspect]
    facts: SecondFacts
    clients: dict[int, tuple[str, bytes]]


class Profile:
    """Of one address or device."""

    __slots__ = (
        "at", "bad", "client", "devices", "good", "kinds", "lone", "sample", "score", "struck",
    )  # fmt: skip

    def __init__(self, client: Address, now: int) -> None:
        self.client = client
        self.at: int = now
        self.score: float = 0.0
        self.good: float = 0.0
        self.bad: float = 0.0
        self.lone: float = 0.0  # without a device
        self.devices: bytearray | None = None
        self.struck: bytearray | None = None
        self.kinds: dict[str, float] | None = None
        self.sample: bytes = b""  # the request struck last

    def drop(self, score: float) -> None:
        """So much of the score is answered for."""
        left: float = 0.0 if self.score <= score else (self.score - score) / self.score
        self.score *= left
        if self.kinds is not None:
            self.kinds = {kind: weight * left for kind, weight in self.kinds.items()}

    def fade(self, now: int, half_life: int) -> None:
        """Bring all to the present."""
        gone = now - self.at
        if gone < SECOND:
            return
        self.at = now
        habit: float = 0.5 ** (gone / (half_life * _HABIT))
        self.good *= habit
        self.bad *= habit
        self.lone *= habit
        if self.kinds is not None:
            left: float = 0.5 ** (gone / half_life)
            self.score *= left
            self.kinds = {kind: weight * left for kind, weight in self.kinds.items()}


class _Table:
    """Profiles by key, in two generations."""

    def __init__(self, bound: int) -> None:
        self._half = bound // 2
        self._turned: int = 0
        self.new: dict[int, Profile] = {}
        self.old: dict[int, Profile] = {}

    def get(self, key: int) -> Profile | None:
        profile = self.new.get(key)
        if profile is None:
            profile = self.old.pop(key, None)
            if profile is not None:
                self.new[key] = profile
        return profile

    def put(self, key: int, profile: Profile, now: int) -> None:
        if len(self.new) >= self._half or now - self._turned >= _GENERATION:
            self.old = self.new
            self.new = {}
            self._turned = now
        self.new[key] = profile

    def __len__(self) -> int:
        return len(self.new) + len(self.old)


class Profiles:
    """One worker's. `seed` is that of the devices' hashes, the same in all workers; `half_life` of
    scores in nanoseconds."""

    def __init__(self, *, seed: int, half_life: int = 60 * SECOND) -> None:
        self.half_life = half_life
        self.struck_from: float = 0.0  # a device's score at which it counts as one that misbehaves
        self._seed = seed
        self._addresses = _Table(ADDRESSES)
        self._devices = _Table(DEVICES)
        self._neighbours = DistinctBy(10_000, span=_GENERATION, seed=seed)

    def __len__(self) -> int:
        return len(self._addresses)

    def seen(self, client: Address, device: int, now: int) -> bool:
        """A request of the client went well. Whether the client is new."""
        profile = self._addresses.get(client.key)
        new = profile is None
        if profile is None:
            profile = self._begin(client, now)
        profile.fade(now, self.half_life)
        profile.good += 1
        self._count_device(profile, device)
        if device and len(self._devices):
            own = self._devices.get(device)
            if own is not None:
                own.fade(now, self.half_life)
                own.good += 1
        return new

    def strike(
        self, client: Address, device: int, kind: str, weight: float, now: int, sample: bytes
    ) -> bool:
        """A mark against the client, and its device. Whether the client is new."""
        profile = self._addresses.get(client.key)
        new = profile is None
        if profile is None:
            profile = self._begin(client, now)
        self._mark(profile, kind, weight, now, sample)
        self._count_device(profile, device)
        if device:
            own = self._devices.get(device)
            if own is None:
                own = Profile(client, now)
                self._devices.put(device, own, now)
            own.client = client
            self._mark(own, kind, weight, now, sample)
            if own.score >= self.struck_from:
                if profile.struck is None:
                    profile.struck = bytearray(_REGISTERS)
                note(profile.struck, hashed(device, self._seed))
        return new

    def forgive(self, key: int, *, device: bool = False) -> None:
        """What it did is answered for: its score begins anew."""
        profile = (self._devices if device else self._addresses).get(key)
        if profile is None:
            return
        if device:
            address = self._addresses.get(profile.client.key)
            if address is not None:
                address.drop(profile.score)
        profile.score = 0.0
        profile.kinds = None

    def suspects(self, now: int, *, least: float, most: int) -> list[Suspect]:
        """The addresses with a score of `least`, the `most` worst of them."""
        found = _worst(self._addresses, now, self.half_life, least, most)
        return [self._suspect(profile.client.text, profile, now) for _, profile in found]

    def about(self, keys: list[int], now: int) -> list[Suspect]:
        """What is known of these addresses, whether they have strikes here or not."""
        found: list[Suspect] = []
        for key in keys:
            profile = self._addresses.get(key)
            if profile is not None:
                profile.fade(now, self.half_life)
                found.append(self._suspect(profile.client.text, profile, now))
        return found

    def struck_devices(self, now: int, *, least: float, most: int) -> list[Suspect]:
        found = _worst(self._devices, now, self.half_life, least, most)
        return [self._suspect(f"{device:016x}", profile, now) for device, profile in found]

    def who(self, key: int) -> tuple[str, bytes] | None:
        """An address by its key, and its devices' registers."""
        profile = self._addresses.get(key)
        return None if profile is None else (profile.client.text, bytes(profile.devices or b""))

    def strike_known(self, key: int, kind: str, weight: float, now: int) -> None:
        """A mark against an address of which nothing but its key is at hand."""
        profile = self._addresses.get(key)
        if profile is not None:
            self._mark(profile, kind, weight, now, profile.sample)

    def _begin(self, client: Address, now: int) -> Profile:
        profile = Profile(client, now)
        self._addresses.put(client.key, profile, now)
        self._neighbours.add(prefix_key(client), client.key, now)
        return profile

    def _mark(self, profile: Profile, kind: str, weight: float, now: int, sample: bytes) -> None:
        profile.fade(now, self.half_life)
        profile.bad += 1
        profile.score += weight
        profile.sample = sample
        if profile.kinds is None:
            profile.kinds = {}
        profile.kinds[kind] = profile.kinds.get(kind, 0.0) + weight

    def _count_device(self, profile: Profile, device: int) -> None:
        if device == 0:
            profile.lone += 1
            return
        if profile.devices is None:
            profile.devices = bytearray(_REGISTERS)
        note(profile.devices, hashed(device, self._seed))

    def _suspect(self, key: str, profile: Profile, now: int) -> Suspect:
        client = profile.client
        return {
            "key": key,
            "score": profile.score,
            "good": profile.good,
            "bad": profile.bad,
            "lone": profile.lone,
            "devices": bytes(profile.devices or b""),
            "struck": bytes(profile.struck or b""),
            "kinds": dict(profile.kinds or {}),
            "sample": profile.sample.decode("latin-1"),
            "address": client.text,
            "prefix": prefix_text(client),
            "neighbours": self._neighbours.estimate(prefix_key(client), now),
        }


def prefix_key(client: Address) -> int:
    """The /24 or /48 around an address, as a number."""
    return client.value >> 8 if client.version == 4 else (1 << 48) | (client.value >> 80)


def prefix_text(client: Address) -> str:
    """The /24 or /48 around an address, as one writes it."""
    if client.version == 4:
        return client.text.rpartition(".")[0] + ".0/24"
    groups = [f"{client.value >> shift & 0xFFFF:x}" for shift in (112, 96, 80)]
    while groups and groups[-1] == "0":
        groups.pop()
    return ":".join(groups) + "::/48"


def _worst(
    table: _Table, now: int, half_life: int, least: float, most: int
) -> list[tuple[int, Profile]]:
    found: list[tuple[float, int, Profile]] = []
    for generation in (table.new, table.old):
        for key, profile in generation.items():
            if profile.kinds is not None and profile.score >= least:
                profile.fade(now, half_life)
                if profile.score >= least:
                    found.append((profile.score, key, profile))
    found.sort(key=_score, reverse=True)
    return [(key, profile) for _, key, profile in found[:most]]


def _score(entry: tuple[float, int, Profile]) -> float:
    return entry[0]
