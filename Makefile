# Everything here sets itself up: a machine with python3 (3.11+) and make is enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.run-ready
DEV    := $(VENV)/.dev-ready
MEASURE := $(VENV)/.bench-ready

# Trust what the machine trusts, as pip does: behind a company's proxy that is more than a bundled list.
export UV_SYSTEM_CERTS := 1

.PHONY: help setup demo test lint types contracts generated bench ui docs lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "chargewright needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(RUN): requirements/run.lock pyproject.toml hatch_build.py $(wildcard src/chargewright/charging/planner/native/*.cpp) | $(BIN)/uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.lock $(RUN)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

$(MEASURE): requirements/bench.lock $(DEV)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.lock
	@touch $@

setup: $(RUN) ## .venv with the locked dependencies; afterwards .venv/bin/chargewright runs

demo: $(RUN) ## a whole site charges by plan: central system, planner, stations, cars, console
	@$(BIN)/chargewright demo $(DEMO)

test: $(DEV) ## all tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(DEV) ## style, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

generated: $(DEV) ## are the generated files what their generators write today?
	@$(BIN)/python tools/generate_messages.py --check
	@$(BIN)/python tools/write_cli_reference.py --check
	@$(BIN)/python tools/write_conformance.py --check

bench: $(MEASURE) ## every benchmark, one JSON object each (bench/README.md explains the figures; about an hour)
	@for name in codec gateway memory planner forecasts stays replay; do $(BIN)/python bench/$$name.py || exit 1; done
	@$(BIN)/python -m bench.evaluation energy --limit-kw 30

ui: ## rebuild the console (needs Node 20+); its built files are part of the tree
	cd console && npm ci --no-audit --no-fund && npm run build

docs: $(DEV) ## the documentation site, in site/
	@$(BIN)/zensical build

lock: | $(BIN)/uv ## renew the lock files
	$(BIN)/uv pip compile --upgrade pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements/run.lock
	$(BIN)/uv pip compile --upgrade pyproject.toml --extra build --extra soap --extra forecast --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -c requirements/run.lock -o requirements/dev.lock
	$(BIN)/uv pip compile --upgrade pyproject.toml --extra build --extra soap --extra forecast --extra dev --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -c requirements/dev.lock -o requirements/bench.lock

clean: ## forget the environment and everything built
	rm -rf $(VENV) site build .mypy_cache .ruff_cache
