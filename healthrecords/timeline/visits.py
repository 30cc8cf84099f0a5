"""Visits in the timeline: what brought the person, what was found, what was given."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import JSONObject, Left
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from healthrecords.models import Diagnosis, Medication, Visit, VisitNote, VisitSeal
from healthrecords.models.stopping import stop_of_medicine
from healthrecords.timeline.differences import differences, found_at, others
from healthrecords.timeline.sources import Entry, Row, Source
from portal.site.home import Chip

# The timeline shows the last notes of a visit and how each begins; its page shows them all.
NOTES_AT_MOST, NOTE_AT_MOST = 3, 300


def _facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (the registry's own call)
    parts = {"visit": OuterRef("pk")}
    # "main" stands before "other" and "traditional" by its name.
    diagnoses = Diagnosis.objects.filter(**parts).open_to(sees_sensitive=sees_sensitive)
    medicines = Medication.objects.filter(**parts).open_to(sees_sensitive=sees_sensitive)
    stopped = stop_of_medicine(sees_sensitive=sees_sensitive).values("stopped_on")[:1]
    notes = VisitNote.objects.filter(**parts).open_to(sees_sensitive=sees_sensitive)
    told = JSONObject(kind="kind", at="written_at", text=Left("text", NOTE_AT_MOST + 1))
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
            medicines.order_by("position").values(
                json=JSONObject(name="name", days="days", stopped=Subquery(stopped))
            )
        ),
        "notes": ArraySubquery(
            notes.order_by("-written_at", "-position").values(json=told)[: NOTES_AT_MOST + 1]
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
        notes=_notes(facts["notes"] or ()),
        foot=foot,
        differences=differences(row),
    )


def _notes(said: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the last notes in the order they were written; dots where there are more before."""
    found = [_note(one) for one in reversed(said[:NOTES_AT_MOST])]
    return ["…", *found] if len(said) > NOTES_AT_MOST else found


def _note(said: Mapping[str, Any]) -> str:
    at, text = parse_datetime(said["at"]), said["text"]
    words = f"{text[:NOTE_AT_MOST]}…" if len(text) > NOTE_AT_MOST else text
    when = f" {timezone.localtime(at):%d/%m %H:%M}" if at else ""
    return f"{VisitNote.Kind(said['kind']).label}{when}: {words}"


def _medicine(said: dict[str, Any]) -> str:
    about = []
    if said["days"]:
        about.append(ngettext("%(days)d day", "%(days)d days", said["days"]) % said)
    if stopped := parse_date(said["stopped"] or ""):
        about.append(_("stopped on %(day)s") % {"day": f"{stopped:%d/%m/%Y}"})
    return f"{said['name']} ({', '.join(about)})" if about else str(said["name"])


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
