"""The order of the chain, written once: cheapest first, and whoever may say "let it pass" first.

Address filters are asked when a connection comes, before anything is read; the others for each
request. Within a kind the order is that of the configuration.
"""

from typing import Final

from gateway.filters.base import Filter

ORDER: Final = (
    "allow-list", "block-list", "block", "geo", "maintenance",
    "block-request", "flood", "rate-limit", "login",
    "rules", "room", "overload",
)  # fmt: skip


def in_order(filters: list[Filter]) -> list[Filter]:
    """`filters` sorted by their kind; raises KeyError for one that has no place in the order."""
    places = {kind: place for place, kind in enumerate(ORDER)}
    return sorted(filters, key=lambda one: places[one.kind])
