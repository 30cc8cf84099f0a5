"""Where do a file and a typed visit speak of the same thing and not say the same?

Both are kept. The same day at the same place is the same visit recorded twice; within a month, a
diagnosis of the same category with another code is a disagreement between two places.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DurationField, ExpressionWrapper, OuterRef, Subquery, Value
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.charts import shown_plain
from healthrecords.models import Diagnosis, Medication, Visit, VitalSigns
from healthrecords.querysets import NOT_HELD
from healthrecords.timeline.sources import Row
from portal.names import name_norm

NEAR = timedelta(days=31)
AT_MOST = 6
CATEGORY = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """What another visit says otherwise, and the page that shows both."""

    says: StrOrPromise
    url: str


def found_at(*, sees_sensitive: bool) -> dict[str, Any]:
    """Return what one visit says of the person in figures, and of how it ended."""
    vitals = VitalSigns.objects.filter(visit=OuterRef("pk")).open_to(sees_sensitive=sees_sensitive)
    measured = JSONObject(systolic="systolic", diastolic="diastolic", weight="weight")
    return {
        "measured": Subquery(vitals.order_by("id").values(said=measured)[:1]),
        "outcome": "outcome",
        "discharge": "discharge",
    }


def others(*, sees_sensitive: bool) -> Any:
    """Return the visits within a month that came the other way, as a fact of each visit."""
    near = ExpressionWrapper(Value(NEAR), DurationField())
    visits = Visit.objects.filter(
        citizen=OuterRef("citizen"),
        started_at__gte=OuterRef("started_at") - near,
        started_at__lte=OuterRef("started_at") + near,
    ).open_to(sees_sensitive=sees_sensitive)
    visits = visits.exclude(origin=OuterRef("origin")).exclude(status__in=NOT_HELD)
    codes = Diagnosis.objects.filter(visit=OuterRef("pk")).open_to(sees_sensitive=sees_sensitive)
    given = Medication.objects.filter(visit=OuterRef("pk")).open_to(sees_sensitive=sees_sensitive)
    told = JSONObject(
        **found_at(sees_sensitive=sees_sensitive),
        key="id",
        place="facility_id",
        place_name="facility__name",
        at="started_at",
        origin="origin",
        codes=ArraySubquery(codes.order_by("rank", "position").values("code")),
        medicines=ArraySubquery(given.order_by("position").values("name")),
    )
    return ArraySubquery(visits.order_by("-started_at", "-id").values(said=told)[:AT_MOST])


def differences(row: Row) -> list[Difference]:
    """Return where visits that came the other way do not say what this one says."""
    codes = [said["code"] for said in row.facts["diagnoses"] or ()]
    medicines = [said["name"] for said in row.facts["medicines"] or ()]
    found: dict[str, Difference] = {}
    for other in row.facts["others"] or ():
        if said := list(_said_otherwise(row, codes, medicines, other)):
            came = Visit.Origin(other["origin"]).label
            params = {"place": other["place_name"], "came": came, "said": ", ".join(said[:4])}
            url = reverse("admin:healthrecords_visit_compare", args=[row.pk, other["key"]])
            says = _("%(place)s (%(came)s) has %(said)s.") % params
            found.setdefault(says, Difference(says, url))
    return list(found.values())


def _said_otherwise(
    row: Row, codes: list[str], medicines: list[str], other: Mapping[str, Any]
) -> Iterator[str]:
    if is_same_visit(row, other):
        yield from _missing(other["codes"] or (), codes)
        yield from _missing(other["medicines"] or (), medicines)
        yield from _measured_otherwise(row.facts, other)
    else:
        yield from _recoded(other["codes"] or (), codes)


def _measured_otherwise(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """Yield what both say and say otherwise: pressure, weight, how the visit ended."""
    mine, said = ours["measured"] or {}, theirs["measured"] or {}
    upper, lower = said.get("systolic"), said.get("diastolic")
    pressure = (mine.get("systolic"), mine.get("diastolic"))
    if upper and pressure[0] and pressure != (upper, lower):
        yield _("blood pressure %(value)s") % {"value": f"{upper}/{lower or '–'}"}
    weight, own = said.get("weight"), mine.get("weight")
    if weight and own and weight != own:
        yield _("weight %(value)s kg") % {"value": shown_plain(weight)}
    if theirs["outcome"] and ours["outcome"] and theirs["outcome"] != ours["outcome"]:
        yield _("another result of the treatment")
    if theirs["discharge"] and ours["discharge"] and theirs["discharge"] != ours["discharge"]:
        yield _("another way of leaving")


def is_same_visit(row: Row, other: Mapping[str, Any]) -> bool:
    """Say whether two visits are one visit recorded twice: the same place, the same day."""
    began = parse_datetime(other["at"])
    same_day = began is not None and timezone.localdate(began) == timezone.localdate(row.at)
    return same_day and str(row.place) == other["place"]


def _recoded(theirs: Iterable[str], ours: Iterable[str]) -> Iterator[str]:
    """Yield their codes of a category in which ours has a code that they have not."""
    theirs, ours = list(theirs), set(ours)
    disputed = {code[:CATEGORY] for code in ours - set(theirs)}
    for code in theirs:
        if code not in ours and code[:CATEGORY] in disputed:
            yield code


def _missing(said: Iterable[str], among: Iterable[str]) -> Iterator[str]:
    known = {name_norm(text) for text in among}
    return (text for text in said if name_norm(text) not in known)
