"""Invented people and visits in realistic proportions, written by COPY: for demos and benchmarks.

Nothing here reads Django's models but ``plan`` and ``write``: worker processes start without them.
"""
