# The two commands a new user needs: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
WORK ?= runs/demo

.DEFAULT_GOAL := help
.PHONY: help demo bank test install check bench docs clean lock

help:
	@echo "make demo   install, then raw logs to $(WORK)/report.html"
	@echo "make test   install with test extras, then run the tests"
	@echo "make bank   the real call centre of configs/anonymous_bank.yaml"
	@echo "make check  what CI runs: format, lint, types, imports, dependencies, tests"
	@echo "make bench | docs | clean | lock"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "omnistaff needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: .venv/installed

demo: .venv/installed
	$(BIN)/omnistaff demo-logs runs/demo-logs
	$(BIN)/omnistaff run configs/omnichannel_demo.yaml --work $(WORK) --if-changed

bank: .venv/installed
	$(BIN)/omnistaff run configs/anonymous_bank.yaml --work runs/bank --if-changed

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m pytest -n 2

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

docs: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/python docs/build.py

# Pins for Python 3.11 and newer, without the names of any package index.
lock: .venv/installed-dev
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-annotate --no-header -o requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-annotate --no-header --extra dev --extra docs -c requirements.txt -o requirements-dev.txt pyproject.toml

clean:
	rm -rf .venv runs build dist .mypy_cache .ruff_cache .pytest_cache docs/_build
