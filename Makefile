# Each target installs what it needs into .venv. Requirements: Python 3.11 or newer, make and a package index.

PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check install --quiet
# The build backend is in the lock file, so this step needs no index.
INSTALL_PROJECT := $(PIP) --no-deps --no-index --no-build-isolation --editable .

# Many tests start Python, and without bytecode each of them would compile the packages. `make clean` removes it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help mock check test prove bench lint typecheck format lock build clean

help: ## list the targets
	@echo 'make TARGET [ARGS="..."] [PYTHON=python3.12]'
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  %-10s %s\n' "$$name" "$$what"; done

mock: $(VENV)/runtime.stamp ## start the mock; ARGS="--port 0" for a free port
	@exec $(RUN) mock_server $(ARGS)

check: $(VENV)/dev.stamp ## check the mock; ARGS="--target URL" to check another service
	@exec $(RUN) contract_tests $(ARGS)

test: $(VENV)/dev.stamp ## run the tests on all cores; ARGS="tests/openapi" for a folder
	@$(RUN) pytest -n auto --dist worksteal $(ARGS)

prove: $(VENV)/dev.stamp ## test the check on broken and correct services; ARGS="--only NAME" for one
	@$(RUN) tests.proof.prove $(ARGS)

bench: $(VENV)/dev.stamp ## run the benchmarks; ARGS="--scratch FOLDER --stage peers"
	@exec $(RUN) benchmarks $(ARGS)

lint: $(VENV)/dev.stamp ## check style, types and the imports between folders
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy --strict
	$(VENV)/bin/lint-imports --no-logo --no-cache

typecheck: $(VENV)/dev.stamp ## check types only
	$(RUN) mypy --strict

format: $(VENV)/dev.stamp ## fix style and layout
	$(RUN) ruff check --fix
	$(RUN) ruff format

# The development lock comes first and constrains the other, so both have the same versions.
UV := $(VENV)/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --group build

lock: $(VENV)/dev.stamp ## update the lock files; ARGS="--upgrade" for newer versions
	$(UV) $(ARGS) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(UV) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

build: $(VENV)/dev.stamp ## build the wheel and the sdist into dist/, and test them in clean environments
	@rm -rf dist
	@$(RUN) hatchling build
	@.ci/smoke

clean: ## remove .venv and all generated files
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo '$(PYTHON) is not Python 3.11 or newer; choose one, as in "make PYTHON=python3.12 $(MAKECMDGOALS)"' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'installing requirements.lock into $(VENV)' >&2
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(INSTALL_PROJECT)
	@touch $@

# This includes the requirements of the mock, so both stamps are set.
$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'installing requirements-dev.lock into $(VENV)' >&2
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(INSTALL_PROJECT)
	@touch $(VENV)/runtime.stamp $@
