# Two commands do everything on a machine with Python 3.11 or newer and make:
#   make demo    installs into .venv and opens the screens on the bundled study
#   make test    the same, with what the tests need, and runs them all

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The extra `local` (llama.cpp, compiles for minutes) only where it is asked for: make test EXTRAS=[local]
EXTRAS ?=
MORE ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench clean

help:
	@echo "make demo    open the screens on the bundled study"
	@echo "make test    run all tests"
	@echo "make check   tests, lint, types, import contracts (what CI runs)"
	@echo "make bench   the benchmarks, each a ratio against its reference"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("interpref needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/installed: pyproject.toml $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".$(EXTRAS)" --group test $(MORE)
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

demo: $(VENV)/installed
	$(BIN)/interpref demo

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python demo/build.py --check
	$(BIN)/python docs/generate.py --check

check: lint test

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev
	@for one in start_up import_sharegpt engine_throughput annotation_latency ranking self_bleu local_judging; do $(BIN)/python -m benchmarks.$$one; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
