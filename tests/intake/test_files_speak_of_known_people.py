"""What a file of visits says of somebody who is known is kept, shown where it differs, and settled."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, FieldSource, Medication
from healthrecords.provenances import Provenances, words_of
from healthrecords.services import MedicineEntry
from healthrecords.services.identity import file_differences, settle_difference
from healthrecords.services.merges import merge_citizens, unmerge_citizens
from healthrecords.services.sources import held_number
from healthrecords.services.versions import version_of_citizen
from healthrecords.services.weighing import weigh
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.intake import services as intake
from portal.intake.models import Batch
from portal.places.models import Area, Organisation
from portal.provenance import Sureness
from tests.healthrecords.conftest import ON, entry_of, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.intake.envelopes import whole, written
from tests.intake.sending import NOW, confirm, envelope, send

pytestmark = pytest.mark.usefixtures("lists", "registers")

SAYS = {
    "DIEN_THOAI": "0922222222",
    "MA_DANTOC": "01",
    "NHOM_MAU": "A+",
    "MA_NGHE_NGHIEP": "63210",
    "GIOI_TINH": "1",
}
OTHERWISE = {"phone", "ethnic_group", "blood_group", "occupation", "sex"}


@pytest.fixture
def known(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    """A woman whom the station registered by hand before the hospital's file came."""
    entry = entry_of(
        communes[0],
        name="Lò Thị Thử",
        birth=PartialDate(1960, 5, 15),
        phone="0911111111",
        occupation="",
        numbers=[services.NumberEntry("personal", "011160000001")],
    )
    at = NOW - timedelta(days=30)
    return services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=at
    ).row


def bring(officer: User, hospital: Organisation, *, at: datetime = NOW, **said: str) -> Batch:
    content = envelope(written(whole(**{**SAYS, **said})))
    batch = send(content, by=officer, organisation=hospital, kind="envelope", name="hoso.xml")
    return confirm(batch, officer)


def differing(citizen: Citizen) -> dict[str, str]:
    return {word.field: word.value for word, _ours in file_differences(citizen)}


def asked(citizen: Citizen) -> Provenances:
    citizen.refresh_from_db()
    on = timezone.localdate()
    return Provenances(citizen, words_of(citizen), number=held_number(citizen), on=on)


def test_what_differs_is_kept_with_its_place_and_nothing_is_overwritten(
    known: Citizen, data_officer: User, hospital: Organisation
) -> None:
    batch = bring(data_officer, hospital)
    assert Citizen.objects.count() == 1
    assert differing(known) == {
        "phone": "0922222222",
        "ethnic_group": "01",
        "blood_group": "A positive",
        "occupation": "63210",
        "sex": "male",
    }
    word = FieldSource.objects.get(field="phone", source="file")
    assert (word.organisation, word.said_by, word.batch_id) == (hospital, data_officer, batch.pk)
    known.refresh_from_db()
    assert (known.phone, known.sex, known.blood_group) == ("0911111111", "female", "")
    assert asked(known).file_differs


def test_what_agrees_or_says_less_is_no_word(
    known: Citizen, data_officer: User, hospital: Organisation, clerk: User
) -> None:
    Citizen.objects.filter(pk=known.pk).update(
        occupation="63", blood_group="O", rhesus="positive", ethnic_group="03"
    )
    bring(
        data_officer,
        hospital,
        DIEN_THOAI="0911111111",
        MA_DANTOC="03",
        GIOI_TINH="2",
        NHOM_MAU="O",
        NGAY_SINH="1960",
        DIA_CHI="Bản Hồi, xã Mường Chà",
    )
    assert not FieldSource.objects.filter(source="file", row_id=None).exists()
    assert not asked(known).file_differs


def test_the_same_file_again_says_nothing_twice(
    known: Citizen, data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital)
    bring(data_officer, hospital, MA_LK="E-0002")
    assert FieldSource.objects.filter(source="file", field="phone").count() == 1


def test_a_protected_visit_says_nothing(
    known: Citizen, data_officer: User, hospital: Organisation
) -> None:
    """A word names the place it came from; Law 71/2020/QH14, article 30."""
    bring(data_officer, hospital, MA_BENH_CHINH="B20")
    assert not FieldSource.objects.filter(source="file").exists()


def test_taken_over_it_tells_who_confirmed_it_and_when(
    known: Citizen, data_officer: User, hospital: Organisation, clerk: User
) -> None:
    bring(data_officer, hospital)
    for word, _ours in file_differences(known):
        settle_difference(actor=clerk, word=word, takes_theirs=True, at=timezone.now())
    found = asked(known)
    assert (known.phone, known.ethnic_group, known.occupation) == ("0922222222", "01", "63210")
    assert (known.blood_group, known.rhesus, known.sex) == ("A", "positive", "male")
    came = found.provenance_of("phone")
    assert came is not None
    assert (came.sureness, came.text) == (Sureness.RECEIVED, hospital.name)
    assert clerk.full_name in found.who_said("phone")
    assert not found.file_differs
    assert differing(known) == {}


def test_kept_against_the_file_for_a_reason_it_is_not_asked_again(
    known: Citizen, data_officer: User, hospital: Organisation, clerk: User
) -> None:
    bring(data_officer, hospital)
    word = next(word for word, _ours in file_differences(known) if word.field == "sex")
    act = {"actor": clerk, "word": word, "takes_theirs": False, "at": timezone.now()}
    with pytest.raises(ValidationError) as refused:
        settle_difference(**act)
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["reason_missing"]
    word.refresh_from_db()
    assert word.set_aside_at is None
    settle_difference(**act, reason="thẻ căn cước ghi nữ")
    assert "sex" not in differing(known)
    bring(data_officer, hospital, MA_LK="E-0002")
    assert "sex" not in differing(known)


def test_what_somebody_wrote_after_the_file_is_the_later_word(
    known: Citizen, data_officer: User, hospital: Organisation, clerk: User, communes: list[Area]
) -> None:
    bring(data_officer, hospital)
    entry = entry_of(
        communes[0],
        name=known.name,
        birth=known.birth,
        phone="0933333333",
        numbers=[services.NumberEntry("personal", "011160000001")],
    )
    services.mend_citizen(
        actor=clerk,
        citizen=known,
        entry=entry,
        version=version_of_citizen(known),
        at=timezone.now(),
    )
    known.refresh_from_db()
    assert "phone" not in differing(known)


def test_an_undone_file_says_nothing_any_more(
    known: Citizen, data_officer: User, hospital: Organisation
) -> None:
    batch = bring(data_officer, hospital)
    intake.ask_to_undo(actor=data_officer, batch=batch, reason="gửi nhầm tệp")
    intake.undo_batch(batch.pk, at=NOW)
    assert differing(known) == {}
    assert not asked(known).file_differs


def test_the_page_shows_both_sides_and_settles(
    known: Citizen, data_officer: User, hospital: Organisation, clerk: User
) -> None:
    bring(data_officer, hospital)
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_identity", args=[known.pk])
    shown = text_of(client.get(url))
    for said in ("Tệp ghi khác", hospital.name, "0922 222 222", "0911 111 111", "A Rh+", "Kinh"):
        assert said in shown
    word = FieldSource.objects.get(field="phone", source="file")
    deed = reverse("admin:healthrecords_citizen_identity_deed", args=[known.pk, "settle"])
    assert client.post(deed, {"word": word.pk, "take": "theirs"}).status_code == 302
    known.refresh_from_db()
    assert known.phone == "0922222222"
    assert clerk.full_name in text_of(client.get(url))


def test_the_page_names_who_sent_the_file_somebody_came_with(
    data_officer: User, hospital: Organisation, station: Organisation, clerk: User
) -> None:
    bring(data_officer, hospital)
    citizen = Citizen.objects.get()
    CareRelation.objects.create(citizen=citizen, organisation=station, ground="visit", since=ON)
    url = reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])
    shown = text_of(logged_in(clerk).get(url))
    assert f"tệp do {data_officer.full_name} gửi ngày 05/11/2026" in shown


def test_a_newborn_of_a_file_has_the_hour_and_is_one(
    data_officer: User, hospital: Organisation
) -> None:
    """Decision 4750/QĐ-BYT, XML1 field 6: the hour is sent up to 28 days; 0000 is not known."""
    bring(
        data_officer,
        hospital,
        NGAY_SINH="202611020530",
        SO_CCCD="",
        HO_TEN="CB. LÒ THỊ THỬ",
        MA_NGHE_NGHIEP="00000",
        CAN_NANG="3.20",
    )
    child = Citizen.objects.get()
    assert (child.birth_date, child.birth_time) == (date(2026, 11, 2), time(5, 30))
    assert child.standing == "newborn"


def test_an_hour_that_nobody_knows_is_none_and_the_occupation_is_kept(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital)
    person = Citizen.objects.get()
    assert (person.birth_time, person.standing, person.occupation) == (None, "known", "63210")


def test_a_medicine_of_a_file_that_lasts_is_asked_about(
    known: Citizen, data_officer: User, hospital: Organisation
) -> None:
    """Hospitals write “Amlodipin 5mg” without its ingredients; the station's list knows them."""
    bring(data_officer, hospital)
    given = Medication.objects.get()
    assert (given.name, given.days, given.ingredients) == ("Amlodipin 5mg", 28, [])
    for medicine in (
        MedicineEntry(name="Amlodipin 5 mg", ingredients=("amlodipin",), days=28),
        MedicineEntry(name="Amlodipin 10 mg", ingredients=("amlodipin",), days=28),
        MedicineEntry(name="amlodipin 5 MG", days=28),
    ):
        found = weigh(visit_of("I10", medicines=[medicine]), citizen=known, sees_sensitive=False)
        assert [error.code for error in found.asked[0]] == ["confirm_medicine"], medicine
        assert "29/11/2026" in " ".join(found.asked[0][0].messages)
    other = MedicineEntry(name="Paracetamol 500 mg", ingredients=("paracetamol",), days=5)
    assert weigh(visit_of("I10", medicines=[other]), citizen=known, sees_sensitive=False).asked == {
        0: []
    }


def test_a_field_taken_from_a_joined_record_keeps_where_it_came_from(
    data_officer: User,
    hospital: Organisation,
    clinician: User,
    station: Organisation,
    communes: list[Area],
) -> None:
    bring(data_officer, hospital)
    came = Citizen.objects.get()
    typed = services.register_citizen(
        actor=clinician,
        place=station,
        entry=entry_of(communes[0], name="Lò Thị Thử", birth=PartialDate(1961), numbers=[]),
        client_key=uuid7(),
        at=timezone.now(),
        not_twins=frozenset({came.pk}),
    ).row
    CareRelation.objects.get_or_create(
        citizen=came, organisation=station, ground="visit", defaults={"since": ON}
    )
    for person in (came, typed):
        services.open_access(user=clinician, citizen=person, at=timezone.now())
    merge = merge_citizens(
        actor=clinician, survivor=typed, merged=came, take=["phone"], at=timezone.now()
    )
    found = asked(typed).provenance_of("phone")
    assert found is not None
    assert (found.sureness, found.text) == (Sureness.RECEIVED, hospital.name)
    own = asked(typed).provenance_of("address")
    assert own is not None
    assert own.sureness == Sureness.DECLARED
    unmerge_citizens(actor=clinician, merge=merge, at=timezone.now())
    assert asked(typed).provenance_of("phone") is None


class TestDeaths:
    """A visit that ended with a death says so of the person; somebody decides on it."""

    DIED: ClassVar[dict[str, str]] = {"KET_QUA_DTRI": "5"}

    def test_it_waits_beside_the_record_and_is_taken_over_by_a_person(
        self, known: Citizen, data_officer: User, hospital: Organisation, clerk: User
    ) -> None:
        batch = bring(data_officer, hospital, **self.DIED)
        known.refresh_from_db()
        assert known.died_on is None
        word = FieldSource.objects.get(field="death")
        visit = known.visits.get()
        assert word.value == timezone.localdate(visit.ended_at).isoformat()
        assert (word.visit_id, word.batch_id, word.organisation) == (visit.pk, batch.pk, hospital)
        assert "death" in differing(known)
        settle_difference(actor=clerk, word=word, takes_theirs=True, at=NOW + timedelta(hours=1))
        known.refresh_from_db()
        assert known.died_on == timezone.localdate(visit.ended_at)
        assert known.death_source == "facility"
        assert "death" not in differing(known)

    def test_it_is_said_of_somebody_who_came_with_the_file_too(
        self, data_officer: User, hospital: Organisation
    ) -> None:
        bring(data_officer, hospital, **self.DIED)
        assert "death" in differing(Citizen.objects.get())

    def test_an_undone_file_takes_its_death_back_though_it_was_taken_over(
        self, known: Citizen, data_officer: User, hospital: Organisation, clerk: User
    ) -> None:
        batch = bring(data_officer, hospital, **self.DIED)
        word = FieldSource.objects.get(field="death")
        settle_difference(actor=clerk, word=word, takes_theirs=True, at=NOW + timedelta(hours=1))
        intake.ask_to_undo(actor=data_officer, batch=batch, reason="gửi nhầm tệp")
        intake.undo_batch(batch.pk, at=NOW + timedelta(hours=2))
        known.refresh_from_db()
        assert (known.died_on, known.death_source) == (None, "")
        word.refresh_from_db()
        assert word.set_aside_because

    def test_a_file_that_says_another_result_later_takes_its_word_back(
        self, known: Citizen, data_officer: User, hospital: Organisation
    ) -> None:
        bring(data_officer, hospital, **self.DIED)
        bring(data_officer, hospital, at=NOW + timedelta(days=1), KET_QUA_DTRI="2")
        assert "death" not in differing(known)
        bring(data_officer, hospital, at=NOW + timedelta(days=2), **self.DIED)
        assert "death" in differing(known)
