"""The numbers of a citizen: claimed, verified, cancelled and issued anew."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.services.entries import NumberEntry
from healthrecords.services.number_cases import close_cases, open_cases, reopen_cases
from healthrecords.services.row_sources import by_card, note_row, typed_now
from healthrecords.services.sources import Spoken
from portal.identifiers import (
    Identifier,
    InsuranceCard,
    OldIdCard,
    Passport,
    PersonalNumber,
    SocialInsuranceNumber,
)

Kind, Ending = CitizenIdentifier.Kind, CitizenIdentifier.Ending
# What the form of a record shows, and so what leaving it out takes back.
ON_FORM = frozenset(
    {Kind.PERSONAL, Kind.OLD_CARD, Kind.PASSPORT, Kind.INSURANCE_CARD, Kind.INSURANCE_NUMBER}
)
# What a person's papers bear and the form has no box for.
ADDED = (
    Kind.FOREIGN_ACCOUNT,
    Kind.ORIGIN_CERTIFICATE,
    Kind.BIRTH_PAPER,
    Kind.BIRTH_REGISTRATION,
    Kind.FACILITY_NUMBER,
)
# How a number issued in place of another is read; whoever had a temporary one gets a personal one.
READ_AS: Mapping[str, type[Identifier]] = {
    Kind.PERSONAL: PersonalNumber,
    Kind.TEMPORARY: PersonalNumber,
    Kind.OLD_CARD: OldIdCard,
    Kind.PASSPORT: Passport,
    Kind.INSURANCE_CARD: InsuranceCard,
    Kind.INSURANCE_NUMBER: SocialInsuranceNumber,
}
SHORTEST = 4  # a shorter one is not found by (healthrecords.finder)
VERIFIED_ONCE = "citizenidentifier_verified_once"
# Letters and digits that are not taken for each other when they are read aloud.
SIGNS = "23456789ACDEFHJKLMNPQRTUVWXY"


def claim_numbers(citizen: Citizen, numbers: Sequence[NumberEntry], *, spoken: Spoken) -> None:
    """Keep the numbers a citizen claims that are not kept yet."""
    held = set(citizen.identifiers.filter(ended_on=None).values_list("kind", "value"))
    for number in numbers:
        if (number.kind, number.value) in held:
            continue
        identifier = CitizenIdentifier(
            citizen=citizen,
            kind=number.kind,
            value=number.value,
            origin=number.origin,
            issued_on=number.issued_on,
        )
        identifier.full_clean()
        identifier.save(force_insert=True)
        note_row(identifier, {}, by_card(spoken, number.origin))
        reopen_cases([citizen.pk])


def shown_numbers(citizen: Citizen) -> list[CitizenIdentifier]:
    """Return the numbers that banner and form show: of each kind the verified one, else the latest.

    A record joined with another, or named by two files, holds several of one kind. A card of
    insurance shows the number at its end along with it, and hides any other.
    """
    held = list(citizen.identifiers.filter(ended_on=None).order_by("-is_verified", "-id"))
    found: dict[str, CitizenIdentifier] = {}
    for row in held:
        if row.kind in ON_FORM:
            found.setdefault(row.kind, row)
    if card := found.get(Kind.INSURANCE_CARD):
        found.pop(Kind.INSURANCE_NUMBER, None)
        short = InsuranceCard(card.value).social_insurance_number
        own = (row for row in held if (row.kind, row.value) == (Kind.INSURANCE_NUMBER, short))
        return [*found.values(), *own]
    return list(found.values())


def change_numbers(
    citizen: Citizen, numbers: Sequence[NumberEntry], *, renewed: Collection[str], spoken: Spoken
) -> None:
    """Let a citizen go by the numbers that a form claims, in place of those it showed.

    Of the kinds in ``renewed`` a new paper was issued, and so it is where an insurance card keeps its
    last ten digits (they are the person's, the five in front change with the group): the former number
    names its successor and still finds its holder. Any other was written wrongly.
    """
    on = timezone.localdate(spoken.at)
    ended = _end_unclaimed(citizen, numbers, on=on)
    claim_numbers(citizen, numbers, spoken=spoken)
    for row in ended:
        after = _issued_after(row, numbers)
        if after is None or not (row.kind in renewed or _keeps_digits(row, after)):
            continue
        row.ending = Ending.REPLACED
        row.successor = citizen.identifiers.get(kind=after.kind, value=after.value, ended_on=None)
        row.save(update_fields=["ending", "successor"])
    retire_temporary(citizen, on=on)
    close_cases([citizen.pk], by=spoken.by, at=spoken.at)


def _end_unclaimed(
    citizen: Citizen, numbers: Sequence[NumberEntry], *, on: date
) -> list[CitizenIdentifier]:
    """End the numbers that the form showed and that are no longer claimed; return them.

    What the form did not show nobody took back; a verified personal number is never ended so.
    """
    claimed = {(number.kind, number.value) for number in numbers}
    ended = []
    for identifier in shown_numbers(citizen):
        if (identifier.kind, identifier.value) in claimed:
            continue
        if identifier.is_verified and identifier.kind == Kind.PERSONAL:
            raise ValidationError(
                _(
                    "The number %(number)s is verified and does not go away by typing over it. If it was"
                    " cancelled or belongs to another person, say so under “Numbers” of the record."
                ),
                code="number_is_verified",
                params={"number": identifier.value},
            )
        identifier.ended_on, identifier.ending = on, Ending.CORRECTED
        identifier.save(update_fields=["ended_on", "ending"])
        ended.append(identifier)
    return ended


def _issued_after(row: CitizenIdentifier, numbers: Sequence[NumberEntry]) -> NumberEntry | None:
    """Return the number that stands where one stood.

    A card may give way to its ten digits alone, and both to the personal number.
    """
    after: Mapping[str, Sequence[str]] = {
        Kind.INSURANCE_CARD: (Kind.INSURANCE_NUMBER, Kind.PERSONAL),
        Kind.INSURANCE_NUMBER: (Kind.PERSONAL,),
    }
    kinds = (row.kind, *after.get(row.kind, ()))
    found = {number.kind: number for number in reversed(numbers)}
    return next((found[kind] for kind in kinds if kind in found), None)


def _keeps_digits(row: CitizenIdentifier, after: NumberEntry) -> bool:
    is_insurance = {row.kind, after.kind} <= {Kind.INSURANCE_CARD, Kind.INSURANCE_NUMBER}
    return is_insurance and row.value[-10:] == after.value[-10:]


def temporary_number(on: date) -> str:
    """Make a number for who has none: it cannot be taken for one of 12 digits."""
    return f"T{on:%y}-" + "-".join(
        "".join(secrets.choice(SIGNS) for _sign in range(4)) for _part in range(2)
    )


def give_temporary_number(citizen: Citizen, *, spoken: Spoken) -> CitizenIdentifier:
    """Give a newborn or an unknown person a number to be found by meanwhile."""
    on = timezone.localdate(spoken.at)
    identifier = CitizenIdentifier(
        citizen=citizen, kind=Kind.TEMPORARY, value=temporary_number(on), issued_on=on
    )
    identifier.full_clean()
    identifier.save(force_insert=True)
    note_row(identifier, {}, spoken)
    return identifier


def retire_temporary(citizen: Citizen, *, on: date) -> None:
    """End temporary numbers by the personal number that has come."""
    successor = citizen.identifiers.filter(kind=Kind.PERSONAL, ended_on=None).first()
    if successor is None:
        return
    for temporary in citizen.identifiers.filter(kind=Kind.TEMPORARY, ended_on=None):
        temporary.ended_on, temporary.ending = on, Ending.REPLACED
        temporary.successor = successor
        temporary.save(update_fields=["ended_on", "ending", "successor"])


@transaction.atomic
def add_number(
    *, actor: Any, citizen: Citizen, kind: str, value: str, issued_on: date | None, at: datetime
) -> CitizenIdentifier:
    """Keep a number that the form of a record has no box for, as its paper says.

    A facility's own number for a patient is that of the facility where the actor works.
    """
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, citizen)
    if kind not in ADDED:
        raise ValidationError(
            {"kind": ValidationError(_("Choose the kind of number."), "required")}
        )
    try:
        value = _whole(value)
    except ValidationError as refused:
        raise ValidationError({"value": refused}) from refused
    issuer = actor.place_of_work if kind == Kind.FACILITY_NUMBER else None
    if citizen.identifiers.filter(kind=kind, value=value, issuer=issuer, ended_on=None).exists():
        raise ValidationError(
            {
                "value": ValidationError(
                    _("The record has the number %(number)s already."),
                    "number_known",
                    params={"number": value},
                )
            }
        )
    row = CitizenIdentifier(
        citizen=citizen, kind=kind, value=value, issued_on=issued_on, issuer=issuer
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, {}, typed_now(actor, at))
    if kind not in CitizenIdentifier.LOCAL:
        open_cases(row, at=at)
    return row


def _whole(text: str) -> str:
    """Return a number without a form of its own as its paper has it."""
    value = " ".join(text.split()).upper()
    if not len(value) >= SHORTEST or not any(sign.isdigit() for sign in value):
        raise ValidationError(
            _(
                "“%(number)s” is no whole number of a paper; write it as it stands there, with"
                " its letters."
            ),
            "number_unreadable",
            params={"number": value},
        )
    return value


@transaction.atomic
def end_number(
    *,
    actor: Any,
    identifier: CitizenIdentifier,
    ending: str,
    note: str,
    successor: str = "",
    at: datetime,
    spoken: Spoken | None = None,
) -> CitizenIdentifier:
    """End a number for a reason; a number issued in its place becomes its successor.

    The successor is claimed like any number: another record that holds it becomes a twin case.
    ``spoken`` says who told of it, where it was not typed.
    """
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, identifier.citizen)
    identifier = CitizenIdentifier.objects.select_for_update().get(pk=identifier.pk)
    note, issued = " ".join(note.split()), read_successor(identifier, successor)
    _require_endable(identifier, ending=ending, note=note, issued=issued)
    on = timezone.localdate(at)
    identifier.ended_on, identifier.ending, identifier.ending_note = on, ending, note
    if issued is not None:
        spoken = spoken or typed_now(actor, at)
        identifier.successor = _issue(identifier, issued, at=at, spoken=spoken)
    identifier.save(update_fields=["ended_on", "ending", "ending_note", "successor"])
    close_cases([identifier.citizen_id], by=actor, at=at)
    return identifier


def read_successor(identifier: CitizenIdentifier, text: str) -> tuple[str, str] | None:
    """Return kind and value of the number issued in place of another, read as its kind is written.

    Insurance cards printed since 04/2021 show ten digits alone, an insurance number; since 2025 it may
    be the personal one.
    """
    if not text.strip():
        return None
    kind, read_as = identifier.kind, READ_AS.get(identifier.kind)
    try:
        read = read_as.parse(text) if read_as else None
        value = read.value if read else _whole(text)
    except ValidationError as refused:
        raise ValidationError({"successor": refused}) from refused
    if isinstance(read, InsuranceCard):
        return read.named_by()[0]
    return (Kind.PERSONAL if isinstance(read, PersonalNumber) else kind), value


def _require_endable(
    identifier: CitizenIdentifier, *, ending: str, note: str, issued: tuple[str, str] | None
) -> None:
    if identifier.ended_on is not None:
        raise ValidationError(
            _("The number %(number)s ended on %(day)s already."),
            code="number_ended",
            params={"number": identifier.value, "day": f"{identifier.ended_on:%d/%m/%Y}"},
        )
    if ending not in Ending.values or not ending:
        raise ValidationError({"ending": ValidationError(_("Choose why it ends."), "required")})
    if ending == Ending.CANCELLED and not note:
        raise ValidationError(
            {
                "note": ValidationError(
                    _("Write who cancelled the number and by which paper."), "reason_missing"
                )
            }
        )
    if issued == (identifier.kind, identifier.value):
        raise ValidationError(
            {
                "successor": ValidationError(
                    _("%(number)s is the number that ends; write the new one."),
                    "successor_is_itself",
                    params={"number": identifier.value},
                )
            }
        )


def _issue(
    identifier: CitizenIdentifier, number: tuple[str, str], *, at: datetime, spoken: Spoken
) -> CitizenIdentifier:
    (kind, value), citizen = number, identifier.citizen
    issuer = identifier.issuer if kind == Kind.FACILITY_NUMBER else None
    said = {"kind": kind, "value": value, "issuer": issuer}
    found = citizen.identifiers.filter(**said, ended_on=None).first()
    if found is not None:
        return found
    issued = CitizenIdentifier(citizen=citizen, issued_on=timezone.localdate(at), **said)
    issued.full_clean()
    issued.save(force_insert=True)
    note_row(issued, {}, spoken)
    if kind not in CitizenIdentifier.LOCAL:
        open_cases(issued, at=at)
    return issued


def verify_number(identifier: CitizenIdentifier, *, at: datetime, by: Any = None) -> bool:
    """Mark a number as verified; where another record holds it verified, open a twin case instead.

    Of two records that are answered at once the database lets one have it.
    """
    if identifier.is_verified or identifier.ended_on is not None:
        return identifier.is_verified
    cases = open_cases(identifier, at=at)
    taken = CitizenIdentifier.objects.filter(
        kind=identifier.kind, value=identifier.value, ended_on=None, is_verified=True
    ).exists()
    if taken and cases:
        return False
    verified = {"is_verified": True, "verified_at": at, "verified_by": by}
    try:
        with transaction.atomic():
            CitizenIdentifier.objects.filter(pk=identifier.pk).update(**verified)
    except IntegrityError as error:
        if _constraint_of(error) != VERIFIED_ONCE:
            raise
        open_cases(identifier, at=at)
        return False
    for name, value in verified.items():
        setattr(identifier, name, value)
    return True


def _constraint_of(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
