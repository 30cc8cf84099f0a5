"""How many credit hours there are, how many are due by when, and where this pace leads."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from portal.codelists.models import CodeListVersion
from practitioners.models import PracticeLicense, Practitioner, TrainingActivity
from practitioners.services import (
    TrainingEntry,
    confirm_training,
    declare_training,
    link_account,
    record_training,
    refuse_training,
    verify_all_passing,
)
from practitioners.training import (
    Balance,
    Period,
    Terms,
    add_up,
    balance_of,
    balances_of,
    convert,
    period_of,
    shifted,
)
from tests.practitioners.conftest import AT as DESK
from tests.practitioners.conftest import PDF, Send
from tests.practitioners.training import make_training_lists

AT = datetime(2026, 11, 28, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ON = AT.date()
LAW = Terms(required=120, years=5, filing_days=60, legacy_begins=2030)


def license_of(person: Practitioner | None = None, **changes: Any) -> PracticeLicense:
    facts = {
        "title": "doctor",
        "issued_on": date(2024, 3, 10),
        "valid_until": date(2029, 3, 10),
        "serial": 1287,
        "issuer_code": "ĐB",
        "kind": "gphn",
        "number_raw": "001287/ĐB-GPHN",
    }
    return PracticeLicense(practitioner=person, **{**facts, **changes})


def activity(hours: str, ended_on: date, state: str = "confirmed") -> TrainingActivity:
    return TrainingActivity(title="x", hours=Decimal(hours), ended_on=ended_on, state=state)


def test_the_period_is_the_license_s_own_term() -> None:
    period = period_of(license_of(), LAW, ON)
    assert (period.first, period.last, period.is_certain) == (
        date(2024, 3, 10),
        date(2029, 3, 10),
        True,
    )


@pytest.mark.parametrize("until", [date(2029, 3, 10), date(2029, 3, 9)])
def test_a_renewed_license_begins_a_new_period_and_no_day_counts_in_two(until: date) -> None:
    first = period_of(license_of(valid_until=until), LAW, ON)
    renewed = period_of(license_of(valid_until=shifted(until, LAW.years)), LAW, ON)
    assert (first.first, first.last) == (date(2024, 3, 10), until)
    assert renewed.first == until + timedelta(days=1)


def test_an_old_certificate_shows_the_years_behind_and_says_that_nothing_is_settled() -> None:
    old = license_of(kind="cchn", issued_on=date(2016, 8, 15), valid_until=None)
    period = period_of(old, LAW, ON)
    assert (period.first, period.last, period.is_certain) == (date(2021, 11, 29), ON, False)


def test_an_old_certificate_counts_from_its_day_in_2030() -> None:
    old = license_of(kind="cchn", issued_on=date(2016, 2, 29), valid_until=None)
    period = period_of(old, LAW, date(2031, 1, 1))
    assert (period.first, period.last) == (date(2030, 2, 28), date(2035, 2, 28))


def test_hours_before_the_period_and_declared_ones_do_not_count() -> None:
    period = Period(date(2024, 3, 10), date(2029, 3, 10))
    balance = add_up(
        LAW,
        period,
        [
            activity("24", date(2024, 3, 9)),
            activity("10", date(2024, 3, 10)),
            activity("20", date(2026, 1, 1), "declared"),
            activity("30", date(2026, 1, 1), "refused"),
            activity("15.5", ON),
            activity("40", ON + timedelta(days=1)),
        ],
        ON,
    )
    assert (balance.earned, balance.waiting, balance.missing) == (
        Decimal("25.5"),
        Decimal(20),
        Decimal("94.5"),
    )


def test_this_pace_leads_to_a_day_and_to_a_sum() -> None:
    period = Period(date(2024, 1, 1), date(2028, 12, 31))  # 1,827 days
    balance = Balance(LAW, period, date(2025, 12, 31), Decimal(60))  # 731 days passed
    assert balance.projected == Decimal("150.0")
    assert balance.enough_on == date(2024, 1, 1) + timedelta(days=1461)
    assert not balance.is_behind


def test_who_is_behind_is_told_how_many_hours_a_year_it_takes() -> None:
    period = Period(date(2024, 3, 10), date(2029, 3, 10))
    balance = Balance(LAW, period, date(2028, 1, 10), Decimal(60))
    assert balance.file_by == date(2029, 1, 9)
    assert balance.is_behind
    assert balance.per_year == Decimal("60.0")


@given(
    earned=st.decimals(0, 400, places=1),
    passed=st.integers(0, 1826),
)
def test_a_pace_is_never_more_certain_than_the_hours(earned: Decimal, passed: int) -> None:
    period = Period(date(2024, 1, 1), date(2028, 12, 31))
    on = period.first + timedelta(days=passed)
    balance = Balance(LAW, period, on, earned)
    assert balance.is_enough == (earned >= 120) == (balance.missing == 0)
    assert 0 <= balance.share <= 100
    assert balance.projected is not None
    assert balance.projected >= earned - Decimal("0.1")
    if balance.enough_on is not None:
        # Whoever reaches the sum within the period at this pace also has it projected at its end.
        assert (balance.enough_on <= period.last) == (earned * period.days >= 120 * (passed + 1))


def test_lessons_become_credit_hours_by_the_list_of_their_day(db: None) -> None:
    make_training_lists()
    found = convert(form="conference", amount=Decimal(3), hours=None, ended_on=date(2026, 5, 1))
    assert found.hours == Decimal("1.5")
    assert found.version == CodeListVersion.objects.get(code_list__key="training_forms").pk


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"form": "paper"}, "hours", "training_hours_missing"),
        ({"form": "short_course"}, "hours", "training_hours_missing"),
        (
            {"form": "short_course", "amount": Decimal(8), "hours": Decimal(12)},
            "hours",
            "training_hours_differ",
        ),
        ({"form": "seminar", "hours": Decimal(8)}, "form", "training_form_unknown"),
    ],
)
def test_what_does_not_convert_is_refused_at_its_field(
    db: None, facts: dict[str, Any], field: str, code: str
) -> None:
    make_training_lists()
    with pytest.raises(ValidationError) as refused:
        convert(**{"amount": None, "hours": None, "ended_on": ON, **facts})
    assert [error.code for error in refused.value.error_dict[field]] == [code]


def entry(**changes: Any) -> TrainingEntry:
    facts = {
        "title": "Siêu âm tim cơ bản",
        "ended_on": date(2026, 5, 29),
        "form": "short_course",
        "amount": Decimal(24),
    }
    return TrainingEntry(**{**facts, **changes})


@pytest.fixture
def declared(verified: Practitioner, clinician: User, tmp_path: Any) -> TrainingActivity:
    make_training_lists()
    link_account(actor=None, practitioner=verified, user=clinician, on=date(2026, 1, 1))
    return declare_training(
        practitioner=verified,
        entry=entry(),
        content=PDF,
        name="chung-nhan.pdf",
        actor=clinician,
        at=AT,
    )


def earned(person: Practitioner) -> tuple[Decimal, Decimal]:
    balance = balance_of(person.licenses.get(), ON)
    assert balance is not None
    return balance.earned, balance.waiting


def test_a_declared_training_counts_when_somebody_else_confirms_it(
    declared: TrainingActivity, sender: User
) -> None:
    assert earned(declared.practitioner) == (0, 24)
    confirm_training(activity_id=declared.pk, actor=sender, at=AT)
    assert earned(declared.practitioner) == (24, 0)


def test_nobody_confirms_their_own(declared: TrainingActivity, clinician: User) -> None:
    with pytest.raises(ValidationError) as refused:
        confirm_training(activity_id=declared.pk, actor=clinician, at=AT)
    assert refused.value.code == "training_own"
    assert earned(declared.practitioner) == (0, 24)


def test_nobody_enters_their_own(declared: TrainingActivity, clinician: User) -> None:
    for said in (entry(), entry(title="Điện tim")):
        with pytest.raises(ValidationError) as refused:
            record_training(practitioner=declared.practitioner, entry=said, actor=clinician, at=AT)
        assert refused.value.code == "training_own"
    assert earned(declared.practitioner) == (0, 24)
    assert declared.practitioner.trainings.count() == 1


def test_a_refusal_needs_its_reason(declared: TrainingActivity, sender: User) -> None:
    with pytest.raises(ValidationError) as refused:
        refuse_training(activity_id=declared.pk, reason="  ", actor=sender, at=AT)
    (error,) = refused.value.error_dict["__all__"]
    assert error.code == "training_reason_missing"
    declared.refresh_from_db()
    assert declared.state == "declared"


def test_what_was_decided_is_not_decided_again(declared: TrainingActivity, sender: User) -> None:
    refuse_training(activity_id=declared.pk, reason="Không đúng người", actor=sender, at=AT)
    with pytest.raises(ValidationError) as refused:
        confirm_training(activity_id=declared.pk, actor=sender, at=AT)
    assert refused.value.code == "training_decided"
    assert earned(declared.practitioner) == (0, 0)


def test_the_same_training_counts_once(declared: TrainingActivity, sender: User) -> None:
    with pytest.raises(ValidationError) as refused:
        declare_training(
            practitioner=declared.practitioner,
            entry=entry(title="Siêu âm  tim cơ bản"),
            content=PDF,
            name="lai.pdf",
            actor=sender,
            at=AT,
        )
    (error,) = refused.value.error_dict["__all__"]
    assert error.code == "training_twice"
    assert declared.practitioner.trainings.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingActivity.objects.bulk_create(
            [
                TrainingActivity(
                    practitioner=declared.practitioner,
                    title=declared.title,
                    ended_on=declared.ended_on,
                    hours=8,
                )
            ]
        )


def test_the_provider_s_list_confirms_what_was_declared(
    declared: TrainingActivity, sender: User
) -> None:
    row = record_training(practitioner=declared.practitioner, entry=entry(), actor=sender, at=AT)
    assert row.pk == declared.pk
    assert earned(declared.practitioner) == (24, 0)


def test_what_the_provider_says_counts_not_what_was_declared(
    declared: TrainingActivity, sender: User
) -> None:
    said = entry(form="", amount=None, hours=Decimal("2.5"), role="Tham dự")
    record_training(practitioner=declared.practitioner, entry=said, actor=sender, at=AT)
    declared.refresh_from_db()
    assert earned(declared.practitioner) == (Decimal("2.5"), 0)
    # The lessons it was declared with made the declared hours, no others.
    assert (declared.form, declared.amount, declared.role) == ("short_course", None, "Tham dự")


def test_nothing_is_declared_without_its_certificate_nor_ahead_of_time(
    verified: Practitioner, clinician: User
) -> None:
    make_training_lists()
    facts = {"practitioner": verified, "actor": clinician, "at": AT, "name": "x.pdf"}
    with pytest.raises(ValidationError) as refused:
        declare_training(entry=entry(), content=b"", **facts)
    assert refused.value.error_dict["evidence"][0].code == "training_evidence_missing"
    with pytest.raises(ValidationError) as refused:
        declare_training(entry=entry(ended_on=ON + timedelta(days=1)), content=PDF, **facts)
    assert refused.value.error_dict["ended_on"][0].code == "training_in_future"
    assert not verified.trainings.exists()


def test_titles_the_law_excuses_have_no_balance(verified: Practitioner) -> None:
    make_training_lists()
    license = verified.licenses.get()
    code = CodeListVersion.objects.get(code_list__key="professional_titles").codes.get(code="nurse")
    code.attributes = {"renewal_needs_training_hours": "0"}
    code.save()
    version = code.version
    version.digest = "changed"
    version.save()
    license.title = "nurse"
    assert balance_of(license, ON) is None


def test_without_a_list_no_number_is_invented(verified: Practitioner) -> None:
    assert balance_of(verified.licenses.get(), ON) is None


def test_the_balances_of_many_take_the_queries_of_one(
    verified: Practitioner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_training_lists()
    license = verified.licenses.get()
    balances_of([license], ON)
    with django_assert_num_queries(3):  # two versions of lists, the activities
        assert set(balances_of([license] * 50, ON)) == {license.pk}


def test_the_desk_counts_a_training_on_top_of_the_confirmed_hours_of_the_period(
    send: Send, verified: Practitioner
) -> None:
    """The licence is of 10/03/2024 until 10/03/2029: what ended before counts for no renewal of it."""
    make_training_lists()
    for state, ended_on, hours in (
        ("confirmed", date(2025, 5, 1), "12.5"),
        ("confirmed", date(2023, 5, 1), "30"),
        ("declared", date(2025, 6, 1), "20"),
        ("refused", date(2025, 7, 1), "40"),
    ):
        verified.trainings.create(
            title=state, hours=hours, ended_on=ended_on, state=state, reason="Thiếu dấu"
        )
    training = {"training_title": "Siêu âm", "training_hours": "8"}
    sent = send(**training, training_ended_on="29/05/2026")
    check = sent.checks.get(item_key="training", code__startswith="training_")
    said = {"hours": "8", "total": "12.5", "first": "10/03/2024", "last": "10/03/2029"}
    assert (check.code, check.status, check.params) == ("training_in_period", "pass", said)
    assert sent.items.get(key="training").approved == {"training_total": "42.5"}


def test_a_training_of_an_earlier_time_is_said_to_be_of_another_period(
    send: Send, verified: Practitioner
) -> None:
    make_training_lists()
    sent = send(training_title="Siêu âm", training_hours="8", training_ended_on="09/03/2024")
    assert sent.checks.filter(code="training_beside_period").exists()


@pytest.mark.parametrize("state", ["declared", "refused"])
def test_a_training_that_is_only_declared_waits_at_the_desk_and_counts_once_verified(
    send: Send, verified: Practitioner, licensing_officer: User, state: str
) -> None:
    verified.trainings.create(
        title="Siêu âm", hours="8", ended_on=date(2026, 5, 29), state=state, reason="Thiếu dấu"
    )
    sent = send(training_title="Siêu âm", training_hours="8", training_ended_on="29/05/2026")
    verify_all_passing(submission_id=sent.pk, version=1, actor=licensing_officer, at=DESK)
    assert [row.hours for row in verified.trainings.counting()] == [8]
