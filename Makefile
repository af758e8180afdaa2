# Everything sets itself up: a machine with Python 3.11 (or 3.12) and make is enough.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo dev test check audit format bench bench-discovery chaos fuzz clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

demo: $(VENV)/.runtime ## the main job end to end on sample files
	@$(BIN)/python -m pybase_pipelines demo

dev: $(VENV)/.runtime ## the Dagster UI, the sensor, an S3 server and a database, on loopback
	@$(BIN)/python -m pybase_pipelines dev

test: $(VENV)/.dev ## every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.dev audit ## style, types, the direction of imports, and the dependency audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

audit: $(VENV)/.dev ## do the installed versions fit together, and is a vulnerability known of one
	$(BIN)/python -m pip check
	$(BIN)/python -m checks.audit

format: $(VENV)/.dev ## bring the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## the figures of the README
	$(BIN)/python -m benchmarks.throughput

bench-discovery: $(VENV)/.dev ## what looking at a bucket costs, with up to a million known objects (some minutes)
	$(BIN)/python -m benchmarks.discovery

chaos: $(VENV)/.dev ## kill everything at random for ten minutes, on SQLite and on PostgreSQL, then prove that nothing was lost
	$(BIN)/python -m benchmarks.chaos
	$(BIN)/python -m benchmarks.chaos --postgres

fuzz: $(VENV)/.dev ## good files broken in many ways: nothing may hang, lie or go unanswered
	$(BIN)/python benchmarks/fuzz.py

clean: ## remove the environment and the state of the embedded default
	rm -rf $(VENV) .pybase_state

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 13) else "Python 3.11 or 3.12 is needed; name it with make PYTHON=...")'
	@echo "Setting up $(VENV) (about 3 GB with the CAD libraries, once) ..." >&2
	@$(PYTHON) -m venv $(VENV)

# The stamps make the second call quick; a change of the pins installs again.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.runtime $@
