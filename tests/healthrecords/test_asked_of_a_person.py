"""What is asked of a person: listed, asked and none, or never asked; mistakes stay readable."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.background import allergy_state, background_of
from healthrecords.models import Allergy, CareAccess, Citizen, Inquiry, Problem, Visit
from healthrecords.models.inquiry import Topic
from healthrecords.services.background import (
    MODEL_OF,
    answer_none,
    answer_same,
    end_fact,
    record_fact,
    void_fact,
)
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.facts import (
    AllergyEntry,
    FactEntry,
    FamilyIllnessEntry,
    ImmunizationEntry,
    LongTermMedicineEntry,
    ProblemEntry,
    clashes,
    read_allergen,
    read_vaccine,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON

pytestmark = pytest.mark.django_db
Write = Callable[..., Any]


def illness(text: str) -> Any:
    entry = read_diagnosis(text, on=ON).entry
    assert entry is not None
    return entry


def allergy(text: str = "penicillin", **said: Any) -> AllergyEntry:
    return AllergyEntry(**{**read_allergen(text, on=ON), "severity": "severe", **said})


def problem(code: str = "I10", **said: Any) -> ProblemEntry:
    return ProblemEntry(diagnosis=illness(code), **said)


@pytest.fixture
def write(citizen: Citizen, clerk: User, station: Organisation) -> Write:
    """Write a row of the citizen's history as the clerk of Mường Chà."""

    def write_it(entry: FactEntry, *, actor: User = clerk, **said: Any) -> Any:
        at = said.pop("at", AT)
        services.open_access(user=actor, citizen=citizen, at=at)
        place = said.pop("facility", None) or actor.place_of_work or station
        return record_fact(
            actor=actor,
            citizen=said.pop("citizen", citizen),
            facility=place,
            entry=entry,
            client_key=said.pop("client_key", None) or uuid7(),
            at=at,
        ).row

    return write_it


def none_of(topic: str, citizen: Citizen, actor: User, at: Any = AT) -> Inquiry:
    services.open_access(user=actor, citizen=citizen, at=at)
    place = actor.place_of_work
    assert place is not None
    return answer_none(actor=actor, citizen=citizen, facility=place, topic=topic, at=at)


def seen_by(user: User, citizen: Citizen, at: Any = AT) -> Any:
    access = services.open_access(user=user, citizen=citizen, at=at)
    assert access is not None
    return background_of(access, sees_sensitive=services.sees_sensitive(access))


def test_a_blank_list_is_not_asked_until_somebody_asked(citizen: Citizen, clerk: User) -> None:
    before = seen_by(clerk, citizen)
    assert {part.state for part in before.parts.values()} == {"not_asked"}
    none_of(Topic.ALLERGY, citizen, clerk)
    after = seen_by(clerk, citizen)
    assert after.allergy.state == "none"
    assert (after.allergy.asked_on, after.allergy.asked_by) == (ON, "Lường Thị Duyên")
    assert after.problem.state == "not_asked"


def test_an_allergy_is_listed_with_its_group_reaction_and_who_wrote_it(
    write: Write, citizen: Citizen, clerk: User
) -> None:
    """Decision 831/QĐ-BYT (2017), part B (from a secondary source).

    Medicine, chemical, food, other; who wrote it by Circular 32/2023/TT-BYT, chapter X.
    """
    row = write(allergy("amox", reaction="Phát ban", since=PartialDate(2019)))
    assert (row.code, row.category, row.since) == ("penicillin", "medicine", "2019")
    shown = seen_by(clerk, citizen).allergy
    assert shown.state == "listed"
    (line,) = shown.current
    assert (line.title, line.since, line.by) == ("Nhóm penicillin", "2019", "Lường Thị Duyên")
    assert "Phát ban" in line.details


def test_a_substance_no_list_knows_is_kept_in_its_own_words(write: Write) -> None:
    row = write(allergy("lá ngón rừng"))
    assert (row.code, row.substance, row.category) == ("", "lá ngón rừng", "other")


def test_asked_none_is_refused_while_an_allergy_is_listed(
    write: Write, citizen: Citizen, clerk: User
) -> None:
    write(allergy())
    with pytest.raises(ValidationError) as refused:
        none_of(Topic.ALLERGY, citizen, clerk)
    assert refused.value.code == "fact_listed"
    assert not Inquiry.objects.exists()


def test_an_allergy_found_later_outweighs_asked_none(
    write: Write, citizen: Citizen, clerk: User
) -> None:
    none_of(Topic.ALLERGY, citizen, clerk, AT - timedelta(days=90))
    write(allergy())
    assert seen_by(clerk, citizen).allergy.state == "listed"


def test_the_list_is_complete_only_where_something_is_listed(
    write: Write, citizen: Citizen, clerk: User, station: Organisation
) -> None:
    said: dict[str, Any] = {"actor": clerk, "citizen": citizen, "facility": station}
    with pytest.raises(ValidationError) as refused:
        answer_same(topic=Topic.ALLERGY, at=AT, **said)
    assert refused.value.code == "nothing_listed"
    write(allergy())
    later = AT + timedelta(hours=3)
    answer_same(topic=Topic.ALLERGY, at=later, **said)
    assert seen_by(clerk, citizen, later).allergy.asked_at == later


def test_a_second_send_of_a_form_writes_nothing(write: Write, citizen: Citizen) -> None:
    key = uuid7()
    first, second = write(allergy(), client_key=key), write(allergy("trứng"), client_key=key)
    assert first.pk == second.pk
    assert Allergy.objects.count() == 1


def test_the_same_allergy_is_not_listed_twice(write: Write) -> None:
    write(allergy("penicillin"))
    with pytest.raises(ValidationError) as refused:
        write(allergy("amoxicillin"))
    assert refused.value.code == "fact_twice"
    assert Allergy.objects.count() == 1


def test_a_mistake_is_marked_with_its_reason_and_stays(
    write: Write, citizen: Citizen, clerk: User
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a mistake stays readable with its reason."""
    row = write(allergy())
    with pytest.raises(ValidationError) as refused:
        void_fact(actor=clerk, fact=row, reason="sai", at=AT)
    assert refused.value.code == "mistake_without_reason"
    row.refresh_from_db()
    assert row.status == "active"
    void_fact(actor=clerk, fact=row, reason="Ghi nhầm người", at=AT)
    shown = seen_by(clerk, citizen).allergy
    assert shown.state == "not_asked"
    assert [line.void_reason for line in shown.rows] == ["Ghi nhầm người"]
    with pytest.raises(ValidationError) as again:
        end_fact(actor=clerk, fact=row, ended=PartialDate(2026), at=AT)
    assert again.value.code == "fact_is_mistake"


def test_only_the_place_that_wrote_a_row_calls_it_a_mistake(
    write: Write, citizen: Citizen, neighbour: User, record: Callable[..., Visit]
) -> None:
    row = write(allergy())
    services.break_glass(user=neighbour, citizen=citizen, reason="Cấp cứu, bất tỉnh", at=AT)
    with pytest.raises(PermissionDenied):
        void_fact(actor=neighbour, fact=row, reason="Ghi nhầm người", at=AT)
    row.refresh_from_db()
    assert row.status == "active"
    end_fact(actor=neighbour, fact=row, ended=PartialDate(2025, 6), at=AT)
    row.refresh_from_db()
    assert row.ended == "2025-06"


def test_a_place_without_an_open_record_writes_nothing(citizen: Citizen, stranger: User) -> None:
    place = stranger.place_of_work
    assert place is not None
    with pytest.raises(PermissionDenied):
        record_fact(
            actor=stranger,
            citizen=citizen,
            facility=place,
            entry=allergy(),
            client_key=uuid7(),
            at=AT,
        )
    assert not Allergy.objects.exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"since": PartialDate(2027)}, "fact_in_future"),
        ({"since": PartialDate(1950)}, "fact_before_birth"),
        ({"since": PartialDate(2020), "ended": PartialDate(2019)}, "fact_reversed"),
    ],
)
def test_a_day_that_cannot_be_is_refused(write: Write, said: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        write(problem(**said))
    codes = {error.code for errors in refused.value.error_dict.values() for error in errors}
    assert code in codes
    assert not Problem.objects.exists()


def test_a_problem_of_the_other_sex_is_refused(write: Write) -> None:
    with pytest.raises(ValidationError) as refused:
        write(problem("N40"))
    assert refused.value.error_dict["text"][0].code == "diagnosis_sex"


def test_every_topic_is_written_and_read_back(write: Write, citizen: Citizen, clerk: User) -> None:
    """Decision 831/QĐ-BYT (2017), part B (from a secondary source).

    Allergies, illnesses, vaccination, family.
    """
    write(allergy())
    write(problem("E11", since=PartialDate(2022)))
    write(LongTermMedicineEntry(name="Metformin 850 mg", dose="2 viên/ngày", reason=illness("E11")))
    write(
        ImmunizationEntry(
            **read_vaccine("viem gan B", on=ON), given=PartialDate(2010, 5), dose_number=1, lot="A1"
        )
    )
    write(FamilyIllnessEntry(relation="mother", diagnosis=illness("I10"), age=50))
    known = seen_by(clerk, citizen)
    assert {part.state for part in known.parts.values()} == {"listed"}
    assert known.immunization.current[0].details == ("mũi 1", "05/2010", "lô A1")
    assert known.family.current[0].details == ("mẹ", "từ năm 50 tuổi")


def test_a_protected_illness_is_invisible_without_the_right(
    write: Write, citizen: Citizen, clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    write(problem("B20"), actor=clinician)
    write(LongTermMedicineEntry(name="Tenofovir", dose="1 viên"), actor=clinician)
    write(allergy("nevirapin"), actor=clinician)
    assert {row.sensitivity for model in MODEL_OF.values() for row in model.objects.all()} == {
        "hiv"
    }
    seen = seen_by(clerk, citizen)
    assert {part.state for part in seen.parts.values()} == {"not_asked"}
    assert seen_by(clinician, citizen).problem.state == "listed"
    found = Citizen.objects.get(pk=citizen.pk)
    assert allergy_state(found, sees_sensitive=False).alerts == ()
    assert [a.is_severe for a in allergy_state(found, sees_sensitive=True).alerts] == [True]


def test_a_refusal_does_not_tell_of_what_is_hidden(
    write: Write, citizen: Citizen, clerk: User, clinician: User
) -> None:
    write(problem("B20"), actor=clinician)
    none_of(Topic.PROBLEM, citizen, clerk)
    assert seen_by(clerk, citizen).problem.state == "none"
    assert seen_by(clinician, citizen).problem.state == "listed"


def test_the_banner_names_severe_allergies_first(write: Write, citizen: Citizen) -> None:
    write(allergy("trứng", severity="mild"))
    write(allergy("tôm, cua", severity="unknown"))
    write(allergy("penicillin", severity="severe", certainty="confirmed", reaction="Phản vệ"))
    state = allergy_state(Citizen.objects.get(pk=citizen.pk), sees_sensitive=False)
    assert state.alerts[0].substance == "nhóm penicillin"
    assert state.alerts[0].about == "nặng, Phản vệ"
    assert [alert.is_severe for alert in state.alerts] == [True, False, False]


@pytest.mark.parametrize(
    ("medicine", "ingredients", "hit"),
    [
        ("Augmentin 1 g", "amoxicillin + acid clavulanic", True),
        ("Amoxicillin 500 mg", "amoxicillin", True),
        ("Paracetamol 500 mg", "paracetamol", False),
    ],
)
def test_a_group_speaks_against_each_of_its_substances(
    write: Write, medicine: str, ingredients: str, *, hit: bool
) -> None:
    row = write(allergy("penicillin"))
    found = clashes(medicine=medicine, ingredients=ingredients, allergies=[row], on=ON)
    assert bool(found) is hit


def test_the_database_itself_refuses_a_mistake_without_a_reason(write: Write) -> None:
    row = write(allergy())
    with pytest.raises(IntegrityError), transaction.atomic():
        Allergy.objects.filter(pk=row.pk).update(status="entered_in_error")


def test_the_history_of_a_person_is_one_query(
    write: Write, citizen: Citizen, clerk: User, django_assert_num_queries: Any
) -> None:
    for text in ("penicillin", "trứng", "sữa bò"):
        write(allergy(text))
    access = CareAccess.objects.filter(citizen=citizen).latest("opened_at")
    with django_assert_num_queries(1):
        known = background_of(access, sees_sensitive=True)
    assert len(known.allergy.rows) == 3


DEEDS = st.lists(
    st.sampled_from(["none", "same", "penicillin", "trứng", "end", "mistake", "later"]),
    max_size=12,
)


@given(DEEDS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_entered_no_allergy_is_listed_beside_asked_none(
    write: Write, citizen: Citizen, clerk: User, station: Organisation, deeds: list[str]
) -> None:
    listed = Allergy.objects.filter(citizen=citizen, status="active", ended="")
    place: dict[str, Any] = {"citizen": citizen, "facility": station, "topic": Topic.ALLERGY}
    with transaction.atomic():
        for number, deed in enumerate(deeds):
            said = {"actor": clerk, "at": AT + timedelta(seconds=number)}
            had = listed.all().count()
            try:
                _do(deed, listed.all().first(), write, said, place)
            except ValidationError:
                assert deed in {"none", "same", "penicillin", "trứng"}
                assert listed.all().count() == had
            asked = Inquiry.objects.filter(asked_at=said["at"], answer="none").exists()
            assert asked is (deed == "none" and had == 0)
            assert (seen_by(clerk, citizen).allergy.state == "listed") or not listed.all()
        transaction.set_rollback(True)


def _do(deed: str, one: Allergy | None, write: Write, said: Any, place: Any) -> None:
    if deed == "none":
        answer_none(**said, **place)
    elif deed == "same":
        answer_same(**said, **place)
    elif deed == "end" and one:
        end_fact(fact=one, ended=PartialDate(2026), **said)
    elif deed == "mistake" and one:
        void_fact(fact=one, reason="Ghi nhầm người", **said)
    elif deed in {"penicillin", "trứng"}:
        write(allergy(deed), at=said["at"])


def test_an_allergy_is_given_its_day_in_the_persons_life(write: Write) -> None:
    row = write(allergy(since=PartialDate.of(date(2020, 5, 12))))
    assert row.since == "2020-05-12"
