"""What a room learned, as the settings have it."""

from typing import Any

from gateway.cli.room import as_settings
from gateway.settings.draws import DrawModel


def learned(name: str, people: float | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "people": people, "bookings": 9, "openings": 3, **more}


def test_what_was_learned_is_written_as_it_is_read() -> None:
    found = {
        "listed": [
            learned("carriers", 1234.4, whose={"asns": [29256]}),
            learned("schools", None, whose={"file": "lists/schools.txt"}),
            learned("2", 0.4, whose={"networks": ["192.0.2.0/24"]}),
        ],
        "unlisted": [
            learned("203.0.113.7", 2.6),
            learned("2001:db8::/64", 4.0),
            learned("203.0.113.8", None),
        ],
    }
    written = as_settings(found)
    assert written == {
        "shares": [
            {"name": "carriers", "asns": [29256], "share": "auto", "most": 1235},
            {"name": "schools", "file": "lists/schools.txt", "share": "auto"},
            {"name": "2", "networks": ["192.0.2.0/24"], "share": "auto", "most": 1},
            {"networks": ["203.0.113.7"], "share": 3},
            {"networks": ["2001:db8::/64"], "share": 4},
        ]
    }
    assert len(DrawModel.model_validate(written).shares) == 5
