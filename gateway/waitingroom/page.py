"""The waiting page: one response with all it needs, in every state and language; the same as JSON.

The page asks nothing of any other host. Its policy (CSP) allows its own script and style, by hash,
an image that stands in it, and requests to ourselves; it names no `form-action`, which browsers
would hold against where the platform sends people after our redirect. Nothing on it is secret, so
that compressing it beside what a visitor sent (`to`) tells nobody anything.

A whole answer fits 14 KiB, the first flight of a new connection; what does not is refused at load.
"""

import html
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.errors import OperatorError
from gateway.http.markup import escaped, source_hash
from gateway.http.way_back import local
from gateway.request import OWN_PATHS
from gateway.waitingroom.sheets import HIDDEN, Dress, Sheet, Tongue, in_script
from gateway.waitingroom.states import state_of
from gateway.waitingroom.texts import DRAW, PROVIDED, Language, load, provided
from gateway.waitingroom.theme import ACCENT, accents, data_url
from gateway.waitingroom.view import ASKS, CLOSED, DONE, OPEN, OVER, PHASES, REACHES, View

REFRESH: Final = b"Refresh: 60\r\n"  # the header line that goes with `auto`
MOST: Final = 13 * 1024  # bytes, compressed; the fourteenth is for the head of the answer
_ALWAYS: Final = b"always"  # the opening of a room that has no draw
_ACCEPTED: Final = 256  # bytes of Accept-Language that are looked at
_WITHOUT: Final = 1.0  # the weight of a language that names none
_DONE: Final[tuple[bytes, ...]] = tuple([done.encode() for done in DONE])
_ASKS: Final[tuple[bytes, ...]] = tuple([asks.encode() for asks in ASKS])
_NULL: Final = b"null"
_TRUE: Final = b"true"
_FALSE: Final = b"false"
_PHASES: Final[tuple[bytes, ...]] = tuple([phase.encode() for phase in PHASES])
_REACHES: Final[tuple[bytes, ...]] = tuple([reach.encode() for reach in REACHES])
_JSON: Final = (
    b'{"version":1,"room":"%b","opening":"%b","phase":"%b","kept":%b,"ticket":%b,"number":%b,'
    b'"before":%b,"waiting":%b,"wait":%b,"places":%b,"reach":"%b","opens_in":%b,"opens_at":%b,'
    b'"turn":%b,"enter_within":%b,"asks":%b,"asked":"%b","challenge":%b,"done":"%b","poll_after":%d,"message":%b,"draw":%b}'
)


class WaitingPage:
    """The page of `room`.

    `languages` in the order of preference: the first is for who asks for none of them. `files`: by
    code, the text of the operator's own language files. `title` (the service's) and `contact` by
    language; `texts`: own texts by language and key; `digits`: "latn" or "arab"; `accent`: a colour
    like "#1f6f54"; `logo`: the bytes of a small image; `way`: how numbers are given out (texts.py);
    `asks`: whether it asks whom a place is for, and `sign_in` where one says so to the platform.

    Raises OperatorError with what is wrong, and where.
    """

    def __init__(
        self,
        room: str,
        *,
        languages: Sequence[str] = PROVIDED,
        files: Mapping[str, str] | None = None,
        title: Mapping[str, str] | None = None,
        contact: Mapping[str, str] | None = None,
        texts: Mapping[str, Mapping[str, str | Mapping[str, str]]] | None = None,
        digits: str = "latn",
        accent: str = ACCENT,
        logo: bytes = b"",
        way: str = DRAW,
        asks: bool = True,
        sign_in: str = "",
    ) -> None:
        draws = way == DRAW
        for name, said in (("title", title), ("contact", contact), ("texts", texts)):
            for code in said or {}:
                if code not in languages:
                    raise OperatorError(f'{name}: "{code}" is not among the languages')
        spoken = _load(languages, files or {}, texts or {}, digits, way)
        dress = Dress(
            OWN_PATHS + "rooms/" + room,
            accent=accents(accent),
            image=data_url(logo) if logo else "",
            title=title or {},
            contact=contact or {},
            draws=draws,
            asks=asks,
            sign_in=sign_in,
        )
        self._room: bytes = room.encode()
        self._draws: bytes = f"{OWN_PATHS}draw/{room}/".encode() if draws else b""
        self._tongues: dict[str, Tongue] = {one.code: dress.tongue(one, spoken) for one in spoken}
        self._first: Tongue = self._tongues[languages[0]]
        self._message: dict[str, str] = {}
        self._message_json: bytes = b"{}"
        self.policy: bytes = (
            "Content-Security-Policy: default-src 'none'; "
            f"script-src '{source_hash(dress.script)}'; style-src '{source_hash(dress.style)}'; "
            "worker-src blob:; img-src data:; connect-src 'self'; base-uri 'none'; "
            "frame-ancestors 'self'\r\n"
            "X-Content-Type-Options: nosniff\r\n"
        ).encode()
        self._hold_to_size()

    def _hold_to_size(self) -> None:
        """With long numbers, a message of some length and a long way back."""
        view = View(
            OPEN, kept=True, ticket=b"0123456789abcdef" * 2, number=1_234_567, before=1_234_567,
            waiting=1_234_567, low=30_000, high=90_000, places=12_345, reach=2,
            opens_at=b"2026-11-25 08:00", opening=b"2026-11-25-2",
            message=dict.fromkeys(self._tongues, "abcdefgh12 " * 20),
        )  # fmt: skip
        to = b"/" + b"way/9?" * 40
        for code in self._tongues:
            size = len(self.gzipped(view, to=to, language=code.encode(), request_id=b"0" * 32))
            if size > MOST:
                raise OperatorError(
                    f'the waiting page in "{code}" has {size:,} bytes (compressed), '
                    f"{size - MOST:,} too many: take a smaller logo (SVG, or fewer colours), or "
                    "shorter texts"
                )

    def language_of(self, accept_language: bytes, asked: bytes = b"") -> bytes:
        """The code of the language to speak: `asked` (the query's `lang`) if it is one of ours,
        else the one that `Accept-Language` likes best (RFC 9110, 12.5.4), else the first."""
        if asked and asked.decode("ascii", "replace") in self._tongues:
            return asked
        best = self._first.code
        most = 0.0
        for part in accept_language[:_ACCEPTED].decode("ascii", "replace").split(","):
            name, _, more = part.partition(";")
            weight = _weight(more.strip())
            if weight > most and (found := self._spoken(name.strip().lower())):
                best = found
                most = weight
        return best.encode()

    def _spoken(self, name: str) -> str:
        """The language for who asks for `name`: itself, else of the same family; "" for none."""
        near = ""
        for code in self._tongues:
            small = code.lower()
            if small == name:
                return code
            if not near and small.partition("-")[0] == name.partition("-")[0]:
                near = code
        return near

    def html(
        self,
        view: View,
        *,
        to: bytes,
        language: bytes,
        request_id: bytes,
        auto: bool = False,
        left: bool = False,
    ) -> bytes:
        """The page. `to`: where the visitor wanted to go, as received; `language`: a code that
        `language_of` gave; `auto`: it goes out with REFRESH; `left`: to who has just left."""
        tongue = self._tongues.get(language.decode("ascii", "replace"), self._first)
        sheet = tongue.sheets["left" if left else state_of(view)]
        return sheet.pieces[0] + self._body(view, tongue, sheet, to, request_id, auto)

    def gzipped(
        self,
        view: View,
        *,
        to: bytes,
        language: bytes,
        request_id: bytes,
        auto: bool = False,
        left: bool = False,
    ) -> bytes:
        """The same as gzip (RFC 1952)."""
        tongue = self._tongues.get(language.decode("ascii", "replace"), self._first)
        sheet = tongue.sheets["left" if left else state_of(view)]
        body = self._body(view, tongue, sheet, to, request_id, auto)
        rest = sheet.rest.copy()
        packed: bytes = rest.compress(body) + rest.flush()
        crc = zlib.crc32(body, sheet.crc)
        size = sheet.size + len(body)
        return sheet.ready + packed + crc.to_bytes(4, "little") + size.to_bytes(4, "little")

    def _body(
        self, view: View, tongue: Tongue, sheet: Sheet, to: bytes, request_id: bytes, auto: bool
    ) -> bytes:
        """All that comes after the ready part."""
        values = self._values(view, tongue, local(to), request_id, auto)
        parts: list[bytes] = []
        for at in range(len(sheet.slots)):
            slot = sheet.slots[at]
            if slot >= 0:
                parts.append(values[slot])
            elif not values[-1 - slot]:
                parts.append(HIDDEN)
            parts.append(sheet.pieces[at + 1])
        return b"".join(parts)

    def _values(
        self, view: View, tongue: Tongue, to: bytes, request_id: bytes, auto: bool
    ) -> list[bytes]:
        """In the order of VALUES; b"" where there is nothing to say."""
        words = tongue.words
        message, message_language = _said(view.message, tongue)
        query = b"&amp;to=" + _in_query(to)
        before, after = tongue.auto[1 if auto else 0]
        left = view.enter_within
        return [
            words.number(view.number) if view.number > 0 else b"",
            words.span(view.opens_in) if view.opens_in >= 0 else b"",
            _moment(view, tongue),
            tongue.reaches[view.reach],
            tongue.within.one(words.time_left(left)) if left >= 0 else b"",
            tongue.pause.one(words.span(view.pause)) if view.pause >= 0 else b"",
            words.counted("people", view.before) if view.before >= 0 else b"",
            words.wait(view.low, view.high) if view.low >= 0 <= view.high else tongue.unknown,
            words.counted("seats", view.places) if view.places >= 0 else b"",
            words.counted("people", view.waiting) if view.waiting >= 0 else b"",
            message,
            message_language,
            view.ticket,
            self._draw_of(view),
            escaped(to),
            query,
            before + query + after,
            escaped(request_id),
            self.json(view),
        ]

    def _draw_of(self, view: View) -> bytes:
        if not self._draws or not view.opening or view.opening == _ALWAYS:
            return b""
        return self._draws + view.opening + b"/"

    def json(self, view: View) -> bytes:
        """Version 1 (docs/waiting-page.md). It can stand in a script."""
        if view.message is not self._message:
            said = json.dumps(view.message, ensure_ascii=False, separators=(",", ":"))
            self._message_json = in_script(said).encode()
            self._message = view.message
        draw = self._draw_of(view)
        ranged = view.low >= 0 <= view.high
        return _JSON % (
            self._room,
            view.opening,
            _PHASES[view.phase],
            _TRUE if view.kept else _FALSE,
            b'"%b"' % view.ticket if view.ticket else _NULL,
            b"%d" % view.number if view.number > 0 else _NULL,
            _or_null(view.before),
            _or_null(view.waiting),
            b'{"low":%d,"high":%d}' % (view.low, view.high) if ranged else _NULL,
            _or_null(view.places),
            _REACHES[view.reach],
            _or_null(view.opens_in),
            b'"%b"' % view.opens_at if view.opens_at else _NULL,
            _TRUE if view.turn else _FALSE,
            _or_null(view.enter_within),
            _TRUE if view.asks else _FALSE,
            _ASKS[view.asks],
            view.challenge or _NULL,
            _DONE[view.done],
            view.poll_after,
            self._message_json,
            b'"%b"' % draw if draw else _NULL,
        )


def _load(
    codes: Sequence[str],
    files: Mapping[str, str],
    texts: Mapping[str, Mapping[str, str | Mapping[str, str]]],
    digits: str,
    way: str,
) -> list[Language]:
    """The languages, or an error with what is wrong in any of them."""
    if not codes:
        raise OperatorError("languages: at least one")
    spoken = []
    faults = []
    for code in codes:
        where = f'language "{code}"'
        try:
            if code not in files and code not in PROVIDED:
                raise OperatorError(f'languages: "{code}" is not one of ours; give its file')
            one = load(files.get(code) or provided(code), where, texts.get(code), digits, way)
            if one.code != code:
                raise OperatorError(f'{where}: its file says it is "{one.code}"')
            spoken.append(one)
        except OperatorError as fault:
            faults.append(str(fault))
    if faults:
        raise OperatorError("\n".join(faults))
    return spoken


def _or_null(number: int) -> bytes:
    return b"%d" % number if number >= 0 else _NULL


def _moment(view: View, tongue: Tongue) -> bytes:
    if not view.opens_at:
        return b""
    phrase = tongue.at_next if view.phase in {CLOSED, OVER} else tongue.at
    return phrase.one(tongue.words.moment(view.opens_at))


def _said(message: dict[str, str], tongue: Tongue) -> tuple[bytes, bytes]:
    """The operator's message in this language, or in the first it has, and a mark of which."""
    if message is not tongue.message:
        tongue.said = b"", b""
        for code in [tongue.code, *message]:
            if code in message:
                text = html.escape(message[code], quote=False).encode()
                tongue.said = text, f' lang="{html.escape(code)}"'.encode()
                break
        tongue.message = message
    return tongue.said


def _in_query(to: bytes) -> bytes:
    """A local way back as a value in a link's query. It is plain ASCII, without spaces."""
    return (
        to.replace(b"%", b"%25")
        .replace(b"&", b"%26")
        .replace(b"#", b"%23")
        .replace(b"+", b"%2B")
        .replace(b'"', b"%22")
        .replace(b"'", b"%27")
        .replace(b"<", b"%3C")
        .replace(b">", b"%3E")
    )


def _weight(text: str) -> float:
    """Of `q=0.8`; 0 for what cannot be read."""
    if not text.startswith("q="):
        return 0.0 if text else _WITHOUT
    try:
        return min(1.0, float(text[2:]))
    except ValueError:
        return 0.0
