# Everything the project does, from a fresh clone: `make site` and `make test`. `make` alone lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
PY := $(BIN)/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
EXTRAS := derive,caffe,docs,test
# MathJax for the site. --no-deps: the wheel is wanted for the files it carries, not for Sphinx.
MATHJAX := sphinx-mathjax-offline==0.0.2

# PYTHON=... chooses the interpreter of the environment; without it the first of these that is 3.11 or newer.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python)
SUPPORTED := import sys; sys.exit(sys.version_info < (3, 11))
export NO_MKDOCS_2_WARNING := 1
HOST ?= 127.0.0.1
PORT ?= 8000
# A file's tests stay together: what they share, such as the executed notebooks, is made once.
JOBS ?= auto
PARALLEL = --numprocesses $(JOBS) --dist loadfile

# The environment is current when it holds the stamp of these files' contents, so that changing one reinstalls.
STAMP := .venv/.stamp-$(shell cat pyproject.toml constraints.txt Makefile | cksum | tr ' ' '-')

.PHONY: help env site serve lab test test-all test-peers lint format types generate check-reference check-site check-pages lighthouse proofs accuracy experiments bench lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

env: $(STAMP)  ## create or update .venv (done by the others when needed)

$(STAMP):
	@if ! [ -x $(PY) ] || ! $(PY) -m pip --version > /dev/null 2>&1; then \
	  python=; \
	  for candidate in $(PYTHONS); do \
	    if command -v $$candidate > /dev/null && $$candidate -c '$(SUPPORTED)' > /dev/null 2>&1; then python=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "No Python 3.11 or newer among: $(PYTHONS). Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	  fi; \
	  if ! $$python -c 'import ensurepip, venv' > /dev/null 2>&1; then \
	    echo "$$python cannot create environments: install the package python3-venv (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2; exit 1; \
	  fi; \
	  echo "Creating .venv with $$python"; \
	  $$python -m venv .venv; \
	fi
	@rm -f .venv/.stamp-*
	$(INSTALL) -e '.[$(EXTRAS)]'
	$(INSTALL) --no-deps $(MATHJAX)
	@touch $@

site: env  ## check the reference, execute the notebooks, build the site strictly into site/ (again: what changed)
	$(PY) docs/hooks/reference.py
	$(PY) -m mkdocs build --strict
	@echo
	@echo "The site is in site/. To read it:  make serve  (then open http://$(HOST):$(PORT)/)"

serve: site  ## build the site and serve it on http://127.0.0.1:8000/ (HOST=, PORT=)
	$(PY) -m http.server --directory site --bind $(HOST) $(PORT)

lab: env  ## open the notebooks in JupyterLab
	$(INSTALL) -e '.[lab]'
	$(PY) -m jupyterlab notebooks

test: env check-reference lint types  ## everything that is checked without a browser (JOBS=, all cores)
	$(PY) -m pytest $(PARALLEL)

test-all: export HYPOTHESIS_PROFILE := nightly
test-all: test  ## the same with many more random examples

test-peers: env  ## every preset against the framework itself, where it installs; writes docs/data/peers.json
	$(INSTALL) -e '.[peers]'
	$(PY) -m pytest tests/peers

lint: env  ## ruff: rules and formatting
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: env  ## basedpyright
	$(PY) -m basedpyright

format: env  ## rewrite sources and notebooks into their committed form
	$(PY) -m ruff check --fix
	$(PY) -m ruff format
	$(PY) -m nbstripout --keep-id --extra-keys metadata.language_info notebooks/*.ipynb

generate: env  ## derive and write l2norm_ref/reference/ and the kernels of l2norm_ref/fast/ anew
	$(PY) -m l2norm_ref.emit --write

check-reference: env  ## derive again and compare with what is committed of them
	$(PY) -m l2norm_ref.emit --check

check-site: env  ## Chromium over every page of the built site (CHROMIUM=/path/to/it)
	$(PY) -m pytest --numprocesses $(JOBS) --dist worksteal tests/site -m 'not thorough'

check-pages: env  ## the contrast of every single word of every page, by axe-core: several minutes
	$(PY) -m pytest tests/site -m thorough

lighthouse: env  ## Lighthouse over four pages of the built site, writes docs/data/lighthouse.json
	$(PY) benchmarks/lighthouse.py

proofs: env  ## let Coq check every proof (it comes in two Debian packages, which this names if they are missing)
	$(PY) tests/proofs/compile.py
	$(PY) -m pytest tests/proofs/with_coq.py

accuracy: env  ## measure the errors and the cost of the functions, write docs/data/accuracy.json
	$(PY) benchmarks/accuracy.py

experiments: env  ## the runs of the fusion experiment, half an hour on two cores, writes docs/data/fusion.json
	$(PY) -m l2norm_ref.experiments fusion --jobs 2 --out docs/data/fusion.json

bench: env  ## measure, print a table, write benchmarks/results.json and docs/data/performance.json
	$(PY) benchmarks/run.py

# Resolves the extras anew (torch left out: its own dependencies differ between machines) in an environment of its own.
# Resolve with the oldest supported Python: what it can install, the newer ones can too.
lock: env  ## write constraints.txt anew
	rm -rf build/lock
	$(PY) -m venv build/lock
	build/lock/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check '.[$(EXTRAS),lab]'
	build/lock/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check --no-deps $(MATHJAX)
	{ echo '# Every package of the extras $(EXTRAS),lab, as tested. Written by `make lock`; do not edit.'; \
	  build/lock/$(notdir $(BIN))/python -m pip freeze --exclude l2norm_ref; } > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/lock

clean:  ## remove what was built or cached; .venv stays
	rm -rf site build dist .cache .pytest_cache .ruff_cache .hypothesis .coverage
