# Two commands do everything, their set-up included: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BOOT := .venv-boot
VENV := .venv
TESTS := .venv-test
UV := $(BOOT)/bin/uv
EVERYTHING := --extra airflow --extra production --extra torch --extra dev
# Tests and schedulers start many processes; each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.PHONY: help run test check bench wheel clean constraints format

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/run.ready  ## Install and start the whole system on this machine, with a simulated social network
	@exec $(VENV)/bin/kuula embedded

test: $(TESTS)/ready  ## Run every test against real servers, on the built wheel
	@PYTHONPATH=tests $(TESTS)/bin/python -m servers.install
	@$(MAKE) --no-print-directory check
	$(TESTS)/bin/python -I -m pytest -n 2 $(PYTEST)

check: $(TESTS)/ready  ## Lint, types and import contracts
	$(TESTS)/bin/ruff format --check .
	$(TESTS)/bin/ruff check .
	$(TESTS)/bin/mypy
	$(TESTS)/bin/lint-imports

bench: $(TESTS)/ready  ## Measure speed and memory beside named peers
	$(TESTS)/bin/python -m benchmarks $(BENCH)

format: $(TESTS)/ready  ## Put the code into its standard form
	$(TESTS)/bin/ruff check --fix --quiet . ; $(TESTS)/bin/ruff format .

constraints: $(UV)  ## Choose the newest version of every dependency again
	$(UV) pip compile pyproject.toml --all-extras --python-version 3.11 --no-header --no-annotate --no-emit-index-url --upgrade --quiet --output-file constraints.txt

clean:  ## Remove what was built or installed here; the ledger in .kuula stays
	rm -rf $(VENV) $(TESTS) $(BOOT) dist .airflow .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(UV):
	@echo "Setting up $(BOOT) ..."
	@$(PYTHON) -m venv $(BOOT)
	@$(BOOT)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

$(VENV)/run.ready: pyproject.toml constraints.txt | $(UV)
	@echo "Installing Kuula and Airflow (about 20 seconds) ..."
	@test -x $(VENV)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(VENV)/bin/python --constraint constraints.txt --editable '.[airflow]'
	@$(VENV)/bin/python -m models.training.dictionaries
	@touch $@

# The suite runs on the wheel, so that a file missing from it is found here and not by users.
SOURCES := $(shell find monitors models dashboards -type f -not -name '*.pyc' 2>/dev/null)

$(TESTS)/ready: $(TESTS)/dependencies $(SOURCES)
	@rm -rf dist
	@$(UV) build --quiet --wheel --out-dir dist --no-build-isolation --python $(TESTS)/bin/python
	@$(UV) pip install --quiet --python $(TESTS)/bin/python --no-deps --reinstall dist/*.whl
	@$(TESTS)/bin/python -I -m models.training.dictionaries
	@touch $@

$(TESTS)/dependencies: pyproject.toml constraints.txt | $(UV)
	@echo "Installing everything that tests need (about a minute) ..."
	@test -x $(TESTS)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(TESTS)
	@$(UV) pip install --quiet --python $(TESTS)/bin/python --constraint constraints.txt --requirement pyproject.toml $(EVERYTHING)
	@touch $@
