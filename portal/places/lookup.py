"""Which commune does an old or new code, or a name without marks, mean today?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat

from portal.database.names import NameNorm
from portal.names import name_norm
from portal.places.gazetteer import TWO_LEVELS_SINCE
from portal.places.models import Area, AreaSuccession, FormerArea

FETCHED = 200


@dataclass(frozen=True, slots=True)
class CommuneFound:
    """A commune of today that a text may mean; ``formerly`` is the old name that was typed."""

    area: Area
    formerly: str = ""


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
    folded = name_norm(text.replace(",", " "))
    words = folded.split()
    if not words:
        return []
    found = _now(words, folded)
    known = {item.area.pk for item in found}
    found += [item for item in _formerly(words, folded) if item.area.pk not in known]
    return list({item.area.pk: item for item in reversed(found)}.values())[::-1][:limit]


def _holding(words: Sequence[str]) -> Q:
    condition = Q()
    for word in words:
        condition &= Q(said__contains=f" {word}")
    return condition


def _said(*names: str) -> Concat:
    """Return the folded names, each word with a space before it."""
    parts: list[Any] = [Value("")]
    for name in names:
        parts += [Value(" "), F(name)]
    return Concat(Value(" "), NameNorm(Concat(*parts)), output_field=TextField())


def _now(words: Sequence[str], folded: str) -> list[CommuneFound]:
    rows = Area.objects.communes().annotate(said=_said("name", "parent__name", "code"))
    rows = rows.filter(_holding(words)).select_related("parent")
    ranked = sorted(rows[:FETCHED], key=lambda area: _rank(area.name, area.unit, folded))
    return [CommuneFound(area) for area in ranked]


def _formerly(words: Sequence[str], folded: str) -> list[CommuneFound]:
    former = [f"former__{name}" for name in ("name", "district_name", "province_name", "code")]
    rows = AreaSuccession.objects.annotate(said=_said(*former, "area__parent__name"))
    rows = rows.filter(_holding(words)).select_related("former", "area__parent")
    ranked = sorted(rows[:FETCHED], key=lambda row: _rank(row.former.name, "", folded))
    return [CommuneFound(row.area, formerly=row.former.name) for row in ranked]


def _rank(name: str, unit: str, folded: str) -> tuple[bool, bool, str]:
    """Put first the name that the text begins with, then the one that begins with the text."""
    whole = name_norm(name)
    bare = whole.removeprefix(name_norm(unit)).strip()
    starts = folded == whole or f"{folded} ".startswith((f"{bare} ", f"{whole} "))
    return (not starts, not bare.startswith(folded), bare)
