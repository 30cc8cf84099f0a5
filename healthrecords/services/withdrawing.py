"""Take back a visit that was typed by mistake, for the wrong person above all.

Nothing is deleted: the visit stays readable for the auditor with who withdrew it, when and why, and
what followed from it is taken back with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Appointment,
    CareRelation,
    DiagnosticReport,
    Document,
    Procedure,
    Referral,
    Visit,
    VisitAmendment,
    VisitSeal,
)
from healthrecords.services import following
from healthrecords.services.access import end_care, require_access, sees_sensitive
from healthrecords.services.amending import SHORTEST_REASON, close_amendment, open_amendment
from healthrecords.services.appointments import keep_appointment
from healthrecords.services.citizens import require_place
from healthrecords.services.documents import cancel
from healthrecords.services.fatal_visits import follow_death, is_fatal
from healthrecords.services.grounds import end_ground
from healthrecords.services.receiving import end_ground as end_ground_of_referrals
from healthrecords.services.receiving import release
from healthrecords.services.seals import open_amendment_of
from healthrecords.services.standing import hold_visit
from portal.scope import scope_of


@transaction.atomic
def withdraw_visit(*, actor: Any, visit: Visit, reason: str, at: datetime) -> Visit:
    """Withdraw a visit at the place that typed it, for a reason; a second time changes nothing.

    Locks the visit. It is withdrawn under an amendment of its own, as everything signed is changed;
    one that stands open ends with it. What is signed is withdrawn by who signs there. What somebody
    gave, found or did at it is taken back first, by whoever answers for that.
    """
    visit = hold_visit(visit)
    require_place(actor, visit.facility)
    access = require_access(actor, visit.citizen, at)
    if visit.status == Visit.Status.WITHDRAWN:
        return visit
    _require_right(actor, visit)
    _require_reason(reason)
    if (begun := open_amendment_of(visit)) is not None:
        close_amendment(begun, actor=actor, at=at, outcome=VisitAmendment.Outcome.WITHDRAWN)
    amendment = open_amendment(actor=actor, visit=visit, reason=reason, at=at)
    if standing := standing_at(visit, sees_sensitive=sees_sensitive(access)):
        raise ValidationError(
            _("First take back what stands at this visit: %(what)s."),
            code="visit_has_more",
            params={"what": "; ".join(map(str, standing))},
        )
    was_fatal = is_fatal(visit)
    _cancel_papers(visit, actor=actor, reason=reason, at=at)
    visit.status = Visit.Status.WITHDRAWN
    visit.save(update_fields=["status"])
    follow_death(visit, died_at=None, was_fatal=was_fatal, actor=actor, at=at)
    _release(visit, at=at)
    close_amendment(amendment, actor=actor, at=at, outcome=VisitAmendment.Outcome.WITHDRAWN)
    following.tell([visit.pk])
    return visit


def may_withdraw(actor: Any, visit: Visit, *, is_signed: bool) -> bool:
    """Say whether somebody withdraws a visit of their place: what was typed; signed, by who signs."""
    if visit.origin == Visit.Origin.FILE:
        return False
    return not is_signed or visit.facility_id in scope_of(actor, "sign_records")


def _require_right(actor: Any, visit: Visit) -> None:
    is_signed = VisitSeal.objects.filter(visit=visit.pk).exists()
    if may_withdraw(actor, visit, is_signed=is_signed):
        return
    if visit.origin == Visit.Origin.FILE:
        raise ValidationError(
            _("This visit came from a file; correct it at its source and upload the file again."),
            code="visit_from_file",
        )
    raise ValidationError(
        _("This visit is signed: only who signs visits at this facility withdraws it."),
        code="visit_signed",
    )


def _require_reason(reason: str) -> None:
    if len(" ".join(reason.split())) < SHORTEST_REASON:
        raise ValidationError(
            {
                "reason": ValidationError(
                    _("Write in a few words why the visit is withdrawn; the reason stays with it."),
                    code="withdrawn_without_reason",
                )
            }
        )


def standing_at(visit: Visit, *, sees_sensitive: bool) -> Sequence[Any]:
    """Return what was given, found or done at a visit and does not go with a typed word.

    Of a row that the reader may not see it is said that there is one, not what it is.
    """
    medicines = visit.dispensing_rows.filter(taken_back_at=None)
    reports = DiagnosticReport.objects.filter(visit=visit).standing()
    done = Procedure.objects.filter(visit=visit, withdrawn_at=None).exclude(
        status=Procedure.Status.ENTERED_IN_ERROR
    )
    sent = Referral.objects.filter(visit=visit, document__cancelled_at=None)
    found = (
        (_("medicines given out"), medicines),
        (_("results"), reports.open_to(sees_sensitive=sees_sensitive)),
        (_("operations and interventions"), done.open_to(sees_sensitive=sees_sensitive)),
        (_("a referral whose person has arrived"), sent.exclude(arrived_at=None)),
    )
    named = [name for name, rows in found if rows.exists()]
    if not named and (reports.exists() or done.exists()):
        named.append(_("what only a clinician of the facility sees"))
    return named


def _cancel_papers(visit: Visit, *, actor: Any, reason: str, at: datetime) -> None:
    """Cancel the papers of a visit, and close the way that its referrals opened elsewhere."""
    papers = Document.objects.filter(visit=visit, cancelled_at=None)
    papers.filter(origin=Document.Origin.FILE).update(cancelled_at=at)
    for document in papers.filter(origin=Document.Origin.TYPED).order_by("pk"):
        cancel(actor=actor, document=document, reason=reason, at=at)
    sent = list(Referral.objects.filter(visit=visit).values_list("pk", flat=True))
    if sent:
        end_ground_of_referrals(sent, on=timezone.localdate(at))


def _release(visit: Visit, *, at: datetime) -> None:
    """Take back what the visit said of a coming, the appointment it made, the care it began."""
    on = timezone.localdate(at)
    release(Visit.objects.filter(pk=visit.pk), on=on)
    keep_appointment(visit, at=at)
    waiting = Appointment.objects.filter(
        citizen=visit.citizen_id, facility=visit.facility_id, cancelled_at=None, on__gte=on
    )
    if not waiting.exists():
        ground = CareRelation.Ground.APPOINTMENT
        end_care(citizen=visit.citizen, organisation=visit.facility, ground=ground, on=on)
    end_ground(visit, at)
