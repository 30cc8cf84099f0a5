"""A first licence finds the trainee and the holder under an old card: nobody enters twice."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.dossiers import acts
from portal.dossiers import services as dossiers
from portal.dossiers.models import Decision, Dossier
from practitioners import services
from practitioners.models import (
    DiscrepancyCase,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
)
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import DAY, TODAY, file, license_for, refused_code
from tests.dossiers.licences.test_new_licence import NEW

NUMBER = "011090004321"
MALE = {**NEW, "sex": "male"}
LATER = TODAY + 40 * DAY


@pytest.fixture
def first(filing):
    def make(number=NUMBER, **changes):
        return filing("new", "first", identifier=number, values=MALE, **changes)

    return make


@pytest.fixture
def training(hospital, law):
    return services.register_trainee(
        actor=None,
        facility=hospital,
        trainee=services.Trainee("Lò Văn Thoan", "22/04/1990", "male", NUMBER),
        contract=services.Contract("nurse", date(2025, 10, 1), number="12/HĐTH"),
        at=at(date(2025, 10, 1)),
    )


def old_card(holder):
    return holder.practitioner.identifiers.create(
        kind="old_card", value="040123456", is_verified=True
    )


def settle(case, officer, outcome):
    for side in case.sides.exclude(organisation=None):
        services.state_side(
            side_id=side.pk, stance="holds", statement="Hồ sơ gốc.", actor=officer, at=at(TODAY)
        )
    services.decide_case(
        case_id=case.pk, outcome=outcome, reason="Đã đối chiếu sổ gốc.", actor=officer, at=at(LATER)
    )


def test_a_trainee_s_first_licence_is_the_trainee_s_own(first, granted, training):
    granted(file(first()))
    person = Practitioner.objects.get()
    assert person == training.practitioner
    assert person.licenses.get().title == "nurse"
    assert (person.verified_at is not None, person.keeper.name) == (True, "Sở Y tế tỉnh Điện Biên")
    assert list(person.identifiers.values_list("value", "is_verified")) == [(NUMBER, True)]
    words = person.sources.filter(field__in=["name", "birth_date", "sex", "identifier"])
    assert set(words.filter(source="facility").values_list("field", "verified_at")) == {
        (field, None) for field in ("name", "birth_date", "sex", "identifier")
    }
    decided = words.filter(source="decision", verified_at__isnull=False)
    assert set(decided.values_list("field", flat=True)) == {
        "name", "birth_date", "sex", "identifier",
    }  # fmt: skip


def test_a_number_alone_makes_nobody_a_trainee(first, granted, training):
    granted(file(first(applicant_name="Lò Văn Khác")))
    assert not training.practitioner.licenses.exists()
    assert Practitioner.objects.count() == 2


def test_who_entered_while_the_dossier_lay_is_found_at_the_signature(first, granted, law, request):
    dossier = file(first())
    training = request.getfixturevalue("training")
    granted(dossier)
    assert Practitioner.objects.get() == training.practitioner
    dossier.refresh_from_db()
    assert dossier.subject == training.practitioner_id


def test_a_holder_under_an_old_card_is_heard_before_a_second_licence(first, granted, holder):
    old_card(holder)
    dossier = file(first())
    case = DiscrepancyCase.objects.get()
    assert (case.kind, case.practitioner) == ("two_licenses", holder.practitioner)
    assert case.facts["old"] == "040123456"
    assert case.sides.get(position=1).license == holder
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "twin_open"
    assert not Decision.objects.exists()
    assert PracticeLicense.objects.get() == holder


@pytest.mark.parametrize("outcome", ["first_holds", "second_holds", "both_stand"])
def test_a_case_that_finds_one_person_leaves_one_licence(outcome, first, granted, holder, officer):
    old_card(holder)
    dossier = file(first())
    settle(DiscrepancyCase.objects.get(), officer, outcome)
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "license_held"
    assert PracticeLicense.objects.get() == holder
    assert Practitioner.objects.count() == 1


def test_a_case_that_finds_two_people_lets_the_second_have_a_licence(
    first, granted, holder, officer
):
    old_card(holder)
    dossier = file(first())
    settle(DiscrepancyCase.objects.get(), officer, "other_person")
    granted(dossier)
    assert Practitioner.objects.count() == 2
    assert PracticeLicense.objects.current().count() == 2
    assert PractitionerIdentifier.objects.get(value=NUMBER).practitioner != holder.practitioner


def test_a_number_written_into_the_register_meanwhile_settles_it_too(first, granted, holder):
    old_card(holder)
    dossier = file(first())
    holder.practitioner.identifiers.create(kind="personal", value=NUMBER, is_verified=True)
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "license_held"


def test_a_twin_that_came_after_the_filing_is_settled_first(first, granted, law, director, request):
    dossier = file(first())
    holder = request.getfixturevalue("holder")
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "twin_unsettled"
    holder.practitioner.identifiers.create(kind="personal", value="011090009999")
    dossiers.decide(actor=director, dossier=dossier, at=at(TODAY))
    assert PracticeLicense.objects.current().count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"number": "011090009999"},
        {"applicant_name": "Lò Văn Khác"},
        {"birth_date": date(1991, 4, 22)},
    ],
)
def test_another_number_name_or_birth_is_another_person(change, first, holder):
    holder.practitioner.identifiers.create(kind="personal", value=NUMBER, is_verified=True)
    assert file(first(**change)).subject is None
    assert not DiscrepancyCase.objects.exists()


def stop(holder, kind="suspended"):
    holder.events.create(kind=kind, decision_no="1/QĐ", decided_on=TODAY, valid_from=TODAY)


@pytest.mark.parametrize("kind", ["suspended", "revoked"])
def test_who_asks_under_a_new_number_while_the_licence_is_stopped_is_heard_first(
    kind, first, granted, holder, officer, director
):
    """A changed number hides neither a suspension nor a revocation; a case finds who it is."""
    holder.practitioner.identifiers.create(kind="personal", value="011090009999", is_verified=True)
    stop(holder, kind)
    dossier = file(first())
    case = DiscrepancyCase.objects.get()
    assert (case.kind, case.facts["old"]) == ("two_licenses", "011090009999")
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "twin_open"
    assert PracticeLicense.objects.get() == holder
    settle(case, officer, "other_person")
    dossiers.decide(actor=director, dossier=dossier, at=at(TODAY))
    assert PracticeLicense.objects.count() == 2


def test_a_licence_of_the_same_name_sex_and_birth_is_told_to_the_official_alone(first, holder):
    """Under another number it may be another person: nobody is stopped, the official compares."""
    holder.practitioner.identifiers.create(kind="personal", value="011090009999", is_verified=True)
    said = first()
    act = acts.act_of(said.procedure)
    [told] = act.told_officials(said, None)
    assert "000476/ĐB-GPHN" in told
    assert act.notices(said, None) == []
    assert act.told_officials(first(birth_date=date(1991, 4, 22)), None) == []
    assert act.told_officials(first(applicant_name="Lò Văn Khác"), None) == []


def test_a_holder_of_an_unverified_number_is_sent_to_the_other_acts(first, holder):
    holder.practitioner.identifiers.create(kind="personal", value=NUMBER)
    assert refused_code(first()) == "license_held"
    assert not Dossier.objects.exists()


def namesake(number="000477/ĐB-GPHN"):
    """Somebody else of the same name, sex and birth, with a licence and no personal number."""
    person = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=date(1990, 4, 22), sex="male", verified_at=at(TODAY)
    )
    return license_for(person, number)


def test_every_licence_of_this_name_sex_and_birth_is_settled_before_another_is_given(
    first, granted, holder, officer, director
):
    """The first case found another person; the applicant may still be the second namesake."""
    old_card(holder)
    other = namesake()
    dossier = file(first())
    cases = DiscrepancyCase.objects.order_by("facts__number")
    assert [case.practitioner for case in cases] == [holder.practitioner, other.practitioner]
    settle(cases[0], officer, "other_person")
    with pytest.raises(ValidationError) as refused:
        granted(dossier, on=LATER)
    assert refused.value.code == "twin_open"
    settle(cases[1], officer, "first_holds")
    with pytest.raises(ValidationError) as refused:
        dossiers.decide(actor=director, dossier=dossier, at=at(LATER))
    assert refused.value.code == "license_held"
    assert PracticeLicense.objects.count() == 2


def test_a_licence_suspended_since_the_filing_is_no_way_round_either(first, granted, holder):
    """Whether a licence stands is judged on the day another is given."""
    holder.practitioner.identifiers.create(kind="personal", value="011090009999", is_verified=True)
    dossier = file(first())
    assert not DiscrepancyCase.objects.exists()
    holder.events.create(
        kind="suspended", decision_no="1/QĐ", decided_on=TODAY + DAY, valid_from=TODAY + DAY
    )
    with pytest.raises(ValidationError) as refused:
        granted(dossier, on=TODAY + DAY)
    assert refused.value.code == "twin_open"
    assert PracticeLicense.objects.get() == holder


def test_the_number_a_licence_is_granted_with_ends_the_one_before(first, granted, training):
    """Known by the passport: the personal number of before stays as history."""
    training.practitioner.identifiers.create(kind="passport", value="C1234567")
    said = first("011090007777")
    granted(file(replace(said, values={**said.values, "passport_number": "C1234567"})))
    person = Practitioner.objects.get()
    numbers = person.identifiers.filter(kind="personal")
    assert numbers.get(valid_until=None).value == "011090007777"
    assert numbers.exclude(valid_until=None).get().value == NUMBER
