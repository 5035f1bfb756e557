# Needs python3 (3.10 or newer) and make, nothing else. Each target makes its own virtual environment in .venv;
# a stamp keyed on pyproject.toml and on the Python version lets the second call start at once.
#   make demo    register a real brain with a deformed copy of itself
#   make test    the tests, two files at a time;  make test ARGS="-k landmark -x";  JOBS=0: in one process, for a debugger
#   make test-matrix  every built-in preset with each engine (some minutes)
#   make fuzz    hostile input for everything that is read, a minute each (FUZZ_SECONDS=600: ten)
#   make audit   known vulnerabilities of everything that is installed; asks services in the network
#   make lint    ruff and mypy;  make format  lets ruff put the layout right
#   make bench   speed, memory and accuracy beside what users would run instead
#   make bench-guidance  hard cases, plain and with guidance
#   make bench-presets  time and error of the general presets; ARGS=--keep writes the figures into them and the Docs
#   make bench-evaluation  time of a report, figures known from elsewhere, runs side by side
#   make bench-endurance  a thousand runs in a row: memory, files, nodes, folders
#   make screenshots  draw the panel in its main states into Resources/Screenshots
#   make clean   remove everything that the targets above made

PYTHON ?= python3
ARGS ?=
JOBS ?= 2
FUZZ_SECONDS ?= 60
DEMO_SCRIPT := Resources/Demo/demo.py
BENCH_SCRIPT := benchmarks/run.py
GUIDANCE_SCRIPT := benchmarks/guidance.py
PRESET_SCRIPTS := $(addprefix benchmarks/,presets.py preset_cases.py)
EVALUATION_SCRIPTS := $(addprefix benchmarks/,evaluation_time.py reference_figures.py parallel_trials.py)
ENDURANCE_SCRIPT := benchmarks/endurance.py
SCREENSHOT_SCRIPT := Resources/Screenshots/draw_panel.py

VENV := .venv
PY := $(VENV)/bin/python
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
KEY := $(VERSION)-$(firstword $(shell cksum < pyproject.toml))

EXTRAS_demo := headless,demo
EXTRAS_test := headless,test,demo
EXTRAS_lint := headless,test,lint
EXTRAS_fuzz := headless,test,fuzz
EXTRAS_audit := headless,report,demo,test,lint
EXTRAS_bench := headless,demo,test
EXTRAS_screenshots := headless,test

.PHONY: help demo test test-matrix fuzz audit lint format bench bench-guidance bench-presets bench-evaluation \
  bench-endurance screenshots clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@sed -n '3,15s/^# *//p' Makefile

demo: $(VENV)/.demo-$(KEY)
	@$(PY) $(DEMO_SCRIPT) $(ARGS)

test: $(VENV)/.test-$(KEY)
	$(PY) -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder $(ARGS)

test-matrix: $(VENV)/.test-$(KEY)
	$(PY) -m pytest -m matrix $(ARGS)

fuzz: $(VENV)/.fuzz-$(KEY)
	@$(PY) Testing/fuzz/run.py --seconds $(FUZZ_SECONDS) --jobs $(JOBS) $(ARGS)

audit: $(VENV)/.audit-$(KEY)
	@$(PY) -m pip freeze --exclude-editable > $(VENV)/installed.txt
	$(PY) -m pip_audit --strict --no-deps --disable-pip --requirement $(VENV)/installed.txt

lint: $(VENV)/.lint-$(KEY)
	@failed=0; for check in "ruff check ." "ruff format --check ." mypy; do \
	  echo "$$check"; $(PY) -m $$check || failed=1; done; exit $$failed

format: $(VENV)/.lint-$(KEY)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(VENV)/.bench-$(KEY)
	@$(PY) $(BENCH_SCRIPT) $(ARGS)

bench-guidance: $(VENV)/.bench-$(KEY)
	@$(PY) $(GUIDANCE_SCRIPT) $(ARGS)

bench-presets: $(VENV)/.bench-$(KEY)
	@for script in $(PRESET_SCRIPTS); do $(PY) $$script $(ARGS) || exit 1; done

bench-evaluation: $(VENV)/.bench-$(KEY)
	@for script in $(EVALUATION_SCRIPTS); do $(PY) $$script || exit 1; done

bench-endurance: $(VENV)/.bench-$(KEY)
	@$(PY) $(ENDURANCE_SCRIPT) $(ARGS)

screenshots: $(VENV)/.screenshots-$(KEY)
	@$(PY) $(SCREENSHOT_SCRIPT) $(ARGS)

clean:
	rm -rf $(VENV) fuzz-findings .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist demo-output benchmarks/output
	find ElastixPlus Testing Resources benchmarks -type d -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.%-$(KEY): $(VENV)/.python-$(VERSION)
	@echo "Installing elastixplus[$(EXTRAS_$*)] into $(VENV) (once; about a minute) ..."
	@$(PY) -m pip install -qq --disable-pip-version-check --editable '.[$(EXTRAS_$*)]'
	@rm -f $(VENV)/.$*-*
	@touch $@

$(VENV)/.python-$(VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "$(PYTHON) is missing or older than 3.10; name another one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment; on Debian or Ubuntu install the package python3-venv" >&2; exit 1; }
	@touch $@
