"""Where is a person insured whose records are joined, and where is each of two that are parted?

A citizen has one relation to a place for insurance, so that of one of two joined records waits at
home. While they are one the place cares as long as both said together; once they are parted each
record says again what its own cards do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, CitizenMerge, Coverage, MergedRow
from healthrecords.services.coverage import INSURED, terms_of

Roots = Mapping[UUID, UUID]  # of each record the one that speaks for it
Days = tuple[date, date | None]


def join_insurance(held: Mapping[UUID, Citizen], roots: Roots, merge: CitizenMerge) -> None:
    """Let a place where both records are insured care as long as both said together.

    ``held`` says of each record who spoke for it before it was joined.
    """
    joined = {key for key, row in held.items() if merge.merged_id in (key, row.merged_into_id)}
    rows = _relations(roots)
    homes = _homes(rows)
    for front, behind in _pairs(rows, roots):
        if (homes[front.pk] in joined) != (homes[behind.pk] in joined):
            _cover(front, behind, on=timezone.localdate(merge.merged_at))


def part_insurance(roots: Roots, merge: CitizenMerge, *, at: datetime) -> None:
    """Let each record be insured as its own cards say, where that changed while it was joined."""
    on, rows = timezone.localdate(at), _relations(roots)
    homes = _homes(rows)
    since = _joined_since(roots, merge)
    was = _days_before(rows, homes, since)
    changed = [row for row in rows if row.pk in was and was[row.pk] != (row.since, row.until)]
    moved = set()
    for root in {row.citizen_id for row in changed}:
        back = [row for row in changed if row.citizen_id == root]
        insured = _Insured(root, back, on)
        for row in back:
            if not _restore(row, was[row.pk], insured, joined=since[homes[row.pk]]):
                moved.add(row.pk)
    for front, behind in _pairs(rows, roots):
        if front.pk not in moved:
            _cover(front, behind, on=on)


def _relations(roots: Roots) -> list[CareRelation]:
    rows = CareRelation.objects.select_for_update().filter(citizen__in=[*roots], ground=INSURED)
    return list(rows.order_by("pk"))


def _homes(rows: list[CareRelation]) -> dict[UUID, UUID]:
    """Return for which record each relation was written."""
    keys = [row.pk for row in rows]
    away = MergedRow.objects.filter(table=CareRelation._meta.db_table, row_id__in=keys)
    return {row.pk: row.citizen_id for row in rows} | dict(away.values_list("row_id", "home"))


def _pairs(rows: list[CareRelation], roots: Roots) -> list[tuple[CareRelation, CareRelation]]:
    """Return the relations in front with each that waits behind it at its home."""
    alike = defaultdict(list)
    for row in rows:
        alike[roots[row.citizen_id], row.organisation_id].append(row)
    return [
        (front, behind)
        for (root, _place), found in alike.items()
        for front in found
        if front.citizen_id == root
        for behind in found
        if behind is not front
    ]


def _cover(front: CareRelation, behind: CareRelation, *, on: date) -> None:
    if behind.until is not None and behind.until < on:
        return
    until = None if None in (front.until, behind.until) else max(front.until, behind.until)  # type: ignore[type-var]
    _say(front, (min(front.since, behind.since), until))


def _say(row: CareRelation, days: Days) -> None:
    if days != (row.since, row.until):
        row.since, row.until = days
        row.save(update_fields=["since", "until"])


def _joined_since(roots: Roots, merge: CitizenMerge) -> dict[UUID, CitizenMerge]:
    """Return of each record the first joining that lasted when it was joined last."""
    rows = CitizenMerge.objects.filter(Q(survivor__in=[*roots]) | Q(merged__in=[*roots]))
    rows = rows.filter(Q(undone_at=None) | Q(undone_at__gt=merge.merged_at) | Q(pk=merge.pk))
    found: dict[UUID, CitizenMerge] = {}
    for row in rows.order_by("pk"):
        for side in (row.survivor_id, row.merged_id):
            found.setdefault(side, row)
    return found


def _days_before(
    rows: list[CareRelation], homes: Mapping[UUID, UUID], since: Mapping[UUID, CitizenMerge]
) -> dict[UUID, Days]:
    """Return what relations said before their record was joined; none of those written since."""
    history: Any = CareRelation._meta.get_field("historys").related_model
    said = history.objects.filter(pgh_obj__in=[row.pk for row in rows]).order_by("pgh_id")
    found: dict[UUID, Days] = {}
    for key, at, begin, end in said.values_list("pgh_obj", "pgh_id", "since", "until"):
        joined = since.get(homes[key])
        if joined is not None and key < joined.pk and at < joined.pk:
            found[key] = begin, end
    return found


def _restore(row: CareRelation, was: Days, root: _Insured, *, joined: CitizenMerge) -> bool:
    """Let a relation say what the cards of its record say by now, else what it said before.

    One that had ended, and stands by a card of since, keeps its new beginning. Where the record was
    registered elsewhere since and no card names the place any more, it stays as it is. Return whether
    it says what it said before.
    """
    had_ended = was[1] is not None and was[1] < timezone.localdate(joined.merged_at)
    has_news = root.cards.filter(pk__gt=joined.pk).exists()
    term = root.terms.get(row.organisation_id)
    if term is not None and (has_news or not had_ended):
        begin = row.since if had_ended else was[0]
        until = None if term.end == date.max else term.end
        _say(row, (begin if begin <= root.on else max(root.on, term.begin), until))
    elif not has_news and not root.relations.filter(pk__gt=joined.pk).exists():
        _say(row, was)
    return was == (row.since, row.until)


class _Insured:
    """A record that speaks for itself again: its relations, its cards, how long they register it."""

    def __init__(self, citizen: UUID, back: Iterable[CareRelation], on: date) -> None:
        self.on = on
        self.relations = CareRelation.objects.filter(citizen=citizen, ground=INSURED)
        self.cards = Coverage.objects.filter(citizen=citizen, withdrawn_on=None)
        places = set(self.relations.not_over(on).values_list("organisation", flat=True))
        places |= {row.organisation_id for row in back}
        self.terms = terms_of(citizen, places, on=on)
