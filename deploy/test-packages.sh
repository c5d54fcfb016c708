#!/bin/sh
# Installs what tests run beside us, where it is missing and we are root on Debian; called with
# "bench", what only benches need as well.
set -eu
missing=""
want() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
want nginx nginx-light
want nft nftables
want ip iproute2
want haproxy haproxy
want curl curl
want wrk wrk
want promtool prometheus
want chromium chromium
if [ "${1:-}" = bench ]; then
    want fail2ban-server fail2ban
    want slowhttptest slowhttptest
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing, for the tests and benches with real servers and a browser:$missing" >&2
    echo "install them (Debian: apt-get install$missing), or run this as root once" >&2
    exit 1
fi
echo "installing:$missing"
# Nobody here wants the packages' services started.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
