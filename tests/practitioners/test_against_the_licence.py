"""At the desk a profile is compared with the licence the register holds, and never decides over it."""

from contextlib import suppress
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from practitioners import services
from practitioners.models import PracticeBan, PracticeLicense, Practitioner, ProfileSubmission
from practitioners.sentences import say
from tests.practitioners.conftest import AT, DECIDED, Send, make_list
from tests.practitioners.law import load_law
from tests.practitioners.test_checks import statuses

OTHER_HOURS = {"hours": "T7, 07:30 đến 11:30"}


@pytest.fixture
def license(verified: Practitioner) -> PracticeLicense:
    """The licence of Lò Văn Thoan, doctor, issued on 10/03/2024 until 10/03/2029."""
    return verified.licenses.get()


def refused(submission: ProfileSubmission, key: str, officer: User) -> str | None:
    """Return the refusal of verifying one item of a profile."""
    with pytest.raises(ValidationError) as error:
        services.verify_item(submission_id=submission.pk, key=key, version=1, actor=officer, at=AT)
    return error.value.code


def verified_at_once(submission: ProfileSubmission, officer: User) -> bool:
    """Say whether one key verifies something of a profile."""
    with suppress(ValidationError):
        services.verify_all_passing(submission_id=submission.pk, version=1, actor=officer, at=AT)
    return submission.items.filter(decision="verified").exists()


def paper(license: PracticeLicense) -> tuple[str, date, date | None]:
    license.refresh_from_db()
    return license.title, license.issued_on, license.valid_until


@pytest.mark.parametrize("until", ["10/03/2034", ""])
def test_no_profile_makes_the_term_of_a_licence_longer(
    send: Send, license: PracticeLicense, licensing_officer: User, until: str
) -> None:
    submission = send(license_valid_until=until)
    check = submission.checks.get(code="license_term_longer")
    assert (check.status, check.item_key, check.params) == (
        "fail",
        "license",
        {"held": "10/03/2029"},
    )
    before = paper(license)
    assert refused(submission, "license", licensing_officer) == "item_fails"
    assert paper(license) == before


def test_no_profile_makes_a_nurse_of_a_doctor(
    send: Send, license: PracticeLicense, licensing_officer: User
) -> None:
    submission = send(title="nurse")
    check = submission.checks.get(code="license_title_other")
    assert (check.status, check.params) == ("fail", {"held": "Bác sỹ"})
    before = paper(license)
    assert refused(submission, "license", licensing_officer) == "item_fails"
    assert paper(license) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"license_issued_on": "11/03/2024"}, "license_issued_other"),
        ({"license_valid_until": "10/03/2028"}, "license_term_shorter"),
    ],
)
def test_another_reading_of_the_days_is_compared_with_the_paper_by_a_person(
    send: Send,
    license: PracticeLicense,
    licensing_officer: User,
    changes: dict[str, str],
    code: str,
) -> None:
    submission = send(**changes)
    assert statuses(submission)[code] == "ask"
    before = paper(license)
    assert not verified_at_once(submission, licensing_officer)
    assert paper(license) == before
    services.verify_item(
        submission_id=submission.pk, key="license", version=1, actor=licensing_officer, at=AT
    )
    assert paper(license) != before


def test_an_unchanged_scope_is_judged_by_the_title_that_changed(
    send: Send, verified: Practitioner
) -> None:
    make_list("practice_scopes", "Phạm vi", {"102": "Nội khoa"}, professional_title="doctor")
    check = send(title="nurse").checks.get(code="scope_of_another_title")
    assert (check.status, check.item_key) == ("ask", "license")


@pytest.mark.parametrize("kind", ["suspended", "revoked"])
@pytest.mark.parametrize("number", ["002001/ĐB-GPHN", "002001/SL-GPHN"])
def test_no_second_number_washes_off_what_was_decided_of_the_licence(
    send: Send, license: PracticeLicense, licensing_officer: User, kind: str, number: str
) -> None:
    license.events.create(kind=kind, valid_from=date(2026, 9, 1), **DECIDED)
    submission = send(license_number=number, license_issued_on="01/10/2026")
    check = submission.checks.get(code=f"replaces_{kind}")
    assert (check.status, check.item_key) == ("fail", "license")
    assert "001287/ĐB-GPHN" in say(check.code, check.params)
    assert refused(submission, "license", licensing_officer) == "item_fails"
    assert PracticeLicense.objects.get().state_on(AT.date()) == kind


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 11, 5), None, "fail"),
        (date(2026, 1, 1), date(2026, 11, 5), "fail"),
        (date(2026, 1, 1), date(2026, 11, 4), ""),
        (date(2026, 11, 6), None, ""),
    ],
)
def test_who_is_barred_on_the_day_is_not_registered(
    send: Send,
    verified: Practitioner,
    licensing_officer: User,
    first: date,
    last: date | None,
    says: str,
) -> None:
    PracticeBan.objects.create(
        practitioner=verified, ground_code="court", valid_from=first, valid_until=last, **DECIDED
    )
    submission = send(**OTHER_HOURS)
    assert statuses(submission).get("barred", "") == says
    if says:
        assert refused(submission, "registration", licensing_officer) == "item_fails"
        assert verified.registrations.get().hours != OTHER_HOURS["hours"]


def test_who_has_died_is_not_registered(
    send: Send, verified: Practitioner, licensing_officer: User
) -> None:
    Practitioner.objects.update(died_on=date(2026, 11, 4))
    submission = send(**OTHER_HOURS)
    check = submission.checks.get(code="died")
    assert (check.status, check.item_key) == ("fail", "registration")
    assert refused(submission, "registration", licensing_officer) == "item_fails"
    assert verified.registrations.get().hours != OTHER_HOURS["hours"]


@pytest.mark.parametrize(("filed", "is_renewing"), [("20/08/2026", True), ("20/10/2026", False)])
def test_a_licence_that_silence_keeps_valid_is_registered_on(
    send: Send, license: PracticeLicense, licensing_officer: User, filed: str, is_renewing: bool
) -> None:
    load_law()
    license.versions.update(expires_on=date(2026, 11, 1))
    license.valid_until = date(2026, 11, 1)
    license.save()
    day, month, year = map(int, filed.split("/"))
    services.file_renewal(actor=None, license=license, on=date(year, month, day), at=AT)
    submission = send(license_valid_until="01/11/2026", **OTHER_HOURS)
    found = statuses(submission)
    assert ("license_expired" not in found) is is_renewing
    assert verified_at_once(submission, licensing_officer) is is_renewing
    written = license.practitioner.registrations.filter(hours=OTHER_HOURS["hours"])
    assert written.exists() is is_renewing


def test_the_desk_says_that_a_renewal_is_being_decided(
    send: Send, license: PracticeLicense
) -> None:
    load_law()
    license.versions.update(expires_on=date(2026, 11, 1))
    license.valid_until = date(2026, 11, 1)
    license.save()
    services.file_renewal(actor=None, license=license, on=date(2026, 8, 20), at=AT)
    submission = send(license_valid_until="01/11/2026", license_issued_by="Sở Y tế Điện Biên")
    check = submission.checks.get(code="license_renewing")
    assert (check.status, check.params) == ("pass", {"date": "01/11/2026"})
