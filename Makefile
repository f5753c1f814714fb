# `make test` on a fresh machine does all set-up first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: setup test test-unit test-stores test-lowest test-highest test-gx test-merging test-redshift test-redshift-live test-pages test-faults faults test-model test-schedulers schedulers test-offline sbom audit lint format lock bench clean-all

python := .venv/bin/python
# Two Spark drivers side by side are what two cores carry.
workers := --numprocesses 2 --dist loadfile
pytest := $(python) -m pytest $(workers)
# Slow layers, which have targets of their own.
apart := $(addprefix --ignore ,tests/faults tests/redshift/faults tests/schedulers tests/model tests/spark/docs)
# What another Spark, Delta or Python may change.
core := tests/unit tests/spark/stage tests/spark/audit tests/spark/publish tests/spark/tables tests/spark/merging \
	tests/spark/test_flights_truth.py tests/faults/test_flights_s3.py

setup: ## the environment, with the development tools
	@scripts/setup.sh dev

test: lint ## all but the slow layers
	$(pytest) $(apart)

test-unit: setup ## what needs no JVM: seconds
	$(pytest) tests/unit

test-lowest: ## the core suite on the oldest Spark that is supported: minutes
	@scripts/setup.sh lowest
	.venv-lowest/bin/python -m pytest $(workers) $(core)

test-highest: ## the core suite on the newest Spark that is supported: minutes
	@scripts/setup.sh highest
	.venv-highest/bin/python -m pytest $(workers) $(core)

test-gx: setup ## our verdicts beside those of Great Expectations, on 200 tables: minutes
	SPARKJOB_GX_TABLES=200 $(python) -m pytest --numprocesses 2 --dist load tests/gx

test-stores: setup ## tables, stores and the example's jobs on S3Proxy, the second S3 server: minutes
	SPARKJOB_TEST_S3=s3proxy $(pytest) tests/storage tests/s3/test_landing_s3.py tests/s3/test_environment_s3.py \
		tests/faults/test_flights_s3.py -k "not secrets_manager and not does_not_exist and (S3 or s3)"

test-merging: setup ## merged rows beside plain Python, on long series of batches: a quarter of an hour
	SPARKJOB_MERGE_EXAMPLES=12 $(python) -m pytest tests/spark/merging/test_state_machine.py

test-redshift: setup ## the stand-in of Redshift: minutes
	$(pytest) tests/redshift

test-redshift-live: setup ## all that makes sense on the cluster that SPARKJOB_LIVE_HOST and others name
	@: $${SPARKJOB_LIVE_HOST:?docs/redshift.md says what to set}
	$(python) -m pytest tests/redshift

test-pages: setup ## what README.md and the guides tell to type, and what is printed then: minutes
	$(python) -m pytest tests/spark/docs

test-faults: setup ## kills, races, foreign hands: minutes
	$(pytest) -m "not exhaustive" tests/faults tests/redshift/faults

faults: setup ## all of them: every kill point, 500 random ones, 8 writers on one interval 200 times each: hours
	SPARKJOB_KILLS=500 SPARKJOB_EVERY=1 SPARKJOB_PUBLISHES=200 SPARKJOB_SPARK_KILLS=40 \
		$(pytest) tests/faults tests/redshift/faults

test-model: setup ## the publish protocol as a model in all its states, and without each guard: minutes
	$(python) -m pytest --numprocesses 2 --dist load tests/model

test-schedulers: setup ## exported and hand-written files under real Airflow 3 and 2.11, make and systemd: minutes
	@scripts/airflow.sh
	$(pytest) $(addprefix tests/schedulers/test_,airflow.py airflow_operators.py airflow_steps.py dags_read.py hosts.py)

schedulers: setup ## all of them, with EMR's API, state machines, YARN and a standalone cluster: an hour
	@scripts/airflow.sh
	$(python) -m pytest tests/schedulers

test-offline: setup ## the tests of `make test` where only the loopback is, counting what tries to get out: minutes
	@$(python) -c "from tests.s3.s3proxy import s3proxy_jar; s3proxy_jar()"
	scripts/on_loopback.sh $(pytest) $(apart)

sbom: setup ## build/sbom.cdx.json: what a run is made of, from the lock (CycloneDX); needs no network
	@mkdir -p build
	.venv/bin/cyclonedx-py requirements requirements/spark-4.0.txt --pyproject pyproject.toml --short-PURLs \
		--output-reproducible --output-file build/sbom.cdx.json

audit: setup ## known vulnerabilities of the lock, by a service on the network
	.venv/bin/uv tool run pip-audit --strict --requirement requirements/spark-4.0.txt --disable-pip --require-hashes

lint: setup ## style, types, directions of imports
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	.venv/bin/lint-imports

format: setup
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

lock: setup ## requirements/*.in to locks; UPGRADE=--upgrade takes the newest versions
	scripts/lock.sh $(UPGRADE)

bench: setup ## each benchmark, its short form
	@for script in bench/[!_]*.py; do echo "== $$script"; $(python) "$$script" --quick; done

clean-all: ## the environment, all data and caches
	rm -rf .venv .venv-lowest .venv-highest .venv-airflow-3 .venv-airflow-2 .data .cache .*_cache .hypothesis build dist spark-warehouse metastore_db derby.log
