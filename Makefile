# Needs make, Python 3.11 or newer and the package registries. Paths stay relative, so that the
# folder may have any name. Everything is installed in .venv; a .venv that is a link is used as it is.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
LOCK := .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --quiet
VENV_IS_GIVEN := $(shell test -L .venv && echo yes)
TESTS := $(or $(ARGS),-n 2 --dist worksteal)

VERIFIER := var/tools/aics-tlog/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench migrate browser verifier lock assets
.DELETE_ON_ERROR:

help:
	@echo '公共数据资产估值与授权运营市场 · public-data marketplace'
	@echo
	@echo '  make run       start everything here and print where to look; Ctrl-C stops it all'
	@echo '  make demo      play the whole story without serving it; ends with DEMO OK'
	@echo '  make test      every test; ARGS="tests/kernel -x" for some of them'
	@echo '  make check     style, types, import contracts, then the tests'
	@echo '  make bench     measured claims; ONLY=kernel for one room'
	@echo '  make setup     only install what running needs'
	@echo '  make migrate   bring the database, ours or DATABASE_OWNER_URL, to this version'
	@echo '  make browser   install a Chromium for the journeys in a browser'
	@echo '  make verifier  install the foreign tool that checks proofs of the log, apart in var/tools'
	@echo '  make lock      choose versions anew and write the lock files'
	@echo '  make assets    install the front-end files anew'

setup: .venv/ready-to-run kernel/web/static/vendor/.ready

run: setup
	@exec $(PY) -m demo.leash $$PPID $(PY) -m demo.serve $(ARGS)

demo: setup $(VERIFIER)
	@exec $(PY) -m demo.story

test: setup .venv/ready-to-test $(VERIFIER)
	@exec $(PY) -m pytest $(TESTS)

check: setup .venv/ready-to-test $(VERIFIER)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@exec $(PY) -m pytest $(TESTS)

bench: setup .venv/ready-to-test
	@exec $(PY) -m benchmarks $(ONLY)

migrate: setup
	@exec $(PY) -c 'from kernel import settings, startup; \
	  process = startup.open_process(settings.Settings.from_environment()); \
	  is_changed = startup.migrate_if_needed(process); process.close(); \
	  print("The database", "now has" if is_changed else "already had", "the newest structure.")'

browser:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then \
	  echo 'is there, nothing to do.'; \
	elif [ "$$(id -u)" != 0 ]; then \
	  echo 'Installing a browser needs root. Ask for: apt-get install chromium fonts-noto-cjk'; \
	  echo 'or put any Chromium on the PATH under that name. Until then journeys in a browser are'; \
	  echo 'skipped; nothing else is.'; exit 1; \
	elif ! command -v apt-get >/dev/null; then \
	  echo 'This installs packages of Debian only: install Chromium and Noto Sans CJK by hand.'; exit 1; \
	else \
	  apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium fonts-noto-cjk >/dev/null && chromium --version; \
	fi

lock: .venv/ready-to-test
	@$(LOCK) --upgrade -o requirements.lock
	@$(LOCK) --upgrade --group dev -c requirements.lock -o requirements-dev.lock
	@$(PY) -c 'import subprocess; from kernel.web import assets; \
	  subprocess.run([*assets.npm(), "install", "--package-lock-only", "--ignore-scripts", \
	  "--omit-lockfile-registry-resolved"], check=True)'

assets:
	@rm -rf kernel/web/static/vendor
	@$(MAKE) --no-print-directory setup

kernel/web/static/vendor/.ready: package-lock.json kernel/web/assets.py | .venv/ready-to-run
	@echo 'setup: front-end files'
	@$(PY) -m kernel.web.assets
	@touch $@

verifier: $(VERIFIER)

# Its metadata asks for Python 3.12; its code runs on 3.11, and tests would show if it did not.
$(VERIFIER): requirements-verifier.lock | .venv/ready-to-run
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --no-warn-script-location --ignore-requires-python --upgrade --target $(@D) -r $<
	@touch $@

# pip says one line for each package; PROGRESS makes one moving line of them.
define PROGRESS
import sys
total, seen, screen = int(sys.argv[1]), 0, sys.stdout.isatty()
print(f"setup: {total} packages, about a minute the first time", flush=True)
for line in sys.stdin:
    if line.startswith("FAILED"):
        sys.exit("setup: pip could not install them; its words are above")
    seen += line.startswith(("Collecting", "Requirement already"))
    if screen:
        state = "installing   " if line.startswith("Installing") else f"{seen} fetched"
        print(f"\r  {state}", end="", flush=True)
print("\r  done         " if screen else "  done")
endef
export PROGRESS

install = { $(PY) -m pip install --disable-pip-version-check --no-deps --require-hashes \
    --progress-bar off $(2) -r $(1) || echo FAILED; } | $(PY) -c "$$PROGRESS" "$$(grep -c '==' $(1))"

ifdef VENV_IS_GIVEN
.PHONY: .venv/ready-to-run .venv/ready-to-test
.venv/ready-to-run .venv/ready-to-test: ;
else
.venv/ready-to-run: requirements.lock | $(PY)
	@$(call install,$<,--only-binary :all:)
	@touch $@

.venv/ready-to-test: requirements-dev.lock | .venv/ready-to-run
	@$(call install,$<)
	@touch $@

$(PY):
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'This needs Python 3.11 or newer, and found none: install one, or name it like this:'; \
	  echo '  make PYTHON=/path/to/python3.12'; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo 'Python could not make .venv. On Debian: apt-get install python3-venv'; exit 1; }
endif
