"""What was meant by a text in the box, among people: a card, a number, a name."""

import re
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from healthrecords.finding import Found, Page, find_by_name
from healthrecords.hits import listed, understood
from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.papers import read_mark
from healthrecords.scanned import Card, card_of, differences
from portal.identifiers import (
    Candidate,
    CardScan,
    InsuranceCard,
    InsuranceScan,
    Kind,
    NameQuery,
    identify,
)
from portal.scope import Scope, scope_of
from portal.site.finder import Answer, Explain, Go, NewForm, Understood

MOST = 20
NUMBER_KINDS: dict[Kind, tuple[str, ...]] = {
    Kind.PERSONAL_NUMBER: ("personal",),
    Kind.OLD_ID_CARD: ("old_card",),
    Kind.PASSPORT: ("passport",),
    Kind.INSURANCE_CARD: ("insurance_card", "insurance_number"),
}
# Numbers that no form tells apart from a word, of which each person of the country has their own.
FORMLESS = ("temporary", "foreign_account", "origin_certificate")
SHORTEST, LONGEST = 4, 20
Ending = CitizenIdentifier.Ending
# A number that was replaced or cancelled still stands on the paper in the hand.
STANDS_ON_PAPER = Q(ended_on=None) | Q(ending__in=[Ending.REPLACED, Ending.CANCELLED])
HAS_DIGIT = re.compile(r"\d")
# As it is given out: T26-ABCD-EFGH.
TEMPORARY = re.compile(r"(T\d\d)([2-9A-Z]{4})([2-9A-Z]{4})")
SCANS = {Kind.CARD_SCAN: "chip_card", Kind.INSURANCE_SCAN: "insurance_card"}


def numbers_of(candidate: Candidate) -> list[tuple[str, str]]:
    """Return the (kind, number) pairs that a reading names."""
    value = candidate.value
    if isinstance(value, CardScan):  # the old number beside it may be another person's too
        return [("personal", value.personal_number.value)]
    if isinstance(value, InsuranceScan):
        value = value.card
    if value is None or isinstance(value, NameQuery):
        return []
    kinds = NUMBER_KINDS.get(candidate.kind, ())
    if candidate.kind in {Kind.INSURANCE_CARD, Kind.INSURANCE_SCAN}:
        return value.named_by() if isinstance(value, InsuranceCard) else []
    return [(kind, value.value) for kind in kinds]


def identifiers_named(query: str, *, on: date) -> list[UUID]:
    """Return whom the exact numbers of a text name, wherever they are cared for."""
    candidates = identify(query, on=on)
    return people_of(numbers_named(query, candidates))


def numbers_named(query: str, candidates: list[Candidate]) -> list[tuple[str, str]]:
    """Return the numbers a text may be: those with a form of their own, then those without."""
    known = [pair for candidate in candidates for pair in numbers_of(candidate)]
    return known + [(kind, value) for value in spellings(query) for kind in FORMLESS]


def spellings(query: str) -> list[str]:
    """Return how a number without a form of its own may be stored: as typed, in capitals, closed up."""
    plain = " ".join(query.split())
    if not HAS_DIGIT.search(plain) or not SHORTEST <= len(plain) <= LONGEST:
        return []
    bare = re.sub(r"[\s-]", "", plain.upper())
    if parts := TEMPORARY.fullmatch(bare):
        return ["-".join(parts.groups())]
    return list(dict.fromkeys([plain, plain.upper(), bare]))


def people_of(pairs: list[tuple[str, str]]) -> list[UUID]:
    """Return who holds the first number that anybody holds: an old card yields to the new one.

    Where nobody holds any of them, who held it last: a number that was replaced or cancelled still
    stands on the card in the hand. One that was written wrongly or was another person's tells nothing.
    """
    if not pairs:
        return []
    rows = CitizenIdentifier.objects.filter(
        STANDS_ON_PAPER,
        value__in={value for _kind, value in pairs},
        citizen__merged_into=None,
        citizen__withdrawn_at=None,
    )
    held: dict[tuple[str, str, bool], list[UUID]] = {}
    for row in rows.order_by("-ended_on", "id").only("kind", "value", "ended_on", "citizen"):
        held.setdefault((row.kind, row.value, row.ended_on is None), []).append(row.citizen_id)
    wanted = [(*pair, holds) for holds in (True, False) for pair in pairs]
    first = next((held[key] for key in wanted if key in held), [])
    return list(dict.fromkeys(first))[:MOST]


def answer_people(request: HttpRequest, query: str) -> Answer | None:
    """Open the one person who was meant, list several, or say how the query was read."""
    on = timezone.localdate()
    candidates = identify(query, on=on)
    if not candidates:
        return None
    if candidates[0].problem is not None and candidates[0].kind in SCANS:
        problem = candidates[0].problem
        return Explain(_("The card cannot be read"), " ".join(problem.messages))
    scope = scope_of(request.user, "view_records")
    if card := card_of(query, on=on):
        return _by_card(request, query, card, scope)
    if holders := people_of(numbers_named(query, candidates)):
        return _by_number(request, query, holders, scope)
    return _by_words(request, query, candidates, scope)


def holders_of(card: Card) -> tuple[list[UUID], bool]:
    """Return who holds a card's numbers, and whether only the number that several people may have."""
    if firm := people_of(card.firm):
        return firm, False
    return (people_of([card.hint]) if card.hint else []), True


def _by_card(request: HttpRequest, query: str, card: Card, scope: Scope) -> Answer | None:
    """Open the record that the card names, or stop where the record says somebody else."""
    holders, is_hint = holders_of(card)
    if not holders:
        return None
    one = Citizen.objects.filter(pk=holders[0]).first() if len(holders) == 1 else None
    if one is not None and not is_hint and not differences(card, one):
        return _by_number(request, query, holders, scope, by=card.by)
    if len(holders) > 1 and not Citizen.objects.filter(pk__in=holders).within(scope).exists():
        return _by_number(request, query, holders, scope)
    return Go(f"{reverse('admin:healthrecords_citizen_card')}?{urlencode({'q': query})}")


def _by_words(
    request: HttpRequest, query: str, candidates: list[Candidate], scope: Scope
) -> Answer | None:
    """List the people of a scope who have the phone or the name that was typed."""
    for candidate in candidates:
        if candidate.kind == Kind.PHONE and candidate.value is not None:
            return listed(request, _by_phone(str(candidate.value), scope), query=query)
        if isinstance(candidate.value, NameQuery):
            return _by_name(request, query, candidate, scope)
    return None


def _by_phone(phone: str, scope: Scope) -> Page:
    """Return the people of a scope with the phone; one that a joined record says is theirs too."""
    said = Citizen.objects.filter(phone=phone, withdrawn_at=None).order_by()
    keys = [root or key for key, root in said.values_list("pk", "merged_into")]
    rows = Citizen.objects.current().among(scope).filter(pk__in=keys).select_related("area")
    return Page([Found(citizen) for citizen in rows.order_by("name_norm", "id")[:MOST]])


def _by_name(request: HttpRequest, query: str, candidate: Candidate, scope: Scope) -> Answer | None:
    name = candidate.value
    if not isinstance(name, NameQuery):
        return None
    page = find_by_name(name, scope, after=_key(request.GET.get("after")))
    hits = listed(request, page, query=query, birth=name.birth)
    if hits is None and candidate.problem is not None:
        return Understood(" ".join(candidate.problem.messages), understood(name).tips)
    return hits or understood(name)


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
    request: HttpRequest, query: str, holders: list[UUID], scope: Scope, *, by: str = ""
) -> Answer | None:
    rows = Citizen.objects.filter(pk__in=holders)
    mine = list(rows.within(scope).select_related("area"))
    if len(holders) == 1 and mine:
        url = reverse("admin:healthrecords_citizen_change", args=[mine[0].pk])
        return Go(f"{url}?{urlencode({'by': by})}" if by else url)
    if len(holders) == 1:
        return Go(f"{reverse('admin:healthrecords_citizen_identify')}?{urlencode({'q': query})}")
    if not mine:
        return Understood(
            _(
                "Several people elsewhere have this number. None of them is in your care, so their"
                " names are not shown."
            ),
            [_("Scan the card of the person in front of you, or type another of their numbers.")],
        )
    return listed(request, Page([Found(citizen) for citizen in mine]), query=query)


def answer_local_number(request: HttpRequest, query: str) -> Answer | None:
    """List who has a number that each office counts anew, among the people of the reader alone.

    Elsewhere the same number is another person's: it opens no record and tells nothing of strangers.
    A patient number means something only at the facility that gave it.
    """
    scope, typed = scope_of(request.user, "view_records"), spellings(query)
    if not typed or not scope:
        return None
    rows = CitizenIdentifier.objects.filter(
        STANDS_ON_PAPER,
        kind__in=CitizenIdentifier.LOCAL,
        value__in=typed,
        citizen__in=Citizen.objects.current().among(scope),
    )
    if not scope.everything:
        rows = rows.filter(~Q(kind="facility_number") | Q(issuer__in=scope.ids))
    held = list(rows.order_by().select_related("citizen__area")[:MOST])
    kinds = {row.citizen: row.get_kind_display() for row in held}
    people = sorted(kinds, key=lambda citizen: (citizen.name_norm, citizen.pk))
    page = Page([Found(citizen, number=kinds[citizen]) for citizen in people])
    return listed(request, page, query=query, title=_("By a number of an office or facility"))


def _key(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def answer_slip(request: HttpRequest, query: str) -> Answer | None:
    """Open the visit whose printed slip was scanned; the visit's page asks for the right."""
    visit = read_mark(query)
    return Go(reverse("admin:healthrecords_visit_change", args=[visit])) if visit else None
