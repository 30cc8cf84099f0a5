"""The department reads what in its register contradicts itself, and lets both sides be heard."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners.models import DiscrepancyCase, Practitioner
from tests.practitioners.registered import make_registered

ADDRESS = "practitioners:defects"
KINDS = (
    "two_licenses",
    "same_number",
    "twin",
    "full_time_twice",
    "hours_overlap",
    "license_unusable",
    "license_none",
    "scope_of_other_title",
)


def reader(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def listed(user: User, kind: str) -> list[set[str]]:
    answer = reader(user).get(reverse(ADDRESS), {"kind": kind})
    return [{person.name for person in line["people"]} for line in answer.context["lines"]]


def kept(name: str, keeper: Organisation, number: str = "", **facts: Any) -> Practitioner:
    person = make_registered(name, **facts)
    Practitioner.objects.filter(pk=person.pk).update(keeper=keeper)
    if number:
        person.identifiers.create(kind="personal", value=number, valid_until=date(2025, 1, 1))
    return person


@pytest.fixture
def pair(
    department: Organisation, licensing_officer: User, foreign_officer: User
) -> tuple[Practitioner, Practitioner]:
    """One number and two licences: kept by Điện Biên and by Sơn La."""
    son_la = Organisation.objects.get(name="Sở Y tế tỉnh Sơn La")
    one = kept("Lò Văn Thoan", department, "011078002915")
    return one, kept("Lò Văn Toan", son_la, "011078002915", issuer="SL")


def test_both_departments_read_of_a_pair_and_a_third_does_not(
    pair: tuple[Practitioner, Practitioner],
    licensing_officer: User,
    foreign_officer: User,
    ministry: Organisation,
) -> None:
    for officer in (licensing_officer, foreign_officer):
        assert listed(officer, "two_licenses") == [{"Lò Văn Thoan", "Lò Văn Toan"}]
    son_la = Organisation.objects.get(name="Sở Y tế tỉnh Sơn La")
    Practitioner.objects.update(keeper=son_la)
    assert listed(licensing_officer, "two_licenses") == []
    assert set(AccessLog.objects.filter(ground="defect").earliest("at").people) == {
        one.pk for one in pair
    }


def test_an_official_opens_the_case_of_two_licences_once(
    pair: tuple[Practitioner, Practitioner],
    department: Organisation,
    licensing_officer: User,
) -> None:
    client, address = reader(licensing_officer), reverse(ADDRESS) + "?kind=two_licenses"
    (line,) = client.get(address).context["lines"]
    answers = [client.post(address, {"people": line["keys"]}) for _time in range(2)]
    case = DiscrepancyCase.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {
        reverse("practitioners:case", args=[case.pk])
    }
    assert (case.kind, case.origin, case.opened_by, case.department) == (
        "two_licenses",
        "official",
        licensing_officer,
        department,
    )
    first, second, person = case.sides.order_by("position")
    assert {first.organisation.name, second.organisation.name} == {
        department.name,
        "Sở Y tế tỉnh Sơn La",
    }
    assert {first.license, second.license} == {one.licenses.get() for one in pair}
    assert person.is_of_person
    assert client.get(reverse("practitioners:case", args=[case.pk])).status_code == 200
    shown = client.get(address).content.decode()
    assert reverse("practitioners:case", args=[case.pk]) in shown
    assert 'name="people"' not in shown


def test_two_people_with_one_number_are_a_case_about_the_number(
    pair: tuple[Practitioner, Practitioner], licensing_officer: User
) -> None:
    pair[1].licenses.update(superseded_on=date(2025, 1, 1))
    client, address = reader(licensing_officer), reverse(ADDRESS) + "?kind=same_number"
    (line,) = client.get(address).context["lines"]
    client.post(address, {"people": line["keys"]})
    case = DiscrepancyCase.objects.get()
    assert case.kind == "identifier_changed"
    assert {side.identifier for side in case.sides.exclude(organisation=None)} == {
        one.identifiers.get() for one in pair
    }


@pytest.fixture
def twins(department: Organisation, foreign_officer: User) -> tuple[Practitioner, Practitioner]:
    """One name, sex and birthday, two numbers: kept by Điện Biên and by Sơn La."""
    son_la = Organisation.objects.get(name="Sở Y tế tỉnh Sơn La")
    one = kept("Lò Văn Thoan", department, "011078002915")
    return one, kept("Lò Văn Thoan", son_la, "014078003333", issuer="SL")


def twin_case(officer: User) -> DiscrepancyCase:
    client, address = reader(officer), reverse(ADDRESS) + "?kind=twin"
    (line,) = client.get(address).context["lines"]
    answer = client.post(address, {"people": line["keys"]})
    case = DiscrepancyCase.objects.get()
    assert answer.headers["Location"] == reverse("practitioners:case", args=[case.pk])
    return case


def test_twins_open_a_case_in_which_both_departments_and_the_person_are_heard(
    twins: tuple[Practitioner, Practitioner],
    department: Organisation,
    licensing_officer: User,
    foreign_officer: User,
) -> None:
    case = twin_case(licensing_officer)
    assert (case.kind, case.origin, case.department) == ("twin", "official", department)
    first, second, person = case.sides.order_by("position")
    assert {first.organisation.name, second.organisation.name} == {
        department.name,
        "Sở Y tế tỉnh Sơn La",
    }
    assert person.is_of_person
    claims = {side.claim["identifier"] for side in (first, second)}
    assert claims == {"011078002915", "014078003333"}
    page = reader(licensing_officer).get(reverse("practitioners:case", args=[case.pk]))
    for one in twins:
        assert reverse("practitioners:person", args=[one.pk]) in page.content.decode()
    theirs = next(side for side in (first, second) if side.organisation != department)
    reader(foreign_officer).post(
        reverse("practitioners:case", args=[case.pk]),
        {"_state": "1", "side": theirs.pk, "stance": "explains", "statement": "Hai anh em họ"},
    )
    theirs.refresh_from_db()
    assert (theirs.stated_by, theirs.statement) == (foreign_officer, "Hai anh em họ")


@pytest.mark.parametrize("outcome", ["one_person", "other_person", "first_holds"])
def test_of_twins_it_is_decided_whether_they_are_one_person_and_nothing_else(
    outcome: str,
    twins: tuple[Practitioner, Practitioner],
    licensing_officer: User,
) -> None:
    case = twin_case(licensing_officer)
    address = reverse("practitioners:case", args=[case.pk])
    typed = {"_decide": "1", "outcome": outcome, "reason": "So bản chụp hai thẻ căn cước"}
    refused = reader(licensing_officer).post(address, typed)
    assert refused.status_code == 400
    case.sides.update(due_on=date(2026, 1, 1))
    answer = reader(licensing_officer).post(address, typed)
    case.refresh_from_db()
    if outcome == "first_holds":
        assert (answer.status_code, case.state) == (400, "open")
        return
    assert (case.state, case.outcome, case.decided_by) == ("decided", outcome, licensing_officer)
    assert {one.licenses.count() for one in twins} == {1}
    # Two people contradict nothing any more; one person in two rows does, and it is said.
    left = reader(licensing_officer).get(reverse(ADDRESS), {"kind": "twin"})
    assert len(left.context["lines"]) == (outcome == "one_person")
    if outcome == "one_person":
        assert "Là cùng một người" in left.content.decode()
        assert 'name="people"' not in left.content.decode()


def test_no_case_opens_about_what_is_no_contradiction_any_more(
    pair: tuple[Practitioner, Practitioner], licensing_officer: User
) -> None:
    client, address = reader(licensing_officer), reverse(ADDRESS) + "?kind=two_licenses"
    (line,) = client.get(address).context["lines"]
    pair[1].identifiers.update(value="011078009999")
    answer = client.post(address, {"people": line["keys"]}, follow=True)
    assert "không còn trong sổ" in answer.content.decode()
    assert not DiscrepancyCase.objects.exists()
    assert listed(licensing_officer, "two_licenses") == []


def test_a_case_that_a_colleague_closed_at_the_same_moment_is_shown(
    pair: tuple[Practitioner, Practitioner],
    licensing_officer: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks for it then finds it closed, not an error."""
    client, address = reader(licensing_officer), reverse(ADDRESS) + "?kind=two_licenses"
    (line,) = client.get(address).context["lines"]
    client.post(address, {"people": line["keys"]})
    case = DiscrepancyCase.objects.get()

    def closed_meanwhile(*_args: Any, **_said: Any) -> list[DiscrepancyCase]:
        DiscrepancyCase.objects.update(state="dropped")
        return []

    monkeypatch.setattr("practitioners.services.open_cases", closed_meanwhile)
    answer = client.post(address, {"people": line["keys"]})
    assert answer.headers["Location"] == reverse("practitioners:case", args=[case.pk])
    assert DiscrepancyCase.objects.get().state == "dropped"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_findings_says_so_and_only_who_reviews_reads_it(
    kind: str, licensing_officer: User, sender: User
) -> None:
    answer = reader(licensing_officer).get(reverse(ADDRESS), {"kind": kind})
    assert "Sổ không có mâu thuẫn loại này" in answer.content.decode()
    assert reader(sender).get(reverse(ADDRESS), {"kind": kind}).status_code == 403


def test_a_kind_that_does_not_exist_is_not_found(licensing_officer: User) -> None:
    assert reader(licensing_officer).get(reverse(ADDRESS), {"kind": "x"}).status_code == 404


def test_who_works_full_time_at_two_places_is_named_with_both(
    department: Organisation,
    hospital: Organisation,
    station: Organisation,
    licensing_officer: User,
) -> None:
    person = kept("Quàng Thị Hạc", department)
    for place in (hospital, station):
        person.registrations.create(facility=place, is_full_time=True, valid_from=date(2025, 1, 1))
    answer = reader(licensing_officer).get(reverse(ADDRESS), {"kind": "full_time_twice"})
    (line,) = answer.context["lines"]
    assert set(line["said"].split("; ")) == {hospital.name, station.name}
    assert reverse("practitioners:person", args=[person.pk]) in answer.content.decode()


def test_the_page_asks_as_often_for_one_as_for_many(
    department: Organisation, licensing_officer: User
) -> None:
    def twins(born: int) -> None:
        for name in ("Lò Văn A", "Lò Văn B"):
            kept(name, department, f"01107800{born}")

    twins(1980)
    client = reader(licensing_officer)
    client.get(reverse(ADDRESS))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(ADDRESS))
    for born in range(1981, 1990):
        twins(born)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(reverse(ADDRESS)).context["lines"]) == 10
    assert len(many) == len(one) <= 18


def test_a_side_reads_three_digits_of_the_number_of_the_other_citizen(
    twins: tuple[Practitioner, Practitioner], licensing_officer: User, foreign_officer: User
) -> None:
    address = reverse("practitioners:case", args=[twin_case(licensing_officer).pk])
    decides = reader(licensing_officer).get(address).content.decode()
    assert "011078002915" in decides
    assert "014078003333" in decides
    theirs = reader(foreign_officer).get(address).content.decode()
    assert "014078003333" in theirs
    assert "011078002915" not in theirs
    assert "số có đuôi 915" in theirs


def test_who_is_taken_for_another_reads_their_own_number_alone(
    twins: tuple[Practitioner, Practitioner], licensing_officer: User, lists: None
) -> None:
    case = twin_case(licensing_officer)
    mine = case.sides.get(position=1).claim["identifier"]
    (other,) = {"011078002915", "014078003333"} - {mine}
    user = User.objects.create_user("own", "mat-khau-kiem-thu", full_name="Lò Văn Thoan")
    assert case.practitioner is not None
    case.practitioner.accounts.create(user=user, valid_from=date(2026, 1, 1))
    shown = reader(user).get(reverse("practitioners:case", args=[case.pk])).content.decode()
    assert mine in shown
    assert other not in shown


def test_the_read_log_names_both_people_of_a_case(
    twins: tuple[Practitioner, Practitioner], licensing_officer: User
) -> None:
    case = twin_case(licensing_officer)
    client = reader(licensing_officer)
    for name, args in (("cases", []), ("case", [case.pk])):
        client.get(reverse(f"practitioners:{name}", args=args))
        logged = AccessLog.objects.filter(ground="case").latest("at")
        assert set(logged.people) == {one.pk for one in twins}, name
