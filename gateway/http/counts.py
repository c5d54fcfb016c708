"""Plain numbers of the data plane, for the metrics."""

from gateway.http.faults import BOUNDS, Fault


class Counts:
    """Plain numbers, added to on the path and read by whoever tells them."""

    __slots__ = (
        "accepted",
        "bounds",
        "challenges",
        "client_received",
        "client_sent",
        "faults",
        "held",
        "platform_received",
        "platform_sent",
        "refused",
        "tunnels",
    )

    def __init__(self) -> None:
        self.accepted: int = 0
        self.refused: int = 0  # connections
        self.tunnels: int = 0  # now open
        self.held: int = 0  # bytes of bodies now held for a decision
        self.client_received: int = 0
        self.client_sent: int = 0
        self.platform_received: int = 0
        self.platform_sent: int = 0
        self.bounds: dict[str, int] = {}
        self.faults: dict[str, int] = {}
        self.challenges: dict[tuple[str, str], int] = {}  # what happened, its kind

    def fault(self, fault: Fault) -> None:
        table = self.bounds if fault.name in BOUNDS else self.faults
        table[fault.name] = table.get(fault.name, 0) + 1

    def challenge(self, happened: str, kind: str) -> None:
        """`happened`: issued, passed, failed, honoured (a pass); `kind` from a fixed list."""
        key = (happened, kind)
        self.challenges[key] = self.challenges.get(key, 0) + 1
