# Needs Python 3.11 or later, git and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: serve test test-deep test-openrefine lint bench conformance clean

serve: .venv/.serving
	$(BIN)/sayso serve

test: .venv/.developing
	$(BIN)/python -m pytest

test-deep: .venv/.developing
	SAYSO_TEST_DEEP=1 $(BIN)/python -m pytest

test-openrefine: .venv/.developing
	$(BIN)/python -m pytest -rs tests/openrefine/reconciling.py

lint: .venv/.developing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sayso check --project .

bench: .venv/.developing
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/gate.py

conformance: .venv/.developing
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/conformance/conformance.py '$(RDF_TESTS)'

clean:
	rm -rf .venv dist server/frontend/node_modules server/sayso/static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.serving: pyproject.toml constraints.txt server/frontend/package-lock.json | .venv/bin/python
	$(PIP) install -c constraints.txt -e .
	@touch $@

.venv/.developing: pyproject.toml constraints.txt server/frontend/package-lock.json | .venv/bin/python
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ .venv/.serving
