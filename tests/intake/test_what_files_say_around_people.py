"""Insurance, addresses as received and blood group of people come with the files, and go with an undo."""

from datetime import date
from typing import Any

import pytest

from healthrecords.models import Citizen, CitizenAddress, Coverage
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Area, AreaSuccession, FormerArea, Organisation
from tests.intake.envelopes import whole, written
from tests.intake.sending import NOW, confirm, envelope, send, visit, workbook
from tests.intake.test_a_list_becomes_people import a_list, person

pytestmark = pytest.mark.usefixtures("lists", "registers")


def bring(content: bytes, officer: User, hospital: Organisation, kind: str, name: str) -> Batch:
    batch = send(content, by=officer, organisation=hospital, kind=kind, name=name)
    return confirm(batch, officer)


def an_envelope(officer: User, hospital: Organisation, **said: str) -> Batch:
    return bring(envelope(written(whole(**said))), officer, hospital, "envelope", "hoso.xml")


def covered() -> list[tuple[Any, ...]]:
    rows = Coverage.objects.filter(withdrawn_on=None).order_by("number", "valid_from")
    return list(
        rows.values_list("number", "benefit", "registered_at__name", "valid_from", "valid_until")
    )


def test_an_envelope_brings_card_place_and_time(data_officer: User, hospital: Organisation) -> None:
    an_envelope(data_officer, hospital)
    assert covered() == [
        ("GD4111234500001", "4", hospital.name, date(2026, 1, 1), date(2026, 12, 31))
    ]
    person = Citizen.objects.get()
    assert (person.blood_group, person.rhesus) == ("O", "positive")


def test_several_cards_keep_their_own_days(data_officer: User, hospital: Organisation) -> None:
    an_envelope(
        data_officer,
        hospital,
        MA_THE_BHYT="GD4111234500001;HT3111234500001",
        MA_DKBD="11001;99999",
        GT_THE_TU="20260101;20260701",
        GT_THE_DEN="20260630;20261231",
    )
    assert covered() == [
        ("GD4111234500001", "4", hospital.name, date(2026, 1, 1), date(2026, 6, 30)),
        ("HT3111234500001", "3", None, date(2026, 7, 1), date(2026, 12, 31)),
    ]
    assert Coverage.objects.get(benefit="3").registered_code == "99999"


def test_the_same_card_again_is_one_coverage(data_officer: User, hospital: Organisation) -> None:
    an_envelope(data_officer, hospital)
    an_envelope(data_officer, hospital, MA_LK="E-0002", GT_THE_DEN="20270630")
    assert [row[-1] for row in covered()] == [date(2027, 6, 30)]


def test_a_bare_number_says_nothing_of_a_time(data_officer: User, hospital: Organisation) -> None:
    bring(workbook([visit()]), data_officer, hospital, "visits", "kcb.xlsx")
    assert covered() == []
    assert not CitizenAddress.objects.exists()


def test_old_codes_are_kept_as_received_and_mean_todays_commune(
    data_officer: User, hospital: Organisation, communes: list[Area]
) -> None:
    old = FormerArea.objects.create(
        code="03199", name="Xã Cũ", district_code="097", province_code="11"
    )
    AreaSuccession.objects.create(former=old, area=communes[1], on=date(2025, 7, 1))
    an_envelope(data_officer, hospital, MAXA_CU_TRU="03199", MAHUYEN_CU_TRU="097")
    row = CitizenAddress.objects.get()
    assert (row.kind, row.area, row.text) == ("residence", communes[1], "Bản Hồi, xã Mường Chà")
    assert (row.province_code, row.district_code, row.commune_code) == ("11", "097", "03199")


def test_a_divided_commune_stays_unresolved(
    data_officer: User, hospital: Organisation, communes: list[Area]
) -> None:
    old = FormerArea.objects.create(
        code="03199", name="Xã Cũ", district_code="097", province_code="11"
    )
    for area in communes:
        AreaSuccession.objects.create(former=old, area=area, on=date(2025, 7, 1))
    an_envelope(data_officer, hospital, MAXA_CU_TRU="03199", MAHUYEN_CU_TRU="097")
    row = CitizenAddress.objects.get()
    assert (row.area, row.commune_code) == (None, "03199")


def test_a_list_that_moves_somebody_leaves_the_address_before(
    data_officer: User, hospital: Organisation, communes: list[Area]
) -> None:
    bring(a_list(person()), data_officer, hospital, "citizens", "nguoi-dan.xlsx")
    moved = person(DIA_CHI="Bản Lạnh", MAXA_CU_TRU="03325")
    bring(a_list(moved), data_officer, hospital, "citizens", "nguoi-dan-2.xlsx")
    assert Citizen.objects.get().area == communes[1]
    row = CitizenAddress.objects.get()
    assert (row.text, row.area) == ("Bản Hồi, xã Mường Chà", communes[0])
    assert row.valid_until is not None


def test_an_undo_withdraws_what_came(data_officer: User, hospital: Organisation) -> None:
    batch = an_envelope(data_officer, hospital)
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)
    assert covered() == []
    assert Coverage.objects.get().withdrawn_on is not None
    an_envelope(data_officer, hospital)
    assert len(covered()) == 1
