# Everything from a clean checkout, with Python 3.11 or newer and make:
#   make demo   set-up, an offline crawl of the sample web, its ranking, report.html
#   make test   set-up, linters, types, import contracts, all tests
#   make coverage   the tests, with the lines counted that they run
#   make fuzz   random input for ten minutes, or MINUTES=60; ends with an error on a finding
# Another Python: make test PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := data/crawls/demo
MINUTES ?= 10
JOBS ?= 2

.PHONY: demo test lint types contracts tests coverage fuzz build clean

demo: $(VENV)/.installed
	@rm -rf $(DEMO)
	@$(BIN)/linkcrawler demo --out $(DEMO)

test: lint types contracts tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-cache

# By as many processes as there are cores; the tests of one file stay in one process, which has its crawls
tests: $(VENV)/.installed-dev
	@$(BIN)/python tests/support/setup_browser.py
	@$(BIN)/python tests/support/setup_apps.py
	$(BIN)/python -m pytest -n auto --dist loadfile

# The same, with the lines counted that they ran, also in the processes that they start
coverage: $(VENV)/.installed-dev
	@$(BIN)/python tests/support/setup_browser.py
	@$(BIN)/python tests/support/setup_apps.py
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

fuzz: $(VENV)/.installed-dev
	PYTHONPATH=tests:. $(BIN)/python -m fuzz --minutes $(MINUTES) --jobs $(JOBS)

build: $(VENV)/.installed-dev
	$(BIN)/python -m build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("linkcrawler needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
