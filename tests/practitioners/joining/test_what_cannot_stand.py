"""What contradicts the rules of the register is named, and nothing is joined before it is resolved."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    DiscrepancyCase,
    PracticeLicense,
    Practitioner,
    PractitionerAccount,
    ProfileSubmission,
    Registration,
    TrainingRotation,
)
from practitioners.services.contradictions import Remedy, contradictions
from tests.practitioners.joining.conftest import Pair
from tests.practitioners.joining.rows import (
    LATER,
    ask,
    case_of,
    changes,
    everything,
    join,
    ledger,
    part,
)
from tests.practitioners.law import day, give_license, make_person, register

Officials = tuple[User, User]
Clash = Callable[[Practitioner, Practitioner, Organisation, Organisation], object]


def hours_meet(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    register(a, one, "T2 07:30-11:30")
    return register(b, two, "T2 11:00-15:00")


def hours_met(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    register(a, one, "T2 07:30-11:30")
    return register(b, two, "T2 11:00-15:00", until="01/05/2025")


def two_posts(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    register(a, one, "", position="1")
    return register(b, two, "", position="1")


def registered_twice(
    a: Practitioner, b: Practitioner, one: Organisation, two: Organisation
) -> object:
    register(a, one, "T2 07:30-11:30", position="2")
    return register(b, one, "T3 07:30-11:30", position="2")


def two_licenses(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    give_license(a, "001287/ĐB-GPHN")
    return give_license(b, "001288/SL-GPHN")


def two_numbers(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    a.identifiers.create(kind="personal", value="011078002915", is_verified=True)
    return b.identifiers.create(kind="personal", value="011078002916", is_verified=True)


def two_accounts(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    for person, name in ((a, "thoan1"), (b, "thoan2")):
        user = User.objects.create(username=name, full_name=person.name)
        last = person.accounts.create(user=user, valid_from=date(2024, 1, 1))
    return last


def same_language(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    for person in (a, b):
        last = person.languages.create(language="en", way="own", valid_from=date(2024, 1, 1))
    return last


def both_wait(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    sender = User.objects.create(username="gui", full_name="Người gửi")
    for person in (a, b):
        last = ProfileSubmission.objects.create(
            client_key=person.pk,
            facility=one,
            practitioner=person,
            name=person.name,
            values={},
            submitted_by=sender,
            submitted_at=LATER,
        )
    return last


def one_guides_the_other(
    a: Practitioner, b: Practitioner, one: Organisation, two: Organisation
) -> object:
    return guide(b, a, one)


def guide(trainee: Practitioner, supervisor: Practitioner, place: Organisation) -> TrainingRotation:
    since = day("01/10/2026")
    contract = services.Contract("doctor", since)
    training = services.begin_practical_training(
        actor=None, practitioner=trainee, facility=place, contract=contract, at=LATER
    )
    return services.add_rotation(
        actor=None, training=training, supervisor=supervisor, valid_from=since, at=LATER
    )


def six_trainees(a: Practitioner, b: Practitioner, one: Organisation, two: Organisation) -> object:
    for n in range(6):
        last = guide(make_person(f"Học viên {n}"), a if n < 3 else b, one)
    return last


CASES = [
    (hours_meet, Remedy.NONE, "slot_overlap"),
    (hours_met, Remedy.RESTS, "slot_overlap"),
    (two_posts, Remedy.NONE, "responsible_twice"),
    (registered_twice, Remedy.RESTS, "registration_overlap"),
    (two_licenses, Remedy.HOLDS, "license_second"),
    (two_numbers, Remedy.HOLDS, "identifier_second"),
    (two_accounts, Remedy.HOLDS, "practitioner_taken"),
    (same_language, Remedy.RESTS, "language_overlap"),
    (both_wait, Remedy.NONE, "profile_waiting"),
    (one_guides_the_other, Remedy.NONE, "own_supervisor"),
]


def codes_of(refused: ValidationError) -> list[str]:
    return [str(error.code) for error in refused.error_list]


@pytest.mark.parametrize(("clash", "remedy", "code"), CASES, ids=[c[0].__name__ for c in CASES])
def test_what_contradicts_is_named_and_nothing_is_joined(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    station: Organisation,
    officials: Officials,
    clash: Clash,
    remedy: Remedy,
    code: str,
) -> None:
    clash(*plain, hospital, station)
    before = everything()
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    assert (found.remedy, found.code) == (remedy, code)
    with pytest.raises(ValidationError) as refused:
        ask(about, plain[0], officials[0])
    assert codes_of(refused.value) == [code if remedy == Remedy.NONE else "choice_missing"]
    assert found.sentence in " ".join(refused.value.messages)
    assert changes(before, everything()) == {}
    assert ledger() == 0


@pytest.mark.parametrize("clash", [c[0] for c in CASES if c[1] == Remedy.HOLDS])
@pytest.mark.parametrize("choice", ["survivor", "joined"])
def test_of_two_that_cannot_both_hold_the_official_says_which_one(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    station: Organisation,
    officials: Officials,
    clash: Clash,
    choice: str,
) -> None:
    row = clash(*plain, hospital, station)
    before = everything()
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    joining = join(about, plain[0], officials, choices={found.key: choice})
    model = type(row)
    rows = model._base_manager.filter(practitioner=plain[0])
    assert rows.count() == 2
    ended = "superseded_on" if model is PracticeLicense else "valid_until"
    assert [one == row for one in rows.filter(**{ended: None})] == [choice == "joined"]
    part(joining, officials)
    assert changes(before, everything()) == {}


@pytest.mark.parametrize("clash", [c[0] for c in CASES if c[1] == Remedy.RESTS])
def test_what_rests_stays_with_the_replaced_row_and_is_read_nowhere(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    station: Organisation,
    officials: Officials,
    clash: Clash,
) -> None:
    row = clash(*plain, hospital, station)
    before = everything()
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    joining = join(about, plain[0], officials, choices={found.key: "rest"})
    row.refresh_from_db()
    assert row.practitioner == plain[1]
    if isinstance(row, Registration):
        assert row not in Registration.objects.going_on(row.valid_from)
        assert not row.slots.model.objects.holding(row.valid_from).filter(registration=row).exists()
    part(joining, officials)
    assert changes(before, everything()) == {}


def test_more_trainees_than_the_law_allows_one_supervisor_are_refused(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    station: Organisation,
    officials: Officials,
) -> None:
    six_trainees(*plain, hospital, station)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        ask(about, plain[0], officials[0])
    assert codes_of(refused.value) == ["supervisor_full"]
    assert changes(before, everything()) == {}
    assert ledger() == 0


def test_what_came_between_asking_and_doing_is_refused_as_well(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    station: Organisation,
    officials: Officials,
) -> None:
    asked = ask(about, plain[0], officials[0])
    two_licenses(*plain, hospital, station)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        services.carry_out_joining(actor=officials[1], joining_id=asked.pk, at=LATER)
    assert codes_of(refused.value) == ["choice_missing"]
    asked.refresh_from_db()
    assert (asked.state, changes(before, everything())) == ("asked", {})


def licensed(about: DiscrepancyCase, plain: Pair, officials: Officials, choice: str) -> object:
    two_licenses(*plain, about.department, about.department)
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    return join(about, plain[0], officials, choices={found.key: choice})


def test_a_licence_issued_since_stands_in_the_way_of_parting(
    plain: Pair, about: DiscrepancyCase, officials: Officials
) -> None:
    joining = licensed(about, plain, officials, "joined")
    held = plain[0].licenses.get(superseded_on=None)
    new = give_license(plain[0], "001300/ĐB-GPHN", issued="01/12/2026", expires="01/12/2031")
    held.refresh_from_db()
    assert held.superseded_by == new
    before = everything()
    with pytest.raises(ValidationError) as refused:
        part(joining, officials)
    assert refused.value.code in {"row_in_the_way", "hangs_on_it", "changed_since"}
    assert "001" in " ".join(refused.value.messages)
    assert changes(before, everything()) == {}
    joining.refresh_from_db()
    assert joining.state == "done"


def test_a_row_changed_in_what_the_joining_made_of_it_stands_in_the_way(
    plain: Pair, about: DiscrepancyCase, officials: Officials
) -> None:
    joining = licensed(about, plain, officials, "survivor")
    yielded = plain[0].licenses.exclude(superseded_on=None)
    yielded.update(superseded_on=day("01/01/2026"))
    before = everything()
    with pytest.raises(ValidationError) as refused:
        part(joining, officials)
    assert refused.value.code == "changed_since"
    assert changes(before, everything()) == {}


def test_a_later_joining_is_parted_first(
    plain: Pair,
    about: DiscrepancyCase,
    department: Organisation,
    licensing_officer: User,
    officials: Officials,
) -> None:
    third = make_person("Lò Văn Thoan")
    Practitioner.objects.filter(pk=third.pk).update(keeper=department)
    third.refresh_from_db()
    before = everything()
    first = join(about, plain[0], officials)
    for survivor in (plain[0], third):
        case = case_of(plain[0], third, department, licensing_officer)
        second = join(case, survivor, officials)
        with pytest.raises(ValidationError) as refused:
            part(first, officials)
        assert refused.value.code == "joined_since"
        part(second, officials)
    part(first, officials)
    cases = DiscrepancyCase._meta.db_table
    assert {k for k in changes(before, everything()) if k[0] != cases} == set()


def test_nobody_joins_or_parts_their_own_rows(
    plain: Pair, about: DiscrepancyCase, officials: Officials
) -> None:
    PractitionerAccount.objects.create(
        practitioner=plain[1], user=officials[0], valid_from=date(2024, 1, 1)
    )
    with pytest.raises(ValidationError) as refused:
        ask(about, plain[0], officials[0])
    assert refused.value.code == "joining_own"
    assert ledger() == 0


def test_a_replaced_row_is_registered_nowhere(
    plain: Pair, about: DiscrepancyCase, officials: Officials, hospital: Organisation
) -> None:
    join(about, plain[0], officials)
    with pytest.raises(ValidationError) as refused:
        register(plain[1], hospital)
    assert refused.value.code == "replaced_meanwhile"
    assert not Registration.objects.exists()
