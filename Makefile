# Everything that is done with this project. `make` lists the verbs.
PYTHON ?= python3
PORT ?= 8000
ROUNDS ?= 200
BASE ?= HEAD
PART ?= 1/1
VENV := .venv
# What fails soonest when something is broken: both documents, the core, both dialects of one client.
FAST := tests/core tests/documents tests/agreement tests/test_documentation.py tests/test_third_dialect.py \
	$(addprefix tests/register/test_,$(addsuffix .py,states lists two_views unchanged search contacts categories))
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast torture bench check fmt docs contract contract-long contract-faults contract-diff lint-openapi clients clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment with everything pinned in requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

run: $(READY) ## Serve both dialects with a demo company and key; the data stays in ./data
	@$(BIN)/gateway demo --port $(PORT)

test: $(READY) ## Every test, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-fast: $(READY) ## The tests of the inner loop, on SQLite alone; under a minute on two cores
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal -k "not postgresql and not pg_trgm" $(FAST)

torture: $(READY) ## 200 rounds of kill -9 on each database under load, the large uploads, every row of the benchmark; about half an hour
	GATEWAY_TORTURE_ROUNDS=$(ROUNDS) GATEWAY_TORTURE_UPLOAD_MB=100 GATEWAY_FUZZ_EXAMPLES=5000 \
		GATEWAY_MIGRATION_CLIENTS=10000 GATEWAY_STREAMS=10000 GATEWAY_FLOOD_SECONDS=4 GATEWAY_BENCH_EVERY_ROW=1 GATEWAY_EVERY_VALUE=1 \
		$(BIN)/python -m pytest tests/torture tests/faults tests/wire/test_fuzz.py tests/wire/test_streams.py tests/wire/test_floods.py \
		tests/moving/test_migration.py tests/test_benchmark.py tests/contract/test_schemas_are_true.py

bench: $(READY) ## Measure requests, growth and memory beside the bare framework, a usual service and a quick one; about 15 minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .[bench]
	$(BIN)/python -m tests.bench --docs docs

check: $(READY) ## Formatting, lint (also for security), types, layers and known vulnerabilities of what is pinned
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/audit

fmt: $(READY) ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Write docs/dialects.md, the OpenAPI files and the fixture of mocks from the tables
	$(BIN)/gateway openapi api > openapi/api.yaml
	$(BIN)/gateway openapi v1 > openapi/api-v1.yaml
	$(BIN)/python -c 'from gateway.reference.mapping_page import mapping_page; print(mapping_page(), end="")' > docs/dialects.md
	$(BIN)/python -m gateway.mock.fixture

contract: $(READY) ## Prove both dialects with Schemathesis on a fresh database; reports go to build/contract
	@$(BIN)/gateway contract --fresh

contract-long: $(READY) ## The same with thousands of examples an operation, for the night
	@$(BIN)/gateway contract --fresh --max-examples 2000

contract-faults: $(READY) ## Every deliberate fault, caught by the proof; a part of them with PART=2/4
	GATEWAY_FAULTS=$(PART) $(BIN)/python -m pytest tests/contract/test_faults.py tests/contract/test_meaning.py \
		--numprocesses auto --dist worksteal

contract-diff: $(READY) ## List what would break integrations written for the files of BASE=<git ref>
	@mkdir -p build/base
	@status=0; for file in api.yaml api-v1.yaml; do \
		git show "$(BASE):openapi/$$file" > build/base/$$file || exit 2; \
		$(BIN)/gateway contract-diff build/base/$$file openapi/$$file || status=1; \
	done; exit $$status

lint-openapi: ## Redocly's and Spectral's recommended rules on the OpenAPI files (needs Node.js)
	npx --yes @redocly/cli@2.77.0 lint --config openapi/redocly.yaml openapi/api.yaml openapi/api-v1.yaml
	npx --yes @stoplight/spectral-cli@6.16.3 lint --ruleset openapi/spectral.yaml --fail-severity warn openapi/api.yaml openapi/api-v1.yaml

clients: $(READY) ## A TypeScript client from each OpenAPI file, compiled and tried (needs Node.js)
	tests/clients/typescript/round-trip.sh $(BIN)/gateway

clean: ## Remove what make made, but not ./data
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
