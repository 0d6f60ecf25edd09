# Two commands: `make run` and `make test`. Nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: run clauses serve docs test check schemas bench clean
.DEFAULT_GOAL := run

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: clauses serve  ## Read the two examples, put them beside the study, then serve the site.

clauses: $(VENV)/.installed  ## The same without the site: it ends by itself.
	@$(BIN)/usepolicy read examples/harbourlight-aup.md --developer Harbourlight
	@echo
	@$(BIN)/usepolicy read examples/northgate-terms.md --developer Northgate
	@echo
	@echo "Beside the thirty developers of the study:"
	@$(BIN)/usepolicy matrix study examples/harbourlight-aup.md examples/northgate-terms.md --by group
	@echo
	@echo "Now yours: $(BIN)/usepolicy read YOUR-POLICY.pdf   (or .md .html .docx .txt, an address, - for a pipe)"

serve: $(VENV)/.installed  ## The site: the study and the two examples, on this machine alone. SERVE=no leaves it out.
ifneq ($(SERVE),no)
	@echo
	@$(BIN)/usepolicy serve --examples --full-text --port $(PORT)
endif

test: $(VENV)/.installed  ## Lint, types and tests.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest

bench: $(VENV)/.installed  ## Measure the reader on labelled policies, the converters on samples, the forms of a document.
	@$(BIN)/python bench/reading.py
	@$(BIN)/python bench/converters.py
	@$(BIN)/python bench/robustness.py

docs: $(VENV)/.installed  ## Build the documentation site into build/docs.
	@$(BIN)/mkdocs build --strict --quiet

schemas: $(VENV)/.installed  ## Write schemas/ anew from the code.
	@$(BIN)/usepolicy schema policy > schemas/policy.schema.json
	@$(BIN)/usepolicy schema coding > schemas/coding.schema.json
	@$(BIN)/usepolicy schema chain > schemas/chain.schema.json
	@$(BIN)/usepolicy schema rules > schemas/rules.schema.json
	@$(BIN)/usepolicy schema patterns > schemas/patterns.schema.json
	@$(BIN)/usepolicy schema cases > schemas/cases.schema.json

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
