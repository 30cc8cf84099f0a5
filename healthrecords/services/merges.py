"""Join two records that are one person, and part them again, in any order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, Citizen, CitizenMerge, Visit
from healthrecords.services import (
    doses,
    following,
    grounds,
    insured,
    merged_cases,
    merged_deaths,
    merged_endings,
    merged_fields,
    merged_lives,
    merged_rows,
    receiving,
)
from healthrecords.services.access import (
    find_access,
    place_to_act,
    require_access,
    sees_sensitive,
)
from healthrecords.services.identity import count_open
from healthrecords.services.number_cases import close_cases, lift_endings, reopen_cases
from healthrecords.services.standing import hold_trees, roots_of
from healthrecords.services.versions import SavedByAnotherError, version_of_citizen
from portal.places.models import Organisation
from portal.scope import scope_of

Row = tuple[str, UUID]  # table, key


@transaction.atomic
def merge_citizens(
    *,
    actor: Any,
    survivor: Citizen,
    merged: Citizen,
    take: Collection[str] = (),
    read: Mapping[UUID, str] | None = None,
    reason: str = "",
    at: datetime,
) -> CitizenMerge:
    """Let ``survivor`` speak for both records; ``take`` names what it answers as the other one did.

    Locks both. ``read`` holds the versions that the person compared. Nothing is lost: each row is
    known to be its record's, and :func:`unmerge_citizens` gives both back.
    """
    held = hold_trees(survivor.pk, merged.pk)
    survivor, merged = held[survivor.pk], held[merged.pk]
    _require_two_records(survivor, merged)
    place = require_joinable(actor, (survivor, merged), at)
    _require_as_read(read or {})
    as_they_were = copy(survivor), copy(merged)
    merge = CitizenMerge(
        survivor=survivor,
        merged=merged,
        organisation=place,
        reason=" ".join(reason.split())[:500],
        taken=merged_fields.take(survivor, merged, take),
        survivor_was=merged_fields.answers(as_they_were[0]),
        merged_was=merged_fields.answers(as_they_were[1]),
        merged_at=at,
        merged_by=actor,
    )
    merge.full_clean(exclude=["survivor_was", "merged_was"])
    merge.save(force_insert=True)
    survivor.full_clean(exclude=["client_key", "name_norm"])
    merged_lives.require_possible(survivor, as_they_were, actor=actor, at=at)
    survivor.save()
    roots = _settle(held, merge)
    insured.join_insurance(held, roots, merge)
    return merge


@transaction.atomic
def unmerge_citizens(
    *,
    actor: Any,
    merge: CitizenMerge,
    to_merged: Collection[Row] = (),
    are_two: bool = False,
    reason: str = "",
    at: datetime,
) -> CitizenMerge:
    """Give both records back what was theirs, whatever was joined, written or ended since.

    Rows that were entered since stay with the record that speaks now, but those of ``to_merged``:
    whoever says whose they are must see each of them. Care that visits gave goes with them, and so
    does a death that they told.
    ``are_two`` also answers that these are two people, so that nobody asks again.
    """
    held = hold_trees(merge.survivor_id)
    merge = CitizenMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise ValidationError(
            _("These two records were parted already on %(day)s."),
            code="unmerged_already",
            params={"day": f"{merge.undone_at:%d/%m/%Y}"},
        )
    root = next(row for row in held.values() if row.merged_into_id is None)
    require_joinable(actor, (root,), at)
    require_whole_sight(require_access(actor, root, at))
    told = merged_deaths.told_by(root, merge)
    merged_fields.lift(merge)
    handed = _entered_since(merge, root, to_merged)
    ended = merged_endings.ended_since(merge, handed={key for _table, key in handed})
    merged_rows.hand_over(handed, to=merge.merged_id, merge=merge)
    merged_deaths.follow_visits(list(held), merge=merge)
    merge.undone_at, merge.undone_by = at, actor
    merge.undone_reason = " ".join(reason.split())[:500]
    merge.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    roots = _settle(held, merge, said={one.key: one.was for one in ended})
    merged_deaths.part(merge, roots, told)
    doses.leave_again([one.row.pk for one in ended], actor=actor, at=at)
    receiving.part(list(held), on=timezone.localdate(at))
    grounds.part_care(merge, roots, at=at)
    insured.part_insurance(roots, merge, at=at)
    if are_two:
        merged_cases.answer_two(merge, actor=actor, at=at)
    return merge


def _settle(
    held: Mapping[UUID, Citizen],
    merge: CitizenMerge,
    *,
    said: Mapping[merged_endings.Key, merged_endings.Values] = MappingProxyType({}),
) -> Mapping[UUID, UUID]:
    """Let every record point at the one that speaks for it, and its rows stand there.

    ``said`` is what rows that go home say of their end again.
    """
    roots = roots_of(held)
    for key, root in roots.items():
        speaks = None if root == key else root
        Citizen.objects.filter(pk=key).exclude(merged_into=speaks).update(merged_into=speaks)
    merged_rows.settle(roots, merge=merge, said=said)
    merged_cases.settle(roots, merge=merge)
    if merge.undone_at is not None:
        lift_endings(roots)
    # What one of two gave up the other one may claim; parted, each claims its own.
    reopen_cases(set(roots.values()))
    by, at = merge.undone_by or merge.merged_by, merge.undone_at or merge.merged_at
    close_cases(set(roots.values()), by=by, at=at)
    for citizen in Citizen.objects.filter(
        pk__in=list(roots), identity_checks__isnull=False
    ).distinct():
        count_open(citizen)
    visits = Visit.objects.filter(citizen__in=set(roots.values()) | set(roots))
    following.tell(visits.order_by().values_list("pk", flat=True))
    return roots


def require_joinable(actor: Any, people: Collection[Citizen], at: datetime) -> Organisation:
    """Refuse to join or part records unless all are open and one is kept by the actor's own places.

    Joining is an entry, and it shows each record to those who care for the other one.
    """
    place = place_to_act(actor, "enter_records")
    if place is None:
        raise PermissionDenied(
            _("Joining records needs the role of a clerk or clinician at a place of care.")
        )
    for citizen in people:
        if find_access(user=actor, citizen_id=citizen.pk, at=at) is None:
            raise PermissionDenied(_("This record is not open to you; open it first."))
    mine = Citizen.objects.within(scope_of(actor, "enter_records"))
    if not mine.filter(pk__in=[citizen.pk for citizen in people]).exists():
        raise PermissionDenied(
            _("Both records are kept by other places; ask one of them to join or part them.")
        )
    return place


def require_whole_sight(access: CareAccess) -> None:
    """Refuse to part records for those who may not see protected rows, whether there are any or not.

    Joining moves every row and asks about none. Parting asks whose each new row is: one that the
    official does not see would stay with the wrong person, and a refusal for its sake would tell of it.
    """
    if not sees_sensitive(access):
        raise PermissionDenied(
            _(
                "Parting records asks whose each entry is, so it needs somebody who may see every"
                " entry: a clinician or the head of your place of care."
            )
        )


def _require_two_records(survivor: Citizen, merged: Citizen) -> None:
    if survivor.pk == merged.pk:
        raise ValidationError(
            _("This is one record already; choose another one to join it with."), code="same_record"
        )
    for citizen in (survivor, merged):
        if citizen.merged_into_id is not None or citizen.withdrawn_at is not None:
            raise ValidationError(
                _(
                    "The record of %(name)s was joined with another one or withdrawn meanwhile;"
                    " open it again."
                ),
                code="merged_meanwhile",
                params={"name": citizen.name},
            )


def _require_as_read(read: Mapping[UUID, str]) -> None:
    for key, version in read.items():
        citizen = Citizen.objects.get(pk=key)
        if version_of_citizen(citizen) != version:
            raise SavedByAnotherError(
                _(
                    "Somebody else saved the record of %(name)s after you opened it."
                    " Compare once more."
                ),
                code="saved_by_another",
                params={"name": citizen.name},
            )


def _entered_since(merge: CitizenMerge, root: Citizen, rows: Collection[Row]) -> list[Row]:
    """Return those of ``rows`` that were entered since, and stand with the record that speaks."""
    wanted = set(rows)
    if not wanted:
        return []
    possible = {(row.table, row.key) for row in rows_since(merge, root)}
    if wanted - possible:
        raise ValidationError(
            _("Some of the rows changed their place meanwhile; look at the preview once more."),
            code="rows_changed",
        )
    return sorted(wanted)


def rows_since(merge: CitizenMerge, root: Citizen) -> list[merged_rows.Since]:
    """Return what was written for the record that speaks since the two were joined."""
    return merged_rows.written_since(root.pk, merge)
