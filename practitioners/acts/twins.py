"""Is the applicant somebody of the register under another number? Both sides are heard before signing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.dossiers.acts import Filing
from portal.dossiers.models import Dossier
from portal.dossiers.services.filing import filing_of
from portal.names import name_norm
from practitioners import services
from practitioners.acts.known import person_of, refuse
from practitioners.disputes import Dispute, clash_key
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Outcome,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
)
from practitioners.states import State

Kind = PractitionerIdentifier.Kind
STOPPED = frozenset({State.SUSPENDED, State.REVOKED})
CARDS = (Kind.PERSONAL, Kind.OLD_CARD, Kind.PASSPORT)


def person_now(dossier: Dossier, on: date) -> UUID | None:
    """Return whom a dossier is about as the register stands on a day, None for somebody new.

    Who was filed as new may have entered meanwhile, or a case may have found who it is. While some
    possible twin holds a licence and nobody has settled it, there is no answer: it is refused.
    """
    filing = replace(filing_of(dossier), on=on)
    known = dossier.subject or person_of(filing)
    if known is not None:
        return known
    found = [
        UUID(str(twin.practitioner_id))
        for twin in licensed_twins(filing)
        if _outcome(dossier, twin, on) != Outcome.OTHER_PERSON
    ]
    return next(iter(found), None)


def licensed_twins(filing: Filing) -> list[PracticeLicense]:
    """Return the licences of people of this name, sex and birth whose papers cannot be compared.

    Two personal numbers compare: who has another one is another person. An old card does not, and a
    number is no way round a licence that is suspended or revoked on the day of the filing.
    """
    return [
        license
        for license in _alike(filing)
        if not _compares(filing, license) or license.state_on(filing.on) in STOPPED
    ]


def licensed_namesakes(filing: Filing) -> list[PracticeLicense]:
    """Return licences of this name, sex and birth under other personal numbers."""
    return [license for license in _alike(filing) if _compares(filing, license)]


def _alike(filing: Filing) -> Iterator[PracticeLicense]:
    if filing.birth_date is None:
        return
    compared = PractitionerIdentifier.objects.filter(
        kind=Kind.PERSONAL, valid_until=None, practitioner=OuterRef("practitioner")
    )
    rows = (
        PracticeLicense.objects.current()
        .with_acts()
        .filter(
            practitioner__name_norm=name_norm(filing.applicant_name),
            practitioner__birth_date__range=_year(filing.birth_date),
        )
    )
    rows = rows.annotate(has_number=Exists(compared)).select_related("practitioner__keeper")
    born, sex = PartialDate.of(filing.birth_date), filing.values.get("sex", "")
    for license in rows.order_by("issued_on", "id"):
        person = license.practitioner
        if person.birth.may_be(born) and (not sex or person.sex == sex):
            yield license


def _compares(filing: Filing, license: PracticeLicense) -> bool:
    """Say whether both have a personal number, so that the numbers tell them apart."""
    has_number: bool = license.has_number  # type: ignore[attr-defined]
    return bool(filing.identifier) and has_number


def _year(day: date) -> tuple[date, date]:
    """Return the days in which a birth may be kept of which only the year is known."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def hear_twins(dossier: Dossier, *, at: datetime) -> None:
    """Open a case about each person of the register with a licence who the applicant may be."""
    if dossier.subject is None:
        twins = licensed_twins(filing_of(dossier))
        services.open_cases([_dispute(dossier, twin) for twin in twins], actor=None, at=at)


def _dispute(dossier: Dossier, license: PracticeLicense) -> Dispute:
    person: Practitioner = license.practitioner
    case = DiscrepancyCase(
        kind=DiscrepancyCase.Kind.TWO_LICENSES,
        key=_key(dossier, license),
        department=dossier.authority,
        practitioner=person,
        name=dossier.applicant_name,
        facts={
            "number": license.number_raw,
            "issuer": license.issued_by or license.issuer_code,
            "old": _card(person),
        },
    )
    keeps = CaseSide(
        case=case,
        position=1,
        organisation=person.keeper or dossier.authority,
        license=license,
        claim={
            "license_number": license.number_raw,
            "title": license.title,
            "license_issued_on": license.issued_on.isoformat(),
        },
    )
    asks = CaseSide(case=case, position=2, organisation=dossier.authority, claim=_claim(dossier))
    return Dispute(case, [keeps, asks, CaseSide(case=case, position=3)])


def _card(person: Practitioner) -> str:
    row = person.identifiers.filter(kind__in=CARDS, valid_until=None).first()
    return row.value if row is not None else "–"


def _claim(dossier: Dossier) -> dict[str, str]:
    said = {"title": dossier.values.get("title", "")}
    if dossier.identifier:
        said |= {"identifier_kind": str(Kind.PERSONAL), "identifier": dossier.identifier}
    return {name: value for name, value in said.items() if value}


def _key(dossier: Dossier, license: PracticeLicense) -> str:
    kind = DiscrepancyCase.Kind.TWO_LICENSES
    return clash_key(kind, license.practitioner_id, str(license.pk), str(dossier.pk))


def _outcome(dossier: Dossier, license: PracticeLicense, on: date) -> str:
    """Return what was decided about a possible twin, or refuse to sign while nothing is."""
    rows = DiscrepancyCase.objects.filter(key=_key(dossier, license))
    case = rows.order_by("-opened_at").first()
    said = {"name": license.practitioner.name, "number": license.number_raw}
    if license.state_on(on) in STOPPED and (case is None or case.is_open):
        refuse(
            "twin_open",
            _(
                "Perhaps one person: the register has %(name)s with the licence %(number)s, which is"
                " suspended or revoked. The case about the two licences is decided first; where none is"
                " open, the application is filed again."
            ),
            **said,
        )
    if case is not None and case.is_open:
        refuse(
            "twin_open",
            _(
                "Perhaps one person: the register has %(name)s with the licence %(number)s and no"
                " personal number to compare. Decide the open case about the two licences first."
            ),
            **said,
        )
    if case is None or case.state != DiscrepancyCase.State.DECIDED:
        refuse(
            "twin_unsettled",
            _(
                "Perhaps one person: the register has %(name)s with the licence %(number)s and no"
                " personal number to compare. Have that person's number written into the register"
                " first; then it shows whether they are one."
            ),
            **said,
        )
    return str(case.outcome)
