# Two commands do everything: `make run` and `make test`. The rest serves the people who build it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Bytecode must be written: without it every process compiles every module again (two to four times slower).
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test quick bench proof lock lab notebooks docs clean

run: $(STAMP)
	$(BIN)/kik run params/base.yml

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2
	$(BIN)/python -m pytest -n 2 --nbval --nbval-current-env notebooks

quick: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 -m "not slow"

bench: $(STAMP)
	$(BIN)/python -m benchmarks

proof: $(STAMP)
	$(BIN)/python -m pytest -n 2 --proof
	
lab: $(STAMP)
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(STAMP)
	$(BIN)/python -m kik_analysis.runs.record notebooks

lock: $(STAMP)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --python-version 3.11 pyproject.toml --group dev -o requirements/requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --python-version 3.11 requirements/bootstrap.in -o requirements/bootstrap.lock

$(STAMP): requirements/bootstrap.lock requirements/requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; found ' + sys.version)"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install -q --require-hashes -r requirements/bootstrap.lock
	$(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements/requirements.lock
	$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
