#!/bin/sh
# Sees to it that PYTHON can make a virtual environment; on Debian as root it installs what is missing.
set -eu
python="${1:-python3}"
command -v "$python" >/dev/null 2>&1 || {
    echo "there is no $python here: install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)" >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$("$python" --version) is too old: Dawr needs Python 3.11 or newer; name one: make PYTHON=python3.12 …" >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing python3-venv"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
else
    echo "$python cannot make virtual environments: install python3-venv (Debian: apt-get install python3-venv)" >&2
    exit 1
fi
