# Passerelle. Two commands are enough: `make serve` and `make test`.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
DATA ?= var
SAMPLE ?= 200
COUNT ?= 20
BEFORE ?= HEAD~1
AFTER ?=
SECONDS ?= 60
VENV := .venv
RUN := $(VENV)/bin
INSTALL := $(RUN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# What is compiled once stays compiled: the tests start many processes.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := $(shell find ontology mappings -type f) $(shell find graph_api -name '*.py' -o -name '*.rq')

.PHONY: serve test test-long test-all check bench bench-quick mutants faults fuzz audit clean help
.DEFAULT_GOAL := help

help: ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1   /p' $(MAKEFILE_LIST)

serve: $(DATA)/.built $(VENV)/.editor ## build the graph where needed and serve it (HOST=… PORT=… WORKERS=…)
	$(RUN)/passerelle serve --data $(DATA) --host $(HOST) --port $(PORT) --workers $(WORKERS)

test: export TEST_DATA := $(abspath $(VENV))/graph
test: $(VENV)/.test $(VENV)/.editor ## everything: style, types, tests
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 10

test-long: export TEST_DATA := $(abspath $(VENV))/graph
test-long: test ## the tests, and the long ones: what a change must pass
	$(RUN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 10 -m long

test-all: export TEST_DATA := $(abspath $(VENV))/graph
test-all: test-long ## the same, and everything of which they take a sample
	$(RUN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m whole

check: $(DATA)/.built ## shapes, checks and the reasoner over the tables, and every answer of the built graph
	@tools/bring java openjdk-17-jre-headless
	$(RUN)/passerelle check
	$(RUN)/passerelle check --answers --data $(DATA)

bench: $(VENV)/.test $(DATA)/.built ## side-by-side measurements
	$(INSTALL) --editable '.[bench]'
	$(RUN)/python -m benchmarks

bench-quick: $(VENV)/.serve $(DATA)/.built ## two revisions side by side, in three minutes (BEFORE=HEAD~1 AFTER=, the work tree)
	$(RUN)/python -m benchmarks.quick $(DATA) $(BEFORE) $(AFTER)

mutants: export TEST_GRAPH := $(abspath $(DATA))
mutants: $(VENV)/.test $(DATA)/.built ## faults put into the engine, and which of them the tests see (SAMPLE=200, or all)
	$(INSTALL) --editable '.[mutants]'
	$(RUN)/python tools/mutants.py $(SAMPLE)

faults: $(VENV)/.test ## kills, power cuts, full disks and damage, counted into docs/reliability.md (COUNT=20)
	$(RUN)/python -m benchmarks.faults $(COUNT)

fuzz: $(VENV)/.test ## input that a parser cannot take, looked for by coverage (SECONDS=60 for each)
	$(INSTALL) --editable '.[fuzz]'
	for each in guard binder table accept credential question proposal cases reform; do $(RUN)/python tools/fuzz.py $$each $(SECONDS) || exit 1; done

audit: $(VENV)/.serve ## licences, a bill of materials (sbom.json), and known faults of what is installed
	$(RUN)/python tools/audit.py licences
	$(RUN)/python tools/audit.py sbom > sbom.json
	$(INSTALL) --editable '.[audit]'
	$(RUN)/pip-audit --skip-editable

clean: ## remove what the targets made
	rm -rf $(VENV) $(DATA) sbom.json mutants graph_api/web/static/editor frontend/node_modules tests/*/node_modules

$(DATA)/.built: $(VENV)/.serve $(SOURCES)
	$(RUN)/passerelle build --data $(DATA)
	@touch $@

$(VENV)/.serve: pyproject.toml constraints.txt
	@tools/venv $(PYTHON) $(VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.editor: $(VENV)/.serve $(shell find frontend -path frontend/node_modules -prune -o -type f -print)
	@tools/editor $(VENV)
	@touch $@

$(VENV)/.test: $(VENV)/.serve tests/browser/package-lock.json tests/clients/package-lock.json
	$(INSTALL) --editable '.[test]'
	@tools/bring curl curl
	@tools/bring nginx nginx-light
	@tools/bring java openjdk-17-jre-headless
	@tools/bring chromium chromium
	@tools/bring virtuoso-t virtuoso-opensource-7 virtuoso-opensource-7-bin
	@tools/packages $(VENV) tests/browser tests/clients
	@touch $@
