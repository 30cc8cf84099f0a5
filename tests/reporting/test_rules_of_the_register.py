"""Every contradiction of the register of practitioners has a rule: weight, law and days are data."""

import html
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.loader import load_lists
from portal.codelists.lookup import codes_on
from portal.places.models import Organisation
from portal.scope import EVERYWHERE
from practitioners.defects import GROUNDS, LABELS, defects_of
from practitioners.models import Practitioner, Registration
from reporting.models import QualityRule
from reporting.quality import SOURCES
from reporting.quality.loading import load_rules
from reporting.quality.staff import CONTRADICTIONS
from tests.shipped import publish

ON = date(2026, 11, 29)


# What goes against the law on practising itself; the others go against a rule of data quality.
AGAINST_THE_LAW = {"two_licenses", "same_number", "twin", "license_unusable", "license_none"}


@pytest.mark.parametrize("kind", sorted(AGAINST_THE_LAW))
def test_the_gravest_kinds_name_the_law_on_practising_and_no_days(
    client: Client, licensing_officer: User, kind: str
) -> None:
    publish({GROUNDS})
    load_rules()
    client.force_login(licensing_officer)
    answer = client.get(reverse("practitioners:defects"), {"kind": kind})
    ground = answer.context["ground"]
    assert (ground.rule, ground.due_days) == ("", None)
    assert "15/2023/QH15" in ground.legal_basis
    page = answer.content.decode()
    assert html.escape(ground.legal_basis) in page
    assert "278/2025" not in page


def test_a_rule_that_is_not_measured_gives_no_days(client: Client, licensing_officer: User) -> None:
    load_rules()
    QualityRule.objects.filter(code="U09").update(not_measured_because="Sở cho tạm ngừng")
    client.force_login(licensing_officer)
    answer = client.get(reverse("practitioners:defects"), {"kind": "hours_overlap"})
    ground = answer.context["ground"]
    assert (ground.rule, ground.due_days) == ("U09", None)
    assert ground.legal_basis in answer.content.decode()


def test_each_kind_of_contradiction_has_a_ground_of_its_own(db: None) -> None:
    publish({GROUNDS})
    load_rules()
    assert {entry.code for entry in codes_on(GROUNDS, ON)} == AGAINST_THE_LAW
    assert set(CONTRADICTIONS) == set(LABELS) - AGAINST_THE_LAW
    rules = {rule.code: rule for rule in QualityRule.objects.holding(ON)}
    measured = {check.rule for source in SOURCES for check in source.checks}
    for code in CONTRADICTIONS.values():
        rule = rules[code]
        assert rule.weight > 0, code
        assert rule.due_days > 0, code
        assert rule.legal_basis, code
        assert (code in measured) != bool(rule.not_measured_because), code


@pytest.mark.parametrize("kind", ["full_time_twice", "scope_of_other_title", "hours_overlap"])
def test_the_page_of_a_kind_tells_the_rule_as_it_is_kept(
    client: Client, licensing_officer: User, kind: str
) -> None:
    load_rules()
    code = CONTRADICTIONS[kind]
    QualityRule.objects.filter(code=code).update(due_days=17, legal_basis="Văn bản số 9 của tỉnh")
    client.force_login(licensing_officer)
    answer = client.get(reverse("practitioners:defects"), {"kind": kind})
    ground = answer.context["ground"]
    assert (ground.rule, ground.due_days) == (code, 17)
    page = answer.content.decode()
    assert "Văn bản số 9 của tỉnh" in page
    assert code in page


def test_without_rules_the_page_still_lists(client: Client, licensing_officer: User) -> None:
    client.force_login(licensing_officer)
    answer = client.get(reverse("practitioners:defects"), {"kind": "twin"})
    assert (answer.status_code, answer.context["ground"]) == (200, None)


def test_a_contradiction_that_ends_is_found_by_neither(
    department: Organisation, hospital: Organisation, station: Organisation
) -> None:
    from django.utils import timezone

    from reporting.models import QualityIssue
    from reporting.services.measuring import measure

    load_lists()
    load_rules()
    person = Practitioner.objects.create(
        name="Quàng Thị Hạc", birth_date=date(1985, 2, 3), sex="female", keeper=department
    )
    today = timezone.localdate()
    posts = [
        Registration.objects.create(
            practitioner=person, facility=place, is_full_time=True, valid_from=date(2025, 1, 1)
        )
        for place in (hospital, station)
    ]

    def found() -> tuple[int, int]:
        measure(at=timezone.now())
        issues = QualityIssue.objects.open().filter(rule__code="U07")
        assert set(issues.values_list("object_id", "facility")) <= {
            (post.pk, post.facility_id) for post in posts
        }
        return len(defects_of("full_time_twice", today, EVERYWHERE)), issues.count()

    # Both facilities are asked, whichever registered the person last; a finding of before ends.
    QualityIssue.objects.create(
        rule=QualityRule.objects.get(code="U07"), facility=station, object_id=person.pk,
        label="practitioners.practitioner", fields=["full_time"], first_seen=today, due_on=today,
    )  # fmt: skip
    assert found() == (1, 2)
    Registration.objects.filter(practitioner=person, facility=station).update(is_full_time=False)
    assert found() == (0, 0)
