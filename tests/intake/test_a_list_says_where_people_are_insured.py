"""A list of people says where they are insured; the care there lasts as long as a card of theirs holds."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.intake.sending import NOW, counts
from tests.intake.test_a_list_becomes_people import person, sent, undone

__all__ = ["sent"]

pytestmark = pytest.mark.usefixtures("lists")


def cared_beyond() -> set[tuple[Any, ...]]:
    """Return who cares beyond the day of the lists, on which ground, until when."""
    rows = CareRelation.objects.filter(Q(until=None) | Q(until__gt=timezone.localdate(NOW)))
    return set(rows.values_list("organisation", "ground", "until"))


def test_the_register_of_another_place_ends_when_a_list_names_a_new_one(
    sent: Any, data_officer: User, hospital: Organisation, department: Organisation
) -> None:
    clinic = places.create_organisation(
        name="Phòng khám số 2", kind="clinic", parent=department, valid_from=SINCE
    )
    places.give_code(organisation=clinic, scheme="insurance", value="11002", valid_from=SINCE)
    sent(person())
    batch = sent(person(MA_DKBD="11002"))
    # The card says until when it holds.
    assert cared_beyond() == {(clinic.pk, "insurance", date(2026, 12, 31))}
    undone(batch, data_officer)
    assert cared_beyond() == {(hospital.pk, "insurance", date(2026, 12, 31))}


def test_a_renewed_card_lengthens_the_care_where_it_is_registered(
    sent: Any, data_officer: User, hospital: Organisation
) -> None:
    sent(person())
    assert cared_beyond() == {(hospital.pk, "insurance", date(2026, 12, 31))}
    assert counts(sent(person())) == {"unchanged": 1}
    batch = sent(person(GT_THE_TU="01/01/2027", GT_THE_DEN="31/12/2027"))
    assert cared_beyond() == {(hospital.pk, "insurance", date(2027, 12, 31))}
    undone(batch, data_officer)
    assert cared_beyond() == {(hospital.pk, "insurance", date(2026, 12, 31))}


def test_somebody_kept_as_not_identified_is_known_by_the_number_a_list_brings(
    sent: Any, hospital: Organisation
) -> None:
    sent(person(SO_CCCD=""))
    Citizen.objects.update(standing="unknown")
    sent(person())
    assert Citizen.objects.get().standing == "known"


def test_a_list_that_names_the_place_of_the_next_card_lets_it_care_at_once(
    sent: Any, data_officer: User, clerk: User, hospital: Organisation, department: Organisation
) -> None:
    clinic = places.create_organisation(
        name="Phòng khám số 2", kind="clinic", parent=department, valid_from=SINCE
    )
    places.give_code(organisation=clinic, scheme="insurance", value="11002", valid_from=SINCE)
    sent(person())
    spoken = Spoken(Source.TYPED, NOW, clerk, clerk.place_of_work)
    for place, year in ((hospital, 2026), (clinic, 2027)):
        first, last = date(year, 1, 1), date(year, 12, 31)
        entry = CoverageEntry(
            "DN4011123456789", registered_at=place, valid_from=first, valid_until=last
        )
        keep_coverage(Citizen.objects.get(), entry, spoken=spoken)
    before = terms()
    assert caring() == {hospital}
    batch = sent(person(MA_DKBD="11002"))
    assert caring() == {clinic}
    undone(batch, data_officer)
    assert terms() == before


def terms() -> set[tuple[Any, ...]]:
    return set(CareRelation.objects.values_list("organisation", "ground", "since", "until"))


def caring() -> set[Organisation]:
    """Return where people are insured the day after the list."""
    day = timezone.localdate(NOW) + timedelta(days=1)
    rows = CareRelation.objects.holding(day).filter(ground="insurance")
    return {row.organisation for row in rows}


def test_a_card_sent_again_unchanged_takes_nothing_back_that_a_list_said_since(
    sent: Any, clerk: User, hospital: Organisation, department: Organisation
) -> None:
    clinic = places.create_organisation(
        name="Phòng khám số 2", kind="clinic", parent=department, valid_from=SINCE
    )
    places.give_code(organisation=clinic, scheme="insurance", value="11002", valid_from=SINCE)
    sent(person())
    spoken = Spoken(Source.TYPED, NOW, clerk, clerk.place_of_work)
    said = {"valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)}
    entry = CoverageEntry("DN4011123456789", registered_at=hospital, **said)
    keep_coverage(Citizen.objects.get(), entry, spoken=spoken)
    sent(person(MA_DKBD="11002"))
    assert caring() == {clinic}
    keep_coverage(Citizen.objects.get(), entry, spoken=spoken)
    assert caring() == {clinic}
