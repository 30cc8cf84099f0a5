"""Allergies, problems, results, procedures, medicines, papers, referrals, appointments of a scope.

Other systems read them page by key, and write what a laboratory or a hospital knows first: an
allergy, a result. Both pass the services, the rights and the read log of the pages.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from healthrecords.api import clinical_shapes as shapes
from healthrecords.models import (
    Allergy,
    Appointment,
    Citizen,
    DiagnosticReport,
    Document,
    Immunization,
    Medication,
    Problem,
    Procedure,
    Referral,
    Visit,
)
from healthrecords.models.stopping import stop_of_medicine
from healthrecords.querysets import of_held_visits, outside_hidden_visits
from healthrecords.services import open_access, place_to_act
from healthrecords.services.background import record_fact
from healthrecords.services.citizens import Saved
from healthrecords.services.facts import AllergyEntry, read_allergen
from healthrecords.services.report_entries import Reading, ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from portal.api.pagination import KeysetPagination
from portal.api.views import ReadOnlyScopedViewSet
from portal.audit.reads import note
from portal.scope import scope_of

READ: dict[str, str] = {"list": "view_records", "retrieve": "view_records"}


def by_citizen(of: Any, *names: str) -> Any:
    """Return the filter of a table: by citizen and facility, and by some columns of its own."""
    meta = type("Meta", (), {"model": of, "fields": ["citizen", "facility", *names]})
    return type(f"{of.__name__}Filter", (filters.FilterSet,), {"Meta": meta})


class ClinicalViewSet(ReadOnlyScopedViewSet):
    """Rows that the caller's facilities recorded; a protected class only where the right is held."""

    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = READ
    shows_people = "citizen_id"

    @override
    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        seen = scope_of(self.request.user, "see_sensitive")
        if seen.everything:
            return rows
        mine = Q(facility__in=seen.ids)
        shown = outside_hidden_visits(rows.filter(sensitivity=""))
        return rows.filter(mine | Q(pk__in=shown.order_by().values("pk")))


class HeldViewSet(ClinicalViewSet):
    """Rows that hold as long as their visit: one that was withdrawn takes them out of every answer."""

    @override
    def get_queryset(self) -> Any:
        return of_held_visits(super().get_queryset())


class WritingViewSet(ClinicalViewSet):
    """The same, and one row more by its client key: a second send changes nothing and answers 200."""

    capabilities: ClassVar[dict[str, str]] = {**READ, "create": "enter_records"}
    write_serializer: ClassVar[type[shapes.Told]]

    def create(self, request: Request) -> Response:
        """Record a row of a citizen in the caller's care, at the caller's own place of work."""
        told = self.write_serializer(data=request.data)
        told.is_valid(raise_exception=True)
        said = dict(told.validated_data)
        user: Any = request.user
        place = place_to_act(user, "enter_records")
        if place is None:
            raise PermissionDenied(_("Entering records needs a place of work."))
        citizen = self._citizen(said.pop("citizen"))
        at = timezone.now()
        access = open_access(user=user, citizen=citizen, at=at)
        if access is None:
            raise PermissionDenied(_("This record is not open to you; open it first."))
        key = said.pop("client_key")
        by = {"actor": user, "citizen": citizen, "facility": place, "client_key": key, "at": at}
        saved = self.record(said, by)
        note(request._request, [citizen.pk], action="opened", ground=access.ground)
        shown = self.get_queryset().filter(pk=saved.row.pk).first()
        body = self.get_serializer(shown).data if shown is not None else {"id": saved.row.pk}
        return Response(body, status=201 if saved.is_new else 200)

    def _citizen(self, key: Any) -> Citizen:
        scope = scope_of(self.request.user, "enter_records")
        citizen = Citizen.objects.current().within(scope).filter(pk=key).first()
        if citizen is None:
            raise Http404
        return citizen

    def record(self, said: dict[str, Any], by: dict[str, Any]) -> Saved[Any]:
        """Call the service that writes a row of this table."""
        raise NotImplementedError


class AllergyViewSet(WritingViewSet):
    """What people do not tolerate; mistakes are marked and stay."""

    queryset = Allergy.objects.all()
    serializer_class = shapes.AllergySerializer
    write_serializer = shapes.ToldAllergy
    filterset_class = by_citizen(Allergy, "status", "category")

    @override
    def record(self, said: dict[str, Any], by: dict[str, Any]) -> Saved[Any]:
        allergen = read_allergen(said.pop("substance"), on=timezone.localdate(by["at"]))
        return record_fact(entry=AllergyEntry(**allergen, **said), **by)


class ReportViewSet(WritingViewSet):
    """Reports of laboratory and imaging with their values; what AI read stays preliminary."""

    queryset = DiagnosticReport.objects.select_related("reviewed_by").prefetch_related("results")
    serializer_class = shapes.ReportSerializer
    write_serializer = shapes.ToldReport
    filterset_class = by_citizen(DiagnosticReport, "status", "kind", "visit", "is_ai")

    @override
    def record(self, said: dict[str, Any], by: dict[str, Any]) -> Saved[Any]:
        results = [ResultEntry(**row) for row in said.pop("results")]
        ai = said.pop("ai", None)
        visit = self._visit(said.pop("visit", None), by["citizen"])
        entry = ReportEntry(**said, results=results, ai=Reading(**ai) if ai else None)
        return record_report(entry=entry, visit=visit, **by)

    def _visit(self, key: Any, citizen: Citizen) -> Visit | None:
        """Return the visit that is named; one that the caller may not see does not exist."""
        if key is None:
            return None
        rows = Visit.objects.within(scope_of(self.request.user, "enter_records"))
        seen = scope_of(self.request.user, "see_sensitive")
        if not seen.everything:
            rows = rows.filter(Q(sensitivity="") | Q(facility__in=seen.ids))
        visit = rows.filter(pk=key, citizen=citizen).first()
        if visit is None:
            raise Http404
        return visit


class ProblemViewSet(ClinicalViewSet):
    """Illnesses that last beyond one visit."""

    queryset = Problem.objects.all()
    serializer_class = shapes.ProblemSerializer
    filterset_class = by_citizen(Problem, "status", "code")


class ImmunizationViewSet(ClinicalViewSet):
    """Doses of vaccine that people told of or proved."""

    queryset = Immunization.objects.all()
    serializer_class = shapes.ImmunizationSerializer
    filterset_class = by_citizen(Immunization, "status", "code")


class ProcedureViewSet(ClinicalViewSet):
    """Operations and interventions."""

    queryset = Procedure.objects.all()
    serializer_class = shapes.ProcedureSerializer
    filterset_class = by_citizen(Procedure, "status", "kind", "visit")


class PrescriptionViewSet(HeldViewSet):
    """Medicines of visits, with dose and sentence of use."""

    queryset = Medication.objects.all()
    serializer_class = shapes.PrescriptionSerializer
    filterset_class = by_citizen(Medication, "visit", "code")

    @override
    def get_queryset(self) -> Any:
        stops = stop_of_medicine()
        seen = scope_of(self.request.user, "see_sensitive")
        if not seen.everything:
            stops = stops.filter(Q(sensitivity="") | Q(facility__in=seen.ids))
        return super().get_queryset().annotate(stopped_on=Subquery(stops.values("stopped_on")[:1]))


class AppointmentViewSet(HeldViewSet):
    """Days on which people are to come again."""

    queryset = Appointment.objects.select_related("citizen")
    serializer_class = shapes.AppointmentSerializer
    filterset_class = by_citizen(Appointment, "on", "visit")


class ReferralViewSet(HeldViewSet):
    """People sent on by the caller's facilities, and the answers that came back."""

    queryset = Referral.objects.select_related("document")
    serializer_class = shapes.ReferralSerializer
    filterset_class = by_citizen(Referral, "to_facility", "visit")


class DocumentViewSet(HeldViewSet):
    """Papers of visits, with the fields of the insurance standard."""

    queryset = Document.objects.all()
    serializer_class = shapes.DocumentSerializer
    filterset_class = by_citizen(Document, "kind", "year", "visit")
