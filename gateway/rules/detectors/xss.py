"""Script put into a page, recognised as a browser would read it.

A value is read as HTML, tag by tag and attribute by attribute, as leniently as browsers do it; then
as what stands behind a quote within an attribute; then as script, which only a few calls betray.
Neither `<3` nor `a < b`, a mail address in angle brackets, nor <b> and <i> are script.

Limits: TAGS of a value, ATTRIBUTES of a tag; what is behind them is not read. Linear in the text.
Sources: WHATWG HTML, 13.2.5 (tokenization); OWASP's list of filter evasions.
"""

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS: Final = 512
ATTRIBUTES: Final = 48
OVERLAP: Final = 8  # times that a value is read, tags within tags; more is taken for an attack
_RUNS: Final = 1 << 60
_EVENTS: Final = (
    "abort|activate|after(?:print|scriptexecute|update)|animation\\w+|auxclick|before\\w+|begin|blur"
    "|bounce|cached|cancel|canplay\\w*|change|click|close|contentvisibility\\w+|contextmenu|copy"
    "|cuechange|cut|dblclick|drag\\w*|drop|durationchange|end(?:ed)?|error|exit|finish|focus\\w*"
    "|formdata|fullscreen\\w+|gotpointer\\w+|hashchange|help|input|invalid|key\\w+|load\\w*|location"
    "|message\\w*|mouse\\w+|mspointer\\w+|navigate\\w*|page\\w+|paste|pause|play\\w*|point\\w+|popstate"
    "|progress|propertychange|ratechange|readystatechange|repeat|reset|resize|row\\w+|scroll\\w*"
    "|search|seek\\w+|select\\w*|show|start|stalled|storage|submit|suspend|timeupdate|toggle\\w*"
    "|touch\\w+|transition\\w+|unhandledrejection|unload|volumechange|waiting|webkit\\w+|wheel"
)
_CALLS: Final = "alert|confirm|prompt|print|eval|settimeout|setinterval|execscript|importscripts"
HINT: Final = (
    r"<\s*[/!?%]?[a-z\x{80}-\x{10ffff}]|script\s*:|data\s*:[^,]{0,40}(?:html|svg|xml|script)"
    r"|on[a-z]{3,30}\s*="
    rf"|(?:{_CALLS})\s*[(`)\]'\"?,;]|\.(?:call|apply|bind)\s*[(`]"
    r"|document\s*[.\[]|(?:top|self|parent|frames|this|globalthis)\s?\[|window\s*[.\[]|location\s*[=.]|cookie|fromcharcode|innerhtml|constructor"
    r"|atob\s*[(`]|fetch\s*[(`]|\bimport\s*\(|expression\s*\(|-moz-binding|behaviou?r\s*:|srcdoc"
    r"|xmlhttprequest|sendbeacon|globalthis|onerror|throw\s|\bnew\s(?:image|function|worker|websocket)|@import|\{\{"
)

_HINTED: Final = re.compile(HINT.replace(r"\x{80}-\x{10ffff}", "\u0080-\U0010ffff"), re.IGNORECASE)
_TAG: Final = re.compile(r"<\s*[/!?%]?\s*([a-z][^\s/>\"'<=]*)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""[\s/"'+]*([^\s=>/"'<]+)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|`([^`]*)`?|([^\s>"'`][^\s>]*))?)?"""
)
_HANDLER: Final = re.compile(rf"on(?:{_EVENTS})", re.IGNORECASE)
_BARE_HANDLER: Final = re.compile(rf"(?:^|[\s/\"'`;>+])on(?:{_EVENTS})\s*=\s*[^\s=]", re.IGNORECASE)
# These make something run, load or take over the page whatever their attributes.
_TAGS: Final = _words(
    "script iframe frame frameset object embed applet base meta link style svg math bgsound "
    "layer ilayer isindex xss animate animatetransform foreignobject import noscript portal "
    "template xmp plaintext noembed noframes listing"
)
# Only with an attribute that takes a URL.
_URLS: Final = _words(
    "src href action formaction data xlink:href background poster to values from dynsrc lowsrc "
    "code codebase style content srcset ping manifest cite classid by"
)
_HARMLESS_DATA: Final = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
_SCHEME: Final = re.compile(
    r"^[\W_]*(?:url\(|\d+;url=)?[\W_]*(?:(?:java|vb|live|j)script:|mocha:|data:)", re.IGNORECASE
)
_NOTHING: Final = re.compile(r"[\s\x00-\x20]+")
_URL_AT_START: Final = re.compile(
    r"^[\s'\"(=]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:(?P<code>.*)", re.IGNORECASE | re.DOTALL
)
_OTHER_URL: Final = re.compile(
    r"(?:^|\s|[\"'=])(?:vbscript\s*:\s*\w+|data\s*:\s*(?:text/html|image/svg|text/xml|application/x\S*|"
    r"text/javascript|application/javascript)[^,]{0,60},)",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"\w[(`]|[\w\])]\s*=[^=\s]|document\b|window\b|location\b|//|/\*|\beval\b|%0a|\[", re.IGNORECASE
)
_SCRIPT: Final = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # a call with what tests and attacks call it with
        (
            r"\balert\(\)|\b(?:alert|confirm|prompt|print)(?:\?\.)?\(\s?(?:\d+|['\"`/][^)]{0,200}|document\b.{0,200}|window\b.{0,200}"
            r"|(?:origin|location|this|self|atob|\w+\.\w+)\b.{0,200}|xss\w*|name|\w\))\)"
        ),
        r"\b(?:alert|confirm|prompt|eval|settimeout|setinterval|fetch|atob)`[^`]{0,40}`",
        r"\b(?:alert|confirm|prompt|eval|print)\)?\s?\.\s?(?:call|apply|bind)\b",
        (
            r"[\[(][\"'`]?(?:al|ale|aler|eva|ev|prom|conf|alert|eval|prompt|confirm|constructor|cookie)[\"'`]"
            r"\s?(?:\+|\])"
        ),
        r"\[[^\]]{0,40}['\"`+/][^\]]{0,40}\]\s?\(\s?[\w\"'`(.]{0,40}\)",
        r"\((?:alert|confirm|prompt|eval|print)\)\s?[(`]|=\s?(?:alert|confirm|prompt|eval)\s?[,;]",
        r"\b(?:find|map|filter|foreach|some|every|sort|reduce)\(\s?(?:alert|confirm|prompt|eval)\b",
        (
            r"\b(?:eval|settimeout|setinterval|execscript|importscripts|function)\s?\(\s?(?:['\"`(\[]|atob|"
            r"location|document|window|name\b|string|unescape|\w+\.\w+)"
        ),
        (
            r"(?:^|[^/\w])document(?:\.(?:cookie|write(?:ln)?|location|domain|body|forms|documentelement|create"
            r"element|getelement\w+|queryselector\w*|url|referrer|head|implementation|domain)|\[)"
        ),
        (
            r"\bwindow\s?(?:\.\s?(?:location|open|name|onload|onerror|alert|eval|atob|document|top|parent)\b|"
            r"\[['\"`\d/])"
        ),
        r"\b(?:top|self|parent|frames|globalthis|this)\s?\[\s?['\"`/(]",
        r"\blocation\s?(?:=\s?(?:['\"`]|javascript|name\b|document|window|\w+\()|\.\s?(?:href|hash|replace|assign|search)\s?[=(])",
        r"\bstring\s?\.\s?fromc(?:har|ode)\w+|\.innerhtml\s?=|\.outerhtml\s?=|\.srcdoc\s?=",
        r"\bconstructor\s?(?:\.|\[|\()|\.constructor\b|\[['\"]constructor|__proto__\s?[.\[]",
        r"\bnew\s(?:image|function|xmlhttprequest|worker|websocket)\s?[(`]",
        r"\b(?:fetch|navigator\.sendbeacon|\$\.(?:get|getscript|post|ajax))\s?\(\s?['\"`/]",
        r"\bimport\s?\(\s?['\"`/]|\bonerror\s?=\s?(?:alert|eval|prompt|confirm)|\bthrow\s(?:onerror|/|\d)",
        r"\bexpression\(|expr/\*.{0,20}\*/ession|-moz-binding\s?:|behaviou?r\s?:\s?url|@import\s?['\"(u]|url\s?\(\s?['\"]?javascript",
        r"['\"`;}]\s?[-+*^|&;,]+\s?(?:alert|confirm|prompt|eval|print|fetch)\s?[(`.]",
        r"(?:\[\]|\(\)|!\+?\[\]|!!\[\])[\[(+!]+(?:\[\]|\(\)|!)[\[\]()!+]{8,}",
        r"\bsrcdoc\s?=|\bformaction\s?=\s?['\"]?\s?(?:javascript|data)",
        r"(?:\bhref|\bsrc|\baction|\bdata)\s?=\s?['\"`]?\s?(?:javascript|vbscript|data\s?:\s?text)\s?:?",
        r"</\s?(?:script|title|textarea|style|noscript|template|xmp)\b[^<]{0,40}(?:>|<|$)",
    )
)
_TEMPLATE: Final = re.compile(
    r"constructor|\$on\b|\$eval|alert|orderby|tostring|prototype|charat", re.IGNORECASE
)


def found(text: str) -> bool:
    """Whether `text` (decoded) reads as script that was put into a page."""
    if not _HINTED.search(text):
        return False
    return _has_tag(text) or _has_attribute(text) or _has_url(text) or _has_script(text)


def _has_tag(text: str) -> bool:
    left = OVERLAP * len(text)
    for number, tag in enumerate(_TAG.finditer(text)):
        if number >= TAGS:
            break
        name = tag[1].lower().partition(":")[2] or tag[1].lower()
        behind = tag.end()
        if name in _TAGS and _is_tag(text, behind):
            return True
        if name.startswith("script") and not name[6:7].isalpha():
            return True
        left -= _acts(text, behind)
        if left < 0:
            return True
    return False


def _is_tag(text: str, behind: int) -> bool:
    """Whether it goes on as a tag does, and not as a word between angle brackets."""
    return behind >= len(text) or text[behind] in " \t\r\n/>\"'<="


def _acts(text: str, start: int) -> int:
    """How far the attributes of the tag whose name ends at `start` go; _RUNS if one of them makes
    anything run."""
    at = start
    for _ in range(ATTRIBUTES):
        found = _ATTRIBUTE.match(text, at)
        if found is None or found.end() == at:
            break
        given = next((group for group in found.groups()[1:] if group is not None), None)
        if given is not None and _runs(found[1].lower(), given):
            return _RUNS
        at = found.end()
    return at - start


def _runs(name: str, value: str) -> bool:
    if name.startswith("on") and len(name) > 4 and name[2:].isalpha():
        return True
    if name == "srcdoc":
        return True
    if name in _URLS or name.endswith(":href"):
        plain = _NOTHING.sub("", value)
        if _SCHEME.match(plain):
            return not plain.lower().startswith(_HARMLESS_DATA)
        return name == "style" and ("expression" in plain.lower() or "javascript:" in plain.lower())
    return False


def _has_attribute(text: str) -> bool:
    """As behind a quote, or within a tag: x onfocus=…"""
    return _BARE_HANDLER.search(text) is not None


def _has_url(text: str) -> bool:
    at_start = _URL_AT_START.match(text)
    if at_start is not None and _CODE.search(at_start["code"]):
        return True
    return _OTHER_URL.search(text) is not None


def _has_script(text: str) -> bool:
    at = text.find("{{")
    if at >= 0 and _TEMPLATE.search(text, at):
        return True
    return any(shape.search(text) for shape in _SCRIPT)
