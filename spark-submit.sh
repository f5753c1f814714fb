#!/usr/bin/env bash
# Runs a job file, or all jobs of a folder, by spark-submit. See usage below.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
python=$root/.venv/bin/python
EX_SPARK_IS_NEEDED=100 # what framework.cli.application --check says

usage() {
    cat <<'USAGE'
usage: ./spark-submit.sh [spark-submit options] <job file or folder> [arguments]

  ./spark-submit.sh jobs/                                       all jobs, for the example interval
  ./spark-submit.sh jobs/daily_carrier.py --interval 2013-01-03
  ./spark-submit.sh --driver-memory 8g jobs/ --env local

Sets up what is missing, plans, and starts Spark only when a step needs it. Options before the job
are spark-submit's own (spark-submit --help); arguments after it are the job's (--help there too).
SPARK_HOME, or EMR's /usr/lib/spark, is used when its version is 3.5 to 4.x, else the locked Spark.
A plain Spark that has no Delta gets the one that its version is tested with.
USAGE
}

fail() { # WHAT HINT
    printf '%s\nHint: %s\n' "$1" "$2" >&2
    exit 64
}

# --- The options are spark-submit's, up to the first word that is none -------------------------
options=() master= deploy_mode=client jars= packages= passes_through=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --version) passes_through=1 && options+=("$1") && shift && continue ;;
        -v | --verbose | --supervise | --load-spark-defaults) options+=("$1") && shift && continue ;;
        --*=*) option=${1%%=*} value=${1#*=} words=1 ;;
        -*) option=$1 value=${2-} words=2 ;;
        *) break ;;
    esac
    case $option in
        --kill | --status) passes_through=1 ;;
        --master) master=$value ;;
        --deploy-mode) deploy_mode=$value ;;
        --jars) jars=$value ;;
        --packages) packages=$value ;;
        -c | --conf)
            case $value in
                spark.master=*) master=${value#*=} ;;
                spark.submit.deployMode=*) deploy_mode=${value#*=} ;;
                spark.jars=*) jars=${value#*=} ;;
                spark.jars.packages=*) packages=${value#*=} ;;
            esac
            ;;
        --archives | --class | --driver-class-path | --driver-cores | --driver-java-options | \
            --driver-library-path | --driver-memory | --exclude-packages | --executor-cores | \
            --executor-memory | --files | --keytab | --name | --num-executors | --principal | \
            --properties-file | --proxy-user | --py-files | --queue | --remote | --repositories | \
            --total-executor-cores) ;;
        *) fail "$option is no option of spark-submit" "the job's arguments go after the job file or folder" ;;
    esac
    [ $# -ge $words ] || fail "$option needs a value" "./spark-submit.sh --help"
    options+=("${@:1:words}")
    shift $words
done

if [ -z "$passes_through" ]; then
    [ $# -gt 0 ] || fail "no job file or folder is given" "./spark-submit.sh jobs/"
    if [ ! -d "$1" ]; then
        [ -f "$1" ] || fail "there is no job file or folder $1" "./spark-submit.sh jobs/"
        [ "${1%.py}" != "$1" ] || fail "$1 is neither a folder nor a Python file" "./spark-submit.sh jobs/"
    fi
fi

# --- Set-up, and the plan: most of the time that is all ----------------------------------------
"$root/scripts/setup.sh" run
if [ -z "$passes_through" ]; then
    code=0
    "$python" -m framework.cli.application --check "$@" || code=$?
    [ $code = $EX_SPARK_IS_NEEDED ] || exit $code
    if [ -d "$1" ]; then
        set -- "$root/scripts/application.py" "$@"
    fi
fi

# --- Which Spark: the platform's when it is in range, else the locked one ----------------------
locked=$(echo "$root"/.venv/lib/python3*/site-packages/pyspark)
platform=${SPARK_HOME:-}
[ -n "$platform" ] || [ ! -x /usr/lib/spark/bin/spark-submit ] || platform=/usr/lib/spark
version=
if [ -n "$platform" ] && [ ! "$platform" -ef "$locked" ]; then
    core=$(echo "$platform"/jars/spark-core_*.jar) # …/spark-core_2.13-4.0.2.jar
    version=${core#*/spark-core_*-}
    case $version in
        3.5.* | 4.*.jar) version=${version%.jar} ;;
        *)
            echo "SPARK_HOME is $platform, which is no Spark 3.5 to 4.x: the locked one is used" >&2
            version=
            ;;
    esac
fi

# --- Ours go first, so that the user's win; all --jars count -----------------------------------
defaults=()
if [ -n "$version" ]; then
    export SPARK_HOME=$platform
    # A platform brings Delta itself, and a user may; a plain Spark gets the one of its line.
    if [ ! -e /usr/share/aws/delta ] && ! compgen -G "$platform/jars/delta-spark*" >/dev/null &&
        [[ $jars,$packages != *delta-spark* ]] &&
        ! grep -qs delta-spark "${SPARK_CONF_DIR:-$platform/conf}/spark-defaults.conf"; then
        case $version in
            4.0.*) # the locked line: what is here already
                delta=$(IFS=, && set -- "$root"/.venv/share/sparkjob/ivy/jars/*.jar && echo "$*")
                options+=(--jars "${jars:+$jars,}$delta")
                ;;
            *)
                delta=$("$python" "$root/scripts/delta_packages.py" "$version" 2>/dev/null) ||
                    fail "no Delta is known for the Spark $version of SPARK_HOME" "--packages io.delta:… names one"
                options+=(--packages "${packages:+$packages,}$delta")
                ;;
        esac
    fi
    # In cluster mode the driver is elsewhere, and this path means nothing there.
    [ "$deploy_mode" = cluster ] || export PYSPARK_DRIVER_PYTHON=$python
    case ${master:-local} in local*) export PYSPARK_PYTHON=${PYSPARK_PYTHON:-$python} ;; esac
else
    "$root/scripts/java.sh"
    unset SPARK_HOME
    while IFS= read -r -d '' setting; do
        case ${master:-local}:$setting in
            local*:*) ;;
            # What is right for this machine is not for a cluster.
            *:spark.driver.memory=* | *:spark.driver.extraJavaOptions=* | *:spark.sql.shuffle.partitions=*) continue ;;
        esac
        defaults+=(--conf "$setting")
        [ -z "$jars" ] || [ "${setting%%=*}" != spark.jars ] || options+=(--jars "$jars,${setting#*=}")
    done < <("$python" "$root/scripts/local_settings.py" "$@")
    [ ${#defaults[@]} -gt 0 ] || fail "Spark's settings cannot be told" "$python $root/scripts/local_settings.py says why"
    export SPARK_HOME=$locked
    [ "$deploy_mode" = cluster ] || export PYSPARK_DRIVER_PYTHON=$python
    case ${master:-local}:$deploy_mode in
        local*) export PYSPARK_PYTHON=$python ;;
        *:client) export PYSPARK_PYTHON=${PYSPARK_PYTHON:-$python} ;;
    esac
    export SPARK_LAUNCHER_OPTS=${SPARK_LAUNCHER_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
    case ${master:-local} in local*) export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1} ;; esac
fi
# (The odd expansion is for bash before 4.4, where an empty array is an unbound variable.)
exec "$SPARK_HOME/bin/spark-submit" ${defaults[@]+"${defaults[@]}"} ${options[@]+"${options[@]}"} "$@"
