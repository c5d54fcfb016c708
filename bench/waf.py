"""nginx with ModSecurity 3 and the OWASP Core Rule Set, as Debian packages them."""

from pathlib import Path
from typing import Final

from bench import configs
from bench.configs import Place

MODULE: Final = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
RULES: Final = Path("/usr/share/modsecurity-crs")
_SETUP: Final = Path("/etc/modsecurity/crs/crs-setup.conf")


def missing() -> str:
    """Why it cannot be measured here; "" if it can."""
    if MODULE.exists() and RULES.exists():
        return ""
    return "not installed (Debian: apt-get install libnginx-mod-http-modsecurity modsecurity-crs)"


def nginx_modsecurity(place: Place) -> str:
    """nginx_proxy with the engine on, bodies read, the rules as installed (paranoia level 1)."""
    main = place.folder / "modsecurity.conf"
    main.write_text(
        f"""SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecResponseBodyAccess Off
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecAuditEngine Off
SecTmpDir {place.folder}
SecDataDir {place.folder}
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
    "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
Include {_SETUP}
Include {RULES}/rules/*.conf
""",
        "utf-8",
    )
    text = configs.nginx_proxy(place)
    on = f"modsecurity on;\n    modsecurity_rules_file {main};\n    access_log"
    return f"load_module {MODULE};\n" + text.replace("access_log", on, 1)
