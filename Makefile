# Needs make, Python >= 3.11 and a package index that pip can reach. `make help` lists targets.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
INSTALL := $(PIP) install --constraint constraints.txt --editable
PINNED := pyproject.toml constraints.txt
FORMATTED := src projections tests docs benchmarks

# A python is suitable if it is new enough and can make virtual environments; a launcher that
# only says which versions exist is passed over.
SUITABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3; do \
	"$$candidate" -c "$(SUITABLE)" 2>/dev/null && { echo "$$candidate"; break; }; done)

# Settings of the caller that would send pip or python somewhere else than to .venv.
unexport PIP_CONSTRAINT PIP_DRY_RUN PIP_NO_DEPS PIP_PREFIX PIP_PYTHON PIP_REQUIRE_VIRTUALENV
unexport PIP_ROOT PIP_TARGET PIP_USER PYTHONHOME PYTHONPATH VIRTUAL_ENV
# Without bytecode each process compiles the packages again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo serve test test-slow test-crash check format bench bench-full docs pictures vendor wheel constraints clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

venv: $(VENV)/.dev ## make .venv with everything for development

demo: $(VENV)/.core ## install into .venv and run the bundled example from end to end
	$(BIN)/lineage demo $(ARGS)

serve: $(VENV)/.web ## look at the bundled example in the browser; ARGS="--no-open" to print the address
	$(BIN)/lineage serve --demo $(ARGS)

# As many processes as cores; ARGS="-n 0" is one, to debug, and ARGS="--randomly-seed=N" repeats
# an order.
test: $(VENV)/.test ## run all tests that are not slow; ARGS="-k word" to choose
	$(BIN)/python -m pytest -n logical --dist worksteal $(ARGS)

# pytest ends with 5 when no test is marked slow.
test-slow: $(VENV)/.test ## run the tests that take minutes
	$(BIN)/python -m pytest -m slow $(ARGS) || [ $$? -eq 5 ]

test-crash: $(VENV)/.test ## kill, disturb, damage and race; ARGS="--seed 1 --minutes 10" or "--kills 300"
	cd tests && ../$(BIN)/python -m crash $(ARGS)

check: $(VENV)/.dev ## check format, lint, types, imports and generated docs
	$(BIN)/ruff format --check --quiet $(wildcard $(FORMATTED))
	$(BIN)/ruff check --quiet $(wildcard $(FORMATTED))
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.dev ## format the code and repair what lint can repair
	$(BIN)/ruff check --fix --quiet $(wildcard $(FORMATTED)) || true
	$(BIN)/ruff format $(wildcard $(FORMATTED))

bench: $(VENV)/.test ## measure on small scale, one table; ARGS="--json FILE" or "--against FILE"
	$(BIN)/python benchmarks/all.py $(ARGS)

bench-full: $(VENV)/.test ## run the measurements in benchmarks/ at full size
	@set -e; for script in $(sort $(filter-out %/all.py %/table.py,$(wildcard benchmarks/*.py))); do \
		echo "== $$script"; $(BIN)/python "$$script" $(ARGS); done

docs: $(VENV)/.core ## write generated references, cookbook and pictures
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py

pictures: $(VENV)/.test ## take the pictures of the served pages again; needs Chromium
	$(BIN)/python docs/screenshots.py

vendor: $(VENV)/.core ## fetch the scripts of others that the pages use again; needs npm
	$(BIN)/python docs/vendor.py

wheel: $(VENV)/.dev ## build wheel and source archive into dist/
	$(BIN)/python -m build --no-isolation --outdir dist .

constraints: ## choose the newest versions anew; needs PYTHON=python3.11, the oldest supported
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
	"$(PYTHON)" -m venv --clear build/constraints
	build/constraints/bin/python -m pip --disable-pip-version-check -qq install '.[test,dev]'
	{ sed -n '/^#/p' constraints.txt; build/constraints/bin/python -m pip \
		--disable-pip-version-check freeze --exclude privacy-lineage; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## remove .venv, caches and build results; data and ledgers stay
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src projections tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "make: no Python >= 3.11 with venv found;" \
		"install one or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c "$(SUITABLE)" || { echo "make: '$(PYTHON)' is not a Python >= 3.11 with venv;" \
		"name another one: make PYTHON=/path/to/python" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

# A larger set of packages holds the smaller ones, so its stamp renews theirs.
$(VENV)/.core: $(PINNED) | $(VENV)/.made
	$(INSTALL) .
	@touch $@

$(VENV)/.web: $(PINNED) | $(VENV)/.made
	$(INSTALL) '.[web]'
	@touch $(VENV)/.core $@

$(VENV)/.test: $(PINNED) | $(VENV)/.made
	$(INSTALL) '.[test]'
	@touch $(VENV)/.core $@

$(VENV)/.dev: $(PINNED) | $(VENV)/.made
	$(INSTALL) '.[test,dev]'
	@touch $(VENV)/.core $(VENV)/.test $@
