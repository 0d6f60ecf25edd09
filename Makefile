# Two commands: `make run` and `make test`. Nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check schemas bench clean
.DEFAULT_GOAL := run

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: $(VENV)/.installed  ## Read the two examples and put them beside the study.
	@$(BIN)/usepolicy read examples/harbourlight-aup.md --developer Harbourlight
	@echo
	@$(BIN)/usepolicy read examples/northgate-terms.md --developer Northgate
	@echo
	@echo "Beside the thirty developers of the study:"
	@$(BIN)/usepolicy matrix study examples/harbourlight-aup.md examples/northgate-terms.md --by group
	@echo
	@echo "Now yours: $(BIN)/usepolicy read YOUR-POLICY.pdf   (or .md .html .docx .txt, an address, - for a pipe)"

test: $(VENV)/.installed  ## Lint, types and tests.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest

bench: $(VENV)/.installed  ## Measure the reader on labelled policies, the converters on samples, the forms of a document.
	@$(BIN)/python bench/reading.py
	@$(BIN)/python bench/converters.py
	@$(BIN)/python bench/robustness.py

schemas: $(VENV)/.installed  ## Write schemas/ anew from the code.
	@$(BIN)/usepolicy schema policy > schemas/policy.schema.json
	@$(BIN)/usepolicy schema coding > schemas/coding.schema.json
	@$(BIN)/usepolicy schema chain > schemas/chain.schema.json

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
