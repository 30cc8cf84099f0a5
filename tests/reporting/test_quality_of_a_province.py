"""Of a generated province of practitioners the rules find what was planted, and nothing else."""

from collections import Counter
from datetime import date

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.loader import load_lists
from portal.places import services as places
from portal.places.models import Organisation
from practitioners.models import ProfileSource, Registration
from practitioners.province import Province, write_province
from reporting.models import QualityIssue, QualityMeasurement
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from tests.conftest import SINCE, make_user
from tests.reporting.plants import Found

# Rules that judge a practitioner of the province; an area or a phone is not generated.
JUDGED = {"C01", "C03", "C04", "C05", "D01", "D03", "F03", "L04", "U05", "U07", "U08", "U09"}
# What the province plants, and the rule and field that must find it.
FOUND_AS = {
    "license_unusable": ("L04", "license"),
    "scope_of_other_title": ("U08", "scope_title"),
}


def found_in(department: Organisation, people: int, clinics: int) -> tuple[set[Found], set[Found]]:
    """Return what was found of practitioners' profiles, and what was planted for these rules."""
    load_lists()
    load_rules()
    facilities = [
        places.create_organisation(
            name=f"Phòng khám {number}", kind="clinic", parent=department, valid_from=SINCE
        ).pk
        for number in range(clinics)
    ]
    officer: User = make_user("can.bo.nghe", "Cà Thị Nghề", Role.LICENSING_OFFICER, department)
    province = Province(
        people=people, facilities=facilities, on=timezone.localdate(), seed=5, verifier=officer.pk
    )
    planted = write_province(province)
    measure(at=timezone.now())
    rows = QualityIssue.objects.open().filter(label__startswith="practitioners.")
    found = {
        (code, key, name)
        for code, key, fields in rows.values_list("rule__code", "object_id", "fields")
        for name in fields
    }
    of_people = {
        (rule, key, field)
        for kind, (rule, field) in FOUND_AS.items()
        for key in planted.people[kind]
    }
    of_posts = {
        (rule, key, field)
        for kind, rule, field in (
            ("full_time_twice", "U07", "full_time"),
            ("hours_overlap", "U09", "week"),
        )
        for key in Registration.objects.filter(practitioner__in=planted.people[kind]).values_list(
            "pk", flat=True
        )
    }
    return found, of_people | of_posts


def test_the_rules_find_what_was_planted_among_practitioners_and_nothing_else(
    department: Organisation,
) -> None:
    found, planted = found_in(department, people=1_000, clinics=12)
    assert Counter(rule for rule, _key, _field in planted) == {
        "L04": 2,
        "U07": 4,
        "U08": 2,
        "U09": 4,
    }
    assert found == planted
    measured = QualityMeasurement.objects.filter(evaluated__gt=0)
    assert set(measured.values_list("rule__code", flat=True)) >= JUDGED


@pytest.mark.proof
def test_the_rules_find_what_was_planted_in_a_whole_province(department: Organisation) -> None:
    found, planted = found_in(department, people=20_000, clinics=100)
    assert Counter(rule for rule, _key, _field in planted) == {
        "L04": 40,
        "U07": 80,
        "U08": 40,
        "U09": 80,
    }
    assert found == planted


def test_every_licence_of_a_province_says_who_compared_it_with_what_and_when(
    department: Organisation,
) -> None:
    found_in(department, people=50, clinics=2)
    said = ProfileSource.objects.filter(field="license_number")
    assert said.count() == said.exclude(verified_by=None).exclude(verified_at=None).count()
    assert set(said.values_list("source", flat=True)) == {"decision", "register"}
    assert all(one.said_at.date() <= date(2026, 11, 5) for one in said)
