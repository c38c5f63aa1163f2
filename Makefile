# Shortcuts for people who change the code; README.md has the two commands everybody needs.
PYTHON = .venv/bin/python

.PHONY: demo test ci postgres-test soak walk bench screens catalogue lock

demo: ## the product with made-up cases, on http://127.0.0.1:8000
	python3 manage.py demo

test: ## every check, then all tests on SQLite
	python3 manage.py test

ci: ## what every change must pass: the above, then all tests on PostgreSQL
	.ci/run

postgres-test: ## all tests on a throw-away PostgreSQL
	python3 -m config.cluster -- python3 manage.py test tests

soak: ## the long proofs: killed processes, random forgeries, a million events
	python3 manage.py test tests/soak

walk: ## a hundred thousand random changes, and the facts of figures still say what the rows say
	WALKS=10 $(PYTHON) -m pytest -n 2 --dist load -q tests/soak/test_facts.py

bench: ## every measurement, as ratios, on a throw-away PostgreSQL that commits to disk
	python3 -m config.cluster --durable -- $(PYTHON) -m bench

screens: ## pictures of the pages, phone and desktop
	SCREENS=docs/screens $(PYTHON) -m pytest -n 0 -q tests/life/test_browser.py

catalogue: ## after a text changed in django.po: sort, drop what is unused, compile, check
	$(PYTHON) -m config.catalogue merge --prune
	$(PYTHON) -m config.catalogue check

# uv reads the same files as pip and writes neither the index's address nor this machine's paths.
lock: ## after requirements.in changed
	uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 tests/requirements.in -o tests/requirements.txt
	python3 -m config.lock
