"""Two records beside each other: what each answers, what each owns, which of the two should stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.banner import Number, grouped_phone, provenance_of
from healthrecords.models import (
    CareAccess,
    CareRelation,
    Citizen,
    CitizenIdentifier,
    TwinCase,
    Visit,
)
from healthrecords.querysets import outside_hidden_visits
from healthrecords.services.belongings import belongings
from healthrecords.services.grounds import given_by_visits
from healthrecords.services.merged_fields import choices
from healthrecords.services.merged_lives import after_death, before_birth
from portal.codelists.countries import country_on
from portal.codelists.lookup import code_on
from portal.database.answers import Choice
from portal.database.belonging import Belonging
from portal.names import name_norm

VISITS_SHOWN = 5
# What says least first, and the field that tells.
FROM_LEAST = {
    "birth_date": ("birth_precision", ("year", "month", "day")),
    "standing": ("standing", ("unknown", "newborn", "known")),
}
LISTS = {"ethnic_group": "ethnic_groups", "occupation": "occupations"}
# Shown line by line above, or no part of the person's care.
SHOWN_APART = {CitizenIdentifier, Visit, CareAccess, TwinCase}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one record answers to a question."""

    citizen_id: UUID
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a person, and what both records answer."""

    name: str
    label: StrOrPromise
    answers: Sequence[Answer]
    state: str

    @property
    def chosen(self) -> str:
        return next(answer.text for answer in self.answers if answer.is_chosen)


@dataclass(frozen=True, slots=True)
class Owned:
    """How many rows of a kind each record has."""

    label: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records: who it is, its numbers, its last visits."""

    citizen: Any
    numbers: Sequence[Number]
    visits: Sequence[Visit]
    visit_count: int
    stays: bool


def questions(
    pair: Sequence[Citizen],
    *,
    stays: UUID,
    said: Mapping[str, str],
    on: date,
    sees_sensitive: Mapping[UUID, bool],
) -> list[Question]:
    """Return all questions, the differing ones first; ``said`` is what somebody chose already.

    A birth or a death that the joining would refuse is proposed by nobody.
    """
    said = {**_possible(pair, sees_sensitive), **said}
    found = [_question(choice, pair, stays, said, on) for choice in choices().values()]
    order = {"differs": 0, "one": 1, "same": 2}
    asked = [question for question in found if any(answer.text for answer in question.answers)]
    return sorted(asked, key=lambda question: order[question.state])


def _question(
    choice: Choice, pair: Sequence[Citizen], stays: UUID, said: Mapping[str, str], on: date
) -> Question:
    texts = [text_of(choice, citizen, on) for citizen in pair]
    state = "same" if texts[0] == texts[1] else "differs" if all(texts) else "one"
    chosen = said.get(choice.name) or str(_better(choice, pair, texts, stays))
    answers = [
        Answer(citizen.pk, text, str(citizen.pk) == chosen)
        for citizen, text in zip(pair, texts, strict=True)
    ]
    if not any(answer.is_chosen for answer in answers):
        answers = [Answer(a.citizen_id, a.text, a.citizen_id == stays) for a in answers]
    return Question(choice.name, capfirst(str(choice.fields[0].verbose_name)), answers, state)


def _possible(pair: Sequence[Citizen], sees: Mapping[UUID, bool]) -> dict[str, str]:
    """Return whose birth and whose death it must be, where the other one's cannot be."""
    fits = {
        "died_on": [after_death(one.died_on, pair, sees=sees) is None for one in pair],
        "birth_date": [before_birth(one.birth, pair, sees=sees) is None for one in pair],
    }
    return {
        name: str(pair[found.index(True)].pk)
        for name, found in fits.items()
        if found.count(True) == 1
    }


def _better(choice: Choice, pair: Sequence[Citizen], texts: Sequence[str], stays: UUID) -> UUID:
    """Return whose answer says more; where both say as much, that of the record that stays."""
    says = [_says(choice, citizen, text) for citizen, text in zip(pair, texts, strict=True)]
    if says[0] == says[1]:
        return stays
    key: UUID = pair[0].pk if says[0] > says[1] else pair[1].pk
    return key


def _says(choice: Choice, citizen: Citizen, text: str) -> int:
    if choice.name == "name":
        return int(name_norm(text) != text.lower())
    if choice.name == "sex":
        return int(citizen.sex != Citizen.Sex.UNKNOWN)
    if choice.name in FROM_LEAST:
        field, values = FROM_LEAST[choice.name]
        return values.index(getattr(citizen, field))
    return int(bool(text))


def text_of(choice: Choice, citizen: Any, on: date) -> str:
    """Return an answer in words."""
    name, value = choice.name, getattr(citizen, choice.name)
    if name == "birth_date":
        return str(citizen.birth)
    if name == "address":
        area = citizen.area.name if citizen.area else ""
        return ", ".join(part for part in (value, area) if part)
    if name == "phone":
        return grouped_phone(value)
    return _coded(name, value, on) or _plain(choice, citizen, value)


def _coded(name: str, value: Any, on: date) -> str:
    """Return the title of a code; "" for what is none, or is not in its list."""
    entry = None
    if name in LISTS and value:
        entry = code_on(LISTS[name], value, on)
    elif name == "nationality" and value:
        entry = country_on(value, on)
    return entry.title if entry else ""


def _plain(choice: Choice, citizen: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if choice.fields[0].choices:
        return str(getattr(citizen, f"get_{choice.name}_display")())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return date_format(value, "d/m/Y H:i" if hasattr(value, "hour") else "d/m/Y")
    return str(value)


def sides(
    pair: Sequence[Citizen], *, stays: UUID, sees_sensitive: Mapping[UUID, bool]
) -> list[Side]:
    """Return both records with their numbers and last visits; sensitive ones only with the right."""
    found = []
    for citizen in pair:
        visits = Visit.objects.filter(citizen=citizen).exclude(status=Visit.Status.WITHDRAWN)
        visits = visits.open_to(sees_sensitive=sees_sensitive[citizen.pk])
        shown = visits.select_related("facility").order_by("-started_at", "-id")
        rows = citizen.identifiers.order_by("ended_on", "kind", "id").values(
            "kind", "value", "origin", "is_verified", "ended_on"
        )
        found.append(
            Side(
                citizen,
                [_number(row) for row in rows],
                list(shown[:VISITS_SHOWN]),
                visits.count(),
                citizen.pk == stays,
            )
        )
    return found


def _number(row: Any) -> Number:
    label = str(dict(CitizenIdentifier.Kind.choices)[row["kind"]]).split(" (")[0]
    if row["ended_on"]:
        label = _("%(kind)s, until %(day)s") % {
            "kind": label,
            "day": date_format(row["ended_on"], "d/m/Y"),
        }
    return Number(label, row["value"], provenance_of(row))


def owned(pair: Sequence[Citizen], *, sees_sensitive: Mapping[UUID, bool]) -> list[Owned]:
    """Return how many rows of every other table each record owns."""
    found = []
    for model in dict.fromkeys(one.model for one in belongings()):
        columns = [one for one in belongings() if one.model is model]
        if model in SHOWN_APART or not model._meta.managed:
            continue
        counts = [0, 0]
        for column in columns:
            counted = _counted(column, pair, sees_sensitive)
            counts = [a + counted.get(one.pk, 0) for a, one in zip(counts, pair, strict=True)]
        if any(counts):
            found.append(Owned(capfirst(str(model._meta.verbose_name_plural)), counts))
    return found


def _counted(
    column: Belonging, pair: Sequence[Citizen], sees_sensitive: Mapping[UUID, bool]
) -> dict[UUID, int]:
    rows = column.of([one.pk for one in pair])
    hidden = [one.pk for one in pair if not sees_sensitive[one.pk]]
    if hidden:
        mine = {f"{column.column}__in": hidden}
        rows = rows.exclude(pk__in=_hidden(column.model, rows.filter(**mine)).values("pk"))
    counted = rows.order_by().values_list(column.column).annotate(Count("pk"))
    return dict(counted)


def _hidden(model: Any, rows: Any) -> Any:
    """Return the rows that tell of a protected one: itself, a part of its visit, the care it gave."""
    if model is CareRelation:
        return given_by_visits(rows)
    if any(field.name == "sensitivity" for field in model._meta.fields):
        return rows.exclude(pk__in=outside_hidden_visits(rows.filter(sensitivity="")).values("pk"))
    return rows.none()


def suggest_stays(pair: Sequence[Citizen]) -> UUID:
    """Return which record should stay: with a verified number, with more visits, the older one."""
    verified = set(
        CitizenIdentifier.objects.filter(
            citizen__in=[one.pk for one in pair], is_verified=True, ended_on=None
        ).values_list("citizen", flat=True)
    )
    visits = dict(
        Visit.objects.filter(citizen__in=[one.pk for one in pair])
        .order_by()
        .values_list("citizen")
        .annotate(Count("pk"))
    )
    best = min(pair, key=lambda one: (one.pk not in verified, -visits.get(one.pk, 0), one.pk))
    key: UUID = best.pk
    return key
