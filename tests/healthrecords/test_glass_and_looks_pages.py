"""The reviewer's list of broken glass, and the citizen's report of who looked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import access_report, services
from healthrecords.access_report import Asked, read_page
from healthrecords.models import CareAccess, Citizen, GlassReview, Visit
from healthrecords.services.glass import review_glass
from healthrecords.veiling import WHOLE
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.pages import logged_in, record_url, text_of

LIST = "admin:healthrecords_careaccess_changelist"
REASON = "bất tỉnh, đưa đến cấp cứu"


@pytest.fixture
def opening(citizen: Citizen, stranger: User) -> CareAccess:
    client = logged_in(stranger)
    client.post(reverse("admin:healthrecords_citizen_break", args=[citizen.pk]), {"reason": REASON})
    client.get(record_url(citizen))
    return CareAccess.objects.get(user=stranger, ground="glass")


def review_url(access: CareAccess) -> str:
    return reverse("admin:healthrecords_careaccess_change", args=[access.pk])


def looks_url(citizen: Citizen, name: str = "looks") -> str:
    return reverse(f"admin:healthrecords_citizen_{name}", args=[citizen.pk])


class TestReview:
    def test_the_list_says_who_opened_whom_and_why(
        self, auditor: User, opening: CareAccess, citizen: Citizen
    ) -> None:
        text = text_of(logged_in(auditor).get(reverse(LIST), {"review": "waiting"}))
        for said in (citizen.name, "Phạm Thanh Bình", REASON, "Hạn"):
            assert said in text

    def test_it_is_on_the_reviewers_home_page(self, auditor: User, opening: CareAccess) -> None:
        text = text_of(logged_in(auditor).get(reverse("admin:index")))
        assert "Phạm Thanh Bình mở hồ sơ của Quàng Thị Hặc" in text

    def test_the_page_shows_what_was_looked_at_and_keeps_the_finding(
        self, auditor: User, opening: CareAccess
    ) -> None:
        client = logged_in(auditor)
        assert "cả hồ sơ" in text_of(client.get(review_url(opening)))
        answer = client.post(
            review_url(opening), {"outcome": "not_justified", "note": "không có phiếu cấp cứu"}
        )
        assert answer.status_code == 302
        review = GlassReview.objects.get()
        assert (review.outcome, review.reviewed_by) == ("not_justified", auditor)
        assert "không có phiếu cấp cứu" in text_of(client.get(review_url(opening)))
        assert (
            not logged_in(auditor)
            .get(reverse(LIST), {"review": "waiting"})
            .context["cl"]
            .result_count
        )

    def test_what_was_typed_stays_when_the_note_is_missing(
        self, auditor: User, opening: CareAccess
    ) -> None:
        answer = logged_in(auditor).post(review_url(opening), {"outcome": "not_justified"})
        assert answer.status_code == 200
        assert "Ghi đã thấy gì và làm gì tiếp" in text_of(answer)
        assert not GlassReview.objects.exists()

    def test_nothing_clinical_stands_on_the_review(
        self, auditor: User, citizen: Citizen, record: Callable[..., Visit], opening: CareAccess
    ) -> None:
        record(citizen, "B20", reason="Lĩnh ARV định kỳ")
        for url in (review_url(opening), reverse(LIST)):
            body = logged_in(auditor).get(url).content.decode()
            assert "ARV" not in body
            assert "B20" not in body

    def test_openings_on_a_ground_of_care_are_not_in_the_list(
        self, auditor: User, clinician: User, citizen: Citizen
    ) -> None:
        access = services.open_access(user=clinician, citizen=citizen, at=timezone.now())
        assert access is not None
        assert logged_in(auditor).get(reverse(LIST)).context["cl"].result_count == 0
        assert logged_in(auditor).get(review_url(access)).status_code == 404

    def test_a_head_elsewhere_sees_and_reviews_nothing(
        self, opening: CareAccess, other_station: Organisation, citizen: Citizen
    ) -> None:
        head = logged_in(make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, other_station))
        assert citizen.name not in head.get(reverse(LIST)).content.decode()
        assert head.get(review_url(opening)).status_code == 404
        assert head.post(review_url(opening), {"outcome": "justified"}).status_code == 404
        assert not GlassReview.objects.exists()

    def test_a_clerk_has_no_such_page(self, clerk: User, opening: CareAccess) -> None:
        assert logged_in(clerk).get(reverse(LIST)).status_code == 403
        assert logged_in(clerk).get(review_url(opening)).status_code == 403

    def test_the_list_costs_the_same_for_one_opening_or_many(
        self, auditor: User, citizen: Citizen, stranger: User
    ) -> None:
        client = logged_in(auditor)

        def cost(number: int) -> int:
            for _n in range(number):
                access = services.break_glass(
                    user=stranger, citizen=citizen, reason=REASON, at=timezone.now()
                )
                review_glass(
                    actor=auditor, access=access, outcome="justified", note="", at=timezone.now()
                )
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse(LIST))
            return len(asked)

        assert cost(2) == cost(8)


class TestReport:
    def test_it_says_who_from_where_what_part_and_why(
        self, clerk: User, citizen: Citizen, opening: CareAccess
    ) -> None:
        answer = logged_in(clerk).get(looks_url(citizen))
        look = next(look for look in answer.context["page"].looks if look.is_glass)
        assert (look.who, str(look.role)) == ("Phạm Thanh Bình", "Nhân viên nhập liệu của trạm")
        assert look.place == "Phòng khám Thanh Bình"
        assert str(look.part) == "cả hồ sơ"
        assert REASON in str(look.why)

    def test_a_refusal_is_told_too(self, clerk: User, citizen: Citizen, stranger: User) -> None:
        assert logged_in(stranger).get(record_url(citizen)).status_code == 403
        looks = logged_in(clerk).get(looks_url(citizen)).context["page"].looks
        assert ("Phạm Thanh Bình", "Bị từ chối") in [(k.who, str(k.action)) for k in looks]

    def test_an_export_is_told(self, citizen: Citizen, station: Organisation, clerk: User) -> None:
        head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, station)
        url = reverse("admin:healthrecords_citizen_export")
        answer = logged_in(head).get(url, {"tep": "csv"})
        assert b"".join(answer.streaming_content)
        looks = logged_in(clerk).get(looks_url(citizen), {"action": "exported"}).context["page"]
        assert [(k.who, str(k.part)) for k in looks.looks] == [
            ("Lò Thị Trưởng", "một dòng trong danh sách xuất ra")
        ]

    def test_the_report_is_a_look_of_its_own(self, clerk: User, citizen: Citizen) -> None:
        client = logged_in(clerk)
        client.get(looks_url(citizen))
        answer = client.get(looks_url(citizen, "looks_paper"))
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
        parts = [
            (str(k.action), str(k.part))
            for k in client.get(looks_url(citizen)).context["page"].looks
        ]
        assert ("Đã in", "báo cáo ai đã xem") in parts or (
            "In",
            "báo cáo ai đã xem",
        ) in parts

    def test_no_visit_is_named(
        self, clerk: User, clinician: User, citizen: Citizen, record: Callable[..., Visit]
    ) -> None:
        """Whoever prints may not learn of a protected visit by the report."""
        hidden = record(citizen, "B20", reason="Lĩnh ARV định kỳ")
        url = reverse("admin:healthrecords_visit_change", args=[hidden.pk])
        assert logged_in(clinician).get(url).status_code == 200
        body = logged_in(clerk).get(looks_url(citizen)).content.decode()
        assert str(hidden.pk) not in body
        assert "ARV" not in body
        assert "một lượt khám" in body

    def test_a_merged_record_brings_its_looks(self, clerk: User, citizen: Citizen) -> None:
        twin = Citizen.objects.create(
            name="Quàng Thị Hạc", birth_date=citizen.birth_date, sex="female", merged_into=citizen
        )
        look(twin, clerk, reason="trước khi gộp")
        shown = logged_in(clerk).get(looks_url(citizen)).context["page"].looks
        assert any("trước khi gộp" in str(k.why) for k in shown)

    def test_a_stranger_gets_no_report(self, stranger: User, citizen: Citizen) -> None:
        for name in ("looks", "looks_paper"):
            answer = logged_in(stranger).get(looks_url(citizen, name))
            assert answer.status_code == 403
            assert citizen.name not in answer.content.decode()

    def test_filters_and_days_narrow_it(self, clerk: User, citizen: Citizen) -> None:
        now = timezone.now()
        look(citizen, clerk, at=now - timedelta(days=40), reason="tháng trước")
        look(citizen, clerk, at=now, action="printed", reason="hôm nay")
        client = logged_in(clerk)

        def why(**query: str) -> list[str]:
            shown = client.get(looks_url(citizen), query).context["page"].looks
            return [str(k.why) for k in shown if "tháng trước" in k.why or "hôm nay" in k.why]

        day = timezone.localdate(now - timedelta(days=40))
        assert len(why()) == 2
        assert "hôm nay" in why(action="printed")[0]
        assert "tháng trước" in why(first=f"{day:%d/%m/%Y}", last=f"{day:%d/%m/%Y}")[0]
        assert client.get(looks_url(citizen), {"first": "hôm kia"}).status_code == 200


def look(citizen: Citizen, user: User, **said: Any) -> AccessLog:
    """One row of the read log."""
    place = user.place_of_work
    row = {
        "id": uuid7(),
        "at": timezone.now(),
        "user_id": user.pk,
        "username": user.username,
        "organisation_id": place.pk if place else None,
        "action": "opened",
        "ground": "visit",
        "people": [citizen.pk],
        "people_count": 1,
        "url": record_url(citizen),
    }
    return AccessLog.objects.create(**{**row, **said})


def test_ten_thousand_looks_are_read_by_key(clerk: User, citizen: Citizen) -> None:
    """Each is told once, in order, and a page costs the same wherever it lies."""
    place, now = clerk.place_of_work, timezone.now()
    assert place is not None
    AccessLog.objects.bulk_create(
        AccessLog(
            at=now - timedelta(minutes=n // 3),  # three a minute: the key must part them
            user_id=clerk.pk,
            username=clerk.username,
            organisation_id=place.pk,
            action="opened",
            ground="visit",
            people=[citizen.pk],
            people_count=1,
            url=record_url(citizen),
        )
        for n in range(10_000)
    )
    seen: list[str] = []
    before, costs = "", set()
    while True:
        with CaptureQueriesContext(connection) as asked:
            shown = read_page(citizen, Asked(), veil=WHOLE, before=before)
        costs.add(len(asked))
        seen += [k.key for k in shown.looks]
        before = shown.older
        if not before:
            break
    assert len(seen) == len(set(seen)) == 10_000
    assert costs == {5}
    assert access_report.count(citizen, Asked(), veil=WHOLE) == 10_000


def test_the_paper_holds_every_look(clerk: User, citizen: Citizen) -> None:
    for number in range(120):
        look(citizen, clerk, reason=f"lần {number}")
    answer = logged_in(clerk).get(looks_url(citizen, "looks_paper"))
    assert answer.status_code == 200
    assert len(answer.content) > 20_000
