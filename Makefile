# make demo and make test need Python 3.11 or newer and make, nothing else.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: demo test test-all lint verify lab build site site-test publish wheel bench clean

demo: $(VENV)/.grading
	"$(BIN)/autograder" demo

test: $(VENV)/.test
	"$(BIN)/python" -m pytest -n auto --dist worksteal -m "not slow and not site"

test-all: $(VENV)/.test
	"$(BIN)/python" -m pytest -n auto --dist worksteal -m "not site"

lint: $(VENV)/.lint
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" check --isolated --select E9,F,B --ignore B008,B905 \
		--per-file-ignores "solutions/09_*.py:F821,solutions/10_*.py:F821" solutions
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/actionlint"
	"$(BIN)/shellcheck" docs/hosting/jupyterhub.sh

verify: $(VENV)/.verify
	"$(BIN)/python" -m autograder.examination.against_torch

# A chapter that cannot be brought up to date is named, and the others are opened.
lab: $(VENV)/.grading
	-"$(BIN)/autograder" start
	"$(BIN)/python" -m jupyterlab my-course

build: $(VENV)/.grading
	"$(BIN)/autograder" build

# The web edition: into build/site/. PYODIDE_DIST=FOLDER makes it ask no other address.
site: $(VENV)/.site
	"$(BIN)/autograder" site

# Makes it and opens it in Chromium.
site-test: $(VENV)/.site $(VENV)/.test
	"$(BIN)/python" -m pytest -m site

# For GitHub Pages: onto the branch gh-pages of origin.
publish: site
	"$(BIN)/ghp-import" --no-jekyll --push --message "The web edition" build/site

# What students install: into build/wheel/.
wheel: | $(VENV)/.python
	"$(BIN)/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel .

bench: $(VENV)/.test $(VENV)/.verify
	"$(BIN)/autograder" bench

clean:
	rm -rf build "$(VENV)"

# A stamp file for each set of packages, so that a second run installs nothing.
$(VENV)/.python:
	$(PYTHON) -c "import sys; sys.exit('Python 3.11, 3.12 or 3.13 is needed; try: make PYTHON=python3.12 demo' if not (3, 11) <= sys.version_info < (3, 14) else 0)"
	$(PYTHON) -m venv "$(VENV)"
	touch "$@"

$(VENV)/.grading: pyproject.toml | $(VENV)/.python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[grading]"
	touch "$@"

$(VENV)/.site: pyproject.toml | $(VENV)/.python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[site]"
	touch "$@" "$(VENV)/.grading"

$(VENV)/.test: pyproject.toml | $(VENV)/.python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[test]"
	touch "$@" "$(VENV)/.grading"

$(VENV)/.lint: pyproject.toml | $(VENV)/.python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[test,lint]"
	touch "$@" "$(VENV)/.grading" "$(VENV)/.test"

$(VENV)/.verify: pyproject.toml | $(VENV)/.python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[verify]"
	touch "$@" "$(VENV)/.grading"
