"""What happened to one citizen, newest first: one timeline over many tables.

A table takes part by registering a ``Source`` when its app is ready; the page stays at the same
number of queries whatever is registered.
"""

from healthrecords.timeline.filters import Facet, Filters
from healthrecords.timeline.reading import Page, count_facts, counts_of, read
from healthrecords.timeline.sources import Entry, Row, Source, register, sources

__all__ = [
    "Entry",
    "Facet",
    "Filters",
    "Page",
    "Row",
    "Source",
    "count_facts",
    "counts_of",
    "read",
    "register",
    "sources",
]
