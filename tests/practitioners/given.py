"""A person, two facilities, and what happened to the person's licence, posts and hours."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from portal.places.models import Organisation
from practitioners import services
from practitioners.models import LicenseEvent, PracticeLicense, Practitioner, Registration
from practitioners.services.measures import finish_duty
from tests.practitioners.law import (
    AT,
    bar,
    day,
    decided,
    give_license,
    make_person,
    register,
    week,
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


def suspended_twice(*, lifted: str = "") -> Given:
    """For a year, and by another decision for two months of it; perhaps lifted on a day."""

    def given(world: World) -> None:
        suspended("01/02/2026", "31/01/2027")(world)
        LicenseEvent.objects.create(
            license=world.license,
            kind="suspended",
            decision_no="44/QĐ-SYT",
            decided_on=day("01/08/2026"),
            valid_from=day("01/08/2026"),
            valid_until=day("30/09/2026"),
        )
        if lifted:
            LicenseEvent.objects.create(
                license=world.license, kind="resumed", valid_from=day(lifted)
            )

    return given


def duty_done(world: World) -> None:
    suspended("01/09/2026", "30/11/2026", "Học lại an toàn người bệnh")(world)
    finish_duty(actor=None, license=world.license, decision=decided("15/12/2026"), at=AT)


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
        decision = decided(first, "12/2026/HS-ST")
        measure = services.Measure("barred", valid_until=day(last) if last else None)
        bar(world.who, decision, measure)

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


def renewal_then(act: str) -> Given:
    """Filed in time; while it is decided, another paper of the licence is made."""

    def given(world: World) -> None:
        renewal("02/01/2029")(world)
        services.amend_license(
            actor=None,
            license=world.license,
            paper=services.paper_of(world.license),
            decision=decided("01/02/2029"),
            at=AT,
            act=act,
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


def weekends(since: str = "01/04/2024", **license: object) -> Given:
    """A doctor of internal medicine who works here on Saturdays and Sundays."""

    def given(world: World) -> None:
        world.licensed(**license)
        world.registered(hours="T7-CN 07:30-11:30, 13:30-17:00", since=since)

    return given


def left(last: str) -> Given:
    def given(world: World) -> None:
        world.licensed()
        row = world.registered()
        services.end_registration(actor=None, registration=row, last_day=day(last), at=AT)

    return given


def pending(completed: str = "") -> Given:
    def given(world: World) -> None:
        world.licensed()
        row = world.registered(since="01/11/2026")
        services.announce_registration(actor=None, registration=row, on=day("01/11/2026"))
        if completed:
            services.complete_registration(actor=None, registration=row, on=day(completed), at=AT)

    return given


def of_another_title_since(first: str) -> Given:
    """A doctor's paper, followed on a day by one with another title."""

    def given(world: World) -> None:
        world.doctor()
        services.amend_license(
            actor=None,
            license=world.license,
            paper=replace(services.paper_of(world.license), title="assistant_doctor"),
            decision=decided(first),
            at=AT,
            act="corrected",
        )

    return given


def second_post_pending(world: World) -> None:
    """Office hours; a second post on Saturdays with a technique, announced and complete on 10/11/2026."""
    world.doctor()
    row = world.registered(
        hours="T7 07:30-11:30", since="01/11/2026", position_text="Siêu âm", position="5"
    )
    services.assign_technique(
        actor=None,
        registration=row,
        assignment=services.Assignment("18.0001", "07/QĐ-BV", day("01/11/2026")),
        at=AT,
    )
    services.announce_registration(actor=None, registration=row, on=day("01/11/2026"))
    services.complete_registration(actor=None, registration=row, on=day("10/11/2026"), at=AT)


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


def on_duty_then_left(world: World) -> None:
    """Duty on Saturdays as before, an assigned technique, and the last day here is a Saturday."""
    world.licensed()
    row = world.registered(hours="T7 19:00-07:00")
    services.assign_technique(
        actor=None,
        registration=row,
        assignment=services.Assignment("18.0001", "07/QĐ-BV", day("01/09/2026")),
        at=AT,
    )
    services.end_registration(actor=None, registration=row, last_day=day("28/11/2026"), at=AT)


def on_duty_pending(world: World) -> None:
    """Duty on Saturdays at a registration that was announced and never complete."""
    world.licensed()
    row = world.registered(hours="T7 19:00-07:00", since="01/11/2026", until="28/11/2026")
    services.announce_registration(actor=None, registration=row, on=day("01/11/2026"))


def on_duty_licensed_until(last: str) -> Given:
    """Duty on Saturdays, registered for long, by a licence whose last day is printed."""

    def given(world: World) -> None:
        world.licensed(expires=last)
        world.registered(hours="T7 19:00-07:00")

    return given


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


def unlicensed_among_others(world: World) -> None:
    register(world.who, world.there)
    register(make_person("Giàng A Páo"), world.here)


def elsewhere_among_others(world: World) -> None:
    elsewhere(world)
    register(make_person("Giàng A Páo"), world.here)


def assigned(last: str | None = None, code: str = "18.0001") -> Given:
    def given(world: World) -> None:
        world.licensed()
        services.assign_technique(
            actor=None,
            registration=world.registered(),
            assignment=services.Assignment(
                code=code,
                decision_no="07/QĐ-BV",
                decided_on=day("01/09/2026"),
                valid_until=day(last) if last else None,
            ),
            at=AT,
        )

    return given


def scoped(codes: tuple[str, ...], title: str = "doctor", scope: str = "Nội khoa") -> Given:
    def given(world: World) -> None:
        world.licensed(scope_codes=codes, title=title, scope=scope)
        world.registered()

    return given


def unverified(world: World) -> None:
    world.doctor()
    world.who.verified_at = None


def died(world: World) -> None:
    world.doctor()
    world.who.died_on = day("04/11/2026")
