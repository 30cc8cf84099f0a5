"""The two paper forms of a station: the citizen's administrative part, and the visit."""

from healthrecords.forms.citizen import CitizenForm
from healthrecords.forms.visit import VisitForm

__all__ = ["CitizenForm", "VisitForm"]
