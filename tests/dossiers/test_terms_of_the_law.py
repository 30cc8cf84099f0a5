"""Each act's term as the law gives it, from the day the papers were complete to the last day.

Which case of the domain's list is shown where:
- renewal filed on the last day, a day late, undecided, refused: licences/test_another_paper.py
- no practice for 24 months is a ground: licences/test_measures.py
- diploma of 2026 and of 2027, a doctor's first application in 2027, a pharmacist's number:
  licences/test_new_licence.py
- certificates of 2016, the clock of 18 and 24 months: practitioners/test_licence_papers.py
- three working days before Tết, ten calendar days that end on a Sunday: below
"""

from datetime import date, timedelta

import pytest

from portal.database.keys import uuid7
from portal.dossiers import acts, definitions, services
from portal.dossiers.clock import Clock
from portal.dossiers.definitions import Need
from portal.dossiers.models import Dossier
from portal.dossiers.terms import calendar_of
from portal.workdays import Term, TermUnit
from tests.dossiers.conftest import PDF, at

DAY = timedelta(days=1)
FRIDAY_BEFORE_TET = date(
    2027, 2, 5
)  # the first day of the year of the Goat is Saturday, 6 February


def filed_with_all(said):
    """File with every document of the case, of a group the first."""
    key, groups = uuid7(), set()
    subject = acts.act_of(said.procedure).subject(said)
    for one in services.needed_documents(said, subject):
        if one.rule.need == Need.MAY or (one.rule.need == Need.ONE and one.rule.group in groups):
            continue
        groups.add(one.rule.group)
        services.keep_file(
            client_key=key,
            document_code=one.rule.code,
            content=PDF + one.rule.code.encode(),
            name="giay.pdf",
            at=at(said.on),
        )
    return services.file_dossier(filing=said, client_key=key, at=at(said.on)).dossier


@pytest.mark.parametrize(
    ("act", "case", "filed", "due"),
    [
        # Article 30: 30 days, also over Tết and to a Sunday; the law says days.
        ("new", "first", date(2026, 11, 5), date(2026, 12, 5)),
        ("new", "title", date(2027, 1, 20), date(2027, 2, 19)),
        ("new", "revoked", date(2026, 11, 6), date(2026, 12, 6)),
        # Article 31: 15 days, whatever the reason.
        ("reissue", "lost", date(2026, 11, 5), date(2026, 11, 20)),
        ("reissue", "damaged", date(2026, 12, 28), date(2027, 1, 12)),
        ("reissue", "wrong", date(2027, 1, 31), date(2027, 2, 15)),
        ("reissue", "changed", date(2026, 11, 7), date(2026, 11, 22)),
        # Article 33: 15 days.
        ("adjust", "add", date(2026, 11, 5), date(2026, 11, 20)),
        ("adjust", "change", date(2026, 2, 14), date(2026, 3, 1)),
        # Decree 96, article 37: the sources give no term, and none is invented.
        ("recognise", "recognise", date(2026, 11, 5), None),
    ],
)
def test_an_act_on_a_licence_to_practise_has_its_term(
    act, case, filed, due, filing, register, officer
):
    said = filing(procedure=f"practice_license.{act}", case=case, on=filed)
    dossier = filed_with_all(said)
    late_look = filed + 9 * DAY
    dossier = services.accept(actor=officer, dossier=dossier, at=at(late_look))
    assert (dossier.complete_on, dossier.due_on) == (filed, due)


@pytest.mark.parametrize("act", ["suspend", "lift", "revoke"])
def test_what_an_authority_begins_itself_has_no_term_until_the_law_s_is_known(
    act, filing, register, officer
):
    case = {"suspend": "ethics", "lift": "fit_again", "revoke": "no_practice"}[act]
    said = filing(procedure=f"practice_license.{act}", case=case, phone="", birth_date=None)
    opened = services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(said.on)
    ).dossier
    assert (opened.due_on, opened.clock) == (None, Dossier.Clock.RUNNING)


def test_every_procedure_of_the_list_has_a_term_or_says_that_none_is_known(law):
    on = date(2026, 11, 5)
    without = {
        (row.code, case.code)
        for row in definitions.procedures_on(on)
        for case in definitions.cases_on(row.code, on)
        if definitions.term_on(row.code, case.code, on) is None
    }
    assert {procedure for procedure, _case in without} == {
        "practice_license.recognise",
        "practice_license.convert",
        "practice_license.suspend",
        "practice_license.lift",
        "practice_license.revoke",
        "operating_license.suspend",
        "operating_license.revoke",
    }


def test_a_supplement_asked_before_tet_stops_the_clock_over_it(file, officer):
    """Fifteen days of 30 are left on 20 January; the answer comes after Tết."""
    dossier = services.accept(
        actor=officer, dossier=file(on=date(2027, 1, 5)), at=at(date(2027, 1, 5))
    )
    asked = [services.Asked(code="diploma", why="Bản chụp mờ.")]
    dossier = services.ask_supplement(
        actor=officer, dossier=dossier, asked=asked, at=at(date(2027, 1, 20))
    )
    assert (dossier.due_on, dossier.clock_left) == (None, 15)
    dossier = services.answer(
        dossier=dossier, text="Gửi lại bản rõ.", client_key=uuid7(), at=at(date(2027, 2, 16))
    )
    assert dossier.due_on == date(2027, 3, 3)


def test_three_working_days_from_the_friday_before_tet_are_counted_with_that_year_s_holidays(law):
    """A leaver is reported within 3 working days (Decree 96/2023/NĐ-CP, article 29)."""
    term = Term(3, TermUnit.WORKING_DAYS)
    calendar = calendar_of(term, FRIDAY_BEFORE_TET, FRIDAY_BEFORE_TET)
    due = Clock.start(term, FRIDAY_BEFORE_TET).due(calendar)
    worked = [
        day
        for day in (
            FRIDAY_BEFORE_TET + n * DAY for n in range(1, (due - FRIDAY_BEFORE_TET).days + 1)
        )
        if calendar.is_working_day(day)
    ]
    assert (len(worked), worked[-1]) == (3, due)
    assert due > FRIDAY_BEFORE_TET + 6 * DAY  # the holidays lie between


def test_ten_days_end_on_a_sunday_when_they_do(law):
    """A joiner's list is sent within 10 days, which are days of the calendar (article 29)."""
    term = Term(10, TermUnit.CALENDAR_DAYS)
    added = date(2026, 11, 5)
    due = Clock.start(term, added).due(calendar_of(term, added, added))
    assert (due, due.isoweekday()) == (date(2026, 11, 15), 7)
