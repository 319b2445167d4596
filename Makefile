# Each target sets up what it needs in .venv. It takes Python 3.11 or newer, make and a package index.

PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check install --quiet
# The build backend comes from the lock file, so this step asks no index for anything.
INSTALL_PROJECT := $(PIP) --no-deps --no-index --no-build-isolation --editable .

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help mock check test prove bench lint typecheck format lock clean

help: ## say what there is
	@echo 'make TARGET [ARGS="..."] [PYTHON=python3.12]'
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  %-10s %s\n' "$$name" "$$what"; done

mock: $(VENV)/runtime.stamp ## start the mock; ARGS="--port 0" picks a free port
	@exec $(RUN) mock_server $(ARGS)

check: $(VENV)/dev.stamp ## check the contract against the mock; ARGS="--target URL" for another service
	@exec $(RUN) contract_tests $(ARGS)

test: $(VENV)/dev.stamp ## run the tests over all cores; ARGS="tests/openapi" for some of them
	@$(RUN) pytest -n auto $(ARGS)

prove: $(VENV)/dev.stamp ## prove the check on broken and on correct services; ARGS="--only NAME" for some of them
	@$(RUN) tests.proof.prove $(ARGS)

bench: $(VENV)/dev.stamp ## measure beside what others would pick; ARGS="--scratch FOLDER --stage peers"
	@exec $(RUN) benchmarks $(ARGS)

lint: $(VENV)/dev.stamp ## check style, layout and types
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy --strict
	$(VENV)/bin/lint-imports --no-logo --no-cache

typecheck: $(VENV)/dev.stamp ## check types alone
	$(RUN) mypy --strict

format: $(VENV)/dev.stamp ## put style and layout right where a tool can
	$(RUN) ruff check --fix
	$(RUN) ruff format

# The development lock comes first and bounds the other, so both name the same versions.
UV := $(VENV)/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --group build

lock: $(VENV)/dev.stamp ## write the lock files anew; ARGS="--upgrade" for newer versions
	$(UV) $(ARGS) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(UV) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean: ## remove .venv and everything that can be made again
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo '$(PYTHON) is not Python 3.11 or newer: name one that is, as in "make PYTHON=python3.12 $(MAKECMDGOALS)"' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'installing requirements.lock into $(VENV)' >&2
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(INSTALL_PROJECT)
	@touch $@

# What the mock needs is part of this, so its own step has nothing left to do.
$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'installing requirements-dev.lock into $(VENV)' >&2
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(INSTALL_PROJECT)
	@touch $(VENV)/runtime.stamp $@
