"""Rows of each app for the walking tests; every module here is imported."""
