"""The lists of the law the tests of practising stand on, as they are shipped."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.hours import Span, read_hours
from practitioners.models import PracticeBan, PracticeLicense, Practitioner, Registration
from tests.shipped import publish

LISTS = (
    "practice_rules",
    "practice_reasons",
    "practice_scopes",
    "practice_ban_grounds",
    "license_revocation_grounds",
    "license_suspension_grounds",
    "technique_chapters",
    "professional_titles",
    "staff_positions",
    "profile_freshness",
)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2026, 11, 5, 9, 30, tzinfo=VIETNAM)
OFFICE = "T2-T6 07:30-11:30, 13:30-17:00"


def load_law() -> None:
    """Put the shipped lists about practising in force."""
    publish(LISTS)


def when(text: str) -> datetime:
    """Read a moment in Vietnam, like 15/12/2026 10:00."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=VIETNAM)


def day(text: str) -> date:
    """Read a day, day first."""
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=VIETNAM).date()


def make_person(name: str = "Lò Văn Thoan", born: str = "22/04/1978") -> Practitioner:
    """A person whose profile the department has verified."""
    return Practitioner.objects.create(name=name, birth_date=day(born), sex="male", verified_at=AT)


def give_license(
    person: Practitioner,
    number: str = "001287/ĐB-GPHN",
    issued: str = "10/03/2024",
    expires: str | None = "10/03/2029",
    *,
    title: str = "doctor",
    scope_codes: Sequence[str] = ("102",),
    scope: str = "Nội khoa",
) -> PracticeLicense:
    """A licence, with its first paper."""
    return services.issue_license(
        actor=None,
        practitioner=person,
        paper=services.Paper(
            number=number,
            title=title,
            issued_on=day(issued),
            expires_on=day(expires) if expires else None,
            scope=scope,
            scope_codes=scope_codes,
        ),
        decision=services.Decision(day(issued)),
        at=AT,
    )


def decided(from_day: str, number: str = "118/QĐ-SYT") -> services.Decision:
    """A decision in force from a day."""
    return services.Decision(day(from_day), number=number, decided_on=day(from_day))


def register(
    person: Practitioner,
    facility: Organisation,
    hours: str = OFFICE,
    since: str = "01/04/2024",
    until: str | None = None,
    **post: str,
) -> Registration:
    """Register a person at a facility in these hours."""
    return services.register_person(
        actor=None,
        practitioner=person,
        facility=facility,
        post=services.Post(**post),
        stay=services.Stay(day(since), day(until) if until else None),
        spans=(read_hours(hours) or ()) if hours else (),
        at=AT,
    )


def week(hours: str) -> tuple[Span, ...]:
    """Read a week that has to be readable."""
    found = read_hours(hours)
    assert found is not None
    return found


def bar(
    person: Practitioner,
    decision: services.Decision,
    measure: services.Measure,
    by: User | None = None,
) -> PracticeBan:
    """Bar a person: a colleague proposes it, another official confirms it."""
    proposer, confirmer = (
        User.objects.get_or_create(username=name, defaults={"full_name": full_name})[0]
        for name, full_name in (("de-xuat", "Lò Văn Đề"), ("xac-nhan", "Lò Thị Xác"))
    )
    proposal = services.propose_ban(
        actor=proposer, practitioner=person, decision=decision, measure=measure, at=AT
    )
    return services.confirm_ban(actor=by or confirmer, proposal_id=proposal.pk, at=AT)
