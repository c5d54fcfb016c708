# Everything a person types. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find gateway -type f -not -name '*.pyc' 2>/dev/null)
# The data plane is compiled to machine code where there is a C compiler and Python's headers.
COMPILE := $(shell command -v cc >/dev/null 2>&1 && $(PYTHON) -c "import os, sysconfig; \
	print(int(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h'))))" 2>/dev/null)

BACKEND ?=
CONFIG ?= config/gateway.yaml
DEMO_PORT ?= 8000

.PHONY: help build run test check bench bench-overload bench-attack opening pictures docs clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

build: $(VENV)/.gateway  ## .venv with .venv/bin/gateway in it, and nothing else

$(VENV)/.packages: requirements.lock
	@sh deploy/prepare.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.gateway: $(VENV)/.packages pyproject.toml setup.py $(SOURCES)
	@test "$(COMPILE)" = 1 && echo "compiling the data plane (a minute or two)" || \
		echo "no C compiler or no Python headers: the data plane will run interpreted, at 1.7 times the cost"
	@rm -rf build
	DAWR_COMPILE=$(COMPILE) $(BIN)/pip install --quiet --disable-pip-version-check \
		--no-build-isolation --no-deps --force-reinstall .
	@rm -rf build
	@touch $@

run: build  ## the gateway before BACKEND=http://host:port, or before the bundled demo platform
	@if [ -n "$(BACKEND)" ]; then \
		BACKEND="$(BACKEND)" exec $(BIN)/gateway run --config "$(CONFIG)"; \
	else \
		exec $(BIN)/gateway run --config "$(CONFIG)" --demo --demo-port $(DEMO_PORT); \
	fi

test: build test-packages  ## all tests, with real servers and a real browser
	@# Side by side, in two jobs: those with real processes mostly wait.
	@$(BIN)/python -m pytest tests/real >.real-tests.log 2>&1 & real=$$!; \
		$(BIN)/python -m pytest --ignore tests/real; rest=$$?; \
		wait $$real; real=$$?; cat .real-tests.log; rm -f .real-tests.log; \
		test $$rest = 0 && test $$real = 0

.PHONY: test-packages bench-packages
test-packages: .axe/.laid
	@sh deploy/test-packages.sh
.axe/.laid: tests/real/axe.txt $(VENV)/.packages
	@rm -rf .axe
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--target .axe -r tests/real/axe.txt
	@touch $@
bench-packages:
	@sh deploy/test-packages.sh bench

check: $(VENV)/.packages  ## format, lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py

bench: build test-packages  ## the price of the gateway beside nginx, HAProxy and aiohttp
	$(BIN)/python -m bench

bench-overload: build test-packages  ## five times what a platform can serve, beside nginx alone
	$(BIN)/python -m bench.overload --write

bench-attack: build bench-packages  ## a flood among citizens, slow clients, a million of them (as root)
	$(BIN)/python -m bench.attack --write
	$(BIN)/python -m bench.slow --write
	$(BIN)/python -m bench.memory --write

pictures: build test-packages  ## the waiting page in every state, as pictures in FOLDER=...
	$(BIN)/python tests/real/look.py "$(or $(FOLDER),var/pictures)"

opening: build bench-packages  ## the opening of a booking day: 20,000 citizens, 12,000 bots, who gets a place
	$(BIN)/python -m bench.opening --write

docs: build  ## write what the code knows into the pages (tables, the settings' schema)
	$(BIN)/python docs/generate.py

clean:  ## remove what was built (not var/, which holds what the gateway keeps)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .axe
