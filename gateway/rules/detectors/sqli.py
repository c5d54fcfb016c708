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

TOKENS: Final = 400
HINT: Final = (
    r"['\"][\s)]*(?:[-+*/%^|&=<>!~;,#\\({]|(?:or|and|x?or|not|r?like|ilike|regexp|glob|between|in|is"
    r"|having|group|order|limit|union|procedure|into|div|mod|sounds|collate|offset)\b)"
    r"|union|select|having|waitfor|outfile|dumpfile|information_schema|analyse|case\s+when"
    r"|(?:\b|\d|[\s)])(?:x?or|and|&&|\|\||div|mod|r?like|where)[\s(!~+-]{0,8}(?:(?:not|binary)\b[\s(!~+-]{0,8})?"
    r"(?:['\"\d@.]|0x|true\b|false\b|null\b|\w[\w.]*\s*(?:[(=<>]|/\*))"
    r"|;[\s(]*[a-z]+|/\*|order\s+by\s+\d|0x[0-9a-f]{6}|@@\w"
    r"|(?:insert|replace)\s+into|delete\s+from|drop\s+\w|update\s+\S+\s+set|(?:alter|truncate)\s+\w"
    r"|[a-z_0-9]\s*\(\s*(?:\d|['\"()@]|0x)"
)

_TOKEN: Final = re.compile(
    r"""
      (?P<skip>\s+|/\*!\d{0,6}|\*/|/\*(?:[^*]|\*(?!/))*\*/)
    | (?P<end>/\*(?!!)|(?:\#|--).*\Z)
    | (?P<line>(?:\#|--)[^\n]*\n)
    | (?P<string>[xnbe]?'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"(?!\w))
    | (?P<open>['"].*)
    | (?P<number>0x[0-9a-f]+|0b[01]+|\d*\.\d+(?:e[+-]?\d+)?|\d+\.?(?:e[+-]?\d+)?(?![0-9])d?(?=union)|\d+\.?(?:e[+-]?\d+)?)
    | (?P<variable>@@?[\w.$`]*)
    | (?P<name>[^\W\d](?:[\w$])*(?:\s?(?:/\*\w*\*/)?\.+`?[\w$*]+`?)*|`[^`]*`|\[[\w\s]{1,40}\])
    | (?P<logic>\|\||&&)
    | (?P<compare><=>|<>|<=|>=|!=|\^=|:=|==|[=<>])
    | (?P<sign>[-+*/%^&|~!])
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
        "z": "a an the my your our his her their its this that these those one please to for of with"
        " it you we they me i he she will can would which some any no other time who what how",
        # Called with these, hardly anything is ordinary.
        "p": "sleep pg_sleep pg_sleep_for benchmark extractvalue updatexml xp_cmdshell load_file"
        " group_concat utl_http.request utl_inaddr.get_host_address utl_inaddr.get_host_name"
        " dbms_pipe.receive_message dbms_lock.sleep dbms_xmlgen.getxml randomblob name_const"
        " ctxsys.drithsx.sn pg_read_file pg_ls_dir lo_import lo_export current_setting get_lock"
        " xmltype openrowset openquery opendatasource load_extension sys_eval sys_exec"
        " database_to_xml query_to_xml string_agg sqlite_version xp_dirtree fn_xe_file_target_read_file"
        " generate_series json_keys st_latfromgeohash gtid_subset exp dbms_java.runjava"
        " httpuritype extractvalue row_count polygon multipoint geometrycollection linestring",
        "y": "ascii ord char chr nchar substring substr mid hex unhex concat concat_ws database"
        " schema version current_user system_user session_user user_name db_name suser_name"
        " ifnull nullif coalesce iif cast convert quotename bin decode encode greatest least"
        " bitand rand instr locate strcmp elt field make_set export_set is_srvrolemember @@version"
        " object_id has_dbaccess host_name unicode to_char dbms_utility.sqlid_to_sqlhash sha1 md5",
        "f": "if left right length len count min max sum avg lower upper lcase ucase lpad rpad ltrim"
        " rtrim trim replace reverse user now date year day floor round abs power repeat space"
        " position exists asciistr datalength patindex charindex stuff str typeof quote",
    }
    return {word: kind for kind, text in words.items() for word in text.split()}


_WORDS: Final[dict[str, str]] = _table()
_OBJECTS: Final = frozenset(
    [
        "table",
        "database",
        "schema",
        "view",
        "user",
        "index",
        "procedure",
        "function",
        "role",
        "trigger",
        "column",
        "login",
        "tablespace",
        "sequence",
        "type",
        "extension",
        "alias",
        "or",
        "materialized",
        "external",
        "unique",
        "temporary",
    ]
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
        r"U[(]*S[A(]*(?:[nsqvfypo(]|[aA](?:[,#F(;)]|Wa?c)|$)",
        r"(?:^|[&|ocQ,(fypi!k;])\(+S[A(]*[nsvafyp*(o][^z;]{0,40}F[(]*[aM]",
        r"\(S[A(]*(?:[fyp]\(|v|C|n(?:[,F)|]|$)|o[F)])",
        r"^[(]*S[A(]*(?:o|[nvyp]\(?[^z]{0,20}|a,[^z]{0,30}|f\(o?)[^z;]{0,20}(?:F[(]*[aM]|$|#)"
        r"(?:.{0,3}$|.*[;#Wc])",
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
        r"^[ns][)]*&!+[ns]",
        r"p\((?:[^az](?:[^az]|$)|$)|p\([a]?[,(.]",
        r"^n[)]*(?:OBn(?:$|[#,])|H[nsfyp(]+c|Ln(?:#|,n))|Hnc[n]|OB[na].{0,6}H[nsfyp(]+c",
        r"(?:^|[S&|oc,(Q])[(]*C[^;z]{0,60}w[^;z]{0,60}t[^;z]{0,40}[ed]",
        r"gG[sqn]|[ckio]\([A(]*S[A(]*[nsvafypo(]",
        r"^n[)]*!?k\(|^n[)]*!?i\(S|^[nQ][)]*[oc]+\(*(?:[fyp]\(|S)",
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
_HINTED: Final = re.compile(HINT, re.IGNORECASE)


class Reading:
    """`kinds`: a letter for each token, Q before what stands behind the quote; `words`: the text
    of each in small letters; `tail`: the comment that ends it, if one does."""

    __slots__ = ("kinds", "tail", "words")

    def __init__(self, text: str, start: int, quoted: bool) -> None:
        kinds: list[str] = ["Q"] if quoted else []
        words: list[str] = [""] if quoted else []
        self.tail = ""
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
    return _ended(reading) or _stated(reading) or _same(reading)


def _ended(reading: Reading) -> bool:
    """A quote, and a comment that cuts the rest off: admin'--"""
    rest = reading.kinds.rstrip("#").rstrip(");")
    return rest == "Q" and bool(reading.tail) and _ENDED.match(reading.tail) is not None


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


def _statement(kinds: str, words: list[str], at: int, alone: bool) -> bool:
    while at < len(kinds) and (kinds[at] == "(" or words[at] in {"begin", "do"}):
        at += 1
    if at >= len(kinds):
        return False
    verb, rest = words[at], kinds[at + 1 : at + 8]
    following = [*words[at + 1 : at + 5], "", "", "", ""]
    if verb == "select":
        return not alone and re.match(r"A?(?:[nsvfypoC(]|a(?:,|F[aM]|[#;]))", rest) is not None
    if verb in {"insert", "replace"}:
        return following[0] == "into" and re.match(r"g[aM](?:\(|[aS]|v)", rest) is not None
    if verb == "update":
        return following[1] == "set" and re.match(r"a[aA]?ac", rest) is not None
    if verb == "delete":
        return re.match(r"F[aM](?:W[a(]+[cIki]|W[n(]|[#;]|$)", rest) is not None
    if verb in {"drop", "create", "alter", "truncate", "rename"}:
        if following[0] not in _OBJECTS:
            return False
        return not alone or re.match(r"a[aM](?:[#;.(]|$|a[#;]|a$)", rest) is not None
    if verb in {"exec", "execute"}:
        return following[0].startswith(("xp_", "sp_", "master", "sys")) or rest[:1] in {
            "(",
            "v",
            "p",
        }
    if verb in {"declare", "set"}:
        return rest[:1] == "v" or (verb == "set" and not alone and rest[:2] == "ac")
    if verb in {"shutdown", "commit", "rollback"}:
        return not alone and (rest[:1] in {"", "#", ";"} or following[0] == "with")
    if verb in {"grant", "revoke"}:
        return (not alone and "on" in following) or following[1:3] == ["to", "public"]
    if verb == "copy":
        return not alone and (rest[:2] in {"aF", "(S"} or following[1] == "to")
    if verb in {"call", "if", "while"}:
        return not alone and re.match(r"[afyp]?\(", rest) is not None
    return verb == "attach" and following[0] == "database"
