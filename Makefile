# Treadle: what people and CI run. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
CLIENT := client-vscode
CLIENT_MODULES := $(CLIENT)/node_modules/.package-lock.json
# Nothing is shared by two tests that run at once: each has folders, sockets and processes of its own.
WORKERS := --numprocesses=auto --maxprocesses=4 --dist=worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test test-python test-client test-programs test-vscode coverage check fix generate bench soak torture vscode vsix install clean
.DEFAULT_GOAL := help

help: ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(RUNTIME) ## The treadle command in .venv.

demo: $(RUNTIME) ## Two sessions on a small project, by the real Claude Code and a scripted model (MODEL=real: your own login).
	@$(BIN)/python -m tools.demo $(if $(MODEL),--model $(MODEL))

test: check test-python test-client ## Everything but the real VS Code; needs no root.

test-python: $(DEVELOPMENT) test-programs
	@$(BIN)/python -m pytest -q $(WORKERS)

coverage: $(DEVELOPMENT) test-programs ## The Python tests with what they cover, which takes half as long again.
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m coverage run -m pytest -q $(WORKERS)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

test-programs: $(DEVELOPMENT)
	@$(BIN)/python -m tools.claude_code_cli --pinned >/dev/null
	@$(BIN)/python -m tools.example_packages >/dev/null

test-client: $(CLIENT_MODULES) $(RUNTIME)
	@cd $(CLIENT) && npm run --silent check && npm run --silent test && npm run --silent test:package

test-vscode: $(DEVELOPMENT) ## The extension in a real VS Code; installs one, and Chromium, which may need root.
	@$(BIN)/python -m tools.claude_code_cli --pinned >/dev/null
	@$(CLIENT)/test/run.sh

check: $(DEVELOPMENT) ## Linters, types and the floors of the house.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary server tools tests bench examples
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports --no-logo

fix: $(DEVELOPMENT) $(CLIENT_MODULES) ## Mends what linters can mend, and renews generated files.
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .
	@cd $(CLIENT) && npm run --silent fix
	@$(MAKE) --no-print-directory generate

generate: $(DEVELOPMENT) ## Renews the files that are generated from the method table.
	@$(BIN)/python -m tools.generate

bench: $(DEVELOPMENT) ## Everything that is quick, as ratios in one interleaved run (SAVE=folder keeps table and picture).
	@$(BIN)/python -m bench $(if $(SAVE),--save $(SAVE))

soak: $(DEVELOPMENT) ## The daemon's memory under load, for 30 minutes (MINUTES=…); drawn in build/soak.
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),30) --save $(or $(SAVE),build/soak)

torture: $(DEVELOPMENT) ## Kills the daemon N times under load (N=200) and looks whether anything is lost; SEED=… repeats a run.
	@$(BIN)/python -m tests.torture --rounds $(or $(N),50) $(if $(SEED),--seed $(SEED))

vsix: $(RUNTIME) $(CLIENT_MODULES) ## The extension as a package for VS Code, with the Treadle that it sets up: build/treadle.vsix.
	@$(CLIENT)/package.sh
	@echo "build/treadle.vsix is packaged. Install it by: code --install-extension build/treadle.vsix"

vscode: $(RUNTIME) ## VS Code with the extension, on the demo project.
	@[ -d build/demo/calculator ] || $(BIN)/python -m tools.demo --prepare-only
	@$(CLIENT)/test/vscode/open.sh build/demo/calculator

clean: ## Removes what the other targets made, but not the caches of large downloads.
	@rm -rf build $(VENV) $(CLIENT)/node_modules $(CLIENT)/dist $(CLIENT)/out-test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Treadle needs Python 3.11 or newer; $(PYTHON) is not. Try: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Treadle into $(VENV) from requirements.lock …"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	@echo "Installing the development tools into $(VENV) from requirements-dev.lock …"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(CLIENT_MODULES): $(CLIENT)/package-lock.json $(CLIENT)/package.json
	@command -v npm >/dev/null || { echo "The extension needs Node.js 20 or newer with npm." >&2; exit 1; }
	@echo "Installing the extension's packages …"
	@cd $(CLIENT) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
