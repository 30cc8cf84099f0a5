"""An existing database is brought to the rules and bounds that are shipped; what somebody changed stays."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from config.prepare import project_files
from portal.accounts.models import User
from portal.codelists.loader import load_lists
from portal.codelists.models import Code, CodeListVersion
from portal.database.context import acting
from reporting.limits import limits_on
from reporting.models import QualityPolicy, QualityRule
from reporting.quality.loading import SHIPPED, load_rules

ON = date(2026, 11, 29)


@pytest.fixture
def portal(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def saved(rule: QualityRule, client: Client, **said: object) -> None:
    """Change a rule on its page, as who keeps the lists does."""
    fields = (
        "title", "remedy", "weight", "is_gate", "due_days", "minimum", "not_measured_because",
        "valid_from", "valid_until", "legal_basis", "is_verified",
    )  # fmt: skip
    values = {name: getattr(rule, name) for name in fields} | said
    values["valid_from"] = f"{rule.valid_from:%d/%m/%Y}"
    form = {name: value for name, value in values.items() if value not in (None, False)}
    answer = client.post(reverse("admin:reporting_qualityrule_change", args=[rule.pk]), form)
    assert answer.status_code == 302, answer.content.decode()


def test_an_old_wording_becomes_the_shipped_one_and_a_changed_weight_stays(portal: Client) -> None:
    load_rules()
    shipped = QualityRule.objects.get(code="D03")
    QualityRule.objects.filter(code="D03").update(
        title="Số giấy phép hành nghề khớp với sổ", remedy="Đối chiếu.", due_days=5
    )
    saved(QualityRule.objects.get(code="D03"), portal, weight="7.50")
    loaded = load_rules()
    assert (loaded.new, loaded.mended, loaded.unchanged) == (0, 1, 39)
    found = QualityRule.objects.get(code="D03")
    assert (found.title, found.remedy, found.due_days) == (
        shipped.title,
        shipped.remedy,
        shipped.due_days,
    )
    assert found.weight == Decimal("7.50")
    assert load_rules().unchanged == 40


def test_a_wording_that_somebody_wrote_is_not_written_over(portal: Client) -> None:
    load_rules()
    saved(QualityRule.objects.get(code="L01"), portal, title="Ghi trong ngày", is_verified="on")
    assert load_rules().mended == 0
    found = QualityRule.objects.get(code="L01")
    assert (found.title, found.is_verified) == ("Ghi trong ngày", True)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("L06", "Chờ phần báo cáo"),
        ("L06", "Chưa có nguồn: chưa có đồng bộ từ điểm trạm"),
        ("F07", "Chưa có nguồn: dân số thường trú theo xã"),
        ("U09", "Giờ làm việc phần nhiều ghi bằng chữ, không so được hàng loạt"),
    ],
)
def test_a_rule_that_waited_for_its_source_is_measured_now(
    db: None, code: str, reason: str
) -> None:
    load_rules()
    QualityRule.objects.filter(code=code).update(not_measured_because=reason)
    load_rules()
    assert QualityRule.objects.get(code=code).not_measured_because == ""
    assert not QualityRule.objects.exclude(not_measured_because="").exists()


def test_a_rule_that_somebody_stopped_stays_stopped(portal: Client) -> None:
    load_rules()
    why = "Kho vắc xin của tỉnh chưa mở"
    saved(QualityRule.objects.get(code="D08"), portal, not_measured_because=why)
    load_rules()
    assert QualityRule.objects.get(code="D08").not_measured_because == why


def test_decided_weights_of_criteria_stay_and_old_grounds_are_renewed(db: None) -> None:
    load_rules()
    policy = QualityPolicy.objects.get()
    shipped = policy.legal_basis
    QualityPolicy.objects.update(legal_basis="Dự thảo")
    with acting(user="1", username="quan.tri"):
        QualityPolicy.objects.update(green_from=92)
    load_rules()
    policy.refresh_from_db()
    assert (policy.legal_basis, policy.green_from) == (shipped, 92)


def test_a_bound_that_came_later_is_loaded_into_a_list_that_is_there(db: None) -> None:
    load_lists()
    version = CodeListVersion.objects.get(code_list__key="quality_limits")
    Code.objects.filter(version=version, code="C02.near").delete()
    CodeListVersion.objects.filter(pk=version.pk).update(digest="as shipped before")
    assert limits_on(ON).number("C02.near") is None
    assert load_lists().mended == 1
    assert limits_on(ON).number("C02.near") == 200


def test_another_file_of_rules_is_loaded_at_the_next_start() -> None:
    """The start looks at these files to tell whether lists are loaded again (``config.prepare``)."""
    assert SHIPPED in project_files("**/data/**/*")
