"""Record what was done to a person: an operation, an intervention."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Procedure, Visit
from healthrecords.services.access import require_access
from healthrecords.services.attaching import require_attachable
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.kinds import list_day_of
from healthrecords.services.report_entries import ReportEntry, check_entry
from healthrecords.services.results import NOT_CHECKED
from healthrecords.services.standing import reread, standing
from portal.codelists.lookup import code_on, lists_held
from portal.codelists.sensitivity import sensitivity_of, strictest
from portal.places.models import Organisation

ANAESTHESIA = "anaesthesia_kinds"


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """A procedure as somebody types it; ``reason`` is the code of the illness."""

    title: str
    performed_at: datetime
    kind: str = Procedure.Kind.OTHER
    code: str = ""
    icd9: str = ""
    performer: str = ""
    anaesthesia: str = ""
    reason: str = ""
    outcome: str = ""


@lists_held()
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
    citizen = standing(citizen)
    require_access(actor, citizen, at)
    stored = Procedure.objects.filter(client_key=client_key).first()
    if stored is not None:
        if (stored.citizen_id, stored.facility_id) != (citizen.pk, facility.pk):
            raise ValidationError(
                _("This form belongs to another person; open the page again."),
                code="form_of_another",
            )
        return Saved(stored, is_new=False)
    visit = reread(visit)
    require_attachable(visit, citizen=citizen, facility=facility)
    _check(citizen, entry, at=at)
    on = timezone.localdate(entry.performed_at)
    if visit is not None:
        on = list_day_of(visit, at)
    words = words_on(timezone.localdate(at))
    classes = {
        visit.sensitivity if visit else "",
        sensitivity_of([entry.reason] if entry.reason else [], on=on),
        words.of_text(entry.title, entry.outcome),
        words.of_place(facility.name),
    }
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
        anaesthesia=entry.anaesthesia,
        reason=entry.reason,
        outcome=entry.outcome,
        sensitivity=strictest(classes),
    )
    procedure.full_clean(exclude=NOT_CHECKED)
    procedure.save(force_insert=True)
    return Saved(procedure, is_new=True)


def _check(citizen: Citizen, entry: ProcedureEntry, *, at: datetime) -> None:
    if not entry.title.strip():
        error = ValidationError(_("Write what was done."), code="procedure_missing")
        raise ValidationError({"title": error})
    check_entry(citizen, ReportEntry("other", entry.title, entry.performed_at), at=at)
    on = timezone.localdate(entry.performed_at)
    if citizen.died_on and on > citizen.died_on:
        error = ValidationError(
            _("This person died on %(day)s; check the day, or whether it is this person."),
            code="procedure_after_death",
            params={"day": f"{citizen.died_on:%d/%m/%Y}"},
        )
        raise ValidationError({"performed_at": error})
    if entry.anaesthesia and code_on(ANAESTHESIA, entry.anaesthesia, on) is None:
        error = ValidationError(
            _("“%(value)s” is not in the list; choose from the list."),
            code="code_unknown",
            params={"value": entry.anaesthesia},
        )
        raise ValidationError({"anaesthesia": error})
