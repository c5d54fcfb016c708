"""Imports point one way: from the processes down to the vocabulary, and never back."""

import grimp
import pytest

VOCABULARY = {
    "errors", "clock", "address", "verdict", "request", "prefixes", "decider", "tasks", "logs",
    "tokens", "secret", "private_file", "pressure", "body_fields", "evenly",
}  # fmt: skip
CONCRETE = {
    "filters", "http", "state", "chain", "guard", "rules", "waitingroom", "brokers", "ledger",
    "settings", "config",
}  # fmt: skip
# What each part may import beside itself.
PARTS: dict[str, set[str]] = {
    "filters": VOCABULARY,
    "http": VOCABULARY | {"filters"},
    "state": VOCABULARY | {"filters"},
    "chain": VOCABULARY | {"filters"},
    "rules": VOCABULARY | {"filters", "http", "settings"},
    "guard": VOCABULARY | {"filters", "state", "http"},
    "waitingroom": VOCABULARY | {"state", "filters", "http"},
    "brokers": VOCABULARY | {"state"},
    "ledger": VOCABULARY | {"filters", "http"},
    "simulation": VOCABULARY | {"waitingroom", "settings"},
    "settings": VOCABULARY | {"http", "state"},
    "config": VOCABULARY | {"settings", "rules"},
    "building": VOCABULARY | CONCRETE,
    "app": VOCABULARY | CONCRETE | {"building"},
}
# Within the vocabulary too: a name imports only those before it.
ORDER = {
    "errors": set(),
    "evenly": set(),
    "pressure": {"evenly"},
    "body_fields": {"request"},
    "clock": set(),
    "address": set(),
    "verdict": set(),
    "tasks": set(),
    "tokens": set(),
    "private_file": set(),
    "secret": {"errors", "private_file"},
    "logs": set(),
    "request": {"address"},
    "prefixes": {"address"},
    "decider": {"address", "request", "verdict"},
}
# Processes and what they share: they may import everything, and no part imports them.
PROCESSES = {
    "__main__", "channel", "children", "cli", "control", "demo", "doors", "limits", "listening",
    "own_valkey",
    "run_state", "supervisor", "worker",
}  # fmt: skip
# Who alone may import what is concrete: whatever else is handed it.
BUILDERS: dict[str, set[str]] = {
    "filters.geo": {
        "app",
        "building.filters",
        "building.places",
        "ledger.journal",
    },  # the journal is handed its Places
    "filters.lists": {"building.filters"},
    "filters.maintenance": {"building.filters"},
    "filters.overload": {"building.filters"},
    "filters.rules": {"building.rules"},
    "filters.rate_limit": {"building.limits"},
    "filters.concurrency_limit": {"building.limits"},
    "filters.keys": {"building.limits"},
    "state.gcra": {"state.exchange", "building.limits"},
    "state.sliding_window": {"state.exchange", "building.limits"},
    "state.concurrency": {"state.exchange", "building.limits"},
    "chain": {"app"},
    "http.tls": {"app", "doors", "worker"},
    "http.downstream": {"doors", "worker"},
}

GRAPH = grimp.build_graph("gateway", cache_dir=None)
IMPORTS = {
    module.removeprefix("gateway."): {
        found.removeprefix("gateway.")
        for found in GRAPH.find_modules_directly_imported_by(module)
        if found != "gateway"  # its version
    }
    for module in GRAPH.modules
    if module != "gateway"
}


def part(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_has_its_layer() -> None:
    assert {part(module) for module in IMPORTS} <= VOCABULARY | set(PARTS) | PROCESSES
    assert set(ORDER) == VOCABULARY


@pytest.mark.parametrize("module", sorted(m for m in IMPORTS if part(m) not in PROCESSES))
def test_a_part_imports_only_those_above_it(module: str) -> None:
    own = part(module)
    allowed = ORDER[own] if own in ORDER else PARTS[own] | {own}
    assert {part(found) for found in IMPORTS[module]} <= allowed


@pytest.mark.parametrize("module", sorted(m for m in IMPORTS if part(m) == "filters"))
def test_a_filter_imports_no_other(module: str) -> None:
    own = {found for found in IMPORTS[module] if part(found) == "filters"}
    assert own <= {"filters.base", "filters.limit"}, "and what the limits share"


@pytest.mark.parametrize("module", BUILDERS)
def test_only_builders_know_what_is_concrete(module: str) -> None:
    assert module in IMPORTS
    importers = {one for one, found in IMPORTS.items() if module in found}
    assert importers <= BUILDERS[module]


def test_nothing_goes_round_in_circles() -> None:
    for start, found in IMPORTS.items():
        seen: set[str] = set()
        ahead = [*found]
        while ahead:
            one = ahead.pop()
            assert one != start, f"{start} imports itself by way of others"
            if one not in seen:
                seen.add(one)
                ahead += IMPORTS.get(one, set())
