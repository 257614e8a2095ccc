# make demo      decode the sample capture (needs nothing but Python 3.11 or newer)
# make test      set up everything the tests need and run them
# make coverage  the same, and which lines no test reaches (three times slower)
# make lint      formatting, lint, types, import contracts
# make fuzz      fuzz every layer for SECONDS (default 60) each, or those in LAYERS only
# make benchmarks  measure against peers, what each stage costs, and memory as captures grow (needs tshark, tcpdump);
#                  SHORT=yes for a first look, BENCH_PYTHON=... for another interpreter than the distribution's
# make notebooks run the notebooks and write what comes out into them
# make captures  record the sample captures again (needs tcpdump, a JDK with Maven, Node.js, Go)
# make vectors   write the conformance vectors again (needs a JDK with Maven)
# make grammars  write structs/messages from Kafka's official definitions (needs a JDK with Maven)
# make definitions  download these definitions, for the tests that compare with them

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST_ARGS ?=
SECONDS ?= 60
LAYERS ?=
ROUNDS ?=
SHORT ?=
# Peers are as distributions build them: so is the interpreter, where it is new enough (and has what makes venvs).
BENCH_PYTHON ?= $(or $(shell /usr/bin/python3 -c 'import sys, ensurepip; sys.version_info < (3, 11) or print(sys.executable)' \
	2>/dev/null),$(PYTHON))

.PHONY: demo test coverage lint format fuzz benchmarks measure notebooks captures vectors grammars definitions clean

demo: $(VENV)/.installed
	$(BIN)/kafka-dissect decode captures/orders.pcapng

test: $(VENV)/.developed
	$(BIN)/pytest $(PYTEST_ARGS)

coverage: $(VENV)/.developed
	$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	$(BIN)/coverage report

lint: $(VENV)/.developed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: $(VENV)/.fuzzable
	PYTHONPATH=tests $(BIN)/python -m fuzz --seconds $(SECONDS) $(LAYERS)

benchmarks:
	$(MAKE) --no-print-directory measure PYTHON=$(BENCH_PYTHON) \
		VENV=.cache/venv-$(subst /,-,$(patsubst /%,%,$(BENCH_PYTHON)))

measure: $(VENV)/.measurable
	$(BIN)/python benchmarks/peers.py $(if $(SHORT),--short) $(if $(ROUNDS),--rounds $(ROUNDS))
	$(BIN)/python benchmarks/stages.py $(if $(SHORT),--short)
	$(BIN)/python benchmarks/growth.py $(if $(SHORT),--short)

notebooks: $(VENV)/.developed
	$(BIN)/python notebooks/run.py

captures: $(VENV)/.developed
	$(BIN)/python captures/record/record.py all

vectors:
	mvn -q -f tests/conformance process-classes
	mvn -q -f tests/conformance/records process-classes
	mvn -q -f tests/conformance/embedded process-classes

grammars: definitions
	$(BIN)/python -m structs.upstream write

definitions: $(VENV)/.developed
	$(BIN)/python -m structs.upstream fetch

clean:
	rm -rf $(VENV) .cache .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kafka-dissector needs Python 3.11 or newer")'
	mkdir -p $(dir $(VENV))
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --upgrade pip
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --group test --group lint
	touch $@

$(VENV)/.fuzzable: $(VENV)/.developed
	$(PIP) install --quiet --constraint constraints.txt --group fuzz
	touch $@

$(VENV)/.measurable: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --group bench
	touch $@
