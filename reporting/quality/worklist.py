"""Which records of a place are to be mended, by whom, at which field?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from healthrecords.models import Immunization, Visit
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope, scope_of
from practitioners.models import Registration
from reporting.models import QualityIssue
from reporting.quality.naming import NAMES, Named
from reporting.quality.openings import FIELDS, opening_of

if TYPE_CHECKING:
    from reporting.querysets import QualityIssueQuerySet

# What one must be allowed to see of a kind of record to see that it is to be mended.
CAPABILITY = {
    "healthrecords.citizen": "view_records",
    "healthrecords.visit": "view_records",
    "healthrecords.immunization": "view_records",
    "healthrecords.twincase": "view_records",
    "practitioners.practitioner": "view_practitioners",
    "practitioners.registration": "view_practitioners",
    "facilities.facility": "view_facilities",
    "places.area": "view_facilities",
    "reporting.expectedreport": "view_reports",
    "reporting.report": "view_reports",
}


# Where each of the fields of a record is of a protected class, since the list that says so changed.
UNTOLD = gettext_lazy("what only those with the right see")


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


def hidden_from(user: Any, place: Organisation) -> dict[str, int]:
    """Return how many open issues of each rule at a place a person may not know of."""
    if place.pk in scope_of(user, "see_sensitive"):
        return {}
    rows = QualityIssue.objects.open().filter(facility=place).exclude(sensitivity="")
    counted = rows.order_by().values("rule__code").annotate(number=Count("pk"))
    return dict(counted.values_list("rule__code", "number"))


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


def lines_of(issues: Sequence[QualityIssue], *, sees: Scope = EVERYWHERE) -> list[Line]:
    """Name the records of issues and say where each is mended; one query a kind of record.

    ``sees`` is where rows of a protected class may be named.
    """
    names: dict[tuple[str, UUID], Named] = {}
    for label in {issue.label for issue in issues}:
        keys = [issue.object_id for issue in issues if issue.label == label]
        names |= {(label, key): named for key, named in NAMES[label](keys).items()}
    found = []
    for issue in issues:
        named = names.get((issue.label, issue.object_id), Named(_("record is gone")))
        wrong = told(issue.fields, named, sees=issue.facility_id in sees)
        found.append(
            Line(
                issue=issue,
                who=named.who,
                about=named.about,
                wrong=[called(name, named) for name in wrong] or [UNTOLD],
                url=url_at(
                    issue.label, issue.object_id, issue.rule.code, next(iter(wrong), ""), named
                ),
            )
        )
    return found


def named_record(label: str, record: UUID) -> Named | None:
    """Return how one record is called."""
    found: Named | None = NAMES[label]([record]).get(record)
    return found


def told(names: Sequence[str], named: Named, *, sees: bool) -> Sequence[str]:
    """Return which of the fields that are wrong may be told: no cell of a guarded row."""
    return names if sees else [n for n in names if n.partition("~")[0] not in named.guarded]


def called(name: str, named: Named) -> StrOrPromise:
    """Return what a field is called; a cell of a report by its column."""
    return FIELDS.get(name) or named.columns.get(name.rpartition("~")[2], name)


def url_at(label: str, record: UUID, rule: str, name: str, named: Named) -> str:
    """Return where a record is mended, at a field; a report at its cell."""
    if named.address:
        return f"{named.address}?{urlencode({'o': name})}#dong" if "~" in name else named.address
    return opening_of(label, rule, name).url(record, named.citizen)


def _of_citizens(model: Any) -> Callable[[Sequence[UUID]], Iterable[UUID]]:
    """Return the way from records to the citizens whom they are about."""
    return lambda keys: model.objects.filter(pk__in=keys).values_list("citizen_id", flat=True)


def _of_posts(keys: Sequence[UUID]) -> Iterable[UUID]:
    return Registration.objects.filter(pk__in=keys).values_list("practitioner_id", flat=True)


def _nobody(_keys: Sequence[UUID]) -> Iterable[UUID]:
    """Say that a list names no person: a pair of possible twins stands in it without their names."""
    return ()


# Whom a record of a kind shows, for the log of reads.
SHOWN: Mapping[str, Callable[[Sequence[UUID]], Iterable[UUID]]] = {
    "healthrecords.citizen": lambda keys: keys,
    "healthrecords.visit": _of_citizens(Visit),
    "healthrecords.immunization": _of_citizens(Immunization),
    "healthrecords.twincase": _nobody,
    "practitioners.practitioner": lambda keys: keys,
    "practitioners.registration": _of_posts,
    "facilities.facility": _nobody,
    "places.area": _nobody,
    "reporting.expectedreport": _nobody,
    "reporting.report": _nobody,
}


def people_behind(label: str, record: UUID) -> list[UUID]:
    """Return the person whom a record is about, for the log of reads."""
    return sorted(SHOWN[label]([record]))


def people_of(issues: Iterable[QualityIssue]) -> list[UUID]:
    """Return the people whom a page of the list shows, for the log of reads; one query a kind."""
    by_label: dict[str, list[UUID]] = {}
    for issue in issues:
        by_label.setdefault(issue.label, []).append(issue.object_id)
    return sorted({who for label, keys in by_label.items() for who in SHOWN[label](keys)})
