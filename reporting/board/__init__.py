"""Dashboards: what is due, late, better, worse at a place and at all places under a body."""
