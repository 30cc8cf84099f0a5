"""The machine a result comes from: one that was broken is refused, one in doubt needs a reason."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.services import device_named, usable_on
from healthrecords.models import DiagnosticReport
from healthrecords.services.report_entries import ReportEntry
from portal.places.models import Organisation

SHORTEST_REASON = 5
IN_DOUBT = "machine_in_doubt"


def weigh_machine(
    facility: Organisation, entry: ReportEntry, *, replaces: DiagnosticReport | None = None
) -> str:
    """Return what is kept beside a result whose machine was overdue, with the reason; "" for none.

    A machine that was broken or out of use that day is refused. One whose inspection or radiation
    licence had run out is asked about: what was done with it happened, and its reason is kept. A
    machine that no asset code names is not known here and not judged.
    """
    if replaces is not None and _is_same(entry, replaces):
        return replaces.machine_doubt
    device = device_named(facility, entry.machine)
    if device is None:
        return ""
    day = timezone.localdate(entry.performed_at)
    found = usable_on(device, day)
    if found.out_of_use is not None:
        message = _("%(device)s was “%(state)s” on %(day)s; name the device that was used.")
        what = {"device": str(device), "state": found.out_of_use.label, "day": f"{day:%d/%m/%Y}"}
        raise ValidationError(
            {"machine": ValidationError(message % what, code="machine_out_of_use")}
        )
    if not found.doubts:
        return ""
    said, reason = " ".join(found.doubts), " ".join(entry.machine_reason.split())
    if len(reason) < SHORTEST_REASON:
        message = _("%(device)s: %(said)s Take another one, or write why it was used all the same.")
        what = {"device": str(device), "said": said}
        raise ValidationError({"machine": ValidationError(message % what, code=IN_DOUBT)})
    because = _("Used all the same because: %(reason)s") % {"reason": reason[:300]}
    return f"{said} {because}"[:600]


def _is_same(entry: ReportEntry, report: DiagnosticReport) -> bool:
    """Say whether a correction leaves the machine and its day as they were."""
    day = timezone.localdate(entry.performed_at)
    return entry.machine == report.machine and day == timezone.localdate(report.performed_at)
