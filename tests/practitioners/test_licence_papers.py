"""Papers and acts of a licence, and the clocks that run from them."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from practitioners import services
from practitioners.continuity import Practice, continuity_on
from practitioners.models import LicenseEvent, LicenseVersion, PracticeLicense, ProfileSource
from practitioners.rules import Rules, rules_on
from tests.conftest import TODAY
from tests.practitioners.law import AT, day, decided, give_license, load_law, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law(db: None) -> None:
    load_law()


@pytest.mark.parametrize(
    ("issued", "last"), [("15/08/2016", "15/08/2035"), ("29/02/2016", "28/02/2035")]
)
def test_an_old_certificate_ends_on_its_own_day_in_2035(issued: str, last: str) -> None:
    """Decree 96/2023/NĐ-CP, article 143; read in a digest, so the year is a rule of the list."""
    license = give_license(make_person(), "000318/ĐB-CCHN", issued, None)
    standing = license.standing_on(TODAY)
    assert (standing.state, standing.expires_on) == ("active", day(last))
    assert standing.is_by_roadmap


def test_the_last_day_to_file_is_sixty_days_before_the_end() -> None:
    rules = rules_on(day("01/12/2028"))
    assert rules.last_day_to_file(day("10/03/2029")) == day("09/01/2029")
    assert rules.term_end(day("10/03/2024")) == day("10/03/2029")


@pytest.mark.parametrize(
    ("counts", "issued", "ends"),
    [
        ("1", "10/03/2024", ["10/03/2029", "10/03/2034", "10/03/2039"]),
        ("0", "10/03/2024", ["09/03/2029", "09/03/2034", "09/03/2039"]),
        ("0", "01/03/2023", ["29/02/2028", "28/02/2033", "28/02/2038"]),
    ],
    ids=["the last day counts", "it does not", "it does not, in February"],
)
def test_no_renewal_takes_or_gives_a_day_of_the_five_years(
    counts: str, issued: str, ends: list[str]
) -> None:
    shipped = rules_on(day("05/11/2026"))
    rule = replace(shipped.by_code["licence_last_day_counts"], value=counts)
    rules = Rules(shipped.on, {**shipped.by_code, rule.code: rule})
    found = [rules.term_end(day(issued))]
    for _renewal in range(2):
        assert found[-1] is not None
        found.append(rules.renewed_end(found[-1]))
    assert found == [day(end) for end in ends]


@pytest.mark.parametrize(
    ("filed", "on", "state"),
    [
        ("", "10/03/2029", "active"),
        ("", "11/03/2029", "expired"),
        ("09/01/2029", "11/03/2029", "renewing"),
        ("10/01/2029", "11/03/2029", "expired"),
    ],
    ids=["last day", "day after", "filed in time, undecided", "filed late"],
)
def test_a_licence_of_10_03_2024_holds_to_its_day_and_longer_when_its_renewal_was_filed_in_time(
    filed: str, on: str, state: str
) -> None:
    """Law 15/2023/QH15, articles 27 and 32; that the last day counts is a rule of the list."""
    license = give_license(make_person(), "001287/ĐB-GPHN", "10/03/2024", "10/03/2029")
    if filed:
        services.file_renewal(actor=None, license=license, on=day(filed), at=AT)
    assert license.standing_on(day(on), rules_on(day(on))).state == state


def test_every_paper_stays_and_one_holds_on_each_day() -> None:
    license = give_license(make_person(), scope="Nội khoa")
    paper = services.Paper(
        number=license.number_raw,
        title="doctor",
        issued_on=day("01/06/2025"),
        expires_on=day("10/03/2029"),
        scope="Nội khoa; siêu âm",
    )
    for begins in ("01/06/2025", "01/06/2026"):
        services.amend_license(
            actor=None,
            license=license,
            paper=paper,
            decision=decided(begins),
            at=AT,
            act="adjusted",
        )
    read = PracticeLicense.objects.with_acts().get()
    papers = [read.version_on(day(on)) for on in ("31/05/2025", "01/06/2025", "01/06/2026")]
    assert [paper.number for paper in papers if paper] == [1, 2, 3]
    assert read.version_on(day("09/03/2024")) is None
    assert read.scope == "Nội khoa; siêu âm"
    assert ProfileSource.objects.filter(field="scope", source="decision").count() == 2


def test_the_database_lets_one_paper_hold_at_a_time() -> None:
    license = give_license(make_person())
    with pytest.raises(IntegrityError, match="licenseversion_one_at_a_time"), transaction.atomic():
        LicenseVersion.objects.create(
            license=license,
            number=2,
            act="adjusted",
            number_raw=license.number_raw,
            title="doctor",
            issued_on=license.issued_on,
            valid_from=day("01/01/2025"),
        )


def test_a_paper_cannot_begin_before_a_later_one() -> None:
    license = give_license(make_person())
    with pytest.raises(ValidationError) as refused:
        services.amend_license(
            actor=None,
            license=license,
            paper=services.paper_of(license),
            decision=decided("01/01/2024"),
            at=AT,
            act="adjusted",
        )
    assert refused.value.code == "paper_out_of_order"
    assert LicenseVersion.objects.count() == 1


def test_a_licence_from_before_papers_were_kept_gets_its_first_with_the_second() -> None:
    license = PracticeLicense.objects.create(
        practitioner=make_person(),
        number_raw="000318/ĐB-CCHN",
        serial=318,
        issuer_code="ĐB",
        kind="cchn",
        title="doctor",
        scope="Khám bệnh, chữa bệnh đa khoa",
        issued_on=day("15/08/2016"),
    )
    services.amend_license(
        actor=None,
        license=license,
        paper=services.paper_of(license),
        decision=decided("01/06/2025"),
        at=AT,
        act="reissued",
    )
    first, second = LicenseVersion.objects.order_by("number")
    assert (first.scope, first.valid_from) == ("Khám bệnh, chữa bệnh đa khoa", day("15/08/2016"))
    assert (first.valid_until, second.valid_from) == (day("31/05/2025"), day("01/06/2025"))


def test_conversion_replaces_the_old_certificate_and_names_the_new() -> None:
    person = make_person()
    old = give_license(person, "000318/ĐB-CCHN", "15/08/2016", None)
    paper = services.Paper("003001/ĐB-GPHN", "doctor", day("01/10/2026"), "Nội khoa")
    new = services.issue_license(
        actor=None,
        practitioner=person,
        paper=paper,
        decision=decided("01/10/2026"),
        at=AT,
        act="converted",
    )
    old.refresh_from_db()
    assert (old.superseded_on, old.superseded_by) == (day("01/10/2026"), new)
    assert old.state_on(day("30/09/2026")) == "active"
    assert person.licenses.get(superseded_on=None) == new


@pytest.mark.parametrize(
    ("last", "is_right"),
    [
        ("30/11/2026", False),
        ("04/12/2026", True),
        ("04/11/2028", True),
        ("05/11/2028", False),
        (None, False),
    ],
)
def test_a_suspension_lasts_one_to_twenty_four_months(last: str | None, is_right: bool) -> None:
    """Law 15/2023/QH15, article 34."""
    license = give_license(make_person())
    measure = services.Measure("ethics", valid_until=day(last) if last else None)
    facts = {"actor": None, "license": license, "decision": decided("05/11/2026"), "at": AT}
    if is_right:
        assert services.suspend_license(measure=measure, **facts).valid_until == day(last or "")
        return
    with pytest.raises(ValidationError) as refused:
        services.suspend_license(measure=measure, **facts)
    (error,) = refused.value.error_dict["valid_until"]
    assert error.code == "suspension_length"
    assert not LicenseEvent.objects.filter(kind="suspended").exists()


def test_a_revoked_licence_is_neither_suspended_nor_revoked_again() -> None:
    license = give_license(make_person())
    measure = services.Measure("own_request", valid_until=day("04/03/2027"))
    facts = {"actor": None, "license": license, "measure": measure, "at": AT}
    services.revoke_license(decision=decided("05/11/2026"), **facts)
    for act, code in (
        (services.suspend_license, "suspension_not_possible"),
        (services.revoke_license, "revocation_not_possible"),
    ):
        with pytest.raises(ValidationError) as refused:
            act(decision=decided("06/11/2026"), **facts)
        assert refused.value.code == code
    assert LicenseEvent.objects.filter(kind__in=["suspended", "revoked"]).count() == 1


def test_a_suspension_names_its_decision() -> None:
    license = give_license(make_person())
    with pytest.raises(IntegrityError, match="licenseevent_decided"), transaction.atomic():
        LicenseEvent.objects.create(license=license, kind="suspended", valid_from=TODAY)


ENDED: list[tuple[date, date | None]] = [(day("01/01/2020"), day("01/02/2025"))]


@pytest.mark.parametrize(
    ("on", "state"),
    [
        ("01/02/2025", "practising"),
        ("02/02/2025", "away"),
        ("31/07/2026", "away"),
        ("01/08/2026", "warned"),
        ("31/01/2027", "warned"),
        ("01/02/2027", "ground"),
    ],
)
def test_the_clock_of_practice_warns_from_month_18_and_strikes_at_24(on: str, state: str) -> None:
    """Law 15/2023/QH15, article 35(1)."""
    clock = continuity_on(day(on), ENDED, [], licensed_on=None, rules=rules_on(day(on)))
    assert clock.state == state


def test_training_for_a_speciality_stops_the_clock() -> None:
    learnt: list[tuple[date, date | None]] = [(day("01/03/2025"), day("31/08/2026"))]
    rules = rules_on(TODAY)
    during = continuity_on(day("01/08/2026"), ENDED, learnt, licensed_on=None, rules=rules)
    assert during.state == Practice.LEARNING
    after = continuity_on(day("01/02/2027"), ENDED, learnt, licensed_on=None, rules=rules)
    assert after.state == Practice.AWAY
    assert after.ground_on == day("03/08/2028")


@pytest.mark.parametrize(
    ("second", "ground"),
    [
        (("01/06/2025", "31/08/2025"), "03/08/2028"),
        (("01/06/2026", "30/09/2026"), "02/09/2028"),
        (("01/09/2026", "30/09/2026"), "02/09/2028"),
        (("01/11/2026", "10/11/2026"), "13/08/2028"),
    ],
    ids=["within the first", "longer than the first", "joined to it", "apart"],
)
def test_a_day_in_two_trainings_stops_the_clock_once(second: tuple[str, str], ground: str) -> None:
    learnt: list[tuple[date, date | None]] = [
        (day(second[0]), day(second[1])),
        (day("01/03/2025"), day("31/08/2026")),
    ]
    on = day("01/02/2027")
    clock = continuity_on(on, ENDED, learnt, licensed_on=None, rules=rules_on(on))
    assert clock.ground_on == day(ground)


def test_where_no_practice_is_known_the_clock_counts_from_the_licence_and_says_so() -> None:
    clock = continuity_on(TODAY, [], [], licensed_on=day("10/03/2024"), rules=rules_on(TODAY))
    assert (clock.state, clock.is_certain) == (Practice.GROUND, False)
    assert clock.ground_on == day("10/03/2026")
