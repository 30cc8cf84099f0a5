"""Officials see what waits by due day, who has it, what is late; figures add up."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.roles import Role
from portal.database.keys import uuid7
from portal.dossiers import figures, services
from portal.dossiers.queue import Filter, rows_of
from portal.dossiers.services import Asked
from tests.conftest import make_user
from tests.dossiers.conftest import at, opened
from tests.reporting.crawling import Crawler

QUEUE = reverse("dossiers:queue")
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


def names(page):
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page.content.decode())


def test_the_queue_is_by_due_day_and_what_has_none_comes_last(desk, file, officer, filing, today):
    file(on=today - 3 * DAY, applicant_name="Vừ A Dê")
    file(on=today - 9 * DAY, applicant_name="Lò Văn Thoan")
    said = filing(
        procedure="practice_license.revoke",
        case="own_request",
        on=today,
        applicant_name="Cà Thị Pâng",
    )
    services.open_by_authority(actor=officer, filing=said, client_key=uuid7(), at=at(today))
    assert names(desk.get(QUEUE)) == ["Lò Văn Thoan", "Vừ A Dê", "Cà Thị Pâng"]


def test_what_is_overdue_says_by_how_much(desk, file, officer, today):
    dossier = file(on=today - 40 * DAY)
    services.accept(actor=officer, dossier=dossier, at=at(today - 39 * DAY))
    assert "quá hạn 10 ngày" in desk.get(QUEUE).content.decode().lower()
    assert names(desk.get(QUEUE, {"due": "overdue"})) == ["Lò Văn Thoan"]


def test_the_home_page_says_how_many_are_overdue_and_opens_as_many(desk, file, officer, today):
    for days in (40, 41, 2):
        dossier = file(on=today - days * DAY)
        services.accept(actor=officer, dossier=dossier, at=at(today - (days - 1) * DAY))
    crawler = Crawler(desk)
    assert [one for one in crawler.wrong() if one.startswith("dossiers_late")] == []
    late = crawler.open("/").xpath("//a[@data-figure='dossiers_late']/@data-number")
    assert set(late) == {"2"}


def test_a_stopped_clock_is_not_overdue(desk, file, officer, today):
    dossier = services.accept(
        actor=officer, dossier=file(on=today - 40 * DAY), at=at(today - 39 * DAY)
    )
    asked = [services.Asked(code="cv", why="Thiếu chữ ký.")]
    services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at(today - 38 * DAY))
    assert names(desk.get(QUEUE, {"due": "overdue"})) == []
    assert names(desk.get(QUEUE, {"due": "stopped"})) == ["Lò Văn Thoan"]


def test_a_filter_stays_until_it_is_changed(desk, file, officer, today):
    file(on=today, applicant_name="Vừ A Dê")
    mine = file(on=today, applicant_name="Lò Văn Thoan")
    services.hand_to(actor=officer, dossier=mine, official=officer, at=at(today))
    assert names(desk.get(QUEUE, {"who": "mine"})) == ["Lò Văn Thoan"]
    assert names(desk.get(QUEUE)) == ["Lò Văn Thoan"]
    assert len(names(desk.get(QUEUE, {"q": ""}))) == 2
    assert len(names(desk.get(QUEUE))) == 2


@pytest.mark.parametrize(
    "text", ["thoan", "lo van", "00001/2026", "00001/", "011096000012", "0912 345 678"]
)
def test_a_dossier_is_found_by_name_or_number(desk, file, today, text):
    on = today.replace(year=2026)
    file(on=on, applicant_name="Lò Văn Thoan", identifier="011096000012")
    file(on=on, applicant_name="Vừ A Dê", phone="0987654321")
    assert names(desk.get(QUEUE, {"q": text})) == ["Lò Văn Thoan"]


def test_a_filter_takes_only_what_it_knows():
    wild = Filter(who="x", state="y", due="z", procedure="p" * 99, q="  a   b ").cleaned()
    assert wild == Filter(procedure="p" * 40, q="a b")


def test_a_page_of_fifty_asks_as_often_as_a_page_of_two(
    desk, file, today, django_assert_max_num_queries
):
    for number in range(2):
        file(on=today, applicant_name=f"Người {number}")
    desk.get(QUEUE)
    with django_assert_max_num_queries(60) as few:
        desk.get(QUEUE)
    for number in range(8):
        file(on=today, applicant_name=f"Người thêm {number}")
    with django_assert_max_num_queries(60) as many:
        desk.get(QUEUE)
    assert len(many) == len(few)
    assert len(few) <= 20


def test_a_dossier_s_page_asks_a_fixed_number_of_questions(
    desk, file, officer, today, django_assert_max_num_queries
):
    dossier = file(on=today)
    url = reverse("dossiers:dossier", args=[dossier.pk])
    desk.get(url)
    with django_assert_max_num_queries(40) as short:
        desk.get(url)
    for _number in range(6):
        services.note_down(actor=officer, dossier=dossier, note="Ghi.", at=at(today))
    with django_assert_max_num_queries(40) as long:
        desk.get(url)
    assert len(long) == len(short)


def test_another_department_s_dossier_is_not_there(client, file, ministry, province):
    from portal.places import services as places
    from tests.conftest import SINCE

    far = places.create_organisation(
        name="Sở Y tế tỉnh Lai Châu", kind="department", parent=ministry, valid_from=SINCE
    )
    dossier = file()
    client.force_login(make_user("xa", "Người Xa", Role.LICENSING_OFFICER, far))
    for name in ("dossier", "sign"):
        assert client.get(reverse(f"dossiers:{name}", args=[dossier.pk])).status_code == 404
    assert names(client.get(QUEUE)) == []


def test_a_deed_is_done_from_its_page(desk, file, today):
    dossier = file(on=today)
    base = reverse("dossiers:dossier", args=[dossier.pk])
    for slug, data, state in (
        ("du-ho-so", {}, "complete"),
        ("tham-dinh", {}, "appraisal"),
        ("bo-sung", {"ask_cv": "on", "why_cv": "Thiếu chữ ký."}, "supplement"),
        ("di-tiep", {"reason": "Quá hạn bổ sung."}, "appraisal"),
        ("mien-giay", {"document": "cv", "because": "Đã xem bản ký."}, "appraisal"),
        ("trinh-ky", {"proposal": "grant", "reason": ""}, "signature"),
        ("tra-lai", {"reason": "Xem lại văn bằng."}, "appraisal"),
        ("rut", {"reason": "Gửi đơn rút ngày hôm nay."}, "withdrawn"),
    ):
        url = reverse("dossiers:deed", args=[dossier.pk, slug])
        assert desk.get(url).status_code == 200
        answer = desk.post(url, data)
        assert (answer.status_code, answer["Location"]) == (302, base), slug
        dossier.refresh_from_db()
        assert dossier.state == state


def test_what_an_official_forgot_to_write_is_said_at_its_field(desk, file, today):
    dossier = file(on=today)
    url = reverse("dossiers:deed", args=[dossier.pk, "bo-sung"])
    body = desk.post(url, {"ask_cv": "on", "why_cv": "", "ask_diploma": "on", "why_diploma": "Mờ."})
    text = body.content.decode()
    assert 'href="#id_why_cv"' in text
    assert "Mờ." in text
    dossier.refresh_from_db()
    assert dossier.state == "received"


def test_a_deed_that_is_not_possible_now_leads_back(desk, file, today):
    dossier = file(on=today)
    answer = desk.post(reverse("dossiers:deed", args=[dossier.pk, "tham-dinh"]), {})
    assert answer["Location"] == reverse("dossiers:dossier", args=[dossier.pk])
    dossier.refresh_from_db()
    assert dossier.state == "received"


def test_a_decision_is_signed_from_its_page(desk, file, officer, today):
    dossier = services.accept(actor=officer, dossier=file(on=today), at=at(today))
    dossier = services.appraise(actor=officer, dossier=dossier, at=at(today))
    services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(today))
    draft = desk.get(reverse("dossiers:draft", args=[dossier.pk]))
    assert draft.content.startswith(b"%PDF")
    url = reverse("dossiers:sign", args=[dossier.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {}).status_code == 302
    dossier.refresh_from_db()
    assert dossier.state == "granted"
    assert dossier.decision.number == "1/QĐ-ĐB"


def test_looking_at_a_draft_takes_no_number(desk, file, officer, today):
    dossier = services.accept(actor=officer, dossier=file(on=today), at=at(today))
    dossier = services.appraise(actor=officer, dossier=dossier, at=at(today))
    services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(today))
    desk.get(reverse("dossiers:draft", args=[dossier.pk]))
    assert list(dossier.numbers.values_list("series", flat=True)) == ["receipt"]


def test_who_proposed_a_revocation_reads_why_it_cannot_be_signed(
    desk, filing, officer, register, today
):
    said = filing(procedure="practice_license.revoke", case="own_request", on=today)
    dossier = opened(officer, said)
    services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(today))
    url = reverse("dossiers:sign", args=[dossier.pk])
    assert "người thứ hai ký" in desk.get(url).content.decode()
    assert "người thứ hai ký" in desk.post(url, {}).content.decode()
    dossier.refresh_from_db()
    assert dossier.state == "signature"


@pytest.fixture
def five(file, officer, director, today):
    """Three decided (2 days, 5 days, 40 days: late), one open and overdue, one open in time."""

    def decided(name, filed, ended):
        dossier = services.accept(
            actor=officer, dossier=file(on=filed, applicant_name=name), at=at(filed)
        )
        dossier = services.appraise(actor=officer, dossier=dossier, at=at(filed))
        services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(filed))
        services.decide(actor=director, dossier=dossier, at=at(ended))

    decided("A", today - 20 * DAY, today - 18 * DAY)
    decided("B", today - 20 * DAY, today - 15 * DAY)
    decided("C", today - 50 * DAY, today - 10 * DAY)
    services.accept(
        actor=director, dossier=file(on=today - 40 * DAY, applicant_name="D"), at=at(today)
    )
    file(on=today, applicant_name="E")


def test_figures_are_what_counting_by_hand_gives(five, officer, today):
    period = {"first": today - 90 * DAY, "last": today, "on": today}
    [line] = figures.by_procedure(officer, **period)
    counted = (line.filed, line.ended, line.in_time, line.late, line.open, line.overdue, line.used)
    assert counted == (5, 3, 2, 1, 2, 1, 5.0)
    people = {row.title: row for row in figures.by_official(officer, **period)}
    assert (people["Nguyễn Văn Minh"].ended, people["Nguyễn Văn Minh"].late) == (3, 1)
    assert (people["Trần Thị Lan"].open, people["Trần Thị Lan"].overdue) == (1, 1)
    short = {"first": today - 16 * DAY, "last": today, "on": today}
    assert figures.by_procedure(officer, **short)[0].ended == 2


def test_every_number_of_the_waiting_times_is_what_stands_behind_it(five, desk, today):
    address = reverse("dossiers:figures")
    crawler = Crawler(desk)
    assert crawler.wrong(address) == []
    kinds = {f"figure dossiers_{name}" for name in ("filed", "ended", "in_time", "late", "lain")}
    assert kinds <= set(crawler.followed)
    assert crawler.followed.count("figure dossiers_ended") == 2  # of the procedure and of Minh
    # Forty days back three were filed; who was decided late was not among those in time.
    assert Crawler(desk).wrong(f"{address}?ngay=30") == []
    days = f"first={today - 30 * DAY:%Y-%m-%d}&last={today:%Y-%m-%d}"
    shown = desk.get(f"{QUEUE}?q=&counted=filed&{days}")
    assert sorted(names(shown)) == ["A", "B", "E"]
    assert f"Nộp từ {today - 30 * DAY:%d/%m/%Y} đến {today:%d/%m/%Y}" in shown.content.decode()
    assert names(desk.get(f"{QUEUE}?q=&counted=late&{days}")) == ["C"]
    assert sorted(names(desk.get(f"{QUEUE}?q=&counted=in_time&{days}"))) == ["A", "B"]
    assert not {'id="id_state"', 'id="id_due"'} & set(
        shown.content.decode().replace("<", " ").split()
    )
    kept = desk.get(f"{QUEUE}?q=&state=appraisal&due=overdue&counted=filed&{days}")
    assert (kept.context["chosen"].state, kept.context["chosen"].due) == ("", "")
    assert sorted(names(desk.get(QUEUE))) == ["A", "B", "E"]
    # A figure without its days is no figure: the work list stands.
    assert sorted(names(desk.get(f"{QUEUE}?q=&counted=late&first=x&last="))) == ["D", "E"]


def test_each_official_answers_for_the_days_a_dossier_lay_there(file, officer, director, today):
    """Four days and two with the first, six with nobody's fault, three with who took it over."""
    began = today - 15 * DAY
    dossier = services.accept(actor=officer, dossier=file(on=began), at=at(began))
    services.appraise(actor=officer, dossier=dossier, at=at(began))
    asked = [Asked("Thiếu chữ ký", code="practice")]
    services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at(began + 4 * DAY))
    services.answer(
        dossier=dossier, text="Đã ký.", client_key=uuid7(), at=at(began + 10 * DAY), name="Thoan"
    )
    services.hand_to(actor=officer, dossier=dossier, official=director, at=at(began + 12 * DAY))

    def lain(first, last):
        rows = figures.by_official(officer, first=first, last=last, on=last)
        return {row.title: (row.lain.dossiers, row.lain.longest) for row in rows if row.lain}

    everything = {"Nguyễn Văn Minh": (1, 6), "Trần Thị Lan": (1, 3)}
    assert lain(began, today) == everything
    assert lain(began + 11 * DAY, today) == {"Nguyễn Văn Minh": (1, 1), "Trần Thị Lan": (1, 3)}
    assert lain(began, began + 2 * DAY)["Nguyễn Văn Minh"] == (1, 2)
    # What one counts opens the list of it, whoever has the dossier now; without an official none.
    on = {"first": f"{began:%Y-%m-%d}", "last": f"{today:%Y-%m-%d}", "counted": "lain"}
    for one in (officer, director):
        assert rows_of(officer, Filter(who=str(one.pk), **on).cleaned(), today) == [dossier]
    later = {**on, "first": f"{began + 13 * DAY:%Y-%m-%d}"}
    assert rows_of(officer, Filter(who=str(officer.pk), **later).cleaned(), today) == []
    assert Filter(who="mine", **on).cleaned().counted == ""
    [open_now] = [
        row for row in figures.by_official(officer, first=began, last=today, on=today) if row.open
    ]
    assert open_now.title == "Trần Thị Lan"


def test_the_figures_page_opens_the_rows_behind_a_procedure(desk, file, today):
    file(on=today)
    body = desk.get(reverse("dossiers:figures")).content.decode()
    assert f"{QUEUE}?procedure=practice_license.new" in body


def test_each_number_of_what_waits_opens_the_dossiers_it_counts(
    desk, file, officer, director, today
):
    """By procedure and by official: what is open, and what of it is overdue."""
    late = today - 40 * DAY
    services.accept(actor=director, dossier=file(on=late, applicant_name="A"), at=at(today))
    services.accept(actor=director, dossier=file(on=today, applicant_name="B"), at=at(today))
    services.accept(actor=officer, dossier=file(on=today, applicant_name="C"), at=at(today))
    file(on=late, applicant_name="D")
    body = desk.get(reverse("dossiers:figures")).content.decode()
    found = {}
    for url, number in re.findall(rf'<td><a href="{QUEUE}([^"]+)">(?:<b[^>]*>)?(\d+)', body):
        found[url.replace("&amp;", "&")] = int(number)
    lan, practice = f"?who={director.pk}", "?procedure=practice_license.new"
    assert found == {
        practice: 4,
        f"{practice}&due=overdue": 2,
        lan: 2,
        f"{lan}&due=overdue": 1,
        f"?who={officer.pk}": 1,
    }
    for url, number in found.items():
        assert len(names(desk.get(QUEUE + url))) == number, url
    queue = desk.get(QUEUE + lan).content.decode()
    assert f'<option value="{director.pk}" selected>Trần Thị Lan</option>' in queue


def test_the_box_finds_a_dossier_by_its_number(desk, file, today):
    dossier = file(on=today)
    answer = desk.get(reverse("admin:finder"), {"q": dossier.receipt_number})
    assert answer["Location"] == reverse("dossiers:dossier", args=[dossier.pk])
