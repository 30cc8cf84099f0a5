"""What held of a place of care, from which day until which, by which paper: every dated fact of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from facilities.models import (
    BedCount,
    Facility,
    OperatingLicenseVersion,
    Publication,
    Readiness,
)
from facilities.models.dated import Decided
from facilities.rules import DUTIES, TOPICS
from portal.attachments.models import StoredFile
from portal.codelists.lookup import titles_on
from portal.places.models import Organisation

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """One fact with its first and last day, what it rests on, and the file that proves it."""

    what: StrOrPromise
    since: date
    until: date | None = None
    said: Sequence[str] = field(default=())
    rests_on: str = ""
    file: StoredFile | None = None

    def is_over(self, on: date) -> bool:
        return self.until is not None and self.until < on


@dataclass(frozen=True, slots=True)
class Chapter:
    """All of one kind that ever held, the newest first."""

    slug: str
    title: StrOrPromise
    rows: Sequence[Held]


def chapters_of(facility: Facility, on: date) -> list[Chapter]:
    """Return every dated fact of a facility, in a fixed number of questions."""
    place = facility.organisation
    return [
        Chapter("ma", _("Codes"), _codes(place)),
        Chapter("ten", _("Names"), _names(facility)),
        Chapter("giay-phep", _("Operating licences"), _licenses(place)),
        Chapter("cap-hang", _("Levels and ranks"), _levels(place)),
        Chapter("khoa", _("Departments"), _departments(place)),
        Chapter("giuong", _("Beds"), _beds(place.bedcount_rows.all())),
        Chapter("gio", _("Opening hours"), _hours(place)),
        Chapter("san-sang", _("Connection and software"), _readiness(place, on)),
        Chapter("cong-khai", _("Publications"), _publications(place, on)),
    ]


def evidence_of(facility: Facility, file_id: UUID) -> StoredFile | None:
    """Return a file that proves a publication or an answer of this facility, and no other."""
    place = facility.organisation
    for model in (Publication, Readiness):
        row = model.objects.filter(facility=place, evidence=file_id).first()
        if row is not None:
            return row.evidence
    return None


def _paper(row: Decided) -> str:
    day = f"{row.decided_on:%d/%m/%Y}" if row.decided_on else ""
    return ", ".join(part for part in (row.decision_no, day, row.decided_by) if part)


def _codes(place: Organisation) -> list[Held]:
    rows = place.identifiers.order_by("scheme", "-valid_from", "id")
    return [
        Held(
            f"{row.get_scheme_display()} {row.value}",
            row.valid_from,
            row.valid_until,
            rests_on=row.source,
        )
        for row in rows
    ]


def _names(facility: Facility) -> list[Held]:
    rows = facility.names.order_by("kind", "-valid_from", "id")
    return [
        Held(
            row.name,
            row.valid_from,
            row.valid_until,
            [part for part in (row.get_kind_display(), row.address, row.former_district) if part],
        )
        for row in rows
    ]


def _licenses(place: Organisation) -> list[Held]:
    rows = OperatingLicenseVersion.objects.filter(license__facility=place)
    rows = rows.select_related("license").prefetch_related("activities")
    return [
        Held(
            f"{row.license.number_raw}{f'/{row.change}' if row.change else ''}",
            row.valid_from,
            _last_day(row),
            _printed(row),
            row.license.issued_by,
        )
        for row in rows.order_by("-valid_from", "-number")
    ]


def _last_day(row: OperatingLicenseVersion) -> date | None:
    """Return a version's last day: its own, that of its licence, or the day before another came."""
    replaced = row.license.superseded_on
    ends = (row.valid_until, row.license.valid_until, replaced and replaced - ONE_DAY)
    last = min((day for day in ends if day), default=None)
    return last and max(last, row.valid_from)


def _printed(row: OperatingLicenseVersion) -> list[str]:
    count = row.beds
    beds = "" if count is None else ngettext("%(n)d bed", "%(n)d beds", count) % {"n": count}
    activities = "; ".join(one.title for one in row.activities.all())
    said = (row.name, row.address, row.scope, activities, beds, row.hours, row.responsible)
    return [part for part in said if part]


def _levels(place: Organisation) -> list[Held]:
    rows = place.facilityclassification_rows.order_by("kind", "-valid_from")
    return [
        Held(
            row.get_value_display().capitalize(),
            row.valid_from,
            row.valid_until,
            _points(row.points),
            _paper(row),
        )
        for row in rows
    ]


def _points(points: object) -> list[str]:
    if points is None:
        return []
    return [_("%(n)s points") % {"n": f"{points:f}".rstrip("0").rstrip(".").replace(".", ",")}]


def _departments(place: Organisation) -> list[Held]:
    rows = place.department_rows.order_by("-valid_from", "code", "name")
    return [
        Held(
            f"{row.name} ({row.code})" if row.code else row.name,
            row.valid_from,
            row.valid_until,
            [row.head] if row.head else [],
            _paper(row),
        )
        for row in rows
    ]


def beds_of_departments(place: Organisation) -> Chapter:
    """Return every number of beds that one of its departments ever counted."""
    rows = place.bedcount_rows.exclude(department=None)
    return Chapter("giuong", _("Beds of departments, then and now"), _beds(rows))


def _beds(rows: QuerySet[BedCount]) -> list[Held]:
    return [
        Held(
            f"{row.get_kind_display().capitalize()}: {row.count}",
            row.valid_from,
            row.valid_until,
            [row.department.name] if row.department else [],
            _paper(row),
        )
        for row in rows.select_related("department").order_by("kind", "-valid_from", "id")
    ]


def _hours(place: Organisation) -> list[Held]:
    rows = place.openingschedule_rows.order_by("-valid_from", "id")
    return [Held(row.text, row.valid_from, row.valid_until) for row in rows]


def _readiness(place: Organisation, on: date) -> list[Held]:
    titles = titles_on(TOPICS, on)
    rows: Iterable[Readiness] = place.readiness_rows.select_related("evidence")
    return [
        Held(
            f"{titles.get(row.topic, row.topic)}: {row.get_answer_display()}",
            row.valid_from,
            row.valid_until,
            [str(part) for part in (row.count, row.detail) if part not in (None, "")],
            row.evidence_text,
            row.evidence,
        )
        for row in sorted(rows, key=lambda row: (row.topic, -row.valid_from.toordinal()))
    ]


def _publications(place: Organisation, on: date) -> list[Held]:
    titles = titles_on(DUTIES, on)
    rows = place.publication_rows.select_related("evidence").order_by("-published_on", "id")
    return [
        Held(
            titles.get(row.duty, row.duty),
            row.published_on,
            row.published_on,
            [part for part in (row.place, row.note) if part],
            file=row.evidence,
        )
        for row in rows
    ]
