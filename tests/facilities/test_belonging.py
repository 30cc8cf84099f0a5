"""Whose a place of care is on a day, and by which codes it is known."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import inlineformset_factory
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from facilities.services import Decision, Step, succeed, withdraw_succession
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.lookup import governed_by
from portal.places.models import GoverningBody, Organisation, OrganisationIdentifier
from tests.conftest import SINCE, make_user

TODAY, REFORM = date(2026, 11, 5), date(2026, 1, 1)
COMMUNE = "Ủy ban nhân dân xã Mường Chà"
DAY = timedelta(days=1)
AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def belongs(place: Organisation, name: str = COMMUNE, on: date = REFORM) -> GoverningBody:
    return places.belong_to(organisation=place, kind="commune", name=name, valid_from=on)


def test_a_station_becomes_the_commune_s_and_stays_under_the_department(
    station: Organisation, department: Organisation
) -> None:
    places.belong_to(
        organisation=station, kind="department", name=department.name, valid_from=SINCE
    )
    belongs(station)
    station.refresh_from_db()
    assert station.parent == department
    assert governed_by(station, REFORM - DAY) == department.name
    assert governed_by(station, REFORM) == COMMUNE
    assert list(station.governing_bodies.values_list("valid_from", "valid_until")) == [
        (REFORM, None),
        (SINCE, REFORM - DAY),
    ]


def test_where_nobody_said_whose_it_is_it_is_who_it_stands_under(
    station: Organisation, department: Organisation
) -> None:
    assert governed_by(station, TODAY) == department.name


def test_a_governing_body_of_the_same_day_is_corrected_and_an_earlier_one_refused(
    station: Organisation,
) -> None:
    belongs(station, "Ủy ban nhân dân xã Mường Chả")
    belongs(station)
    assert station.governing_bodies.get().name == COMMUNE
    with pytest.raises(ValidationError) as refused:
        belongs(station, "Sở Y tế", REFORM - DAY)
    assert refused.value.error_dict["valid_from"][0].code == "governing_before_last"
    assert station.governing_bodies.get().name == COMMUNE


def test_who_is_merged_away_belongs_to_nobody_until_the_step_is_taken_back(
    station: Organisation, department: Organisation
) -> None:
    belongs(station)
    heir = places.create_organisation(
        name="Trạm Y tế xã Bên Cạnh", kind="station", parent=department, valid_from=SINCE
    )
    step = Step(station, heir, "merge", date(2026, 7, 1), decision=Decision("3/QĐ-UBND"))
    row = succeed(actor=None, step=step, today=TODAY)
    assert station.governing_bodies.get().valid_until == date(2026, 6, 30)
    withdraw_succession(actor=None, step=row, reason="Nhầm trạm", at=AT)
    assert station.governing_bodies.get().valid_until is None


def test_the_page_offers_the_commune_s_committee_and_says_it_afterwards(
    station: Organisation, ministry: Organisation, shipped_lists: None
) -> None:
    facility = Facility.objects.create(organisation=station, form="TYT")
    admin: User = make_user("tri", "Phạm Văn Trí", Role.SYSTEM_ADMINISTRATOR, ministry)
    client = Client()
    client.force_login(admin)
    url = reverse("admin:facilities_facility_governing", args=[facility.pk])
    assert COMMUNE in client.get(url).content.decode()
    said = {"kind": "commune", "name": COMMUNE, "valid_from": "01/01/2026"}
    assert client.post(url, said).status_code == 302
    page = client.get(reverse("admin:facilities_facility_change", args=[facility.pk]))
    assert COMMUNE in page.content.decode()


@pytest.mark.parametrize(
    ("scheme", "value", "code"),
    [
        ("insurance", "xx", "facility_code_unreadable"),
        ("insurance", "8936012340013", "is_location_number"),
        ("gln", "11001", "is_facility_code"),
        ("gln", "1234", "location_number_length"),
        ("gln", "8936012340018", "location_number_check_digit"),
    ],
)
def test_a_code_its_scheme_cannot_read_is_refused_whoever_gives_it(
    scheme: str, value: str, code: str, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        places.give_code(organisation=station, scheme=scheme, value=value, valid_from=SINCE)
    assert refused.value.error_dict["value"][0].code == code
    assert not station.identifiers.exists()


def test_a_code_is_kept_as_its_scheme_writes_it(station: Organisation) -> None:
    given = places.give_code(
        organisation=station, scheme="insurance", value=" 11c51", valid_from=SINCE
    )
    assert given.value == "11C51"
    sure = places.give_code(
        organisation=station, scheme="gln", value="8936012340018", valid_from=SINCE, is_sure=True
    )
    assert sure.value == "8936012340018"


def test_the_database_itself_refuses_a_code_of_another_shape(station: Organisation) -> None:
    row = OrganisationIdentifier(
        organisation=station, scheme="gln", value="11001", valid_from=SINCE
    )
    with pytest.raises(IntegrityError, match="written_as_its_scheme"), transaction.atomic():
        row.save(force_insert=True)


def test_a_wrong_code_on_the_page_of_an_organisation_is_refused_at_its_field(
    station: Organisation,
) -> None:
    formset = inlineformset_factory(
        Organisation, OrganisationIdentifier, fields=("scheme", "value", "valid_from"), extra=1
    )
    said = {
        "identifiers-TOTAL_FORMS": "1",
        "identifiers-INITIAL_FORMS": "0",
        "identifiers-0-scheme": "insurance",
        "identifiers-0-value": "xx",
        "identifiers-0-valid_from": "2026-11-01",
    }
    form = formset(said, instance=station).forms[0]
    assert "value" in form.errors


def test_a_facility_is_renamed_on_its_own_page_and_not_on_that_of_the_tree(
    station: Organisation, licensing_officer: User
) -> None:
    """Its page keeps the name it had; a name written over in the tree would lose it."""
    Facility.objects.create(organisation=station, form="TYT")
    client = Client()
    client.force_login(licensing_officer)
    url = reverse("admin:places_organisation_change", args=[station.pk])
    body = client.get(url).content.decode()
    assert 'name="name"' not in body
    was = station.name
    client.post(url, {"name": "Tên khác", "kind": "hospital"})
    station.refresh_from_db()
    assert (station.name, station.kind) == (was, "station")
