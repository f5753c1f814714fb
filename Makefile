# `make test` on a fresh machine does all set-up first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: setup test test-unit test-gx test-faults lint format lock bench clean-all

python := .venv/bin/python
# Two Spark drivers side by side are what two cores carry.
pytest := $(python) -m pytest --numprocesses 2 --dist loadfile

setup: ## the environment, with the development tools
	@scripts/setup.sh dev

test: lint ## all but the slow layers
	$(pytest) --ignore tests/faults

test-unit: setup ## what needs no JVM: seconds
	$(pytest) tests/unit

test-gx: setup ## our verdicts beside those of Great Expectations, on 200 tables: minutes
	SPARKJOB_GX_TABLES=200 $(python) -m pytest --numprocesses 2 --dist load tests/gx

test-faults: setup ## kills, races, foreign hands: minutes
	$(pytest) tests/faults

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
	rm -rf .venv .data .cache .*_cache .hypothesis build dist spark-warehouse metastore_db derby.log
