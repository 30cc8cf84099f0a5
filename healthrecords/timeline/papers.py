"""Papers of visits in the timeline: given out here or come by file, a referral with its way."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.models import Document
from healthrecords.models.documents import DocumentKind
from healthrecords.timeline.sources import Entry, Row, Source
from portal.site.home import Chip


def _facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (the registry's own call)
    return {
        "visit": "visit_id",
        "kind": "kind",
        "number": "number",
        "sent_number": "sent_number",
        "year": "year",
        "by": "issued_by__full_name",
        "cancelled": "cancelled_at",
        "why": "cancel_reason",
        "to": "referral__to_facility__name",
        "to_name": "referral__to_name",
        "arrived": "referral__arrived_at",
        "answered": "referral__answered_at",
    }


def tell(row: Row) -> Entry:
    """Draw a paper."""
    facts = row.facts
    to = facts["to"] or facts["to_name"]
    own = facts["number"]
    number = facts["sent_number"] if own is None else f"{own:05}/{facts['year']}"
    return Entry(
        title=f"{DocumentKind(facts['kind']).label} {number}".rstrip(),
        url=reverse("admin:healthrecords_visit_document", args=[facts["visit"], row.pk]),
        icon="file",
        chips=_chips(facts),
        says=_("Sent to %(place)s") % {"place": to} if to else "",
        small=facts["why"] if facts["cancelled"] else "",
        foot=[facts["by"]] if facts["by"] else [],
    )


def _chips(facts: Any) -> list[Chip]:
    if facts["cancelled"]:
        return [Chip("bad", "off", _("Cancelled"))]
    if facts["kind"] != DocumentKind.REFERRAL:
        return []
    if facts["answered"]:
        return [Chip("ok", "ok", _("Answer came back"))]
    if facts["arrived"]:
        return [Chip("act", "visit", _("Arrived there"))]
    return [Chip("", "clock", _("On the way"))]


# A paper that came by file and went with it; one that somebody cancelled stays readable.
TAKEN_BACK = Q(origin=Document.Origin.FILE, cancelled_at__isnull=False)

DOCUMENTS = Source(
    key="document",
    label=gettext_lazy("Papers"),
    model=Document,
    at="issued_at",
    facts=_facts,
    tell=tell,
    without=TAKEN_BACK,
    from_file=Q(origin=Document.Origin.FILE),
    order=60,
)
