"""Two visits side by side: what both say, and where they do not say the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from healthrecords.admin.opening import Opened, open_record
from healthrecords.banner import banner_of
from healthrecords.models import Visit
from healthrecords.services.vitals import shown
from portal.codelists.lookup import titles_on
from portal.site.pages import page


@dataclass(frozen=True, slots=True)
class Pair:
    """One fact as both visits say it."""

    label: StrOrPromise
    one: list[str]
    other: list[str]

    @property
    def state(self) -> str:
        """Say whether both say the same, one says nothing, or they differ."""
        if sorted(self.one) == sorted(self.other):
            return "same"
        return "differs" if self.one and self.other else "one"


def compare_page(request: HttpRequest, pk: UUID, other_id: UUID) -> HttpResponse:
    """Show two visits of one citizen beside each other."""
    # Whose record it is decides who may look; a visit that may not be shown does not exist.
    opened = open_record(request, get_object_or_404(Visit, pk=pk).citizen_id)
    if not isinstance(opened, Opened):
        return opened
    rows = Visit.objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)
    rows = rows.exclude(status=Visit.Status.WITHDRAWN).select_related("facility", "entered_by")
    found = {visit.pk: visit for visit in rows.filter(pk__in=[pk, other_id])}
    if len(found) != 2:
        raise Http404(_("There is no such record."))
    pairs = list(_pairs(found[pk], found[other_id]))
    context = {
        "title": _("Two entries about the same thing"),
        "banner": banner_of(opened.citizen, opened.access),
        "visits": (found[pk], found[other_id]),
        "pairs": pairs,
        "differing": sum(pair.state == "differs" for pair in pairs),
    }
    return page(request, "healthrecords/compare_page.html", context)


def _pairs(one: Visit, other: Visit) -> Iterable[Pair]:
    for label, read in FACTS.items():
        pair = Pair(label, read(one), read(other))
        if pair.one or pair.other:
            yield pair


def _diagnoses(visit: Visit) -> list[str]:
    rows = visit.diagnosis_rows.order_by("rank", "position")
    return [f"{row.code} {row.title}" for row in rows]


def _medicines(visit: Visit) -> list[str]:
    rows = visit.medication_rows.order_by("position")
    return [" · ".join(filter(None, (row.name, row.instruction))) for row in rows]


def _pressure(visit: Visit) -> list[str]:
    row = visit.vitalsigns_rows.first()
    return [f"{row.systolic}/{row.diastolic} mmHg"] if row and row.systolic else []


def _weight(visit: Visit) -> list[str]:
    row = visit.vitalsigns_rows.first()
    return [f"{shown(row.weight)} kg"] if row and row.weight else []


def _listed(key: str, field: str) -> Any:
    def read(visit: Visit) -> list[str]:
        code = getattr(visit, field)
        title = titles_on(key, timezone.localdate(visit.started_at)).get(code, code)
        return [title] if code else []

    return read


def _words(field: str) -> Any:
    return lambda visit: [getattr(visit, field)] if getattr(visit, field) else []


FACTS: dict[Any, Any] = {
    gettext_lazy("Reason for the visit"): _words("reason"),
    gettext_lazy("Symptoms, history"): _words("symptoms"),
    gettext_lazy("Diagnosis"): _diagnoses,
    gettext_lazy("Medicines"): _medicines,
    gettext_lazy("Blood pressure"): _pressure,
    gettext_lazy("Weight"): _weight,
    gettext_lazy("Result"): _listed("treatment_outcomes", "outcome"),
    gettext_lazy("Way of leaving"): _listed("discharge_kinds", "discharge"),
    gettext_lazy("Advice"): _words("advice"),
}
