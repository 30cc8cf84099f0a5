"""A citizen's identity: newborns, unknown people, numbers that end, addresses, insurance, family."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.banner import birth_of
from healthrecords.forms.around import clock_of
from healthrecords.forms.fields import BirthField
from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    TwinCase,
)
from healthrecords.services import NumberEntry, numbers
from healthrecords.services.entries import RelativeEntry
from healthrecords.services.sources import values_of
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.identifiers import PersonalNumber
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of

LATER = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


@pytest.fixture
def register(clerk: User, station: Organisation, lists: None) -> Any:
    def register_it(entry: Any, **said: Any) -> Citizen:
        saved = services.register_citizen(
            actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT, **said
        )
        row: Citizen = saved.row
        return row

    return register_it


@pytest.fixture
def mend(clerk: User) -> Any:
    def mend_it(citizen: Citizen, entry: Any, at: datetime = LATER) -> Citizen:
        return services.mend_citizen(
            actor=clerk, citizen=citizen, entry=entry, version=version_of_citizen(citizen), at=at
        )

    return mend_it


def newborn(area: Area, **changed: Any) -> Any:
    said: dict[str, Any] = {
        "name": "CB. Lò Thị Mai",
        "sex": "male",
        "birth": PartialDate(2026, 11, 4),
        "birth_time": time(5, 30),
        "standing": "newborn",
        "numbers": [],
        "relative": RelativeEntry("mother", "Lò Thị Mai", "011195000123", represents=True),
    }
    return entry_of(area, **{**said, **changed})


def test_a_newborn_has_an_hour_a_temporary_number_and_the_mothers_number_beside(
    register: Any, communes: list[Area]
) -> None:
    """QĐ 4750/QĐ-BYT, table 1, NGAY_SINH: the hour up to 28 days of age; the temporary card TE1."""
    child = register(newborn(communes[0]))
    assert birth_of(child) == "04/11/2026 lúc 05:30"
    temporary = child.identifiers.get()
    assert (temporary.kind, temporary.value[:4]) == ("temporary", "T26-")
    mother = child.relatives.get()
    assert (mother.relation, mother.number, mother.represents) == ("mother", "011195000123", True)
    # The mother's number is never one of the child's.
    assert not CitizenIdentifier.objects.filter(value="011195000123").exists()


def test_the_mothers_record_is_found_by_her_number(register: Any, communes: list[Area]) -> None:
    mother = register(
        entry_of(communes[0], name="Lò Thị Mai", numbers=[NumberEntry("personal", "011195000123")])
    )
    child = register(newborn(communes[0]))
    assert child.relatives.get().person == mother


def test_the_childs_own_number_ends_the_temporary_one(
    register: Any, mend: Any, communes: list[Area]
) -> None:
    """Decree 102/2025/NĐ-CP, Article 6.

    The personal number is the health identifier (read second-hand).
    """
    child = register(newborn(communes[0]))
    named = newborn(
        communes[0], name="Lò Văn An", numbers=[NumberEntry("personal", "011226000456")]
    )
    child = mend(child, named)
    assert child.standing == "known"
    temporary = child.identifiers.get(kind="temporary")
    assert (temporary.ended_on, temporary.ending) == (date(2026, 11, 20), "replaced")
    assert temporary.successor is not None
    assert temporary.successor.value == "011226000456"


def test_an_unknown_person_is_kept_by_a_description_and_an_estimated_year(
    register: Any, mend: Any, communes: list[Area]
) -> None:
    """Law 15/2023/QH15, Articles 72 and 73, on people whom nobody knows (read second-hand)."""
    entry = entry_of(
        None,
        name="Nam khoảng 40 tuổi, áo xanh",
        sex="male",
        birth=PartialDate(1986),
        birth_is_estimated=True,
        standing="unknown",
        nationality="",
        numbers=[],
    )
    person = register(entry)
    assert birth_of(person) == "khoảng 1986"
    assert person.identifiers.get().kind == "temporary"
    assert person.nationality == ""
    known = entry_of(communes[0], name="Vàng A Dơ", sex="male", numbers=[], standing="known")
    person = mend(person, known)
    assert (person.standing, person.birth_is_estimated) == ("known", False)
    # Still without a personal number: the temporary one goes on.
    assert person.identifiers.get(ended_on=None).kind == "temporary"


@pytest.mark.parametrize("standing", ["unknown", None])
def test_an_unknown_person_whose_number_is_found_is_identified(
    register: Any, mend: Any, communes: list[Area], standing: str | None
) -> None:
    entry = entry_of(
        None, name="Nam khoảng 40 tuổi", birth=PartialDate(1986), standing="unknown", numbers=[]
    )
    person = register(entry)
    found = entry_of(
        communes[0],
        name="Vàng A Dơ",
        birth=PartialDate(1986, 4, 2),
        standing=standing,
        numbers=[NumberEntry("personal", "011086001234")],
    )
    person = mend(person, found)
    person.refresh_from_db()
    assert person.standing == "known"
    temporary = person.identifiers.get(kind="temporary")
    assert temporary.successor is not None
    assert temporary.successor.value == "011086001234"


def test_an_hour_of_birth_needs_the_day(register: Any, communes: list[Area]) -> None:
    with pytest.raises(ValidationError) as refused:
        register(newborn(communes[0], birth=PartialDate(2026, 11)))
    assert "hour_without_day" in {error.code for error in refused.value.error_dict["__all__"]}
    assert not Citizen.objects.exists()


@given(
    year=st.integers(1900, 2026),
    month=st.none() | st.integers(1, 12),
    day=st.none() | st.integers(1, 28),
)
def test_a_birth_of_any_precision_is_the_same_after_being_kept(
    year: int, month: int | None, day: int | None
) -> None:
    birth = PartialDate(year, month, day if month else None)
    citizen = Citizen(name="x")
    citizen.birth = birth
    assert citizen.birth == birth
    assert PartialDate.parse(values_of(citizen)["birth"]) == birth


@given(
    born=st.dates(date(1950, 1, 1), date(2026, 11, 1)),
    clock=st.times(),
    between=st.sampled_from([" ", ", ", "  "]),
    mark=st.sampled_from([":", "h", "g", " : "]),
)
def test_an_hour_behind_the_date_is_read_and_leaves_the_date_alone(
    born: date, clock: time, between: str, mark: str
) -> None:
    text = f"{born:%d/%m/%Y}{between}{clock.hour}{mark}{clock.minute:02d}"
    assert clock_of(text) == clock.replace(second=0, microsecond=0)
    assert BirthField().to_python(text) == PartialDate.of(born)
    assert clock_of(f"{born:%d/%m/%Y}") is None


@pytest.mark.parametrize("clock", [time(8, 31), time(23, 0)])
def test_an_hour_of_birth_that_is_still_to_come_is_refused(
    register: Any, communes: list[Area], clock: time
) -> None:
    """It is 08:30."""
    with pytest.raises(ValidationError) as refused:
        register(newborn(communes[0], birth=PartialDate(2026, 11, 5), birth_time=clock))
    assert [error.code for error in refused.value.error_dict["birth"]] == ["born_later"]
    assert not Citizen.objects.exists()


def test_an_hour_of_birth_still_to_come_is_not_written_into_a_record_either(
    register: Any, mend: Any, communes: list[Area]
) -> None:
    born = {"birth": PartialDate(2026, 11, 5), "birth_time": time(8, 30)}
    child = register(newborn(communes[0], **born))
    with pytest.raises(ValidationError):
        mend(child, newborn(communes[0], **{**born, "birth_time": time(8, 31)}), at=AT)
    child.refresh_from_db()
    assert child.birth_time == time(8, 30)


def test_an_hour_of_birth_of_yesterday_is_not_compared_with_the_clock(
    register: Any, communes: list[Area]
) -> None:
    born = {"birth": PartialDate(2026, 11, 4), "birth_time": time(23, 0)}
    assert register(newborn(communes[0], **born)).birth_time == time(23, 0)


@given(on=st.dates(date(2026, 1, 1), date(2199, 12, 31)))
def test_a_temporary_number_is_never_taken_for_a_personal_one(on: date) -> None:
    value = numbers.temporary_number(on)
    assert len(value) <= 20
    with pytest.raises(ValidationError):
        PersonalNumber.parse(value)


def test_a_number_is_cancelled_and_another_issued_in_its_place(
    citizen: Citizen, clerk: User
) -> None:
    """Decree 70/2024/NĐ-CP, Article 11.7 (read second-hand)."""
    old = citizen.identifiers.get()
    numbers.verify_number(old, at=AT)
    ended = numbers.end_number(
        actor=clerk,
        identifier=old,
        ending="cancelled",
        note="Công an xã, giấy xác nhận số 12",
        successor="011 162 009 999",
        at=LATER,
    )
    assert (ended.ended_on, ended.ending) == (date(2026, 11, 20), "cancelled")
    assert ended.successor is not None
    assert (ended.successor.value, ended.successor.is_verified) == ("011162009999", False)
    assert ended.successor.citizen == citizen
    # The old number is free: whoever it is issued to now may be verified with it.
    assert not CitizenIdentifier.objects.filter(value=old.value, ended_on=None).exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ending": "cancelled", "note": ""}, "reason_missing"),
        ({"ending": "", "note": "x"}, "required"),
        ({"ending": "replaced", "note": "x", "successor": "011162004137"}, "successor_is_itself"),
        ({"ending": "replaced", "note": "x", "successor": "0111620"}, "personal_number_length"),
    ],
)
def test_ending_a_number_needs_a_reason_and_a_readable_successor(
    citizen: Citizen, clerk: User, said: dict[str, str], code: str
) -> None:
    number = citizen.identifiers.get()
    with pytest.raises(ValidationError) as refused:
        numbers.end_number(actor=clerk, identifier=number, at=LATER, **said)
    codes = {error.code for errors in refused.value.error_dict.values() for error in errors}
    assert codes == {code}
    number.refresh_from_db()
    assert (number.ended_on, number.ending) == (None, "")
    assert citizen.identifiers.count() == 1


def test_a_successor_that_another_record_has_opens_a_twin_case(
    register: Any, citizen: Citizen, clerk: User, communes: list[Area]
) -> None:
    other = register(
        entry_of(
            communes[0],
            name="Vàng A Dơ",
            sex="male",
            numbers=[NumberEntry("personal", "011070000001")],
        )
    )
    numbers.end_number(
        actor=clerk,
        identifier=citizen.identifiers.get(),
        ending="replaced",
        note="",
        successor="011070000001",
        at=LATER,
    )
    case = TwinCase.objects.get()
    assert ({case.older, case.newer}, case.ground) == ({citizen, other}, "number")
    assert case.answer == ""


def test_a_verified_number_does_not_go_away_by_typing_over_it(
    citizen: Citizen, mend: Any, communes: list[Area]
) -> None:
    numbers.verify_number(citizen.identifiers.get(), at=AT)
    with pytest.raises(ValidationError) as refused:
        mend(citizen, entry_of(communes[0], numbers=[]))
    assert refused.value.code == "number_is_verified"
    assert citizen.identifiers.get().ended_on is None


def test_numbers_the_form_does_not_show_stay_when_the_record_is_mended(
    citizen: Citizen, hospital: Organisation, mend: Any, communes: list[Area]
) -> None:
    CitizenIdentifier.objects.create(
        citizen=citizen, kind="facility_number", value="BN-77", issuer=hospital
    )
    mend(citizen, entry_of(communes[0], phone="0912345678"))
    assert citizen.identifiers.filter(ended_on=None).count() == 2


def test_a_patient_number_has_its_facility(citizen: Citizen) -> None:
    """QĐ 4750/QĐ-BYT, table 1, MA_BN: a number of the facility."""
    with pytest.raises(IntegrityError), transaction.atomic():
        CitizenIdentifier.objects.create(citizen=citizen, kind="facility_number", value="BN-77")


def test_a_verified_number_of_two_records_is_a_case_and_stays_claimed_on_the_second(
    register: Any, citizen: Citizen, communes: list[Area]
) -> None:
    number = citizen.identifiers.get()
    assert numbers.verify_number(number, at=AT)
    other = register(
        entry_of(communes[0], name="Vàng Thị Pà", birth=PartialDate(1990)),
        not_twins=frozenset({citizen.pk}),
    )
    assert not numbers.verify_number(other.identifiers.get(), at=LATER)
    assert not other.identifiers.get().is_verified
    assert TwinCase.objects.get(ground="number").answer == ""


def test_only_a_place_that_keeps_the_record_ends_its_numbers(
    citizen: Citizen, neighbour: User
) -> None:
    with pytest.raises(PermissionDenied):
        numbers.end_number(
            actor=neighbour, identifier=citizen.identifiers.get(), ending="replaced", note="", at=AT
        )
    assert citizen.identifiers.get().ended_on is None


def test_each_field_remembers_who_said_it(
    citizen: Citizen, clerk: User, mend: Any, communes: list[Area]
) -> None:
    word = citizen.sources.get(field="name")
    assert (word.source, word.said_by, word.organisation) == ("typed", clerk, clerk.place_of_work)
    mend(citizen, entry_of(communes[0], phone="0912345678"))
    new = citizen.sources.filter(said_at=LATER)
    assert [(row.field, row.value) for row in new] == [("phone", "0912345678")]


def test_what_a_card_said_is_told_from_what_was_typed(register: Any, communes: list[Area]) -> None:
    card = frozenset({"name", "birth", "sex", "personal_number", "address"})
    person = register(entry_of(communes[0], origin="card", from_card=card))
    said = dict(person.sources.values_list("field", "source"))
    assert said["name"] == said["birth"] == said["address"] == "card"
    assert said["ethnic_group"] == "typed"
