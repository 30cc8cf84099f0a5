"""The pages of data quality: for whom, in which order, opening which field, in how many questions."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from healthrecords.models import Citizen, Inquiry, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from reporting.models import QualityIssue, QualityScore
from reporting.quality import SOURCES
from reporting.quality.loading import load_rules
from reporting.quality.naming import NAMES
from reporting.quality.worklist import CAPABILITY, SHOWN
from reporting.services.measuring import measure
from tests.conftest import make_user
from tests.reporting.growing import grow_practitioner
from tests.reporting.plants_of_practitioners import left
from tests.reporting.plants_of_records import a_dose
from tests.shipped import publish


@pytest.fixture
def people(station: Organisation, clerk: User) -> list[Citizen]:
    load_rules()
    return [
        Citizen.objects.create(
            name=f"Lò Văn {name}",
            birth_date="1980-02-03",
            sex="male",
            ethnic_group="" if n < 2 else "03",
            home_station=station,
            area=station.area,
        )
        for n, name in enumerate(("An", "Bình", "Cường", "Dũng"))
    ]


@pytest.fixture
def measured(people: list[Citizen]) -> list[Citizen]:
    measure(at=timezone.now())
    return people


def get(client: Client, user: User, path: str, **query: Any) -> Any:
    client.force_login(user)
    return client.get(path, query)


def test_a_clerk_sees_the_score_and_what_to_mend(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    body = get(client, clerk, "/chat-luong/").content.decode()
    assert "Năm tiêu chí" in body
    assert "Hồ sơ người dân đủ thông tin bắt buộc" in body


def test_each_line_opens_the_record_at_its_field(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    answer = get(client, clerk, "/chat-luong/can-sua/", **{"quy-tac": "F01"})
    lines = {line.who: line.url for line in answer.context["lines"]}
    assert lines["Lò Văn An"] == f"/healthrecords/citizen/{measured[0].pk}/sua/#id_ethnic_group"
    page = client.get(urlsplit(lines["Lò Văn An"]).path)
    assert page.status_code == 200
    assert b'id="id_ethnic_group"' in page.content


def test_fields_are_scored_by_the_rules_that_look_at_them(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    lines = {str(line.name): line for line in get(client, clerk, "/chat-luong/").context["fields"]}
    ethnic = lines["dân tộc"]
    # Two of four lack it by F01 (completeness), the code of the other two is in no list here (C04,
    # cleanness): half of the records pass each.
    assert (ethnic.failed, ethnic.rules) == (4, ["C04", "F01"])
    assert ethnic.value == 50
    # Nobody has a number (F01), and no number stands with two people (C01): 20 of 45 weigh for it.
    number = lines["số định danh"]
    assert (number.failed, f"{number.value:.4f}") == (4, "44.4444")


def test_a_record_says_what_each_rule_finds_and_opens_the_field(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    person = measured[0]
    answer = get(client, clerk, f"/chat-luong/ho-so/healthrecords.citizen/{person.pk}/")
    verdicts = {verdict.rule.code: wrong for verdict, wrong in answer.context["lines"]}
    assert ("dân tộc", f"/healthrecords/citizen/{person.pk}/sua/#id_ethnic_group") in verdicts[
        "F01"
    ]
    assert verdicts["C03"] == []
    assert "D01" not in verdicts  # no number: nothing to judge
    row = AccessLog.objects.order_by("-at").first()
    assert row is not None
    assert person.pk in row.people


def test_a_repaired_record_scores_more(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    address = f"/chat-luong/ho-so/healthrecords.citizen/{measured[0].pk}/"
    before = get(client, clerk, address).context["value"]
    for topic in ("allergy", "problem", "immunization"):
        Inquiry.objects.create(
            citizen=measured[0], facility=clerk.place_of_work, topic=topic, answer="none",
            asked_at=timezone.now(), asked_by=clerk,
        )  # fmt: skip
    assert get(client, clerk, address).context["value"] > before


def test_a_record_out_of_sight_has_no_page(
    client: Client, neighbour: User, head_of_nothing: User, measured: list[Citizen]
) -> None:
    address = f"/chat-luong/ho-so/healthrecords.citizen/{measured[0].pk}/"
    assert get(client, neighbour, address).status_code == 404
    assert get(client, head_of_nothing, address).status_code == 403
    wrong = f"/chat-luong/ho-so/accounts.user/{neighbour.pk}/"
    assert get(client, neighbour, wrong).status_code == 404


@pytest.fixture
def head_of_nothing(department: Organisation) -> User:
    return make_user("kiem.toan", "Mùa A Kiểm", Role.AUDITOR, department)


def test_a_province_lists_its_communes_the_worst_first(
    client: Client, clerk: User, measured: list[Citizen], station: Organisation
) -> None:
    commune = station.area
    assert commune is not None
    answer = get(client, clerk, "/chat-luong/dia-ban/")
    assert answer.context["area"] == commune.parent
    assert answer.context["shown"].score.value is not None
    lines = answer.context["lines"]
    assert lines[0].area == commune
    assert lines[0].value is not None
    assert [line.value for line in lines[1:]] == [None] * (len(lines) - 1)
    of_commune = get(client, clerk, "/chat-luong/dia-ban/", ma=str(commune.pk))
    assert list(of_commune.context["facilities"]) == [station]
    country = get(client, clerk, "/chat-luong/dia-ban/", ma="tat-ca")
    assert [line.area for line in country.context["lines"]] == [commune.parent]
    assert get(client, clerk, "/chat-luong/dia-ban/", ma="khong").status_code == 404


def test_what_the_list_shows_is_logged_as_a_read(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    get(client, clerk, "/chat-luong/can-sua/", **{"quy-tac": "F01"})
    row = AccessLog.objects.order_by("-at").first()
    assert row is not None
    assert row.action == "listed"
    assert measured[0].pk in row.people


def test_a_neighbour_does_not_find_the_place(
    client: Client, neighbour: User, measured: list[Citizen], station: Organisation
) -> None:
    for path in ("/chat-luong/", "/chat-luong/can-sua/", "/chat-luong/xep-hang/"):
        assert get(client, neighbour, path, noi=str(station.pk)).status_code == 404
    assert get(client, neighbour, "/chat-luong/", noi="khong-phai-ma").status_code == 404


def test_who_sees_figures_alone_sees_no_names(
    client: Client, department: Organisation, station: Organisation, measured: list[Citizen]
) -> None:
    statistician = make_user("thong.ke", "Vì Thị Kê", Role.STATISTICIAN, department)
    shown = get(client, statistician, "/chat-luong/", noi=str(station.pk))
    assert shown.status_code == 200
    answer = get(client, statistician, "/chat-luong/can-sua/", noi=str(station.pk))
    assert "Lò Văn" not in answer.content.decode()
    assert answer.context["page"].paginator.count == 0


def test_an_auditor_has_no_such_page(
    client: Client, department: Organisation, measured: list[Citizen]
) -> None:
    auditor = make_user("kiem.toan", "Mùa A Kiểm", Role.AUDITOR, department)
    assert get(client, auditor, "/chat-luong/").status_code == 403


def test_a_protected_visit_stands_in_the_list_of_those_with_the_right_alone(
    client: Client, clerk: User, clinician: User, people: list[Citizen], station: Organisation
) -> None:
    now = timezone.now()
    visit = Visit.objects.create(
        citizen=people[2],
        facility=station,
        status="finished",
        started_at=now - timedelta(hours=1),
        ended_at=now,
        sensitivity="hiv",
        entered_by=clinician,
        entered_at=now,
    )
    measure(at=now)
    found = QualityIssue.objects.open().filter(object_id=visit.pk)
    assert found.exists()
    paths = {"xem": "theo-han"}
    for user, sees in ((clerk, False), (clinician, True)):
        lines = get(client, user, "/chat-luong/can-sua/", **paths).context["lines"]
        assert any(line.issue.object_id == visit.pk for line in lines) is sees


def test_mending_and_measuring_again_takes_the_line_away(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=measured[0].pk)
    client.force_login(clerk)
    client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "do"})
    issue.refresh_from_db()
    assert issue.closed_on is None  # nothing was mended yet
    Citizen.objects.filter(pk=measured[0].pk).update(ethnic_group="03")
    # The number is missing too, so the rule is not passed by this alone.
    client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "do"})
    issue.refresh_from_db()
    assert "ethnic_group" not in issue.fields


def test_two_people_do_not_take_the_same_record(
    client: Client, clerk: User, clinician: User, measured: list[Citizen]
) -> None:
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=measured[0].pk)
    for user in (clerk, clinician):
        client.force_login(user)
        client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "nhan"})
    issue.refresh_from_db()
    assert issue.taken_by == clerk
    client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "tra"})
    issue.refresh_from_db()
    assert issue.taken_by == clerk


def test_a_foreign_issue_is_neither_taken_nor_measured(
    client: Client, neighbour: User, measured: list[Citizen]
) -> None:
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=measured[0].pk)
    client.force_login(neighbour)
    for deed in ("nhan", "do"):
        client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk, "x"], "lam": deed})
    issue.refresh_from_db()
    assert issue.taken_by is None


def test_peers_are_ranked_and_equals_share_a_rank(
    client: Client, clerk: User, measured: list[Citizen], other_station: Organisation
) -> None:
    mine = QualityScore.objects.get(unit="facility", organisation=clerk.place_of_work)
    QualityScore.objects.create(
        unit="facility", organisation=other_station, day=mine.day, value=mine.value, evaluated=1
    )
    league = get(client, clerk, "/chat-luong/xep-hang/").context["league"]
    assert [peer.rank for peer in league.peers] == [1, 1]


def test_the_list_asks_as_much_for_fifty_as_for_two(
    client: Client,
    clerk: User,
    measured: list[Citizen],
    station: Organisation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Citizen.objects.bulk_create(
        Citizen(name=f"Quàng Thị {n}", birth_date="1990-01-01", sex="female",
                home_station=station, area=station.area)
        for n in range(60)
    )  # fmt: skip
    measure(at=timezone.now())
    client.force_login(clerk)
    with django_assert_max_num_queries(24):
        answer = client.get("/chat-luong/can-sua/")
    assert len(answer.context["lines"]) == 50


def test_a_place_without_a_measuring_says_when_it_comes(
    client: Client, clerk: User, people: list[Citizen]
) -> None:
    assert "sẽ chạy trong đêm nay" in get(client, clerk, "/chat-luong/").content.decode()


def test_the_home_page_shows_the_score_and_its_three_worst_rules(
    client: Client, clerk: User, measured: list[Citizen]
) -> None:
    body = get(client, clerk, "/").content.decode()
    score = QualityScore.objects.get(unit="facility", organisation=clerk.place_of_work)
    assert "Chất lượng dữ liệu" in body
    for code in score.worst:
        assert f"/chat-luong/can-sua/?quy-tac={code}" in body


def test_every_kind_of_record_that_is_judged_has_its_place_in_the_list() -> None:
    """Who may see it, how it is called, whom it shows to the log of reads."""
    judged = {source.label for source in SOURCES}
    assert set(CAPABILITY) == set(NAMES) == set(SHOWN) == judged


def test_a_dose_to_mend_is_listed_opened_and_logged_as_a_read(
    client: Client, clerk: User, people: list[Citizen]
) -> None:
    dose = a_dose(people[2], code="thuoc-tien", vaccine="Thuốc tiên")
    measure(at=timezone.now())
    answer = get(client, clerk, "/chat-luong/can-sua/", **{"quy-tac": "D08"})
    [line] = answer.context["lines"]
    assert (line.issue.object_id, line.who) == (dose.pk, people[2].name)
    assert client.get(urlsplit(line.url).path).status_code == 200
    [row] = AccessLog.objects.filter(action="listed")
    assert row.people == [people[2].pk]
    record = get(client, clerk, f"/chat-luong/ho-so/healthrecords.immunization/{dose.pk}/")
    assert record.status_code == 200
    rows = AccessLog.objects.filter(action="listed")
    assert [row.people for row in rows] == [[people[2].pk]] * 2


def test_a_leaving_to_announce_opens_the_post_and_is_logged_as_a_read(
    client: Client, department: Organisation, station: Organisation, people: list[Citizen]
) -> None:
    publish({"practice_rules"})
    person = grow_practitioner(station)
    post = left(person, days_ago=30)
    measure(at=timezone.now())
    official = make_user("vi.cap", "Lò Thị Cấp", Role.LICENSING_OFFICER, department)
    answer = get(
        client, official, "/chat-luong/can-sua/", noi=str(station.pk), **{"quy-tac": "L04"}
    )
    [line] = answer.context["lines"]
    assert (line.issue.object_id, line.who) == (post, person.name)
    assert client.get(urlsplit(line.url).path).status_code == 200
    assert person.pk in AccessLog.objects.filter(action="listed").latest("at").people
