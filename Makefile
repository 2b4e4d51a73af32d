# Two commands set everything up on a fresh machine: `make demo` and `make test`. Both need Python 3.11+ and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
ARTICLE := labels/data/seeds/003_0745e370c114ee04.txt

.PHONY: demo test check browser train clean

demo: $(VENV)/.serve  ## install what serving needs and score a real article
	$(BIN)/stancewire score $(ARTICLE)
	@echo
	@echo "Start the endpoint:     $(BIN)/stancewire serve"
	@echo "Ask it:                 curl -s localhost:3000/score -H 'content-type: application/json' -d '{\"text\": \"Moscow and Tehran have little choice but each other, the paper wrote.\"}'"
	@echo "Fine-tune a model:      make train"

test: check browser  ## install what the tests need and run them all
	$(BIN)/python -m pytest

check: $(VENV)/.dev  ## linters, strict types, import contracts, label store
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/stancewire labels check

browser:  ## the page and the report are tested in a real Chromium; without one, and without the means to install it, those tests are skipped
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "no Chromium here: the page and the report will not be tested in one"

train: $(VENV)/.train  ## install the training extra and fine-tune from the labels in the repo
	$(BIN)/stancewire train --out bundle

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	touch $@

$(VENV)/.train: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[train]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[train,ray,excel,dev]'
	touch $@

clean:
	rm -rf $(VENV) bundle dist
