"""SQL put into a value, recognised by its grammar instead of its words.

A value is read as SQL three times: as it stands, as the rest of a string in '…' that its first
quote ends, and the same of "…". Each reading becomes a row of letters, one a token; the shapes
below, looked for in that row, are what an injection needs to be of any use: a condition put behind
a quote, a second SELECT, a second statement, a call. Words of a sentence do not make them.

Limits: TOKENS of a reading; what is behind them is not read. Linear in the text.
After the idea of libinjection (N. Galbreath, 2012), whose fingerprints are not used here.
"""

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOKENS: Final = 400
HINT: Final = (
    r"['\"][\s)]*(?:[-+*/%^|&=<>!~#\\({]|(?:or|and|x?or|not\s+(?:[rib]|null|\d)|r?like|ilike|regexp|glob|between|in|is"
    r"|having|group|order|limit|union|procedure|into|div|mod|sounds|collate|offset)\b)"
    r"|union|select|having|waitfor|outfile|dumpfile|information_schema|analyse|case\s+when"
    r"|(?:\b|\d|[\s)])(?:x?or|and|&&|\|\||div|mod|r?like|where)[\s(!~+-]{0,8}(?:(?:not|binary)\b[\s(!~+-]{0,8})?"
    r"(?:['\"\d@.]|0x|true\b|false\b|null\b|\w[\w.]*\s*(?:[(=<>]|/\*))"
    r"|^\s*(?:or|and)\s+\w|\d[-+](?:true|false)|;[\s(]*(?:select|insert|update|delete|drop|create|alter|truncate|rename|exec|declare|set|shutdown|copy|call|if|while|replace|attach|grant|revoke|begin|do|pragma|vacuum)\b|;\s*(?:--|#|$)|(?:^|[^*,])/\*|order\s+by\s+\d|0x[0-9a-f]{6}|@@\w"
    r"|(?:insert|replace)\s+into|delete\s+from|drop\s+\w|update\s+\S+\s+set|(?:alter|truncate)\s+\w"
    r"|[a-z_0-9]\(\s*(?:\d|['\"()@]|0x)"
)

_TOKEN: Final = re.compile(
    r"""
      (?P<skip>\s+|/\*!\d{0,6}|\*/|/\*(?:[^*]|\*(?!/))*\*/)
    | (?P<end>/\*(?!!)|(?:\#|--)[^\n]*\Z)
    | (?P<line>(?:\#|--)[^\n]*\n)
    | (?P<string>[xnbe]?'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"(?!\w))
    | (?P<open>['"].*)
    | (?P<number>0x[0-9a-f]+|0b[01]+|(?:\d*\.\d+|\d+\.?)(?:e[+-]?\d+)?(?:d(?=union))?)
    | (?P<variable>@@?[\w.$`]+)
    | (?P<name>[^\W\d](?:[\w$])*(?:\s?(?:/\*\w*\*/)?\.+`?[\w$*]+`?)*|`[^`]*`|\[[\w\s]{1,40}\])
    | (?P<logic>\|\||&&)
    | (?P<heart><3(?![\d.]))
    | (?P<compare><=>|<>|<=|>=|!=|\^=|:=|==|[=<>])
    | (?P<sign>[-+*/%^|~!])
    | (?P<mark>[(),;])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_GROUPS: Final[dict[str, str]] = {
    "end": "#",
    "string": "s",
    "open": "q",
    "number": "n",
    "variable": "v",
    "logic": "|",
    "compare": "c",
    "heart": "?",
    "other": "?",
}


def _table() -> dict[str, str]:
    words = {
        "&": "or and xor",
        "!": "not binary",
        "U": "union intersect except",
        "S": "select",
        "A": "all distinct distinctrow",
        "F": "from",
        "W": "where",
        "H": "having",
        "O": "order group",
        "B": "by",
        "L": "limit offset",
        "I": "is",
        "n": "null true false unknown",
        "i": "in",
        "k": "like rlike regexp ilike glob similar sounds",
        "b": "between",
        "C": "case",
        "w": "when",
        "t": "then",
        "e": "else",
        "d": "end",
        "g": "into",
        "G": "outfile dumpfile",
        "o": "div mod collate",
        # Of a sentence and hardly of SQL: what has them is not read as SQL's clauses.
        "z": "a an the my your our his her their its this that these those one please"
        " to for of with it you we they me i he she"
        " will can would which some any no other time who what how",
        # Called with these, hardly anything is ordinary.
        "p": "sleep pg_sleep pg_sleep_for benchmark extractvalue updatexml xp_cmdshell load_file"
        " group_concat utl_http.request utl_inaddr.get_host_address utl_inaddr.get_host_name"
        " dbms_pipe.receive_message dbms_lock.sleep dbms_xmlgen.getxml randomblob name_const"
        " ctxsys.drithsx.sn pg_read_file pg_ls_dir lo_import lo_export current_setting get_lock"
        " xmltype openrowset openquery opendatasource load_extension sys_eval sys_exec"
        " database_to_xml query_to_xml string_agg sqlite_version xp_dirtree"
        " fn_xe_file_target_read_file"
        " generate_series json_keys st_latfromgeohash gtid_subset exp dbms_java.runjava"
        " httpuritype extractvalue row_count polygon multipoint geometrycollection linestring",
        "y": "ascii ord char chr nchar substring substr mid hex unhex concat concat_ws database"
        " schema version current_user system_user session_user user_name db_name suser_name"
        " ifnull nullif coalesce iif cast convert quotename bin decode encode greatest least"
        " bitand rand instr locate strcmp elt field make_set export_set is_srvrolemember @@version"
        " object_id has_dbaccess host_name unicode to_char dbms_utility.sqlid_to_sqlhash sha1 md5"
        " char_length character_length octet_length bit_length",
        "f": "if left right length len count min max sum avg lower upper lcase ucase"
        " lpad rpad ltrim rtrim trim replace reverse user now"
        " date year day floor round abs power repeat space"
        " position exists asciistr datalength patindex charindex stuff str typeof quote",
    }
    return {word: kind for kind, text in words.items() for word in text.split()}


_WORDS: Final[dict[str, str]] = _table()
_OBJECTS: Final = _words(
    "table database schema view user procedure function trigger column login "
    "tablespace sequence materialized external unique temporary"
)
_META: Final = re.compile(
    r"^(?:information_schema\b|pg_catalog|pg_shadow|pg_user|mysql\.(?:user|db|inno)|master\.+\w|sys\.\w"
    r"|sysobjects|syscolumns|sysdatabases|sqlite_(?:master|schema)|all_tab|user_tab|dba_\w|msysobjects"
    r"|all_users|v\$version|dual$|performance_schema|rdb\$|syscat|sysibm|systables|domain\.)"
)

_VALUE: Final = "[nsqvafyp(!]"
_THEN: Final = (
    r"(?:co*[nsqvafyp(!AS]|!?k!?[sqnvfyp(]|!?i\((?:[nsqS]|$)|!?b[nsqvfyp(]|I!?n|c$)"  # … = …
)
_SHAPES: Final = tuple(
    re.compile(shape)
    for shape in (
        # behind a quote: a condition
        rf"^Q[)]*[&|][!(o]*[nsvfaypS][()nsvfaypo|,]{{0,24}}{_THEN}",
        r"^Q[)]*[&|][!(o]*[nyp][()n,]*(?:$|[#&|L;HOU])",
        r"^Q[)]*[&|][!(]*s[)]*(?:#|[&|]|$)",
        r"^Q[)]*[&|][!(]*[fypvC(]+",
        r"^Q[)]*(?:H[nsafyp(]|OBn|OB[af](?:#|H)|Ln(?:$|[#,;])|!?k[sq]|I!?n|!?i\(|!?b[ns])",
        # a sum or a concatenation with a call, a query or a variable
        r"^Q[)]*[o|c,]+[!(o]*(?:S|[yp]\(|f\(|v|C)",
        r"^Q[)]*c[!o]*n(?:$|[#&|])",
        r"^Q[)]*[|c][|oc]*[sq](?:$|[#oc|&])",
        r"^Q[)]*[o|]n?[o|]?[s][o|&]",
        # a second SELECT
        r"U[A(]*A[A(]*S",
        r"U[(]*S[A(]*(?:[nsqvfypx(]|[aA](?:[,#F(;]|Wa?c)|$)",
        r"(?:^|[&|ocQ,(fypi!k;])\(+S[A(]*[nsvafypx(][^z;]{0,40}F[(]*[aM]",
        r"\(S[A(]*(?:[fyp]\(|v|C|n(?:[,F)|]|$)|x[F)])",
        (
            r"^[(]*S[A(]*(?:x|[nvyp]\(?[^z]{0,20}|a,[^z]{0,30}|f\(x?)[^z;]{0,20}(?:F[(]*[aM]|$|#)"
            r"(?:.{0,3}$|.*[;#Wc])"
        ),
        r"^S(?:[yp]\(|v)",
        r"^SaF[aM](?:W[a(]+[cki]|[#;])",
        r"F[(]*M",
        # conditions of nothing but literals and calls
        r"[&|]!*[(o]*[ns][()ns,o|]{0,10}(?:co*[nsqfypv(!]|!?k!?[sqnyp(]|!?b[nsqyp(]|!?i\([nsS])",
        r"[&|][!(o]*[yp]\(",
        r"[&|][!(o]*f\([()nsvafyp,o]{0,20}[ckib]",
        r"[&|][!(o]*f?\([A(]*S[A(]*[^z]",
        r"^[ns][)]*[&][!(]*a(?:c[sq]|cn(?:$|#)|I!?n(?:$|#))",
        r"^[ns][)]*[&][!(]*[ns][)]*(?:#)",
        r"[&|oc,(SQ!]y\(.*[,)oc|]|^y\((?:\)|n,|[fys])",
        r"^[ns][)]*&!+[ns]|^&!*\(*n\)*[#&]|^OBn#|^Q[o|c]+[(]*n[)]*#",
        r"p\((?:[^az](?:[^az]|$)|$)|p\([a]?[,(.]",
        r"^n[)]*(?:OBn(?:$|[#,])|H[nsfyp(]+c|Ln(?:#|,n))|Hnc[n]|OB[na].{0,6}H[nsfyp(]+c",
        r"(?:^|[S&|oc,(Q])[(]*C[^;z]{0,60}w[^;z]{0,60}t[^;z]{0,40}[ed]",
        r"gG[sqn]|[ckio]\([A(]*S[A(]*[nsvafypo(]",
        r"^n[)]*!?k\(|^n[)]*!?i\(S|^[nQ][)]*[oc]+\(*(?:[yp]\(|f\([nsvfyp(]|S)",
        r"^[nsQ][)]*[;]*gv",
    )
)
_BARE: Final = re.compile(
    r"^[\w@.%+-]{0,24}(?P<q>['\"])[\s)]*(?:(?:or|and|xor|\|\||&&)\s*(?:(?P=q)[^\s'\"]{0,12}$|\d+\s*$)"
    r"|[-+^*&|=<>]+\s*(?P=q)\s*$)",
    re.IGNORECASE,
)
_IF: Final = re.compile(r"\bi?if\s*\(\s*['\"(]?\w+['\"]?\s*[=<>]+\s*\(?['\"]?\w+", re.IGNORECASE)
_ENDED: Final = re.compile(
    r"^(?:--|#|/\*)(?:\s?[-+]?\s*$|(?<=--)\w{0,8}$|\s?[-+;%\x00)]+\w{0,4}$|\s\w{0,3}$)"
)
_ARTICLE: Final = re.compile(r"\s+[^\W\d]")
_HINTED: Final = re.compile(HINT, re.IGNORECASE)


class Reading:
    """`kinds`: a letter for each token, Q before what stands behind the quote; `words`: the text
    of each in small letters; `tail`: the comment that ends it, if one does; `sentence`: whether
    its quote may be an apostrophe's."""

    __slots__ = ("kinds", "sentence", "tail", "words")

    def __init__(self, text: str, start: int, quoted: bool) -> None:
        kinds: list[str] = ["Q"] if quoted else []
        words: list[str] = [""] if quoted else []
        self.tail = ""
        # "the dogs' --": words before the quote, and a blank behind it
        self.sentence = text[start : start + 1].isspace() and " " in text[:start].strip()
        for token in _TOKEN.finditer(text, start):
            group = token.lastgroup or "other"
            if group in {"skip", "line"}:
                continue
            word = token.group()
            if group == "name":
                word = word.lower()
                kind = _kind(word, text, token.end())
            elif group == "mark":
                kind = word
            elif group == "sign":
                kind = "!" if word == "!" else "o"
                if word == "*" and kinds and kinds[-1] in "SA(,Q":
                    kind = "x"  # all columns, not a product
            else:
                kind = _GROUPS[group]
                if kind == "#":
                    self.tail = text[token.start() :]
            kinds.append(kind)
            words.append(word)
            if len(kinds) >= TOKENS or kind == "#":
                break
        self.kinds = "".join(kinds)
        self.words = words


def _kind(word: str, text: str, end: int) -> str:
    kind = _WORDS.get(word)
    if kind is None:
        return "M" if _META.match(word) else "a"
    if word in {"a", "i"} and not _ARTICLE.match(text, end):
        return "a"
    if kind in "fyp" and not _called(text, end):
        return "a" if kind != "y" or word not in {"current_user", "session_user"} else "y"
    return kind


def _called(text: str, end: int) -> bool:
    if text.startswith("(", end):
        return True
    behind = text[end : end + 24].lstrip()
    return behind.startswith("(") or (behind.startswith("/*") and "*/(" in behind)


def found(text: str) -> bool:
    """Whether `text` (decoded) reads as SQL that was put into a query."""
    if not _HINTED.search(text):
        return False
    if "+" in text and " " not in text and _read(text.replace("+", " ")):
        return True
    if "://" in text and "=" in text and _read(text[text.index("=") + 1 :]):
        return True  # the first value of a URL's query, such as a Referer brings
    return _read(text)


def _read(text: str) -> bool:
    if _BARE.search(text) or _IF.search(text) or _injected(Reading(text, 0, False)):
        return True
    for quote in ("'", '"'):
        at = text.find(quote)
        if at >= 0 and _injected(Reading(text, at + 1, True)):
            return True
    return False


def _injected(reading: Reading) -> bool:
    kinds = reading.kinds
    for shape in _SHAPES:
        if shape.search(kinds):
            return True
    return _ended(reading) or _stated(reading) or _same(reading) or _empty(reading)


def _ended(reading: Reading) -> bool:
    """A quote, and a comment that cuts the rest off: admin'--"""
    if reading.sentence:
        return False
    rest = reading.kinds.rstrip("#").rstrip(");")
    return rest == "Q" and bool(reading.tail) and _ENDED.match(reading.tail) is not None


def _empty(reading: Reading) -> bool:
    """OR ''-' and 1-false: a condition of an empty string, a sum with a truth."""
    kinds, words = reading.kinds, reading.words
    if kinds[:1] == "Q" and kinds[1:2] in {"&", "|"} and words[2:3] in (["''"], ['""']):
        return True
    if kinds[:2] == "&n" and len(kinds) == 2:
        return words[1] in {"0", "1", "true", "false"}
    return kinds[:3] == "non" and words[2] in {"true", "false"} and kinds[3:4] in {"", "#"}


def _same(reading: Reading) -> bool:
    """OR x=x"""
    kinds, words = reading.kinds, reading.words
    at = kinds.find("ac")
    while at > 0:
        if kinds[at - 1] in "&|(!" and at + 2 < len(words) and words[at] == words[at + 2]:
            return True
        at = kinds.find("ac", at + 1)
    return False


def _stated(reading: Reading) -> bool:
    """A statement of its own: behind a semicolon or a quote, or as the whole value."""
    kinds, words = reading.kinds, reading.words
    for at, kind in enumerate(kinds):
        if kind == ";" and _statement(kinds, words, at + 1, False):
            return True
        if kind == "Q" and _statement(kinds, words, at + 1, False):
            return True
        if words[at] == "waitfor" and kinds[at + 2 : at + 3] in {"s", "q", "v"}:
            return words[at + 1] in {"delay", "time"}
        if words[at] == "procedure" and words[at + 1 : at + 2] == ["analyse"]:
            return True
    return _statement(kinds, words, 0, True)


# What must follow a verb (of kinds of tokens) for it to be a statement: where it stands behind a
# semicolon or a quote, and where the whole value is the statement; "" for never.
_STATEMENTS: Final[dict[str, tuple[str, str]]] = {
    "select": (r"A?(?:[nsvfypoxC(]|a(?:,|F[aM]|[#;]))", ""),
    "insert": (r"g[aM](?:\(|[aS]|v)", r"g[aM](?:\(|[aS]|v)"),
    "replace": (r"g[aM](?:\(|[aS]|v)", r"g[aM](?:\(|[aS]|v)"),
    "update": (r"a[aA]?ac", r"a[aA]?ac"),
    "delete": (r"F[aM](?:W[a(]+[cIki]|W[n(]|[#;]|$)", r"F[aM](?:W[a(]+[cIki]|W[n(]|[#;])"),
    "exec": (r"[(vp]", r"[(vp]"),
    "execute": (r"[(vp]", r"[(vp]"),
    "declare": (r"v", r"v"),
    "set": (r"v|ac", r"v"),
    "shutdown": (r"$|[#;]", ""),
    "copy": (r"aF|\(S", ""),
    "call": (r"[afyp]?\(", ""),
    "if": (r"\(+!*[nsfypvS]", ""),
    "pragma": (r"a(?:\(|c|$|[#;])", ""),
    "vacuum": (r"$|[#;]", ""),
    "while": (r"[afyp]?\(", ""),
}
# Verbs of which the word behind must be one of these.
_OF_ITSELF: Final = re.compile(r"a[aM](?:[#;.(]|a[#;])")
_PROCEDURES: Final = ("xp_", "sp_", "master", "sys")
_CREATING: Final = _words("drop create alter truncate rename")
_WITH: Final[dict[str, frozenset[str]]] = {
    "attach": _words("database"),
    "shutdown": _words("with"),
    "copy": _words("to"),
    "grant": _words("on to"),
    "revoke": _words("on to"),
}


def _statement(kinds: str, words: list[str], at: int, alone: bool) -> bool:
    while at < len(kinds) and (kinds[at] == "(" or words[at] in {"begin", "do"}):
        at += 1
    if at >= len(kinds):
        return False
    verb, rest, following = words[at], kinds[at + 1 : at + 8], words[at + 1 : at + 6]
    if verb in _CREATING:
        known = bool(following) and following[0] in _OBJECTS
        return known and (not alone or _OF_ITSELF.match(rest) is not None)
    if verb in {"exec", "execute"} and following and following[0].startswith(_PROCEDURES):
        return True
    if verb == "update" and "set" not in following[1:3]:
        return False
    shapes = _STATEMENTS.get(verb)
    if shapes is not None and shapes[alone] and re.match(shapes[alone], rest):
        return True
    return verb in _WITH and not alone and not _WITH[verb].isdisjoint(following)
