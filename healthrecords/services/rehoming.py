"""The people of a place of care go with it to who continues: their home station and its care."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from facilities.services.continuing import Continued
from healthrecords.models import CareRelation, Citizen, Visit
from healthrecords.querysets import NOT_HELD
from portal.places.models import Organisation

ONE_DAY = timedelta(days=1)
AT_ONCE = 2000
Ground = CareRelation.Ground


@transaction.atomic
def carry(step: Continued) -> dict[str, Any]:
    """Let the people of a place be those of its heir; return who moved and whose care began.

    Who cares for whom is handed on too: otherwise the heir could not open who was treated there
    and lives elsewhere. Where the old place works on as a point, its staff keep their people.
    """
    moved = list(_lock(Citizen.objects.filter(home_station=step.old)))
    Citizen.objects.filter(pk__in=moved).update(home_station=step.heir)
    if step.stands_as_point:
        wanted = [(pk, str(Ground.RESIDENCE), step.on, None) for pk in moved]
        care = _begin(step.old, wanted, step)
    else:
        care = _begin(step.heir, _cared_for(step), step)
    return {"home": [str(pk) for pk in moved], "care": care}


@transaction.atomic
def give_back(step: Continued, kept: dict[str, Any]) -> None:
    """Let the people be those of the old place again who have not moved elsewhere since.

    Whoever came to the heir meanwhile from a commune that only the step gave it goes back as well.
    """
    theirs = Q(pk__in=kept["home"]) | Q(area__in=step.areas)
    back = list(_lock(Citizen.objects.filter(theirs, home_station=step.heir)))
    Citizen.objects.filter(pk__in=back).update(home_station=step.old)
    _end(kept["care"], step.today)


def _lock(rows: Any) -> Iterable[UUID]:
    """Return the keys of people, locked in their order."""
    found: Iterable[UUID] = rows.order_by("pk").select_for_update().values_list("pk", flat=True)
    return found


def _cared_for(step: Continued) -> list[tuple[UUID, str, date, date | None]]:
    """Return whom the old place cares for: on which ground, since the step or a later card, how long."""
    rows = CareRelation.objects.not_over(step.today).filter(organisation=step.old)
    held = rows.order_by("pk").values_list("citizen", "ground", "since", "until")
    return [
        (person, ground, since if since > step.today else step.on, until)
        for person, ground, since, until in held
    ]


def _begin(
    place: Organisation,
    wanted: Collection[tuple[UUID, str, date, date | None]],
    step: Continued,
) -> dict[str, Any]:
    """Let a place care for people from the day of the step; return what was not so before.

    A relation that ended begins again, one that ends earlier is lengthened, as by ``care_for``, and one
    that begins with a later card begins now.
    """
    known = {
        (row.citizen_id, row.ground): row
        for row in CareRelation.objects.select_for_update().filter(organisation=place)
    }
    made, changed, ended, begun = [], [], {}, {}
    for citizen, ground, since, until in wanted:
        row = known.get((citizen, ground))
        if row is None:
            made.append(
                CareRelation(
                    citizen_id=citizen,
                    organisation=place,
                    ground=ground,
                    since=since,
                    until=until,
                )
            )
            continue
        was = row.since, row.until
        if row.until is not None and (until is None or row.until < until):
            ended[str(row.pk)] = row.until.isoformat()
            row.until = until
        if since < row.since:
            begun[str(row.pk)] = row.since.isoformat()
            row.since = since
        if was != (row.since, row.until):
            changed.append(row)
    CareRelation.objects.bulk_create(made, batch_size=AT_ONCE)
    CareRelation.objects.bulk_update(changed, ["since", "until"], batch_size=AT_ONCE)
    return {"begun": [str(row.pk) for row in made], "until": ended, "since": begun}


def _end(care: dict[str, Any], today: date) -> None:
    """End what a step began, but where the person was seen there since."""
    seen = Visit.objects.filter(
        citizen=OuterRef("citizen"),
        facility=OuterRef("organisation"),
    ).exclude(status__in=NOT_HELD)
    rows = CareRelation.objects.exclude(Exists(seen), ground=Ground.VISIT)
    rows.filter(pk__in=care["begun"]).update(until=today - ONE_DAY)
    ended, begun = care["until"], care.get("since", {})
    changed = list(rows.filter(pk__in=ended.keys() | begun.keys()))
    for row in changed:
        key = str(row.pk)
        row.until = date.fromisoformat(ended[key]) if key in ended else row.until
        row.since = date.fromisoformat(begun[key]) if key in begun else row.since
    CareRelation.objects.bulk_update(changed, ["since", "until"], batch_size=AT_ONCE)
