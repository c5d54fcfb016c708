"""`gateway room`: what the waiting rooms do, and to have them do something else."""

import math
from pathlib import Path
from typing import Any, Final

import click
import yaml

from gateway.cli.common import ask, config_option, fail, json_option, print_json

_WORDS: Final = {
    "closed": "closed until the next opening",
    "prequeue": "people gather for the draw",
    "drawing": "lots are being drawn",
    "open": "people are called",
    "over": "over",
    "paused": "paused: nobody is called",
    "away": "the shared state is away",
    "unknown": "not known yet",
}


@click.group()
def command() -> None:
    """Look at the waiting rooms, and open, close or pause them by hand."""


@command.command("list")
@config_option
@json_option
def list_rooms(config: Path, as_json: bool) -> None:
    """All rooms, and how they are."""
    rooms = _rooms(config)
    if as_json:
        print_json(rooms)
        return
    if not rooms:
        click.echo("no waiting room is configured (rooms:)")
    for one in rooms:
        told = one["told"] or {}
        click.echo(
            f"{one['name']}: {_WORDS[one['phase']]}; opening {told.get('opening') or '-'}; "
            f"{_people(told.get('waiting', 0))} waiting, {one['counted']['inside']} inside, "
            f"places left: {_places(told)}"
        )


@command.command("show")
@click.argument("name")
@config_option
@json_option
def show_room(name: str, config: Path, as_json: bool) -> None:
    """One room: its opening, how many wait, are inside, have booked."""
    one = _find(_rooms(config), name)
    if as_json:
        print_json(one)
        return
    told, counted = one["told"] or {}, one["counted"]
    rows = [
        ("state", _WORDS[one["phase"]]),
        ("led here", "yes" if one["leading"] else "no, by another gateway"),
        ("opening", f"{told.get('opening', '-')} at {told.get('local') or 'any time'}"),
        ("in the draw", told.get("drawn") or counted["joined"]),
        ("numbers given", told.get("high", 0)),
        ("called up to", told.get("serving", 0)),
        ("waiting", max(0, told.get("waiting", 0))),
        ("came in", counted["came"]),
        ("inside", counted["inside"]),
        ("booked", counted["booked"]),
        ("places left", _places(told)),
        ("platform bears", f"{counted['factor']:.0%} of the rate"),
        ("withdrawn", ", ".join(str(n) for n in told.get("revoked", [])) or "-"),
        ("message", "; ".join(f"{k}: {v}" for k, v in told.get("message", {}).items()) or "-"),
    ]
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        click.echo(f"{label:<{width}}  {value}")


@command.command("shares")
@click.argument("name")
@click.option("--yaml", "as_yaml", is_flag=True, help="As draw.shares in the settings.")
@config_option
@json_option
def shares(name: str, as_yaml: bool, config: Path, as_json: bool) -> None:
    """For how many people networks stand, by what was booked in past openings."""
    status, found = ask(config, "GET", f"/rooms/{name}/shares")
    if status != 200:
        fail(found.get("error", "the gateway did not say"))
    if as_json:
        print_json(found)
        return
    if as_yaml:
        click.echo(yaml.safe_dump(as_settings(found), sort_keys=False, default_flow_style=None))
        return
    click.echo(f"{name}: learned from {found['openings']} openings")
    if found["stopped"]:
        click.echo(f"bookings of whom the guard stopped, which do not count: {found['stopped']}")
    for kind, unknown in (("listed", "all who come"), ("unlisted", "1")):
        for one in found[kind]:
            people = unknown if one["people"] is None else f"{one['people']:g}"
            click.echo(
                f"  {kind:<8}  {one['name']:<24}  people: {people:<12}  "
                f"bookings: {one['bookings']} in {one['openings']} openings"
            )


def as_settings(found: dict[str, Any]) -> dict[str, Any]:
    """What was learned, as `draw.shares` has it; what is not known yet stays `auto`."""
    listed: list[dict[str, Any]] = []
    for one in found["listed"]:
        entry = {"name": one["name"], **one["whose"], "share": "auto"}
        if one["people"] is not None:
            entry["most"] = math.ceil(one["people"])
        listed.append(entry)
    others = [
        {"networks": [one["name"]], "share": round(one["people"])}
        for one in found["unlisted"]
        if one["people"] is not None
    ]
    return {"shares": listed + others}


def _rooms(config: Path) -> list[dict[str, Any]]:
    status, found = ask(config, "GET", "/rooms")
    if status != 200:
        fail(found.get("error", "the gateway did not say"))
    rooms: list[dict[str, Any]] = found
    return rooms


def _find(rooms: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for one in rooms:
        if one["name"] == name:
            return one
    named = ", ".join(one["name"] for one in rooms) or "none"
    return fail(f"there is no room {name!r}; there are: {named}")


def _people(number: int) -> str:
    return str(max(0, number))


def _places(told: dict[str, Any]) -> str:
    places = told.get("places", -1)
    return "no end" if places < 0 else str(places)


def _order(config: Path, name: str, what: str, body: dict[str, Any] | None, done: str) -> None:
    _find(_rooms(config), name)
    status, found = ask(config, "POST", f"/rooms/{name}/{what}", body)
    if status != 200:
        fail(found.get("error", "the gateway refused"))
    click.echo(f"{name}: {done}")


@command.command("open")
@click.argument("name")
@config_option
def open_room(name: str, config: Path) -> None:
    """Open now: the list is closed, the lots are drawn, people are called."""
    _order(config, name, "open", None, "opens now; the lots are drawn within seconds")


@command.command("close")
@click.argument("name")
@config_option
def close_room(name: str, config: Path) -> None:
    """Call nobody else in this opening, and tell everybody that it is over."""
    _order(config, name, "close", None, "closed; who is inside may finish")


@command.command("pause")
@click.argument("name")
@config_option
def pause_room(name: str, config: Path) -> None:
    """Call nobody for now; everybody keeps the place."""
    _order(config, name, "pause", None, "paused; everybody keeps the place")


@command.command("resume")
@click.argument("name")
@config_option
def resume_room(name: str, config: Path) -> None:
    """Go on after a pause."""
    _order(config, name, "resume", None, "goes on")


@command.command("admit")
@click.argument("name")
@click.argument("number", type=click.IntRange(1, 1_000_000))
@config_option
def admit(name: str, number: int, config: Path) -> None:
    """Call so many more now, whatever the rate and the free places say."""
    _order(config, name, "admit", {"number": number}, f"{number} more are called")


@command.command("revoke")
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@config_option
def revoke(name: str, number: int, config: Path) -> None:
    """Withdraw a number, as its page shows it: who has it neither waits nor comes in with it."""
    _order(config, name, "revoke", {"number": number}, f"number {number} is withdrawn")


@command.command("restore")
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@config_option
def restore(name: str, number: int, config: Path) -> None:
    """Give a withdrawn number back."""
    _order(config, name, "restore", {"number": number}, f"number {number} is good again")


@command.command("message")
@click.argument("name")
@click.option("--ar", default="", help="In Arabic.")
@click.option("--en", default="", help="In English.")
@config_option
def message(name: str, ar: str, en: str, config: Path) -> None:
    """Show a message to all who wait; without any text, take it away."""
    texts = {lang: text for lang, text in (("ar", ar), ("en", en)) if text}
    done = "everybody is told within seconds" if texts else "the message is gone"
    _order(config, name, "message", {"message": texts}, done)
