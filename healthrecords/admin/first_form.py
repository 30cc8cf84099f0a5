"""The form of a new visit as it opens: what is known of the time, the person and the last visit."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from healthrecords.admin.offered import OFFER, offered
from healthrecords.admin.opening import Opened, as_key
from healthrecords.forms.stored import ENDS_WITH, copied, initial_of, rows_of
from healthrecords.forms.visit import VisitForm
from healthrecords.models import Visit
from portal.database.uuid7 import uuid7


def visits_shown(opened: Opened) -> Any:
    """Return the visits of the record that this request may show."""
    rows = Visit.objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)
    return rows.exclude(status=Visit.Status.WITHDRAWN).select_related("facility", "citizen")


def last_visit(opened: Opened, before: Visit | None = None) -> Visit | None:
    """Return the latest visit this request may show, or the one before a visit."""
    rows = visits_shown(opened)
    if before is not None:
        rows = rows.filter(started_at__lte=before.started_at).exclude(pk=before.pk)
    found: Visit | None = rows.order_by("-started_at", "-id").first()
    return found


def first_form(request: HttpRequest, opened: Opened, last: Visit | None) -> VisitForm:
    """Return an empty form that knows the time, how the person was identified, and last time."""
    initial = {
        "started_at": timezone.localtime(opened.at),
        "kind": "01",
        "coverage": "1.2" if is_insured(opened.citizen) else "9",
        "identified_by": request.GET.get("by") or (last.identified_by if last else ""),
        **ENDS_WITH,
        "client_key": uuid7(),
    }
    rows = None
    source = _source(request, opened)
    moved = offered(request, opened) if OFFER in request.GET else None
    if source is not None:
        said, rows = copied(source)
        initial |= said
    elif moved is not None:
        initial |= {**initial_of(moved), "identified_by": initial["identified_by"]}
        rows = rows_of(moved)
    form = VisitForm(
        citizen=opened.citizen,
        sees_sensitive=opened.sees_sensitive,
        at=opened.at,
        initial=initial,
        rows=rows,
    )
    form.fields["pulse" if source else "reason"].widget.attrs["autofocus"] = True
    return form


def _source(request: HttpRequest, opened: Opened) -> Visit | None:
    """Return the visit to take diagnoses and medicines from, when one was asked for."""
    key = request.GET.get("like", "")
    return visits_shown(opened).filter(pk=as_key(key)).first() if key else None


def is_insured(citizen: Any) -> bool:
    """Say whether a citizen found with numbers has one of insurance."""
    return any(row["kind"].startswith("insurance") for row in citizen.numbers)
