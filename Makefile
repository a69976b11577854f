# make run   opens the course        make test   runs all tests        make help   the rest

VENV := .venv
PY := $(VENV)/bin/python

# A Python that is new enough: PYTHON=/path/to/python makes another choice.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	  $$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)

# TORCH_INDEX: an extra index with CPU-only builds of torch. PIP_ARGS: anything else for pip.
PIP_ARGS ?=
PIP_INSTALL = $(PY) -m pip install --disable-pip-version-check -c constraints.txt \
	$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(PIP_ARGS)

# ARGS reaches the command: make run ARGS="trace parameters", make test ARGS="-k timeline".
ARGS ?=

INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test check lint format bench soak messages index clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

run: $(INSTALLED)  ## open the course; ARGS="trace parameters" runs another command
	@$(VENV)/bin/autograd-tutor $(ARGS)

test: $(INSTALLED_DEV)  ## run all tests
	@$(PY) $(if $(ARGS),-m pytest $(ARGS),tests)

check: lint  ## lint, types (mypy strict) and the import walls
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

lint: $(INSTALLED_DEV)  ## ruff: rules and formatting
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check

format: $(INSTALLED_DEV)  ## let ruff mend what it can
	@$(VENV)/bin/ruff check --fix --exit-zero
	@$(VENV)/bin/ruff format

bench: $(INSTALLED_DEV)  ## measure speed and size beside the peers
	@PYTHONPATH=tests$(if $(PYTHONPATH),:$(PYTHONPATH)) $(PY) -m bench $(ARGS)

index: $(INSTALLED)  ## write lessons/index*.jsonl anew, after a lesson, translation or path has changed
	@$(PY) -m autograd_tutor.course.paths

soak: $(INSTALLED_DEV)  ## kill, damage, flood and resize it for half an hour; ARGS="--only kills"
	@PYTHONPATH=tests$(if $(PYTHONPATH),:$(PYTHONPATH)) $(PY) -m soak $(ARGS)

messages: $(INSTALLED_DEV)  ## list the program's messages that are not translated; ARGS=de
	@$(PY) tests/unit/found_messages.py $(ARGS)

clean:  ## remove .venv, caches and build results
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -f snapshot_report.html
	find tui tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null; then \
	  echo "autograd-tutor needs Python 3.11 or later$(if $(PYTHON),; $(PYTHON) is not)." >&2; \
	  echo "Install one, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; fi
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(INSTALLED): pyproject.toml constraints.txt | $(PY)
	@echo "Installing autograd-tutor and torch into $(VENV) (once; torch is large) ..."
	@$(PIP_INSTALL) -e .
	@touch $@

# pip can read dependency groups since 25.1, and a new environment may hold an older one.
$(INSTALLED_DEV): $(INSTALLED)
	@echo "Installing what the tests and checks need ..."
	@$(PIP_INSTALL) --quiet 'pip>=25.1'
	@$(PIP_INSTALL) --quiet --group dev
	@touch $@
