# Two commands do everything, their set-up included: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BOOT := .venv-boot
VENV := .venv
TESTED := .venv-test
UV := $(BOOT)/bin/uv
EVERYTHING := --extra airflow --extra production --extra torch --extra dev
# Tests and schedulers start many processes; each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

# What a shell says of a Python that is missing, and what our code would say on an old one, both help nobody.
RIGHT := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))

.PHONY: help run extra test try check bench wheel clean constraints format

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/run.ready  ## Install and start the whole system on this machine, with a simulated social network
	@exec $(VENV)/bin/kuula embedded

extra: $(VENV)/run.ready  ## Install what only some need: make extra EXTRA=virality (or torch, transformers, production)
	@$(UV) pip install --quiet --python $(VENV)/bin/python --constraint constraints.txt --editable \
		'.[$(or $(EXTRA),$(error say which, for example: make extra EXTRA=virality))]'

test: $(TESTED)/ready  ## Run every test against real servers, on the built wheel
	@PYTHONPATH=tests $(TESTED)/bin/python -m servers.install
	@$(MAKE) --no-print-directory check
	$(TESTED)/bin/python -I -m pytest -n 2 $(PYTEST)

try: $(TESTED)/ready  ## Run only some tests, on the built wheel: make try TESTS=tests/monitors/sources/test_rss.py
	$(TESTED)/bin/python -I -m pytest $(or $(TESTS),$(error say which tests, for example: make try TESTS=tests/models)) $(PYTEST)

check: $(TESTED)/ready  ## Lint, types and import contracts
	$(TESTED)/bin/ruff format --check .
	$(TESTED)/bin/ruff check .
	$(TESTED)/bin/mypy
	$(TESTED)/bin/lint-imports

bench: $(TESTED)/ready  ## Measure speed and memory beside named peers
	@PYTHONPATH=tests $(TESTED)/bin/python -m servers.install
	$(TESTED)/bin/python -m benchmarks $(BENCH)

format: $(TESTED)/ready  ## Put the code into its standard form
	@# What cannot be mended by itself is told at the end, and keeps nothing else from its standard form.
	@$(TESTED)/bin/ruff check --fix-only --quiet . || true
	$(TESTED)/bin/ruff format .
	$(TESTED)/bin/ruff check .

constraints: $(UV)  ## Choose the newest version of every dependency again
	$(UV) pip compile pyproject.toml --all-extras --python-version 3.11 --no-header --no-annotate --no-emit-index-url --upgrade --quiet --output-file constraints.txt

clean:  ## Remove what was built or installed here; the ledger in .kuula stays
	rm -rf $(VENV) $(TESTED) $(BOOT) dist .airflow .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(UV):
	@$(PYTHON) -c '$(RIGHT)' 2>/dev/null || { \
		echo "Kuula needs Python 3.11 or 3.12, and $(PYTHON) is none. Install one, and name it: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(BOOT) ..."
	@$(PYTHON) -m venv $(BOOT)
	@$(BOOT)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

$(VENV)/run.ready: pyproject.toml constraints.txt | $(UV)
	@echo "Installing Kuula and Airflow (a minute or two) ..."
	@test -x $(VENV)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(VENV)/bin/python --constraint constraints.txt --editable '.[airflow]'
	@$(VENV)/bin/python -m models.training.dictionaries
	@touch $@

# The suite runs on the wheel, so that a file missing from it is found here and not by users.
SOURCES := $(shell find monitors models dashboards -type f -not -name '*.pyc' 2>/dev/null)

$(TESTED)/ready: $(TESTED)/dependencies $(SOURCES)
	@rm -rf dist
	@$(UV) build --quiet --wheel --out-dir dist --no-build-isolation --python $(TESTED)/bin/python
	@$(UV) pip install --quiet --python $(TESTED)/bin/python --no-deps --reinstall dist/*.whl
	@$(TESTED)/bin/python -I -m models.training.dictionaries
	@touch $@

$(TESTED)/dependencies: pyproject.toml constraints.txt | $(UV)
	@echo "Installing everything that tests need (a few minutes; about 7 GB with torch and the servers) ..."
	@test -x $(TESTED)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(TESTED)
	@$(UV) pip install --quiet --python $(TESTED)/bin/python --constraint constraints.txt --requirement pyproject.toml $(EVERYTHING)
	@touch $@
