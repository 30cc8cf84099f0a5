"""End a person's practice at a facility, one post or all, and note that it was reported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.database.periods import not_over
from practitioners.models import (
    CaseSide,
    CaseStep,
    DiscrepancyCase,
    ProfileSource,
    Registration,
)
from practitioners.services.cases import note_step
from practitioners.services.registrations import (
    close_slots,
    end_techniques,
    lock,
    withdraw_registration,
)
from practitioners.services.sources import note_row

ONE_DAY = timedelta(days=1)


@transaction.atomic
def end_registration(
    *,
    actor: Any,
    registration: Registration,
    last_day: date,
    at: datetime,
    because: str = "",
    announced_on: date | None = None,
    source: str = ProfileSource.Source.FACILITY,
) -> Registration:
    """End one post at a facility, with hours and assigned techniques, after a last day.

    Who ends one brings its last day forward, never back: a stay grows longer by review alone. What
    was said of it before and is not said again stays.
    """
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    require_no_later(row, last_day)
    row.valid_until, row.ended_because = last_day, because or row.ended_because
    row.leaving_announced_on = announced_on or row.leaving_announced_on
    row.full_clean()
    row.save(update_fields=["valid_until", "ended_because", "leaving_announced_on"])
    note_row(row, source=source, by=actor, at=at, only=("valid_until", "ended_because"))
    close_slots(list(row.slots.meeting(last_day, None)), last_day=last_day)
    end_techniques(row.techniques.all(), last_day=last_day)
    return row


def require_no_later(row: Registration, last_day: date) -> None:
    """Refuse a last day beyond the recorded one: it would register the person anew, unseen."""
    if row.valid_until is None or last_day <= row.valid_until:
        return
    raise ValidationError(
        {
            "last_day": ValidationError(
                _(
                    "The last day of %(name)s at %(place)s is recorded as %(recorded)s. Write that day"
                    " or an earlier one; who practises on is registered by a new profile."
                ),
                code="leaves_later_than_recorded",
                params={
                    "name": row.practitioner.name,
                    "place": row.facility.name,
                    "recorded": f"{row.valid_until:%d/%m/%Y}",
                },
            )
        }
    )


@transaction.atomic
def leave_facility(
    *,
    actor: Any,
    registration: Registration,
    last_day: date,
    at: datetime,
    because: str = "",
    announced_on: date | None = None,
) -> list[Registration]:
    """End all posts a person has at the facility of one of them: who leaves a house leaves all.

    A post that would begin after the last day, and has not begun, is withdrawn.
    """
    lock(registration.practitioner)
    require_no_later(registration, last_day)
    rows = [registration, *left_beside(registration, last_day)]
    to_come = not_begun(rows, last_day, timezone.localdate(at))
    for row in to_come:
        _tell_cases(row, actor, at)
        withdraw_registration(row)
    return [
        end_registration(
            actor=actor,
            registration=row,
            last_day=last_day,
            at=at,
            because=because,
            announced_on=announced_on,
        )
        for row in rows
        if row not in to_come
    ]


def _tell_cases(registration: Registration, actor: Any, at: datetime) -> None:
    """Write into the open cases about a post that it was withdrawn before it began."""
    sides = CaseSide.objects.filter(
        registration=registration, case__state=DiscrepancyCase.State.OPEN
    )
    for side in sides.select_related("case"):
        text = gettext(
            "The registration at %(place)s from %(day)s was withdrawn: it never began."
        ) % {
            "place": registration.facility.name,
            "day": f"{registration.valid_from:%d/%m/%Y}",
        }
        note_step(side.case, CaseStep.Kind.EFFECT, actor, at, side=side, text=text)


def not_begun(rows: Iterable[Registration], last_day: date, today: date) -> list[Registration]:
    """Return the posts that a leaving after a last day withdraws: they have not begun by then, nor yet."""
    return [row for row in rows if row.valid_from > max(last_day, today)]


def left_beside(registration: Registration, last_day: date) -> QuerySet[Registration]:
    """Return the other posts at the facility that a person leaves after a last day, those to come too."""
    rows = Registration.objects.filter(
        not_over(last_day + ONE_DAY),
        practitioner=registration.practitioner_id,
        facility=registration.facility_id,
    )
    return rows.exclude(pk=registration.pk).order_by("valid_from", "id")


@transaction.atomic
def announce_leaving(*, actor: Any, registration: Registration, on: date) -> Registration:
    """Note that the facility reported to the department that the person stopped practising there."""
    if registration.valid_until is None:
        raise ValidationError(
            _("Say first on which day this person practises here for the last time."),
            code="registration_still_holds",
        )
    registration.leaving_announced_on = on
    registration.full_clean()
    registration.save(update_fields=["leaving_announced_on"])
    return registration
