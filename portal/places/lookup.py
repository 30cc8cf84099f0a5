"""Which commune does an old or new code, or a name without marks, mean today?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Replace
from django.utils import timezone

from portal.database.periods import holds_on
from portal.names import name_norm
from portal.places.gazetteer import TWO_LEVELS_SINCE
from portal.places.models import (
    Area,
    AreaSuccession,
    FormerArea,
    GoverningBody,
    Organisation,
    OrganisationIdentifier,
)
from portal.places.models.organisation import OrganisationQuerySet

FETCHED = 500
UNIT = re.compile(r"^(?:xa|phuong|thi tran|dac khu|huyen) ")
Rank = tuple[bool, bool, bool, str]


@dataclass(frozen=True, slots=True)
class CommuneFound:
    """A commune of today that a text may mean; ``formerly`` is the old name that was typed."""

    area: Area
    formerly: str = ""


Ranked = tuple[Rank, CommuneFound]


def resolve_commune(code: str, on: date | None = None) -> list[Area]:
    """Return today's communes of a code; a split old commune has several.

    Old and new codes overlap: a code of a day before 1 July 2025 is read as an old one first.
    """
    code = code.strip()
    today = list(Area.objects.communes().filter(code=code).select_related("parent"))
    old = on is not None and on < TWO_LEVELS_SINCE
    if today and not old:
        return today
    became = Area.objects.filter(successions__former__code=code).select_related("parent")
    return list(became.order_by("code")) or today


def former_codes(area: Area) -> list[str]:
    """Return the codes of the old communes that became ``area``, wholly or in part."""
    rows = FormerArea.objects.filter(successions__area=area)
    return list(rows.order_by("code").values_list("code", flat=True))


def find_communes(text: str, *, limit: int = 20) -> list[CommuneFound]:
    """Return communes by words of their name and province without marks; old names count too."""
    folded = without_apostrophes(name_norm(text.replace(",", " ")))
    words = folded.split()
    if not words:
        return []
    ranked = sorted([*_now(words, folded), *_formerly(words, folded)], key=lambda item: item[0])
    found: dict[UUID, CommuneFound] = {}
    for _rank_of, commune in ranked:
        found.setdefault(commune.area.pk, commune)
    return list(found.values())[:limit]


def without_apostrophes(folded: str) -> str:
    """Return D'Ran as people type it who have no patience with the apostrophe: dran."""
    return folded.replace("'", "")


def _holding(words: Sequence[str]) -> Q:
    """Ask for every word; the last one may be unfinished."""
    condition = Q(said__contains=f" {words[-1]}")
    for word in words[:-1]:
        condition &= Q(said__contains=f" {word} ")
    return condition


def _said(*names: str) -> Replace:
    """Return stored folded columns side by side, each word with a space before it."""
    parts: list[Any] = []
    for name in names:
        parts += [Value(" "), F(name)]
    parts.append(Value(" "))
    said = Concat(*parts, output_field=TextField())
    return Replace(said, Value("'"), Value(""), output_field=TextField())


def _now(words: Sequence[str], folded: str) -> list[Ranked]:
    rows = Area.objects.communes().annotate(said=_said("name_norm", "parent__name_norm", "code"))
    rows = rows.filter(_holding(words)).select_related("parent")
    return [(_rank(area.name_norm, folded, old=False), CommuneFound(area)) for area in rows]


def _formerly(words: Sequence[str], folded: str) -> list[Ranked]:
    parts = ("former__place_norm", "former__code", "area__parent__name_norm")
    rows = AreaSuccession.objects.annotate(said=_said(*parts)).filter(_holding(words))
    rows = rows.select_related("former", "area__parent").order_by("former__code", "area__code")
    return [
        (
            _rank(row.former.name_norm, folded, old=True),
            CommuneFound(row.area, formerly=row.former.name),
        )
        for row in rows[:FETCHED]
    ]


def _rank(name: str, folded: str, *, old: bool) -> Rank:
    """Put first the names that the text begins with, then those that begin with the text."""
    bare = UNIT.sub("", without_apostrophes(name))
    asked = UNIT.sub("", folded)
    return (not f"{asked} ".startswith(f"{bare} "), not bare.startswith(asked), old, bare)


def find_organisations(
    text: str, among: "QuerySet[Organisation]", *, limit: int = 20
) -> list[Organisation]:
    """Return organisations by code, or by words of their name without marks in any order."""
    folded = without_apostrophes(name_norm(text.partition(" (")[0]))
    if not folded:
        return []
    has_code = holds_on(timezone.localdate(), "identifiers__")
    by_code = has_code & Q(identifiers__value__iexact=text.strip())
    by_words = Q()
    for word in folded.split():
        by_words &= Q(said__contains=f" {word}")
    rows = among.annotate(said=_said("name_norm")).filter(by_code | by_words)
    found: QuerySet[Any] = rows.select_related("parent").distinct()[:FETCHED]
    ranked = sorted(
        found,
        key=lambda row: (without_apostrophes(row.name_norm) != folded, len(row.name), row.name),
    )
    return list(ranked[:limit])


def organisation_label(organisation: Organisation) -> str:
    """Write an organisation so that no namesake elsewhere is written alike."""
    parent = organisation.parent
    return f"{organisation.name} ({parent.name})" if parent else organisation.name


def governed_by(organisation: Organisation, on: date) -> str:
    """Return whose an organisation is on a day: its governing body, else who it stands under.

    What a paper bears in its head above the name of the place.
    """
    body = GoverningBody.objects.holding(on).filter(organisation=organisation).first()
    if body is not None:
        return body.name
    return organisation.parent.name if organisation.parent else ""


def place_named(rows: OrganisationQuerySet, code: str) -> Organisation | None:
    """Return the one of ``rows`` that a program means: by insurance code, its only other code, or id."""
    code = code.strip()
    today = timezone.localdate()
    coded = rows.filter(holds_on(today, "identifiers__"), identifiers__value=code)
    found = coded.filter(identifiers__scheme=OrganisationIdentifier.Scheme.INSURANCE).first()
    if found is not None:
        return found
    others = list(coded.distinct()[:2])
    if len(others) == 1:
        return others[0]
    try:
        return rows.filter(pk=UUID(code)).first()
    except ValueError:
        return None
