#!/usr/bin/env bash
# Makes .venv-airflow-3 and .venv-airflow-2 from their hashed locks, for tests/schedulers: whatever of
# it is missing. Needs .venv (scripts/setup.sh), whose uv and Python it takes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
for line in 3 2; do
    lock=requirements/airflow-$line.txt venv=.venv-airflow-$line
    stamp=$(echo "$root" && cksum "$lock")
    [ ! -r $venv/made-from ] || [ "$(<$venv/made-from)" != "$stamp" ] || continue
    echo "setting up: $(sed -n 's/^apache-airflow==\([^ ;]*\).*/airflow \1/p' "$lock")" >&2
    rm -rf $venv
    .venv/bin/uv venv --quiet --python .venv/bin/python $venv
    .venv/bin/uv pip install --quiet --python $venv/bin/python --no-deps --require-hashes -r "$lock"
    echo "$stamp" >$venv/made-from
done
