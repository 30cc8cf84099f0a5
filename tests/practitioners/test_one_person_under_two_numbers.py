"""A person changed their identity card and obtained a second licence in another province."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.dossiers.models import Authority
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    DiscrepancyCase,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
)
from tests.conftest import SINCE
from tests.practitioners.conftest import AT, Send
from tests.practitioners.test_cases import decide, hear, side

# What the register knows of Lò Văn Thoan, and what is sent of him later from another place.
OLD_CARD = {"identifier_kind": "old_card", "identifier": "040123456"}
SECOND = {
    "license_number": "002001/SL-GPHN",
    "license_issued_by": "Sở Y tế tỉnh Sơn La",
    "full_time": "",
    "position_text": "",
    "hours": "T7 07:30 đến 11:30",
}


@pytest.fixture
def known(send: Send, licensing_officer: User, foreign_officer: User) -> Practitioner:
    """Somebody verified with a nine-figure card, whom the department of Sơn La keeps."""
    first = send(**OLD_CARD)
    services.verify_all_passing(submission_id=first.pk, version=1, actor=licensing_officer, at=AT)
    person = Practitioner.objects.get()
    son_la = Organisation.objects.get(name="Sở Y tế tỉnh Sơn La")
    Practitioner.objects.update(keeper=son_la)
    person.refresh_from_db()
    return person


@pytest.fixture
def sent(
    known: Practitioner, send: Send, station: Organisation, station_head: User
) -> ProfileSubmission:
    """The same name, sex and birth with a twelve-figure number and a licence of another province."""
    return send(facility=station, actor=station_head, **SECOND)


def seen_by(user: User, case: DiscrepancyCase) -> bool:
    client = Client()
    client.force_login(user)
    listed = case.name in client.get(reverse("practitioners:cases")).content.decode()
    opened = client.get(reverse("practitioners:case", args=[case.pk])).status_code == 200
    return listed and opened


def test_two_licences_and_a_changed_number_are_one_case_of_which_both_departments_know(
    known: Practitioner,
    sent: ProfileSubmission,
    department: Organisation,
    licensing_officer: User,
    foreign_officer: User,
    station_head: User,
) -> None:
    case = DiscrepancyCase.objects.get()
    assert (case.kind, case.practitioner, case.department) == ("two_licenses", known, department)
    first, second, _person = case.sides.order_by("position")
    assert (first.organisation.name, first.license) == (
        "Sở Y tế tỉnh Sơn La",
        known.licenses.get(),
    )
    assert (second.organisation, second.submission) == (sent.facility, sent)
    assert all(seen_by(user, case) for user in (licensing_officer, foreign_officer, station_head))
    check = sent.checks.get(code="twin_license")
    assert (check.status, check.params["case"], check.params["old"]) == (
        "fail",
        str(case.pk),
        "040123456",
    )
    with pytest.raises(ValidationError) as refused:
        services.verify_item(
            submission_id=sent.pk, key="person", version=1, actor=licensing_officer, at=AT
        )
    assert refused.value.code == "item_fails"
    assert Practitioner.objects.get() == known


@pytest.fixture
def second(
    send: Send,
    licensing_officer: User,
    station: Organisation,
    station_head: User,
) -> Callable[..., DiscrepancyCase]:
    """Verified at one facility of Điện Biên, sent by another with a licence of Sơn La."""

    def _second(**changes: str) -> DiscrepancyCase:
        first = send(**OLD_CARD)
        services.verify_all_passing(
            submission_id=first.pk, version=1, actor=licensing_officer, at=AT
        )
        send(facility=station, actor=station_head, **{**SECOND, **changes})
        return DiscrepancyCase.objects.get()

    return _second


@pytest.mark.parametrize("printed", ["Sở Y tế tỉnh Sơn La", "SYT"])
def test_the_department_that_issued_the_second_licence_is_asked_too(
    second: Callable[..., DiscrepancyCase],
    department: Organisation,
    station: Organisation,
    foreign_officer: User,
    station_head: User,
    licensing_officer: User,
    printed: str,
) -> None:
    son_la = Organisation.objects.get(name="Sở Y tế tỉnh Sơn La")
    for organisation, letters in ((son_la, "SL"), (department, "ĐB")):
        Authority.objects.create(
            organisation=organisation,
            kind="so_y_te",
            letters=letters,
            signer_title="Giám đốc",
            valid_from=SINCE,
            legal_basis="Nghị định 148/2025/NĐ-CP",
        )
    case = second(license_issued_by=printed)
    sides = {row.position: row for row in case.sides.select_related("organisation")}
    assert [sides[place].organisation for place in (1, 2, 3, 4)] == [
        department,
        station,
        None,
        son_la,
    ]
    assert sides[4].claim["license_number"] == "002001/SL-GPHN"
    assert case.steps.filter(kind="asked", side=sides[4]).exists()
    assert case.steps.get(kind="opened").text == ""
    assert seen_by(foreign_officer, case)
    hear(case, licensing_officer, station_head)
    with pytest.raises(ValidationError) as refused:
        services.decide_case(
            case_id=case.pk,
            outcome="first_holds",
            reason="Đã đối chiếu sổ gốc.",
            actor=licensing_officer,
            at=AT,
        )
    assert refused.value.code == "side_not_heard"


def test_a_department_of_another_deployment_is_asked_by_letter_and_the_case_says_so(
    second: Callable[..., DiscrepancyCase], licensing_officer: User
) -> None:
    case = second()
    assert case.sides.count() == 3
    said = case.steps.get(kind="opened").text
    assert "002001/SL-GPHN" in said
    assert "Sở Y tế tỉnh Sơn La" in said
    assert "001287/ĐB-GPHN" not in said
    client = Client()
    client.force_login(licensing_officer)
    shown = client.get(reverse("practitioners:case", args=[case.pk])).content.decode()
    assert said in shown


def test_what_is_one_person_stays_one_and_bears_both_numbers(
    known: Practitioner,
    sent: ProfileSubmission,
    licensing_officer: User,
    foreign_officer: User,
    station_head: User,
) -> None:
    case = DiscrepancyCase.objects.get()
    hear(case, foreign_officer, station_head)
    decide(case, "second_holds", licensing_officer)
    sent.refresh_from_db()
    assert sent.practitioner == known
    while sent.state == "submitted":
        waiting = sent.items.filter(decision="pending").order_by("position").first()
        assert waiting is not None
        services.verify_item(
            submission_id=sent.pk,
            key=waiting.key,
            version=sent.version,
            actor=licensing_officer,
            at=AT,
        )
        sent.refresh_from_db()
    assert Practitioner.objects.get() == known
    numbers = PractitionerIdentifier.objects.filter(practitioner=known)
    assert set(numbers.values_list("value", flat=True)) == {"040123456", "011078002915"}
    current = known.licenses.get(superseded_on=None)
    assert current.number_raw == "002001/SL-GPHN"


def test_who_is_another_person_enters_the_register_beside_the_first(
    known: Practitioner,
    sent: ProfileSubmission,
    licensing_officer: User,
    foreign_officer: User,
    station_head: User,
) -> None:
    case = DiscrepancyCase.objects.get()
    hear(case, foreign_officer, station_head)
    decide(case, "other_person", licensing_officer)
    sent.refresh_from_db()
    assert (sent.state, sent.practitioner) == ("submitted", None)
    assert sent.checks.get(code="case_for").status == "pass"
    for key in sent.items.filter(decision="pending").values_list("key", flat=True):
        sent.refresh_from_db()
        services.verify_item(
            submission_id=sent.pk, key=key, version=sent.version, actor=licensing_officer, at=AT
        )
    assert Practitioner.objects.count() == 2
    assert known.licenses.get().superseded_on is None


def test_when_the_first_licence_holds_the_profile_goes_back(
    known: Practitioner,
    sent: ProfileSubmission,
    licensing_officer: User,
    foreign_officer: User,
    station_head: User,
) -> None:
    case = DiscrepancyCase.objects.get()
    hear(case, foreign_officer, station_head)
    decide(case, "first_holds", licensing_officer)
    sent.refresh_from_db()
    assert (sent.state, sent.reason_code) == ("returned", "license_wrong")
    assert Practitioner.objects.get() == known
    assert side(case, 2).submission == sent


@pytest.mark.parametrize(
    "changes",
    [
        {"sex": "female"},
        {"birth_date": "23/04/1978"},
        {"birth_date": "1978"},
        {"name": "Lò Văn Thoát"},
        {"identifier_kind": "old_card", "identifier": "040123457"},
        {"identifier_kind": "", "identifier": ""},
    ],
    ids=["sex", "birth", "year alone", "name", "numbers that can be compared", "no number"],
)
def test_a_namesake_or_a_number_that_can_be_compared_opens_no_case(
    known: Practitioner,
    send: Send,
    station: Organisation,
    station_head: User,
    changes: dict[str, str],
) -> None:
    send(facility=station, actor=station_head, **{**SECOND, **changes})
    assert not DiscrepancyCase.objects.exists()
