# Two commands do everything: `make run` and `make test`. The rest serves the people who build it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --python-version 3.11
# What every run imports is compiled once at installation, all at a time; the rest when it is first imported.
WARM := numpy polars scipy matplotlib seaborn pandas IPython ipykernel nbclient nbconvert nbformat papermill \
	jupyter_client jupyter_core traitlets zmq tornado babel jinja2 pygments jsonschema xlsxwriter yaml dateutil PIL
# Bytecode must be written: without it every process compiles every module again (two to four times slower).
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test quick bench proof lock lab notebooks docs clean

run: $(RUN)
	$(BIN)/kik run params/base.yml

test: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2
	$(BIN)/python -m pytest -n 2 --nbval --nbval-current-env notebooks

quick: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 -m "not slow"

bench: $(TEST)
	$(BIN)/python -m benchmarks

proof: $(TEST)
	$(BIN)/python -m pytest -n 2 --proof

lab: $(TEST)
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(TEST)
	$(BIN)/python -m kik_analysis.runs.record notebooks

docs: $(RUN)
	$(BIN)/python -m kik_analysis.report.documents docs

lock: $(TEST)
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(LOCK) pyproject.toml requirements/build.in -o requirements/run.lock
	$(LOCK) pyproject.toml requirements/build.in --group dev -c requirements/run.lock -o requirements/test.lock

$(VENV)/.created: requirements/bootstrap.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; found ' + sys.version)"
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -q --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(RUN): $(VENV)/.created requirements/run.lock pyproject.toml
	@echo "Installing what a run needs (once) ..."
	@$(BIN)/uv pip install -q --require-hashes -r requirements/run.lock
	@cd $(VENV)/lib/python3*/site-packages && ../../../bin/python -m compileall -q -j 2 -x '/tests?/' $(WARM) || true
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(TEST): $(RUN) requirements/test.lock
	@echo "Installing what the checks need (once) ..."
	@$(BIN)/uv pip install -q --require-hashes -r requirements/test.lock
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
