"""Visits in the timeline: what brought the person, what was found, what was given."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, When
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from healthrecords.models import Diagnosis, Medication, Visit, VisitSeal
from healthrecords.timeline.differences import differences, found_at, others
from healthrecords.timeline.sources import Entry, Row, Source
from portal.site.home import Chip


def _facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (the registry's own call)
    parts = {"visit": OuterRef("pk")}
    # "main" stands before "other" and "traditional" by its name.
    diagnoses = Diagnosis.objects.filter(**parts).open_to(sees_sensitive=sees_sensitive)
    medicines = Medication.objects.filter(**parts).open_to(sees_sensitive=sees_sensitive)
    return {
        "reason": "reason",
        "status": "status",
        "next": "next_visit_on",
        "by": "entered_by__full_name",
        "diagnoses": ArraySubquery(
            diagnoses.order_by("rank", "position").values(
                json=JSONObject(code="code", title="title")
            )
        ),
        "medicines": ArraySubquery(
            medicines.order_by("position").values(json=JSONObject(name="name", days="days"))
        ),
        "later": Exists(VisitSeal.objects.filter(_later(sees_sensitive), visit=OuterRef("pk"))),
        **found_at(sees_sensitive=sees_sensitive),
        "others": others(sees_sensitive=sees_sensitive),
    }


def _later(sees_sensitive: bool) -> Q:  # noqa: FBT001  (as the registry's call)
    later = Q(has_later=True)
    return later | Q(has_protected_later=True) if sees_sensitive else later


def tell(row: Row) -> Entry:
    """Draw a visit."""
    facts = row.facts
    chips = []
    if facts["status"] == Visit.Status.IN_PROGRESS:
        chips.append(Chip("act", "visit", _("In progress")))
    elif facts["status"] == Visit.Status.CANCELLED:
        chips.append(Chip("", "off", _("Left before being seen")))
    if row.signed:
        chips.append(Chip("ok", "shield", _("Signed")))
    if row.signed and facts["later"]:
        chips.append(Chip("warn", "pen", _("Added after the signature")))
    foot = [facts["by"]] if facts["by"] else []
    if next_on := parse_date(facts["next"] or ""):
        foot.append(_("next visit %(day)s") % {"day": f"{next_on:%d/%m/%Y}"})
    return Entry(
        title=facts["reason"] or _("Visit"),
        url=reverse("admin:healthrecords_visit_change", args=[row.pk]),
        icon="hosp" if row.from_file else "visit",
        chips=chips,
        coded=[(d["code"], d["title"]) for d in facts["diagnoses"] or ()],
        small=", ".join(_medicine(m) for m in facts["medicines"] or ()),
        foot=foot,
        differences=differences(row),
    )


def _medicine(said: dict[str, Any]) -> str:
    if not said["days"]:
        return str(said["name"])
    days = ngettext("%(days)d day", "%(days)d days", said["days"]) % {"days": said["days"]}
    return f"{said['name']} ({days})"


VISITS = Source(
    key="visit",
    label=gettext_lazy("Visits"),
    model=Visit,
    at="started_at",
    facts=_facts,
    tell=tell,
    without=Q(status=Visit.Status.WITHDRAWN),
    from_file=Q(origin=Visit.Origin.FILE),
    # Who waits, is being seen or has left leaves nothing to sign.
    signed=Case(
        When(Exists(VisitSeal.objects.filter(visit=OuterRef("pk"), amendment=None)), then=True),
        When(status=Visit.Status.FINISHED, then=False),
        default=None,
        output_field=BooleanField(null=True),
    ),
    order=10,
)
