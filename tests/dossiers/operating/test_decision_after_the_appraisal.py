"""A new operating licence: 60 days until the place was appraised, then 10 working days to decide."""

from datetime import date

import pytest
from django.urls import reverse

from portal.dossiers import definitions, services
from portal.dossiers.figures import by_procedure
from portal.dossiers.reading import next_of
from portal.dossiers.services import Minutes
from portal.dossiers.terms import last_day_of
from portal.workdays import Term, TermUnit
from tests.dossiers.conftest import PDF, at
from tests.dossiers.operating.conftest import NEW, OF, TODAY, file

# Complete on 05/11/2026: the 60 days end on Monday, 04/01/2027. Friday, 01/01/2027, is a holiday.
APPRAISED_BY = date(2027, 1, 4)
HELD, DUE = date(2026, 12, 30), date(2027, 1, 14)  # 31/12, 4 to 8, 11 to 14 January


@pytest.fixture
def appraised(filing, officer):
    dossier = file(filing("new", "other", values=NEW))
    services.accept(actor=officer, dossier=dossier, at=at(TODAY))
    return services.appraise(actor=officer, dossier=dossier, at=at(TODAY))


@pytest.fixture
def keep(officer):
    def keep(dossier, held_on, conclusion="met", entered=None):
        minutes = Minutes(held_on, "Lò Văn An", conclusion, "", PDF + b"bien ban", "bien-ban.pdf")
        moment = at(entered or held_on)
        return services.keep_minutes(actor=officer, dossier=dossier, minutes=minutes, at=moment)

    return keep


def term(dossier):
    return dossier.term_count, dossier.term_unit, dossier.term_from, dossier.due_on


def test_sixty_days_run_until_the_place_was_appraised(appraised):
    assert term(appraised) == (60, "calendar_days", "complete", APPRAISED_BY)


@pytest.mark.parametrize("conclusion", ["met", "not_met"])
def test_ten_working_days_run_from_the_minutes_without_the_holiday(appraised, keep, conclusion):
    dossier = keep(appraised, HELD, conclusion)
    assert term(dossier) == (10, "working_days", "appraisal", DUE)
    assert not dossier.term_is_verified
    step = dossier.steps.order_by("-at", "-id")[0]
    assert (step.due_before, step.due_after, step.left_after) == (APPRAISED_BY, DUE, 10)


def test_who_enters_the_minutes_late_wins_no_days(appraised, keep):
    assert keep(appraised, HELD, entered=date(2027, 1, 12)).due_on == DUE


def test_who_appraises_late_wins_no_days(appraised, keep):
    """Four days late: the ten are counted from the day the sixty were over."""
    dossier = keep(appraised, date(2027, 1, 8))
    assert dossier.due_on == date(2027, 1, 18)  # 5 to 8, 11 to 15, 18 January


def test_what_is_still_to_be_put_right_begins_no_term_and_a_second_look_no_other(appraised, keep):
    dossier = keep(appraised, date(2026, 12, 1), "partly")
    assert term(dossier) == (60, "calendar_days", "complete", APPRAISED_BY)
    dossier = keep(dossier, HELD)
    assert keep(dossier, date(2027, 1, 6)).due_on == DUE


def test_days_the_applicant_had_the_dossier_are_not_the_authority_s(appraised, keep, officer):
    """Looked at on 30 December, asked on the 31st, answered on Friday, 8 January, minutes on the 11th."""
    asked = [services.Asked(code="", title="Nội quy phòng cháy", why="Chưa có.")]
    services.ask_supplement(
        actor=officer, dossier=appraised, asked=asked, at=at(date(2026, 12, 31))
    )
    dossier = services.go_on(
        actor=officer, dossier=appraised, reason="Đã xem tại chỗ.", at=at(date(2027, 1, 8))
    )
    assert dossier.due_on == date(2027, 1, 12)  # four of 60 days were left
    dossier = keep(dossier, HELD, entered=date(2027, 1, 11))
    assert dossier.due_on == date(2027, 1, 22)  # 11 to 15, 18 to 22 January
    dossier = services.ask_supplement(
        actor=officer, dossier=dossier, asked=asked, at=at(date(2027, 1, 13))
    )
    assert (dossier.due_on, dossier.clock_left) == (None, 7)


def test_an_adjustment_has_one_term_alone(filing, license, officer, keep):
    dossier = file(filing("adjust", "beds", values={**OF, "beds": "350"}))
    services.accept(actor=officer, dossier=dossier, at=at(TODAY))
    services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
    assert keep(dossier, HELD).due_on == APPRAISED_BY


def test_both_terms_are_told_before_filing_and_on_the_dossier(appraised, keep, client, officer):
    rule = definitions.term_on("operating_license.new", "other", TODAY)
    assert rule.term == Term(60, TermUnit.CALENDAR_DAYS)
    assert rule.then.term == Term(10, TermUnit.WORKING_DAYS)
    said = "sau đó 10 ngày làm việc từ biên bản thẩm định"
    page = client.get(reverse("dossiers:procedure", args=["operating_license.new"]))
    assert f"60 ngày, {said}" in page.content.decode()
    client.force_login(officer)
    url = reverse("dossiers:dossier", args=[appraised.pk])
    assert said in client.get(url).content.decode()
    keep(appraised, HELD)
    assert said not in client.get(url).content.decode()


def test_the_receipt_appoints_the_day_both_terms_are_over(appraised, keep):
    """Ten working days after 04/01/2027."""
    assert last_day_of(appraised) == date(2027, 1, 18)
    assert last_day_of(keep(appraised, HELD)) == DUE


def test_who_proposes_without_minutes_has_appraised_on_that_day(appraised, officer):
    dossier = services.propose(
        actor=officer, dossier=appraised, proposal="refuse", reason="Không đủ.", at=at(HELD)
    )
    assert term(dossier) == (10, "working_days", "appraisal", DUE)


def test_the_applicant_is_told_the_days_that_the_receipt_appoints(appraised, keep):
    assert "trước hết ngày 04/01/2027" in next_of(appraised, TODAY)
    assert "18/01/2027" in next_of(appraised, TODAY)
    late = next_of(appraised, date(2027, 1, 5))
    assert "04/01/2027" in late
    assert "18/01/2027" in late
    dossier = keep(appraised, HELD)
    assert "14/01/2027" in next_of(dossier, HELD)
    assert "04/01/2027" not in next_of(dossier, HELD)


def test_days_of_two_units_are_no_number_of_days_used(appraised, keep, granted, officer):
    keep(appraised, HELD)
    appraised.refresh_from_db()
    granted(appraised, on=date(2027, 1, 13))
    said = {"first": date(2027, 1, 1), "last": date(2027, 1, 31), "on": date(2027, 1, 31)}
    (line,) = by_procedure(officer, **said)
    assert (line.ended, line.in_time, line.used) == (1, 1, None)
