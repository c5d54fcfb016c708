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
from gateway.filters.flood import FloodState
from gateway.filters.room import RoomFilter
from gateway.http.altcha import Spent
from gateway.http.devices import Devices
from gateway.http.sessions import CookieSessions, HeaderSessions, Sessions
from gateway.prefixes import Network
from gateway.settings.challenge import ChallengeModel
from gateway.settings.draws import NetworkShare, share_name
from gateway.settings.identities import LUHN
from gateway.settings.limits import read_part
from gateway.settings.opening_times import OpensModel
from gateway.settings.quotas import MatchAnswer
from gateway.settings.rooms import RoomModel
from gateway.waitingroom.admission import Terms
from gateway.waitingroom.answers import Answers
from gateway.waitingroom.conductor import FindOpening, Rules, always_open
from gateway.waitingroom.desk import WaitingDesk
from gateway.waitingroom.door import Door
from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.groups import Groups
from gateway.waitingroom.guarded import Guarded
from gateway.waitingroom.identity import Checker, Identities
from gateway.waitingroom.page import WaitingPage
from gateway.waitingroom.place import Place
from gateway.waitingroom.price import Price
from gateway.waitingroom.publication import DrawFiles
from gateway.waitingroom.ranks import FILE as RANKS
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.room import Room
from gateway.waitingroom.schedule import Schedule
from gateway.waitingroom.share import AUTO, EACH, TOGETHER, Entry, Shares
from gateway.waitingroom.texts import ALWAYS, DRAW, PROVIDED, QUEUE
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
            way=_way(model),
            asks=model.identity is not None,
            sign_in=_sign_in(model),
        )
    except OperatorError as error:
        raise OperatorError(f"rooms.{model.name}.page: {error}") from None


def _way(model: RoomModel) -> str:
    """How numbers are given out, as the page has to say it."""
    if model.opens is None:
        return ALWAYS
    return DRAW if model.opens.prequeue else QUEUE


def _sign_in(model: RoomModel) -> str:
    """Where one signs in, if whom a place is for is the session's."""
    session = None if model.identity is None else model.identity.session
    return "" if session is None else session.sign_in


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
    flood: FloodState,
    spent: Spent,
    checks: Mapping[str, Checker],
) -> dict[str, Room]:
    """The rooms by name; each goes on where its predecessor is."""
    found: dict[str, Room] = {}
    for model in loaded.settings.rooms:
        room = _room(loaded, model, secrets, workers, clock, place)
        room.price = _price(loaded, model, secrets, flood, spent)
        room.identities = _identities(model, secrets, checks.get(model.name))
        if room.identities is not None:
            room.identities.sessions = _sessions(loaded, model, room.identities, secrets, clock)
        room.code_key = code_key(secrets)
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
        booked=None if quota is None else _answers(quota.booked_when),
        cancelled=None if quota is None else _answers(quota.cancelled_when),
        leaves=tuple(model.leave_paths),
        grace=max(1, admit.grace // SECOND),
        total=max(1, admit.total // SECOND),
        books_once=model.books == "once",
        workers=workers,
        carries=model.draw.carry is not None,
    )


def _price(
    loaded: Loaded, model: RoomModel, secrets: list[bytes], flood: FloodState, spent: Spent
) -> Price | None:
    """The work is as hard as the guard's challenge, and the pause as long."""
    if model.challenge == "off":
        return None
    said = loaded.settings.challenge or ChallengeModel()
    return Price(
        secrets,
        model.name,
        flood,
        spent,
        always=model.challenge == "always",
        elevated=said.difficulty.elevated,
        under_attack=said.difficulty.under_attack,
        wait=max(1, said.wait // SECOND),
        lifetime=max(1, said.lifetime // SECOND),
    )


def _sessions(
    loaded: Loaded, model: RoomModel, identities: Identities, secrets: list[bytes], clock: Clock
) -> Sessions | None:
    """Where the platform says whom its session is for."""
    said = None if model.identity is None else model.identity.session
    if said is None:
        return None
    if said.header is not None:
        cookie = loaded.settings.device_cookie
        base = b"dawr" if cookie is None else cookie.name.encode()
        return HeaderSessions(
            identities.person,
            clock,
            secrets,
            header=said.header.lower().encode(),
            name=base + b"-session-" + model.name.encode(),
        )
    return CookieSessions(
        identities.person,
        clock,
        cookie=(said.cookie or "").encode(),
        secret=(said.secret or "").encode(),
        claim=said.claim,
    )


def sessions_of(rooms: Mapping[str, Room]) -> list[Sessions]:
    """Who wants to hear what the platform answers."""
    found = [room.identities.sessions for room in rooms.values() if room.identities is not None]
    return [one for one in found if isinstance(one, HeaderSessions)]


def code_key(secrets: list[bytes]) -> bytes:
    """Of the codes that confirm a person."""
    return secrets[0]


def _identities(
    model: RoomModel, secrets: list[bytes], checker: Checker | None
) -> Identities | None:
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
        lasting=model.draw.carry is not None,
        luhn=identity.check == LUHN,
        checker=checker,
    )


def _groups(loaded: Loaded, model: RoomModel, secrets: list[bytes], place: PlaceOf) -> Groups:
    """Which group of the draw a client's ticket is in."""
    networks: list[tuple[Network, Entry]] = []
    operators: dict[int, Entry] = {}
    for number, listed in enumerate(model.draw.shares):
        entry = Entry(share_name(listed, number), *_how(listed))
        held = loaded.lists[share_list(model.name, number)]
        networks += [(one.network, entry) for one in held]
        operators |= dict.fromkeys(listed.asns, entry)
    # What was learned comes in when the list is closed (control/publishing.py): all alike.
    shares = Shares(networks, operators, {})
    return Groups(
        shares,
        secrets[0],
        model.name,
        lambda client: 0 if place is None else place(client)[1],
    )


def _how(listed: NetworkShare) -> tuple[int, int, int]:
    if listed.share == "auto":
        return AUTO, ONE, ALL if listed.most is None else listed.most * ONE
    share = int(listed.share) * ONE
    return (TOGETHER if listed.together else EACH), share, ALL


def _answers(model: MatchAnswer | None) -> Answers | None:
    if model is None:
        return None
    headers: list[tuple[bytes, bytes]] = []
    fields: list[tuple[tuple[str, ...], str | int | bool]] = []
    for part, value in model.where.items():
        kind, _, name = part.partition(".")
        if kind == "header":
            headers.append((name.lower().encode(), str(value).encode()))
        else:
            fields.append((tuple(name.split(".")), value))
    return Answers(model.method.encode(), model.path, frozenset(model.status), headers, fields)


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
        model.name: Place(
            rooms[model.name],
            pages[model.name],
            model.status,
            frozenset(origin.encode() for origin in model.cors),
        )
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
