"""Every value of a profile knows its source, who verified it, when, and when it goes stale."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    PracticeBan,
    Practitioner,
    ProfileSource,
    Registration,
    Sanction,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.whole import OWN, PARTS
from practitioners.words import COLUMNS, FIELDS, SIGNED
from tests.practitioners.conftest import AT, Send, make_list
from tests.practitioners.law import bar
from tests.practitioners.registered import make_registered
from tests.queries import asked_of, questions

# What a profile shows and no word is about: keys, whose row it is, what follows from other values or
# from other rows, and what a row says of its own verification.
BESIDE = {
    "*": {"id", "practitioner", "facility", "registration", "training", "superseded_by"},
    "practitioner": {
        "name_sort",
        "birth_precision",
        "area",
        "keeper",
        "verified_at",
        "replaced_by",
    },
    "practitioneridentifier": {"is_verified"},
    "trainingrotation": {"seat"},
    "practicelicense": {"serial", "issuer_code", "kind", "superseded_on"},
    "registration": {"added_on", "announced_on", "leaving_announced_on"},
    # Hours follow from their registration, whose word on them is the review's or the official's who
    # changed them; of duty, weekday and minutes are one word, and its days are of the hours' week.
    "workingslot": {
        "rotation",
        "kind",
        "weekday",
        "starts",
        "ends",
        "continues",
        "address",
        "valid_from",
        "valid_until",
    },
    "trainingactivity": {
        "amount",
        "form_version",
        "state",
        "evidence",
        "declared_by",
        "declared_at",
        "decided_by",
        "decided_at",
        "reason",
        "batch_id",
    },
    "practiceban": {"proposed_by", "recorded_by", "recorded_at", "is_of_one"},
    "sanction": {"recorded_by", "recorded_at"},
}
# What follows from several columns of a row and has a word.
TOGETHER = {"workingslot": {"duty"}}
# Papers and acts of a licence say who recorded them, and when; what is shown of them besides.
OF_PAPERS = {
    "licenseversion": {"license", "number", "authority_code", "paper"},
    "licenseevent": {"license", "version"},
    # Which ban it ended is said by its heading's decision; what is proposed and not confirmed is no
    # value of the profile.
    "banproposal": {
        "ends",
        "ground_code",
        "valid_from",
        "was_until",
        "is_undecided",
        "paper",
        "proposed_by",
        "proposed_at",
        "state",
        "answered_by",
        "answered_at",
        "reason",
    },
}
RECORDED = {"recorded_by", "recorded_at", "case_id"}

DEEDS: dict[str, Callable[[Practitioner, User], Any]] = {
    "speciality": lambda who, by: services.record_speciality(
        actor=by, practitioner=who, text="Nội tim mạch", valid_from=date(2020, 1, 1), at=AT
    ),
    "examinationresult": lambda who, by: services.record_examination(
        actor=by,
        practitioner=who,
        sitting=services.Sitting("doctor", date(2025, 10, 12), "passed", "HĐYKQG-118"),
        at=AT,
    ),
    "practicelanguage": lambda who, by: services.register_language(
        actor=by,
        practitioner=who,
        spoken=services.Spoken(
            "Tiếng Anh", "interpreter", date(2026, 3, 1), interpreter="Lò Thị Hoa"
        ),
        at=AT,
    ),
    "practiceperiod": lambda who, by: services.record_period(
        actor=by,
        practitioner=who,
        period=services.Period("practice", "Bệnh viện Bạch Mai", date(2019, 1, 1)),
        at=AT,
    ),
    "practiceban": lambda who, by: bar(
        who,
        services.Decision(date(2026, 1, 1), "7/QĐ", date(2025, 12, 30), "Tòa án"),
        services.Measure("barred"),
        by,
    ),
    "sanction": lambda who, by: services.record_sanction(
        actor=by,
        practitioner=who,
        decision=services.Decision(date(2026, 1, 1), "8/QĐ", date(2025, 12, 30), "Thanh tra"),
        penalty=services.Penalty("fine", "Sai giờ"),
        at=AT,
    ),
}


@pytest.fixture
def person(hospital: Organisation, department: Organisation, lists: None) -> Practitioner:
    make_list("practice_ban_grounds", "Cấm", {"barred": "Bị cấm hành nghề"})
    person = make_registered("Quàng Thị Hạc", hospital)
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    return person


def profile_of(user: User, person: Practitioner, day: str = "") -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse("practitioners:person", args=[person.pk]), {"ngay": day})


def lines_of(answer: Any, title: str) -> dict[str, tuple[str, str, date | None]]:
    """Return the table of values of the rows of one kind: value, source, the day it goes stale."""
    return {
        line.label: (line.text, str(line.source.text) if line.source else "", line.stale_on)
        for group in answer.context["values"]
        if group.title == title
        for line in group.lines
    }


def test_every_column_of_every_table_of_a_profile_has_words_or_is_named_as_having_none() -> None:
    for model in (Practitioner, *OWN, *(part for _whole, _relation, part, _key in PARTS)):
        table = str(model._meta.model_name)
        if model is ProfileSource:  # a word is about others
            continue
        columns = {
            column.name for column in model._meta.concrete_fields if not column.generated
        } - BESIDE["*"]
        if table in SIGNED:
            beside = OF_PAPERS[table] | (RECORDED & columns)
            assert columns == set(SIGNED[table]) | beside, table
            continue
        said = set(COLUMNS[table]) - TOGETHER.get(table, set())
        assert columns == said | BESIDE.get(table, set()), table
    assert len(set(FIELDS)) == len(FIELDS)
    assert max(map(len, FIELDS)) <= ProfileSource._meta.get_field("field").max_length


@pytest.mark.parametrize("table", DEEDS)
def test_what_an_official_enters_says_so_at_every_value(
    person: Practitioner, licensing_officer: User, table: str
) -> None:
    row = DEEDS[table](person, licensing_officer)
    answer = profile_of(licensing_officer, person)
    title = str(row._meta.verbose_name)
    lines = lines_of(answer, title[0].upper() + title[1:])
    assert len(lines) >= 2
    for value, source, _stale in lines.values():
        assert value
        assert licensing_officer.full_name in source
    assert answer.content.decode().count(licensing_officer.full_name) > len(lines)


def test_ending_a_ban_leaves_who_verified_the_rest_of_it(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    ban = DEEDS["practiceban"](person, licensing_officer)
    later = AT + timedelta(days=1)
    proposed = services.propose_end(
        actor=licensing_officer,
        ban=ban,
        decision=services.Decision(date(2026, 12, 31), "3/QĐ-TA", later.date(), "Tòa án tỉnh"),
        because="Rút ngắn thời hạn",
        at=later,
    )
    services.confirm_ban(actor=second_officer, proposal_id=proposed.pk, at=later)
    words = dict(
        ProfileSource.objects.filter(row_id=ban.pk)
        .order_by("said_at")
        .values_list("field", "verified_by")
    )
    assert words["practiceban.valid_until"] == second_officer.pk
    assert words["practiceban.decision_no"] == licensing_officer.pk


def test_what_a_facility_says_of_its_trainees_and_leavers_is_declared_and_not_verified(
    person: Practitioner, hospital: Organisation, sender: User, licensing_officer: User
) -> None:
    held = Registration.objects.get(practitioner=person)
    services.end_registration(
        actor=sender, registration=held, last_day=date(2026, 11, 30), because="Nghỉ", at=AT
    )
    trainee = make_registered("Lò Văn Học")
    training = services.begin_practical_training(
        actor=sender,
        practitioner=trainee,
        facility=hospital,
        contract=services.Contract("doctor", date(2026, 11, 1)),
        at=AT,
    )
    services.add_rotation(
        actor=sender, training=training, supervisor=person, valid_from=date(2026, 11, 1), at=AT
    )
    words = ProfileSource.objects.filter(
        row_id__in=[held.pk, training.pk, TrainingRotation.objects.get().pk]
    )
    assert set(words.values_list("source", "said_by", "verified_at")) == {
        ("facility", sender.pk, None)
    }
    assert words.filter(field="registration.ended_because").get().value == "Nghỉ"


def test_a_value_goes_stale_on_its_day_and_the_profile_of_an_earlier_day_says_that_the_word_came_later(
    verified: Practitioner, licensing_officer: User
) -> None:
    make_list("profile_freshness", "Còn mới", {"hours": "Giờ"}, months=6)
    title = str(Registration._meta.verbose_name).capitalize()
    today = lines_of(profile_of(licensing_officer, verified), title)
    value, source, stale_on = next(line for line in today.values() if "16:30" in line[0])
    assert (value, stale_on) == ("T2 đến T6, 07:30 đến 16:30", date(2027, 5, 5))
    assert licensing_officer.full_name in source
    assert [line[2] for line in today.values()].count(None) == len(today) - 1
    late = lines_of(profile_of(licensing_officer, verified, "06/05/2027"), title)
    assert "05/05/2027" in next(line[1] for line in late.values() if "16:30" in line[0])
    before = lines_of(profile_of(licensing_officer, verified, "01/11/2026"), title)
    said = {line[1] for line in before.values()}
    assert all("ghi nhận sau, ngày 05/11/2026" in one for one in said), said
    assert not any(licensing_officer.full_name in one for one in said)
    assert {line[2] for line in before.values()} == {None}


def test_what_the_practitioner_confirms_is_fresh_again_and_stays_verified(
    verified: Practitioner, licensing_officer: User, clinician: User
) -> None:
    make_list("profile_freshness", "Còn mới", {"hours": "Giờ", "position_text": "Vị trí"}, months=6)
    title = str(Registration._meta.verbose_name).capitalize()

    def hours(day: str) -> tuple[str, str, date | None]:
        lines = lines_of(profile_of(licensing_officer, verified, day), title)
        return next(line for line in lines.values() if "16:30" in line[0])

    assert "cần xác nhận lại" in hours("10/05/2027")[1]
    before = ProfileSource.objects.count()
    services.confirm_profile(practitioner=verified, actor=clinician, at=AT + timedelta(days=180))
    assert set(
        ProfileSource.objects.order_by("said_at").values_list("field", flat=True)[before:]
    ) == {
        "hours",
        "position_text",
    }
    _value, source, stale_on = hours("10/05/2027")
    assert stale_on == date(2027, 11, 4)
    assert licensing_officer.full_name in source
    assert "05/11/2026" in source
    assert "cần xác nhận lại" not in source
    assert hours("06/11/2026")[2] == date(2027, 5, 5)
    assert "cần xác nhận lại" in hours("05/11/2027")[1]


def test_a_value_nobody_vouched_for_is_shown_as_not_recorded(
    person: Practitioner, licensing_officer: User
) -> None:
    text = profile_of(licensing_officer, person).content.decode()
    assert "chưa ghi nhận" in text
    assert not ProfileSource.objects.exists()


def test_the_desk_shows_where_the_approved_state_comes_from_in_as_many_questions(
    verified: Practitioner, send: Send, licensing_officer: User
) -> None:
    submission = send(phone="0912000552", scope="Nội khoa; siêu âm", at=AT + timedelta(hours=1))
    client = Client()
    client.force_login(licensing_officer)
    address = reverse("practitioners:desk", args=[submission.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert questions(asked) <= 15, asked_of(asked)
    shown = {row.key: row.source for row in answer.context["rows"]}
    assert licensing_officer.full_name in str(shown["scope"].text)
    assert shown["contact"] is None
    assert "prov ok" in answer.content.decode()


def test_rows_that_name_who_recorded_them_need_no_word_of_their_own(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    facts = {
        "practitioner": person,
        "decision_no": "9/QĐ",
        "decided_on": date(2026, 1, 2),
        "valid_from": date(2026, 1, 2),
        "recorded_by": licensing_officer,
        "recorded_at": timezone.now() - timedelta(days=3),
    }
    PracticeBan.objects.create(ground_code="barred", proposed_by=second_officer, **facts)
    Sanction.objects.create(kind="fine", ground="Sai giờ", **facts)
    answer = profile_of(licensing_officer, person)
    for _row, source in (*answer.context["bans"], *answer.context["sanctions"]):
        assert licensing_officer.full_name in str(source.text)
    assert WorkingSlot.objects.exists()
