"""A booking form of 1 KiB, looked at by the shipped rules, and by ModSecurity with the CRS."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from bench import configs, waf
from bench.figures import Column, Goal, Row, Table, ratios, spread
from bench.load import Measured, by_turns, drive
from bench.peers import DAWR, NGINX, Field, Peer
from bench.plan import Plan
from bench.processes import REPOSITORY
from bench.scenarios.forward import BODY

FORM: Final = urlencode(
    {
        "name": "عبد الله محمد الخليل",
        "father": "محمد أحمد",
        "mother": "فاطمة الزهراء",
        "city": "دمشق",
        "address": "شارع بغداد، بناء ١٤، الطابق الثالث",
        "phone": "+963 944 123 456",
        "national_id": "01020304050",
        "email": "abdullah@example.org",
        "branch": "3",
        "day": "2026-12-01",
        "slot": "09:30",
        "purpose": "تجديد جواز سفر قبل السفر إلى الخارج للعلاج",
        "note": "يرجى الاتصال قبل الموعد بيوم",
        "csrf": "b1946ac92492d2347c6235b4d2611184",
        "agree": "on",
    }
)
_RULES: Final = f"{DAWR}, shipped rules"
_BARE: Final = f"{DAWR}, no rules"
_WAF: Final = "nginx, ModSecurity 3, CRS"
_HOW: Final = f"""
`POST /booking` with a form of {len(FORM):,} bytes and a browser's headers, as in *Forwarding*
otherwise. *Added* is the CPU time above the same peer's without rules. ModSecurity 3 and the OWASP
Core Rule Set are Debian's, as installed (paranoia level 1, request bodies read, answers not,
audit log off). Both engines are loaded with all their rules, and find nothing in this form.
"""


def rules(field: Field, plan: Plan) -> Table:
    table = Table(
        "rules",
        "Rules on a booking form of 1 KiB",
        [
            Column("microseconds", "CPU, µs/request"),
            Column("added", "added by rules, µs"),
            Column("per_core", "requests/s a core", 0),
        ],
        how=_HOW,
    )
    peers = _peers(field)
    for peer in peers.values():
        drive(peer, 1)
    found = by_turns(peers, plan, "rules", plan.short)
    _fill(table, found)
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    if field.has(NGINX) and (why := waf.missing()):
        table.rows.append(Row(_WAF, skipped=why))
    return table


def _peers(field: Field) -> dict[str, Peer]:
    origin = field.origin(BODY)
    folder = str(REPOSITORY / "rules")
    peers = {
        _BARE: field.dawr("dawr-bare", configs.gateway, origin),
        _RULES: field.dawr(
            "dawr-rules", lambda place, port: configs.gateway(place, port, rules=folder), origin
        ),
    }
    if field.has(NGINX):
        peers[NGINX] = field.nginx("nginx", configs.nginx_proxy, origin)
        if not waf.missing():
            peers[_WAF] = field.nginx("nginx-waf", waf.nginx_modsecurity, origin)
    agent = (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/130.0 Mobile Safari/537.36"
    )
    headers = (
        f"User-Agent: {agent}",
        "Accept: text/html,application/xhtml+xml",
        "Accept-Language: ar-SY,ar;q=0.9,en;q=0.8",
        "Referer: https://booking.example/days/7",
        "Cookie: session=0123456789abcdef0123456789abcdef",
    )
    return {
        name: replace(peer, path="/booking", headers=headers, form=FORM)
        for name, peer in peers.items()
    }


def _fill(table: Table, found: dict[str, list[Measured]]) -> None:
    costs = {name: [one.microseconds for one in rounds] for name, rounds in found.items()}
    added: dict[str, list[float]] = {}
    for name, than in ((_RULES, _BARE), (_WAF, NGINX)):
        if name in costs and than in costs:
            pairs = zip(costs[name], costs[than], strict=True)
            added[name] = [with_rules - without for with_rules, without in pairs]
    for name, values in costs.items():
        raw = table.raw[name] = {
            "microseconds": values,
            "per_core": [1e6 / cost for cost in values],
        }
        if name in added:
            raw["added"] = added[name]
        keys = [column.key for column in table.columns if column.key in raw]
        table.rows.append(Row(name, {key: spread(raw[key]) for key in keys}))
    if _RULES in added:
        table.goals.append(Goal("rules, added to a form", spread(added[_RULES]).median, 40.0, "µs"))
    if len(added) == 2:
        share = spread(ratios(added[_RULES], added[_WAF])).median
        table.goals.append(Goal("rules, of what ModSecurity adds", share, 1 / 30, "×"))
