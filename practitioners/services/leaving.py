"""End a person's practice at a facility, one post or all, and note that it was reported."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from practitioners.models import ProfileSource, Registration
from practitioners.services.registrations import close_slots, lock
from practitioners.services.sources import note_row


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

    Who ends one brings its last day forward, never back: a stay grows longer by review alone.
    """
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    require_no_later(row, last_day)
    row.valid_until, row.ended_because = last_day, because
    row.leaving_announced_on = announced_on
    row.full_clean()
    row.save(update_fields=["valid_until", "ended_because", "leaving_announced_on"])
    note_row(row, source=source, by=actor, at=at, only=("valid_until", "ended_because"))
    close_slots(list(row.slots.meeting(last_day, None)), last_day=last_day)
    open_after = Q(valid_until=None) | Q(valid_until__gt=last_day)
    row.techniques.filter(open_after, valid_from__lte=last_day).update(valid_until=last_day)
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
    """End all posts a person has at the facility of one of them: who leaves a house leaves all."""
    lock(registration.practitioner)
    require_no_later(registration, last_day)
    beside = Registration.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=last_day),
        practitioner=registration.practitioner_id,
        facility=registration.facility_id,
    ).exclude(pk=registration.pk)
    return [
        end_registration(
            actor=actor,
            registration=row,
            last_day=last_day,
            at=at,
            because=because,
            announced_on=announced_on,
        )
        for row in (registration, *beside.order_by("valid_from", "id"))
    ]


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
