"""Whom a citizen lives with, and who speaks for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Household,
    HouseholdMember,
    RelatedPerson,
)
from healthrecords.services.entries import RelativeEntry
from healthrecords.services.guests import in_front, own
from healthrecords.services.merged_rows import share_home
from healthrecords.services.row_sources import note_row, typed_now, values_of_row
from healthrecords.services.sources import Spoken
from portal.identifiers import PersonalNumber, PhoneNumber
from portal.names import display_name

Relation = HouseholdMember.Relation


@transaction.atomic
def begin_household(
    *, actor: Any, head: Citizen, number: str = "", at: datetime
) -> HouseholdMember:
    """Begin a household with its head, where the head lives."""
    _require(actor, head)
    number = " ".join(number.split())
    household = Household(number=number, area=head.area, address=head.address)
    household.full_clean()
    household.save(force_insert=True)
    return _enter(household, head, Relation.HEAD, spoken=typed_now(actor, at))


@transaction.atomic
def join_household(
    *, actor: Any, citizen: Citizen, member: Citizen, relation: str, at: datetime
) -> HouseholdMember:
    """Let a citizen belong to the household of another, whose own begins when there is none."""
    _require(actor, citizen)
    _require(actor, member)
    if member.pk == citizen.pk:
        raise ValidationError(
            _("This is the person's own number; write that of somebody in the household."),
            code="own_household",
        )
    if relation not in Relation.values or not relation:
        raise ValidationError(_("Choose the relation to the head."), code="relation_missing")
    theirs = member.memberships.filter(until=None).select_related("household").first()
    if theirs is None:
        theirs = begin_household(actor=actor, head=member, at=at)
    return _enter(theirs.household, citizen, relation, spoken=typed_now(actor, at))


@transaction.atomic
def leave_household(*, actor: Any, citizen: Citizen, at: datetime) -> HouseholdMember:
    """End a citizen's membership; a head leaves only when somebody else is the head, or alone."""
    _require(actor, citizen)
    row = citizen.memberships.select_for_update().filter(until=None).order_by("id").first()
    if row is None:
        raise ValidationError(_("The person belongs to no household now."), code="no_household")
    others = row.household.members.filter(until=None).exclude(pk=row.pk)
    if row.relation == Relation.HEAD and others.exists():
        raise ValidationError(
            _("The head leaves last; let another member become the head first."),
            code="head_leaves_last",
        )
    return _leave(row, on=timezone.localdate(at))


@transaction.atomic
def make_head(*, actor: Any, citizen: Citizen, at: datetime) -> HouseholdMember:
    """Let a member become the head; who was it before stays as another relation."""
    _require(actor, citizen)
    on, spoken = timezone.localdate(at), typed_now(actor, at)
    row = citizen.memberships.select_for_update().filter(until=None).order_by("id").first()
    if row is None:
        raise ValidationError(_("The person belongs to no household now."), code="no_household")
    if row.relation == Relation.HEAD:
        return row
    before = row.household.members.filter(until=None, relation=Relation.HEAD).first()
    household = row.household
    _leave(row, on=on)
    if before is not None:
        _leave(before, on=on)
        share_home(_enter(household, before.citizen, Relation.OTHER, spoken=spoken), of=before)
    head = _enter(household, citizen, Relation.HEAD, spoken=spoken)
    share_home(head, of=row)
    return head


def _enter(
    household: Household, citizen: Citizen, relation: str, *, spoken: Spoken
) -> HouseholdMember:
    on = timezone.localdate(spoken.at)
    row = HouseholdMember(household=household, citizen=citizen, relation=relation, since=on)
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, {}, spoken)
    return row


def _leave(row: HouseholdMember, *, on: date) -> HouseholdMember:
    row.until = on
    row.save(update_fields=["until"])
    return row


def _require(actor: Any, citizen: Citizen) -> None:
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, citizen)


@transaction.atomic
def add_relative(
    *, actor: Any, citizen: Citizen, entry: RelativeEntry, at: datetime
) -> RelatedPerson:
    """Keep somebody who belongs to a citizen."""
    _require(actor, citizen)
    return keep_relative(citizen, entry, spoken=typed_now(actor, at))


def keep_relative(citizen: Citizen, entry: RelativeEntry, *, spoken: Spoken) -> RelatedPerson:
    """Keep a relative once; the same relation and name said again is set right.

    Of joined records that both know the relative, the row of the one that stays is set right; one
    that only the other knows is set right there, and goes home with it.
    The number is the relative's own: a mother's number on a newborn is never the child's.
    """
    number = PersonalNumber.parse(entry.number).value if entry.number.strip() else ""
    phone = PhoneNumber.parse(entry.phone).value if entry.phone.strip() else ""
    name = display_name(entry.name)
    alike = citizen.relatives.filter(relation=entry.relation, name=name, until=None)
    known = in_front(alike).first()
    on, before = timezone.localdate(spoken.at), values_of_row(known) if known else {}
    row = known or RelatedPerson(citizen=citizen, relation=entry.relation, name=name, since=on)
    row.number, row.phone, row.represents = number, phone, entry.represents
    row.person = person_of(number, besides=citizen) if number else None
    row.full_clean()
    row.save()
    note_row(row, before, spoken)
    return row


def person_of(number: str, *, besides: Citizen) -> Citizen | None:
    """Return the one record that goes by a personal number; of two nobody guesses."""
    rows = CitizenIdentifier.objects.filter(
        kind="personal",
        value=number,
        ended_on=None,
        citizen__merged_into=None,
        citizen__withdrawn_at=None,
    ).exclude(citizen=besides)
    found = list(rows.select_related("citizen")[:2])
    return found[0].citizen if len(found) == 1 else None


@transaction.atomic
def end_relative(*, actor: Any, relative: RelatedPerson, at: datetime) -> RelatedPerson:
    """Say that somebody does not belong to a citizen any more.

    What only a joined record says of them stays as it is; that they do not belong to the person is
    said by the record that speaks.
    """
    _require(actor, relative.citizen)
    row = own(relative)
    row.until = timezone.localdate(at)
    row.save()
    return row
