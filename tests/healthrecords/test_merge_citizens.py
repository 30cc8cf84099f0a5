"""Two records of one person are joined, and parted again with all that was theirs."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse

from healthrecords import services
from healthrecords.models import (
    CareAccess,
    CareRelation,
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    Diagnosis,
    MergedRow,
    TwinCase,
    Visit,
)
from healthrecords.services import merged_cases
from healthrecords.services.belongings import belongings, columns_of_citizens
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.privileges import append_only
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of, visit_of
from tests.healthrecords.merging import (
    LATER,
    MARKED,
    changes,
    everything,
    fresh,
    join,
    mended,
    part,
)
from tests.healthrecords.pages import logged_in, record_url


@pytest.mark.django_db
def test_every_column_that_names_a_citizen_is_moved_or_carried() -> None:
    known = {(one.model._meta.db_table, one.field.column) for one in belongings()}
    left_out = {"healthrecords_citizen", "healthrecords_citizenmerge", "healthrecords_mergedrow"}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT class.relname, attribute.attname FROM pg_constraint held
            JOIN pg_class class ON class.oid = held.conrelid
            JOIN pg_attribute attribute ON attribute.attrelid = held.conrelid
              AND attribute.attnum = ANY (held.conkey)
            WHERE held.contype = 'f' AND held.confrelid = 'healthrecords_citizen'::regclass"""
        )
        named = {row for row in cursor.fetchall() if row[0] not in left_out}
    logs = {
        (model._meta.db_table, field.column)
        for model, field in columns_of_citizens()
        if append_only(model)
    }
    assert named <= known | logs
    for model, field in columns_of_citizens():
        assert model._meta.pk.get_internal_type() == "UUIDField", model  # type: ignore[union-attr]
        # A row without a key to the citizen must be carried by the row that has one.
        own_key = (model._meta.db_table, field.column) in named
        carried = any(b.is_carried for b in belongings() if (b.model, b.field) == (model, field))
        assert own_key or carried, f"{model._meta.label}.{field.name} can drift from its citizen"


def test_the_survivor_has_what_both_had(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b, take=["phone"])
    a, b = fresh((a, b))
    assert (a.phone, a.name) == ("0912000417", "Quàng Thị Hặc")
    assert b.merged_into == a
    assert a.visits.count() == 3
    assert not b.visits.exists()
    assert set(Diagnosis.objects.filter(citizen=a).values_list("code", flat=True)) == {"I10", "B20"}
    assert set(a.identifiers.values_list("value", flat=True)) == {"011162004137", "040123456"}
    assert not TwinCase.objects.open().filter(older=a, newer=b).exists()
    assert merge.taken == {"phone": {"before": {"phone": ""}, "after": {"phone": "0912000417"}}}
    assert b not in Citizen.objects.current()


@pytest.mark.parametrize("unknown", [0, 1])
@pytest.mark.parametrize("take", [[], ["standing"]])
def test_who_one_record_identifies_is_identified_until_they_are_parted(
    clinician: User, people: list[Citizen], unknown: int, take: list[str]
) -> None:
    Citizen.objects.filter(pk=people[unknown].pk).update(standing="unknown")
    a, b, *_rest = fresh(people)
    for one in (a, b):
        services.open_access(user=clinician, citizen=one, at=LATER)
    before = everything()
    merge = join(clinician, a, b, take=take)
    (a,) = fresh((a,))
    assert a.standing == "known"
    part(clinician, merge, at=LATER)
    assert changes(before, everything()) == {}


def test_parting_gives_both_back_row_by_row(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    for one in (a, b):
        services.open_access(user=clinician, citizen=one, at=LATER)
    before = everything()
    merge = join(clinician, a, b, take=["name", "birth_date", "phone", "address"])
    assert changes(before, everything())
    part(clinician, merge, at=LATER)
    assert changes(before, everything()) == {}
    assert not MergedRow.objects.exists()


def test_a_verified_number_stands_in_front_of_a_claimed_one(
    clinician: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    b.identifiers.filter(value=MARKED.value).update(is_verified=True)
    before = everything()
    merge = join(clinician, a, b)
    (number,) = a.identifiers.filter(value=MARKED.value)
    assert number.is_verified
    part(clinician, merge)
    differ = {k: v for k, v in changes(before, everything()).items() if "careaccess" not in k[0]}
    assert differ == {}


def test_a_row_that_cannot_go_back_is_named_and_nothing_changes(
    clinician: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    b.identifiers.filter(value=MARKED.value).update(is_verified=True)
    merge = join(clinician, a, b)
    # The number that came in front ended, and somebody claimed it at the desk once more.
    a.identifiers.filter(value=MARKED.value).update(ended_on=date(2026, 11, 5))
    a.identifiers.create(kind=MARKED.kind, value=MARKED.value)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        part(clinician, merge)
    assert refused.value.code == "row_in_the_way"
    assert MARKED.value in refused.value.messages[0]
    differ = {key for key in changes(before, everything()) if "careaccess" not in key[0]}
    assert differ == set()


def test_care_that_goes_on_stands_in_front_of_care_that_ended(
    clinician: User, hospital: Organisation, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    for one, until in ((a, date(2026, 1, 1)), (b, None)):
        CareRelation.objects.create(
            citizen=one, organisation=hospital, ground="visit", since=date(2025, 8, 1), until=until
        )
    merge = join(clinician, a, b)
    assert a.care_relations.get(organisation=hospital).until is None
    part(clinician, merge)
    assert a.care_relations.get(organisation=hospital).until == date(2026, 1, 1)
    assert b.care_relations.get(organisation=hospital).until is None


def test_rows_written_since_stay_unless_somebody_says_whose_they_are(
    clinician: User, people: list[Citizen], record: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b)
    mine, theirs = record(a, "J00", at=LATER), record(a, "J06.9", at=LATER)
    part(clinician, merge, to_merged=[("healthrecords_visit", theirs.pk)])
    assert Visit.objects.get(pk=mine.pk).citizen == a
    assert Visit.objects.get(pk=theirs.pk).citizen == b
    assert Diagnosis.objects.get(visit=theirs).citizen == b


def test_an_older_row_is_not_handed_over(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    older = a.visits.get()
    merge = join(clinician, a, b)
    with pytest.raises(ValidationError) as refused:
        part(clinician, merge, to_merged=[("healthrecords_visit", older.pk)])
    assert refused.value.code == "rows_changed"
    assert CitizenMerge.objects.get().undone_at is None


def test_two_records_are_joined_once(clinician: User, people: list[Citizen]) -> None:
    a, b, c, _d = people
    merge = join(clinician, a, b)
    with pytest.raises(ValidationError) as refused:
        join(clinician, c, b)
    assert refused.value.code == "merged_meanwhile"
    with pytest.raises(ValidationError) as same:
        join(clinician, a, a)
    assert same.value.code == "same_record"
    assert CitizenMerge.objects.get() == merge


def test_records_are_parted_once(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    merge = part(clinician, join(clinician, a, b))
    with pytest.raises(ValidationError) as refused:
        part(clinician, merge)
    assert refused.value.code == "unmerged_already"


def test_what_somebody_saved_meanwhile_is_compared_once_more(
    clinician: User, people: list[Citizen], communes: list[Area]
) -> None:
    a, b, *_rest = people
    read = {one.pk: version_of_citizen(one) for one in (a, b)}
    mended(clinician, a, communes[0], phone="0912999999")
    with pytest.raises(ValidationError) as refused:
        join(clinician, a, b, read=read)
    assert refused.value.code == "saved_by_another"
    assert not CitizenMerge.objects.exists()


def test_only_who_has_both_records_open_joins_them(
    clinician: User, neighbour: User, data_officer: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    before = everything()
    for somebody in (neighbour, data_officer):
        with pytest.raises(PermissionDenied):
            services.merges.merge_citizens(actor=somebody, survivor=a, merged=b, at=LATER)
    assert changes(before, everything()) == {}


def test_broken_glass_does_for_one_of_the_two(
    clinician: User,
    neighbour: User,
    other_station: Organisation,
    communes: list[Area],
    people: list[Citizen],
) -> None:
    a, *_rest = people
    elsewhere = services.register_citizen(
        actor=neighbour,
        place=other_station,
        entry=entry_of(communes[1], numbers=[MARKED]),
        client_key=uuid7(),
        at=AT,
        not_twins=frozenset({one.pk for one in people}),
    ).row
    with pytest.raises(PermissionDenied):
        join(clinician, a, elsewhere)
    services.break_glass(
        user=clinician, citizen=elsewhere, reason="Cùng số CCCD với người của trạm", at=LATER
    )
    assert join(clinician, a, elsewhere).survivor == a
    assert CareAccess.objects.filter(citizen=a, ground="glass").exists()


def test_a_form_of_a_joined_record_lands_on_the_one_that_stays(
    clinician: User, station: Organisation, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    join(clinician, a, b)
    saved = services.record_visit(
        actor=clinician,
        citizen=b,
        facility=station,
        entry=visit_of("J00"),
        client_key=uuid7(),
        at=LATER,
    )
    assert saved.row.citizen == a


def test_two_people_is_remembered_and_can_be_asked_again(
    clerk: User, people: list[Citizen]
) -> None:
    _a, _b, c, d = people
    merged_cases.say_two_people(actor=clerk, one=d, other=c, at=LATER)
    case = merged_cases.between(c.pk, d.pk).get()
    assert (case.answer, case.answered_by) == ("different", clerk)
    assert merged_cases.ask_again(actor=clerk, case=case).answer == ""
    with pytest.raises(ValidationError) as refused:
        merged_cases.ask_again(actor=clerk, case=case)
    assert refused.value.code == "case_not_answered"


def test_parting_may_answer_that_they_are_two(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b)
    part(clinician, merge, are_two=True)
    assert {case.answer for case in merged_cases.between(a.pk, b.pk)} == {"different"}


def test_history_names_the_joining(clinician: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    join(clinician, a, b)
    assert b.historys.filter(merged_into=a).count() == 1  # type: ignore[attr-defined]
    assert CitizenIdentifier.objects.filter(citizen=a, value="040123456").exists()


def test_a_reason_given_for_a_joined_record_opens_the_one_that_stays(
    clinician: User, stranger: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    join(clinician, a, b)
    client = logged_in(stranger)
    url = reverse("admin:healthrecords_citizen_break", args=[b.pk])
    refused = client.post(url, {"reason": "xem"})
    assert refused.status_code == 403
    assert not CareAccess.objects.filter(user=stranger).exists()
    answer = client.post(url, {"reason": "bất tỉnh, đưa đến cấp cứu"})
    assert answer.url == record_url(a)
    access = CareAccess.objects.get(user=stranger)
    assert (access.citizen, access.ground) == (a, "glass")
    assert client.get(answer.url).status_code == 200
    assert CareAccess.objects.filter(user=stranger).count() == 1
