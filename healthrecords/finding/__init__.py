"""Finding a person by what is left of a name: words in any order, slips, a birth date or year."""

from healthrecords.finding.people import Found, Page, find_by_name

__all__ = ["Found", "Page", "find_by_name"]
