"""Waiting rooms out of their settings: the workers' side, and what the leader goes by."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from gateway.address import Address
from gateway.clock import SECOND, Clock
from gateway.config import Loaded, share_list
from gateway.errors import OperatorError
from gateway.filters.base import Filter
from gateway.filters.room import RoomFilter
from gateway.http.devices import Devices
from gateway.prefixes import Network
from gateway.settings.limits import read_part
from gateway.settings.rooms import MatchAnswer, NetworkShare, OpensModel, RoomModel
from gateway.waitingroom.admission import Terms
from gateway.waitingroom.conductor import FindOpening, Rules, always_open
from gateway.waitingroom.desk import Place, WaitingDesk
from gateway.waitingroom.draw import ONE
from gateway.waitingroom.groups import Groups
from gateway.waitingroom.identity import Identities
from gateway.waitingroom.page import WaitingPage
from gateway.waitingroom.publication import DrawFiles
from gateway.waitingroom.ranks import FILE as RANKS
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.room import Answers, Door, Guarded, Room
from gateway.waitingroom.schedule import Schedule
from gateway.waitingroom.share import AUTO, EACH, TOGETHER, Entry, Shares
from gateway.waitingroom.texts import PROVIDED
from gateway.waitingroom.tickets import RoomPasses, Tickets

PlaceOf = Callable[[Address], tuple[str, int]] | None  # country and AS number of an address
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def draw_folder(state_folder: Path, room: str, opening: str) -> Path:
    """Where the files of an opening's draw are."""
    return state_folder / "rooms" / room / opening


def room_pages(loaded: Loaded) -> dict[str, WaitingPage]:
    """The page of each room."""
    return {model.name: _page(loaded, model) for model in loaded.settings.rooms}


def _page(loaded: Loaded, model: RoomModel) -> WaitingPage:
    page = model.page
    files = {code: loaded.input(file).read_text("utf-8") for code, file in page.languages.items()}
    spoken = [*PROVIDED, *(code for code in files if code not in PROVIDED)]
    texts = {
        code: {key: said[code] for key, said in page.texts.items() if code in said}
        for code in spoken
    }
    try:
        return WaitingPage(
            model.name,
            languages=spoken,
            files=files,
            title=page.title,
            contact={str(code): said for code, said in loaded.settings.http.contact.items()},
            texts={code: own for code, own in texts.items() if own},
            digits=page.digits,
            accent=page.colour,
            logo=b"" if page.logo is None else loaded.input(page.logo).read_bytes(),
            draws=model.mode == "schedule",
        )
    except OperatorError as error:
        raise OperatorError(f"rooms.{model.name}.page: {error}") from None


def draw_files(loaded: Loaded) -> DrawFiles | None:
    """What is published of the rooms' draws; None without a room."""
    folders = {
        model.name: draw_folder(loaded.state_folder, model.name, "")
        for model in loaded.settings.rooms
    }
    return DrawFiles(folders) if folders else None


def rooms_of(
    loaded: Loaded,
    before: Mapping[str, Room],
    *,
    secrets: list[bytes],
    workers: int,
    clock: Clock,
    place: PlaceOf,
) -> dict[str, Room]:
    """The rooms by name; each goes on where its predecessor is."""
    found: dict[str, Room] = {}
    for model in loaded.settings.rooms:
        room = _room(loaded, model, secrets, workers, clock, place)
        if model.name in before:
            room.follow(before[model.name])
        found[model.name] = room
    return found


def _room(
    loaded: Loaded,
    model: RoomModel,
    secrets: list[bytes],
    workers: int,
    clock: Clock,
    place: PlaceOf,
) -> Room:
    name = model.name.encode()
    cookie = loaded.settings.device_cookie
    base = b"dawr" if cookie is None else cookie.name.encode()
    admit, quota = model.admit, model.quota

    def open_ranks(opening: str) -> Ranks | None:
        path = draw_folder(loaded.state_folder, model.name, opening) / RANKS
        return Ranks(path) if path.exists() else None

    return Room(
        model.name,
        tickets=Tickets(secrets, clock, name=base + b"-ticket-" + name),
        passes=RoomPasses(
            secrets,
            name=base + b"-room-" + name,
            idle=max(1, admit.idle // SECOND),
            total=max(1, admit.total // SECOND),
        ),
        groups=_groups(loaded, model, secrets, place),
        guarded=Guarded(
            tuple(model.paths),
            tuple(model.besides),
            frozenset(method.encode() for method in model.methods),
            tuple((h.lower().encode(), v.encode()) for h, v in model.bypass.items()),
        ),
        clock=clock,
        open_ranks=open_ranks,
        identities=_identities(model, secrets),
        booked=None if quota is None else _answers(quota.booked_when),
        cancelled=None if quota is None else _answers(quota.cancelled_when),
        leaves=tuple(model.leave_paths),
        grace=max(1, admit.grace // SECOND),
        total=max(1, admit.total // SECOND),
        books_once=model.books == "once",
        workers=workers,
    )


def _identities(model: RoomModel, secrets: list[bytes]) -> Identities | None:
    identity = model.identity
    if identity is None:
        return None
    field = read_part(identity.field)
    return Identities(
        secrets[0],
        model.name,
        identity.matches,
        form=field.name if field.kind == "form" else "",
        json=tuple(field.name.split(".")) if field.kind == "json" else (),
    )


def _groups(loaded: Loaded, model: RoomModel, secrets: list[bytes], place: PlaceOf) -> Groups:
    """Which group of the draw a client's ticket is in."""
    networks: list[tuple[Network, Entry]] = []
    operators: dict[int, Entry] = {}
    for number, listed in enumerate(model.draw.shares):
        # Its name is its place: what is learned of it stays with it while others are added behind.
        entry = Entry(str(number), *_how(listed))
        held = loaded.lists[share_list(model.name, number)]
        networks += [(one.network, entry) for one in held]
        operators |= dict.fromkeys(listed.asns, entry)
    shares = Shares(networks, operators, {})
    return Groups(
        shares,
        secrets[0],
        model.name,
        lambda client: 0 if place is None else place(client)[1],
    )


def _how(listed: NetworkShare) -> tuple[int, int]:
    if listed.share == "auto":
        return AUTO, ONE
    share = int(listed.share) * ONE
    return (TOGETHER if listed.together else EACH), share


def _answers(model: MatchAnswer | None) -> Answers | None:
    if model is None:
        return None
    return Answers(model.method.encode(), model.path, frozenset(model.status))


def desk_of(
    loaded: Loaded,
    rooms: Mapping[str, Room],
    pages: Mapping[str, WaitingPage],
    devices: Devices | None,
) -> WaitingDesk | None:
    """Who answers for the rooms; None without any."""
    if not rooms:
        return None
    places = {
        model.name: Place(rooms[model.name], pages[model.name], model.status)
        for model in loaded.settings.rooms
    }
    return WaitingDesk(places, devices)


def room_filters(rooms: Mapping[str, Room]) -> list[Filter]:
    return [RoomFilter([Door(room) for room in rooms.values()])] if rooms else []


# The leader's.


def rules_of(model: RoomModel) -> Rules:
    """What the conductor goes by."""
    admit, quota = model.admit, model.quota
    return Rules(
        terms=Terms(
            rate=admit.rate.events * SECOND / admit.rate.per,
            active=admit.active,
            overbooking=1.0 if quota is None else quota.overbooking,
        ),
        grace=admit.grace / SECOND,
        total=admit.total / SECOND,
        polls=model.polls,
        mode=model.mode,
        outside_open=model.outside == "open",
        idle=admit.idle / SECOND,
    )


def openings_of(model: RoomModel) -> FindOpening:
    """When the room opens."""
    places = None if model.quota is None else model.quota.places
    if model.opens is None:
        return always_open(places)
    dates = {} if model.quota is None else dict(model.quota.dates)
    return _schedule(model.opens, places, dates).at_or_after


def _schedule(opens: OpensModel, places: int | None, dates: dict[date, int]) -> Schedule:
    return Schedule(
        zone=opens.zone,
        at=opens.at,
        end=opens.end,
        prequeue=opens.prequeue / SECOND,
        days=frozenset(_DAYS.index(day) for day in opens.days),
        closed=frozenset(opens.closed),
        also=tuple(opens.also),
        places=places,
        dates=dates,
    )
