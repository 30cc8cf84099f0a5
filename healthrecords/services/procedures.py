"""Record what was done to a person: an operation, an intervention."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from healthrecords.models import Citizen, Procedure, Visit
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.report_entries import ReportEntry, check_entry
from healthrecords.services.results import NOT_CHECKED
from healthrecords.services.visits import require_access
from portal.codelists.sensitivity import sensitivity_of, strictest
from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """A procedure as somebody types it."""

    title: str
    performed_at: datetime
    kind: str = Procedure.Kind.OTHER
    code: str = ""
    icd9: str = ""
    performer: str = ""
    reason: str = ""
    outcome: str = ""


@transaction.atomic
def record_procedure(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: ProcedureEntry,
    client_key: UUID,
    at: datetime,
    visit: Visit | None = None,
) -> Saved[Procedure]:
    """Record a procedure, unless the form that sends it was stored before."""
    require_place(actor, facility)
    require_access(actor, citizen, at)
    Citizen.objects.select_for_update(no_key=True).get(pk=citizen.pk)
    stored = Procedure.objects.filter(client_key=client_key).first()
    if stored is not None:
        return Saved(stored, is_new=False)
    check_entry(citizen, ReportEntry("other", entry.title, entry.performed_at), at=at)
    procedure = Procedure(
        citizen=citizen,
        facility=facility,
        visit=visit,
        client_key=client_key,
        recorded_at=at,
        recorded_by=actor,
        kind=entry.kind,
        code=entry.code,
        icd9=entry.icd9,
        title=" ".join(entry.title.split())[:500],
        performed_at=entry.performed_at,
        performer=entry.performer,
        reason=entry.reason,
        outcome=entry.outcome,
        sensitivity=strictest(
            {
                visit.sensitivity if visit else "",
                sensitivity_of([entry.reason] if entry.reason else [], on=timezone.localdate(at)),
            }
        ),
    )
    procedure.full_clean(exclude=NOT_CHECKED)
    procedure.save(force_insert=True)
    return Saved(procedure, is_new=True)
