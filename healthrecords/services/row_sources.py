"""Which source says what of the rows around a citizen: cards, addresses, relatives, household, numbers?

A word of a row stands where its row stands: a joining carries both, parting gives both back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Citizen,
    CitizenAddress,
    CitizenIdentifier,
    Coverage,
    FieldSource,
    HouseholdMember,
    RelatedPerson,
)
from healthrecords.services.sources import LONGEST, Source, Spoken, said_since
from portal.places.models import OrganisationIdentifier

Field = FieldSource.Field
TABLES: tuple[type[Any], ...] = (
    Coverage,
    CitizenAddress,
    RelatedPerson,
    HouseholdMember,
    CitizenIdentifier,
)
# What tells the row itself; its other fields were said with it, unless they have their own word.
WHOLE: Mapping[type[models.Model], str] = {
    Coverage: Field.CARD_NUMBER,
    CitizenAddress: Field.FURTHER_ADDRESS,
    RelatedPerson: Field.RELATIVE,
    HouseholdMember: Field.HOUSEHOLD,
    CitizenIdentifier: Field.IDENTIFIER,
}


def values_of_row(row: Any) -> dict[str, str]:
    """Return a row's fields as sources say them; "" where nothing is known."""
    if isinstance(row, Coverage):
        said = card_values(
            row.number, row.registered_code, row.registered_at, row.valid_until, row.five_years_on
        )
    elif isinstance(row, CitizenAddress):
        area = row.area.code if row.area is not None else row.commune_code
        said = {Field.FURTHER_ADDRESS: f"{area} {row.text}".strip()}
    elif isinstance(row, RelatedPerson):
        said = {
            Field.RELATIVE: f"{row.relation} {row.name}",
            Field.RELATIVE_NUMBER: row.number,
            Field.RELATIVE_PHONE: row.phone,
            Field.SPEAKS_FOR: "yes" if row.represents else "",
        }
    elif isinstance(row, HouseholdMember):
        said = {Field.HOUSEHOLD: f"{row.relation} {row.household_id}"}
    else:
        said = {Field.IDENTIFIER: row.value}
    return {str(name): value[:LONGEST] for name, value in said.items()}


def card_values(
    number: str, code: str, place: Any, until: date | None, five_years_on: date | None
) -> dict[Any, str]:
    """Return what a card of insurance says, as sources say it."""
    return {
        Field.CARD_NUMBER: number,
        Field.CARD_PLACE: code or (place.name if place is not None else ""),
        Field.CARD_UNTIL: until.isoformat() if until else "",
        Field.CARD_YEARS: five_years_on.isoformat() if five_years_on else "",
    }


def note_row(row: Any, before: Mapping[str, str], spoken: Spoken) -> list[FieldSource]:
    """Keep who said what is new in a row; what stood there before keeps its own source."""
    said = {name: value for name, value in values_of_row(row).items() if value}
    return _keep(row, {k: v for k, v in said.items() if v != before.get(k, "")}, spoken)


def by_card(spoken: Spoken, origin: str) -> Spoken:
    """Return who speaks where the row was read from a card, not typed."""
    return replace(spoken, source=Source.CARD) if origin == Citizen.Origin.CARD else spoken


def _keep(row: Any, said: Mapping[str, str], spoken: Spoken) -> list[FieldSource]:
    return FieldSource.objects.bulk_create(
        FieldSource(
            citizen_id=row.citizen_id,
            field=name,
            row_id=row.pk,
            value=value,
            source=spoken.source,
            said_at=spoken.at,
            said_by=spoken.by,
            organisation=spoken.place,
            batch_id=spoken.batch_id,
            inquiry_id=spoken.inquiry_id,
            confirmed_at=spoken.confirmed_at,
            confirmed_by=spoken.confirmed_by,
        )
        for name, value in said.items()
    )


@transaction.atomic
def confirm_row(*, actor: Any, row: Any, at: datetime) -> list[FieldSource]:
    """Let a named person confirm what a row says: each of its values, as it stands now."""
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, row.citizen)
    row = type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
    _require_in_force(row)
    said = {name: value for name, value in values_of_row(row).items() if value}
    words = FieldSource.objects.select_for_update().filter(row_id=row.pk, set_aside_at=None)
    held: dict[str, FieldSource] = {}
    for word in words.order_by("said_at", "id"):
        if word.value == said.get(word.field):
            held[word.field] = word
    waiting = [word for word in held.values() if word.confirmed_at is None]
    unsaid = {name: value for name, value in said.items() if name not in held}
    if not waiting and not unsaid:
        raise ValidationError(
            _("This was confirmed before; the page shows who did it."), code="row_confirmed"
        )
    for word in waiting:
        word.confirmed_at, word.confirmed_by = at, actor
        word.save(update_fields=["confirmed_at", "confirmed_by"])
    whole = held.get(WHOLE[type(row)])
    spoken = Spoken(
        source=whole.source if whole else getattr(row, "origin", Source.TYPED),
        at=whole.said_at if whole else at,
        by=whole.said_by if whole else None,
        place=whole.organisation if whole else None,
        batch_id=whole.batch_id if whole else getattr(row, "batch_id", None),
        confirmed_at=at,
        confirmed_by=actor,
    )
    return [*waiting, *_keep(row, unsaid, spoken)]


def _require_in_force(row: Any) -> None:
    ended = {
        Coverage: "withdrawn_on",
        CitizenAddress: "valid_until",
        CitizenIdentifier: "ended_on",
        RelatedPerson: "until",
        HouseholdMember: "until",
    }
    if getattr(row, ended[type(row)]) is not None:
        raise ValidationError(
            _("This is no longer in force; only what stands now is confirmed."), code="row_over"
        )


def row_of(citizen: Citizen, key: UUID) -> Any:
    """Return the row of a citizen that a key names, or None."""
    for model in TABLES:
        row = model._base_manager.filter(citizen=citizen, pk=key).select_related("citizen").first()
        if row is not None:
            return row
    return None


def card_differences(
    citizen: Citizen, words: Iterable[FieldSource]
) -> list[tuple[FieldSource, str]]:
    """Return what files say otherwise of the citizen's cards and nobody settled, with our values."""
    by_row: dict[tuple[Any, str], list[FieldSource]] = {}
    for word in words:
        by_row.setdefault((word.row_id, word.field), []).append(word)
    found: list[tuple[FieldSource, str]] = []
    rows = citizen.coverages.filter(withdrawn_on=None).select_related("registered_at")
    for row in rows if by_row else ():
        for field, ours in values_of_row(row).items():
            said = by_row.get((row.pk, field), ())
            found += [(word, ours) for word in said_since(field, ours, said)]
    return found


def take_for_card(word: FieldSource, *, at: datetime) -> None:
    """Let a card say what a file says of it."""
    from healthrecords.services.coverage import INSURER, care_where_registered

    cards = Coverage.objects.select_for_update().filter(withdrawn_on=None)
    row = cards.get(pk=str(word.row_id))
    if word.field == Field.CARD_UNTIL:
        row.valid_until = date.fromisoformat(word.value)
    elif word.field == Field.CARD_YEARS:
        row.five_years_on = date.fromisoformat(word.value)
    else:
        held = OrganisationIdentifier.objects.current().filter(scheme=INSURER, value=word.value)
        place = held.select_related("organisation").first()
        row.registered_code = word.value[:5]
        row.registered_at = place.organisation if place is not None else None
    row.full_clean()
    row.save()
    care_where_registered(row, at=at)


def follow_rows(people: Sequence[UUID]) -> None:
    """Bring the words of rows to where their rows stand by now."""
    words = FieldSource.objects.filter(citizen__in=people, row_id__isnull=False)
    for model in TABLES:
        rows = model._base_manager.filter(pk=OuterRef("row_id"))
        astray = words.filter(Exists(rows.exclude(citizen=OuterRef("citizen"))))
        astray.update(citizen=Subquery(rows.values("citizen")))


def typed_now(actor: Any, at: datetime) -> Spoken:
    """Return who speaks where somebody types at their place of work."""
    return Spoken(Source.TYPED, at, actor, getattr(actor, "place_of_work", None))
