"""What was meant by a text in the box, among people: a card, a number, a name."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from healthrecords.banner import age_of
from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.papers import read_mark
from portal.audit.reads import note
from portal.dates import PartialDate
from portal.identifiers import (
    Candidate,
    CardScan,
    InsuranceScan,
    Kind,
    NameQuery,
    identify,
)
from portal.names import name_norm
from portal.scope import Scope, scope_of
from portal.site.finder import Answer, Explain, Go, Hit, Hits, NewForm

MOST = 20
NUMBER_KINDS: dict[Kind, tuple[str, ...]] = {
    Kind.PERSONAL_NUMBER: ("personal",),
    Kind.OLD_ID_CARD: ("old_card",),
    Kind.PASSPORT: ("passport",),
    Kind.INSURANCE_CARD: ("insurance_card", "insurance_number"),
}
SCANS = {Kind.CARD_SCAN: "chip_card", Kind.INSURANCE_SCAN: "insurance_card"}


def numbers_of(candidate: Candidate) -> list[tuple[str, str]]:
    """Return the (kind, number) pairs that a reading names."""
    value = candidate.value
    if isinstance(value, CardScan):
        found = [("personal", value.personal_number.value)]
        return found + ([("old_card", value.old_id_card.value)] if value.old_id_card else [])
    if isinstance(value, InsuranceScan):
        value = value.card
    if value is None or isinstance(value, NameQuery):
        return []
    kinds = NUMBER_KINDS.get(candidate.kind, ())
    if candidate.kind in {Kind.INSURANCE_CARD, Kind.INSURANCE_SCAN}:
        card: Any = value
        return [
            ("insurance_card", card.value),
            ("insurance_number", card.social_insurance_number),
        ]
    return [(kind, value.value) for kind in kinds]


def identifiers_named(query: str, *, on: date) -> list[UUID]:
    """Return whom the exact numbers of a text name, wherever they are cared for."""
    return _holders([pair for found in identify(query, on=on) for pair in numbers_of(found)])


def _holders(pairs: list[tuple[str, str]]) -> list[UUID]:
    """Return who holds the first number that anybody holds: an old card yields to the new one."""
    for kind, value in pairs:
        rows = CitizenIdentifier.objects.filter(
            kind=kind, value=value, ended_on=None, citizen__merged_into=None
        )
        found = list(dict.fromkeys(rows.order_by("id").values_list("citizen", flat=True)[:MOST]))
        if found:
            return found
    return []


def answer_people(request: HttpRequest, query: str) -> Answer | None:
    """Open the one person who was meant, list several, or offer a form filled from the query."""
    on = timezone.localdate()
    candidates = identify(query, on=on)
    if not candidates:
        return None
    if candidates[0].problem is not None and candidates[0].kind in SCANS:
        problem = candidates[0].problem
        return Explain(_("The card cannot be read"), " ".join(problem.messages))
    pairs = [pair for candidate in candidates for pair in numbers_of(candidate)]
    scope = scope_of(request.user, "view_records")
    if holders := _holders(pairs):
        return _by_number(request, query, holders, scope, by=SCANS.get(candidates[0].kind, ""))
    return _listed(request, _by_words(candidates, scope), on)


def _by_words(candidates: list[Candidate], scope: Scope) -> list[Citizen]:
    """Return the people of a scope who have the phone or the name that was typed."""
    for candidate in candidates:
        if candidate.kind == Kind.PHONE and candidate.value is not None:
            rows = Citizen.objects.current().within(scope).filter(phone=str(candidate.value))
            return list(rows.select_related("area").order_by("name_norm", "id")[:MOST])
        if isinstance(candidate.value, NameQuery):
            return find_by_name(candidate.value, scope)
    return []


def answer_new(request: HttpRequest, query: str) -> Answer | None:
    """Offer to register somebody whom nobody knows; a clean scan opens the form at once."""
    candidates = identify(query, on=timezone.localdate())
    if not candidates:
        return None
    first = candidates[0]
    said = NUMBER_KINDS.keys() | SCANS.keys() | {Kind.PHONE, Kind.NAME, Kind.NAME_AND_BIRTH}
    if first.kind not in said or first.value is None:
        return _unreadable(first)
    url = f"{reverse('admin:healthrecords_citizen_add')}?{urlencode({'q': query})}"
    about = _("Nobody with this number is known here; the form is filled from it.")
    is_name = isinstance(first.value, NameQuery)
    return NewForm(_("New person"), url, about="" if is_name else about, opens=first.kind in SCANS)


def _unreadable(candidate: Candidate) -> Answer | None:
    """Say what is wrong with a number that was clearly meant, like one of 11 digits."""
    if candidate.problem is None or candidate.kind not in NUMBER_KINDS:
        return None
    return Explain(_("This number cannot be right"), " ".join(candidate.problem.messages))


def _by_number(
    request: HttpRequest, query: str, holders: list[UUID], scope: Scope, *, by: str
) -> Answer | None:
    rows = Citizen.objects.filter(pk__in=holders)
    mine = list(rows.within(scope).select_related("area"))
    if len(holders) == 1 and mine:
        url = reverse("admin:healthrecords_citizen_change", args=[mine[0].pk])
        return Go(f"{url}?{urlencode({'by': by})}" if by else url)
    if len(holders) == 1:
        return Go(f"{reverse('admin:healthrecords_citizen_identify')}?{urlencode({'q': query})}")
    return _listed(request, mine, timezone.localdate())


def find_by_name(query: NameQuery, scope: Scope) -> list[Citizen]:
    """Return people by words of the name in any order, the likeliest first; the last word may be begun."""
    words = name_norm(query.name).split()
    if not words:
        return []
    folded = " ".join(words)
    rows = Citizen.objects.current().within(scope).select_related("area")
    if query.birth is not None:
        rows = rows.filter(_born(query.birth))
    found = list(rows.filter(name_norm__startswith=folded).order_by("name_norm", "id")[:MOST])
    if len(found) < MOST:
        known = {citizen.pk for citizen in found}
        found += [c for c in _in_any_order(rows, words) if c.pk not in known]
    return found[:MOST]


def _in_any_order(rows: Any, words: list[str]) -> Any:
    # The database parts H'Bia into its two words, as it does whatever else is no letter.
    plain = [part for word in words for part in re.findall(r"[^\W_]+", word)]
    if not plain:
        return []
    text = " & ".join([*plain[:-1], f"{plain[-1]}:*"])
    vector = SearchVector("name_norm", config="simple")
    asked = SearchQuery(text, config="simple", search_type="raw")
    return rows.annotate(words=vector).filter(words=asked).order_by("name_norm", "id")[:MOST]


def _born(birth: PartialDate) -> Q:
    within = Q(birth_date__range=(birth.earliest, birth.latest))
    return within | Q(birth_date=date(birth.year, 1, 1), birth_precision="year")


def _listed(request: HttpRequest, rows: list[Citizen], on: date) -> Answer | None:
    if not rows:
        return None
    note(request, [citizen.pk for citizen in rows], action="listed", ground="search")
    hits = [
        Hit(
            title=citizen.name,
            url=reverse("admin:healthrecords_citizen_change", args=[citizen.pk]),
            about=f"{citizen.get_sex_display()}, {age_of(citizen, on)}, {citizen.birth}",
            place=", ".join(
                part
                for part in (citizen.address, citizen.area.name if citizen.area else "")
                if part
            ),
        )
        for citizen in rows
    ]
    return Hits(_("People"), hits)


def answer_slip(request: HttpRequest, query: str) -> Answer | None:
    """Open the visit whose printed slip was scanned; the visit's page asks for the right."""
    visit = read_mark(query)
    return Go(reverse("admin:healthrecords_visit_change", args=[visit])) if visit else None
