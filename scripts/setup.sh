#!/usr/bin/env bash
# Makes .venv from the hashed locks, fetches Delta's jars, unpacks the flights data: whatever of it
# is missing. Nothing is printed or started when all is there.
#   scripts/setup.sh [run | dev]           dev adds the development tools
#   scripts/setup.sh lowest | highest      .venv-lowest, .venv-highest: the ends of the supported range
#                                          with what the tests need
# Exit code 64, one line and a hint when it cannot be done. An interrupted set-up goes on next time.
set -euo pipefail

kind=${1:-run}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
venv=.venv pythons=(python3 python3.13 python3.12 python3.11)
case $kind in
    run) lock=requirements/spark-4.0.txt ;;
    dev) lock=requirements/spark-4.0-dev.txt ;;
    lowest) venv=.venv-lowest lock=requirements/spark-3.5-test.txt pythons=(python3.11 python3 python3.12) ;;
    highest)
        venv=.venv-highest lock=requirements/spark-4.2-test.txt
        # pyenv keeps versions off PATH that no project has chosen.
        pythons=(python3.13 "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.13*/bin/python3.13
            python3 python3.12 python3.11)
        ;;
    *) echo "usage: scripts/setup.sh [run | dev | lowest | highest]" >&2 && exit 64 ;;
esac
python=$venv/bin/python
share=$venv/share/sparkjob
log=$share/setup.log

fail() { # WHAT HINT
    [ -z "${line_is_open:-}" ] || echo >&2
    printf '%s\nHint: %s\n' "$1" "$2" >&2
    exit 64
}

# What an environment was made from. The path is part of it: scripts and the editable install contain it.
made_from() { # LOCK
    echo "$root"
    cksum requirements/setup.txt "$1" pyproject.toml
}

is_made() {
    [ -x $python ] && [ -r "$share/$kind.stamp" ] && [ "$(<"$share/$kind.stamp")" = "$(made_from "$lock")" ]
}

has_data() {
    local name
    for name in airlines airports flights planes weather; do
        [ -f .data/raw/$name.csv ] || return 1
    done
}

find_python() { # sets base to a Python 3.11 to 3.13 that can make environments
    local candidate answer seen= candidates=("${pythons[@]}")
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        # Starting it is the only proof: a pyenv shim may exist and lead nowhere.
        answer=$("$candidate" -I - 2>/dev/null <<'PROBE'
import sys
version = sys.version_info[:2]
fitness = ""
if (3, 11) <= version <= (3, 13):
    try:
        import ensurepip, venv
        fitness = " usable"
    except ImportError:
        fitness = " without ensurepip"
print("%d.%d%s" % (*version, fitness))
PROBE
        ) || continue
        if [ "${answer#* }" = usable ]; then
            base=$candidate
            return
        fi
        seen="$seen, $candidate: $answer"
    done
    case $seen in
        *ensurepip*) fail "Python can make no environment here: ${seen#, }" \
            "install its venv package (Debian: apt install python3-venv), or let PYTHON name another" ;;
        *) fail "Python 3.11 to 3.13 is needed, and none was found${seen:+ (${seen#, })}" \
            "install one, or let PYTHON name it: PYTHON=/path/to/python3.12" ;;
    esac
}

use_own_caches_if_home_is_closed() {
    local folder=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv
    while [ ! -e "$folder" ]; do folder=${folder%/*} && folder=${folder:-/}; done
    if [ ! -w "$folder" ]; then
        export UV_CACHE_DIR=${UV_CACHE_DIR:-$root/.cache/uv} PIP_CACHE_DIR=${PIP_CACHE_DIR:-$root/.cache/pip}
    fi
}

# pip installs uv, and uv the rest: a mirror that is named for one is meant for both.
use_one_index() {
    local index=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-}}}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=$index PIP_INDEX_URL=$index
}

logged() { # WHAT COMMAND...: fails with the reason that the command's output names
    local what=$1 reason network hint="what was said is in $log; run the same again to go on"
    shift
    if ! "$@" >"$log" 2>&1 </dev/null; then
        reason=$(grep -oiE 'no space left|permission denied|hash mismatch' "$log" | tail -1) || true
        if [ -z "$reason" ]; then
            network='connection refused|dns error|name resolution|unknown host|unreachable|timed? ?out|certificate|not found'
            reason=$(grep -oiE "$network" "$log" | tail -1) || true
            [ -z "$reason" ] || hint="are the package index and Maven Central reachable? W${hint#w}"
        fi
        fail "$what failed${reason:+: $(tr '[:upper:]' '[:lower:]' <<<"$reason")}" "$hint"
    fi
}

install_uv() {
    $python -m pip --version || $python -m ensurepip || return # uv makes environments without pip
    $python -m pip install --quiet --disable-pip-version-check --no-input --retries 2 --no-deps \
        --require-hashes --only-binary :all: -r requirements/setup.txt
}

install_locked() {
    # No dependencies: the lock is complete but for what it leaves out on purpose.
    $venv/bin/uv pip install --quiet --python $python --no-deps --require-hashes \
        --build-constraints requirements/setup.txt -r "$lock"
}

install_project() {
    $venv/bin/uv pip install --quiet --python $python --no-deps --no-build-isolation --editable .
}

# Ivy takes seconds even when it has everything, so it runs once; sessions are handed the jars.
fetch_jars() {
    local spark_home packages nothing=$share/nothing.py
    rm -rf "$share/ivy/jars" # those of an earlier Delta must not stay beside the new ones
    : >"$nothing"
    spark_home=$(echo "$root/$venv"/lib/python3*/site-packages/pyspark)
    # framework/stage/jars.py knows the coordinates, for sessions that find no jars.
    packages=$(SPARK_HOME= $python -c \
        'from framework.stage.jars import delta_settings; print(delta_settings()["spark.jars.packages"])') &&
        env -u SPARK_CONF_DIR SPARK_HOME="$spark_home" SPARK_LOCAL_IP=127.0.0.1 \
            PYSPARK_PYTHON="$root/$python" PYSPARK_DRIVER_PYTHON="$root/$python" \
            "$spark_home/bin/spark-submit" --master 'local[1]' --packages "$packages" \
            --conf "spark.jars.ivy=$root/$share/ivy" "$nothing" &&
        : >"$share/ivy/$delta.fetched"
}

make_environment() {
    local pyspark delta started=$SECONDS
    scripts/java.sh
    if [ -x $python ] && $python -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        2>/dev/null && [ "$root" = "$(cat $share/root 2>/dev/null || echo "$root")" ]; then
        base=$python
    else
        find_python
    fi
    pyspark=$(sed -n 's/^pyspark==\([^ ;]*\).*/\1/p' "$lock")
    delta=$(sed -n 's/^delta-spark==\([^ ;]*\).*/\1/p' "$lock")
    line="setting up: python $("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])'), pyspark $pyspark, delta $delta"
    case $kind in
        dev) line="$line, development tools" ;;
        lowest | highest) line="$line, tests" ;;
    esac
    # What takes so long is said at once: a terminal gets the time in the same line, a log in another.
    if [ -t 2 ]; then
        printf '%-75s' "$line" >&2
        line_is_open=1
    else
        echo "$line" >&2
    fi

    if [ "$base" != $python ]; then
        "$base" -m venv --clear $venv >/dev/null 2>&1 ||
            fail "$base -m venv $venv failed" "is $root writable? Debian: apt install python3-venv"
    fi
    mkdir -p "$share" 2>/dev/null && [ -w "$share" ] || fail "$root/$venv is not writable" "who made it? Remove it, or own it"
    rm -f "$share"/*.stamp
    echo "$root" >"$share/root"
    use_own_caches_if_home_is_closed
    use_one_index
    logged "installing uv" install_uv
    logged "installing $lock" install_locked
    logged "installing the project" install_project
    [ -f "$share/ivy/$delta.fetched" ] || logged "fetching Delta's jars" fetch_jars
    rm -f "$log"
    # Last, so that only a whole set-up counts.
    [ "$kind" != dev ] || made_from requirements/spark-4.0.txt >"$share/run.stamp"
    made_from "$lock" >"$share/$kind.stamp"
    [ -n "${line_is_open:-}" ] || printf 'setting up: done in ' >&2
    line_is_open=
    printf '%s s, once\n' $((SECONDS - started)) >&2
}

if ! is_made || ! has_data; then
    # One at a time; the one that waited finds everything made. The kernel lets go when we die.
    exec 9<requirements/setup.txt
    if command -v flock >/dev/null; then
        flock --nonblock 9 || { echo "waiting for another set-up of $root" >&2 && flock 9; }
    fi
    is_made || make_environment
    has_data || $python scripts/flights_data.py .data/raw ||
        fail "the flights data cannot be unpacked into .data/raw" "is $root/.data writable?"
fi
