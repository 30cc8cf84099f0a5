"""A number that is on the paper in the hand finds its person, of whatever kind and however old."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier
from healthrecords.services import numbers
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.identifiers import Passport
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.pages import logged_in, record_url, scan, text_of

LATER = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


@pytest.fixture
def newborn(clerk: User, communes: list[Area]) -> Citizen:
    entry = entry_of(
        communes[0],
        name="Con bà Hặc",
        birth=PartialDate(2026, 11, 5),
        numbers=(),
        standing="newborn",
    )
    place = clerk.place_of_work
    return services.register_citizen(
        actor=clerk, place=place, entry=entry, client_key=uuid7(), at=AT
    ).row


def test_a_newborn_is_found_by_the_number_it_was_given(clerk: User, newborn: Citizen) -> None:
    """QĐ 4750/QĐ-BYT, table 9: SO, QUYEN_SO and the temporary card until birth registration."""
    given = newborn.identifiers.get(kind="temporary").value
    client = logged_in(clerk)
    for typed in (given, given.lower(), given.replace("-", ""), given.replace("-", " ")):
        assert scan(client, typed).url == record_url(newborn), typed


@pytest.mark.parametrize(
    ("kind", "value", "typed"),
    [
        ("foreign_account", "NNN0012345", "nnn 0012345"),
        ("origin_certificate", "GC-000123", "GC-000123"),
    ],
)
def test_papers_of_other_kinds_find_their_person(
    clerk: User, citizen: Citizen, kind: str, value: str, typed: str
) -> None:
    CitizenIdentifier.objects.create(citizen=citizen, kind=kind, value=value)
    assert scan(logged_in(clerk), typed).url == record_url(citizen)


@pytest.mark.parametrize("number", ["E12345678", "M12345678", "12345678", "123456", "X1234567A"])
def test_a_passport_of_any_country_finds_its_person(
    clerk: User, citizen: Citizen, number: str
) -> None:
    """QĐ 4750/QĐ-BYT, table 1, SO_CCCD: a foreigner's passport or account number."""
    stored = Passport.parse(number).value
    CitizenIdentifier.objects.create(citizen=citizen, kind="passport", value=stored)
    assert scan(logged_in(clerk), number.lower()).url == record_url(citizen)


def test_a_passport_that_nobody_has_fills_the_form(clerk: User) -> None:
    page = logged_in(clerk).get(f"{reverse('admin:healthrecords_citizen_add')}?q=E12345678")
    assert page.context["form"]["passport"].value() == "E12345678"


def test_a_facility_s_own_number_is_no_key_elsewhere(
    neighbour: User, clerk: User, citizen: Citizen, other_station: Organisation
) -> None:
    """Counting up small numbers would tell who has a record; elsewhere it is another person's."""
    CitizenIdentifier.objects.create(
        citizen=citizen, kind="facility_number", value="BN000123", issuer=clerk.place_of_work
    )
    assert "Hặc" not in text_of(scan(logged_in(neighbour), "BN000123"))
    CareRelation.objects.create(
        citizen=citizen, organisation=other_station, ground="visit", since=date(2026, 1, 1)
    )
    assert "Hặc" not in text_of(scan(logged_in(neighbour), "BN000123"))


@pytest.mark.parametrize("typed", ["BN00123", "bn00123", "26001234", "0417"])
def test_a_patient_number_finds_its_person_at_the_facility_that_gave_it(
    clerk: User, citizen: Citizen, typed: str
) -> None:
    CitizenIdentifier.objects.create(
        citizen=citizen, kind="facility_number", value=typed.upper(), issuer=clerk.place_of_work
    )
    page = scan(logged_in(clerk), typed)
    assert page.status_code == 200
    assert record_url(citizen) in page.content.decode()
    assert "Mã người bệnh của cơ sở" in text_of(page)
    assert "Số này chưa đúng" not in text_of(page)
    assert AccessLog.objects.filter(people=[citizen.pk], action="listed").count() == 1


@pytest.mark.parametrize(
    ("kind", "value", "typed"),
    [
        ("birth_paper", "0012", "0012"),
        ("birth_paper", "123/GCS-2026", "123/gcs-2026"),
        ("birth_registration", "45/2026", "45/2026"),
    ],
)
def test_a_number_that_each_office_counts_anew_lists_people_of_the_scope_alone(
    clerk: User, neighbour: User, newborn: Citizen, kind: str, value: str, typed: str
) -> None:
    """Each registry counts from one again: the same number elsewhere is another child's."""
    CitizenIdentifier.objects.create(citizen=newborn, kind=kind, value=value)
    page = scan(logged_in(clerk), typed)
    assert page.status_code == 200
    assert record_url(newborn) in page.content.decode()
    theirs = scan(logged_in(neighbour), typed)
    assert theirs.status_code == 200
    assert "Con bà Hặc" not in text_of(theirs)
    identify = logged_in(neighbour).get(
        reverse("admin:healthrecords_citizen_identify"), {"q": typed}
    )
    assert identify.status_code == 404
    assert not AccessLog.objects.filter(
        user_id=neighbour.pk, people__contains=[newborn.pk]
    ).exists()


def test_two_children_with_one_number_of_two_offices_are_both_listed(
    clerk: User, newborn: Citizen, citizen: Citizen
) -> None:
    for child in (newborn, citizen):
        CitizenIdentifier.objects.create(citizen=child, kind="birth_registration", value="45/2026")
    page = scan(logged_in(clerk), "45/2026").content.decode()
    assert record_url(newborn) in page
    assert record_url(citizen) in page


@pytest.mark.parametrize("ending", ["corrected", "not_theirs"])
def test_a_local_number_that_was_never_theirs_lists_nobody(
    clerk: User, newborn: Citizen, ending: str
) -> None:
    CitizenIdentifier.objects.create(
        citizen=newborn,
        kind="birth_registration",
        value="45/2026",
        ended_on=date(2026, 11, 20),
        ending=ending,
    )
    assert "Con bà Hặc" not in text_of(scan(logged_in(clerk), "45/2026"))


def test_a_cancelled_number_still_leads_to_its_person(clerk: User, citizen: Citizen) -> None:
    """Decree 70/2024/NĐ-CP, Article 11.7.

    A number can be cancelled and reissued (read second-hand).
    """
    old = citizen.identifiers.get(kind="personal")
    numbers.end_number(
        actor=clerk,
        identifier=old,
        ending="cancelled",
        note="Công an xã báo, giấy 12/TB",
        successor="011162009999",
        at=LATER,
    )
    client = logged_in(clerk)
    assert scan(client, old.value).url == record_url(citizen)
    assert scan(client, "011162009999").url == record_url(citizen)


def test_who_holds_a_number_now_is_found_before_who_held_it_once(
    clerk: User, citizen: Citizen, newborn: Citizen
) -> None:
    old = citizen.identifiers.get(kind="personal")
    numbers.end_number(actor=clerk, identifier=old, ending="cancelled", note="cấp nhầm", at=LATER)
    CitizenIdentifier.objects.create(citizen=newborn, kind="personal", value=old.value)
    assert scan(logged_in(clerk), old.value).url == record_url(newborn)


@pytest.mark.parametrize("ending", ["corrected", "not_theirs"])
def test_a_number_that_was_never_theirs_leads_to_nobody(
    clerk: User, citizen: Citizen, ending: str
) -> None:
    CitizenIdentifier.objects.filter(citizen=citizen).update(
        ended_on=date(2026, 11, 20), ending=ending
    )
    answer = scan(logged_in(clerk), "011162004137")
    assert record_url(citizen) not in getattr(answer, "url", "")
    assert "Hặc" not in text_of(answer)


def test_outside_one_s_scope_such_a_number_says_who_it_is_and_no_more(
    neighbour: User, newborn: Citizen
) -> None:
    client = logged_in(neighbour)
    given = newborn.identifiers.get(kind="temporary").value
    answer = client.get(scan(client, given).url)
    assert "Con bà Hặc" in text_of(answer)
    assert "Bản Nà Pheo 2" not in text_of(answer)
    assert AccessLog.objects.filter(people=[newborn.pk], action="identified").count() == 1
