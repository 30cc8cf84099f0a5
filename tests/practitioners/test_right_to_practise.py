"""May this person practise there and then? Every row is a dated case (Law 15/2023/QH15)."""

from dataclasses import dataclass

import pytest

from portal.places.models import Organisation
from practitioners.models import PracticeLicense
from practitioners.practising import Done, Verdict, may_practise
from practitioners.reasons import REASONS, reasons_of
from tests.practitioners.given import (
    THURSDAY,
    Given,
    World,
    assigned,
    barred,
    converted,
    died,
    duty_done,
    elsewhere,
    elsewhere_among_others,
    left,
    legacy,
    new_hours,
    of_another_title_since,
    on_duty,
    on_duty_licensed_until,
    on_duty_pending,
    on_duty_then_left,
    pending,
    reinstated,
    renewal,
    renewal_then,
    renewed,
    revoked,
    scoped,
    second_post_pending,
    sunday_duty,
    suspended,
    suspended_twice,
    unlicensed_among_others,
    unverified,
    weekends,
)
from tests.practitioners.law import (
    day,
    load_law,
    when,
)


@dataclass(frozen=True)
class Case:
    name: str
    given: Given
    at: str
    verdict: str
    reasons: tuple[str, ...] = ()
    technique: str = ""
    emergency: str = ""


YES, NO, NOT_PROVEN, EMERGENCY = "yes", "no", "not_proven", "emergency"

CASES = (
    # The licence.
    Case("in force, registered, in hours", World.doctor, THURSDAY, YES),
    Case("the day of issue, a Sunday", weekends("10/03/2024"), "10/03/2024 09:00", YES),
    Case("the day before issue, a Saturday", weekends("01/03/2024"), "09/03/2024 09:00", NO, ("license_not_yet",)),
    Case("no licence in the register", lambda w: w.registered(), THURSDAY, NOT_PROVEN, ("license_unknown",)),
    Case("the profile is not verified", unverified, THURSDAY, NOT_PROVEN, ("profile_unverified",)),
    Case("the person has died", died, THURSDAY, NO, ("person_died",)),
    Case("the last day of the term, a Saturday", weekends(), "10/03/2029 09:00", YES),
    Case("the last minute of work on the last day", weekends(), "10/03/2029 16:59", YES),
    Case("the day after the last, a Sunday", weekends(), "11/03/2029 09:00", NO, ("license_expired",)),
    Case("the day printed as the last", lambda w: (w.licensed(expires="09/03/2029"), w.registered()), "09/03/2029 16:59", YES),
    Case("the day after the printed one, a Saturday", weekends(expires="09/03/2029"), "10/03/2029 09:00", NO, ("license_expired",)),
    # Renewal: filed 60 days before, silence keeps it valid (article 32).
    Case("filed 60 days before, undecided", renewal("09/01/2029"), "12/03/2029 09:00", YES),
    Case("filed 59 days before", renewal("10/01/2029"), "12/03/2029 09:00", NO, ("license_expired",)),
    Case("filed late with an excuse the law takes", renewal("01/03/2029", is_excused=True), "12/03/2029 09:00", YES),
    Case("filed in time, refused before the end", renewal("02/01/2029", refused="01/03/2029"), "12/03/2029 09:00", NO, ("license_expired",)),
    Case("refused before the end, the term still runs", renewal("02/01/2029", refused="01/03/2029"), "05/03/2029 09:00", YES),
    Case("filed in time, refused after the end", renewal("02/01/2029", refused="02/04/2029"), "30/03/2029 09:00", YES),
    Case("from the day of that refusal", renewal("02/01/2029", refused="02/04/2029"), "02/04/2029 09:00", NO, ("license_expired",)),
    Case("filed in time, then the scope was adjusted", renewal_then("adjusted"), "12/03/2029 09:00", YES),
    Case("filed in time, then the paper was issued again", renewal_then("reissued"), "12/03/2029 09:00", YES),
    Case("renewed", renewed, "12/03/2029 09:00", YES),
    Case("after the renewed term", renewed, "13/03/2034 09:00", NO, ("license_expired",)),
    # Suspension and revocation (articles 34, 35).
    Case("the day before the suspension", suspended("06/11/2026", "05/02/2027"), THURSDAY, YES),
    Case("the day of the suspension", suspended("05/11/2026", "04/02/2027"), THURSDAY, NO, ("license_suspended",)),
    Case("the last day of the suspension", suspended("01/09/2026", "05/11/2026"), THURSDAY, NO, ("license_suspended",)),
    Case("the day after the suspension", suspended("01/09/2026", "04/11/2026"), THURSDAY, YES),
    Case("its days are over, its duty is not done", suspended("01/09/2026", "30/11/2026", "Học lại"), "07/12/2026 09:00", NO, ("license_suspended",)),
    Case("the duty is done", duty_done, "15/12/2026 09:00", YES),
    Case("a shorter suspension ended, the longer one still holds", suspended_twice(), THURSDAY, NO, ("license_suspended",)),
    Case("the day after the longer suspension", suspended_twice(), "01/02/2027 09:00", YES),
    Case("both suspensions were lifted", suspended_twice(lifted="01/10/2026"), THURSDAY, YES),
    Case("the day before the revocation", revoked, THURSDAY, YES),
    Case("the day of the revocation", revoked, "06/11/2026 09:00", NO, ("license_revoked",)),
    Case("the revocation was annulled", reinstated, "20/11/2026 09:00", YES),
    # Bans (article 20).
    Case("the day before the ban", barred("06/11/2026", None), THURSDAY, YES),
    Case("the day of the ban", barred("05/11/2026", None), THURSDAY, NO, ("banned",)),
    Case("the day after the ban", barred("01/01/2026", "04/11/2026"), THURSDAY, YES),
    # Old certificates (Decree 96/2023, article 143).
    Case("an old certificate never converted", legacy("15/08/2016"), THURSDAY, YES),
    Case("its last day by the roadmap", legacy("15/08/2016"), "15/08/2035 09:00", YES),
    Case("the day after the roadmap's", legacy("15/08/2016"), "16/08/2035 09:00", NO, ("license_expired",)),
    Case("issued on 29 February: the 28th is the last", legacy("29/02/2016"), "28/02/2035 09:00", YES),
    Case("issued on 29 February: 1 March is over", legacy("29/02/2016"), "01/03/2035 09:00", NO, ("license_expired",)),
    Case("converted, before the conversion", converted, "30/09/2026 09:00", YES),
    Case("converted, after the conversion", converted, THURSDAY, YES),
    Case("converted, after the new term", converted, "02/10/2031 09:00", NO, ("license_expired",)),
    # Registration (article 36).
    Case("no list of this facility", lambda w: w.licensed(), THURSDAY, NOT_PROVEN, ("registration_unknown",)),
    Case("registered elsewhere only", elsewhere_among_others, THURSDAY, NO, ("registration_missing",)),
    Case("registered elsewhere, no list here", elsewhere, THURSDAY, NOT_PROVEN, ("registration_unknown",)),
    Case("the first day of the registration", lambda w: (w.licensed(), w.registered(since="05/11/2026")), THURSDAY, YES),
    Case("the day before it", lambda w: (w.licensed(), w.registered(since="06/11/2026")), THURSDAY, NO, ("registration_ended",)),
    Case("the last day here", left("05/11/2026"), THURSDAY, YES),
    Case("the day after the last here", left("04/11/2026"), THURSDAY, NO, ("registration_ended",)),
    Case("announced, not complete", pending(), THURSDAY, NO, ("registration_pending",)),
    Case("complete since today", pending("05/11/2026"), THURSDAY, YES),
    Case("complete since tomorrow", pending("06/11/2026"), THURSDAY, NO, ("registration_pending",)),
    Case("hours of another post that is not complete", second_post_pending, "07/11/2026 09:00", NO, ("hours_outside",)),
    Case("hours of another post once it is complete", second_post_pending, "14/11/2026 09:00", YES),
    Case("a technique of another post that is not complete", second_post_pending, THURSDAY, NO, ("technique_outside",), technique="18.0001"),
    Case("a technique of another post once it is complete", second_post_pending, "12/11/2026 09:00", YES, technique="18.0001"),
    # Hours.
    Case("the minute work begins", World.doctor, "05/11/2026 07:30", YES),
    Case("a minute before", World.doctor, "05/11/2026 07:29", NO, ("hours_outside",)),
    Case("the minute work ends", World.doctor, "05/11/2026 17:00", NO, ("hours_outside",)),
    Case("at noon", World.doctor, "05/11/2026 12:00", NO, ("hours_outside",)),
    Case("on Sunday", World.doctor, "08/11/2026 09:00", NO, ("hours_outside",)),
    Case("no hours are known", lambda w: (w.licensed(), w.registered(hours="")), THURSDAY, NOT_PROVEN, ("hours_unknown",)),
    Case("duty, before midnight", on_duty, "07/11/2026 23:59", YES),
    Case("duty, at midnight", on_duty, "08/11/2026 00:00", YES),
    Case("duty, the last minute", on_duty, "08/11/2026 06:59", YES),
    Case("duty, when it is over", on_duty, "08/11/2026 07:00", NO, ("hours_outside",)),
    Case("duty of the last evening goes on", on_duty, "28/11/2026 23:00", YES),
    Case("the last duty, at midnight", on_duty, "29/11/2026 00:00", YES),
    Case("the last duty, its last minute", on_duty, "29/11/2026 06:59", YES),
    Case("the last duty, when it is over", on_duty, "29/11/2026 07:00", NO, ("registration_ended",)),
    Case("left on the day of duty: the duty goes on", on_duty_then_left, "29/11/2026 06:59", YES, technique="18.0001"),
    Case("left on the day of duty: the duty is over", on_duty_then_left, "29/11/2026 07:00", NO, ("registration_ended", "technique_outside"), technique="18.0001"),
    Case("the duty of an incomplete registration", on_duty_pending, "29/11/2026 00:00", NO, ("registration_ended",)),
    Case("the morning after an evening without duty", left("04/11/2026"), "05/11/2026 00:00", NO, ("registration_ended",)),
    Case("duty on the licence's last day, before midnight", on_duty_licensed_until("28/11/2026"), "28/11/2026 23:59", YES),
    Case("a licence ends on its day, in the middle of a duty too", on_duty_licensed_until("28/11/2026"), "29/11/2026 00:00", NO, ("license_expired",)),
    Case("Sunday's duty on Monday morning", sunday_duty, "09/11/2026 06:59", YES),
    Case("no duty on the first Monday morning", sunday_duty, "01/04/2024 06:00", NO, ("hours_outside",)),
    Case("hours before they change", new_hours, "26/11/2026 09:00", YES),
    Case("hours after they changed", new_hours, "03/12/2026 09:00", NO, ("hours_outside",)),
    Case("the new hours", new_hours, "05/12/2026 09:00", YES),
    # Technique.
    Case("in scope", World.doctor, THURSDAY, YES, technique="02.0085"),
    Case("in a finer scope of the same field", scoped(("102.04",)), THURSDAY, YES, technique="02.0085.1778"),
    Case("outside the scope", World.doctor, THURSDAY, NO, ("technique_outside",), technique="18.0001"),
    Case("assigned in writing", assigned(), THURSDAY, YES, technique="18.0001"),
    Case("assigned by a finer code", assigned(code=" 18.0001.1778 "), THURSDAY, YES, technique="18.0001"),
    Case("the assignment is over", assigned("04/11/2026"), THURSDAY, NO, ("technique_outside",), technique="18.0001"),
    Case("the scope is words alone", scoped(()), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="02.0085"),
    Case("a general scope does not say", scoped(("129",)), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="18.0001"),
    Case("what is printed beside the code may name the technique", scoped(("102",), scope="Nội khoa; siêu âm tổng quát"), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="18.0001"),
    Case("what is printed beside the code takes nothing away", scoped(("102",), scope="Nội khoa; siêu âm tổng quát"), THURSDAY, YES, technique="02.0085"),
    Case("every printed part has its code", scoped(("102", "116"), scope="Khám bệnh, chữa bệnh nội khoa; răng - hàm - mặt"), THURSDAY, NO, ("technique_outside",), technique="18.0001"),
    Case("a nurse's scope does not say", scoped(("301",), "nurse"), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="18.0001"),
    Case("in the scope of the title of that day's paper", of_another_title_since("01/12/2026"), THURSDAY, YES, technique="02.0085"),
    Case("a code the list does not have", World.doctor, THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="99.0001"),
    # Emergency (article 36(3)).
    Case("outside hours, in an emergency", World.doctor, "08/11/2026 02:00", EMERGENCY, ("hours_outside",), emergency="Ngừng tuần hoàn"),
    Case("not registered here, in an emergency", elsewhere_among_others, THURSDAY, EMERGENCY, ("registration_missing",), emergency="Tai nạn giao thông"),
    Case("suspended: no emergency helps", suspended("05/11/2026", "04/02/2027"), THURSDAY, NO, ("license_suspended",), emergency="Tai nạn"),
    Case("barred and outside hours: no emergency helps", barred("05/11/2026", None), "05/11/2026 22:00", NO, ("banned", "hours_outside"), emergency="Tai nạn"),
    Case("no licence known, not registered here: no emergency helps", unlicensed_among_others, THURSDAY, NO, ("license_unknown", "registration_missing"), emergency="Tai nạn"),
    Case("no licence known, outside hours: no emergency helps", lambda w: w.registered(), "05/11/2026 22:00", NO, ("license_unknown", "hours_outside"), emergency="Tai nạn"),
    Case("an emergency where nothing stands against it", World.doctor, THURSDAY, YES, emergency="Tai nạn"),
    # More than one reason.
    Case("suspended, not registered, both are said", lambda w: (suspended("05/11/2026", "04/02/2027")(w), w.who.registrations.update(valid_until=day("04/11/2026"))), THURSDAY, NO, ("license_suspended", "registration_ended")),
)  # fmt: skip


@pytest.fixture
def world(hospital: Organisation, station: Organisation) -> World:
    load_law()
    return World(hospital, station)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_register_answers(case: Case, world: World) -> None:
    case.given(world)
    answer = may_practise(
        practitioner=world.who,
        facility=world.here,
        moments=[when(case.at)],
        technique=case.technique,
        emergency=case.emergency,
    )
    assert (answer.verdict, answer.reasons) == (case.verdict, case.reasons)


def test_there_are_at_least_forty_cases_and_each_has_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_a_no_names_its_article(world: World) -> None:
    suspended("05/11/2026", "04/02/2027")(world)
    answer = may_practise(practitioner=world.who, facility=world.here, moments=[when(THURSDAY)])
    (reason,) = answer.found
    assert reason.article == "Luật 15/2023/QH15, Điều 34"
    assert answer.standing is not None
    assert answer.standing.since == day("05/11/2026")


def test_every_reason_names_its_article_or_says_that_it_is_the_systems_own_rule(
    world: World,
) -> None:
    found = reasons_of(REASONS, day("05/11/2026"))
    assert [reason.code for reason in found if not reason.article] == []
    laws = ("Luật ", "Bộ luật ", "Nghị định ", "Thông tư ")
    refused = [reason for reason in found if reason.verdict == Verdict.NO]
    assert len(refused) >= 10
    assert [reason.code for reason in refused if not reason.article.startswith(laws)] == []


def test_a_signature_after_work_counts_the_visit_s_hour(world: World) -> None:
    world.doctor()
    visit, signed = when("05/11/2026 16:40"), when("05/11/2026 17:20")
    answer = may_practise(
        practitioner=world.who, facility=world.here, moments=[visit, signed], at_work=[visit]
    )
    assert answer.verdict == Verdict.YES


def ended_at_midnight(world: World) -> None:
    """Duty as on Saturdays, by a licence whose last day is the last day of the registration."""
    on_duty_then_left(world)
    world.license.versions.update(expires_on=day("28/11/2026"))
    PracticeLicense.objects.update(valid_until=day("28/11/2026"))


@pytest.mark.parametrize(
    ("given", "seen", "signed", "verdict", "reasons"),
    [
        (on_duty, "29/11/2026 06:50", "29/11/2026 07:05", YES, ()),
        (on_duty, "28/11/2026 23:50", "30/11/2026 09:00", YES, ()),
        (on_duty, "29/11/2026 07:00", "29/11/2026 07:05", NO, ("registration_ended",)),
        (on_duty_then_left, "29/11/2026 06:50", "29/11/2026 07:05", YES, ()),
        (left("04/11/2026"), "04/11/2026 16:00", "05/11/2026 09:00", YES, ()),
        (left("04/11/2026"), "05/11/2026 09:00", "05/11/2026 10:00", NO, ("registration_ended",)),
        (ended_at_midnight, "28/11/2026 23:50", "29/11/2026 00:10", NO, ("license_expired",)),
        (barred("06/11/2026", None), THURSDAY, "06/11/2026 09:00", NO, ("banned",)),
    ],
    ids=[
        "seen in the last minutes of the last duty",
        "seen in the last duty, signed days later",
        "seen when the duty was over",
        "left on the day of duty",
        "seen on the last day here",
        "seen on the day after",
        "the licence ended in between",
        "barred in between",
    ],
)
def test_care_needs_a_registration_then_and_its_signature_a_licence_now(
    given: Given, seen: str, signed: str, verdict: str, reasons: tuple[str, ...], world: World
) -> None:
    given(world)
    visit, at = when(seen), when(signed)
    answer = may_practise(
        practitioner=world.who, facility=world.here, moments=[visit, at], at_work=[visit]
    )
    assert (answer.verdict, answer.reasons) == (verdict, reasons)
    assert (answer.registration is None) == ("registration_ended" in reasons)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [("28/11/2026 23:50", YES), ("29/11/2026 00:10", YES), ("28/11/2026 18:50", NO)],
    ids=["seen before midnight", "seen after midnight", "seen before the duty"],
)
def test_a_technique_assigned_for_the_duty_is_signed_when_the_duty_is_over(
    seen: str, verdict: str, world: World
) -> None:
    on_duty_then_left(world)
    visit, signed = when(seen), when("29/11/2026 07:05")
    answer = may_practise(
        practitioner=world.who,
        facility=world.here,
        moments=[visit, signed],
        at_work=[visit],
        techniques=[Done("18.0001", day("29/11/2026"))],
    )
    assert (answer.verdict, "technique_outside" in answer.reasons) == (verdict, verdict == NO)


@pytest.mark.parametrize("codes", [(), ("102",), ("301",), ("102", "301")])
@pytest.mark.parametrize(
    "title",
    [
        "assistant_doctor",
        "nurse",
        "midwife",
        "medical_technologist",
        "clinical_nutritionist",
        "paramedic",
        "clinical_psychologist",
        "traditional_practitioner",
        "family_remedy_holder",
    ],
)
def test_for_a_title_whose_scope_no_list_tells_a_technique_is_never_a_plain_yes(
    title: str, codes: tuple[str, ...], world: World
) -> None:
    """The chapters of techniques speak of doctors; a doctor's scope on another licence proves nothing."""
    scoped(codes, title)(world)
    for technique in ("02.0085", "18.0001", "05.0001.1778"):
        answer = may_practise(
            practitioner=world.who,
            facility=world.here,
            moments=[when(THURSDAY)],
            technique=technique,
        )
        assert (answer.verdict, answer.reasons) == (Verdict.NOT_PROVEN, ("technique_unknown",))


def test_both_days_of_a_visit_over_midnight_count(world: World) -> None:
    suspended("08/11/2026", "07/02/2027")(world)
    moments = [when("07/11/2026 23:50"), when("08/11/2026 00:20")]
    answer = may_practise(practitioner=world.who, facility=world.here, moments=moments)
    assert "license_suspended" in answer.reasons


def test_nobody_known_is_not_proven(world: World) -> None:
    answer = may_practise(practitioner=None, facility=world.here, moments=[when(THURSDAY)])
    assert (answer.verdict, answer.reasons) == (Verdict.NOT_PROVEN, ("account_unknown",))


def test_without_the_lists_an_emergency_overrides_nothing(
    hospital: Organisation, station: Organisation
) -> None:
    world = World(hospital, station)
    world.doctor()
    answer = may_practise(
        practitioner=world.who,
        facility=world.here,
        moments=[when("08/11/2026 02:00")],
        emergency="Ngừng tuần hoàn",
    )
    assert (answer.verdict, answer.reasons) == (Verdict.NO, ("hours_outside",))
