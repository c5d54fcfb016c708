"""Life as it is: what people, browsers and programs send that mean no harm.

Many of these are refused elsewhere: names with apostrophes, complaints with the words of SQL,
addresses with signs, tokens that look like code.
"""

import base64
import json
import random
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from corpus import sending
from corpus.sending import Sent

NAMES: Final = (
    "عبد الله محمد", "فاطمة الزهراء", "علي أبو الحسن", "نور الدين القيسي", "O'Brien", "Sinéad O'Connor",
    "Jeanne d'Arc", "D'Angelo Russell", "Axel Perlak", "Anders And", "Or Cohen", "Ali Select",
    "Union Kahraman", "Drop Müller", "هێمن عەبدوڵڵا", "Şêrko Bêkes", "ژیان ئەحمەد", "Çağla Işık",
    "Gülşen Öztürk", "İbrahim Yıldız", "Иван Петров", "Наталья Сергеевна Ким", "Юрій Ґалаґан",
    "N'Golo Kanté", "Ng'ang'a wa Thiong'o", "Mac'Intosh", "María-José Núñez", "Søren Kierkegård",
    "Nguyễn Thị Ánh", "李小龍", "김철수", "Jean-Luc d’Ormesson", "T'Challa", "L'Oréal Paris", "Null",
    "Robert Null", "Jennifer Undefined", "True Corp", "Test User", "Exec Assistant", "Cat Stevens",
    "Alert Björn", "Script Nilsson", "Sleep Walker", "Where Al-Khalidi", "Having Özdemir", "Grant Drop",
)  # fmt: skip
STREETS: Final = (
    "12/4 Main St; Apt #5", "شارع الرشيد، بناية 14، الطابق 3", "حي المنصور - م 601 / ز 12 / د 7",
    "Flat 3 & 4, O'Connell Street", "Straße des 17. Juni 135", "ul. Świętokrzyska 31/33A",
    "شەقامی سالم، نزیک مزگەوتی گەورە", "P.O. Box 1234 (behind the union hall)", "c/o Smith, 5th floor",
    "Nr. 7--9, Hof 2", "1600 Amphitheatre Pkwy", "ул. Ленина, д. 5, кв. 12", "Av. d'Italie, 12 bis",
    "No:5 D:3, Kadıköy / İstanbul", "Block 4; House 12; near the select market", "@ the corner of 5th & 6th",
)  # fmt: skip
NOTES: Final = (
    "Please select a seat near the window and drop me a line when it is done; union members get 10% off?",
    "I want to update my address and delete from my account the old phone number (0770 123 4567).",
    "Where is my order? I ordered by phone, having paid from my own pocket, and nobody likes to answer!",
    "The alert on your page says \"script error\" -- what does that mean? I can't sleep because of it.",
    "Select the trip from Baghdad to Basra where the price is lower, or order by date; thanks.",
    "My cat can't execute a jump; exec class was full. Insert coin, create table reservation for 4 & drop it?",
    "We are 2 adults and 3 children = 5 persons; 1 or 2 bags each. Price < 50$ and > 20$ I hope.",
    "a < b, b > c -> ok <3 <3 :-) ;) :( (a) first (b) second; 100% sure!",
    "لقد حجزت تذكرة من بغداد الى البصرة ولم يصلني التأكيد؛ أرجو التحديث update أو الحذف delete",
    "الرجاء اختيار select مقعد قرب النافذة و drop رسالة؛ شكراً 🌹🙏 100%",
    "تکایە کورسییەکی نزیک پەنجەرە هەڵبژێرە؛ سوپاس ❤️ (٢ کەس)",
    "Lütfen pencere kenarından koltuk seçin; 'acil' durumlarda arayın, tel: +90 (532) 123-45-67",
    "Здравствуйте! Я заказал билет 'туда и обратно', а пришёл только один; верните деньги & извинитесь.",
    "it's my kid's 5th birthday and we'd like balloons; don't forget the cake (choc & nut), ok?",
    "He said 'yes' or 'no' and I said \"maybe\" -- then the system dropped the call = very bad.",
    "The boys' and girls' rooms: 4 or 5 beds? Rock 'n' roll night on 31/12, 9pm--3am @ the club",
    "Course: \"SQL for beginners: SELECT, INSERT and UPDATE\" -- is it still on in May or June?",
    "In the union of students we select a speaker; from there the group by group order is by name.",
    "Flight IA-123; seat 12A | gate 7 | boarding 18:45 -- delayed AGAIN!!! #fail #neveragain",
    "I was charged $1,200.50 (twice!) on 2026-11-20; ref: #A1-22/B; see https://booking.example/r?id=5&x=1",
    "C&A; H&M; M&S; Q&A; R&D; P&L; 5 & 6; AT&T: which shops are near?",
    "Line one\r\nLine two: yes\r\n- item one\r\n- item two\r\n\r\nRegards,\r\nO'Neill",
    "Name: Ali\nLocation: Baghdad\nTo: Basra\nFrom: Mosul\nSubject: lost bag\nDate: today",
    "**Bold** and _italic_, `seat 5`, [our trip](https://example.com/trip), ![photo](a.jpg)",
    "> quoted reply\n> more\n\nThanks; see above. -- \nSent from my iPhone",
    "height 5'11\", weight 80kg; wife 5'4\"; the bed is 6' x 5'",
    "If (and only if) it rains, cancel; else keep. While waiting: coffee? For me (1) tea; (2) milk.",
    "You can't sleep(ing bags) there? I'd sleep 8 hours; wait for delay? 'No way' he said.",
    "Math 2 and Physics 3 are at 10 or 11; 2+2=4, 3*3=9, 10/2=5 & 50%-60% of pupils pass",
    "email me at ali_99+booking@example.co.uk or visit www.example.com/~ali/?a=1&b=2#top",
    "My file is at C:\\Users\\Ali\\Documents\\passport.pdf or D:\\scan\\id (2).jpg",
    "Is the import (goods) office open? print 2 copies; echo; date: 5/6; find the system; kill time",
    "The admin' s reply was rude. The '90s music & '80s prices... \"great\", 'cheap' = good",
    "{name}, your seat is [12]; total = {price}; thanks!",
    "Order #12345; DROP-OFF at 5; PICK-UP at 6; SELECT service; UNION station; WHERE: gate 3",
    "Does the price include tax or not? (1=yes, 2=no) I'd say 1 or 2; not null ;-)",
    "I'm having 2 kids and 1 baby; like 'em or not, they're loud! it's in (Baghdad) or near.",
    "to be or not to be = question; true or false? If null and void, then what?",
    "Delete this. Update that. Insert card. Create account. Alter ego. Execute order 66. Declare peace.",
    "...",
    "-", "n/a", "None", "لا يوجد", "no :)", "?!", "'", "\"quoted\"", "50%", "<3", "&", "#1", "1;2;3", "a=b",
)  # fmt: skip
SEARCHES: Final = (
    "baghdad basra", "بغداد البصرة", "hotel & spa", "O'Hare airport", "visa or passport", "union station",
    "select hotel", "drop off", "C++ course", "C# & .NET", "SQL course", "java script lessons", "50% off",
    "price < 100", "a+b", "rock 'n' roll", "what's new?", "\"exact phrase\"", "from:baghdad to:erbil",
    "2026-12-01..2026-12-10", "flights (cheap)", "عمان - الأردن", "هەولێر", "Köln Hbf", "how to update order",
    "group by age", "order by price", "like new", "having fun", "table for 2", "script writing", "alert bay",
    "sleep inn", "where to eat", "and or not", "null island", "exec lounge", "cat cafe", "*", "insert name",
    "java.util course", "node.js meetup", "ls swap", "id card", "who is who", "date night", "echo park",
)  # fmt: skip
URLS: Final = (
    "https://booking.example/account?tab=2&sort=date", "/trips/7?from=BGW&to=BSR#seats", "/",
    "https://www.google.com/maps/place/Baghdad/@33.31,44.36,11z/data=!3m1!4b1!4m6", "/account/",
    "https://booking.example/%D8%A8%D8%BA%D8%AF%D8%A7%D8%AF", "https://t.co/AbC123",
    "https://accounts.example/o/oauth2/auth?client_id=abc&redirect_uri=https%3A%2F%2Fbooking.example%2Fcb",
    "https://booking.example/search?q=O%27Brien&order=date", "/search?q=select+seat",
)  # fmt: skip
PATHS: Final = (
    "/", "/trips", "/trips/7", "/search", "/account", "/login", "/assets/app.3f2a1b.js", "/admin",
    "/assets/style.css", "/favicon.ico", "/robots.txt", "/.well-known/security.txt", "/api/v1/trips",
    "/images/photo%20(2).jpg", "/%D8%AD%D8%AC%D8%B2/%D8%A8%D8%BA%D8%AF%D8%A7%D8%AF", "/sitemap.xml",
    "/help/select-a-seat", "/blog/2026/11/drop-us-a-line", "/union-station", "/news/script-and-alert",
    "/users/o'brien", "/files/report-2026.pdf", "/downloads/price-list.zip", "/manifest.json", "/index.html",
    "/index.php", "/contact.php", "/api/bookings/7;v=1", "/a/b/c/d", "/tags/c++", "/consulate", "/console-games",
    "/.well-known/apple-app-site-association", "/apple-touch-icon.png", "/health", "/metrics-of-success",
    "/en-US/help/how-to-update-my-profile", "/img/logo@2x.png", "/api/v2/users/7/posts", "/shell-station",
    "/where-to-eat", "/tickets/A1-22", "/fonts/Noto+Sans.woff2", "/user/settings", "/setup-guide",
)  # fmt: skip
FILES: Final = (
    "photo.jpg", "IMG_20261120_101010.jpg", "صورة جواز السفر (2).jpg", "O'Brien passport.pdf",
    "scan [final].png", "C:\\fakepath\\image.jpeg", "Screenshot 2026-11-20 at 10.10.10.png", "a&b; c.jpg",
    "WhatsApp Image 2026-11-20 at 10.10.10 (1).jpeg", "паспорт.jpg", "my.new.photo.v2.webp", "cv.docx",
    "it's me.heic", "50% off.png", "resume-select_union.pdf", "example.com.pdf", "image", "blob", "نسخة.PDF",
)  # fmt: skip
_SYMBOLS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def benign(number: int, seed: int) -> list[Sent]:
    dice = random.Random(seed)
    weights = [weight for _, weight in _SHAPES]
    return [dice.choices(_SHAPES, weights)[0][0](dice) for _ in range(number)]


def password(dice: random.Random) -> str:
    size = dice.randrange(8, 18)
    return "".join(
        dice.choice(_SYMBOLS) if dice.random() < 0.2 else dice.choice(_LETTERS) for _ in range(size)
    )


def token(dice: random.Random) -> str:
    raw = dice.randbytes(dice.choice([16, 24, 32, 64]))
    draw = dice.randrange(4)
    if draw == 0:
        return raw.hex()
    if draw == 1:
        return base64.b64encode(raw).decode()
    if draw == 2:
        claims = base64.urlsafe_b64encode(b'{"sub":"7","iat":1760000000}').decode().rstrip("=")
        return f"eyJhbGciOiJIUzI1NiJ9.{claims}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _written(pairs: list[tuple[str, str]], dice: random.Random) -> list[tuple[str, str]]:
    """As browsers write forms."""
    return [
        (quote(name, safe="*-._[]"), quote(value, safe="*-._ ").replace(" ", "+"))
        for name, value in pairs
    ]


def _person(dice: random.Random) -> list[tuple[str, str]]:
    return [
        ("csrf_token", token(dice)),
        ("name", dice.choice(NAMES)),
        ("father_name", dice.choice(NAMES)),
        ("email", f"ali.o'neil+{dice.randrange(99)}@example.com"),
        (
            "phone",
            dice.choice(["+964 (770) 123-45 67", "07701234567", "٠٧٧٠١٢٣٤٥٦٧", "00964-770-1"]),
        ),
        ("address", dice.choice(STREETS)),
        ("birth", f"{dice.randrange(1940, 2020)}-{dice.randrange(1, 13):02d}-05"),
        ("from", "BGW"),
        (
            "price",
            dice.choice(["$1,200.50", "1.200,50 €", "IQD 25'000", "25٬000 د.ع", "<100", "10-20"]),
        ),
        ("seats[]", "12A"),
        ("seats[]", "12B"),
        ("note", dice.choice(NOTES)),
        ("return_to", dice.choice(URLS)),
        ("agree", "on"),
    ]


def _page(dice: random.Random) -> Sent:
    path = dice.choice(PATHS)
    agent = dice.choice(sending.PROGRAMS) if dice.random() < 0.2 else ""
    headers = sending.browser(dice, agent)
    if dice.random() < 0.5:
        headers.append((b"referer", dice.choice(URLS[:1] + URLS[3:]).encode()))
    if dice.random() < 0.5:
        headers.append((b"cookie", _cookies(dice).encode()))
    return Sent("GET", path.encode(), headers, about=path)


def _cookies(dice: random.Random) -> str:
    consent = quote(json.dumps({"ads": False, "v": "1.2", "at": "2026-11-20T10:10:10Z"}))
    return "; ".join(
        [
            f"session={token(dice)}",
            f"_ga=GA1.2.{dice.randrange(10**9)}.{dice.randrange(10**9)}",
            f"consent={consent}",
            "OptanonConsent=isGpcEnabled=0&datestamp=Fri+Nov+20+2026+10:10:10+GMT+0300+(Arabian+Standard"
            "+Time)&version=202405.1.0&groups=C0001:1,C0002:0",
            f"last={quote(dice.choice(SEARCHES))}",
            'prefs="lang:ar|tz:+3"',
        ][: dice.randrange(1, 7)]
    )


def _search(dice: random.Random) -> Sent:
    words = dice.choice(SEARCHES + NAMES) if dice.random() < 0.8 else dice.choice(NOTES)
    pairs = [
        ("q", words),
        ("page", str(dice.randrange(9))),
        ("sort", "date,-price"),
        ("utm_source", "a|b"),
    ]
    if dice.random() < 0.2:
        pairs += [
            ("filter[price][from]", "10"),
            ("filter[price][to]", "<50"),
            ("fields", "id,name,date"),
        ]
    if dice.random() < 0.2:
        pairs += [("next", dice.choice(URLS)), ("fbclid", token(dice))]
    return sending.by_query(dice, "/search", _written(pairs[: dice.randrange(1, 9)], dice), words)


def _booking(dice: random.Random) -> Sent:
    pairs = _person(dice)
    return sending.by_form(dice, "/book", _written(pairs, dice), str(pairs))


def _complaint(dice: random.Random) -> Sent:
    text = " ".join(dice.choice(NOTES) for _ in range(dice.randrange(1, 4)))
    pairs = [("subject", dice.choice(SEARCHES)), ("text", text), ("name", dice.choice(NAMES))]
    return sending.by_form(dice, "/complaints", _written(pairs, dice), text)


def _login(dice: random.Random) -> Sent:
    secret = password(dice)
    pairs = [("username", dice.choice(NAMES)), ("password", secret), ("next", dice.choice(URLS))]
    return sending.by_form(dice, "/login", _written(pairs, dice), secret)


def _api(dice: random.Random) -> Sent:
    document = {
        "jsonrpc": "2.0",
        "id": dice.randrange(10**6),
        "token": token(dice),
        "passengers": [dict(_person(dice)[1:7]) for _ in range(dice.randrange(1, 5))],
        "note": dice.choice(NOTES),
        "nested": json.dumps({"a": [1, 2, {"b": "it's", "c": None}]}),
        "ok": True,
        "price": 12.5,
        "@type": "Person",
        "none": None,
        "url": dice.choice(URLS),
    }
    return sending.by_json(dice, "/api/v1/book", document, str(document))


def _graphql(dice: random.Random) -> Sent:
    query = "query Trip($id: ID!) { trip(id: $id) { id name stops { name at } __typename } }"
    return sending.by_json(dice, "/graphql", {"query": query, "variables": {"id": "7"}}, query)


def _photo(dice: random.Random) -> Sent:
    name = dice.choice(FILES)
    content = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + dice.randbytes(
        dice.choice([500, 5000, 20000])
    )
    fields = [("note", dice.choice(NOTES)), ("name", dice.choice(NAMES))]
    file = ("photo", name, dice.choice(["image/jpeg", "application/octet-stream"]), content)
    return sending.by_multipart(dice, "/upload", fields, [file], name)


def _data_url(dice: random.Random) -> Sent:
    picture = "data:image/png;base64," + base64.b64encode(dice.randbytes(3000)).decode()
    return sending.by_json(dice, "/api/photo", {"photo": picture, "raw": token(dice)}, "photo")


def _text(dice: random.Random) -> Sent:
    text = dice.choice(NOTES)
    headers = [*sending.browser(dice), (b"content-type", b"text/plain;charset=UTF-8")]
    return Sent("POST", b"/beacon", headers, text.encode(), text)


_SHAPES: Final[tuple[tuple[Callable[[random.Random], Sent], int], ...]] = (
    (_page, 22),
    (_search, 20),
    (_booking, 16),
    (_complaint, 12),
    (_login, 8),
    (_api, 10),
    (_graphql, 2),
    (_photo, 4),
    (_data_url, 2),
    (_text, 4),
)
