# Everything is installed into .venv on the first call; later calls start at once.

PYTHON = .venv/bin/python

# Any Python 3 can start the script; it goes on with one that Layerloom runs on.
INSTALL = python=$$(command -v python3 || command -v python3.13 || command -v python3.12 || command -v python3.11) \
	|| { echo "Layerloom needs Python 3.11, 3.12 or 3.13, and there is none here." >&2; exit 1; }; \
	"$$python" tools/install.py

.PHONY: help run test check bench clean

help:
	@echo "make run [PROJECT=file.loom]   open the window"
	@echo "make test [TESTS=path]         run the tests: no display, network or GPU needed"
	@echo "make check                     style, types and architecture"
	@echo "make bench [NAMES=name]         measure speed"
	@echo "make clean                     remove .venv and everything else that was made here"

run:
	@$(INSTALL) && exec $(PYTHON) main.py $${PROJECT:+"$$PROJECT"}

test:
	@$(INSTALL) --dev && QT_QPA_PLATFORM=offscreen exec $(PYTHON) -m pytest -n auto --dist worksteal $(TESTS)

check:
	@$(INSTALL) --dev
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m pyright
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest tests/test_architecture.py

bench:
	@$(INSTALL) --dev && exec $(PYTHON) benchmarks $(NAMES)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
