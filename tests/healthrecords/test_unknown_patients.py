"""Of a patient whom nobody knows somebody is told within hours: whom, until when, by whom.

Law 15/2023/QH15, Articles 72 and 73 (read second-hand).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from healthrecords.models import Citizen, UnknownNotice
from healthrecords.services import register_citizen
from healthrecords.services.unknown import Told, duties_of, read_unknown, tell_of_unknown
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import mended
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_identity_pages import do, page_of

pytestmark = pytest.mark.usefixtures("lists")
NAME = "Nam khoảng 40 tuổi, áo xanh"
TOLD = Told("authority", "Công an xã Mường Chà, ông Lò Văn Ún", AT + timedelta(hours=3))


@pytest.fixture
def bring(clerk: User, station: Organisation) -> Callable[..., Citizen]:
    """Take somebody unknown in at the station of Mường Chà."""

    def bring_it(at: Any = AT, **said: Any) -> Citizen:
        entry = entry_of(
            None,
            **{
                "name": NAME,
                "sex": "male",
                "birth": PartialDate(1986),
                "standing": "unknown",
                "nationality": "",
                "numbers": [],
                **said,
            },
        )
        saved = register_citizen(actor=clerk, place=station, entry=entry, client_key=uuid7(), at=at)
        return saved.row

    return bring_it


def test_the_clock_of_an_unknown_patient_begins_when_they_are_taken_in(
    bring: Callable[..., Citizen],
) -> None:
    found = duties_of(read_unknown(bring()))
    assert [(duty.code, duty.due - AT) for duty in found] == [
        ("authority", timedelta(hours=24)),
        ("public", timedelta(hours=48)),
    ]
    assert all("Điều 72" in duty.basis for duty in found)
    assert not found[0].is_late(AT + timedelta(hours=24))
    assert found[0].is_late(AT + timedelta(hours=25))


def test_who_is_known_is_told_of_to_nobody(citizen: Citizen) -> None:
    assert duties_of(read_unknown(citizen)) == []


def test_before_the_list_was_in_force_nothing_was_to_be_told(
    bring: Callable[..., Citizen],
) -> None:
    assert duties_of(read_unknown(bring(at=AT - timedelta(days=3 * 366)))) == []


def test_who_was_told_when_and_by_whom_is_kept_and_told_once(
    bring: Callable[..., Citizen], clerk: User, clinician: User, station: Organisation
) -> None:
    person, at = bring(), AT + timedelta(hours=4)
    row = tell_of_unknown(actor=clinician, citizen=person, said=TOLD, at=at)
    assert (row.told_to, row.told_at, row.told_by, row.facility) == (
        TOLD.told_to,
        TOLD.told_at,
        clinician,
        station,
    )
    with pytest.raises(ValidationError) as refused:
        tell_of_unknown(actor=clerk, citizen=person, said=TOLD, at=at)
    assert refused.value.code == "told_already"
    assert UnknownNotice.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        Told("authority", " ", AT),
        Told("authority", "Công an xã", AT + timedelta(days=1)),
        Told("nobody", "Công an xã", AT),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_noted(
    bring: Callable[..., Citizen], clerk: User, said: Told
) -> None:
    with pytest.raises(ValidationError):
        tell_of_unknown(actor=clerk, citizen=bring(), said=said, at=AT + timedelta(hours=1))
    assert not UnknownNotice.objects.exists()


def test_another_place_notes_nothing(bring: Callable[..., Citizen], stranger: User) -> None:
    with pytest.raises(PermissionDenied):
        tell_of_unknown(actor=stranger, citizen=bring(), said=TOLD, at=AT + timedelta(hours=4))
    assert not UnknownNotice.objects.exists()


def test_who_is_identified_needs_no_more_telling_and_what_was_told_stays(
    bring: Callable[..., Citizen], clerk: User, communes: list[Area]
) -> None:
    person, at = bring(), AT + timedelta(hours=4)
    tell_of_unknown(actor=clerk, citizen=person, said=TOLD, at=at)
    person = mended(clerk, person, communes[0], name="Vàng A Dơ", standing="known")
    assert [duty.code for duty in duties_of(read_unknown(person))] == ["authority"]
    said = Told("public", "Đài truyền hình tỉnh", AT)
    with pytest.raises(ValidationError) as refused:
        tell_of_unknown(actor=clerk, citizen=person, said=said, at=at)
    assert refused.value.code == "known_by_now"


def home(client: Client) -> str:
    return text_of(client.get("/"))


def test_the_work_list_and_the_page_show_the_clock_and_who_was_told(
    bring: Callable[..., Citizen], clerk: User, stranger: User
) -> None:
    client = logged_in(clerk)
    assert "Người bệnh chưa rõ danh tính" not in home(client)
    person = bring(at=timezone.now() - timedelta(hours=25))
    shown = home(client)
    assert f"{NAME}: Báo công an cấp xã" in shown
    assert "quá hạn từ" in shown
    assert NAME not in home(logged_in(stranger))
    page = text_of(client.get(page_of(person)))
    assert "Luật 15/2023/QH15, Điều 72, Điều 73" in page
    refused = do(client, person, "tell", duty="authority", told_to="", told_at="")
    assert refused.status_code == 400
    told = f"{timezone.localtime():%d/%m/%Y %H:%M}"
    said = {"duty": "authority", "told_to": "Công an xã", "told_at": told}
    assert do(client, person, "tell", **said).status_code == 302
    page = text_of(client.get(page_of(person)))
    assert "Công an xã, " in page
    assert clerk.full_name in page
    assert f"{NAME}: Báo công an cấp xã" not in home(client)
    assert f"{NAME}: Thông báo tìm thân nhân" in home(client)
