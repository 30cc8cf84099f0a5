"""Every write on citizens and visits that has a consequence."""

from healthrecords.services.access import break_glass, open_access, place_to_act, sees_sensitive
from healthrecords.services.citizens import Saved, mend_citizen, register_citizen
from healthrecords.services.entries import (
    CitizenEntry,
    DiagnosisEntry,
    MedicineEntry,
    NumberEntry,
    VisitEntry,
    VitalEntry,
)
from healthrecords.services.twins import Twin, find_twins
from healthrecords.services.visits import correct_visit, record_visit

__all__ = [
    "CitizenEntry",
    "DiagnosisEntry",
    "MedicineEntry",
    "NumberEntry",
    "Saved",
    "Twin",
    "VisitEntry",
    "VitalEntry",
    "break_glass",
    "correct_visit",
    "find_twins",
    "mend_citizen",
    "open_access",
    "place_to_act",
    "record_visit",
    "register_citizen",
    "sees_sensitive",
]
