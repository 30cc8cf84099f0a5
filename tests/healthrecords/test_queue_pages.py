"""The pages of the queue: the desk and the doctor see the same people, and buttons move them."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.admin.queue_pages import LAST_SEEN
from healthrecords.models import Citizen, QueueStep, Visit
from healthrecords.services import queue
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.dates import PartialDate
from portal.places.models import Area
from tests.healthrecords.pages import fields_of, logged_in, text_of
from tests.healthrecords.test_queue import let_in, person, steps_of

DESK, DOCTOR = "admin:healthrecords_visit_queue", "admin:healthrecords_visit_doctor"


def test_the_page_of_the_desk_and_the_doctor_show_the_same_people(
    citizen: Citizen, clerk: User, clinician: User, communes: list[Area]
) -> None:
    now = timezone.now()
    let_in(citizen, clerk, at=now)
    called = let_in(person(clerk, communes[0], "Lò Văn Gọi"), clerk, at=now)
    queue.take(actor=clinician, visit=called, seen=1, at=now)
    desk = text_of(logged_in(clerk).get(reverse(DESK)))
    doctor = text_of(logged_in(clinician).get(reverse(DOCTOR)))
    for page in (desk, doctor):
        assert "Quàng Thị Hặc" in page
        assert "Lò Văn Gọi" in page
    assert "Đang khám: Đỗ Quang Hưng" in desk
    rows = AccessLog.objects.filter(action="listed", ground="queue", user_id=clerk.pk)
    assert {citizen.pk, called.citizen_id} <= set(rows.latest("at").people)


def test_the_queue_asks_the_database_as_often_for_one_as_for_twenty(
    citizen: Citizen, clerk: User, communes: list[Area]
) -> None:
    now = timezone.now()
    let_in(citizen, clerk, at=now)
    client = logged_in(clerk)
    counts = []
    for more in (0, 19):
        for n in range(more):
            born = PartialDate(1950 + n, 1 + n % 12, 1 + n)
            let_in(person(clerk, communes[0], f"Lò Thị Số {n} Mới", birth=born), clerk, at=now)
        for name in (DESK, DOCTOR):
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(reverse(name)).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_what_people_wrote_stands_on_the_page_as_words(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    """Rows are composed without the template engine, which would escape them."""
    mark = "<script>zqx"
    visit = let_in(citizen, clerk, at=timezone.now())
    Visit.objects.filter(pk=visit.pk).update(reason=f"Ho {mark} {'dài ' * 30}", priority=mark)
    Citizen.objects.filter(pk=citizen.pk).update(name=f"Quàng {mark}")
    QueueStep.objects.filter(visit=visit).update(room=mark, note=mark)
    User.objects.filter(pk=clinician.pk).update(full_name=f"Đỗ {mark}")
    escaped = "&lt;script&gt;zqx"
    for kind in ("arrived", "taken"):
        if kind == "taken":
            queue.take(actor=clinician, visit=visit, seen=1, at=timezone.now())
            QueueStep.objects.filter(visit=visit).update(note=mark)
        for user, name in ((clerk, DESK), (clinician, DOCTOR)):
            page = logged_in(user).get(reverse(name)).content.decode()
            assert mark not in page
            # Name, the name again behind each button, priority, reason, room, note; who has them.
            assert page.count(escaped) >= 6


def test_of_those_who_were_seen_the_page_holds_the_last_and_shows_all_when_asked(
    citizen: Citizen, clerk: User, clinician: User, communes: list[Area]
) -> None:
    now = timezone.now()
    for n in range(LAST_SEEN + 2):
        born = PartialDate(1950 + n, 1 + n % 12, 1 + n)
        visit = let_in(person(clerk, communes[0], f"Lò Thị Số {n} Xong", birth=born), clerk, at=now)
        Visit.objects.filter(pk=visit.pk).update(
            status="finished", ended_at=now + timedelta(seconds=n), finished_by=clinician
        )
    let_in(citizen, clerk, at=now)
    Visit.objects.filter(status="finished", citizen__name__contains="Số 1 ").update(
        finished_by=clerk
    )
    for user, name, number in ((clerk, DESK, LAST_SEEN + 2), (clinician, DOCTOR, LAST_SEEN + 1)):
        client = logged_in(user)
        page = text_of(client.get(reverse(name)))
        assert ("Lò Thị Số 0 Xong" in page, f"Số {LAST_SEEN + 1} Xong" in page) == (False, True)
        assert page.count(" Xong") == 2 * LAST_SEEN  # the name, and that of its button
        assert f"Hiện cả {number} lượt" in page
        whole = text_of(client.get(reverse(name), {"het": "1"}))
        assert "Lò Thị Số 0 Xong" in whole
        assert "Hiện cả" not in whole
        assert ("Số 1 Xong" in whole) == (user == clerk)
    looks = AccessLog.objects.filter(action="listed", ground="queue", user_id=clerk.pk)
    assert [len(row.people) for row in looks.order_by("at")] == [LAST_SEEN + 1, LAST_SEEN + 3]


def test_a_card_at_the_desk_opens_the_form_of_the_queue(citizen: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    answer = client.get(reverse(DESK), {"q": "011162004137"}, follow=True)
    assert answer.redirect_chain[-1][0].startswith(
        reverse("admin:healthrecords_visit_arrive", args=[citizen.pk])
    )
    fields = fields_of(answer, "arrival_form") | {"reason": "Đau đầu", "room": "Phòng khám 1"}
    answer = client.post(answer.redirect_chain[-1][0], fields, follow=True)
    assert "Đã đăng ký Quàng Thị Hặc, số 1 hôm nay." in text_of(answer)
    step = QueueStep.objects.get()
    assert (step.room, step.ticket, step.visit.reason) == ("Phòng khám 1", 1, "Đau đầu")


def test_a_name_at_the_desk_lists_people_and_a_stranger_goes_into_the_queue_once_registered(
    citizen: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    page = text_of(client.get(reverse(DESK), {"q": "quang hac"}))
    arrive = reverse("admin:healthrecords_visit_arrive", args=[citizen.pk])
    answer = client.get(reverse(DESK), {"q": "quang hac"})
    assert "Quàng Thị Hặc" in page
    assert arrive in answer.content.decode()
    answer = client.get(reverse(DESK), {"q": "giang a vu 1990"})
    assert "to=queue" in answer.content.decode()


def test_an_arrival_without_a_reason_keeps_all_that_was_typed(
    citizen: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_arrive", args=[citizen.pk])
    fields = fields_of(client.get(url), "arrival_form") | {"room": "Phòng 2"}
    answer = client.post(url, fields)
    assert "Ghi vài chữ vì sao người này đến." in text_of(answer)
    assert 'value="Phòng 2"' in answer.content.decode()
    assert not Visit.objects.exists()


def test_the_buttons_of_the_queue_move_a_visit(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    visit = let_in(citizen, clerk, at=timezone.now())
    url = reverse("admin:healthrecords_visit_move", args=[visit.pk])
    doctor = logged_in(clinician)
    answer = doctor.post(f"{url}?seen=1", {"deed": "take", "view": "doctor"})
    assert answer.url == reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    answer = logged_in(clerk).post(f"{url}?seen=1", {"deed": "take"}, follow=True)
    assert "Quàng Thị Hặc: Đỗ Quang Hưng đã gọi người này vào lúc" in text_of(answer)
    answer = doctor.post(url, {"deed": "give_back", "view": "doctor"}, follow=True)
    assert "Quàng Thị Hặc chờ tiếp." in text_of(answer)
    assert steps_of(visit) == ["arrived", "taken", "given_back"]


def test_a_protected_visit_stands_in_no_queue_of_those_without_the_right(
    citizen: Citizen, clerk: User, clinician: User, record: Callable[..., Visit]
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    now = timezone.now()
    visit = record(citizen, "B20", started_at=now, at=now, is_finished=False)
    page = text_of(logged_in(clerk).get(reverse(DESK)))
    assert "Quàng Thị Hặc" not in page
    move = reverse("admin:healthrecords_visit_move", args=[visit.pk])
    assert logged_in(clerk).post(move, {"deed": "take"}).status_code == 404
    assert "Quàng Thị Hặc" in text_of(logged_in(clinician).get(reverse(DOCTOR)))


def test_home_counts_who_waits_and_leads_to_the_fitting_view(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    let_in(citizen, clerk, at=timezone.now())
    for user, name in ((clerk, DESK), (clinician, DOCTOR)):
        answer = logged_in(user).get("/")
        assert "1 đang chờ" in text_of(answer)
        assert reverse(name) in answer.content.decode()
