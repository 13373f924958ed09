# Two commands do everything: `make run` and `make test`. The rest serves the people who build it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed
# Left out: a grammar of international addresses that jsonschema loads, when it is there, in three seconds of
# every process, to check a format that no file of ours has. So everything needed is named, and nothing else.
LEFT_OUT := --no-emit-package rfc3987-syntax --no-emit-package lark
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate $(LEFT_OUT) \
	--custom-compile-command "make lock" --python-version 3.11
BOOTSTRAP := --require-hashes -r requirements/bootstrap.lock
INSTALL := $(BIN)/uv pip install -q --no-deps
# What every run imports, in two processes side by side: that is what makes the bytecode it needs, and no more.
WARM := papermill,ipykernel.kernelapp,numba,pandas,xlsxwriter,jinja2,babel.numbers \
	polars,scipy.stats,scipy.optimize,matplotlib.pyplot,matplotlib.backends.backend_svg,seaborn
# Bytecode must be written: without it every process compiles every module again (two to four times slower).
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test quick bench proof lock lab notebooks docs clean

run: $(RUN)
	$(BIN)/kik run params/base.yml

test: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# types are checked beside the tests, on what those leave of two processors
	$(BIN)/mypy > $(VENV)/.types 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -n 2 --nbval --nbval-current-env tests notebooks; tests=$$?; \
	wait $$types || { cat $(VENV)/.types; exit 1; }; exit $$tests

quick: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 --ignore=tests/back --ignore=tests/runs/test_every_input.py

bench: $(TEST)
	$(BIN)/python -m benchmarks

proof: $(TEST)
	$(BIN)/python -m pytest -n 2 --proof --nbval --nbval-current-env tests notebooks

lab: $(TEST)
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(TEST)
	$(BIN)/python -m kik_analysis.runs.execution

docs: $(RUN)
	$(BIN)/python docs/generate.py docs

lock: $(TEST)
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(LOCK) pyproject.toml requirements/build.in -o requirements/run.lock
	$(LOCK) pyproject.toml requirements/build.in --group dev -c requirements/run.lock -o requirements/test.lock

$(VENV)/.created: requirements/bootstrap.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; found ' + sys.version)"
	@echo "Setting up .venv (once) ..."
	@# with the pip that is there; without one, or with one from before 2022, a new one is put in first
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install -q $(BOOTSTRAP) 2> /dev/null || \
		{ $(PYTHON) -m venv --clear $(VENV) && $(BIN)/python -m pip install -q $(BOOTSTRAP); }
	@touch $@

$(RUN): $(VENV)/.created requirements/run.lock pyproject.toml
	@echo "Installing what a run needs (once) ..."
	@$(INSTALL) --require-hashes -r requirements/run.lock
	@$(INSTALL) --no-build-isolation -e .
	@for names in $(WARM); do $(BIN)/python -c "import $$names" & done; wait
	@touch $@

$(TEST): $(RUN) requirements/test.lock
	@echo "Installing what the checks need (once) ..."
	@$(INSTALL) --require-hashes -r requirements/test.lock
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
