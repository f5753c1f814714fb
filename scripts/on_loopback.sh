#!/usr/bin/env bash
# Runs a command where there is no network but the loopback, and counts what tried to get out.
#   scripts/on_loopback.sh COMMAND [ARGUMENTS]
# The kernel counts every packet for which there is no route, of every process and thread below, however short
# its connection: TCP, datagrams, look-ups of names (the name server is an address outside). Exit code: that of
# the command; 70 when it succeeded and something tried.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
    [ $# -gt 0 ] || { echo "usage: scripts/on_loopback.sh COMMAND [ARGUMENTS]" >&2 && exit 64; }
    as=()
    [ "$(id -u)" = 0 ] || as=(--user --map-current-user --keep-caps)
    exec unshare ${as[@]+"${as[@]}"} --net --mount "${BASH_SOURCE[0]}" --inside "$@"
fi
shift

attempts() {
    local v4 v6
    # The second line that begins with Ip: has the values of the names in the first.
    v4=$(awk '$1 == "Ip:" { if (at) { print $at } else for (i = 1; i <= NF; i++) if ($i == "OutNoRoutes") at = i }' \
        /proc/net/snmp)
    v6=$(awk '$1 == "Ip6OutNoRoutes" { print $2 }' /proc/net/snmp6 2>/dev/null)
    echo $((v4 + ${v6:-0}))
}

python3 - <<'LOOPBACK'
import fcntl, socket, struct

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
LOOPBACK
resolver=$(mktemp)
trap 'rm -f "$resolver"' EXIT
# An address for documentation (RFC 5737): a look-up is an attempt too, and ends at once.
echo "nameserver 192.0.2.53" >"$resolver"
mount --bind "$resolver" "$(readlink -f /etc/resolv.conf)"

before=$(attempts)
code=0
"$@" || code=$?
tried=$(($(attempts) - before))
echo "attempts to reach anything but the loopback: $tried" >&2
[ $code = 0 ] || exit $code
[ $tried = 0 ] || exit 70
