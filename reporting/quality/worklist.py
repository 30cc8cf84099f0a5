"""Which records of a place are to be mended, by whom, at which field?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.models import Visit
from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.models import QualityIssue
from reporting.quality.naming import NAMES, Named
from reporting.quality.openings import FIELDS, opening_of

if TYPE_CHECKING:
    from reporting.querysets import QualityIssueQuerySet

# What one must be allowed to see of a kind of record to see that it is to be mended.
CAPABILITY = {
    "healthrecords.citizen": "view_records",
    "healthrecords.visit": "view_records",
    "healthrecords.twincase": "view_records",
    "practitioners.practitioner": "view_practitioners",
    "facilities.facility": "view_facilities",
    "reporting.expectedreport": "view_reports",
    "reporting.report": "view_reports",
}


def issues_for(user: Any, place: Organisation) -> QualityIssueQuerySet:
    """Return the open issues of a place and all under it that a person may see."""
    allowed = Q(pk__in=[])
    for capability in sorted(set(CAPABILITY.values())):
        labels = [label for label, wanted in CAPABILITY.items() if wanted == capability]
        scope = scope_of(user, capability)
        if scope.everything:
            allowed |= Q(label__in=labels)
        elif scope:
            allowed |= Q(label__in=labels, facility__in=scope.ids)
    sensitive = scope_of(user, "see_sensitive")
    if not sensitive.everything:
        allowed &= Q(sensitivity="") | Q(facility__in=sensitive.ids)
    has_below = Organisation.objects.filter(parent=place).exists()
    here = Q(facility__path__startswith=place.path) if has_below else Q(facility=place)
    return QualityIssue.objects.open().filter(here & allowed)


@dataclass(frozen=True, slots=True)
class Group:
    """All open issues of one rule at a place."""

    number: int
    due_on: date


def groups_of(issues: QualityIssueQuerySet) -> dict[str, Group]:
    """Count the issues of each rule, with the day the first is due."""
    rows = (
        issues.order_by()
        .values("rule__code")
        .annotate(number=Count("pk"), due_on=Min("due_on"))
        .values_list("rule__code", "number", "due_on")
    )
    return {code: Group(number, due_on) for code, number, due_on in rows}


@dataclass(frozen=True, slots=True)
class Line:
    """One record to mend."""

    issue: QualityIssue
    who: StrOrPromise
    about: StrOrPromise
    wrong: Sequence[StrOrPromise]
    url: str


def lines_of(issues: Sequence[QualityIssue]) -> list[Line]:
    """Name the records of issues and say where each is mended; one query a kind of record."""
    names: dict[tuple[str, UUID], Named] = {}
    for label in {issue.label for issue in issues}:
        keys = [issue.object_id for issue in issues if issue.label == label]
        names |= {(label, key): named for key, named in NAMES[label](keys).items()}
    found = []
    for issue in issues:
        named = names.get((issue.label, issue.object_id), Named(_("record is gone")))
        found.append(
            Line(
                issue=issue,
                who=named.who,
                about=named.about,
                wrong=[called(name, named) for name in issue.fields],
                url=url_at(issue.label, issue.object_id, issue.rule.code, issue.fields[0], named),
            )
        )
    return found


def named_record(label: str, record: UUID) -> Named | None:
    """Return how one record is called."""
    return NAMES[label]([record]).get(record)


def called(name: str, named: Named) -> StrOrPromise:
    """Return what a field is called; a cell of a report by its column."""
    return FIELDS.get(name) or named.columns.get(name.rpartition("~")[2], name)


def url_at(label: str, record: UUID, rule: str, name: str, named: Named) -> str:
    """Return where a record is mended, at a field; a report at its cell."""
    if named.address:
        return f"{named.address}?{urlencode({'o': name})}#dong" if "~" in name else named.address
    return opening_of(label, rule, name).url(record, named.citizen)


def people_behind(label: str, record: UUID) -> list[UUID]:
    """Return the person whom a record is about, for the log of reads."""
    return people_of([QualityIssue(label=label, object_id=record)], ())


def people_of(issues: Iterable[QualityIssue], lines: Iterable[Line]) -> list[UUID]:
    """Return the people whom a page of the list shows, for the log of reads."""
    shown = {issue.object_id for issue in issues if issue.label == "healthrecords.citizen"}
    visits = [issue.object_id for issue in issues if issue.label == "healthrecords.visit"]
    shown |= set(Visit.objects.filter(pk__in=visits).values_list("citizen_id", flat=True))
    return sorted(shown)
