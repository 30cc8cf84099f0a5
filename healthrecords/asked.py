"""What the record's page shows of a person's history: problems followed, long-term medicines, gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from healthrecords.glance import Asking, fact
from healthrecords.missing import Known, Missing, register
from healthrecords.models import Allergy, Inquiry, LongTermMedicine, Problem
from healthrecords.models.facts import Fact, shown_partial
from healthrecords.models.inquiry import Topic
from healthrecords.services.hushing import Hush


@dataclass(frozen=True, slots=True)
class Followed:
    """A problem or a medicine that lasts, as the record's page shows it."""

    code: str
    title: str
    about: str
    since: str
    place: str
    on: date | None
    row: str = ""


def _current(asking: Asking, model: Any, **said: str) -> Any:
    """Return all that lasts: a problem or a medicine that is not shown is not thought of."""
    rows = asking.rows(model).filter(status=Fact.Status.ACTIVE, ended="")
    told = JSONObject(row="id", since="since", place="facility__name", at="recorded_at", **said)
    return ArraySubquery(rows.order_by("-recorded_at", "-id").values(said=told))


@fact("problems")
def _problems(asking: Asking) -> Any:
    return _current(asking, Problem, code="code", title="title", about="note")


@fact("long_term")
def _long_term(asking: Asking) -> Any:
    return _current(asking, LongTermMedicine, code="reason_code", title="name", about="dose")


@fact("allergies")
def _allergies(asking: Asking) -> Any:
    return _current(asking, Allergy, title="substance")


@fact("asked_allergies")
def _asked_allergies(asking: Asking) -> Any:
    rows = Inquiry.objects.filter(citizen=asking.access.citizen_id, topic=Topic.ALLERGY)
    return ArraySubquery(rows.order_by("-asked_at").values(said=JSONObject(at="asked_at"))[:1])


def followed(rows: Sequence[Mapping[str, Any]], asking: Asking) -> list[Followed]:
    """Read problems or long-term medicines of a record."""
    hush = Hush(sees_sensitive=asking.sees_sensitive)
    return [
        Followed(
            code=row["code"],
            title=row["title"],
            about=row["about"],
            since=shown_partial(row["since"]),
            place=hush.place(row["place"]),
            on=timezone.localdate(parse_datetime(row["at"])),
            row=row["row"],
        )
        for row in rows
    ]


@register
def allergies_not_asked(known: Known) -> Missing | None:
    """Ask about allergies: a blank list is not "none"."""
    if known.facts.get("allergies") or known.facts.get("asked_allergies"):
        return None
    url = reverse("admin:healthrecords_citizen_background", args=[known.citizen.pk])
    deed = _("Ask now") if known.may_enter else ""
    return Missing(
        "warn", _("Allergies"), _("not asked"), deed, f"{url}?phan=allergy" if deed else ""
    )
