#!/bin/sh
# Install the system packages of the PsychoPy window and the browser tests where it may;
# otherwise say in one line what is missing.
set -u

command -v dpkg-query >/dev/null || exit 0 # not Debian or Ubuntu: the README tells what is needed

installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

missing=""
want() { # any one of the names will do: Ubuntu 24.04 renamed some
    for name; do installed "$name" && return; done
    missing="$missing $(printf '%s|' "$@")"
}

want xvfb
want xauth
want xdotool
want libgl1
want libegl1
# The operator's view: what Qt's window plugin is linked with.
want libxcb-cursor0
want libxcb-icccm4
want libxcb-image0
want libxcb-keysyms1
want libxcb-randr0
want libxcb-render-util0
want libxcb-shape0
want libxcb-xkb1
want libxkbcommon-x11-0
want libdbus-1-3
want libglu1-mesa
want libfontconfig1
want fonts-dejavu-core
want libglib2.0-0t64 libglib2.0-0
want libasound2t64 libasound2
want chromium
want chromium-driver
python=$(sh "$(dirname "$0")/find_python.sh") || exit 1
# To build pysaliency, which the metrics are held against.
"$python" -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null ||
    want "$("$python" -c 'import sys; print("python3.%d-dev" % sys.version_info[1])')"
command -v cc >/dev/null || want gcc
installed libc6-dev || command -v cc >/dev/null || want libc6-dev
"$python" -c 'import ensurepip' 2>/dev/null || want "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"

[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        echo "Missing system packages, which only root can install:$(echo "$missing" | tr -d '|')" >&2
        exit 0
    fi
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq || echo "apt-get update failed; going on with the old lists." >&2
chosen=""
for names in $missing; do
    found=""
    for name in $(echo "$names" | tr '|' ' '); do
        if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
            found="$name"
            break
        fi
    done
    if [ -n "$found" ]; then
        chosen="$chosen $found"
    else
        echo "No package is to be had for ${names%|}; the tests that need it are skipped." >&2
    fi
done
# shellcheck disable=SC2086 # a list of names
[ -z "$chosen" ] || $as_root apt-get install -y -qq --no-install-recommends $chosen >/dev/null ||
    echo "These system packages could not be installed:$chosen" >&2
