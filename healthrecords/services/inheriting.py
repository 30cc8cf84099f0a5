"""What hangs on a visit is never more open than the visit, also when the visit is protected later."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from healthrecords.models import (
    Appointment,
    Diagnosis,
    DiagnosticReport,
    Dispensing,
    Document,
    Medication,
    MedicineStop,
    Procedure,
    QueueStep,
    Referral,
    Result,
    Visit,
    VisitNote,
    VitalSigns,
)
from portal.codelists.sensitivity import strictest, weaker_than

# What says no more than the visit says now has the class that the visit has now.
FOLLOWING: tuple[type[Any], ...] = (QueueStep,)
# What was written once keeps its words: a paper still names the diagnosis that the visit does not
# name any more, a medicine handed over the treatment, a note what was found then, and a result has a
# class of its own. These become stricter and never more open, but for an appointment whose day comes
# to be named openly (services.appointments): it may hang on a protected slip of an open visit. A note is signed with its visit:
# whatever protects a signed visit has opened an amendment of it.
KEEPING: tuple[type[Any], ...] = (
    Document,
    Referral,
    Procedure,
    DiagnosticReport,
    Dispensing,
    MedicineStop,
    VisitNote,
    Appointment,
)
# What is written anew with the visit has its class.
WRITTEN: tuple[type[Any], ...] = (Diagnosis, Medication, VitalSigns)


def inherit_sensitivity(visits: Iterable[Visit]) -> None:
    """Let what hangs on visits, and is not written anew with them, be protected as they are."""
    by_class: dict[str, list[UUID]] = defaultdict(list)
    for visit in visits:
        by_class[str(visit.sensitivity)].append(visit.pk)
    for sensitivity, keys in by_class.items():
        for model in FOLLOWING:
            hanging = model.objects.filter(visit__in=keys)
            hanging.exclude(sensitivity=sensitivity).update(sensitivity=sensitivity)
        _make_stricter(keys, sensitivity)


def protect_more(visit: Visit, sensitivity: str) -> None:
    """Let a visit, and what hangs on it, be at least of a class; a word on its way there betrays it too."""
    stricter = strictest({visit.sensitivity, sensitivity})
    if stricter == visit.sensitivity:
        return
    visit.sensitivity = stricter
    visit.save(update_fields=["sensitivity"])
    for model in WRITTEN:
        model.objects.filter(visit=visit.pk).update(sensitivity=stricter)
    inherit_sensitivity([visit])


def _make_stricter(keys: list[UUID], sensitivity: str) -> None:
    weaker = weaker_than(sensitivity)
    if not weaker:
        return
    for model in KEEPING:
        rows = model.objects.filter(visit__in=keys, sensitivity__in=weaker)
        rows.update(sensitivity=sensitivity)
    values = Result.objects.filter(report__visit__in=keys, sensitivity__in=weaker)
    values.update(sensitivity=sensitivity)
