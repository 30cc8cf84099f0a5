"""May this person practise there and then? Every row is a dated case (Law 15/2023/QH15)."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from portal.places.models import Organisation
from practitioners import services
from practitioners.models import PracticeLicense, Practitioner, Registration
from practitioners.practising import Verdict, may_practise
from tests.practitioners.law import (
    AT,
    day,
    decided,
    give_license,
    load_law,
    make_person,
    register,
    week,
    when,
)

THURSDAY = "05/11/2026 09:00"  # a Thursday, in office hours


@dataclass
class World:
    """One person, two facilities, and what the law of the day says."""

    here: Organisation
    there: Organisation
    who: Practitioner = field(default_factory=make_person)

    def licensed(self, **license: object) -> None:
        give_license(self.who, **license)  # type: ignore[arg-type]

    def registered(self, **post: object) -> Registration:
        return register(self.who, self.here, **post)  # type: ignore[arg-type]

    def doctor(self) -> None:
        """A doctor of internal medicine, registered here in office hours."""
        self.licensed()
        self.registered()

    @property
    def license(self) -> PracticeLicense:
        return self.who.licenses.get(superseded_on=None)


Given = Callable[[World], object]


@dataclass(frozen=True)
class Case:
    name: str
    given: Given
    at: str
    verdict: str
    reasons: tuple[str, ...] = ()
    technique: str = ""
    emergency: str = ""


def suspended(first: str, last: str | None, duty: str = "") -> Given:
    def given(world: World) -> None:
        world.doctor()
        services.suspend_license(
            actor=None,
            license=world.license,
            decision=decided(first),
            measure=services.Measure("ethics", valid_until=day(last) if last else None, duty=duty),
            at=AT,
        )

    return given


def duty_done(world: World) -> None:
    suspended("01/09/2026", "30/11/2026", "Học lại an toàn người bệnh")(world)
    services.finish_duty(actor=None, license=world.license, decision=decided("15/12/2026"), at=AT)


def revoked(world: World) -> None:
    world.doctor()
    services.revoke_license(
        actor=None,
        license=world.license,
        decision=decided("06/11/2026"),
        measure=services.Measure("forged_documents"),
        at=AT,
    )


def reinstated(world: World) -> None:
    revoked(world)
    services.reinstate_license(
        actor=None, license=world.license, decision=decided("20/11/2026"), ground="Tòa hủy", at=AT
    )


def barred(first: str, last: str | None) -> Given:
    def given(world: World) -> None:
        world.doctor()
        services.ban_person(
            actor=None,
            practitioner=world.who,
            decision=decided(first, "12/2026/HS-ST"),
            measure=services.Measure("barred", valid_until=day(last) if last else None),
            at=AT,
        )

    return given


def renewal(filed: str, *, is_excused: bool = False, refused: str = "") -> Given:
    def given(world: World) -> None:
        world.doctor()
        services.file_renewal(
            actor=None, license=world.license, on=day(filed), at=AT, is_excused=is_excused
        )
        if refused:
            services.refuse_renewal(
                actor=None,
                license=world.license,
                decision=decided(refused),
                ground="Chưa đủ giờ cập nhật kiến thức",
                at=AT,
            )

    return given


def renewed(world: World) -> None:
    renewal("02/01/2029")(world)
    paper = services.paper_of(world.license)
    services.amend_license(
        actor=None,
        license=world.license,
        paper=services.Paper(
            number=paper.number,
            title=paper.title,
            issued_on=day("01/03/2029"),
            expires_on=day("10/03/2034"),
            scope=paper.scope,
            scope_codes=paper.scope_codes,
        ),
        decision=decided("01/03/2029"),
        at=AT,
        act="renewed",
    )


def legacy(issued: str) -> Given:
    def given(world: World) -> None:
        world.licensed(number="000318/ĐB-CCHN", issued=issued, expires=None)
        world.registered(since="01/04/2016")

    return given


def converted(world: World) -> None:
    legacy("15/08/2016")(world)
    services.issue_license(
        actor=None,
        practitioner=world.who,
        paper=services.Paper(
            number="003001/ĐB-GPHN",
            title="doctor",
            issued_on=day("01/10/2026"),
            expires_on=day("01/10/2031"),
            scope="Nội khoa",
            scope_codes=("102",),
        ),
        decision=decided("01/10/2026"),
        at=AT,
        act="converted",
    )


def left(last: str) -> Given:
    def given(world: World) -> None:
        world.licensed()
        row = world.registered()
        services.end_registration(actor=None, registration=row, last_day=day(last))

    return given


def pending(completed: str = "") -> Given:
    def given(world: World) -> None:
        world.licensed()
        row = world.registered(since="01/11/2026")
        services.announce_registration(actor=None, registration=row, on=day("01/11/2026"))
        if completed:
            services.complete_registration(actor=None, registration=row, on=day(completed))

    return given


def on_duty(world: World) -> None:
    """Office hours, and duty on Saturdays from 19:00 to 07:00 on Sunday, until 28/11/2026."""
    world.licensed()
    row = world.registered(until="28/11/2026")
    services.set_hours(
        actor=None,
        registration=row,
        spans=week("T7 19:00-07:00"),
        from_day=day("01/04/2024"),
        kind="duty",
    )


def sunday_duty(world: World) -> None:
    world.licensed()
    world.registered(hours="CN 19:00-07:00")


def new_hours(world: World) -> None:
    world.licensed()
    row = world.registered()
    services.set_hours(
        actor=None,
        registration=row,
        spans=week("T7 07:30-11:30"),
        from_day=day("01/12/2026"),
    )


def elsewhere(world: World) -> None:
    world.licensed()
    register(world.who, world.there)


def elsewhere_among_others(world: World) -> None:
    elsewhere(world)
    register(make_person("Giàng A Páo"), world.here)


def assigned(last: str | None = None) -> Given:
    def given(world: World) -> None:
        world.licensed()
        services.assign_technique(
            actor=None,
            registration=world.registered(),
            assignment=services.Assignment(
                code="18.0001",
                decision_no="07/QĐ-BV",
                decided_on=day("01/09/2026"),
                valid_until=day(last) if last else None,
            ),
            at=AT,
        )

    return given


def scoped(codes: tuple[str, ...], title: str = "doctor") -> Given:
    def given(world: World) -> None:
        world.licensed(scope_codes=codes, title=title)
        world.registered()

    return given


def unverified(world: World) -> None:
    world.doctor()
    world.who.verified_at = None


def died(world: World) -> None:
    world.doctor()
    world.who.died_on = day("04/11/2026")


YES, NO, NOT_PROVEN, EMERGENCY = "yes", "no", "not_proven", "emergency"
CASES = (
    # The licence.
    Case("in force, registered, in hours", World.doctor, THURSDAY, YES),
    Case("the day of issue", lambda w: (w.licensed(), w.registered(since="10/03/2024")), "11/03/2024 09:00", YES),
    Case("the day before issue", lambda w: (w.licensed(), w.registered(since="01/03/2024")), "08/03/2024 09:00", NO, ("license_not_yet",)),
    Case("no licence in the register", lambda w: w.registered(), THURSDAY, NOT_PROVEN, ("license_unknown",)),
    Case("the profile is not verified", unverified, THURSDAY, NOT_PROVEN, ("profile_unverified",)),
    Case("the person has died", died, THURSDAY, NO, ("person_died",)),
    Case("the last day of the term", World.doctor, "09/03/2029 09:00", YES),
    Case("the day printed as the last", lambda w: (w.licensed(expires="09/03/2029"), w.registered()), "09/03/2029 16:59", YES),
    Case("the day after the last", World.doctor, "12/03/2029 09:00", NO, ("license_expired",)),
    # Renewal: filed 60 days before, silence keeps it valid (article 32).
    Case("filed 60 days before, undecided", renewal("09/01/2029"), "12/03/2029 09:00", YES),
    Case("filed 59 days before", renewal("10/01/2029"), "12/03/2029 09:00", NO, ("license_expired",)),
    Case("filed late with an excuse the law takes", renewal("01/03/2029", is_excused=True), "12/03/2029 09:00", YES),
    Case("filed in time, refused before the end", renewal("02/01/2029", refused="01/03/2029"), "12/03/2029 09:00", NO, ("license_expired",)),
    Case("refused before the end, the term still runs", renewal("02/01/2029", refused="01/03/2029"), "05/03/2029 09:00", YES),
    Case("filed in time, refused after the end", renewal("02/01/2029", refused="02/04/2029"), "30/03/2029 09:00", YES),
    Case("from the day of that refusal", renewal("02/01/2029", refused="02/04/2029"), "02/04/2029 09:00", NO, ("license_expired",)),
    Case("renewed", renewed, "12/03/2029 09:00", YES),
    Case("after the renewed term", renewed, "13/03/2034 09:00", NO, ("license_expired",)),
    # Suspension and revocation (articles 34, 35).
    Case("the day before the suspension", suspended("06/11/2026", "05/02/2027"), THURSDAY, YES),
    Case("the day of the suspension", suspended("05/11/2026", "04/02/2027"), THURSDAY, NO, ("license_suspended",)),
    Case("the last day of the suspension", suspended("01/09/2026", "05/11/2026"), THURSDAY, NO, ("license_suspended",)),
    Case("the day after the suspension", suspended("01/09/2026", "04/11/2026"), THURSDAY, YES),
    Case("its days are over, its duty is not done", suspended("01/09/2026", "30/11/2026", "Học lại"), "07/12/2026 09:00", NO, ("license_suspended",)),
    Case("the duty is done", duty_done, "15/12/2026 09:00", YES),
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
    Case("complete since tomorrow", pending("06/11/2026"), THURSDAY, NO, ("registration_ended",)),
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
    Case("the assignment is over", assigned("04/11/2026"), THURSDAY, NO, ("technique_outside",), technique="18.0001"),
    Case("the scope is words alone", scoped(()), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="02.0085"),
    Case("a general scope does not say", scoped(("129",)), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="18.0001"),
    Case("a nurse's scope does not say", scoped(("301",), "nurse"), THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="18.0001"),
    Case("a code the list does not have", World.doctor, THURSDAY, NOT_PROVEN, ("technique_unknown",), technique="99.0001"),
    # Emergency (article 36(3)).
    Case("outside hours, in an emergency", World.doctor, "08/11/2026 02:00", EMERGENCY, ("hours_outside",), emergency="Ngừng tuần hoàn"),
    Case("not registered here, in an emergency", elsewhere_among_others, THURSDAY, EMERGENCY, ("registration_missing",), emergency="Tai nạn giao thông"),
    Case("suspended: no emergency helps", suspended("05/11/2026", "04/02/2027"), THURSDAY, NO, ("license_suspended",), emergency="Tai nạn"),
    Case("barred and outside hours: no emergency helps", barred("05/11/2026", None), "05/11/2026 22:00", NO, ("banned", "hours_outside"), emergency="Tai nạn"),
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


def test_a_signature_after_work_counts_the_visit_s_hour(world: World) -> None:
    world.doctor()
    visit, signed = when("05/11/2026 16:40"), when("05/11/2026 17:20")
    answer = may_practise(
        practitioner=world.who, facility=world.here, moments=[visit, signed], at_work=[visit]
    )
    assert answer.verdict == Verdict.YES


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
