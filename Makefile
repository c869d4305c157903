# make demo   set up and run the whole chain; ends with the path of a report
# make test   set up, check style, types and layers, and run the tests
# make help   this list

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test check cover drills setup clean
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(READY)
	$(BIN)/foveola demo

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

# make check  style, types and layers only
check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p foveola
	$(BIN)/lint-imports

# make cover  the tests with their coverage
cover: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term-missing:skip-covered

# make drills  kills, power cuts, full disks and the other things that a session must outlive
drills: $(READY)
	$(BIN)/python drills/run_all.py

setup: $(READY)

$(READY): pyproject.toml constraints.txt tools/system_packages.sh
	sh tools/system_packages.sh
	test -x $(BIN)/python || $$(sh tools/find_python.sh) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,demo,dev]'
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[peers]' \
	  || echo "Without a C compiler pysaliency can't be installed: tests that compare with it are skipped."
	touch $@

# make clean  remove the environment
clean:
	rm -rf $(VENV)
