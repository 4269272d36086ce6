# On a fresh machine: `make site` builds the site, `make bundle` packs it for readers without a network,
# `make test` runs every test; all set up what they need.
VENV := .venv
BIN := $(VENV)/bin
# Material prints a banner about MkDocs 2, which we do not use.
export NO_MKDOCS_2_WARNING := 1

.PHONY: site bundle test serve check bless schema lock clean

site: $(VENV)/.site
	@$(BIN)/fengpu build --strict

bundle: $(VENV)/.site
	@$(BIN)/fengpu bundle --strict

test: $(VENV)/.dev
	@sh tests/browser/install.sh
	@$(BIN)/python -m pytest

serve: $(VENV)/.site
	@$(BIN)/fengpu serve

check: $(VENV)/.site
	@$(BIN)/fengpu check

# Rewrite the expectations of the golden cases; read the diff before you commit it.
bless: $(VENV)/.dev
	@FENGPU_BLESS=1 $(BIN)/python -m pytest tests/test_cases.py

schema: $(VENV)/.site
	@$(BIN)/fengpu schema

$(VENV)/bin/python:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新的版本。"; exit 1; }
	@python3 -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq python3-venv && python3 -m venv $(VENV); } \
	  || { rm -rf $(VENV); echo "建不了 Python 环境。Debian 上先运行：sudo apt-get install python3-venv"; exit 1; }; }

$(VENV)/.site: requirements.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.site
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Newer versions of everything; needs uv.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --extra build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-header bench/requirements.in -c requirements.txt -o bench/requirements.txt

clean:
	rm -rf $(VENV) site fengpu.zip
