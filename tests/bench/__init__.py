"""Measurements on a population of a million or more; `python -m tests.bench` prints one line each."""
