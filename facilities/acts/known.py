"""What does the register know of a facility that asks, so that no paper is needed?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from facilities.acts.finding import standing_license
from facilities.models import Readiness
from facilities.rules import CONDITIONS, rule_of
from facilities.staff import staffing_of
from portal.places.models import Organisation

CONNECTION = "hie_connection"


def _license(place: Organisation, on: date) -> str:
    current = standing_license(place.pk, on)
    if current is None:
        return ""
    return _("Operating licence %(number)s, issued on %(day)s") % {
        "number": current.number_raw,
        "day": f"{current.issued_on:%d/%m/%Y}",
    }


def _head(place: Organisation, on: date) -> str:
    """Name who is in charge where nothing speaks against it and the time of practice is enough."""
    staffing, rule = staffing_of(place, on), rule_of(CONDITIONS, "responsible_months", on)
    if staffing is None or not staffing.responsible or staffing.responsible_doubt:
        return ""
    least = rule.number("minimum") if rule is not None else None
    if least is None or Decimal(staffing.responsible_months or 0) < least:
        return ""
    return _("%(name)s is registered as responsible for the profession") % {
        "name": staffing.responsible
    }


def _staff(place: Organisation, on: date) -> str:
    """Count who is registered, where everybody has a licence in force."""
    staffing = staffing_of(place, on)
    if staffing is None or not staffing.practitioners or staffing.doubtful:
        return ""
    number = staffing.practitioners
    said = ngettext("%(n)d person is registered.", "%(n)d people are registered.", number)
    return said % {"n": number}


def _connection(place: Organisation, on: date) -> str:
    rows = Readiness.objects.filter(facility=place, topic=CONNECTION, answer="yes").holding(on)
    row = rows.first()
    if row is None:
        return ""
    since = _("since %(day)s") % {"day": f"{row.valid_from:%d/%m/%Y}"}
    return f"{since}; {row.evidence_text}" if row.evidence_text else since


# The facts of the list procedure_documents that stand in a paper's stead.
KNOWN: Mapping[str, Callable[[Organisation, date], str]] = {
    "license": _license,
    "head": _head,
    "staff": _staff,
    "connection": _connection,
}
