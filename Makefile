# All tasks of this project. `make` lists them.
PYTHON ?= python3
PORT ?= 8000
ROUNDS ?= 200
BASE ?= HEAD
PART ?= 1/1
VENV := .venv
# The tests that find most faults soonest: both documents, the core, one client in both dialects.
FAST := tests/core tests/documents tests/agreement tests/test_documentation.py tests/test_third_dialect.py \
	$(addprefix tests/register/test_,$(addsuffix .py,states lists two_views unchanged search contacts categories))
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast torture bench check fmt docs contract contract-long contract-faults contract-diff lint-openapi clients clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Create the virtual environment with the packages pinned in requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

run: $(READY) ## Serve both dialects with a demo company and key; the data stays in ./data
	@$(BIN)/gateway demo --port $(PORT)

test: $(READY) ## Run every test, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-fast: $(READY) ## Run a quick selection of tests, on SQLite; under a minute on two cores
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal -k "not postgresql and not pg_trgm" $(FAST)

torture: $(READY) ## Run 200 rounds of kill -9 on each database under load, large uploads, and every row of the benchmark; half an hour
	GATEWAY_TORTURE_ROUNDS=$(ROUNDS) GATEWAY_TORTURE_UPLOAD_MB=100 GATEWAY_FUZZ_EXAMPLES=5000 \
		GATEWAY_MIGRATION_CLIENTS=10000 GATEWAY_STREAMS=10000 GATEWAY_FLOOD_SECONDS=4 GATEWAY_BENCH_EVERY_ROW=1 GATEWAY_EVERY_VALUE=1 \
		$(BIN)/python -m pytest tests/torture tests/faults tests/wire/test_fuzz.py tests/wire/test_streams.py tests/wire/test_floods.py \
		tests/moving/test_migration.py tests/test_benchmark.py tests/contract/test_schemas_are_true.py

bench: $(READY) ## Measure speed, growth and memory, compared with three other servers; about 15 minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .[bench]
	$(BIN)/python -m tests.bench --docs docs

check: $(READY) ## Check formatting, lint, types, imports between layers, and pinned packages for known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/audit

fmt: $(READY) ## Format the code and apply the linter's automatic fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Generate docs/dialects.md, the OpenAPI files and the fixture of mocks from the tables
	$(BIN)/gateway openapi api > openapi/api.yaml
	$(BIN)/gateway openapi v1 > openapi/api-v1.yaml
	$(BIN)/python -c 'from gateway.reference.mapping_page import mapping_page; print(mapping_page(), end="")' > docs/dialects.md
	$(BIN)/python -m gateway.mock.fixture

contract: $(READY) ## Test both dialects against their OpenAPI files on a fresh database; reports go to build/contract
	@$(BIN)/gateway contract --fresh

contract-long: $(READY) ## The same with thousands of examples for each operation; for nightly runs
	@$(BIN)/gateway contract --fresh --max-examples 2000

contract-faults: $(READY) ## Check that the contract test finds every deliberate fault; a part of them with PART=2/4
	GATEWAY_FAULTS=$(PART) $(BIN)/python -m pytest tests/contract/test_faults.py tests/contract/test_meaning.py \
		--numprocesses auto --dist worksteal

contract-diff: $(READY) ## List changes since BASE=<git ref> that would break integrations
	@mkdir -p build/base
	@status=0; for file in api.yaml api-v1.yaml; do \
		git show "$(BASE):openapi/$$file" > build/base/$$file || exit 2; \
		$(BIN)/gateway contract-diff build/base/$$file openapi/$$file || status=1; \
	done; exit $$status

lint-openapi: ## Check the OpenAPI files with Redocly's and Spectral's recommended rules (needs Node.js)
	npx --yes @redocly/cli@2.77.0 lint --config openapi/redocly.yaml openapi/api.yaml openapi/api-v1.yaml
	npx --yes @stoplight/spectral-cli@6.16.3 lint --ruleset openapi/spectral.yaml --fail-severity warn openapi/api.yaml openapi/api-v1.yaml

clients: $(READY) ## Generate, compile and try a TypeScript client from each OpenAPI file (needs Node.js)
	tests/clients/typescript/round-trip.sh $(BIN)/gateway

clean: ## Remove everything that make created, except ./data
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
