# `make` lists what can be made. Every target sets up what it needs: nothing has to be activated or installed before.

PYTHON ?= $(firstword $(shell command -v python3.11) $(shell command -v python3.12) python3)
PROFILE ?= reduced
JOBS ?= 1
TESTERS ?= 2

BIN := .venv/bin
READY := .venv/.ready
EXTRAS := cpu jax dask book dev
DFT := .venv-dft/bin
# files stay whole, as the tests of one share what is slow to make
SIDE_BY_SIDE = --numprocesses $(TESTERS) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup setup-dft test test-all test-browser lint format types run book pdf check bench lock clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY)  ## create .venv and install the locked dependencies (done once, and again when they change)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "recryst needs Python 3.11 or 3.12, and there is no $(PYTHON); install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || { echo "recryst needs Python 3.11 or 3.12, and $(PYTHON) is $$($(PYTHON) --version); name another: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv || { rm -rf .venv; echo "Python can't create an environment; on Debian and Ubuntu install its venv module: apt install python3-venv (or python3.11-venv)" >&2; exit 1; }
	@echo "Installing the dependencies into .venv (some minutes at the first time) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@# uv needs seconds where pip needs minutes, but only pip knows of indexes and certificates set up in pip's own configuration
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock || $(BIN)/pip install --quiet --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup-dft: .venv-dft/.ready  ## create .venv-dft with GPAW, which recryst dft needs; some minutes

.venv-dft/.ready: requirements-dft.lock siteconfig-dft.py
	@command -v $(PYTHON) >/dev/null || { echo "GPAW's environment needs Python 3.11 or 3.12, and there is no $(PYTHON); name one: make setup-dft PYTHON=/path/to/python3.11" >&2; exit 1; }
	@printf '#include <xc.h>\n#include <fftw3.h>\n#include <cblas.h>\nint main(void) { return 0; }\n' | cc -x c - -o /dev/null -lxc -lfftw3 -lopenblas 2>/dev/null || { echo "GPAW is built from source with a C and C++ compiler, libxc, FFTW and OpenBLAS, and not all of them are here; on Debian and Ubuntu: apt install build-essential libxc-dev libfftw3-dev libopenblas-dev" >&2; exit 1; }
	@test -x $(DFT)/pip || $(PYTHON) -m venv --clear .venv-dft || { rm -rf .venv-dft; echo "Python can't create an environment; on Debian and Ubuntu install its venv module: apt install python3-venv (or python3.11-venv)" >&2; exit 1; }
	@echo "Installing GPAW into .venv-dft, built from source (some minutes) ..."
	@grep -v '^gpaw==' requirements-dft.lock > .venv-dft/without-gpaw.txt
	@$(DFT)/pip install --quiet --disable-pip-version-check --no-deps --requirement .venv-dft/without-gpaw.txt
	@GPAW_CONFIG=$(CURDIR)/siteconfig-dft.py $(DFT)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$$(grep -o '^gpaw==[^ ]*' requirements-dft.lock)"
	@$(DFT)/python -c 'import gpaw, gpaw_data'
	@touch $@

test: setup  ## the tests, less the slow ones: make test TESTERS=4 for more processes
	$(BIN)/pytest $(SIDE_BY_SIDE)

test-all: setup  ## all tests but those in a browser
	$(BIN)/pytest $(SIDE_BY_SIDE) -m "not browser"

test-browser: setup  ## open every page of the built book in headless Chromium; finds or installs it
	@$(BIN)/python tests/browser/chromium.py
	@# tests of one page stay together, as it is opened once for all of them
	$(BIN)/pytest --numprocesses $(TESTERS) --dist loadgroup -m browser tests/browser

lint: setup  ## style of the code
	@# without its cache, which does not notice that a module elsewhere came or went
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .

format: setup  ## bring the code into that style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup  ## types of the library
	$(BIN)/mypy

run: setup  ## execute the notebooks: make run PROFILE=laptop JOBS=2
	$(BIN)/recryst run --profile $(PROFILE) --jobs $(JOBS)

book: run  ## execute the notebooks, build the book and say where to open it
	$(BIN)/recryst book --profile $(PROFILE)

pdf: book  ## the book as one PDF; needs Chromium
	$(BIN)/recryst pdf

check: setup  ## compare the results with the expected ones
	$(BIN)/recryst check --profile $(PROFILE)

bench: setup  ## measure speeds beside those of the usual libraries
	$(BIN)/python -m benchmarks

lock: setup  ## resolve the dependencies anew into requirements.lock and requirements-dft.lock
	$(BIN)/uv pip compile pyproject.toml $(addprefix --extra ,$(EXTRAS)) --upgrade --python-version 3.11.2 \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet --output-file requirements.lock
	$(BIN)/uv pip compile requirements-dft.in --upgrade --python-version 3.11.2 \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet --output-file requirements-dft.lock

clean:  ## remove the built book and the caches of tools; data, results and trained networks stay
	rm -rf _build book/chapters book/attached book/_static/vendor .mypy_cache .pytest_cache .ruff_cache
